"""The site's budgets at a large sale: `python benchmarks/site.py --home DIR [--write]`.

DIR is the POSTHARVEST_HOME of a demo that ran (`postharvest demo muge`: above 100,000 orders).
Server CPU and queries come from this process; bytes, requests and the largest paint from Chromium
at 400 kbit/s with round trips of 400 ms, cold cache, static files as collected.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PORT = 8793
ROUNDS = 5
THROTTLED = {
    "offline": False, "latency": 400, "downloadThroughput": 400_000 / 8,
    "uploadThroughput": 400_000 / 8,
}  # fmt: skip
LCP = """new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done(-1), 4000);
})"""
OF_THE_DEMO = 5  # queries for its clock and wishes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for file in (*options.home.glob("demo.sqlite3*"), options.home / "secret-key"):
            shutil.copy(file, home)
        os.environ["POSTHARVEST_HOME"] = str(home)
        from postharvest.interfaces.world import database

        database.open_demo_django(home, durable=True)
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        pages, facts = _pages()
        added_up_s = _add_up()
        served = {url: _serve(area, url) for area, url in pages}
        wire = _wire(home, pages)
    lines = _table(pages, served, wire, facts, added_up_s)
    print("\n".join(lines))
    if options.write:
        (Path(__file__).parent / "results" / "site.md").write_text("\n".join(lines) + "\n")
    return 0


def _pages() -> tuple[list[tuple[str, str]], str]:
    from postharvest.core.clock import time as time_of
    from postharvest.operations.campaigns import queries as campaigns
    from postharvest.operations.orders.models import Order
    from postharvest.operations.packing.models import Box, Shift
    from postharvest.operations.settlement.models import Payout

    sale = campaigns.sales("").first()
    busiest = Shift.objects.filter(sale=sale).order_by("-planned_people").first()
    order = Order.objects.filter(sale=sale, state="delivered").first()
    team = Order.objects.filter(sale=sale, team__isnull=False).first().team_id
    box = Box.objects.filter(shift=busiest, parcel__isnull=False).first()
    payout = Payout.objects.filter(sale=sale, account__startswith="grower:").first()
    grower = payout.account.split(":")[1]
    from postharvest.interfaces.web.order_refs import order_ref

    # The middle of the sale, at noon: points at work, parcels on the road.
    time_of.set_demo_clock(shown_at=time_of.at_hour(busiest.day, 12), pace=0)
    facts = f"{Order.objects.count():,} orders, {Box.objects.count():,} boxes"
    order_url = f"/order/{order_ref(order.pk)}/"
    pages = [
        *(("shop", url) for url in (
            "/", "/?q=果蔗", "/seasons/", f"/sale/{sale.pk}/?to=310104", f"/sale/{sale.pk}/buy/",
            f"/team/{team}/", order_url, f"{order_url}claim/", f"/parcel/{box.parcel.number}/",
        )),
        *(("village", f"/village/{name}/") for name in (
            "report", "reports", "calls", "payouts", f"payouts/{sale.pk}/{grower}", "diary",
            "alerts", "prices", "grow", "season",
        )),
        *(("packing", f"/packing/{busiest.pk}/{name}") for name in ("", "weights/", "papers/")),
        *(("desk", f"/desk/{name}/") for name in (
            f"sales/{sale.pk}", "plans/1/map", "plans/1", "sales", "parcels", "claims",
            "settlement", "payouts", "payments", "hand-over", "trouble", "tax",
        )),
        ("desk", "/desk/"),
        ("headquarters", "/network/"),
        ("headquarters", "/network/board/"),
    ]  # fmt: skip
    return pages, facts


def _add_up() -> float:
    """Add figures up once, as the worker does beside the site; return its CPU in seconds."""
    from postharvest.core.clock import time as time_of
    from postharvest.operations.standing.actions import Remembering
    from postharvest.operations.standing.models import Remembered

    Remembered.objects.all().delete()
    start = time.process_time()
    Remembering(clock_s=time.monotonic, cpu_s=time.thread_time).refresh(now=time_of.now())
    return time.process_time() - start


def _serve(area: str, url: str) -> tuple[float, int, int]:
    """Return the median CPU in ms, the queries, and the status of a page."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(headers={"host": "localhost"})
    browser.post("/demo/role/", {"area": area, "next": "/"})
    browser.get(url)
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        answer = browser.get(url)
        times.append(time.process_time() - start)
    with CaptureQueriesContext(connection) as seen:
        browser.get(url)
    return 1000 * statistics.median(times), len(seen) - OF_THE_DEMO, answer.status_code


def _wire(home: Path, pages: list[tuple[str, str]]) -> dict[str, tuple[int, int, float]]:
    from playwright.sync_api import sync_playwright

    site = f"http://127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "postharvest.interfaces.cli.main", "serve", "--demo"]
    environment = {**os.environ, "POSTHARVEST_HOME": str(home)}
    server = subprocess.Popen([*command, "--paused", "--port", str(PORT)], env=environment)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{site}/readyz", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            return {url: _load(browser, site, area, url) for area, url in pages}
    finally:
        server.terminate()
        server.wait(30)


def _load(browser, site: str, area: str, url: str) -> tuple[int, int, float]:
    """Return bytes on the wire, requests and the largest paint in seconds of a first view."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{site}/my-surplus/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    form = {"area": area, "next": "/", "csrfmiddlewaretoken": token}
    page.request.post(f"{site}/demo/role/", form=form)
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send("Network.clearBrowserCache")
    cdp.send("Network.emulateNetworkConditions", THROTTLED)
    sizes: list[float] = []
    drawn: set[str] = set()  # by the browser itself: an icon in a field, what its cache has

    def asked(event) -> None:
        if event["request"]["url"].startswith("data:"):
            drawn.add(event["requestId"])

    def loaded(event) -> None:
        if event["requestId"] not in drawn and event["encodedDataLength"]:
            sizes.append(event["encodedDataLength"])

    cdp.on("Network.requestWillBeSent", asked)
    cdp.on("Network.loadingFinished", loaded)
    page.goto(site + url, wait_until="load", timeout=60_000)
    paint = page.evaluate(LCP) / 1000
    context.close()
    return round(sum(sizes)), len(sizes), paint


def _table(pages, served, wire, facts, added_up_s) -> list[str]:
    lines = [
        "# The site's budgets",
        f"At {facts}. `python benchmarks/site.py --home DIR --write`, DIR the home of "
        "`postharvest demo muge`; phone, cold cache, 400 kbit/s, round trips of 400 ms.",
        "Queries without the five of who is asking and of a demo's clock and wishes.",
        f"Figures over the whole sale are added up by the worker ({added_up_s:.1f} CPU s for all, "
        "at most every twenty times as long) and remembered; the clock stands at noon of the "
        "busiest packing day.  What to grow is worked out once per question and process (0.2 s).",
        "",
        "| page | kB | requests | LCP s | server CPU ms | queries |",
        "|---|---|---|---|---|---|",
    ]
    for area, url in pages:
        cpu, queries, status = served[url]
        size, requests, paint = wire[url]
        name = re.sub(r"^/(order|parcel)/[^/]+", r"/\1/…", url.split("?")[0])
        note = "" if status == 200 else f" ({status})"
        lines.append(
            f"| {area} `{name}`{note} | {size / 1000:.1f} | {requests} | {paint:.2f} "
            f"| {cpu:.0f} | {queries} |"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
