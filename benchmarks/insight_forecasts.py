"""Rolling-origin forecasts side by side with the open forecasting stack.

    python benchmarks/insight_forecasts.py [SERIES.csv …] --windows 6 --horizon 8 [--peers]

Without files it uses the weekly sets that ship (grocery panel units and prices, avocado price and
units, petroleum).  A file has the columns series,date,value on a regular weekly or monthly step.
`--peers` needs statsforecast (a dependency) and, for LightGBM, `pip install mlforecast lightgbm`.
Every method is refitted at every origin; figures are the scaled CRPS (2 × mean pinball loss over
13 quantiles / mean |y|) relative to AutoETS on logs, coverage, and CPU seconds per 1,000 series.
"""

import argparse
import csv
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from postharvest.core.tables.shipped import shipped_bytes
from postharvest.decisions.insight.season_calendar import problem_of, step_of
from postharvest.decisions.insight.series_file import RawSeries, series_of
from postharvest.engines.forecast.problem import REPORTED, Tier
from postharvest.engines.forecast.solve import ForecastParams, solve

LEVEL = np.array(REPORTED)
BANDS = (20, 40, 60, 80, 90, 95)
Method = Callable[[list[RawSeries], int], np.ndarray]


def shipped_sets() -> dict[str, list[RawSeries]]:
    """Return the weekly sets that ship with the product, partial first and last weeks cut."""
    grocery = list(csv.DictReader(_text("series_grocery_produce_weekly")))
    whole = [row for row in grocery if 1 < int(row["week"]) < 53]
    first = date(2017, 1, 2)
    sets = {}
    for name, column in (("grocery units", "units"), ("grocery price", "price_usd_per_unit")):
        lines = [
            [row["series"], str(first + timedelta(weeks=int(row["week"]))), row[column]]
            for row in whole
        ]
        sets[name] = list(series_of([["series", "date", "value"], *lines]))
    avocado = list(csv.DictReader(_text("demand_avocado_california")))
    for name, column in (("avocado price", "average_price_usd"), ("avocado units", "units_sold")):
        lines = [["avocado/California", row["date"], row[column]] for row in avocado]
        sets[name] = list(series_of([["series", "date", "value"], *lines]))
    energy = list(csv.DictReader(_text("series_energy_weekly")))
    recent = [row for row in energy if row["date"] >= "2010"]
    lines = [
        [f"{key}/US", row["date"], row[key]]
        for key in recent[0]
        if key != "date" and all(row[key] and float(row[key]) > 0 for row in recent)
        for row in recent
    ]
    sets["petroleum"] = list(series_of([["series", "date", "value"], *lines]))
    return sets


def _text(name: str) -> list[str]:
    return shipped_bytes(name).decode("utf-8").splitlines()


