"""Parcel identifiers of the Universal Postal Union, standard S10.

Thirteen characters: a two-letter service indicator, eight digits, a check digit and the country
of the post that issues it, as in ``PA 000 000 013 CN``.  Identifiers of other carriers are opaque
to us and are kept with the carrier's name and pattern.
"""

import re
import unicodedata
from dataclasses import dataclass

DOMESTIC_INDICATOR = "PA"
DOMESTIC_COUNTRY = "CN"
LARGEST_SERIAL = 99_999_999
RESERVED_FIRST_LETTERS = frozenset("JKSTW")
REUSE_AFTER_MONTHS = 24

_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_SERIAL_DIGITS = 8
_LENGTH = 13
_MODULUS = 11
_SPECIAL_REMAINDERS = {10: 0, 11: 5}
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
_SEPARATORS = re.compile(r"[\s\-\u00b7\u2010-\u2015]+")

_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1 two-letter codes; one that is not assigned can't name a post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S10:
    """A well-formed identifier, taken apart."""

    indicator: str
    serial: int
    country: str

    @property
    def check(self) -> int:
        return check_digit(self.serial)

    @property
    def grouped(self) -> str:
        """The identifier as people read it: ``RR 473 124 829 GB``."""
        digits = f"{self.serial:08d}{self.check}"
        return f"{self.indicator} {digits[:3]} {digits[3:6]} {digits[6:]} {self.country}"

    def __str__(self) -> str:
        return f"{self.indicator}{self.serial:08d}{self.check}{self.country}"


def check_digit(serial: int) -> int:
    """Return the digit that guards eight digits: 11 − (weighted sum mod 11), 10 → 0, 11 → 5."""
    if not 0 <= serial <= LARGEST_SERIAL:
        raise ValueError(f"a serial has at most {_SERIAL_DIGITS} digits, not {serial}")
    digits = f"{serial:0{_SERIAL_DIGITS}d}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    remainder = _MODULUS - total % _MODULUS
    return _SPECIAL_REMAINDERS.get(remainder, remainder)


def make(indicator: str, serial: int, country: str = DOMESTIC_COUNTRY) -> str:
    """Return the identifier for a serial of the indicator's own sequence."""
    _refuse_bad_ends(indicator, country)
    check_digit(serial)
    return str(S10(indicator=indicator, serial=serial, country=country))


def normalise(text: str) -> str:
    """Full-width and lower-case letters, spaces and hyphens become the printed form."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def parse(text: str) -> S10:
    """Take an identifier apart; raises ``ValueError`` that says what is wrong with it."""
    number = normalise(text)
    if len(number) != _LENGTH:
        raise ValueError(f"an S10 identifier has {_LENGTH} characters, not {len(number)}")
    if not _SHAPE.fullmatch(number):
        raise ValueError("an S10 identifier is two letters, nine digits and two letters")
    parsed = S10(indicator=number[:2], serial=int(number[2:10]), country=number[11:])
    _refuse_bad_ends(parsed.indicator, parsed.country)
    if int(number[10]) != parsed.check:
        raise ValueError(f"the check digit is {number[10]} but {number[2:10]} needs {parsed.check}")
    return parsed


def is_valid(text: str) -> bool:
    """Say whether the text is a well-formed identifier.

    The check digit misses about one wrong digit in fifty, so look the number up as well.
    """
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _refuse_bad_ends(indicator: str, country: str) -> None:
    if not re.fullmatch(r"[A-Z]{2}", indicator):
        raise ValueError(f"a service indicator is two capital letters, not {indicator!r}")
    if indicator[0] in RESERVED_FIRST_LETTERS:
        raise ValueError(f"service indicators that begin with {indicator[0]} are reserved")
    if country not in COUNTRIES:
        raise ValueError(f"{country!r} is not an ISO 3166 country code")
