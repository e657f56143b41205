"""`postharvest data list`: every table with its source, licence and status."""

import argparse
import json
from typing import Any

from postharvest.core.tables import catalogue
from postharvest.core.tables.catalogue import ATTRIBUTIONS, Shape
from postharvest.core.tables.shipped import shipped_row_count
from postharvest.interfaces.cli import database

SUMMARY = "the reference tables, with source, licence and status"
SCHEMA = "postharvest.tables/1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(options: argparse.Namespace) -> int:
    tables = [_described(shape, loaded) for shape, loaded in _with_loaded()]
    if options.json:
        listing = {"schema": SCHEMA, "tables": tables, "attributions": ATTRIBUTIONS}
        print(json.dumps(listing, ensure_ascii=False, indent=1))
        return 0
    for table in tables:
        _print(table)
    print("Attributions: " + "; ".join(ATTRIBUTIONS) + ".")
    return 0


def _with_loaded() -> list[tuple[Shape, Any]]:
    """Pair every table with its row in the database, if there is a database."""
    database.load_django()
    from postharvest.operations.network import queries

    loaded = {table.name: table for table in queries.tables()} if database.is_ready() else {}
    return [(shape, loaded.get(name)) for name, shape in catalogue.shapes().items()]


def _described(shape: Shape, loaded: Any) -> dict[str, Any]:  # noqa: ANN401  (a model of another floor)
    about = loaded or shape
    return {
        "name": shape.name,
        "title_en": shape.title_en,
        "title_zh": shape.title_zh,
        "rows": loaded.rows if loaded else shipped_row_count(shape.name),
        "source": about.source,
        "licence": about.licence,
        "status": about.status,
        "in_force": "operator" if loaded and loaded.is_operator else "shipped",
        "loaded_at": loaded.loaded_at.isoformat() if loaded else None,
        "loaded_by": loaded.loaded_by if loaded else None,
    }


def _print(table: dict[str, Any]) -> None:
    whose = "the operator's own" if table["in_force"] == "operator" else "shipped"
    loaded = f", loaded {table['loaded_at']:.16}" if table["loaded_at"] else ", not loaded yet"
    print(f"{table['name']}  {table['rows']:,} rows, {whose}{loaded}")
    print(f"  {table['title_en']} · {table['title_zh']}")
    print(f"  source: {table['source']}")
    print(f"  licence: {table['licence']}")
    print(f"  status: {table['status']}\n")
