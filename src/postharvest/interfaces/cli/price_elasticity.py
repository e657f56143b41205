"""`postharvest price elasticity`: how buyers answered prices, with intervals that hold."""

import argparse
import sys
from pathlib import Path

SUMMARY = "how much less is bought when a price rises, listing by listing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "sales",
        type=Path,
        help="CSV with date,listing,produce,region,price,qty and, if known, promo,stock_out",
    )
    parser.add_argument("--out", type=Path, default=None, help="CSV to write instead of printing")


def run(options: argparse.Namespace) -> int:
    """Estimate, and write the table whole or not at all."""
    from postharvest.decisions.insight.pricing import elasticities_of_file, elasticity_text

    sales, found, widening = elasticities_of_file(options.sales)
    text = elasticity_text(found)
    censored = sum(int((~one.usable).sum()) for one in sales)
    told = f"{len(found)} listings; bands widened {widening:.2f}-fold by back-test"
    if censored:
        told += f"; {censored} stock-out rows left out of the fit"
    if options.out is None:
        sys.stdout.write(text)
        print(f"postharvest: {told}", file=sys.stderr)
    else:
        options.out.write_text(text, encoding="utf-8")
        print(f"{told}: {options.out}")
    return 0
