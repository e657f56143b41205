"""What the national simulator is asked: provinces, produce, bases and worlds, as arrays.

Letters of shapes: n counties of a province, H its prefectures (markets' hubs), C crops, P pairs
of county and crop, B places where any scenario opens a base, Z postage zones.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.travel import TravelModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Masks = NDArray[np.uint64]

WEEKS_PER_YEAR = 52
MONTHS_PER_YEAR = 12
MOST_CROPS = 64
"""A week's crops are bits of one whole number."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Produce:
    """Figures of the crops, each (C,), and of the zones.

    Attributes
    ----------
    retail, farm_gate : yuan/kg in an ordinary season.
    shelf_days : days after harvest without cooling.
    pack_kg : kilograms a parcel; carton : yuan per kg; rate : kg packed a person-day.
    village_factor : a village's surplus against the ordinary crop; household_kg : a grower's part.
    output_kg : national output a year.
    postage : (C, Z) yuan per kg; zone_days, zone_spread_days : (Z,) median and sd of transit.
    """

    retail: Floats
    farm_gate: Floats
    shelf_days: Floats
    pack_kg: Floats
    carton: Floats
    rate: Floats
    village_factor: Floats
    household_kg: Floats
    output_kg: Floats
    postage: Floats
    zone_days: Floats
    zone_spread_days: Floats

    def __post_init__(self) -> None:
        crops = self.retail.shape
        for name in (
            "farm_gate", "shelf_days", "pack_kg", "carton", "rate", "village_factor",
            "household_kg", "output_kg",
        ):  # fmt: skip
            if getattr(self, name).shape != crops:
                raise ValueError(f"{name} must have shape {crops}")
        if self.postage.shape != (*crops, self.zone_days.size):
            raise ValueError("postage must be crops × zones")
        if len(self.retail) > MOST_CROPS:
            raise ValueError(f"at most {MOST_CROPS} crops")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Province:
    """One province.

    Attributes
    ----------
    code : GB/T 2260 code of the province.
    rural_people, households, villages : (n,); households are rural ones.
    hub : (n,) the county's prefecture, 0 … H-1; hub_people : (H,).
    zone_share : (H, Z) share of the nation's online demand in each zone.
    pair_county, pair_crop : (P,); pair_kg : (P,) harvest a year.
    season : (C, 52) share of the year's harvest in each week.
    rain_mm : (n, 12) normal rain of the months.
    base_km : (n, B) great-circle km to the places of bases; base_hub : (B,) -1 outside.
    """

    code: int
    rural_people: Floats
    households: Floats
    villages: Floats
    hub: Ints
    hub_people: Floats
    zone_share: Floats
    pair_county: Ints
    pair_crop: Ints
    pair_kg: Floats
    season: Floats
    rain_mm: Floats
    base_km: Floats
    base_hub: Ints

    def __post_init__(self) -> None:
        n = self.rural_people.shape
        for name in ("households", "villages", "hub"):
            if getattr(self, name).shape != n:
                raise ValueError(f"{name} must have shape {n}")
        if self.rain_mm.shape != (*n, MONTHS_PER_YEAR):
            raise ValueError("rain_mm must be counties × 12")
        if self.season.shape[1] != WEEKS_PER_YEAR:
            raise ValueError("season must have 52 weeks")
        pairs = self.pair_county.shape
        if self.pair_crop.shape != pairs or self.pair_kg.shape != pairs:
            raise ValueError("pair_crop and pair_kg must have the shape of pair_county")
        if self.base_km.shape != (*n, self.base_hub.size):
            raise ValueError("base_km must be counties × bases")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenario:
    """Which bases open when: ``base`` (b,) columns of ``base_km``, ``opens`` (b,) weeks."""

    name: str
    base: Ints
    opens: Ints

    def __post_init__(self) -> None:
        if self.base.shape != self.opens.shape:
            raise ValueError("base and opens must have the same shape")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What is simulated: scenarios × worlds over weeks ``first_week`` … 52 · ``years``.

    ``served_share`` (scenarios, C, years): share of each crop's national harvest within reach of a
    base, which divides the national market among the provinces without their talking to another.
    ``draws`` names each world's chance; worlds with one number meet the same harvests.
    """

    scenarios: tuple[Scenario, ...]
    worlds: tuple[Assumptions, ...]
    served_share: Floats
    years: int
    seed: int
    first_week: int = 0
    draws: tuple[int, ...] = ()
    travel: TravelModel = field(default_factory=TravelModel)

    def __post_init__(self) -> None:
        if not self.years >= 1 or not 0 <= self.first_week < self.weeks:
            raise ValueError("years must be 1 or more, first_week inside them")
        if self.served_share.shape[::2] != (len(self.scenarios), self.years):
            raise ValueError("served_share must be scenarios × crops × years")
        if self.draws and len(self.draws) != len(self.worlds):
            raise ValueError("draws must name one number per world")

    def numbers(self) -> tuple[int, ...]:
        """Return each world's number for drawing."""
        return self.draws or tuple(range(len(self.worlds)))

    @property
    def weeks(self) -> int:
        return WEEKS_PER_YEAR * self.years

    @property
    def months(self) -> int:
        return MONTHS_PER_YEAR * self.years


def month_of_week(week: Ints) -> Ints:
    """Return the month (0, 1, …) of weeks counted from the first January."""
    months: Ints = week * MONTHS_PER_YEAR // WEEKS_PER_YEAR
    return months
