"""From dates to a regular time axis: the step, the slots, the season and what comes next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.series_file import RawSeries
from postharvest.engines.forecast.problem import ForecastProblem, History

_MONTH_DAYS = range(28, 32)
_QUARTER_DAYS = range(89, 93)
_YEAR_DAYS = range(365, 367)
_DAYS_PER_YEAR = 365.25
_MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True)
class Step:
    """The distance between two dates: whole days, or whole months."""

    days: int = 0
    months: int = 0

    def slot(self, day: date) -> int:
        """Return the number of the slot that a day falls into."""
        if self.months:
            return (day.year * _MONTHS_PER_YEAR + day.month - 1) // self.months
        return day.toordinal() // self.days

    @property
    def per_year(self) -> int:
        """How many steps make a year, to the nearest whole."""
        if self.months:
            return _MONTHS_PER_YEAR // self.months
        return max(1, round(_DAYS_PER_YEAR / self.days))


def step_of(series: Sequence[RawSeries]) -> Step:
    """Return the step that most neighbouring dates keep."""
    gaps = Counter(
        (later - sooner).days
        for one in series
        for sooner, later in zip(one.dates, one.dates[1:], strict=False)
    )
    groups = {
        Step(months=1): sum(gaps[d] for d in _MONTH_DAYS if d != 4 * 7),
        Step(months=3): sum(gaps[d] for d in _QUARTER_DAYS),
        Step(months=12): sum(gaps[d] for d in _YEAR_DAYS),
    }
    days, seen = max(gaps.items(), key=lambda item: (item[1], -item[0]))
    step, together = max(groups.items(), key=lambda item: item[1])
    return step if together > seen or (days in _MONTH_DAYS and together) else Step(days=days)


def default_season(step: Step) -> int:
    """Return the season looked for when none is named: a week in days, a year in all else."""
    return 7 if step.days == 1 else step.per_year


def problem_of(
    series: Sequence[RawSeries], *, horizon: int, season: int | None
) -> tuple[ForecastProblem, tuple[tuple[date, ...], ...]]:
    """Lay series on their common step.

    Returns the problem, and the coming dates of each series.

    Raises
    ------
    InvalidInput
        Two dates of a series fall into one step.
    """
    step = step_of(series)
    length = default_season(step) if season is None else season
    laid = [_laid(one, step, length, horizon) for one in series]
    problem = ForecastProblem(
        histories=tuple(history for history, _ in laid), horizon=horizon, season=length
    )
    return problem, tuple(coming for _, coming in laid)


def group_of(key: str) -> str:
    """Return the produce that a series belongs to: what stands before the first slash."""
    return key.split("/", 1)[0]


def _laid(
    one: RawSeries, step: Step, season: int, horizon: int
) -> tuple[History, tuple[date, ...]]:
    slots = _slots(one, step)
    n = slots[-1] + 1
    value = np.full(n, np.nan)
    value[slots] = one.values
    axis = _axis(one.dates[-1], step, season, n, horizon)
    history = History(
        key=one.key, group=group_of(one.key), value=value, phase=axis.phase, cycle=axis.cycle
    )
    return history, axis.coming


@dataclass(frozen=True, slots=True)
class _Axis:
    """What all series of one length and end share."""

    phase: NDArray[np.float64]
    cycle: NDArray[np.int64]
    coming: tuple[date, ...]


@lru_cache(maxsize=512)
def _axis(last: date, step: Step, season: int, n: int, horizon: int) -> _Axis:
    days = [_moved(last, step, k - n + 1) for k in range(n + horizon)]
    phase, cycle = _season_positions(days, step, season, step.slot(last) - n + 1)
    return _Axis(phase, cycle[:n], tuple(days[n:]))


def _slots(one: RawSeries, step: Step) -> list[int]:
    """Slots counted from the first; days are snapped to the step of the last date."""
    if step.months:
        raw = [step.slot(day) for day in one.dates]
    else:
        last = one.dates[-1].toordinal()
        raw = [round((day.toordinal() - last) / step.days) for day in one.dates]
    for k in range(1, len(raw)):
        if raw[k] <= raw[k - 1]:
            every = f"{step.months} months" if step.months else f"{step.days} days"
            raise InvalidInput(
                f"row {one.rows[k]}",
                f"series {one.key!r}: {one.dates[k]} falls into one step with"
                f" {one.dates[k - 1]} (row {one.rows[k - 1]}); most dates are {every} apart",
            )
    return [slot - raw[0] for slot in raw]


def _moved(day: date, step: Step, count: int) -> date:
    if not step.months:
        return day + timedelta(days=step.days * count)
    month = day.year * _MONTHS_PER_YEAR + day.month - 1 + count * step.months
    year, month = divmod(month, _MONTHS_PER_YEAR)
    following = date(year + month // 11, (month + 1) % _MONTHS_PER_YEAR + 1, 1)
    month_end = (following - timedelta(days=1)).day
    at_month_end = (day + timedelta(days=1)).day == 1
    return date(year, month + 1, month_end if at_month_end else min(day.day, month_end))


def _season_positions(
    days: Sequence[date], step: Step, season: int, first_slot: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return position in the season (0 … 1) and the season's number.

    A season of about a year follows the calendar, since 52 weeks are not a year; any other is
    counted in steps.
    """
    if season > 1 and abs(season - step.per_year) <= 1:
        years = np.array([day.year for day in days])
        of_year = np.array([day.timetuple().tm_yday - 1 for day in days])
        return of_year / _DAYS_PER_YEAR, years
    index = first_slot + np.arange(len(days))
    return (index % season) / season, index // season
