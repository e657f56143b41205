"""In Debian's Chromium: no axe violation, nothing too wide, a report without signal."""

import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.urls import resolve

from postharvest.interfaces.web.messages import read_catalog
from postharvest.interfaces.web.order_refs import order_ref
from postharvest.operations.harvest import queries as harvest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}

ARTEFACTS = Path(__file__).parents[3] / "artefacts"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def playwright():
    """Its loop runs in this thread, and so do the rows that fixtures make."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as running:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield running


@pytest.fixture(scope="module")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def _sources_as_they_are(settings):
    """Serve static files from the sources, whatever a server collected here before."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@contextmanager
def window(chromium, live_server, *, area, language="en-GB", width=390, theme="light", **more):
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        locale=language,
        color_scheme=theme,
        base_url=live_server.url,
        **more,
    )
    page = context.new_page()
    elsewhere = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((live_server.url, "data:")) else elsewhere.append(r.url),
    )
    try:
        enter(page, area, live_server.url)
        yield page
    finally:
        context.close()
    assert not elsewhere


def enter(page, area, site):
    """Walk in as the person who works there."""
    page.goto(f"{site}/my-surplus/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    form = {"area": area, "next": "/", "csrfmiddlewaretoken": token}
    page.request.post(f"{site}/demo/role/", form=form)


LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
WIDTHS = (390, 1440)


def faults_of(page, *, language, name):
    """Look at a page eight ways (here four, in one language) and say what is wrong with it.

    Light or dark changes nothing but colours, so the rules about colours alone are asked again.
    """
    from axe_playwright_python.sync_playwright import Axe

    wrong = [("in the other language", text) for text in strangers(page, language)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        wrong += violations(Axe().run(page, options=RULES).response)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(("wider than the window", width))
        shoot(page, f"page-{name}-{language}-light")
        page.emulate_media(color_scheme="dark")
        wrong += violations(page.evaluate("(rules) => axe.run(document, rules)", COLOUR_RULES))
        shoot(page, f"page-{name}-{language}-dark")
    return wrong


def violations(response):
    return [(one["id"], one["nodes"][0]["html"][:120]) for one in response["violations"]]


@LANGUAGES
def test_every_page_is_accessible_fits_and_speaks_one_language(
    chromium, live_server, delivered, language
):
    """One page of every kind that can be reached by links, from each audience's door."""
    wrong, seen = [], {"paper"}
    for area, doors in DOORS.items():
        waiting = [door.format(sale=delivered.sale_id, order=order_ref(delivered.pk))
                   for door in doors]  # fmt: skip
        with window(chromium, live_server, area=area, bypass_csp=True, language=language) as page:
            while waiting:
                url = waiting.pop(0)
                kind = kind_of(url)
                if kind in seen:
                    continue
                seen.add(kind)
                answer = page.goto(url)
                if answer.status == 403:  # another role's page
                    seen.discard(kind)
                    continue
                assert answer.status == 200, url
                found = faults_of(page, language=language, name=kind.replace(":", "-"))
                wrong += [(url, *one) for one in found]
                waiting += page.eval_on_selector_all(
                    "a[href^='/']", "links => links.map(one => one.getAttribute('href'))"
                )
    assert not wrong
    assert len(seen) > 45, seen


DOORS = {
    "shop": ["/", "/seasons/", "/sale/{sale}/?to=310104", "/sale/{sale}/buy/",
             "/order/{order}/", "/join/",
             "/order/{order}/claim/", "/order/{order}/invoice/", "/order/{order}/notices/",
             "/my-surplus/", "/sources/"],
    "village": ["/village/report/", "/village/payouts/"],
    "packing": ["/packing/"],
    "desk": ["/desk/trouble/", "/desk/payouts/", "/desk/tax/", "/desk/", "/desk/sales/{sale}/",
             "/desk/settlement/"],
    "headquarters": ["/network/plans/", "/network/board/", "/network/bases/new/", "/network/"],
}  # fmt: skip
PAPERS = (".pdf", ".zpl", ".xlsx", ".csv", ".crt", ".json", ".svg", ".js", "/photo/")


def kind_of(url):
    """Name the view behind an address; papers and answers to machines are no pages."""
    path = url.split("?")[0].split("#")[0]
    if any(paper in path for paper in PAPERS) or path.startswith(("/static", "/media", "/api")):
        return "paper"
    return resolve(path).view_name


def strangers(page, language):
    """Texts that the catalogue has in the other language, and runs of English on Chinese pages."""
    texts = page.evaluate(VISIBLE_TEXTS, "en" if language.startswith("zh") else "zh")
    catalog = [one for one in read_catalog("zh_Hans") if one.id and one.string]
    pairs = [(one.id, one.string) for one in catalog if isinstance(one.id, str)]
    if language.startswith("zh"):
        known = {english for english, chinese in pairs if english != chinese and " " in english}
        return [text for text in texts if text in known or ENGLISH_RUN.search(text)]
    known = {chinese for english, chinese in pairs if english != chinese and len(chinese) > 3}
    return [text for text in texts if text in known]


ENGLISH_RUN = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")
VISIBLE_TEXTS = """(other) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest(`script, style, code, [lang|=${other}]`)) continue;
    const text = walker.currentNode.textContent.trim();
    if (text) texts.push(text);
  }
  return texts;
}"""


def shoot(page, name):
    """Keep what the browser showed, for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}-{page.viewport_size['width']}.png")


SIZES = pytest.mark.parametrize("width", [390, 1440])


def tab_to(page, selector):
    """Press Tab until what we look for has the focus, as somebody without a mouse does."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(css) => document.activeElement.matches(css)", selector):
            return
    raise AssertionError(f"Tab never reached {selector}")


@SIZES
def test_a_whole_purchase_by_keyboard(chromium, live_server, demo, sale, width):
    with window(chromium, live_server, area="shop", width=width) as page:
        page.goto("/")
        tab_to(page, "a.salecard")
        shoot(page, "journey-shop-market")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sale/*/")
        shoot(page, "journey-shop-sale")
        tab_to(page, "a.btn.kaki[href*=buy]")
        page.keyboard.press("Enter")
        for field, text in (
            ("#id_recipient", "Lin Xiaoyu"), ("#id_phone", "13800138000"),
            ("#id_county", "310104"), ("#id_address", "1 Hongqiao Road"),
        ):  # fmt: skip
            page.wait_for_selector(field)
            tab_to(page, field)
            page.keyboard.type(text)
        tab_to(page, "form.card button.btn")
        shoot(page, "journey-shop-checkout")
        page.keyboard.press("Enter")
        page.wait_for_selector("button[value=paid]")
        tab_to(page, "button[value=paid]")
        page.keyboard.press("Enter")
        page.wait_for_selector("ol.tl")
        shoot(page, "journey-shop-order")
        assert "The team is filling" in page.inner_text("main")


@SIZES
def test_a_whole_report_by_keyboard(chromium, live_server, demo, branch, width):
    with window(chromium, live_server, area="village", width=width) as page:
        page.goto("/village/report/")
        tab_to(page, "#id_village")
        page.keyboard.type("Doucun")
        tab_to(page, "input[name=produce]")
        page.keyboard.press("Space")
        tab_to(page, "#id_amount")
        page.keyboard.type("50000")
        tab_to(page, "form#report button.btn")
        shoot(page, "journey-village-report")
        page.keyboard.press("Enter")
        page.wait_for_selector(".alert.ok")
        shoot(page, "journey-village-saved")
    [surplus] = harvest.reports("")
    assert (surplus.village, surplus.reported_g) == ("Doucun", 25_000_000)


@SIZES
def test_a_point_signs_in_counts_and_labels(chromium, live_server, shift, width):
    with window(chromium, live_server, area="packing", width=width) as page:
        page.goto(f"/packing/{shift.pk}/")
        with page.expect_navigation():
            page.locator("form[action$='/arrive/'] button").first.click()
        page.fill("#weight_kg", "200")
        with page.expect_navigation():
            page.locator("form[action$='/weigh-in/'] button").first.click()
        with page.expect_navigation():
            page.locator("button[name=count][value='1']").click()
        shoot(page, "journey-packing-counted")
        assert page.inner_text(".figure-big").strip() == "1"


@SIZES
def test_a_desk_chooses_a_plan_and_sees_the_sale_run(chromium, live_server, apples, width):
    with window(chromium, live_server, area="desk", width=width) as page:
        page.goto("/desk/")
        page.locator("form[action$='/plan/'] button").first.click(timeout=120_000)
        page.wait_for_selector("form[action$='/approve/'] button:visible", timeout=120_000)
        shoot(page, "journey-desk-plan")
        page.locator("form[action$='/approve/'] button:visible").first.click()
        page.goto("/desk/sales/")
        page.locator("main a[href*='/desk/sales/']").first.click()
        page.wait_for_selector("#live-chip")
        shoot(page, "journey-desk-live")
        assert "Will it clear on time?" in page.inner_text("main")


@SIZES
def test_headquarters_sees_the_bases(chromium, live_server, delivered, width):
    with window(chromium, live_server, area="headquarters", width=width) as page:
        page.goto("/network/")
        shoot(page, "journey-headquarters")
        assert "Fuping base" in page.inner_text("main")


@contextmanager
def phone(playwright, folder, server_url):
    """A browser of its own that can be killed like a phone whose battery runs out."""
    from playwright.sync_api import Error

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [CHROMIUM, "--headless=new", *ARGUMENTS, f"--remote-debugging-port={port}",
         f"--user-data-dir={folder}", "--lang=en-GB", "about:blank"],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(100):
            try:
                browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
                break
            except Error:
                time.sleep(0.2)
        [context] = browser.contexts
        context.add_cookies([{"name": "django_language", "value": "en", "url": server_url}])
        yield context
    finally:
        process.kill()
        process.wait()


def test_two_hundred_reports_survive_a_killed_browser_and_arrive_once_each(
    playwright, live_server, demo, branch, tmp_path
):
    home = f"{live_server.url}/village/report/"
    with phone(playwright, tmp_path, live_server.url) as context:
        page = context.new_page()
        enter(page, "village", live_server.url)
        page.goto(home)
        page.evaluate(WORKER_READY)
        context.set_offline(True)
        page.reload()
        page.fill("#id_amount", "500")
        page.fill("#id_village", "village")
        page.check("input[name=produce][value=apple]", force=True)
        page.evaluate(TYPE_MANY, RECORDS)
        page.wait_for_selector(f"#waiting li:nth-of-type({RECORDS})", timeout=120_000)
        assert f"{RECORDS} records are safe on this phone" in page.inner_text("#waiting")
    assert not harvest.reports("").exists()
    with phone(playwright, tmp_path, live_server.url) as context:  # killed, started again
        page = context.new_page()
        enter(page, "village", live_server.url)  # his session may have died with the browser
        page.goto(home)
        page.wait_for_selector("#waiting li", timeout=60_000)  # hidden before it is filled, too
        page.wait_for_selector("#waiting", state="hidden", timeout=180_000)
        arrived = sorted(row.village for row in harvest.reports(""))
        assert arrived == sorted(f"village {n}" for n in range(RECORDS))


RECORDS = 200
WORKER_READY = """Promise.race([
  navigator.serviceWorker.ready,
  new Promise((done, failed) => setTimeout(failed, 30000, "no service worker")),
]).then(() => true)"""
TYPE_MANY = """async (records) => {
  const form = document.getElementById("report");
  for (let n = 0; n < records; n++) {
    const key = form.elements.key.value;
    form.elements.village.value = `village ${n}`;
    form.elements.amount.value = "500";
    form.requestSubmit();
    while (form.elements.key.value === key) await new Promise((done) => setTimeout(done, 5));
  }
}"""
"""Fills the form in and presses its button as often as asked, as a person would."""


def test_a_lost_answer_doubles_nothing_and_what_is_refused_waits_for_a_person(
    chromium, live_server, demo, branch
):
    with window(chromium, live_server, area="village") as page:
        page.goto("/village/report/")
        page.fill("#id_village", "Doucun")
        page.check("input[name=produce][value=apple]", force=True)
        page.fill("#id_amount", "500")
        # The report arrives, its answer does not: as when the signal goes in between.
        page.route("**/village/report/", lose_the_answer, times=1)
        page.click("form#report button.btn")
        page.wait_for_selector("#waiting li")
        [surplus] = harvest.reports("")
        page.evaluate(ANOTHER_AMOUNT, "900")  # the same report again, with other contents
        page.reload()
        page.wait_for_selector("#waiting li .error")
        assert "1 records need a look" in page.inner_text("#waiting")
        page.evaluate(ANOTHER_AMOUNT, "500")
        page.reload()
        page.wait_for_selector("#waiting", state="hidden")
        assert [row.pk for row in harvest.reports("")] == [surplus.pk]


def lose_the_answer(route):
    route.fetch()
    route.abort()


ANOTHER_AMOUNT = """(amount) => new Promise((done) => {
  const asked = indexedDB.open("postharvest-village", 1);
  asked.onsuccess = () => {
    const store = asked.result.transaction("reports", "readwrite").objectStore("reports");
    store.getAll().onsuccess = (all) => {
      const [report] = all.target.result;
      report.fault = "";
      report.fields = report.fields.map(([n, v]) => [n, n === "amount" ? amount : v]);
      store.put(report);
      store.transaction.oncomplete = () => { asked.result.close(); done(); };
    };
  };
})"""


def test_an_order_can_be_placed_and_paid_without_javascript(chromium, live_server, demo, sale):
    with window(chromium, live_server, area="shop", java_script_enabled=False) as page:
        page.goto(f"/sale/{sale.pk}/")
        page.click(".buybar a.kaki")
        page.fill("#id_recipient", "Lin Xiaoyu")
        page.fill("#id_phone", "13800138000")
        page.fill("#id_county", "鼓楼区")
        page.fill("#id_address", "1 Zhongshan Road")
        page.click("form.card button.btn")
        assert "which one do you mean" in page.inner_text("main")
        page.check("input[name=county_code] >> nth=0")
        page.click("form.card button.btn")
        assert page.url.endswith("/pay/cashier-1/") or "/pay/cashier-" in page.url
        page.click("button[value=paid]")
        assert "The team is filling" in page.inner_text("main")
