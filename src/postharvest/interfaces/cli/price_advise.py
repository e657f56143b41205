"""`postharvest price advise`: what to charge for a lot, day by day, and why."""

import argparse
import sys
from pathlib import Path

SUMMARY = "solo and team price and the markdown path for a lot that must be gone by a day"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("lot", type=Path, help="TOML of the lot (docs/insight.md lists the fields)")
    parser.add_argument("--seed", type=int, default=1, help="of the drawn markets")


def run(options: argparse.Namespace) -> int:
    """Advise and print."""
    from postharvest.decisions.insight.pricing import advice_for_file, advice_text

    lot, advice = advice_for_file(options.lot, seed=options.seed)
    sys.stdout.write(advice_text(lot, advice))
    return 0
