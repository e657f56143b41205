"""`postharvest crops`: what could grow in a county, what it may bring, and how sure that is."""

import argparse
import sys
from pathlib import Path

SUMMARY = "what to grow in a county: margins with ranges, reasons, and a mix that avoids ruin"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("county", help="six-digit code, or the name in Chinese or English")
    parser.add_argument("--mu", type=float, default=10.0, help="land in mu (default 10)")
    parser.add_argument(
        "--risk", type=float, default=0.6, help="0 looks at the mean, 1 at the worst fifth"
    )
    parser.add_argument(
        "--growers", type=int, default=1, help="growers, each with --mu, who get this advice"
    )
    parser.add_argument(
        "--records",
        type=Path,
        help="own seasons: produce_id,year,yield_kg_mu,cost_yuan_mu,price_yuan_kg",
    )
    parser.add_argument("--intentions", type=Path, help="registered plantings: produce_id,mu")
    parser.add_argument("--rows", type=int, default=15, help="crops to print (default 15)")
    parser.add_argument("--seed", type=int, default=1, help="of the drawn futures")


def run(options: argparse.Namespace) -> int:
    """Advise and print."""
    from postharvest.decisions.insight.crop_advice import crop_page, page_text

    page = crop_page(
        options.county,
        mu=options.mu,
        risk=options.risk,
        seed=options.seed,
        growers=options.growers,
        records=options.records,
        intentions=options.intentions,
    )
    sys.stdout.write(page_text(page, rows=max(1, options.rows)))
    return 0
