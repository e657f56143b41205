"""`postharvest api describe`: the API's OpenAPI 3.1 document."""

import argparse
from pathlib import Path

SUMMARY = "write the API's OpenAPI 3.1 document"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where to."""
    parser.add_argument("file", type=Path, help="docs/openapi.json, where it is committed")


def run(options: argparse.Namespace) -> int:
    """Write the document."""
    from postharvest.interfaces.cli import database

    database.load_django()
    from postharvest.interfaces.api.v1.openapi import document_text

    options.file.write_text(document_text(), encoding="utf-8")
    print(f"written to {options.file}")
    return 0
