"""Make the README's pictures from a real demo: `.venv/bin/python docs/pictures/make.py`.

Needs the test dependencies and Debian's Chromium.  Every picture carries the SIMULATED ribbon.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
PORT = 8791
SITE = f"http://127.0.0.1:{PORT}"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
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
        for name, area, path, size, language in (
            ("plan", "desk", "/desk/plans/1/", DESKTOP, "en"),
            ("sale", "shop", "/sale/1/", PHONE, "zh-hans"),
            ("live", "desk", "/desk/sales/1/", DESKTOP, "zh-hans"),
            ("report", "village", "/village/report/", PHONE, "zh-hans"),
        ):
            context = browser.new_context(viewport=size, locale=language)
            page = context.new_page()
            _enter(page, area, language)
            page.goto(SITE + path)
            page.screenshot(path=FOLDER / f"{name}.png")
            context.close()
        browser.close()


def _enter(page: Page, area: str, language: str) -> None:
    """Walk in as the person who works there, in a language."""
    page.goto(SITE + "/")
    page.context.add_cookies([{"name": "django_language", "value": language, "url": SITE}])
    page.goto(SITE + "/")
    button = page.locator(f"button[name=area][value={area}]")
    if button.count():
        button.first.evaluate("button => button.click()")
        page.wait_for_load_state()


if __name__ == "__main__":
    sys.exit(main())
