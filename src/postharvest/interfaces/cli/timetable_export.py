"""`postharvest timetable export`: lanes and collections as a GTFS-shaped zip."""

import argparse
from datetime import date
from pathlib import Path

from postharvest.core.errors import InvalidInput
from postharvest.interfaces.cli import database

SUMMARY = "write the lanes of a region as a timetable in the shape of GTFS"
MOST_DAYS = 366


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    parser.add_argument("--region", default="", help="the first digits of its counties' codes")
    parser.add_argument(
        "--first", type=date.fromisoformat, help="from which day (2026-11-24); else today"
    )
    parser.add_argument("--days", type=int, default=30, help="for how many days (30)")


def run(options: argparse.Namespace) -> int:
    if not 1 <= options.days <= MOST_DAYS:
        raise InvalidInput("--days", f"must be 1 to {MOST_DAYS}")
    database.load_django()
    if not database.is_ready():
        raise InvalidInput("database", "there is none yet; run `postharvest serve` once")
    from postharvest.core.clock import time as clock
    from postharvest.operations.parcels.schedules import lane_timetable

    first = options.first or clock.local_day(clock.now())
    content = lane_timetable(scope=options.region, first=first, days=options.days)
    options.out.write_bytes(content)
    print(f"timetable from {first} for {options.days} days: written to {options.out}")
    return 0
