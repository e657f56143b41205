"""Village seasons in which the truth is known: merchants, rain, backlog, price.

Harvest is a bell over the season.  Merchants usually take most of a day's harvest; in some seasons
part of them stay away from a day on; on rainy days few come.  What nobody takes piles up, and the
backlog presses the price:  log(price / norm) = -κ·backlog / week's harvest + noise that reverts.
A glut begins on the first day on which the price is a quarter below its norm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.engines.warning.logistic import Flags, Floats
from postharvest.engines.warning.price_risk import FALL_SHARE
from postharvest.engines.warning.village import VillageDays, WarningParams, solve

AHEAD_DAYS = 28
EARLY_DAYS = 3
"""A warning counts from so many days ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonParams:
    """A season's make-up; shares 0 … 1, noises as log standard deviations.

    `wet_share` is how many of the days rain in a wet season, `usual_wet_share` in a usual one;
    `shortfall_chance` and `wet_chance` are how often a season has absent merchants or much rain.
    """

    days: int = 90
    daily_harvest_kg: float = 3000.0
    taken_share: float = 1.2
    shortfall_chance: float = 0.35
    wet_chance: float = 0.2
    usual_wet_share: float = 0.25
    wet_share: float = 0.5
    rainy_visit_share: float = 0.35
    own_outlet_share: float = 0.05
    pressure: float = 0.25
    price_noise: float = 0.025
    price_return: float = 0.12
    buying_size: float = 8.0
    forecast_noise: float = 0.15
    diary_share: float = 0.9


@dataclass(frozen=True, slots=True)
class Season:
    """What the village saw, and the day (index) on which a glut began, or -1."""

    seen: VillageDays
    glut_day: int

    def coming(self) -> Flags:
        """Whether a glut begins within `AHEAD_DAYS` after each day, (D,)."""
        day = np.arange(len(self.seen.price_yuan_kg))
        if self.glut_day < 0:
            return np.zeros(len(day), dtype=bool)
        ahead = self.glut_day - day
        return (ahead > 0) & (ahead <= AHEAD_DAYS)


def simulate_season(params: SeasonParams, *, generator: np.random.Generator) -> Season:
    """Draw one village-season."""
    days = params.days
    at = (np.arange(days) + 0.5) / days
    bell = np.exp(-0.5 * ((at - 0.5) / 0.22) ** 2)
    harvest = params.daily_harvest_kg * bell
    wet = generator.random() < params.wet_chance
    rain = _rain(params.wet_share if wet else params.usual_wet_share, days, generator)
    buying = _willingness(params, generator)
    expected = params.taken_share * harvest
    visit = np.where(rain, params.rainy_visit_share, 1.0)
    usual_visit = 1 - params.usual_wet_share * (1 - params.rainy_visit_share)
    mean = expected * buying * visit / usual_visit
    bought = mean * generator.gamma(params.buying_size, 1 / params.buying_size, days)
    taken, price = _market(params, harvest, bought, generator)
    usual = np.full(days, params.usual_wet_share)
    written = generator.random(days) < params.diary_share
    seen = VillageDays(
        price_yuan_kg=price,
        norm_yuan_kg=np.ones(days),
        expected_kg=_yesterday(np.minimum(expected, (1 - params.own_outlet_share) * harvest)),
        bought_kg=_yesterday(np.where(written, taken, np.nan)),
        rain_ahead_share=_forecast(rain, params, generator),
        rain_usual_share=usual,
        to_come_share=1 - np.cumsum(harvest) / harvest.sum(),
    )
    fallen = np.flatnonzero(price < 1 - FALL_SHARE)
    return Season(seen, int(fallen[0]) if len(fallen) else -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Gluts, those warned of three days ahead or more, alerts no glut followed, seasons it rang."""

    gluts: int
    caught: int
    false_alerts: int
    rang: int


def tally(drawn: Sequence[Season]) -> Tally:
    """Hold the warning to seasons in which the truth is known."""
    gluts = caught = false = rang = 0
    for season in drawn:
        path = solve(season.seen, WarningParams())
        days = [a.day for a in path.alerts if season.glut_day < 0 or a.day <= season.glut_day]
        rang += bool(days)
        if season.glut_day < 0:
            false += len(days)
            continue
        gluts += 1
        caught += any(EARLY_DAYS <= season.glut_day - day <= AHEAD_DAYS for day in days)
        false += sum(season.glut_day - day > AHEAD_DAYS for day in days)
    return Tally(gluts=gluts, caught=caught, false_alerts=false, rang=rang)


def tally_seasons(*, count: int, seed: int) -> Tally:
    """Draw usual seasons and hold the warning to them."""
    generator = np.random.default_rng(seed)
    return tally([simulate_season(SeasonParams(), generator=generator) for _ in range(count)])


def _yesterday(values: Floats) -> Floats:
    return np.concatenate([[np.nan], values[:-1]])


def _rain(share: float, days: int, generator: np.random.Generator) -> Flags:
    """Wet and dry spells of two to four days on average, wet for the given share of days."""
    stay_wet = 0.7
    start_wet = share * (1 - stay_wet) / (1 - share)
    out = np.empty(days, dtype=bool)
    wet = generator.random() < share
    for day in range(days):
        wet = generator.random() < (stay_wet if wet else start_wet)
        out[day] = wet
    return out


def _willingness(params: SeasonParams, generator: np.random.Generator) -> Floats:
    """Share of the usual buying (D,): some merchants stay away from a day on, some come back."""
    out = np.ones(params.days)
    if generator.random() < params.shortfall_chance:
        start = int(generator.uniform(0.1, 0.6) * params.days)
        length = int(generator.uniform(10, 45))
        out[start : start + length] = generator.uniform(0.1, 0.6)
    return out


def _market(
    params: SeasonParams, harvest: Floats, bought: Floats, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return what merchants took and the price, day by day."""
    backlog, noise = 0.0, 0.0
    taken, price = np.empty(params.days), np.empty(params.days)
    week = 7 * params.daily_harvest_kg
    for day in range(params.days):
        offered = backlog + harvest[day]
        taken[day] = min(bought[day], offered)
        own = params.own_outlet_share * params.daily_harvest_kg
        backlog = max(0.0, 0.97 * (offered - taken[day] - own))
        noise = (1 - params.price_return) * noise
        noise += params.price_noise * generator.standard_normal()
        price[day] = np.exp(-params.pressure * backlog / week * 2 + noise)
    return taken, price


def _forecast(rain: Flags, params: SeasonParams, generator: np.random.Generator) -> Floats:
    """Rainy share of the coming seven days as a forecast service would give it."""
    days = len(rain)
    share = np.array(
        [rain[day + 1 : day + 8].mean() if day + 1 < days else 0.0 for day in range(days)]
    )
    return np.clip(share + params.forecast_noise * generator.standard_normal(days), 0.0, 1.0)
