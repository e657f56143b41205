"""`postharvest plan rescue`: a surplus in a case file becomes a plan."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.core.whole_files import write_whole
from postharvest.decisions.planning.case_file import RescueCase, read_case

SUMMARY = "plan a surplus: price, points, people, days and lanes together"
_CPU_SECONDS = 3.6
_GUARD = 0.85


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare case, goal and outputs."""
    parser.add_argument("case", metavar="CASE.toml", help="the rescue case")
    parser.add_argument(
        "--goal", help="income, clear:0.95 (a share) or frontier; default: the case's own"
    )
    parser.add_argument("--seed", type=int, default=1, help="same seed, same plan (default 1)")
    parser.add_argument("--lang", choices=("zh", "en"), default="en", help="language of the page")
    parser.add_argument("--json", metavar="FILE", help="write the plan ('-': to the screen)")
    parser.add_argument("--html", metavar="FILE", help="write a report with charts")
    parser.add_argument(
        "--fair",
        type=float,
        default=1.0,
        metavar="SPREAD",
        help="no lot's unsold share further above the average than this, e.g. 0.1",
    )
    parser.add_argument(
        "--wage-weight",
        type=float,
        default=0.0,
        metavar="W",
        help="yuan of objective per yuan of packers' wages, 0 … 1 (default 0)",
    )
    parser.add_argument(
        "--cpu-seconds",
        type=float,
        default=_CPU_SECONDS,
        help=f"effort per goal (default {_CPU_SECONDS:g}; 25 proves more)",
    )


def run(options: argparse.Namespace) -> int:
    """Plan, print the one page, write the files."""
    case = read_case(options.case)
    goal = options.goal or _goal_of(case)
    if options.cpu_seconds <= 0:
        raise InvalidInput("--cpu-seconds", "must be above 0")
    for name, value in (("--fair", options.fair), ("--wage-weight", options.wage_weight)):
        if not 0 <= value <= 1:
            raise InvalidInput(name, f"must lie in 0 … 1, is {value:g}")
    answer = _solve(case, goal, options)
    _deliver(case, answer, options)
    return 0


def _goal_of(case: RescueCase) -> str:
    return "income" if case.goal_kind == "income" else f"clear:{case.goal_share:g}"


def _solve(case: RescueCase, goal: str, options: argparse.Namespace) -> dict[str, Any]:
    # numpy and the solver are loaded only now, so that bad words are refused at once
    share = None if goal == "frontier" else _share_of(goal, case)
    from postharvest.decisions.planning.plan_file import frontier_to_dict, plan_to_dict
    from postharvest.decisions.planning.solving import plan_case, plan_frontier, price_of_rules

    # counted work ends most searches; the clock is for the steps that can't be interrupted
    stop = _stop_after(_GUARD * options.cpu_seconds)
    if share is not None:
        ask = {"clear_share": share, "seed": options.seed, "cpu_seconds": options.cpu_seconds}
        plan = plan_case(
            case, **ask, max_unsold_spread=options.fair, wage_weight=options.wage_weight, stop=stop
        )
        written = plan_to_dict(case, plan)
        written |= price_of_rules(case, plan, cpu_seconds=options.cpu_seconds)
        return written
    plans = plan_frontier(
        case,
        seed=options.seed,
        cpu_seconds=options.cpu_seconds,
        max_unsold_spread=options.fair,
        wage_weight=options.wage_weight,
        progress=lambda text: print(f"… {text}", file=sys.stderr),
    )
    rows = [
        {
            **plan_to_dict(case, plan),
            **price_of_rules(case, plan, cpu_seconds=options.cpu_seconds),
        }
        for plan in plans
    ]
    return frontier_to_dict(case, rows)


def _share_of(goal: str, case: RescueCase) -> float:
    kind, _, given = goal.partition(":")
    if kind not in ("income", "clear") or (kind == "income" and given):
        raise InvalidInput("--goal", f"{goal!r} is not income, clear:0.95 or frontier")
    if kind == "income":
        return 0.0
    try:
        share = float(given) if given else case.goal_share
    except ValueError:
        raise InvalidInput("--goal", f"{given!r} in {goal!r} is not a number") from None
    if not 0 < share <= 1:
        raise InvalidInput("--goal", f"the share in {goal!r} must lie above 0 and at most at 1")
    return share


def _stop_after(cpu_seconds: float) -> Callable[[], bool]:
    last = time.process_time() + cpu_seconds
    return lambda: time.process_time() > last


def _deliver(case: RescueCase, answer: dict[str, Any], options: argparse.Namespace) -> None:
    from postharvest.decisions.planning.plan_file import write_json
    from postharvest.decisions.planning.rescue_html import page_html
    from postharvest.decisions.planning.rescue_page import plan_page
    from postharvest.decisions.planning.rescue_text import page_text

    plans = answer.get("plans", [answer])
    if options.json and options.json != "-":
        write_json(options.json, answer)
    if options.html:
        write_whole(options.html, page_html(case, plans, lang=options.lang))
    if options.json == "-":
        print(json.dumps(answer, ensure_ascii=False, indent=1))
    else:
        print(page_text(plan_page(case, plans, lang=options.lang)))
