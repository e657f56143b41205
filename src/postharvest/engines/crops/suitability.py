"""How well a place's climate suits a crop, 0 … 1.

    suit = min(trapezoid(mean temperature of the cycle), trapezoid(rain)),   0 where frost kills

The trapezoids rise from the absolute to the optimal limits, as in EcoCrop (Hijmans et al. 2001,
FAO).  Annuals may be sown in any month: the best start counts.  Irrigation can stand in for
rain, so a dry place scores no less than `dry_floor` on rain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MONTHS = 12
_DAYS_PER_MONTH = 30.4
NIGHT_BELOW_MEAN_C = 6.0
"""A month's usual coldest nights lie about so far below its mean temperature."""
COLD_SPELL_BELOW_MEAN_C = 13.0
"""A dormant tree must outlive a cold spell in the coldest month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Normals of a place: °C and mm of each month, arrays of shape (12,)."""

    temperature_c: Floats
    rain_mm: Floats

    def __post_init__(self) -> None:
        if self.temperature_c.shape != (MONTHS,) or self.rain_mm.shape != (MONTHS,):
            raise ValueError("a climate has twelve months")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What a crop needs; `None` where it does not care.

    `temperature_c` and `rain_mm` are absolute minimum, optimal minimum, optimal maximum, absolute
    maximum; rain is that of the cycle for annuals, of the year for perennials.
    """

    life: str
    temperature_c: tuple[float, float, float, float]
    rain_mm: tuple[float, float, float, float] | None
    kill_growing_c: float | None
    kill_dormant_c: float | None
    cycle_days: float
    coldest_month_max_c: float | None
    coldest_month_min_c: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suitability:
    """The score, its parts, the months of growth (1 … 12) and what limits it."""

    score: float
    temperature: float
    rain: float
    from_month: int
    to_month: int
    limit: str


def trapezoid(value: float, limits: tuple[float, float, float, float]) -> float:
    """Return 0 outside the absolute limits, 1 inside the optimal ones, linear between."""
    low, good_low, good_high, high = limits
    if value <= low or value >= high:
        return 0.0
    if value < good_low:
        return (value - low) / (good_low - low)
    if value > good_high:
        return (high - value) / (high - good_high)
    return 1.0


def suitability(climate: Climate, crop: Requirements, *, dry_floor: float) -> Suitability:
    """Score a crop in a place."""
    if crop.life == "annual":
        return _annual(climate, crop, dry_floor)
    if crop.life == "perennial":
        return _perennial(climate, crop, dry_floor)
    return Suitability(
        score=1.0, temperature=1.0, rain=1.0, from_month=1, to_month=12, limit="grown under cover"
    )


def _annual(climate: Climate, crop: Requirements, dry_floor: float) -> Suitability:
    months = max(1, min(MONTHS, round(crop.cycle_days / _DAYS_PER_MONTH)))
    best: Suitability | None = None
    for start in range(MONTHS):
        at = (start + np.arange(months)) % MONTHS
        mean, rain = float(climate.temperature_c[at].mean()), float(climate.rain_mm[at].sum())
        coldest = float(climate.temperature_c[at].min()) - NIGHT_BELOW_MEAN_C
        frost = crop.kill_growing_c is not None and coldest <= crop.kill_growing_c
        found = _scored(crop, mean, rain, dry_floor, killed="frost while growing" if frost else "")
        found = _in_months(found, start + 1, int(at[-1]) + 1)
        if best is None or found.score > best.score:
            best = found
    assert best is not None  # noqa: S101  (twelve starts were tried)
    return best


def _perennial(climate: Climate, crop: Requirements, dry_floor: float) -> Suitability:
    months = max(1, min(MONTHS, round(crop.cycle_days / _DAYS_PER_MONTH)))
    warmth = [
        float(climate.temperature_c[(start + np.arange(months)) % MONTHS].mean())
        for start in range(MONTHS)
    ]
    start = int(np.argmax(warmth))
    coldest = float(climate.temperature_c.min())
    killed = ""
    if crop.kill_dormant_c is not None and coldest - COLD_SPELL_BELOW_MEAN_C <= crop.kill_dormant_c:
        killed = "winter cold kills"
    elif crop.coldest_month_min_c is not None and coldest < crop.coldest_month_min_c:
        killed = "winter too cold"
    elif crop.coldest_month_max_c is not None and coldest > crop.coldest_month_max_c:
        killed = "winter too mild for its chill"
    rain = float(climate.rain_mm.sum())
    found = _scored(crop, warmth[start], rain, dry_floor, killed=killed)
    return _in_months(found, start + 1, (start + months - 1) % MONTHS + 1)


def _scored(
    crop: Requirements, mean: float, rain_mm: float, dry_floor: float, *, killed: str
) -> Suitability:
    temperature = trapezoid(mean, crop.temperature_c)
    rain, why = 1.0, "rain"
    if crop.rain_mm is not None:
        rain = trapezoid(rain_mm, crop.rain_mm)
        if rain_mm < crop.rain_mm[1]:
            rain, why = max(rain, dry_floor), "too dry without irrigation"
        elif rain_mm > crop.rain_mm[2]:
            why = "too wet"
    score = 0.0 if killed else min(temperature, rain)
    limit = killed
    if not killed and score < 1:
        warm = "too cool" if mean < crop.temperature_c[1] else "too hot"
        limit = warm if temperature <= rain else why
    return Suitability(
        score=score, temperature=temperature, rain=rain, from_month=1, to_month=12, limit=limit
    )


def _in_months(found: Suitability, first: int, last: int) -> Suitability:
    return Suitability(
        score=found.score,
        temperature=found.temperature,
        rain=found.rain,
        from_month=first,
        to_month=last,
        limit=found.limit,
    )
