"""Fit and judge the glut warning: simulated seasons, and real weekly prices if files are given.

    python benchmarks/insight_warnings.py [PRICES.csv …]

Prices have the columns series,date,value by week.  The first 60 % of the weeks fit, the rest judge;
"onset" leaves out weeks whose price is already a quarter below its norm.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from postharvest.decisions.insight.season_calendar import problem_of
from postharvest.decisions.insight.series_file import read_series
from postharvest.engines.warning.logistic import (
    area_under_curve,
    brier_score,
    fit_logistic,
    precision_at_top,
)
from postharvest.engines.warning.price_risk import weekly_risk
from postharvest.engines.warning.season_simulator import (
    Season,
    SeasonParams,
    simulate_season,
    tally,
)
from postharvest.engines.warning.village import FITTED, features

CANE_WINTER = SeasonParams(days=96, wet_chance=1.0, wet_share=45 / 96, shortfall_chance=0.0)


def seasons(params: SeasonParams, *, count: int, seed: int) -> list[Season]:
    """Draw seasons."""
    generator = np.random.default_rng(seed)
    return [simulate_season(params, generator=generator) for _ in range(count)]


def days_before_a_glut(drawn: list[Season]) -> tuple[np.ndarray, np.ndarray]:
    """Return features and events of all days on which the price has not fallen yet."""
    rows, events = [], []
    for season in drawn:
        until = season.glut_day if season.glut_day >= 0 else len(season.seen.price_yuan_kg)
        rows.append(features(season.seen)[:until])
        events.append(season.coming()[:until])
    return np.vstack(rows), np.concatenate(events)


def unpriced(season: Season) -> Season:
    """Return the season as seen where nobody writes prices down."""
    blank = np.full(len(season.seen.price_yuan_kg), np.nan)
    return Season(replace(season.seen, price_yuan_kg=blank), season.glut_day)


def counted(drawn: list[Season]) -> str:
    """Count gluts seen 3 to 28 days ahead, and alerts that none followed."""
    found = tally(drawn)
    return (
        f"{len(drawn)} seasons, {found.gluts} gluts,"
        f" {100 * found.caught / max(found.gluts, 1):.1f} % caught 3 days ahead or more,"
        f" {found.false_alerts / len(drawn):.2f} false alerts a season,"
        f" alarm in {found.rang / len(drawn):.0%}"
    )


def judge(path: Path) -> None:
    """Fit on the first 60 % of the weeks and judge on the rest."""
    problem, _ = problem_of(read_series(path), horizon=1, season=None)
    parts = []
    for history in problem.histories:
        at = np.arange(len(history.value))
        seen = np.isfinite(history.value) & (history.value > 0)
        price = np.exp(np.interp(at, at[seen], np.log(history.value[seen])))
        risk = weekly_risk(price)
        if len(price) >= 180:
            cut = 0.6 * len(price)
            parts.append(
                (risk, risk.known & (risk.week < cut - 4), risk.known & (risk.week >= cut))
            )
    for name in ("all weeks", "onset"):
        x, e, xt, et = [], [], [], []
        for risk, early, late in parts:
            wanted = ~risk.below if name == "onset" else np.ones_like(risk.below)
            x.append(risk.features[early & wanted])
            e.append(risk.event[early & wanted])
            xt.append(risk.features[late & wanted])
            et.append(risk.event[late & wanted])
        event = np.concatenate(et)
        model = fit_logistic(np.vstack(x), np.concatenate(e), ridge=1.0)
        p = model.probability(np.vstack(xt))
        base = event.mean() * (1 - event.mean())
        top = precision_at_top(p, event, share=0.1)
        print(
            f"{path.stem}, {name}: {len(parts)} series, {len(event)} weeks,"
            f" {event.mean():.1%} events, AUC {area_under_curve(p, event):.3f},"
            f" Brier {brier_score(p, event):.3f} (base {base:.3f}), top tenth {top:.2f}"
        )


def main() -> None:
    """Print the fits and the tallies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prices", nargs="*", type=Path)
    options = parser.parse_args()
    train = seasons(SeasonParams(), count=2000, seed=1)
    fitted = fit_logistic(*days_before_a_glut(train), ridge=1.0)
    print("fitted:", round(fitted.constant, 3), np.round(fitted.slope, 3).tolist())
    x, event = days_before_a_glut([unpriced(s) for s in train])
    blind = fit_logistic(x[:, 3:], event, ridge=1.0)
    print("without price:", round(blind.constant, 3), np.round(blind.slope, 3).tolist())
    test = seasons(SeasonParams(), count=1000, seed=2)
    x, event = days_before_a_glut(test)
    p = FITTED.probability(x)
    print(
        f"simulated days: AUC {area_under_curve(p, event):.3f}, Brier {brier_score(p, event):.3f}"
        f" (base {event.mean() * (1 - event.mean()):.3f})"
    )
    print("usual mix:", counted(test))
    print("nobody writes prices:", counted([unpriced(s) for s in test]))
    print("cane winter:", counted(seasons(CANE_WINTER, count=400, seed=3)))
    for path in options.prices:
        judge(path)


if __name__ == "__main__":
    main()
