"""How well the forecasts of these very series did: rolling origins, beside the last value.

A page that shows a forecast shows this with it, so that trust is earned and not asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.forecasting import ForecastSettings, forecast_series
from postharvest.decisions.insight.series_file import RawSeries
from postharvest.engines.forecast.plain import ENOUGH_FOR_A_MODEL
from postharvest.engines.forecast.problem import REPORTED

MAX_WINDOWS = 52
_LOW80, _HIGH80, _LOW95, _HIGH95 = 2, 10, 0, 12
_MIDDLE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestScore:
    """What rolling origins showed of one series.

    Attributes
    ----------
    points : forecasts that could be compared with what came.
    scaled_crps : 2 × mean pinball loss over the reported quantiles / mean of what came.
    error_share : mean absolute error of the median / mean of what came.
    naive_error_share : the same for repeating the last value.
    inside_80, inside_95 : share of points inside the bands.
    """

    series: str
    windows: int
    points: int
    scaled_crps: float
    error_share: float
    naive_error_share: float
    inside_80: float
    inside_95: float

    @property
    def better_than_last_value(self) -> bool:
        """Whether the median beat repeating the last value."""
        return self.error_share < self.naive_error_share


@dataclass(slots=True)
class _Compared:
    """Truth, quantiles and last values of one series while windows are added."""

    truth: list[float]
    quantile: list[list[float]]
    last: list[float]
    windows: int = 0


def backtest(
    series: Sequence[RawSeries], settings: ForecastSettings, *, windows: int
) -> tuple[BacktestScore, ...]:
    """Score each series that is long enough; the others are left out of the result.

    Each window ends one horizon before the next and is forecast as if the rest were unknown;
    coming dates without an observation are not compared.

    Raises
    ------
    InvalidInput
        The number of windows is out of range.
    """
    if not 1 <= windows <= MAX_WINDOWS:
        raise InvalidInput("windows", f"is {windows}; give 1 to {MAX_WINDOWS}")
    compared = {one.key: _Compared([], [], []) for one in series}
    for window in range(1, windows + 1):
        _add_window(compared, series, settings, back=window * settings.horizon)
    return tuple(_score(key, found) for key, found in compared.items() if found.truth)


def _add_window(
    compared: dict[str, _Compared],
    series: Sequence[RawSeries],
    settings: ForecastSettings,
    *,
    back: int,
) -> None:
    cuts = {one.key: len(one.dates) - back for one in series}
    kept = [one for one in series if cuts[one.key] >= ENOUGH_FOR_A_MODEL]
    if not kept:
        return
    train = [_until(one, cuts[one.key]) for one in kept]
    forecasts, coming = forecast_series(train, settings)
    reported = forecasts.reported()
    for i, one in enumerate(kept):
        cut = cuts[one.key]
        later = dict(zip(one.dates[cut:], one.values[cut:], strict=True))
        found = compared[one.key]
        hits = [(later[day], reported[i, h]) for h, day in enumerate(coming[i]) if day in later]
        found.windows += bool(hits)
        for value, quantile in hits:
            found.truth.append(value)
            found.quantile.append(quantile.tolist())
            found.last.append(one.values[cut - 1])


def _until(one: RawSeries, cut: int) -> RawSeries:
    return RawSeries(one.key, one.dates[:cut], one.values[:cut], one.rows[:cut])


def _score(key: str, found: _Compared) -> BacktestScore:
    truth, quantile = np.array(found.truth), np.array(found.quantile)
    level = np.array(REPORTED)
    gap = truth[:, None] - quantile
    loss = np.maximum(level * gap, (level - 1) * gap).mean()
    scale = max(float(truth.mean()), 1e-12)
    within80 = (truth >= quantile[:, _LOW80]) & (truth <= quantile[:, _HIGH80])
    within95 = (truth >= quantile[:, _LOW95]) & (truth <= quantile[:, _HIGH95])
    return BacktestScore(
        series=key,
        windows=found.windows,
        points=len(truth),
        scaled_crps=float(2 * loss / scale),
        error_share=float(np.abs(truth - quantile[:, _MIDDLE]).mean() / scale),
        naive_error_share=float(np.abs(truth - np.array(found.last)).mean() / scale),
        inside_80=float(within80.mean()),
        inside_95=float(within95.mean()),
    )
