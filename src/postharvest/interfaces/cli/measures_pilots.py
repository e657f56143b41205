"""`postharvest measures pilots`: pilot regions against the counties most like them."""

import argparse
import json
from dataclasses import asdict
from datetime import date

from postharvest.interfaces.cli import database

SUMMARY = "did the pilots do it? the difference to matched other counties, with its interval"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("measure", help="its name, as in `measures show`")
    parser.add_argument(
        "--pilots", default="6105,4508", help="regions (default: Weinan and Guigang, 6105,4508)"
    )
    parser.add_argument("--since", type=date.fromisoformat, required=True, help="their first day")
    parser.add_argument("--until", type=date.fromisoformat, help="last day (today)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    database.open_ready()
    from postharvest.core.clock import time
    from postharvest.decisions.measures.pilots import compare_pilots

    found = compare_pilots(
        measure=options.measure, pilots=options.pilots.split(","), since=options.since,
        until=options.until or time.local_day(time.now()), seed=options.seed,
    )  # fmt: skip
    if options.json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1, default=str))
        return 0
    print(f"{found.measure} since {found.since}, {len(found.pilots)} pilot counties:")
    print(
        f"  {found.difference:+,.3f} {found.unit} a month against matched others, "
        f"{found.level:.0%} between {found.low:+,.3f} and {found.high:+,.3f}"
    )
    print(f"  before, they were {found.apart:.2f} standard deviations apart")
    if found.left_out:
        print(f"  {found.left_out:,} counties with unknown months are left out")
    for pilot, others in found.matched.items():
        print(f"  {pilot} against {', '.join(others)}")
    return 0
