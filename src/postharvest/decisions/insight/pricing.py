"""Price insight without a database: files in, tables and words out."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from postharvest.decisions.insight.lot_file import Lot, read_lot
from postharvest.decisions.insight.sales_file import read_sales
from postharvest.engines.pricing.advice import PriceAdvice, advise
from postharvest.engines.pricing.elasticity import (
    Elasticity,
    ListingSales,
    backtested_widening,
    elasticities,
)
from postharvest.engines.pricing.markdown import MarkdownParams

HEADER = ("produce", "listing", "elasticity", "lo95", "hi95", "n_price_moves", "level")


def elasticities_of_file(
    path: Path,
) -> tuple[tuple[ListingSales, ...], tuple[Elasticity, ...], float]:
    """Return a sales file's listings, their elasticities, and the factor the bands were widened by.

    Raises
    ------
    InvalidInput
        The file is faulty (named by row).
    """
    sales = read_sales(path)
    widening = backtested_widening(sales)
    return sales, elasticities(sales, widening=widening), widening


def elasticity_text(found: Sequence[Elasticity]) -> str:
    """Return elasticities as CSV text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(
        (
            one.produce,
            one.listing,
            f"{one.estimate:.4f}",
            f"{one.low95:.4f}",
            f"{one.high95:.4f}",
            one.price_moves,
            one.level,
        )
        for one in found
    )
    return out.getvalue()


def advice_for_file(path: Path, *, seed: int) -> tuple[Lot, PriceAdvice]:
    """Return a lot and the advice for it."""
    lot = read_lot(path)
    return lot, advise(lot.problem, MarkdownParams(), seed, offers=lot.offers)


def advice_text(lot: Lot, advice: PriceAdvice) -> str:
    """Return the advice as a page of plain text."""
    first = advice.path[0].mean_price_yuan_kg
    lines = [
        f"{lot.name}: {lot.problem.stock_kg:,.0f} kg, {len(advice.path)} days"
        f" from {lot.start.isoformat()}",
        f"team price       {lot.offers.team_price(first):8.2f} yuan/kg",
        f"solo price       {lot.offers.solo_price(first):8.2f} yuan/kg",
        f"expected sales   {advice.expected_kg:8,.0f} kg",
        f"expected revenue {advice.revenue_yuan:8,.0f} yuan after unit costs, with salvage"
        f" (80 %: {advice.revenue_low_yuan:,.0f} to {advice.revenue_high_yuan:,.0f})",
        f"leftovers        {advice.leftover_chance:8.0%} chance of more than 2 % of the lot",
        f"one price        {advice.flat_revenue_yuan:8,.0f} yuan at a team price of"
        f" {lot.offers.team_price(advice.flat_price_yuan_kg):.2f} throughout",
        f"-30/-50 % habit  {advice.habit_revenue_yuan:8,.0f} yuan",
        "",
        "day         team   solo     kg sold    kg left",
    ]
    for step in advice.path:
        day = lot.start + timedelta(days=step.day - 1)
        team = lot.offers.team_price(step.mean_price_yuan_kg)
        solo = lot.offers.solo_price(step.mean_price_yuan_kg)
        lines.append(
            f"{day.isoformat()}  {team:6.2f} {solo:6.2f}"
            f"  {step.expected_kg:10,.0f} {step.left_kg:10,.0f}"
        )
    lines += ["", advice.reason]
    if lot.assumed:
        lines.append(f"Assumed, not given: {', '.join(lot.assumed)}.")
    lines.append(f"From {advice.draws} drawn markets; follow what is left, not the table.")
    return "\n".join(lines) + "\n"
