"""Numbers that carry a digit to catch a slip of the pen: bank cards and residents' identity."""

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LAST = "10X98765432"
_ID_DIGITS = 18
_NINE = 9


def is_card(number: str) -> bool:
    """Whether a bank card's number is right by its last digit (Luhn, ISO/IEC 7812-1)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):  # noqa: PLR2004
        return False
    total = 0
    for place, letter in enumerate(reversed(number)):
        digit = int(letter) * (2 if place % 2 else 1)
        total += digit - _NINE if digit > _NINE else digit
    return total % 10 == 0


def is_resident_id(number: str) -> bool:
    """Whether a resident's number is right: a birthday, and its last sign (GB 11643, mod 11-2)."""
    body, last = number[:-1], number[-1:].upper()
    if len(number) != _ID_DIGITS or not (body.isascii() and body.isdigit()):
        return False
    if birthday_of(number) is None:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _LAST[total % 11] == last


def birthday_of(resident_id: str) -> date | None:
    """Return the birthday that a resident's number holds, or none if it is no day."""
    try:
        return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))
    except ValueError:
        return None
