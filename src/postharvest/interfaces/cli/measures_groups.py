"""`postharvest measures groups`: who counts as poor: counties or households, from a CSV."""

import argparse
import csv
from pathlib import Path

from postharvest.core.errors import InvalidInput
from postharvest.interfaces.cli import database

SUMMARY = "load which counties or households belong to which income group (code,group)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("kind", choices=("counties", "households"))
    parser.add_argument("file", type=Path, help="CSV with the columns code and group")
    parser.add_argument("--source", required=True, help="which list this is, and of which year")


def run(options: argparse.Namespace) -> int:
    """Load, all rows or none."""
    groups = _read(options.file)
    database.open_ready()
    from postharvest.core.clock import time
    from postharvest.decisions.measures import actions

    load = (
        actions.load_county_groups if options.kind == "counties" else actions.load_household_groups
    )
    count = load(groups=groups, source=options.source, actor=database.OPERATOR, now=time.now())
    print(f"{count:,} {options.kind}; they show after the next `postharvest measures refresh`")
    return 0


def _read(file: Path) -> dict[str, str]:
    if not file.is_file():
        raise InvalidInput("file", f"there is no file {file}")
    with file.open(newline="", encoding="utf-8-sig") as source:
        reader = csv.DictReader(source)
        if not {"code", "group"} <= set(reader.fieldnames or ()):
            raise InvalidInput("file", "needs the columns code and group")
        groups: dict[str, str] = {}
        for number, row in enumerate(reader, start=2):
            code, group = (row["code"] or "").strip(), (row["group"] or "").strip()
            if not code or not group:
                raise InvalidInput("file", f"line {number}: code and group must both be there")
            if groups.setdefault(code, group) != group:
                raise InvalidInput("file", f"line {number}: {code} is in two groups")
    return groups
