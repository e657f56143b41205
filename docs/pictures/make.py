"""Make the README's pictures from a real demo: `.venv/bin/python docs/pictures/make.py`.

The demo runs for three of its days, so that orders, boxes and parcels are on their way; then its
clock is stopped and each page is shot.  Needs the test dependencies and Debian's Chromium.  Every
picture carries the SIMULATED ribbon.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent
PORT = 8791
SITE = f"http://127.0.0.1:{PORT}"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DAYS_S = 95
"""Three days at thirty seconds each, and a morning."""
COLOURS = 96
"""Enough for drawn pages; a palette keeps each picture below 150 kB."""
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "POSTHARVEST_HOME": home}
        command = [sys.executable, "-m", "postharvest.interfaces.cli.main", "serve", "--demo"]
        server = subprocess.Popen([*command, "--port", str(PORT)], env=environment)
        try:
            _wait()
            _shoot()
        finally:
            server.terminate()
            server.wait(20)
    return 0


def _wait() -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{SITE}/readyz", timeout=2)
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the demo did not start")


def _shoot() -> None:
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        _let_it_run(browser)
        for name, area, path, size, language in (
            ("plan", "desk", "/desk/plans/1/", DESKTOP, "en"),
            ("live", "desk", "/desk/sales/1/", DESKTOP, "en"),
            ("sale", "shop", "/sale/1/?to=310104", PHONE, "zh-hans"),
            ("report", "village", "/village/report/", PHONE, "zh-hans"),
            ("village", "village", "/village/calls/", PHONE, "zh-hans"),
            ("packing", "packing", "/packing/", PHONE, "zh-hans"),
        ):
            context = browser.new_context(viewport=size, locale=language)
            page = context.new_page()
            _enter(page, area, language)
            page.goto(SITE + path)
            file = FOLDER / f"{name}.png"
            page.screenshot(path=file)
            Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)
            context.close()
        browser.close()


def _let_it_run(browser: Browser) -> None:
    page = browser.new_context().new_page()
    for wish, seconds in (("run", DAYS_S), ("pause", 0)):
        page.goto(SITE + "/")
        _post(page, "/demo/clock/", clock=wish)
        time.sleep(seconds)
    page.context.close()


def _enter(page: Page, area: str, language: str) -> None:
    """Walk in as the person who works there, in a language."""
    page.context.add_cookies([{"name": "django_language", "value": language, "url": SITE}])
    page.goto(SITE + "/")
    _post(page, "/demo/role/", area=area)


def _post(page: Page, path: str, **form: str) -> None:
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    page.request.post(SITE + path, form={**form, "next": "/", "csrfmiddlewaretoken": token})


if __name__ == "__main__":
    sys.exit(main())
