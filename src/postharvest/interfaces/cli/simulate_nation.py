"""`postharvest simulate nation`: the national programme in many worlds, as paths with bands."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.core.whole_files import write_whole

SUMMARY = "simulate the nation: no programme, pilots, 150 bases by three rules (no forecast)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--years", type=int, default=3, help="1 to 5 (3)")
    parser.add_argument("--bases", type=Path, metavar="PLAN.json", help="of `plan bases --json`")
    parser.add_argument("--provinces", metavar="61,45,…", help="only these (all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worlds", type=int, default=20, help="worlds behind the bands (20)")
    parser.add_argument(
        "--goal", type=float, default=1e12, metavar="YUAN",
        help="say what would have to be true for it a year, in year 5 (1e12; 0: leave it out)",
    )  # fmt: skip
    parser.add_argument("--pool", default="processes", help="processes (the default), serial, ray")
    parser.add_argument("--jobs", type=int, help="processes (one a core)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--html", type=Path, metavar="FILE")
    parser.add_argument("--lang", choices=("zh", "en"), default="en", help="language of the report")
    parser.add_argument(
        "--keep", action="store_true", help="keep it as the run that headquarters' page shows"
    )
    parser.add_argument(
        "--validate", action="store_true",
        help="only hold the model against the stories, transit and totals",
    )  # fmt: skip
    parser.add_argument(
        "--shipped",
        action="store_true",
        help="shipped tables, even where the operator has own ones",
    )


def run(options: argparse.Namespace) -> int:
    """Simulate and write; with --validate only compare."""
    from postharvest.decisions.nation.report import to_html
    from postharvest.decisions.nation.simulating import Asked, simulate_nation, summary
    from postharvest.decisions.nation.stored import kept_at

    tables = _tables(options)
    asked = Asked(
        years=options.years,
        worlds=options.worlds,
        seed=options.seed,
        bases=options.bases,
        provinces=options.provinces,
        goal_yuan=options.goal,
        pool=options.pool,
        jobs=options.jobs,
    )
    if options.validate:
        return _validate(tables, options.seed)
    targets = [path for path in (options.json, options.html) if path is not None]
    for path in targets:
        if not path.parent.is_dir():
            raise InvalidInput("json", f"there is no folder {path.parent}; make it first")
    document = simulate_nation(asked, tables, progress=_say)
    body = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if options.json is not None:
        write_whole(options.json, body)
    if options.html is not None:
        write_whole(options.html, to_html(document, language=options.lang))
    if options.keep:
        home = Path(os.environ.get("POSTHARVEST_HOME", "var"))
        place = kept_at(home, demo=os.environ.get("POSTHARVEST_DEMO", "") == "1")
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, body)
    print("\n".join(summary(document)))
    return 0


def _validate(tables: Any, seed: int) -> int:  # noqa: ANN401  (tables load late)
    from postharvest.decisions.nation.simulating import validate

    for one in validate(tables, seed=seed):
        word = "given " if one.given else "agrees" if one.holds else "DIFFERS"
        band = f"{one.middle:,.6g} ({one.low:,.6g} to {one.high:,.6g}) {one.unit}"
        print(
            f"{word:<8}{one.name}: {band}, "
            f"known {one.known:,.6g} [{one.source}] {one.note}".rstrip()
        )
    return 0


def _tables(options: argparse.Namespace) -> Any:  # noqa: ANN401  (tables load late)
    from postharvest.interfaces.cli.tables_in_force import SHIPPED, tables_in_force

    return (SHIPPED if options.shipped else tables_in_force()).rows


def _say(words: str) -> None:
    print(f"postharvest: {words}", file=sys.stderr, flush=True)
