"""In Debian's Chromium: no axe violation, nothing too wide, a report without signal."""

import shutil
from contextlib import contextmanager

import pytest

from postharvest.interfaces.web.order_refs import order_ref
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.orders import queries as orders

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def chromium():
    """Start the browser; its loop runs in this thread, and so do the rows that fixtures make."""
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


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
    page.goto("/my-surplus/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    page.request.post("/demo/role/", form={"area": area, "next": "/", "csrfmiddlewaretoken": token})
    yield page
    assert not elsewhere
    context.close()


@pytest.fixture(
    params=[
        ("zh-CN", 390, "light"),
        ("en-GB", 1440, "light"),
        ("zh-CN", 1440, "dark"),
        ("en-GB", 390, "dark"),
    ]
)
def look(request):
    """Return language, width and theme so that every two of them meet."""
    return dict(zip(("language", "width", "theme"), request.param, strict=True))


def test_pages_are_accessible_and_fit(chromium, live_server, shift, look):
    from axe_playwright_python.sync_playwright import Axe

    # Not the fixture of what was delivered: the books refuse to be emptied after the test.
    order = orders.to_pack(shift.sale_id, shift.day).get()
    pages = {
        "shop": [
            "/", f"/sale/{shift.sale_id}/?to=310104", f"/sale/{shift.sale_id}/buy/",
            f"/order/{order_ref(order.pk)}/", "/my-surplus/", "/sources/",
        ],
        "village": ["/village/report/", "/village/reports/"],
        "packing": [f"/packing/{shift.pk}/"],
        "desk": [
            "/desk/", "/desk/plans/", f"/desk/sales/{shift.sale_id}/", "/desk/parcels/",
            "/desk/claims/", "/desk/settlement/",
        ],
        "headquarters": ["/network/"],
    }  # fmt: skip
    wrong = []
    for area, urls in pages.items():
        with window(chromium, live_server, area=area, bypass_csp=True, **look) as page:
            for url in urls:
                assert page.goto(url).status == 200, url
                found = Axe().run(page, options=RULES).response["violations"]
                wrong += [(url, one["id"], one["nodes"][0]["html"][:120]) for one in found]
                if page.evaluate("document.documentElement.scrollWidth") > look["width"]:
                    wrong.append((url, "wider than the window", look["width"]))
    assert not wrong


def test_reports_without_signal_arrive_once_each(chromium, live_server, demo, branch):
    with window(chromium, live_server, area="village") as page:
        page.goto("/village/report/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.context.set_offline(True)
        page.reload()
        for n in range(20):
            page.fill("#id_village", f"village {n}")
            page.check("input[name=produce][value=apple]", force=True)
            page.fill("#id_amount", "500")
            page.click("form#report button.btn")
            page.wait_for_selector(f"#waiting li:nth-of-type({n + 1})")
        assert "20 reports are safe on this phone" in page.inner_text("#waiting")
        context = page.context
        page.close()  # the browser is killed: what was typed must survive it
        context.set_offline(False)
        again = context.new_page()
        again.goto("/village/report/")
        again.wait_for_selector("#waiting", state="visible")
        again.wait_for_selector("#waiting", state="hidden", timeout=30_000)
        assert sorted(row.village for row in harvest.reports("")) == sorted(
            f"village {n}" for n in range(20)
        )


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
