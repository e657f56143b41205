"""`postharvest data import`: the operator's table in place of the shipped one; a dry run first."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.core.tables import catalogue
from postharvest.interfaces.cli import database
from postharvest.interfaces.cli.main import USAGE_ERROR

SUMMARY = "replace a table by your own (without --commit: only say what would happen)"
SCHEMA = "postharvest.table-import/1"
LARGE_BYTES = 500_000
"""A table of this size takes seconds; say so."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="a table's name, as `data list` shows it")
    parser.add_argument(
        "file", nargs="?", type=Path, help="FILE.csv or FILE.xlsx (a map: FILE.geojson)"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--dry-run", action="store_true", help="write nothing (the default)")
    mode.add_argument("--commit", action="store_true", help="write it, if no row is at fault")
    parser.add_argument(
        "--merge", action="store_true", help="replace only the rows of the same key; keep the rest"
    )
    parser.add_argument(
        "--restore", action="store_true", help="put the table back to what ships (no FILE)"
    )
    parser.add_argument("--source", default="", help="where your figures come from")
    parser.add_argument("--licence", default="", help="under which terms you have them")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    if options.restore == bool(options.file):
        raise InvalidInput("file", "give a FILE, or --restore without one")
    if options.file and not options.file.is_file():
        raise InvalidInput("file", f"there is no file {options.file}")
    catalogue.shape(options.name)  # a misspelt name must not make a database
    _prepare()
    return _restore(options) if options.restore else _import(options)


def _prepare() -> None:
    """Bring database and shipped tables up to date, so that a dry run tests the real thing."""
    database.load_django()
    from postharvest.core.clock import time as clock
    from postharvest.operations.network import actions

    if not database.is_ready():
        print("bringing the database up to date …", file=sys.stderr)
        database.migrate()
    actions.load_shipped_tables(
        now=clock.now(),
        actor=database.OPERATOR,
        progress=lambda title, done, total: print(
            f"loading {done + 1} of {total}: {title}", file=sys.stderr
        ),
    )


def _restore(options: argparse.Namespace) -> int:
    from postharvest.core.clock import time as clock
    from postharvest.operations.network import actions

    if not options.commit:
        print(f"{options.name}: would go back to what ships; add --commit to do it")
        return 0
    actions.restore_table(name=options.name, actor=database.OPERATOR, now=clock.now())
    print(f"{options.name}: back to what ships")
    return 0


def _import(options: argparse.Namespace) -> int:
    from postharvest.core.clock import time as clock
    from postharvest.operations.network import actions

    if options.file.stat().st_size > LARGE_BYTES:
        print(f"reading and checking {options.file} …", file=sys.stderr)
    outcome = actions.import_table(
        name=options.name,
        path=options.file,
        dry_run=not options.commit,
        merge=options.merge,
        source=options.source,
        licence=options.licence,
        actor=database.OPERATOR,
        now=clock.now(),
    )
    if options.json:
        result: dict[str, Any] = {"schema": SCHEMA, **dataclasses.asdict(outcome)}
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return USAGE_ERROR if outcome.faults else 0
    for fault in outcome.faults:
        print(fault, file=sys.stderr)
    if outcome.faults:
        raise InvalidInput(
            "file", f"{len(outcome.faults)} faults in {options.file}; nothing was written"
        )
    print(
        f"{outcome.table}: {outcome.rows:,} rows: {outcome.added:,} new, "
        f"{outcome.changed:,} changed, {outcome.removed:,} gone"
    )
    print("written" if outcome.is_committed else "dry run: nothing written; add --commit")
    return 0
