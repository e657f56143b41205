"""What the world is really like: drawn from its own seed, apart from what any planner assumes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CAMPAIGN_CV = 0.25
DAY_CV = 0.2
ELASTICITY_SD = 0.25
RAIN_STARTS, RAIN_STAYS = 0.05, 0.6
ATTENDANCE_MEAN, ATTENDANCE_SPREAD = 0.9, 40.0
PLANNED_EFFECT = 0.82
"""Rates in a case are effective: nominal × this.  The world works at nominal × who really comes."""
PRODUCTIVITY_SD = 0.06
CULL_MEAN = 0.02
_KEY = {
    "campaign": 1,
    "days": 2,
    "lanes": 3,
    "crowd": 4,
    "people": 5,
    "field": 6,
    "carrier": 7,
    "claims": 8,
    "diary": 9,
}


def stream(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Return the random stream of one purpose, day and hour: no draw depends on another's order."""
    return np.random.default_rng([seed, _KEY[purpose], *numbers])


@dataclass(frozen=True, slots=True, kw_only=True)
class Nature:
    """One world: the true level and slope of demand, the weather, how people and lanes do.

    ``demand_by_day`` are factors on the assumed demand of days 1…; ``rain`` marks days on which
    roads are bad, merchants stay away and fewer packers come; ``transit_shift`` moves share of
    every lane's parcels one day later.
    """

    seed: int
    elasticity_shift: float
    demand_by_day: NDArray[np.float64]
    rain: NDArray[np.bool_]
    attendance: NDArray[np.float64]
    productivity: NDArray[np.float64]
    merchant_share: NDArray[np.float64]
    transit_shift: float
    cull_share: float
    bad_box_share: float

    def demand_factor(self, day: int, *, price_ratio: float) -> float:
        """Factor on the wants a case assumes, at a price that is a multiple of its reference."""
        slope: float = price_ratio ** (-self.elasticity_shift)
        return float(self.demand_by_day[day]) * slope


def draw(seed: int, days: int) -> Nature:
    """Draw a world for a sale of some days (and the days after it)."""
    rng = stream(seed, "campaign")
    sigma = math.sqrt(math.log(1 + CAMPAIGN_CV**2))
    level = math.exp(rng.normal(-sigma * sigma / 2, sigma))
    elasticity_shift = float(rng.normal(0.0, ELASTICITY_SD))
    transit_shift = float(rng.uniform(0.0, 0.12))
    cull_share = float(rng.gamma(4.0, CULL_MEAN / 4.0))
    bad_box_share = float(rng.uniform(0.015, 0.04))
    daily = stream(seed, "days")
    day_sigma = math.sqrt(math.log(1 + DAY_CV**2))
    noise = np.exp(daily.normal(-day_sigma * day_sigma / 2, day_sigma, size=days))
    rain = np.zeros(days, dtype=bool)
    chances = daily.random(days)
    for day in range(days):
        rain[day] = chances[day] < (RAIN_STAYS if day and rain[day - 1] else RAIN_STARTS)
    a = ATTENDANCE_MEAN * ATTENDANCE_SPREAD
    attendance = daily.beta(a, ATTENDANCE_SPREAD - a, size=days) * np.where(rain, 0.8, 1.0)
    productivity = np.clip(daily.normal(1.0, PRODUCTIVITY_SD, size=days), 0.7, 1.3)
    merchants = np.where(rain, 0.0, daily.uniform(0.5, 1.0, size=days))
    return Nature(
        seed=seed,
        elasticity_shift=elasticity_shift,
        demand_by_day=level * noise,
        rain=rain,
        attendance=attendance,
        productivity=productivity,
        merchant_share=merchants,
        transit_shift=transit_shift,
        cull_share=min(cull_share, 0.08),
        bad_box_share=bad_box_share,
    )


def day_shape(case: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return the share of demand of each day, as the case's format defines it."""
    days = int(case["horizon_days"])
    default = [0.70, 0.95, 1.10, 1.15, 1.15, 1.10, 1.05, 1.00, 0.95, 0.85]
    shape = np.array(case["demand"].get("day_shape", default), dtype=float)
    spread = np.interp(np.linspace(0, len(shape) - 1, days), np.arange(len(shape)), shape)
    out: NDArray[np.float64] = spread / spread.sum()
    return out
