"""Forecast a file of series: read, ask the engine, write."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from pathlib import Path

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.pools import Pool, processes, ray_cluster, usual_jobs
from postharvest.decisions.insight.season_calendar import Step, problem_of, step_of
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
    reordered,
    solve,
)

HEADER = ("series", "date", "mean", *REPORTED_COLUMNS, "method", "note")
MAX_HORIZON = 520
MAX_SEASON = 400
POOLS = ("processes", "ray")
_TELLS_ITS_STEP = 4
_SIGNIFICANT = ".6g"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSettings:
    """How a file is forecast; `jobs` None lets the number of series decide."""

    horizon: int
    season: int | None = None
    tier: str = "standard"
    pool: str = "processes"
    jobs: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.horizon <= MAX_HORIZON:
            raise InvalidInput("horizon", f"is {self.horizon}; give 1 to {MAX_HORIZON} steps")
        if self.season is not None and not 1 <= self.season <= MAX_SEASON:
            raise InvalidInput("season", f"is {self.season}; give 1 (none) to {MAX_SEASON} steps")
        for name, value, known in (("tier", self.tier, tuple(Tier)), ("pool", self.pool, POOLS)):
            if value not in known:
                raise InvalidInput(name, f"is {value!r}; choose one of {', '.join(known)}")
        if self.jobs is not None and self.jobs < 1:
            raise InvalidInput("jobs", f"is {self.jobs}; give 1 or more")


def forecast_file(
    path: Path, settings: ForecastSettings
) -> tuple[Forecasts, tuple[tuple[date, ...], ...]]:
    """Forecast the series of a file.

    Raises
    ------
    InvalidInput
        The file is faulty (named by row), or the pool is not installed.
    """
    return forecast_series(read_series(path), settings)


def forecast_series(
    series: Sequence[RawSeries], settings: ForecastSettings
) -> tuple[Forecasts, tuple[tuple[date, ...], ...]]:
    """Forecast series, and return the coming dates of each."""
    parts, order = [], []
    for rows in _by_step(series):
        chosen = [series[i] for i in rows]
        problem, coming = problem_of(chosen, horizon=settings.horizon, season=settings.season)
        parts.append((_solved(problem, settings), coming))
        order += rows
    place = sorted(range(len(order)), key=order.__getitem__)
    days = [day for _, coming in parts for day in coming]
    found = joined([forecasts for forecasts, _ in parts])
    return reordered(found, place), tuple(days[i] for i in place)


def _by_step(series: Sequence[RawSeries]) -> list[list[int]]:
    """Part a file's series by their step; those too short to tell go with the most."""
    steps = [step_of([one]) if len(one.dates) >= _TELLS_ITS_STEP else None for one in series]
    told = Counter(step for step in steps if step is not None)
    usual = told.most_common(1)[0][0] if told else step_of(series)
    rows: dict[Step, list[int]] = {}
    for i, step in enumerate(steps):
        rows.setdefault(step or usual, []).append(i)
    return list(rows.values())


def _solved(problem: ForecastProblem, settings: ForecastSettings) -> Forecasts:
    params = ForecastParams(tier=Tier(settings.tier))
    if settings.pool == "ray":
        with ray_cluster(None) as pool:
            return solve_on(pool, problem, params)
    count = len(problem.histories)
    jobs = usual_jobs(count) if settings.jobs is None else settings.jobs
    if jobs == 1:
        return solve(problem, params)
    with processes(jobs) as pool:
        return solve_on(pool, problem, params)


def solve_on(pool: Pool, problem: ForecastProblem, params: ForecastParams) -> Forecasts:
    """Forecast block by block on a pool; the numbers are those of one process."""
    spans = [(i, i + BLOCK) for i in range(0, len(problem.histories), BLOCK)]
    blocks = [problem.histories[a:b] for a, b in spans]
    shape = frame(problem)
    learned = pooled(problem.histories, list(pool.map(evidence_of, blocks, repeat(shape))))
    rows = [learned_rows(learned, a, b) for a, b in spans]
    return joined(list(pool.map(forecasts_of, blocks, repeat(shape), rows, repeat(params))))


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
