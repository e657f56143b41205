"""`postharvest measures show`: every measure, or one taken apart, or the rows behind it."""

import argparse
import json
import sys
from datetime import date
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.interfaces.cli import database

SUMMARY = "access, delivery, choice, income: figures, and the rows behind each"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("measure", nargs="?", default="", help="its name; without one, all")
    parser.add_argument("--by", action="append", default=[], help="take it apart by (repeatable)")
    parser.add_argument("--place", default="", help="code of a county, or how a region's begin")
    parser.add_argument("--from", dest="first", type=_day, help="first day, 2026-01-31")
    parser.add_argument("--to", dest="last", type=_day, help="last day")
    parser.add_argument("--on", type=_day, help="the day of which access is asked (today)")
    parser.add_argument("--rows", action="store_true", help="the rows behind the figure")
    parser.add_argument("--most", type=int, default=50, help="rows to print (default 50)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Ask and print."""
    if options.rows and not options.measure:
        raise InvalidInput("--rows", "name the measure whose rows you want")
    database.open_ready()
    from postharvest.core.clock import time
    from postharvest.decisions.measures import queries

    names = [options.measure] if options.measure else [m.name for m in queries.measures()]
    questions = [
        queries.Question(
            measure=name, on=options.on or time.local_day(time.now()), by=tuple(options.by),
            first=options.first, last=options.last, place=options.place,
        )
        for name in names
    ]  # fmt: skip
    if options.rows:
        found = queries.rows_behind(questions[0], most=max(1, options.most))
    else:
        units = {measure.name: measure.unit for measure in queries.measures()}
        found = [
            {"measure": name, **row, "unit": units[name]}
            for name, rows in zip(names, queries.answers(questions), strict=True)
            for row in rows
        ]
    _print(found, as_json=options.json)
    return 0


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1, default=str)
        print()
        return
    if not rows:
        print("no rows")
    for row in rows:
        words = [_words(name, value) for name, value in row.items() if name != "hidden"]
        print("  ".join(word for word in words if word))


def _words(name: str, value: object) -> str:
    if name == "measure":
        return f"{value:<32}"
    if name == "value":
        return f"{value:>16,.4f}" if isinstance(value, int | float) else f"{'–':>16}"
    return "" if value is None else f"{name} {value}" if name != "unit" else str(value)


def _day(text: str) -> date:
    return date.fromisoformat(text)
