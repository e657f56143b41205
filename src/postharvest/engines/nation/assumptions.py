"""What the national simulator takes for granted, and the worlds drawn from the ranges."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """One world's numbers; units in the names, shares 0 … 1, factors around 1.

    The defaults are the middle values; ``docs/nation.md`` says where each comes from.
    """

    surplus_share: float = 0.02
    village_kg: float = 9000.0
    burst_shape: float = 0.5
    weather_correlation: float = 0.6
    wet_share_per_100_mm: float = 0.12
    wet_surplus_factor: float = 2.0
    wet_merchant_factor: float = 0.3
    wet_attendance_factor: float = 0.75
    merchant_share_per_day: float = 0.06
    merchant_price_share: float = 0.4
    clear_share: float = 0.6
    harvest_cost: float = 0.3
    reference_price: float = 1.0
    reference_demand: float = 1.05
    listing_elasticity: float = 2.2
    demand_cv_campaign: float = 0.25
    demand_growth: float = 1.15
    online_share: float = 0.06
    participation: float = 0.5
    ramp_weeks: float = 26.0
    reach_hours: float = 4.0
    road_speed: float = 1.0
    labour_share_available: float = 0.04
    labour_wage_base: float = 100.0
    attendance: float = 0.9
    packing_rate: float = 1.0
    postage: float = 1.0
    hub_parcels_per_day_per_1000_people: float = 25.0
    base_parcels_per_day: float = 20_000.0
    point_cost: float = 0.25
    fee_share: float = 0.018
    refund_share: float = 0.02
    promise_days: float = 3.0
    hold_days: float = 1.0
    shelf_gain_days: float = 3.0
    base_hours_saved: float = 12.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{field.name} must be 0 or more")
        if not self.village_kg > 0 or not self.road_speed > 0 or not self.burst_shape > 0:
            raise ValueError("village_kg, road_speed and burst_shape must be above 0")
        if not self.reach_hours > 0 or not self.listing_elasticity > 0:
            raise ValueError("reach_hours and listing_elasticity must be above 0")


CEILINGS: Mapping[str, float] = {
    "surplus_share": 1.0,
    "participation": 1.0,
    "online_share": 1.0,
    "labour_share_available": 1.0,
    "attendance": 1.0,
    "reference_price": 1.6,
    "reach_hours": 8.0,
    "shelf_gain_days": 14.0,
}
"""What no multiplier may lift further: shares end at 1, prices at the top of the ladder (buyers
don't pay more for the same pear), a day's drive out and back, a fortnight of cooling."""


def scaled(base: Assumptions, factors: Mapping[str, float]) -> Assumptions:
    """Return ``base`` with numbers multiplied, each up to its ceiling."""
    values = {field.name: getattr(base, field.name) for field in fields(base)}
    for name, factor in factors.items():
        value = values[name] * factor
        values[name] = min(max(values[name], CEILINGS.get(name, np.inf)), value)
    return Assumptions(**values)


def drawn_worlds(
    middle: Assumptions,
    ranges: Mapping[str, tuple[float, float]],
    *,
    worlds: int,
    seed: int,
) -> tuple[Assumptions, ...]:
    """Draw each number of each world from the triangle over its (low, middle, high).

    Same seed and world number, same draw, however many worlds are asked for.
    """
    names = sorted(ranges)
    drawn = []
    for world in range(worlds):
        draw = np.random.default_rng([seed, world, 0])
        values = {field.name: getattr(middle, field.name) for field in fields(middle)}
        for name in names:
            low, high = ranges[name]
            at = draw.random()
            values[name] = _triangle(at, low, values[name], high)
        drawn.append(Assumptions(**values))
    return tuple(drawn)


def _triangle(at: float, low: float, middle: float, high: float) -> float:
    """Return the triangular distribution's quantile."""
    if not low <= middle <= high:
        raise ValueError(f"{low} … {middle} … {high} must rise")
    if high == low:
        return middle
    split = (middle - low) / (high - low)
    if at < split:
        return low + float(np.sqrt(at * (high - low) * (middle - low)))
    return high - float(np.sqrt((1 - at) * (high - low) * (high - middle)))
