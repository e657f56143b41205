"""`postharvest timetable import`: an operator's GTFS-shaped timetable; a dry run first."""

import argparse
import sys
from pathlib import Path

from postharvest.core.errors import InvalidInput
from postharvest.interfaces.cli import database

SUMMARY = "set lanes and collections by a GTFS-shaped zip or folder (without --commit: only try)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="FILE.zip, or a folder with stops.txt, …")
    parser.add_argument("--commit", action="store_true", help="write it, if no row is at fault")


def run(options: argparse.Namespace) -> int:
    if not options.file.exists():
        raise InvalidInput("file", f"there is no file or folder {options.file}")
    database.load_django()
    if not database.is_ready():
        raise InvalidInput("database", "there is none yet; run `postharvest serve` once")
    from postharvest.core.clock import time as clock
    from postharvest.operations.parcels.timetables import take_timetable

    outcome = take_timetable(
        files=_files(options.file),
        dry_run=not options.commit,
        actor=database.OPERATOR,
        now=clock.now(),
    )
    for fault in outcome.faults:
        print(fault, file=sys.stderr)
    if outcome.faults:
        raise InvalidInput(
            "file", f"{len(outcome.faults)} faults in {options.file}; nothing was written"
        )
    for change in outcome.changes:
        print(change)
    done = "written" if outcome.is_committed else "dry run: nothing written; add --commit"
    print(f"timetable: {outcome.trips:,} trips, {len(outcome.changes):,} changes; {done}")
    return 0


def _files(path: Path) -> dict[str, bytes]:
    from postharvest.operations.parcels.timetable_files import unpacked

    if path.is_dir():
        return {part.name: part.read_bytes() for part in sorted(path.glob("*.txt"))}
    return unpacked(path.read_bytes())
