"""Read a LOT.toml: what is to be sold by when, and what is known of its buyers."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.engines.pricing.advice import Offers
from postharvest.engines.pricing.markdown import LotProblem

SCHEMA = "postharvest.lot/1"
MAX_DAYS = 120
LADDER_STEPS = 15
_Z95 = 1.959964
_DEFAULTS: dict[str, float] = {
    "unit_cost_yuan_kg": 0.0,
    "salvage_yuan_kg": 0.0,
    "elasticity": -2.0,
    "level_uncertainty": 0.4,
    "day_uncertainty": 0.25,
    "team_share": 0.85,
    "solo_markup": 0.15,
}
_ELASTICITY_SD = 0.5
_KNOWN = {
    *_DEFAULTS,
    "schema", "name", "produce", "kg", "start_date", "days", "reference_price_yuan_kg",
    "reference_kg_per_day", "lowest_price_yuan_kg", "highest_price_yuan_kg",
    "elasticity_lo95", "elasticity_hi95",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot as asked: its engine problem, its offers, and what names it."""

    name: str
    start: date
    problem: LotProblem
    offers: Offers
    assumed: tuple[str, ...]


def read_lot(path: Path) -> Lot:
    """Read a lot's file.

    Raises
    ------
    InvalidInput
        Not TOML, a field unknown, missing or out of its range.
    """
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise InvalidInput(path.name, f"is not TOML: {fault}") from None
    return lot_of(fields)


def lot_of(fields: Mapping[str, object]) -> Lot:
    """Check a lot's fields and build its problem; what was not given is named in `assumed`."""
    for name in fields:
        if name not in _KNOWN:
            raise InvalidInput(name, f"is not known; known are {', '.join(sorted(_KNOWN))}")
    if fields.get("schema") != SCHEMA:
        raise InvalidInput("schema", f"must be {SCHEMA!r}")
    days = int(_number(fields, "days", low=1, high=MAX_DAYS))
    reference = _number(fields, "reference_price_yuan_kg", low=0.01)
    low, high = _price_range(fields, reference)
    elasticity, deviation = _elasticity(fields)
    problem = LotProblem(
        stock_kg=_number(fields, "kg", low=0.1),
        ladder_yuan_kg=_ladder(low, high),
        reference_price_yuan_kg=reference,
        reference_kg=_reference_kg(fields, days),
        elasticity=elasticity,
        elasticity_sd=deviation,
        level_sd=_number(fields, "level_uncertainty", low=0.0, high=2.0),
        day_sd=_number(fields, "day_uncertainty", low=0.0, high=2.0),
        salvage_yuan_kg=_number(fields, "salvage_yuan_kg", low=-reference, high=low),
        unit_cost_yuan_kg=_number(fields, "unit_cost_yuan_kg", low=0.0),
    )
    offers = Offers(
        team_share=_number(fields, "team_share", low=0.0, high=1.0),
        solo_markup=_number(fields, "solo_markup", low=0.01, high=2.0),
    )
    start = fields.get("start_date")
    if not isinstance(start, date):
        raise InvalidInput("start_date", "must be a day, written 2020-03-09 without quotes")
    assumed = tuple(name for name in _DEFAULTS if name not in fields)
    return Lot(str(fields.get("name", "lot")), start, problem, offers, assumed)


def _number(
    fields: Mapping[str, object], name: str, *, low: float, high: float = float("inf")
) -> float:
    value = fields.get(name, _DEFAULTS.get(name))
    if value is None:
        raise InvalidInput(name, "is missing")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(name, f"is {value!r}; give a number")
    if not low <= value <= high:
        upper = f" to {high:g}" if np.isfinite(high) else " or more"
        raise InvalidInput(name, f"is {value:g}; give {low:g}{upper}")
    return float(value)


def _price_range(fields: Mapping[str, object], reference: float) -> tuple[float, float]:
    low, high = 0.4 * reference, 1.4 * reference
    if "lowest_price_yuan_kg" in fields:
        low = _number(fields, "lowest_price_yuan_kg", low=0.01)
    if "highest_price_yuan_kg" in fields:
        high = _number(fields, "highest_price_yuan_kg", low=0.02)
    if high <= low:
        raise InvalidInput("highest_price_yuan_kg", f"{high:g} must be above the lowest, {low:g}")
    return low, high


def _ladder(low: float, high: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Prices from dear to cheap in whole fen, without repetitions."""
    fen = np.unique(np.round(100 * np.linspace(low, high, LADDER_STEPS)))[::-1]
    return np.asarray(fen / 100, dtype=np.float64)


def _reference_kg(
    fields: Mapping[str, object], days: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    given = fields.get("reference_kg_per_day")
    if isinstance(given, list):
        if len(given) != days or not all(isinstance(kg, int | float) and kg >= 0 for kg in given):
            raise InvalidInput("reference_kg_per_day", f"give {days} numbers of 0 or more, or one")
        return np.array([float(kg) for kg in given])
    return np.full(days, _number(fields, "reference_kg_per_day", low=0.001))


def _elasticity(fields: Mapping[str, object]) -> tuple[float, float]:
    value = _number(fields, "elasticity", low=-20.0, high=-0.05)
    if "elasticity_lo95" in fields and "elasticity_hi95" in fields:
        low = _number(fields, "elasticity_lo95", low=-40.0, high=value)
        high = _number(fields, "elasticity_hi95", low=value, high=10.0)
        return value, (high - low) / (2 * _Z95)
    return value, _ELASTICITY_SD
