"""Parcel labels, 100 × 150 mm, as PDF: a Code 128 for machines, a QR for the buyer's phone.

A label is given only what it may show: the recipient's strings are masked by
``postharvest.core.privacy`` before they get here, and a phone that is not masked is refused.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from postharvest.core.privacy import HIDDEN_PHONE_DIGITS, MASK
from postharvest.core.units import kilograms
from postharvest.operations.parcels import fonts, s10

WIDTH_MM, HEIGHT_MM = 100, 150
MODULE_MM = 0.375
NARROW_MODULE_MM = 0.25
BARCODE_HEIGHT_MM = 18
QR_MM = 30
LONGEST_NUMBER = 30

_MARGIN_MM = 5
_SHOWN_DIGITS_AT_MOST = 5
_QUIET_MODULES = 10
_TEXT_WIDTH = (WIDTH_MM - 2 * _MARGIN_MM) * mm


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelContent:
    """Everything that stands on one label, ready to print.

    ``recipient_*`` are masked; ``route`` reads like ``西安 → 广州 → 4406``; ``ribbon`` says what a
    reader must not miss (a simulation's word, for example) and is empty on a real parcel.
    """

    number: str
    tracking_url: str
    service: str
    route: str
    recipient_name: str
    recipient_phone: str
    recipient_address: str
    sender_name: str
    sender_place: str
    crop: str
    lot: str
    net_weight_g: int
    packed_on: date
    best_before: date
    ribbon: str = ""

    def __post_init__(self) -> None:
        if not (self.number.isascii() and self.number.isalnum()):
            raise ValueError("number: a carrier's number is made of Latin letters and digits")
        if len(self.number) > LONGEST_NUMBER:
            raise ValueError(f"number: at most {LONGEST_NUMBER} characters fit on a label")
        if self.net_weight_g <= 0:
            raise ValueError("net_weight_g: must be positive")
        _refuse_bare_phone(self.recipient_phone)

    @property
    def grouped_number(self) -> str:
        return s10.parse(self.number).grouped if s10.is_valid(self.number) else self.number

    @property
    def net_weight(self) -> str:
        return f"{kilograms(self.net_weight_g):g} kg"


def labels_pdf(contents: Iterable[LabelContent], *, font: Path | None = None) -> bytes:
    """Print one page per parcel; the same contents give the same bytes."""
    name = fonts.registered(font or fonts.chinese_font())
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1)
    canvas.setTitle("PostHarvest labels")
    for content in contents:
        _draw(canvas, content, name)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _refuse_bare_phone(phone: str) -> None:
    shown = sum(letter.isdecimal() for letter in phone)
    if shown > _SHOWN_DIGITS_AT_MOST or (shown and phone.count(MASK) < HIDDEN_PHONE_DIGITS):
        raise ValueError("recipient_phone: must be masked (138******78) before it is printed")


def _draw(canvas: Canvas, content: LabelContent, font: str) -> None:
    top = HEIGHT_MM - _MARGIN_MM
    _line(canvas, font, 11, content.service, top - 4)
    _draw_route(canvas, content, font, top - 14)
    _rule(canvas, top - 18)
    _draw_barcode(canvas, content.number, top - 20 - BARCODE_HEIGHT_MM)
    canvas.setFont(font, 13)
    canvas.drawCentredString(
        WIDTH_MM * mm / 2, (top - 26 - BARCODE_HEIGHT_MM) * mm, content.grouped_number
    )
    _rule(canvas, top - 48)
    _draw_people(canvas, content, font, top - 54)
    _rule(canvas, 52)
    _draw_contents(canvas, content, font)
    _draw_qr(canvas, content.tracking_url)
    if content.ribbon:
        _draw_ribbon(canvas, content.ribbon, font)


def _line(canvas: Canvas, font: str, size: float, text: str, y_mm: float) -> None:
    canvas.setFont(font, size)
    canvas.drawString(_MARGIN_MM * mm, y_mm * mm, text)


def _rule(canvas: Canvas, y_mm: float) -> None:
    canvas.setLineWidth(0.7)
    canvas.line(_MARGIN_MM * mm, y_mm * mm, (WIDTH_MM - _MARGIN_MM) * mm, y_mm * mm)


def _draw_route(canvas: Canvas, content: LabelContent, font: str, y_mm: float) -> None:
    size = 20.0
    while size > 9 and fonts.text_width(content.route, font, size) > _TEXT_WIDTH:  # noqa: PLR2004
        size -= 1
    _line(canvas, font, size, content.route, y_mm)


def _draw_barcode(canvas: Canvas, number: str, y_mm: float) -> None:
    modules = _modules(number)
    fits = (modules + 2 * _QUIET_MODULES) * MODULE_MM <= WIDTH_MM
    module = (MODULE_MM if fits else NARROW_MODULE_MM) * mm
    code = Code128(
        number, barWidth=module, barHeight=BARCODE_HEIGHT_MM * mm, quiet=0, humanReadable=0
    )
    code.drawOn(canvas, (WIDTH_MM * mm - code.width) / 2, y_mm * mm)


def _modules(number: str) -> int:
    return int(Code128(number, barWidth=1, quiet=0).width)


def _draw_people(canvas: Canvas, content: LabelContent, font: str, y_mm: float) -> None:
    _line(canvas, font, 12, f"收 To  {content.recipient_name}  {content.recipient_phone}", y_mm)
    y_mm -= 6
    for line in fonts.wrapped(content.recipient_address, font, 11, _TEXT_WIDTH)[:3]:
        _line(canvas, font, 11, line, y_mm)
        y_mm -= 5
    y_mm -= 2
    sender = f"寄 From  {content.sender_name}  {content.sender_place}"
    for line in fonts.wrapped(sender, font, 9, _TEXT_WIDTH)[:2]:
        _line(canvas, font, 9, line, y_mm)
        y_mm -= 4.5


def _draw_contents(canvas: Canvas, content: LabelContent, font: str) -> None:
    width = _TEXT_WIDTH - QR_MM * mm
    y_mm = 46.0
    for line in fonts.wrapped(f"品名 Contents  {content.crop}", font, 10, width)[:2]:
        _line(canvas, font, 10, line, y_mm)
        y_mm -= 5
    for text in contents_lines(content):
        _line(canvas, font, 10, text, y_mm)
        y_mm -= 5


def contents_lines(content: LabelContent) -> tuple[str, ...]:
    """Return the lines below the crop, in the order they are printed."""
    return (
        f"批次 Lot  {content.lot}",
        f"净重 Net  {content.net_weight}",
        f"包装 Packed  {content.packed_on.isoformat()}",
        f"最佳食用 Best before  {content.best_before.isoformat()}",
    )


def _draw_qr(canvas: Canvas, url: str) -> None:
    size, runs = _qr_runs(url)
    side = QR_MM * mm / size
    left, top = (WIDTH_MM - _MARGIN_MM - QR_MM) * mm, 48 * mm
    path = canvas.beginPath()
    for row, start, length in runs:
        path.rect(left + start * side, top - (row + 1) * side, length * side, side)
    canvas.drawPath(path, stroke=0, fill=1)


@lru_cache(maxsize=4)
def _qr_runs(url: str) -> tuple[int, list[tuple[int, int, int]]]:
    matrix = segno.make(url, error="m", micro=False, boost_error=False).matrix
    runs = []
    for row, cells in enumerate(matrix):
        start = 0
        while start < len(cells):
            end = start
            while end < len(cells) and cells[end]:
                end += 1
            if end > start:
                runs.append((row, start, end - start))
            start = end + 1
    return len(matrix), runs


def _draw_ribbon(canvas: Canvas, ribbon: str, font: str) -> None:
    canvas.rect(0, 0, WIDTH_MM * mm, 10 * mm, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.setFont(font, 16)
    canvas.drawCentredString(WIDTH_MM * mm / 2, 3 * mm, ribbon)
    canvas.setFillGray(0)
