"""Forecast a file of series: read, ask the engine, write."""

import csv
import io
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import date
from itertools import repeat
from pathlib import Path

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.season_calendar import problem_of
from postharvest.decisions.insight.series_file import RawSeries, read_series
from postharvest.engines.forecast.problem import (
    REPORTED_COLUMNS,
    ForecastProblem,
    Forecasts,
    Tier,
)
from postharvest.engines.forecast.solve import (
    BLOCK,
    ForecastParams,
    evidence_of,
    forecasts_of,
    frame,
    joined,
    learned_rows,
    pooled,
    solve,
)

HEADER = ("series", "date", "mean", *REPORTED_COLUMNS, "method", "note")
MAX_HORIZON = 520
_SIGNIFICANT = ".6g"


def forecast_file(
    path: Path, *, horizon: int, season: int | None, tier: str
) -> tuple[Forecasts, tuple[tuple[date, ...], ...]]:
    """Forecast the series of a file.

    Raises
    ------
    InvalidInput
        The file is faulty (named by row), or a setting is out of its range.
    """
    return forecast_series(read_series(path), horizon=horizon, season=season, tier=tier)


def forecast_series(
    series: Sequence[RawSeries], *, horizon: int, season: int | None, tier: str
) -> tuple[Forecasts, tuple[tuple[date, ...], ...]]:
    """Forecast series, and return the coming dates of each."""
    if not 1 <= horizon <= MAX_HORIZON:
        raise InvalidInput("horizon", f"is {horizon}; give 1 to {MAX_HORIZON} steps")
    if season is not None and season < 1:
        raise InvalidInput("season", f"is {season}; give the steps in a season, 1 for none")
    if tier not in set(Tier):
        raise InvalidInput("tier", f"is {tier!r}; choose one of {', '.join(Tier)}")
    problem, coming = problem_of(series, horizon=horizon, season=season)
    return solve(problem, ForecastParams(tier=Tier(tier))), coming


def solve_on(executor: Executor, problem: ForecastProblem, params: ForecastParams) -> Forecasts:
    """Forecast with a pool's processes (or Ray's); the numbers are those of one process."""
    spans = [(i, i + BLOCK) for i in range(0, len(problem.histories), BLOCK)]
    blocks = [problem.histories[a:b] for a, b in spans]
    shape = frame(problem)
    learned = pooled(problem.histories, list(executor.map(evidence_of, blocks, repeat(shape))))
    rows = [learned_rows(learned, a, b) for a, b in spans]
    return joined(list(executor.map(forecasts_of, blocks, repeat(shape), rows, repeat(params))))


def forecast_lines(
    forecasts: Forecasts, coming: Sequence[Sequence[date]]
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the result, the header first."""
    yield HEADER
    quantile = forecasts.reported()
    for i, key in enumerate(forecasts.keys):
        for h, day in enumerate(coming[i]):
            yield (
                key,
                day.isoformat(),
                format(forecasts.mean[i, h], _SIGNIFICANT),
                *(format(q, _SIGNIFICANT) for q in quantile[i, h].tolist()),
                forecasts.method[i],
                forecasts.note[i],
            )


def forecast_text(forecasts: Forecasts, coming: Sequence[Sequence[date]]) -> str:
    """Return the result as CSV text."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(forecast_lines(forecasts, coming))
    return out.getvalue()
