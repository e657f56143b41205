"""One village and produce, day by day: the probability of a glut and the alerts.

    log-odds = constant + price terms + merchants' shortfall + rain ahead × harvest still to come

Each term is logged, so that an alert can say why.  The coefficients were fitted on simulated
seasons (`season_simulator`), where the truth is known, and are checked on others; a place with
its own history refits them with `fit_logistic`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from postharvest.engines.warning.logistic import Flags, Floats, Logistic
from postharvest.engines.warning.merchants import shortfall_log_odds, unsold_weeks

FEATURES = ("gap", "momentum", "volatility", "merchants", "unsold", "rain")
_MOMENTUM_DAYS = 7
_VOLATILITY_DAYS = 14

FITTED = Logistic(-2.945, np.array([-3.493, -2.072, 16.490, 0.230, 2.744, 1.804]))
"""Fitted on 2,000 simulated seasons (seed 1); `benchmarks/insight_warnings.py` repeats it."""
WITHOUT_PRICE = Logistic(-2.367, np.array([0.0, 0.0, 0.0, 0.443, 3.489, 1.510]))
"""The same where nobody has written down a price for a fortnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageDays:
    """What is known each morning, arrays of shape (D,); NaN where nobody wrote it down.

    Attributes
    ----------
    price_yuan_kg, norm_yuan_kg : the local price, and its seasonal norm.
    expected_kg, bought_kg : what merchants usually buy on such a day, and bought the day before.
    rain_ahead_share, rain_usual_share : rainy share of the coming week's days, forecast and usual.
    to_come_share : share of the season's harvest that is still to come.
    """

    price_yuan_kg: Floats
    norm_yuan_kg: Floats
    expected_kg: Floats
    bought_kg: Floats
    rain_ahead_share: Floats
    rain_usual_share: Floats
    to_come_share: Floats

    def __post_init__(self) -> None:
        days = len(self.price_yuan_kg)
        if any(len(getattr(self, name)) != days for name in self.__slots__):
            raise ValueError("all columns of a village must have the same days")


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningParams:
    """When to ring: at this probability; again after so many days, or when so much surer."""

    threshold: float = 0.38
    silent_days: int = 24
    surer_by: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A day (index), how sure, and the terms (feature, log-odds it added) that weighed most."""

    day: int
    probability: float
    why: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningPath:
    """Probability (D,) of a glut within four weeks, the alerts, and log-odds by term (D, 6)."""

    probability: Floats
    alerts: tuple[Alert, ...]
    terms: Floats

    def why(self, day: int) -> tuple[tuple[str, float], ...]:
        """Return the terms that raised a day's probability, the weightiest first, at most three."""
        return _weightiest(self.terms[day])


def features(days: VillageDays) -> Floats:
    """Return the features (D, 6) of each day, from that day and earlier ones only."""
    gap = _carried(np.log(days.price_yuan_kg / days.norm_yuan_kg))
    before = np.concatenate([np.full(_MOMENTUM_DAYS, gap[0]), gap[:-_MOMENTUM_DAYS]])[: len(gap)]
    change = np.diff(gap, prepend=gap[0])
    squares = np.concatenate([[0.0], np.cumsum(change**2)])
    at = np.arange(len(gap)) + 1
    since = np.maximum(at - _VOLATILITY_DAYS, 0)
    volatility = np.sqrt((squares[at] - squares[since]) / np.maximum(at - since, 1))
    rain = np.maximum(days.rain_ahead_share - days.rain_usual_share, 0.0) * days.to_come_share
    return np.column_stack(
        [
            gap,
            gap - before,
            volatility,
            expit(shortfall_log_odds(days.bought_kg, days.expected_kg)) * days.to_come_share,
            unsold_weeks(days.bought_kg, days.expected_kg) * days.to_come_share,
            np.nan_to_num(rain),
        ]
    )


def solve(days: VillageDays, params: WarningParams, model: Logistic | None = None) -> WarningPath:
    """Return the probabilities and alerts of a village's days.

    `model` replaces the fitted coefficients where a place has its own.
    """
    x = features(days)
    priced = _known_lately(days.price_yuan_kg)
    used = FITTED if model is None else model
    probability = np.where(priced, used.probability(x), WITHOUT_PRICE.probability(x))
    terms = np.where(priced[:, None], x * used.slope, x * WITHOUT_PRICE.slope)
    alerts: list[Alert] = []
    for day in np.flatnonzero(probability >= params.threshold):
        last = alerts[-1] if alerts else None
        surer = last is not None and probability[day] >= last.probability + params.surer_by
        if last is None or surer or day - last.day > params.silent_days:
            alerts.append(_alert(int(day), float(probability[day]), terms[day]))
    return WarningPath(probability=probability, alerts=tuple(alerts), terms=terms)


def _alert(day: int, probability: float, term: Floats) -> Alert:
    return Alert(day=day, probability=probability, why=_weightiest(term))


def _weightiest(term: Floats) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-term)
    return tuple((FEATURES[i], float(term[i])) for i in order if term[i] > 0)[:3]


def _known_lately(values: Floats) -> Flags:
    """Whether there was a value within the last fortnight, (D,)."""
    day = np.arange(len(values))
    last = np.maximum.accumulate(np.where(np.isfinite(values), day, -_VOLATILITY_DAYS - 1))
    return np.asarray(day - last < _VOLATILITY_DAYS)


def _carried(values: Floats) -> Floats:
    """Carry the last known value over days without one; start from zero."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(last >= 0, values[np.maximum(last, 0)], 0.0)
