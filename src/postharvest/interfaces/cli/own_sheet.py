"""`postharvest own sheet`: an empty sheet with the columns of one kind of own data."""

import argparse
from pathlib import Path

from postharvest.interfaces.cli import database

SUMMARY = "write an empty sheet for a kind of the branch's own data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", help="growers, payees, staff, points, labour, people, packs, …")
    parser.add_argument("file", type=Path, help="FILE.xlsx to write")


def run(options: argparse.Namespace) -> int:
    database.load_django()
    from postharvest.core.tables.writing import xlsx_bytes
    from postharvest.interfaces.own_data.loading import shape_of

    options.file.write_bytes(xlsx_bytes([(shape_of(options.kind), [])]))
    print(f"written {options.file}")
    return 0
