"""`postharvest demo`: a story from report to payout, told as it happens."""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from postharvest.core.errors import InvalidInput

SUMMARY = "re-enact a rescue: persimmons (fuping) or sugar cane (muge), report to payout"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the story, where it ends, and what is written."""
    parser.add_argument("story", nargs="?", default="fuping", choices=("fuping", "muge"))
    parser.add_argument(
        "--until",
        default="end",
        choices=("report", "plan", "open", "end"),
        help="stop there; 'open' leaves a running sale for `postharvest serve --demo`",
    )
    parser.add_argument("--seed", type=int, default=7, help="which world is drawn (default 7)")
    parser.add_argument("--worlds", type=int, default=1, help="tell it in so many worlds, compare")
    parser.add_argument(
        "--blind", action="store_true", help="carry the plan out as it stands, decide nothing again"
    )
    parser.add_argument("--json", metavar="FILE", help="write the result")
    parser.add_argument("--html", metavar="FILE", help="write the report there")


def run(options: argparse.Namespace) -> int:
    """Tell the story in one world, or compare many."""
    if options.seed < 0 or options.worlds < 1:
        raise InvalidInput("--seed/--worlds", "must be whole numbers, from 0 and from 1")
    if options.worlds > 1:
        from postharvest.interfaces.cli.demo_worlds import compare_worlds

        return compare_worlds(options)
    return _one_world(options)


def _one_world(options: argparse.Namespace) -> int:
    started = time.monotonic()
    home = Path(os.environ.get("POSTHARVEST_HOME", "var")).resolve()
    from postharvest.interfaces.world import database

    database.open_demo_django(home, durable=False)
    database.make_fresh_database(lambda text: print(f"… {text}", file=sys.stderr))
    from postharvest.interfaces.world.demo import run_story
    from postharvest.interfaces.world.report import page_of, write_report
    from postharvest.interfaces.world.result import result_of

    print("SIMULATED: a seeded world around the real actions; nothing here happened.\n")
    telling = run_story(
        options.story,
        until=options.until,
        seed=options.seed,
        say=lambda text: print(text, flush=True),
        redecide=not options.blind,
    )
    result = result_of(telling, seconds=time.monotonic() - started)
    if options.until == "end":
        print(page_of(result))
    report = Path(options.html) if options.html else home / "reports" / f"demo-{options.story}.html"
    write_report(result, report)
    if options.json:
        _write_json(result, options.json)
    print(f"\nThe report: {report}")
    print("The living site: make serve   (or: postharvest serve --demo)")
    broken = [one["name"] for one in result.get("invariants", []) if not one["ok"]]
    if broken:
        print(f"postharvest: broken: {'; '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


def _write_json(result: dict[str, Any], target: str) -> None:
    text = json.dumps(result, ensure_ascii=False, indent=1)
    if target == "-":
        print(text)
    else:
        Path(target).write_text(text, encoding="utf-8")
