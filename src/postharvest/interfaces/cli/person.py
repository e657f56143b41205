"""`postharvest person export|erase`: what somebody may ask of us, by his phone number."""

import argparse
import json
import sys

from postharvest.core.errors import InvalidInput

SUMMARY = "show all that is kept of a person, or forget him"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("deed", choices=["export", "erase"])
    parser.add_argument(
        "--phone",
        help="the number; left out, it is read from the standard input, so that no list of "
        "processes shows it",
    )


def run(options: argparse.Namespace) -> int:
    from postharvest.interfaces.cli import database

    phone = (options.phone or sys.stdin.readline()).strip()
    if not any(letter.isdigit() for letter in phone):
        raise InvalidInput("--phone", "holds no digits; give the number as it was entered")
    database.load_django()
    if not database.is_ready():
        raise InvalidInput("database", "there is none yet, or it needs `postharvest serve` first")
    from postharvest.core.clock.time import now
    from postharvest.operations.members.people import erase_person, export_person

    if options.deed == "export":
        kept = export_person(phone=phone, actor=database.OPERATOR, now=now())
        print(json.dumps(kept, ensure_ascii=False, indent=1))
    else:
        gone = erase_person(phone=phone, actor=database.OPERATOR, now=now())
        print(f"forgotten: {gone} contacts; orders, parcels and books stay, without the person")
    return 0
