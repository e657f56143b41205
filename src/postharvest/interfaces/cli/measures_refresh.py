"""`postharvest measures refresh`: reads what has changed and adds it up; for every night."""

import argparse

from postharvest.interfaces.cli import database

SUMMARY = "bring the measures up to what the books say now (every night)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""


def run(_options: argparse.Namespace) -> int:
    """Read, and say what was found."""
    database.open_ready()
    from postharvest.core.clock import time
    from postharvest.decisions.measures.actions import refresh

    found = refresh(actor=database.OPERATOR, now=time.now())
    for name, count in found.rows.items():
        months = len(found.months.get(name, ()))
        print(f"{name:<14}{count:>12,} rows read" + (f", {months} months changed" * bool(months)))
    print(f"{found.cubes} months of measures added up")
    return 0
