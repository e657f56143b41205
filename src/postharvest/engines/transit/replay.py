"""Walk through days that have passed, issue windows as they would have been, and measure them."""

from dataclasses import dataclass

import numpy as np

from postharvest.engines.transit.model import (
    Flags,
    Floats,
    Ints,
    TransitHistory,
    TransitParams,
    learn,
)

HOURS_PER_DAY = 24.0
SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """n departures whose time taken is known afterwards; columns as in ``TransitHistory``."""

    lane: Ints
    departed_hours: Floats
    weekday: Ints
    holiday: Flags
    hours: Floats
    lane_hub: Ints
    lane_prior_hours: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowReport:
    """How well the windows kept their word.

    ``covered`` (n,) is whether the parcel arrived inside its window; NaN-free arrays of hours
    are those of the windows issued on the morning of each departure.
    """

    issued: Flags
    covered: Flags
    width_hours: Floats
    error_hours: Floats

    @property
    def coverage_share(self) -> float:
        return float(self.covered[self.issued].mean())

    @property
    def mean_width_hours(self) -> float:
        return float(self.width_hours[self.issued].mean())

    @property
    def mean_absolute_error_hours(self) -> float:
        return float(np.abs(self.error_hours[self.issued]).mean())


def replay(journeys: Journeys, params: TransitParams, *, warm_up_days: int = 7) -> WindowReport:
    """Issue each day's windows from what was known that morning, and compare.

    Learning sees only scans made before; a window's error becomes known when its parcel arrives.
    Windows of the first ``warm_up_days`` are issued but not counted.
    """
    day = np.floor(journeys.departed_hours / HOURS_PER_DAY).astype(np.int64)
    centre = np.full(journeys.lane.shape, np.nan)
    spread = np.full(journeys.lane.shape, np.nan)
    low, middle, high = (np.full(journeys.lane.shape, np.nan) for _ in range(3))
    for today in np.unique(day):
        known = _as_known_at(journeys, today * HOURS_PER_DAY, centre, spread)
        leaving = day == today
        windows = learn(known, params).windows(
            lane=journeys.lane[leaving],
            weekday=journeys.weekday[leaving],
            holiday=journeys.holiday[leaving],
        )
        centre[leaving], spread[leaving] = windows.log_centre, windows.log_spread
        low[leaving], high[leaving] = windows.earliest_hours, windows.latest_hours
        middle[leaving] = windows.p50_hours
    return WindowReport(
        issued=day >= day.min() + warm_up_days,
        covered=(journeys.hours >= low) & (journeys.hours <= high),
        width_hours=high - low,
        error_hours=journeys.hours - middle,
    )


def simulated_journeys(
    rng: np.random.Generator,
    *,
    days: int = 90,
    hubs: int = 6,
    lanes: int = 48,
    parcels_per_lane_day: float = 8.0,
    drift_per_day: float = 0.004,
    shock_share: float = 0.35,
) -> Journeys:
    """Make lanes whose truth the model does not know.

    Lanes differ within hubs, Sundays and holidays are slow, every hub drifts its own way, one hub
    is struck by a ten-day disruption in the middle, and late parcels are later than a normal law
    allows.
    """
    lane_hub = rng.integers(0, hubs, lanes)
    prior = np.exp(rng.normal(np.log(50.0), 0.3, lanes))
    truth = np.log(prior) + rng.normal(0, 0.12, hubs)[lane_hub] + rng.normal(0, 0.18, lanes)
    drift = rng.normal(0, drift_per_day, hubs)
    counts = rng.poisson(parcels_per_lane_day, (days, lanes))
    day = np.repeat(np.repeat(np.arange(days), lanes), counts.ravel())
    lane = np.repeat(np.tile(np.arange(lanes), days), counts.ravel())
    weekday = day % 7
    holiday = (day % 40 >= 30) & (day % 40 < 37)
    struck = (lane_hub[lane] == 0) & (day >= days // 2) & (day < days // 2 + 10)
    noise = rng.normal(0, 0.16, day.size) + rng.exponential(0.14, day.size)
    log_hours = (
        truth[lane]
        + drift[lane_hub[lane]] * day
        + 0.10 * (weekday == SUNDAY)
        + 0.22 * holiday
        + shock_share * struck
        + noise
    )
    return Journeys(
        lane=lane.astype(np.int64),
        departed_hours=day * HOURS_PER_DAY + rng.uniform(8, 20, day.size),
        weekday=weekday.astype(np.int64),
        holiday=holiday,
        hours=np.exp(log_hours),
        lane_hub=lane_hub.astype(np.int64),
        lane_prior_hours=prior,
    )


def _as_known_at(
    journeys: Journeys, now_hours: float, centre: Floats, spread: Floats
) -> TransitHistory:
    left = journeys.departed_hours <= now_hours
    arrived = journeys.departed_hours + journeys.hours <= now_hours
    return TransitHistory(
        lane=journeys.lane[left],
        departed_hours=journeys.departed_hours[left],
        weekday=journeys.weekday[left],
        holiday=journeys.holiday[left],
        hours=np.where(arrived, journeys.hours, np.nan)[left],
        issued_log_centre=centre[left],
        issued_log_spread=spread[left],
        now_hours=now_hours,
        lane_hub=journeys.lane_hub,
        lane_prior_hours=journeys.lane_prior_hours,
    )
