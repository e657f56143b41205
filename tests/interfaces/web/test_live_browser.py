"""The running sale in Chromium on the real stream: it moves by itself, and says when it stands."""

import os
import signal

from tests.interfaces.cli.test_serve import _get, _order, home, served
from tests.interfaces.web.test_browser import SIZES, chromium, enter, playwright, pytestmark, shoot

__all__ = ("chromium", "home", "playwright", "pytestmark", "served")


@SIZES
def test_the_live_page_follows_orders_says_when_it_is_lost_and_comes_back(chromium, served, width):
    process, url = served()
    sale = _get(url + "/api/v1/sales")["sales"][0]
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, locale="en-GB", base_url=url
    )
    page = context.new_page()
    enter(page, "desk", url)
    page.goto(f"/desk/sales/{sale['id']}/")
    page.wait_for_selector("#live-chip.ok")
    page.evaluate("window.notReloaded = true")
    page.wait_for_function(ORDERS_SHOWN, arg=_orders(page))
    before = _orders(page)
    for number in range(3):
        key = f"live-test-{width}-{number}"
        assert _order(url, key, sale["listings"][0]["id"])[0] == 201
    page.wait_for_function(ORDERS_SHOWN, arg=before + 3)
    assert page.evaluate("window.notReloaded") is True
    shoot(page, "journey-desk-live-stream")

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    page.wait_for_selector("#live-chip:not(.ok)")
    assert page.inner_text("#live-chip").startswith("Stopped at")
    shoot(page, "journey-desk-live-lost")

    served()
    page.wait_for_selector("#live-chip.ok", timeout=60_000)
    assert _order(url, f"live-test-{width}-back", sale["listings"][0]["id"])[0] == 201
    page.wait_for_function(ORDERS_SHOWN, arg=before + 4)
    assert page.evaluate("window.notReloaded") is True
    context.close()


def _orders(page):
    return page.evaluate(f"() => ({READ_ORDERS})()")


READ_ORDERS = """() => Number(
  document.querySelector(".stats").textContent.match(/([\\d,]+) orders so far/)[1].replace(",", "")
)"""
ORDERS_SHOWN = f"(wanted) => ({READ_ORDERS})() === wanted"
