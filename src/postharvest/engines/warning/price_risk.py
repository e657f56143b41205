"""Weekly prices: the chance of falling a quarter below the seasonal norm within four weeks.

The norm of a week is known before it: the mean log price of the two years before, and the mean
deviation of the same weeks of earlier years from theirs, shrunk by n / (n + 2) for n years.
Features: gap to the norm, momentum over four weeks, volatility of weekly changes over half a year
(as in the ALPS alert of the World Food Programme, with a calibrated probability instead of a
z-score).
"""

from dataclasses import dataclass

import numpy as np

from postharvest.engines.warning.logistic import Flags, Floats

FALL_SHARE = 0.25
AHEAD_WEEKS = 4
YEAR_WEEKS = 52
_LEVEL_WEEKS = 104
_WARM_UP = 60
_LEVEL_AT_LEAST = 26
_SEASON_WINDOW = 2
_SHRINK_YEARS = 2.0
_VOLATILITY_WEEKS = 26
FEATURES = ("gap", "momentum", "volatility")


@dataclass(frozen=True, slots=True)
class WeeklyRisk:
    """Rows (n,) of a series' weeks that can be judged.

    Attributes
    ----------
    week : index into the series.
    features : (n, 3) as in `FEATURES`, in logs.
    event : whether the price fell by `FALL_SHARE` below its norm within `AHEAD_WEEKS`; False
        where `known` is False because the weeks ahead are not there yet.
    below : whether it was already there.
    """

    week: np.ndarray[tuple[int], np.dtype[np.int64]]
    features: Floats
    event: Flags
    known: Flags
    below: Flags


def seasonal_norm(log_price: Floats) -> Floats:
    """Return the log norm (T,) of each week from earlier weeks only; NaN in the first weeks."""
    count = len(log_price)
    total = np.concatenate([[0.0], np.cumsum(log_price)])
    at = np.arange(count)
    since = np.maximum(at - _LEVEL_WEEKS, 0)
    level = (total[at] - total[since]) / np.maximum(at - since, 1)
    deviation = log_price - level
    norm = np.full(count, np.nan)
    for t in range(_WARM_UP, count):
        same = range(t - YEAR_WEEKS, _LEVEL_AT_LEAST + _SEASON_WINDOW - 1, -YEAR_WEEKS)
        years = [deviation[k - _SEASON_WINDOW : k + _SEASON_WINDOW + 1].mean() for k in same]
        season = np.mean(years) * len(years) / (len(years) + _SHRINK_YEARS) if years else 0.0
        norm[t] = level[t] + season
    return norm


def weekly_risk(price: Floats) -> WeeklyRisk:
    """Lay out a weekly price series, gaps already bridged, for fitting or judging."""
    log_price = np.log(price)
    norm = seasonal_norm(log_price)
    gap = log_price - norm
    floor = np.log(1 - FALL_SHARE)
    week = np.arange(_WARM_UP, len(price))
    change = np.diff(log_price, prepend=log_price[0])
    features = np.array(
        [
            (
                gap[t],
                log_price[t] - log_price[t - AHEAD_WEEKS],
                change[t - _VOLATILITY_WEEKS + 1 : t + 1].std(),
            )
            for t in week
        ]
    ).reshape(len(week), len(FEATURES))
    event = np.array([bool((gap[t + 1 : t + 1 + AHEAD_WEEKS] < floor).any()) for t in week])
    return WeeklyRisk(
        week=week,
        features=features,
        event=event.astype(bool),
        known=week + AHEAD_WEEKS < len(price),
        below=gap[week] < floor,
    )
