"""The rescue plan's page as plain text for the terminal; Chinese characters count double."""

import unicodedata
from collections.abc import Sequence

from postharvest.decisions.planning.rescue_page import Section


def page_text(sections: Sequence[Section]) -> str:
    """Return the page as text: headings, sentences, aligned tables."""
    return "\n".join(line for section in sections for line in (*_lines(section), ""))


def _lines(section: Section) -> list[str]:
    lines = [section.heading, "─" * _width(section.heading), *section.sentences]
    if section.table:
        widths = [
            max(_width(row[i]) for row in section.table) for i in range(len(section.table[0]))
        ]
        lines += [
            "  ".join(_cell(c, w, i) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
            for row in section.table
        ]
    return [line.rstrip() for line in lines]


def _cell(text: str, width: int, column: int) -> str:
    gap = " " * (width - _width(text))
    return text + gap if column == 0 else gap + text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
