"""The pages of insight in Chromium: accessible, fitting, in one language, and on A4 paper."""

import pytest
from pypdfium2 import PdfDocument
from tests.interfaces.web.test_browser import (
    ARTEFACTS,
    LANGUAGES,
    _sources_as_they_are,
    chromium,
    faults_of,
    playwright,
    pytestmark,
    window,
)
from tests.interfaces.web.test_insight import alarmed

from postharvest.operations.diary import queries as diary

__all__ = ("_sources_as_they_are", "alarmed", "chromium", "playwright", "pytestmark")
PAGES = ("diary", "season", "alerts", "prices", "grow")
A4_WIDTH = 726
"""A4 less 9 mm at each side, in CSS pixels."""


@LANGUAGES
def test_pages_with_figures_are_accessible_fit_and_speak_one_language(
    chromium, live_server, branch, alarmed, language
):
    wrong = []
    with window(chromium, live_server, area="village", bypass_csp=True, language=language) as page:
        for name in PAGES:
            page.goto(f"/village/{name}/")
            found = faults_of(page, language=language, name=f"insight-{name}")
            wrong += [(name, *one) for one in found]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "title", "most"),
    [("alerts", "会滞销吗", 1), ("prices", "这里值多少钱", 1), ("grow", "这里能种什么", 2)],
)
def test_alerts_prices_and_crops_print_on_a4_in_chinese(  # noqa: PLR0917
    chromium, live_server, branch, alarmed, name, title, most
):
    with window(chromium, live_server, area="village", language="zh-CN", width=A4_WIDTH) as page:
        page.goto(f"/village/{name}/")
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= A4_WIDTH
        assert not page.locator(".tabbar").is_visible()
        paper = PdfDocument(page.pdf(format="A4", prefer_css_page_size=True))
    words = paper[0].get_textpage().get_text_bounded()
    assert title in words
    assert len(paper) <= most
    ARTEFACTS.mkdir(exist_ok=True)
    for n, sheet in enumerate(paper):
        sheet.render(scale=1.3).to_pil().save(ARTEFACTS / f"insight-{name}-paper-{n}.png")


def test_a_line_without_signal_is_kept_on_the_phone_and_arrives_once(
    chromium, live_server, branch, demo
):
    with window(chromium, live_server, area="village") as page:
        page.goto("/village/diary/")
        page.context.set_offline(True)
        page.fill("#id_village", "Doucun")
        page.select_option("#id_produce", "apple")
        page.locator("label[for=id_came_0]").click()
        page.fill("#id_amount", "800")
        page.fill("#id_price", "0.9")
        page.locator("form#report button.btn.block").click()
        page.wait_for_selector("#waiting:not([hidden])")
        assert not diary.lines("").exists()
        page.context.set_offline(False)
        page.goto("/village/report/")  # the queue goes out from any of the village's pages
        page.wait_for_selector("#waiting", state="hidden")
    line = diary.lines("").get()
    assert (line.village, line.bought_g, line.fen_per_kg) == ("Doucun", 400_000, 180)


@pytest.fixture(autouse=True)
def _in_play(demo):
    """Sign in by the demo's door."""
