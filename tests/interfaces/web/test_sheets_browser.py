"""One sheet of paper for each role: exactly one page of A4, in both languages."""

import pypdfium2
import pytest
from tests.interfaces.web.test_browser import (
    ARTEFACTS,
    LANGUAGES,
    _sources_as_they_are,
    chromium,
    playwright,
    pytestmark,
    window,
)

from postharvest.interfaces.web.role_sheets import SHEETS

__all__ = ("_sources_as_they_are", "chromium", "playwright", "pytestmark")
A4_POINTS = (595, 842)


@LANGUAGES
@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(SHEETS))
def test_a_roles_sheet_is_one_page_of_a4(chromium, live_server, demo, role, language):
    with window(chromium, live_server, area="shop", language=language, theme="dark") as page:
        page.goto(f"/sheet/{role}/")
        ARTEFACTS.mkdir(exist_ok=True)
        file = ARTEFACTS / f"sheet-{role}-{language}.pdf"
        page.pdf(path=file, format="A4", prefer_css_page_size=True)
        paper = pypdfium2.PdfDocument(file)
        try:
            assert len(paper) == 1
            assert tuple(round(size) for size in paper[0].get_size()) == A4_POINTS
            paper[0].render(scale=1.2).to_pil().save(file.with_suffix(".png"))
            text = paper[0].get_textpage().get_text_range()
        finally:
            paper.close()
    assert "http" in text  # where to start, for whoever has no camera
    assert "No network" not in text
