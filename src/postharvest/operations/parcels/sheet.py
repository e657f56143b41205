"""An A4 sheet with a heading, facts, one table and a foot, on as many pages as it needs."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from postharvest.operations.parcels import fonts

WIDTH_MM, HEIGHT_MM = 210, 297

_MARGIN_MM = 18
_INNER_MM = WIDTH_MM - 2 * _MARGIN_MM
_SIZE = 9
_LINE_MM = 4.4
_ROW_GAP_MM = 1.6
_FOOT_MM = 16
_QR_MM = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table; ``share`` is its part of the width."""

    title: str
    share: float
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands on the paper, in the reader's language, ready to print.

    ``page_words`` is how a page calls itself, for example ``第 {page} / {pages} 页``.
    """

    title: str
    number: str
    facts: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    qr_url: str = ""
    ribbon: str = ""
    page_words: str = "{page} / {pages}"

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row needs one text per column")


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[list[str], ...]
    height_mm: float


def sheet_pdf(sheet: Sheet, *, font: Path | None = None) -> bytes:
    """Print the sheet; the same sheet gives the same bytes."""
    name = fonts.registered(font or fonts.chinese_font())
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1)
    canvas.setTitle(f"{sheet.title} {sheet.number}")
    pages = _pages(sheet, name)
    for number, rows in enumerate(pages, 1):
        pen = _Pen(canvas=canvas, font=name)
        _draw_head(pen, sheet, is_first=number == 1)
        _draw_rows(pen, sheet, rows)
        if number == len(pages):
            _draw_end(pen, sheet)
        _draw_foot(pen, sheet, number, len(pages))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@dataclass(slots=True, kw_only=True)
class _Pen:
    """Where we are on the page: ``y_mm`` is the next free height."""

    canvas: Canvas
    font: str
    y_mm: float = HEIGHT_MM - _MARGIN_MM

    def text(self, x_mm: float, text: str, size: float = _SIZE) -> None:
        self.canvas.setFont(self.font, size)
        self.canvas.drawString(x_mm * mm, self.y_mm * mm, text)

    def text_to(self, x_mm: float, text: str, size: float = _SIZE) -> None:
        self.canvas.setFont(self.font, size)
        self.canvas.drawRightString(x_mm * mm, self.y_mm * mm, text)

    def rule(self, width: float = 0.4) -> None:
        self.canvas.setLineWidth(width)
        left, right = _MARGIN_MM * mm, (WIDTH_MM - _MARGIN_MM) * mm
        self.canvas.line(left, self.y_mm * mm, right, self.y_mm * mm)


def _pages(sheet: Sheet, font: str) -> list[list[_Row]]:
    """Share the rows out among pages; the end of the sheet stays with some room."""
    room = _table_room_mm(sheet, is_first=True)
    pages: list[list[_Row]] = [[]]
    for row in (_laid_out(sheet, row, font) for row in sheet.rows):
        if row.height_mm > room and pages[-1]:
            pages.append([])
            room = _table_room_mm(sheet, is_first=False)
        pages[-1].append(row)
        room -= row.height_mm
    if room < _end_height_mm(sheet, font) and pages[-1]:
        pages.append([])
    return pages


def _table_room_mm(sheet: Sheet, *, is_first: bool) -> float:
    return HEIGHT_MM - 2 * _MARGIN_MM - _FOOT_MM - _head_height_mm(sheet, is_first=is_first)


def _head_height_mm(sheet: Sheet, *, is_first: bool) -> float:
    if not is_first:
        return 22
    facts = -(-len(sheet.facts) // 2) * 6 + 4
    return 22 + max(facts, _QR_MM + 2 if sheet.qr_url else 0)


def _end_height_mm(sheet: Sheet, font: str) -> float:
    notes = sum(len(_note_lines(note, font)) for note in sheet.notes) * _LINE_MM
    signatures = 24 if sheet.signatures else 0
    return 8 + len(sheet.totals) * 6 + notes + signatures


def _note_lines(note: str, font: str) -> list[str]:
    return fonts.wrapped(note, font, _SIZE, _INNER_MM * mm)


def _laid_out(sheet: Sheet, row: Sequence[str], font: str) -> _Row:
    widths = _widths_mm(sheet)
    cells = tuple(
        fonts.wrapped(text, font, _SIZE, (width - 2) * mm) or [""]
        for text, width in zip(row, widths, strict=True)
    )
    return _Row(cells, max(map(len, cells)) * _LINE_MM + _ROW_GAP_MM)


def _widths_mm(sheet: Sheet) -> list[float]:
    whole = sum(column.share for column in sheet.columns)
    return [_INNER_MM * column.share / whole for column in sheet.columns]


def _draw_head(pen: _Pen, sheet: Sheet, *, is_first: bool) -> None:
    pen.y_mm -= 4
    pen.text(_MARGIN_MM, sheet.title, 16)
    pen.text_to(WIDTH_MM - _MARGIN_MM, sheet.number, 10)
    pen.y_mm -= 4
    pen.rule(1.2)
    pen.y_mm -= 6
    if is_first:
        _draw_facts(pen, sheet)
    _draw_cells(pen, sheet, tuple([column.title] for column in sheet.columns))
    pen.y_mm -= 1.5
    pen.rule(0.8)
    pen.y_mm -= 4.5


def _draw_facts(pen: _Pen, sheet: Sheet) -> None:
    top = pen.y_mm
    column_mm = (_INNER_MM - (_QR_MM + 4 if sheet.qr_url else 0)) / 2
    for place, (label, value) in enumerate(sheet.facts):
        pen.y_mm = top - place // 2 * 6
        left = _MARGIN_MM + place % 2 * column_mm
        fitting = fonts.wrapped(f"{label}  {value}", pen.font, _SIZE, (column_mm - 2) * mm)
        pen.text(left, fitting[0])
    if sheet.qr_url:
        _draw_qr(pen.canvas, sheet.qr_url, top + 3)
    pen.y_mm = top - _head_height_mm(sheet, is_first=True) + 22


def _draw_qr(canvas: Canvas, url: str, top_mm: float) -> None:
    matrix = segno.make(url, error="m", micro=False).matrix
    side = _QR_MM / len(matrix)
    left = WIDTH_MM - _MARGIN_MM - _QR_MM
    path = canvas.beginPath()
    for down, cells in enumerate(matrix):
        for right, dark in enumerate(cells):
            if dark:
                x, y = left + right * side, top_mm - (down + 1) * side
                path.rect(x * mm, y * mm, side * mm, side * mm)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_rows(pen: _Pen, sheet: Sheet, rows: list[_Row]) -> None:
    for row in rows:
        bottom = pen.y_mm - row.height_mm
        _draw_cells(pen, sheet, row.cells)
        pen.y_mm = bottom
    pen.y_mm += _ROW_GAP_MM
    pen.rule()


def _draw_cells(pen: _Pen, sheet: Sheet, cells: tuple[list[str], ...]) -> None:
    top, left = pen.y_mm, float(_MARGIN_MM)
    for column, lines, width in zip(sheet.columns, cells, _widths_mm(sheet), strict=True):
        for down, line in enumerate(lines):
            pen.y_mm = top - down * _LINE_MM
            if column.is_number:
                pen.text_to(left + width - 4, line)
            else:
                pen.text(left, line)
        left += width
    pen.y_mm = top


def _draw_end(pen: _Pen, sheet: Sheet) -> None:
    pen.y_mm -= 6
    for label, value in sheet.totals:
        pen.text_to(WIDTH_MM - _MARGIN_MM - 45, label, 10)
        pen.text_to(WIDTH_MM - _MARGIN_MM - 2, value, 10)
        pen.y_mm -= 6
    for note in sheet.notes:
        for line in _note_lines(note, pen.font):
            pen.text(_MARGIN_MM, line)
            pen.y_mm -= _LINE_MM
    pen.y_mm -= 10
    width = _INNER_MM / max(len(sheet.signatures), 1)
    for place, label in enumerate(sheet.signatures):
        left = _MARGIN_MM + place * width
        pen.canvas.setLineWidth(0.4)
        pen.canvas.line(left * mm, pen.y_mm * mm, (left + width - 8) * mm, pen.y_mm * mm)
        pen.canvas.setFont(pen.font, 8)
        pen.canvas.drawString(left * mm, (pen.y_mm - 4) * mm, label)


def _draw_foot(pen: _Pen, sheet: Sheet, page: int, pages: int) -> None:
    pen.y_mm = _MARGIN_MM - 8
    pen.text_to(WIDTH_MM - _MARGIN_MM, sheet.page_words.format(page=page, pages=pages), 8)
    pen.text(_MARGIN_MM, f"PostHarvest · {sheet.number}", 8)
    if sheet.ribbon:
        canvas = pen.canvas
        canvas.rect(0, (HEIGHT_MM - 9) * mm, WIDTH_MM * mm, 9 * mm, stroke=0, fill=1)
        canvas.setFillGray(1)
        canvas.setFont(pen.font, 12)
        canvas.drawCentredString(WIDTH_MM * mm / 2, (HEIGHT_MM - 6.3) * mm, sheet.ribbon)
        canvas.setFillGray(0)
