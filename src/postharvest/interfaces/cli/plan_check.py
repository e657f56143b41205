"""`postharvest plan check`: tell whether a rescue plan is feasible and truthful."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import read_case
from postharvest.decisions.planning.checker import check_plan

SUMMARY = "check a rescue plan against its case, rule by rule"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two files."""
    parser.add_argument("case", metavar="CASE.toml", help="the rescue case")
    parser.add_argument("plan", metavar="PLAN.json", help="the rescue plan (or frontier)")
    parser.add_argument("--json", metavar="FILE", help="write what was found as JSON ('-': here)")


def run(options: argparse.Namespace) -> int:
    """Print every broken rule and the income item by item; 0 only when nothing is wrong."""
    case = read_case(options.case)
    given = _read_json(options.plan)
    plans = given.get("plans", [given])
    if not isinstance(plans, list) or not all(isinstance(plan, dict) for plan in plans):
        raise InvalidInput(f"{options.plan}: plans", "must be a list of plans")
    wrong = 0
    reports = []
    for number, plan in enumerate(plans, 1):
        report = check_plan(case, plan)
        wrong += len(report.findings)
        reports.append(report)
        if len(plans) > 1:
            print(f"plan {number} of {len(plans)}")
        for finding in report.findings:
            print(f"BROKEN {finding.rule}: {finding.text} (by {finding.size:.6g})")
        for name, value in report.items_yuan.items():
            print(f"  {name:<14}{value:18,.2f}")
        print(
            f"  {'net income':<14}{report.net_income_yuan:18,.2f} yuan, "
            f"stated {report.stated_net_yuan}"
        )
    print("every rule holds" if not wrong else f"{wrong} broken")
    if options.json:
        _write(options.json, reports)
    return 1 if wrong else 0


def _read_json(path: str) -> dict[str, Any]:
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(path, f"can't be read ({error.strerror})") from None
    except ValueError as error:
        raise InvalidInput(path, f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput(path, "is not a plan: the file must hold one JSON object")
    return value


def _write(path: str, reports: list[Any]) -> None:
    from postharvest.decisions.planning.plan_file import write_json

    rows = [
        {
            "ok": r.ok,
            "net_income_yuan": round(r.net_income_yuan, 4),
            "cleared_share": round(r.cleared_share, 6),
            "findings": [{"rule": f.rule, "text": f.text, "size": f.size} for f in r.findings],
        }
        for r in reports
    ]
    if path == "-":
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        write_json(path, rows)
