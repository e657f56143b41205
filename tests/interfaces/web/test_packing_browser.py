"""A packing point without signal: what was counted is kept, sent once, and shown when refused."""

from tests.interfaces.web.test_browser import (
    WORKER_READY,
    _sources_as_they_are,
    chromium,
    playwright,
    pytestmark,
    shoot,
    window,
)

from postharvest.operations.harvest import queries as harvest
from postharvest.operations.packing import queries as packing

__all__ = ("_sources_as_they_are", "chromium", "playwright", "pytestmark")


def boxes_of(shift):
    return sum(n for _packer, _hour, n in packing.tallied(shift.pk))


def kept_at_hand(page):
    """Wait until the service worker keeps the page that brought it."""
    page.evaluate(WORKER_READY)
    page.wait_for_function(
        "async () => !!(await caches.match(location.href)) && !!navigator.serviceWorker.controller"
    )


def test_a_day_without_signal_arrives_in_order_and_once(chromium, live_server, shift):
    with window(chromium, live_server, area="packing") as page:
        page.goto(f"/packing/{shift.pk}/")
        kept_at_hand(page)
        page.context.set_offline(True)
        page.locator("form[action$='/arrive/'] button").click()
        page.wait_for_selector("#waiting li:nth-of-type(1)")
        offer = harvest.offers_of(shift.sale.surplus_id).first()
        page.select_option("#source", f"offer:{offer.pk}")
        page.fill("#weight_kg", "200")
        page.locator("form[action$='/weigh-in/'] button").click()
        page.wait_for_selector("#waiting li:nth-of-type(2)")
        for n in range(3, 6):
            page.locator("button[name=count][value='1']").click()
            page.wait_for_selector(f"#waiting li:nth-of-type({n})")
        assert page.inner_text("#on-phone") == "+3 on this phone"
        page.reload()  # the phone was put away
        page.wait_for_selector("#waiting li:nth-of-type(5)")
        assert "5 records are safe on this phone" in page.inner_text("#waiting")
        assert page.inner_text("#on-phone") == "+3 on this phone"
        shoot(page, "journey-packing-offline")
        assert boxes_of(shift) == 0
        page.context.set_offline(False)
        page.wait_for_selector("#waiting", state="hidden")
        page.wait_for_function("document.querySelector('.figure-big').textContent.trim() === '3'")
    assert boxes_of(shift) == 3
    assert packing.sign_ins(shift.pk).count() == 1


def test_a_lost_answer_doubles_no_box_and_what_is_refused_waits_for_a_person(
    chromium, live_server, shift
):
    with window(chromium, live_server, area="packing") as page:
        page.goto(f"/packing/{shift.pk}/")
        kept_at_hand(page)
        page.context.set_offline(True)
        page.locator("form[action$='/arrive/'] button").click()
        page.wait_for_selector("#waiting li:nth-of-type(1)")
        page.locator("button[name=count][value='1']").click()
        page.wait_for_selector("#waiting li:nth-of-type(2)")
        page.evaluate(FORGET_THE_SIGN_IN)
        page.context.set_offline(False)
        page.wait_for_selector("#waiting li .error")
        assert "This packer has not signed in here." in page.inner_text("#waiting")
        assert "1 records need a look" in page.inner_text("#waiting")
        shoot(page, "journey-packing-review")
        page.locator("#waiting button").click()
        page.wait_for_selector("#waiting", state="hidden")
    assert boxes_of(shift) == 0


FORGET_THE_SIGN_IN = """() => new Promise((done) => {
  const asked = indexedDB.open("postharvest-packing", 1);
  asked.onsuccess = () => {
    const store = asked.result.transaction("reports", "readwrite").objectStore("reports");
    store.getAll().onsuccess = (all) => {
      const arrived = all.target.result.find((one) => one.to.endsWith("/arrive/"));
      store.delete(arrived.key);
      store.transaction.oncomplete = () => { asked.result.close(); done(); };
    };
  };
})"""


def test_what_needs_the_net_says_so_and_a_plain_page_says_how_old_it_is(
    chromium, live_server, shift
):
    with window(chromium, live_server, area="desk") as page:
        page.goto("/desk/calendar/")
        page.context.set_offline(True)
        page.wait_for_selector("#lost:visible")
        assert "You see the page of" in page.inner_text("#lost")
        page.locator("main form button").first.evaluate("button => button.click()")
        assert page.url.endswith("/desk/calendar/")
        page.context.set_offline(False)
        page.wait_for_selector("#lost", state="hidden")
