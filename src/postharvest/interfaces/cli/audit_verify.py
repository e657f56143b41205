"""`postharvest audit verify`: whether anybody changed or took away an audit row."""

import argparse
import dataclasses
import json
import re

from postharvest.core.errors import InvalidInput

SUMMARY = "check that no audit row was changed or taken away"
SCHEMA = "postharvest.audit-verdict/1"
BROKEN = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--head", default="", help="a head you kept: it must still be in the chain")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    if options.head and not re.fullmatch(r"[0-9a-f]{64}", options.head):
        raise InvalidInput("--head", "must be the 64 letters that an earlier check printed")
    from postharvest.interfaces.cli import database

    database.load_django()
    if not database.is_ready():
        raise InvalidInput("database", "there is none yet, or it needs `postharvest serve` first")
    from postharvest.core.audit.chain import verify_chain

    verdict = verify_chain(known_head=options.head)
    if options.json:
        print(json.dumps({"schema": SCHEMA, **dataclasses.asdict(verdict)}, indent=1))
    else:
        for fault in verdict.faults:
            print(f"✗ {fault}")
        state = "broken" if verdict.faults else "whole"
        print(f"{verdict.sealed:,} rows sealed, {verdict.unsealed:,} not yet; the chain is {state}")
        print(f"head {verdict.head}")
    return BROKEN if verdict.faults else 0
