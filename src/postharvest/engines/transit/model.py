"""How long a parcel takes on a lane, learnt from scans: an ETA window that keeps its word."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WEEKDAYS = 7
NATIONAL_MEDIAN_HOURS = 50.6
NATIONAL_LOG_SPREAD = 0.356
"""Lognormal with the mean (53.88 h) and the 72-hour share (83.95 %) that the State Post Bureau
measured in 2024; see ``data/tables/postal_transit.csv``."""

_SHORTEST_HOURS = 1e-3
_SPREAD_BELIEF = 10.0
"""Departures' worth of belief in the national spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitParams:
    """What the model takes for granted; spreads are standard deviations of log hours.

    ``half_life_hours`` is after how long a departure counts half; the windows' own errors are
    forgotten faster (``error_half_life_hours``), because they have to follow drift.
    """

    coverage_share: float = 0.80
    half_life_hours: float = 21 * 24.0
    error_half_life_hours: float = 10 * 24.0
    prior_spread: float = NATIONAL_LOG_SPREAD
    nation_spread: float = 0.20
    lane_spread: float = 0.25
    hub_spread: float = 0.20
    weekday_spread: float = 0.10
    holiday_spread: float = 0.30
    prior_errors: float = 40.0
    hub_errors: float = 200.0
    rounds: int = 25

    def __post_init__(self) -> None:
        if not 0 < self.coverage_share < 1:
            raise ValueError("coverage_share must lie between 0 and 1")
        for name in ("half_life_hours", "error_half_life_hours", "prior_spread", "prior_errors"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitHistory:
    """n departures as they are known at ``now_hours``.

    Attributes
    ----------
    lane : (n,) int
        Index of the lane (a leg from one hub to the next is a lane of its own).
    departed_hours : (n,) float
        Hours since any fixed origin.
    weekday : (n,) int
        Weekday of the departure, 0 = Monday, in postal time.
    holiday : (n,) bool
        Whether a public holiday fell on the departure or the day after it.
    hours : (n,) float
        Time taken; NaN while the parcel is under way (it then counts as *longer than so far*).
    issued_log_centre, issued_log_spread : (n,) float
        Centre and spread of the window that was issued at departure, NaN if none was.
    now_hours : float
        The instant of asking, same origin as ``departed_hours``.
    lane_hub : (L,) int
        Hub that each lane leaves from.
    lane_prior_hours : (L,) float
        Median expected before any scan, for example from distance.
    """

    lane: Ints
    departed_hours: Floats
    weekday: Ints
    holiday: Flags
    hours: Floats
    issued_log_centre: Floats
    issued_log_spread: Floats
    now_hours: float
    lane_hub: Ints
    lane_prior_hours: Floats

    def __post_init__(self) -> None:
        n = self.lane.shape
        for name in ("departed_hours", "weekday", "holiday", "hours", "issued_log_centre"):
            if getattr(self, name).shape != n:
                raise ValueError(f"{name} must have shape {n}")
        if self.issued_log_spread.shape != n:
            raise ValueError(f"issued_log_spread must have shape {n}")
        if self.lane_hub.shape != self.lane_prior_hours.shape:
            raise ValueError("lane_hub and lane_prior_hours must have the same shape")
        if self.lane.size and not 0 <= self.lane.min() <= self.lane.max() < self.lane_hub.size:
            raise ValueError("lane must index lane_hub")
        if np.any(self.lane_prior_hours <= 0):
            raise ValueError("lane_prior_hours must be positive")
        if np.any(self.hours <= 0):
            raise ValueError("hours must be positive or NaN")
        if np.any(self.departed_hours > self.now_hours):
            raise ValueError("departed_hours must not lie after now_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaWindows:
    """Hours after departure; ``log_centre`` and ``log_spread`` are kept to measure the error."""

    earliest_hours: Floats
    p50_hours: Floats
    latest_hours: Floats
    log_centre: Floats
    log_spread: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitModel:
    """log hours = prior + nation + hub + lane + weekday + holiday + spread · error.

    ``error_levels`` (K,) are probabilities, ``error_quantiles`` (H, K) the standardised errors
    that the hub's own past windows showed at them.
    """

    lane_log_hours: Floats
    lane_log_variance: Floats
    lane_hub: Ints
    weekday_log: Floats
    holiday_log: Floats
    residual_spread: float
    error_levels: Floats
    error_quantiles: Floats
    coverage_share: float

    def windows(self, *, lane: Ints, weekday: Ints, holiday: Flags) -> EtaWindows:
        """Give the window of each departure (n,), before anything more is known."""
        return self.remaining(
            lane=lane, weekday=weekday, holiday=holiday, elapsed_hours=np.zeros(lane.shape)
        )

    def remaining(
        self, *, lane: Ints, weekday: Ints, holiday: Flags, elapsed_hours: Floats
    ) -> EtaWindows:
        """Give the window (hours from departure) given that ``elapsed_hours`` were not enough."""
        tail = (1 - self.coverage_share) / 2
        centre, spread = self._centre_and_spread(lane, weekday, holiday)
        passed = self._passed(lane, centre, spread, elapsed_hours)
        at = [
            self._hours_at(lane, centre, spread, passed + (1 - passed) * level)
            for level in (tail, 0.5, 1 - tail)
        ]
        early, middle, late = (np.maximum(hours, elapsed_hours) for hours in at)
        return EtaWindows(
            earliest_hours=early,
            p50_hours=middle,
            latest_hours=late,
            log_centre=centre,
            log_spread=spread,
        )

    def quantile_hours(self, *, lane: Ints, weekday: Ints, holiday: Flags, level: float) -> Floats:
        """Hours within which a share ``level`` of parcels arrives; 0.95 is the silence limit."""
        centre, spread = self._centre_and_spread(lane, weekday, holiday)
        return self._hours_at(lane, centre, spread, np.full(lane.shape, level))

    def _centre_and_spread(
        self, lane: Ints, weekday: Ints, holiday: Flags
    ) -> tuple[Floats, Floats]:
        calendar = self.weekday_log[weekday] + self.holiday_log[holiday.astype(np.int64)]
        centre = self.lane_log_hours[lane] + calendar
        spread = np.sqrt(self.residual_spread**2 + self.lane_log_variance[lane])
        return centre, spread

    def _hours_at(self, lane: Ints, centre: Floats, spread: Floats, level: Floats) -> Floats:
        error = np.empty(lane.shape)
        hub = self.lane_hub[lane]
        for one in np.unique(hub):
            mine = hub == one
            error[mine] = np.interp(level[mine], self.error_levels, self.error_quantiles[one])
        return np.exp(centre + spread * error)

    def _passed(self, lane: Ints, centre: Floats, spread: Floats, elapsed_hours: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            error = (np.log(elapsed_hours) - centre) / spread
        passed = np.zeros(lane.shape)
        hub = self.lane_hub[lane]
        for one in np.unique(hub):
            mine = hub == one
            passed[mine] = np.interp(
                error[mine], self.error_quantiles[one], self.error_levels, left=0.0
            )
        return np.where(elapsed_hours > 0, passed, 0.0)


def learn(history: TransitHistory, params: TransitParams) -> TransitModel:
    """Fit lanes, hubs, weekdays and holidays, then the spread that past windows really needed.

    Centre: log hours with random effects (nation, hub, lane, weekday, holiday), each shrunk toward
    its parent in the ratio of its own evidence to the spread between its like: empirical Bayes in
    the sense of Efron & Morris (1973, doi:10.2307/2284155).  Parcels still under way enter as
    right-censored normals by their conditional mean and variance (EM; Dempster, Laird & Rubin
    1977, doi:10.1111/j.2517-6161.1977.tb01600.x), else the fast ones would speak first.

    Window: quantiles of the standardised errors that windows issued earlier turned out to have,
    Kaplan-Meier weighted for those still open and forgotten exponentially, so that drift widens
    and stillness narrows them; in the spirit of non-exchangeable conformal prediction (Barber et
    al. 2023, doi:10.1214/23-AOS2276).  A hub borrows the nation's errors until it has its own.
    """
    fit = _fit_centre(history, params)
    levels = np.linspace(0.005, 0.995, 100)
    return TransitModel(
        lane_log_hours=fit.lane_log_hours,
        lane_log_variance=fit.lane_log_variance,
        lane_hub=history.lane_hub,
        weekday_log=fit.weekday_log,
        holiday_log=fit.holiday_log,
        residual_spread=fit.residual_spread,
        error_levels=levels,
        error_quantiles=_error_quantiles(history, params, levels),
        coverage_share=params.coverage_share,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    lane_log_hours: Floats
    lane_log_variance: Floats
    weekday_log: Floats
    holiday_log: Floats
    residual_spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """A random effect: which group each departure is in, and the spread between groups."""

    group: Ints
    groups: int
    between: float


def _fit_centre(history: TransitHistory, params: TransitParams) -> _Fit:
    lane, hub_of = history.lane, history.lane_hub
    age = history.now_hours - history.departed_hours
    weight = 0.5 ** (age / params.half_life_hours)
    open_, so_far = _so_far(history)
    prior = np.log(history.lane_prior_hours)
    effects = (
        _Effect(group=np.zeros_like(lane), groups=1, between=params.nation_spread),
        _Effect(group=hub_of[lane], groups=_hubs(history), between=params.hub_spread),
        _Effect(group=lane, groups=hub_of.size, between=params.lane_spread),
        _Effect(group=history.weekday, groups=WEEKDAYS, between=params.weekday_spread),
        _Effect(group=history.holiday.astype(np.int64), groups=2, between=params.holiday_spread),
    )
    values = [np.zeros(effect.groups) for effect in effects]
    variances = [np.zeros(effect.groups) for effect in effects]
    centre, spread = prior[lane], params.prior_spread
    for _ in range(params.rounds):
        y, extra = _completed(so_far, centre, spread, open_)
        spread = _spread(y - centre, extra, weight, params)
        for place, effect in enumerate(effects):
            others = centre - values[place][effect.group]
            values[place], variances[place] = _shrunk(effect, y - others, weight, spread)
            centre = others + values[place][effect.group]
    nation_log, hub_log, lane_log, weekday_log, holiday_log = values
    return _Fit(
        lane_log_hours=prior + nation_log + hub_log[hub_of] + lane_log,
        lane_log_variance=variances[1][hub_of] + variances[2],
        weekday_log=weekday_log,
        holiday_log=holiday_log,
        residual_spread=spread,
    )


def _so_far(history: TransitHistory) -> tuple[Flags, Floats]:
    """Which parcels are still under way, and the log hours each has taken by now."""
    open_ = np.isnan(history.hours)
    age = history.now_hours - history.departed_hours
    return open_, np.log(np.maximum(np.where(open_, age, history.hours), _SHORTEST_HOURS))


def _hubs(history: TransitHistory) -> int:
    return int(history.lane_hub.max(initial=-1)) + 1


def _completed(
    so_far: Floats, centre: Floats, spread: float, open_: Flags
) -> tuple[Floats, Floats]:
    """Replace open parcels' log hours by their conditional mean; also return its variance."""
    z = (so_far - centre) / spread
    hazard = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-z))
    mean = centre + spread * hazard
    variance = spread**2 * np.clip(1 + z * hazard - hazard**2, 0, 1)
    return np.where(open_, mean, so_far), np.where(open_, variance, 0.0)


def _spread(error: Floats, extra: Floats, weight: Floats, params: TransitParams) -> float:
    total = float(np.sum(weight * (error**2 + extra))) + _SPREAD_BELIEF * params.prior_spread**2
    return float(np.sqrt(total / (float(weight.sum()) + _SPREAD_BELIEF)))


def _shrunk(effect: _Effect, value: Floats, weight: Floats, spread: float) -> tuple[Floats, Floats]:
    """Posterior mean and variance of each group's effect with prior N(0, between²)."""
    mass = _sums(effect, weight)
    total = _sums(effect, weight * value)
    ratio = (spread / effect.between) ** 2
    return total / (mass + ratio), spread**2 / (mass + ratio)


def _sums(effect: _Effect, value: Floats) -> Floats:
    sums = np.bincount(effect.group, weights=value, minlength=effect.groups)
    return sums.astype(np.float64)


def _error_quantiles(history: TransitHistory, params: TransitParams, levels: Floats) -> Floats:
    known = ~np.isnan(history.issued_log_centre)
    open_, so_far = _so_far(history)
    error = (so_far - history.issued_log_centre)[known] / history.issued_log_spread[known]
    age = (history.now_hours - history.departed_hours)[known]
    weight = 0.5 ** (age / params.error_half_life_hours)
    open_, hub = open_[known], history.lane_hub[history.lane[known]]
    pooled = _survival_quantiles(
        *_with_belief(error, open_, weight, ndtri(levels), params.prior_errors), levels
    )
    own = [
        _survival_quantiles(
            *_with_belief(error[mine], open_[mine], weight[mine], pooled, params.hub_errors), levels
        )
        for mine in (hub == one for one in range(_hubs(history)))
    ]
    return np.array(own).reshape(-1, levels.size)


def _with_belief(
    error: Floats, open_: Flags, weight: Floats, believed: Floats, worth: float
) -> tuple[Floats, Flags, Floats]:
    """Add believed errors that together weigh as much as ``worth`` departures."""
    return (
        np.concatenate([error, believed]),
        np.concatenate([open_, np.zeros(believed.size, dtype=np.bool_)]),
        np.concatenate([weight, np.full(believed.size, worth / believed.size)]),
    )


def _survival_quantiles(error: Floats, open_: Flags, weight: Floats, levels: Floats) -> Floats:
    """Weighted Kaplan-Meier quantiles: what is still open is at least as late as it is by now."""
    order = np.lexsort((open_, error))
    error, open_, weight = error[order], open_[order], weight[order]
    at_risk = np.cumsum(weight[::-1])[::-1]
    stays = np.where(open_, 1.0, 1 - weight / at_risk)
    gone = 1 - np.cumprod(np.maximum(stays, 0.0))
    closed = ~open_
    middle = gone[closed] - 0.5 * np.diff(gone[closed], prepend=0.0)
    return np.maximum.accumulate(np.interp(levels, middle, error[closed]))
