"""`postharvest measures export`: the measures as CSV, Parquet and GeoJSON, fit to publish."""

import argparse
from datetime import date
from pathlib import Path

from postharvest.interfaces.cli import database

SUMMARY = "write the measures as CSV, Parquet and GeoJSON (no figure of fewer than 5 households)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--to", type=Path, required=True, help="folder to write into")
    parser.add_argument(
        "--on", type=date.fromisoformat, help="the day of which access is asked (today)"
    )


def run(options: argparse.Namespace) -> int:
    """Write and name the files."""
    database.open_ready()
    from postharvest.core.clock import time
    from postharvest.decisions.measures.exporting import export_to

    for file in export_to(options.to, on=options.on or time.local_day(time.now())):
        print(f"{file}  {file.stat().st_size:,} bytes")
    return 0