def read(path: Path) -> list[RawSeries]:
    """Read a set, dates cut to the day."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(list(csv.reader(file))[1:])
    return list(series_of([["series", "date", "value"], *rows]))


def origins(
    series: list[RawSeries], horizon: int, windows: int
) -> Iterator[tuple[list[RawSeries], np.ndarray]]:
    """Yield (training part, truth (N, H)) for each rolling origin."""
    for window in range(windows):
        cut = horizon * (window + 1)
        kept = [one for one in series if len(one.dates) - cut >= 25]
        train = [
            RawSeries(one.key, one.dates[:-cut], one.values[:-cut], one.rows[:-cut]) for one in kept
        ]
        truth = np.array(
            [one.values[len(one.values) - cut : len(one.values) - cut + horizon] for one in kept]
        )
        if kept:
            yield train, truth


def ours(tier: Tier) -> Method:
    """Return a tier as a method."""

    def method(train: list[RawSeries], horizon: int) -> np.ndarray:
        problem, _ = problem_of(train, horizon=horizon, season=None)
        return solve(problem, ForecastParams(tier=tier)).reported()

    return method


def _frame(train: list[RawSeries]):
    import pandas as pd

    return pd.DataFrame(
        {
            "unique_id": np.repeat([one.key for one in train], [len(t.dates) for t in train]),
            "ds": pd.to_datetime([day for one in train for day in one.dates]),
            "y": np.log([v for one in train for v in one.values]),
        }
    )


def _frequency(train: list[RawSeries]) -> str:
    step = step_of(train)
    return "MS" if step.months else f"{step.days}D"


def _bands(table, name: str, keys: list[str], horizon: int) -> np.ndarray:
    table = table.reset_index() if "unique_id" not in table.columns else table
    low = [f"{name}-lo-{b}" for b in reversed(BANDS)]
    high = [f"{name}-hi-{b}" for b in BANDS]
    grouped = dict(tuple(table.groupby("unique_id", sort=False)))
    rows = [grouped[key].sort_values("ds")[[*low, name, *high]].to_numpy() for key in keys]
    return np.exp(np.array(rows)).reshape(len(keys), horizon, len(LEVEL))


def stats(name: str, make: Callable[[int], object]) -> Method:
    """Return a statsforecast model on logs as a method."""

    def method(train: list[RawSeries], horizon: int) -> np.ndarray:
        from statsforecast import StatsForecast

        model = make(step_of(train).per_year)
        model.alias = name
        table = StatsForecast([model], freq=_frequency(train), n_jobs=1).forecast(
            df=_frame(train), h=horizon, level=list(BANDS)
        )
        return _bands(table, name, [one.key for one in train], horizon)

    return method


def scum(train: list[RawSeries], horizon: int) -> np.ndarray:
    """Median of ETS, CES, ARIMA and theta, quantile by quantile (Petropoulos & Svetunkov 2020)."""
    from statsforecast import models as m

    parts = [
        stats("a", lambda _: m.AutoETS(season_length=1))(train, horizon),
        stats("a", lambda _: m.AutoCES(season_length=1))(train, horizon),
        stats("a", lambda _: m.AutoARIMA(season_length=1))(train, horizon),
        stats("a", lambda _: m.DynamicOptimizedTheta(season_length=1))(train, horizon),
    ]
    return np.median(np.array(parts), axis=0)


def gradient_boosting(train: list[RawSeries], horizon: int) -> np.ndarray:
    """LightGBM through mlforecast: lags, rolling means, calendar; conformal bands."""
    import lightgbm as lgb
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import RollingMean
    from mlforecast.target_transforms import Differences
    from mlforecast.utils import PredictionIntervals

    table = _frame(train)
    shortest = min(len(one.dates) for one in train)
    lags = [k for k in (1, 2, 3, 4, 8, 52) if k < shortest - 2 * horizon - 10]
    model = MLForecast(
        models={
            "lgb": lgb.LGBMRegressor(n_estimators=200, learning_rate=0.05, verbosity=-1, n_jobs=1)
        },
        freq=_frequency(train),
        lags=lags,
        lag_transforms={1: [RollingMean(4)]},
        date_features=["month"],
        target_transforms=[Differences([1])],
    )
    windows = PredictionIntervals(n_windows=2, h=horizon)
    model.fit(table, prediction_intervals=windows)
    found = model.predict(horizon, level=list(BANDS))
    rows = _bands(found, "lgb", [one.key for one in train], horizon)
    return np.sort(rows, axis=2)


def peers() -> dict[str, Method]:
    """Return the open stack, AutoETS first: all is relative to it."""
    from statsforecast import models as m

    return {
        "AutoETS": stats("AutoETS", lambda _: m.AutoETS(season_length=1)),
        "AutoTheta": stats("AutoTheta", lambda _: m.AutoTheta(season_length=1)),
        "AutoARIMA": stats("AutoARIMA", lambda _: m.AutoARIMA(season_length=1)),
        "AutoCES": stats("AutoCES", lambda _: m.AutoCES(season_length=1)),
        "SCUM": scum,
        "seasonal naive": stats("SeasonalNaive", lambda year: m.SeasonalNaive(season_length=year)),
        "LightGBM (mlforecast)": gradient_boosting,
    }


def scored(method: Method, series: list[RawSeries], horizon: int, windows: int) -> dict:
    """Return score, cover and cost of a method on a set."""
    losses, inside80, inside95, cpu, count = [], [], [], 0.0, 0
    for train, truth in origins(series, horizon, windows):
        began = time.process_time()
        q = method(train, horizon)
        cpu += time.process_time() - began
        count += len(train)
        gap = truth[..., None] - q
        losses.append(2 * np.maximum(LEVEL * gap, (LEVEL - 1) * gap).mean() / truth.mean())
        inside80.append(((truth >= q[..., 2]) & (truth <= q[..., 10])).ravel())
        inside95.append(((truth >= q[..., 0]) & (truth <= q[..., 12])).ravel())
    return {
        "score": float(np.mean(losses)),
        "in80": np.concatenate(inside80),
        "in95": np.concatenate(inside95),
        "cpu": 1000 * cpu / count,
    }


def main() -> None:
    """Score every method on every set and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--horizon", type=int, default=8)
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sets = {p.stem: read(p) for p in options.files} or shipped_sets()
    methods: dict[str, Method] = dict(peers()) if options.peers else {}
    if not methods:
        methods["AutoETS"] = peers()["AutoETS"]
    methods |= {f"postharvest {tier}": ours(tier) for tier in Tier}
    base: dict[str, float] = {}
    print(
        "| method |", " | ".join(sets), "| geo. mean | worst | in 80 % | in 95 % | CPU s / 1,000 |"
    )
    print("|---" * (len(sets) + 6) + "|")
    for name, method in methods.items():
        found = {}
        for key, series in sets.items():
            try:
                found[key] = scored(method, series, options.horizon, options.windows)
            except Exception as refusal:  # noqa: BLE001  (a peer's failure is a result here)
                print(f"<!-- {name} on {key}: {type(refusal).__name__}: {str(refusal)[:90]} -->")
        if name == "AutoETS":
            base = {key: one["score"] for key, one in found.items()}
        ratio = {key: found[key]["score"] / base[key] for key in found}
        cells = [f"{ratio[key]:.3f}" if key in ratio else "fails" for key in sets]
        mean = float(np.exp(np.mean(np.log(list(ratio.values()))))) if ratio else float("nan")
        in80 = 100 * np.concatenate([one["in80"] for one in found.values()]).mean()
        in95 = 100 * np.concatenate([one["in95"] for one in found.values()]).mean()
        cpu = np.mean([one["cpu"] for one in found.values()])
        print(
            f"| {name} |", " | ".join(cells),
            f"| {mean:.3f} | {max(ratio.values()):.3f} | {in80:.1f} | {in95:.1f} | {cpu:.1f} |",
            flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
