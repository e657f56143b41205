"""The Chinese TrueType font that labels and papers are set in, found on the machine.

``POSTHARVEST_FONT`` names one outright.  Fonts with PostScript outlines (Noto CJK as Debian ships
it) can't be embedded by reportlab, so they are not looked for.
"""

import os
import sys
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from postharvest.core.errors import Refused

INSTALL = "apt-get install fonts-wqy-microhei"
_PLACES = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/wenquanyi/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/arphic/ukai.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/Library/Fonts/Arial Unicode.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
    "C:/Windows/Fonts/simsun.ttc",
)
_MUST_DRAW = "A0米柿蔗"


class FontMissing(Refused):
    """No font on this machine can draw a Chinese label."""

    code = "font_missing"


def chinese_font() -> Path:
    """Find the font; raises ``FontMissing`` naming the command that installs one."""
    named = os.environ.get("POSTHARVEST_FONT", "")
    if named and not Path(named).is_file():
        raise FontMissing(f"POSTHARVEST_FONT: {named} is not a file; name a Chinese .ttf or .ttc")
    for place in (named,) if named else _PLACES:
        if Path(place).is_file():
            return Path(place)
    remedy = INSTALL if sys.platform == "linux" else "install a Chinese TrueType font"
    raise FontMissing(
        f"no Chinese font found for labels and papers; run `{remedy}` "
        "or name one in POSTHARVEST_FONT"
    )


@cache
def registered(font: Path) -> str:
    """Make the font known to reportlab once and return the name it goes by."""
    name = f"postharvest-{font.stem}"
    try:
        face = TTFont(name, str(font))
    except TTFError as error:
        raise FontMissing(f"{font} can't be embedded ({error}); use a TrueType font") from error
    missing = "".join(letter for letter in _MUST_DRAW if ord(letter) not in face.face.charToGlyph)
    if missing:
        raise FontMissing(f"{font} has no glyph for {missing}; use a full Chinese TrueType font")
    pdfmetrics.registerFont(face)
    return name


@cache
def _widths(name: str) -> dict[str, float]:
    return {}


def text_width(text: str, name: str, size: float) -> float:
    """Width in points; remembers each letter, because labels come by the thousand."""
    known = _widths(name)
    total = 0.0
    for letter in text:
        width = known.get(letter)
        if width is None:
            width = known[letter] = pdfmetrics.stringWidth(letter, name, 1.0)
        total += width
    return total * size


def wrapped(text: str, name: str, size: float, width: float) -> list[str]:
    """Break a text into lines that fit, at any Chinese character and never inside a Latin word."""
    lines, line = [], ""
    for word in _words(text):
        if line and text_width(line + word, name, size) > width:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
        while text_width(line, name, size) > width and len(line) > 1:
            fits = _letters_that_fit(line, name, size, width)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line] if line else lines


def _words(text: str) -> list[str]:
    words: list[str] = []
    joins = False
    for letter in text:
        is_latin = letter.isascii() and letter != " "
        if is_latin and joins:
            words[-1] += letter
        else:
            words.append(letter)
        joins = is_latin
    return words


def _letters_that_fit(line: str, name: str, size: float, width: float) -> int:
    count = 1
    while count < len(line) and text_width(line[: count + 1], name, size) <= width:
        count += 1
    return count
