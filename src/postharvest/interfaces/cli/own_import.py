"""`postharvest own import`: own growers, people, prices, … from a file, tried first."""

import argparse
import sys
from pathlib import Path

from postharvest.core.errors import InvalidInput
from postharvest.interfaces.cli import database

SUMMARY = "load the branch's own data from XLSX or CSV (without --commit: only try)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", help="growers, payees, staff, points, labour, people, packs, …")
    parser.add_argument("file", type=Path, help="FILE.csv or FILE.xlsx")
    parser.add_argument("--base", required=True, help="code of the base whose data it is")
    parser.add_argument("--commit", action="store_true", help="write it, if no row is at fault")


def run(options: argparse.Namespace) -> int:
    if not options.file.is_file():
        raise InvalidInput("file", f"there is no file {options.file}")
    database.load_django()
    if not database.is_ready():
        raise InvalidInput("database", "there is none yet; run `postharvest serve` once")
    from postharvest.core.clock import time as clock
    from postharvest.interfaces.own_data.loading import load_own, shape_of
    from postharvest.operations.network import queries as network

    shape_of(options.kind)
    base = network.base_by_code(options.base)
    if base is None:
        raise InvalidInput("--base", f"there is no base {options.base!r}")
    outcome = load_own(
        kind=options.kind,
        raw=options.file.read_bytes(),
        base_id=base.pk,
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
    for note in outcome.notes:
        print(note)
    done = "written" if outcome.is_committed else "dry run: nothing written; add --commit"
    print(f"{options.kind}: {outcome.rows:,} rows; {done}")
    return 0
