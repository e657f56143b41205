r"""Surpluses of one province in one world: weather, villages, kilograms, buyers' mood.

Villages with a surplus of a crop in a week are negative binomial (a Poisson number whose mean is
gamma: gluts come in bursts), each with a gamma number of kilograms.  Wet weeks make more of them.
A week is wet where :math:`\sqrt\rho z_{pw} + \sqrt{1-\rho} e_{kw}` exceeds the county's threshold
for the month: counties of a province get wet together (a one-factor model; Vasicek 2002).
Draws depend on seed, world and province alone, so all scenarios meet the same harvests.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.problem import (
    MONTHS_PER_YEAR,
    WEEKS_PER_YEAR,
    Floats,
    Ints,
    Produce,
    Province,
    Run,
    month_of_week,
)

_PERSISTENCE = 0.4
"""Of a province's weather from week to week."""
_KG_SHAPE = 4.0
"""Gamma shape of a village's kilograms: a coefficient of variation of one half."""
_WETTEST = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """Surpluses in order of week, hub, county, crop; each array (E,).

    ``mood`` multiplies what buyers want; ``wet`` says whether it rained that week.
    """

    week: Ints
    hub: Ints
    county: Ints
    crop: Ints
    kg: Floats
    villages: Ints
    mood: Floats
    wet: NDArray[np.bool_]


def drawn_events(
    province: Province, produce: Produce, run: Run, world: Assumptions, number: int
) -> Events:
    """Draw a province's surpluses in world ``number``."""
    weather, arrivals, moods = (
        np.random.default_rng([run.seed, number, province.code, part]) for part in (1, 2, 3)
    )
    wet = _wet_weeks(province, run, world, weather)
    pair, week = _in_season(province, run)
    county, crop = province.pair_county[pair], province.pair_crop[pair]
    village_kg = world.village_kg * produce.village_factor[crop]
    yearly = world.surplus_share * province.pair_kg[pair]
    mean = yearly * province.season[crop, week % WEEKS_PER_YEAR] / village_kg
    rain = wet[county, week]
    mean *= np.where(rain, world.wet_surplus_factor, 1.0)
    burst = arrivals.gamma(world.burst_shape, 1 / world.burst_shape, mean.size)
    villages = np.minimum(arrivals.poisson(mean * burst), np.maximum(1, province.villages[county]))
    villages = villages.astype(np.int64)
    some = np.flatnonzero(villages)
    kg = arrivals.gamma(_KG_SHAPE * villages[some], village_kg[some] / _KG_SHAPE)
    spread = np.sqrt(np.log1p(world.demand_cv_campaign**2))
    mood = np.exp(spread * moods.standard_normal(some.size) - spread**2 / 2)
    return Events(
        week=week[some],
        hub=province.hub[county[some]],
        county=county[some],
        crop=crop[some],
        kg=kg,
        villages=villages[some],
        mood=mood,
        wet=rain[some],
    )


def _wet_weeks(
    province: Province, run: Run, world: Assumptions, draw: np.random.Generator
) -> NDArray[np.bool_]:
    n = province.rural_people.size
    shared = np.empty(run.weeks)
    state = draw.standard_normal()
    for week, step in enumerate(draw.standard_normal(run.weeks)):
        state = _PERSISTENCE * state + np.sqrt(1 - _PERSISTENCE**2) * step
        shared[week] = state
    own = draw.standard_normal((n, run.weeks))
    together = world.weather_correlation
    index = np.sqrt(together) * shared + np.sqrt(1 - together) * own
    month = month_of_week(np.arange(run.weeks)) % MONTHS_PER_YEAR
    share = np.clip(world.wet_share_per_100_mm * province.rain_mm / 100, 1e-4, _WETTEST)
    wet: NDArray[np.bool_] = index > ndtri(1 - share)[:, month]
    return wet


def _in_season(province: Province, run: Run) -> tuple[Ints, Ints]:
    """Return (pair, week) of every cell in season, ordered by week, hub, county, crop."""
    weeks = np.arange(run.first_week, run.weeks)
    order = np.lexsort(
        (province.pair_crop, province.pair_county, province.hub[province.pair_county])
    )
    season = province.season[province.pair_crop[order]][:, weeks % WEEKS_PER_YEAR]
    at, pair = np.nonzero(season.T > 0)
    return order[pair], weeks[at]
