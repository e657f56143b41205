"""Names, phones and addresses as a label may show them (GB/T 41833-2022).

At least one character of the name, at least six digits of the phone, and building, unit and room
of the address are hidden.  A masked string can be masked again without change.
"""

import re
import unicodedata

MASK = "*"
HIDDEN_PHONE_DIGITS = 6

_SHOWN_AT_FRONT = 3
_SHOWN_AT_BACK = 2
_COUNTRY_CODE = re.compile(r"^(?:\+|00)86[\s-]*")

_NUMBER = r"[0-9A-Za-z〇零一二两三四五六七八九十百甲乙丙丁#]+(?:[-–—之/][0-9A-Za-z]+)*"
_INDOORS = r"号楼|号院|号|栋|幢|座|单元|室|房|层|户|弄|铺|楼"
_ROADS = (
    r"\s*(?:国道|省道|县道|乡道|高速|环路|环|路|大街|街|大道|道|线|公里|村|组|队|社|团|连|镇|乡)"
)
_CHINESE_DETAIL = re.compile(rf"{_NUMBER}\s*(?:{_INDOORS})|[0-9]+(?![0-9]|{_ROADS})")
_LATIN_DETAIL = re.compile(
    r"\b(?:building|bldg|block|unit|room|rm|apartment|apt|flat|suite|floor|no)\b\.?\s*#?\s*"
    r"[\w-]*\d[\w-]*|#\s*\w+|\b\d[\w-]*",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_HIDDEN_TAIL = MASK * 3


def mask_name(name: str) -> str:
    """Show the first character of each part of a name: ``王小明`` → ``王**``."""
    parts = unicodedata.normalize("NFKC", name).split()
    return " ".join(_mask_word(part) for part in parts)


def mask_phone(phone: str) -> str:
    """Hide at least six digits: ``138 1234 5678`` → ``138******78``."""
    text = _COUNTRY_CODE.sub("", unicodedata.normalize("NFKC", phone).strip())
    digits = [letter for letter in text if letter.isdecimal() or letter == MASK]
    shown = max(0, len(digits) - HIDDEN_PHONE_DIGITS)
    back = min(_SHOWN_AT_BACK, shown)
    front = min(_SHOWN_AT_FRONT, shown - back)
    hidden = len(digits) - front - back
    return "".join(digits[:front]) + MASK * hidden + "".join(digits[len(digits) - back :])


def mask_address(address: str) -> str:
    """Keep place and road, hide house number, building, unit and room and what follows them."""
    text = unicodedata.normalize("NFKC", address).strip()
    if not _CHINESE.search(text):
        return _LATIN_DETAIL.sub(_HIDDEN_TAIL, text)
    found = _CHINESE_DETAIL.search(text)
    if found is None:
        return text
    return text[: found.start()].rstrip() + _HIDDEN_TAIL


def _mask_word(word: str) -> str:
    if len(word) == 1:
        return MASK
    return word[0] + MASK * (len(word) - 1)
