"""Elasticity intervals on held-out periods, and the markdown programme on simulated lots.

    python benchmarks/insight_prices.py [SALES.csv …]

Without files the shipped grocery panel (26 categories, 51 weeks) and simulated shops are used.
Coverage: the stated 95 % interval from the weeks before a cut, against the estimate from the weeks
after it.  Lots: revenue of the policy over the best single price and over the -30/-50 % habit.
"""

import argparse
import csv
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from postharvest.core.tables.shipped import shipped_bytes
from postharvest.decisions.insight.sales_file import read_sales
from postharvest.engines.pricing.elasticity import ListingSales, elasticities
from postharvest.engines.pricing.markdown import (
    LotProblem,
    MarkdownParams,
    best_flat_index,
    draw_buyers,
    follow,
    follow_path,
    rule_of_thumb_path,
    solve,
)


def grocery() -> list[ListingSales]:
    """Return the shipped panel, its partial first and last weeks cut."""
    rows = list(
        csv.DictReader(shipped_bytes("series_grocery_produce_weekly").decode().splitlines())
    )
    found = []
    for key in sorted({row["series"] for row in rows}):
        own = [row for row in rows if row["series"] == key and 1 < int(row["week"]) < 53]
        weeks = [date(2017, 1, 2) + timedelta(weeks=int(row["week"])) for row in own]
        found.append(
            ListingSales(
                listing=key,
                produce="grocery",
                day=np.array([day.toordinal() for day in weeks]),
                price=np.array([float(row["price_usd_per_unit"]) for row in own]),
                quantity=np.array([float(row["units"]) for row in own]),
                promoted=np.zeros(len(own), dtype=bool),
                usable=np.ones(len(own), dtype=bool),
            )
        )
    return found


def shops(*, seed: int, weeks: int = 150, count: int = 40, drift: float = 0.02) -> list:
    """Return simulated listings whose elasticities differ and wander."""
    generator = np.random.default_rng(seed)
    found = []
    for k in range(count):
        slope = -1.8 + 0.3 * (k % 5 - 2) + 0.4 * generator.standard_normal()
        slope = slope + np.cumsum(drift * generator.standard_normal(weeks))
        moves = np.where(generator.random(weeks) < 0.3, 0.25, 0.0)
        price, left = np.zeros(weeks), np.zeros(weeks)
        for t in range(1, weeks):
            fresh = moves[t] * generator.standard_normal()
            price[t] = fresh if moves[t] else price[t - 1]
            left[t] = 0.4 * left[t - 1] + 0.25 * generator.standard_normal()
        found.append(
            ListingSales(
                listing=f"l{k}",
                produce=f"p{k % 5}",
                day=737_000 + 7 * np.arange(weeks),
                price=5 * np.exp(price),
                quantity=np.exp(3 + slope * price + left),
                promoted=np.zeros(weeks, dtype=bool),
                usable=np.ones(weeks, dtype=bool),
            )
        )
    return found


def covered(sales: list[ListingSales], share: float) -> list[bool]:
    """Return for each listing whether the next period's estimate fell into the interval."""
    first, last = min(s.day[0] for s in sales), max(s.day[-1] for s in sales)
    cut = first + share * (last - first)
    pairs = [(s.until(s.day < cut), s.until(s.day >= cut)) for s in sales]
    pairs = [(a, b) for a, b in pairs if min(len(a.day), len(b.day)) >= 8]
    told = elasticities([a for a, _ in pairs])
    came = elasticities([b for _, b in pairs], widening=1.0)
    return [a.low95 <= b.estimate <= a.high95 for a, b in zip(told, came, strict=True)]


def random_lot(generator: np.random.Generator) -> LotProblem:
    """Draw a lot: 5 to 12 days, elasticity -1.2 to -3, stock 0.7 to 1.7 times the usual sale."""
    days = int(generator.integers(5, 13))
    reference = float(generator.uniform(2, 8))
    stock = float(generator.uniform(500, 20_000))
    return LotProblem(
        stock_kg=stock,
        ladder_yuan_kg=reference * np.linspace(1.4, 0.4, 15),
        reference_price_yuan_kg=reference,
        reference_kg=stock / days * generator.uniform(0.6, 1.4) * np.linspace(1.1, 0.8, days),
        elasticity=-float(generator.uniform(1.2, 3.0)),
        elasticity_sd=0.3,
        level_sd=0.4,
        day_sd=0.25,
        salvage_yuan_kg=reference * float(generator.uniform(0, 0.25)),
        unit_cost_yuan_kg=0.0,
    )


def lots(count: int, seed: int) -> None:
    """Price lots and print what the policy gains and costs."""
    generator = np.random.default_rng(seed)
    money, cpu = np.zeros(3), 0.0
    for _ in range(count):
        problem = random_lot(generator)
        draws = draw_buyers(problem, count=100, generator=generator)
        began = time.process_time()
        outcome = follow(solve(problem, MarkdownParams()), draws)
        cpu += time.process_time() - began
        flat = best_flat_index(problem, draws)
        path = np.full(len(problem.reference_kg), flat)
        habit = rule_of_thumb_path(problem, start=flat)
        others = (follow_path(problem, draws, path), follow_path(problem, draws, habit))
        money += [o.revenue_yuan.mean() / problem.stock_kg for o in (outcome, *others)]
    print(
        f"{count} lots: {money[0] / money[1] - 1:+.1%} over the best flat price,"
        f" {money[0] / money[2] - 1:+.1%} over -30/-50 %, {cpu:.1f} CPU s with 100 rehearsals each"
    )


def main() -> None:
    """Print coverage and gains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sales", nargs="*", type=Path)
    parser.add_argument("--lots", type=int, default=1000)
    options = parser.parse_args()
    sets = {path.stem: list(read_sales(path)) for path in options.sales}
    sets = sets or {"grocery panel": grocery()}
    for name, sales in sets.items():
        hits = [hit for share in (0.5, 0.6, 0.7) for hit in covered(sales, share)]
        print(f"{name}: next period's estimate inside 95 %: {np.mean(hits):.1%} of {len(hits)}")
    for weeks in (60, 100, 150):
        hits = [h for s in range(8) for h in covered(shops(seed=s, weeks=weeks), 0.66)]
        print(f"simulated shops, {weeks} weeks: {np.mean(hits):.1%} of {len(hits)}")
    lots(options.lots, seed=1)


if __name__ == "__main__":
    main()
