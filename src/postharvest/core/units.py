"""The units that the whole house speaks: whole grams and whole fen, never floats of money.

The suffix of a name is its unit: ``_g`` grams, ``_kg`` kilograms, ``_fen`` 1/100 yuan,
``_hours``, ``_km``.  Rows and events carry ``_g`` and ``_fen``; engines compute in ``_kg`` and
``_yuan`` and come back through the functions below.
"""

from decimal import ROUND_HALF_EVEN, Decimal

GRAMS_PER_KG = 1000
GRAMS_PER_JIN = 500
FEN_PER_YUAN = 100
SQUARE_METRES_PER_MU = 2000 / 3
CREW_SECONDS_PER_DAY = 8 * 3600
"""Working time that one packer brings to a day; a point's day is counted in these."""


def _whole(value: float) -> int:
    return int(Decimal(str(value)).to_integral_value(ROUND_HALF_EVEN))


def grams(kg: float) -> int:
    """Round a computed weight to whole grams."""
    return _whole(kg * GRAMS_PER_KG)


def fen(yuan: float) -> int:
    """Round a computed amount to whole fen, half to even."""
    return _whole(yuan * FEN_PER_YUAN)


def kilograms(weight_g: int) -> float:
    """Grams of a row as kilograms for an engine or a page."""
    return weight_g / GRAMS_PER_KG


def yuan(amount_fen: int) -> float:
    """Fen of a row as yuan for an engine or a page."""
    return amount_fen / FEN_PER_YUAN
