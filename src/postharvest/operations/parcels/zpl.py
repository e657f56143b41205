"""The same label in ZPL for thermal printers at 203 dpi: 800 × 1,200 dots.

Printers seldom carry a Chinese font, so every line that is not plain ASCII goes as a bitmap.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from postharvest.operations.parcels import fonts
from postharvest.operations.parcels.labels import LabelContent, contents_lines

WIDTH_DOTS, HEIGHT_DOTS = 800, 1200
MODULE_DOTS = 3
"""0.375 mm at 8 dots a millimetre."""

_LEFT = 40
_LINE_WIDTH = WIDTH_DOTS - 2 * _LEFT
_LONG_NUMBER = 14
_ESCAPED = {"^": "_5E", "~": "_7E", "_": "_5F", "\\": "_5C"}


def labels_zpl(contents: Iterable[LabelContent], *, font: Path | None = None) -> str:
    """Return one ``^XA … ^XZ`` format per parcel."""
    file = font or fonts.chinese_font()
    return "\n".join(_label(content, file) for content in contents) + "\n"


def _label(content: LabelContent, font: Path) -> str:
    module = MODULE_DOTS if len(content.number) <= _LONG_NUMBER else MODULE_DOTS - 1
    fields = [
        f"^XA^CI28^PW{WIDTH_DOTS}^LL{HEIGHT_DOTS}^LH0,0",
        f"^FO120,200^BY{module}^BCN,144,N,N,N,A^FD{_safe(content.number)}^FS",
        f"^FO520,790^BQN,2,7^FH_^FDMA,{_safe(content.tracking_url)}^FS",
        *(_text(font, *line) for line in _lines(content)),
        *(f"^FO{_LEFT},{y}^GB{_LINE_WIDTH},2,2^FS" for y in (184, 424, 780)),
    ]
    if content.ribbon:
        fields.append(_text(font, content.ribbon, 1130, 48))
    return "\n".join([*fields, "^XZ"])


def _lines(content: LabelContent) -> Iterator[tuple[str, int, int]]:
    yield content.service, 44, 32
    yield content.route, 100, 60
    yield content.grouped_number, 362, 40
    yield f"收 To {content.recipient_name} {content.recipient_phone}", 444, 36
    yield content.recipient_address, 496, 32
    yield f"寄 From {content.sender_name} {content.sender_place}", 640, 26
    yield f"品名 Contents {content.crop}", 810, 28
    for place, line in enumerate(contents_lines(content)):
        yield line, 856 + 46 * place, 28


def _safe(text: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in text)


def _text(font: Path, text: str, y: int, size: int) -> str:
    if text.isascii():
        return f"^FO{_LEFT},{y}^A0N,{size},{size}^FH_^FD{_safe(text)}^FS"
    return f"^FO{_LEFT},{y}{_bitmap(font, text, size)}^FS"


@lru_cache(maxsize=512)
def _bitmap(font: Path, text: str, size: int) -> str:
    """Draw the text as a ``^GFA`` field: one bit a dot, rows padded to bytes, hexadecimal."""
    face = _face(font, size)
    lines = _wrapped(face, text)
    height = (size + 6) * len(lines)
    widest = max(int(face.getlength(line)) for line in lines)
    row_bytes = (min(widest, _LINE_WIDTH) + 7) // 8
    image = Image.new("1", (row_bytes * 8, height), 0)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((0, number * (size + 6)), line, fill=1, font=face)
    dots = image.tobytes()
    return f"^GFA,{len(dots)},{len(dots)},{row_bytes},{_shortened(dots, row_bytes)}"


def _shortened(dots: bytes, row_bytes: int) -> str:
    """Write rows in ZPL's short form: ``,`` ends a row in white, ``:`` repeats the row above."""
    rows = [dots[at : at + row_bytes].hex().upper() for at in range(0, len(dots), row_bytes)]
    written = []
    for above, row in zip(["", *rows], rows, strict=False):
        ink = row.rstrip("0")
        written.append(":" if row == above else ink + "," if len(ink) < len(row) else ink)
    return "".join(written)


@lru_cache(maxsize=16)
def _face(font: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font), size)


def _wrapped(face: ImageFont.FreeTypeFont, text: str) -> list[str]:
    lines = [""]
    for letter in text:
        if lines[-1] and face.getlength(lines[-1] + letter) > _LINE_WIDTH:
            lines.append("")
        lines[-1] += letter
    return lines
