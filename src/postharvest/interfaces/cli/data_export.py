"""`postharvest data export`: a table in force as CSV or XLSX, to read, edit and import again."""

import argparse
import sys
from pathlib import Path

from postharvest.core.errors import InvalidInput
from postharvest.core.tables import catalogue, shipped, writing
from postharvest.core.tables.catalogue import Row, Shape
from postharvest.core.tables.parquet import parquet_bytes
from postharvest.core.whole_files import write_whole
from postharvest.interfaces.cli import database

SUMMARY = "write a table (or all) as CSV or XLSX"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="a table's name, as `data list` shows it")
    parser.add_argument("--all", action="store_true", help="every table")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="FILE.csv, FILE.xlsx or FILE.parquet (a map: FILE.geojson); with --all FILE.xlsx, "
        "or a folder that gets one CSV per table",
    )


def run(options: argparse.Namespace) -> int:
    if bool(options.name) == options.all:
        raise InvalidInput("name", "give one table's name, or --all")
    database.load_django()
    if options.all:
        _export_all(options.out)
    else:
        _export_one(catalogue.shape(options.name), options.out)
    return 0


def _export_one(shape: Shape, out: Path) -> None:
    if shape.is_map:
        _require(out, ".geojson", f"{shape.name} is a map")
        write_whole(out, _text(shape).encode())
    elif out.suffix.lower() == ".parquet":
        write_whole(out, parquet_bytes(shape, _rows(shape)))
    elif out.suffix.lower() == ".xlsx":
        write_whole(out, writing.xlsx_bytes([(shape, _rows(shape))]))
    else:
        _require(out, ".csv", "a table is written as .csv, .xlsx or .parquet")
        write_whole(out, writing.csv_bytes(shape, _rows(shape)))
    print(f"{shape.name}: written to {out}")


def _export_all(out: Path) -> None:
    tables = [shape for shape in catalogue.shapes().values() if not shape.is_map]
    if out.suffix.lower() == ".xlsx":
        print(f"{len(tables)} tables into one workbook; this takes a moment", file=sys.stderr)
        write_whole(out, writing.xlsx_bytes([(shape, _rows(shape)) for shape in tables]))
        print(f"{len(tables)} tables: written to {out}")
        return
    if out.suffix:
        raise InvalidInput("--out", "all tables go into FILE.xlsx, or into a folder")
    out.mkdir(parents=True, exist_ok=True)
    for shape in tables:
        _export_one(shape, out / f"{shape.name}.csv")


def _rows(shape: Shape) -> list[Row]:
    """Return the rows in force: of the database if there is one, else as shipped."""
    from postharvest.operations.network import queries

    return (
        queries.read_table(shape.name) if database.is_ready() else shipped.shipped_rows(shape.name)
    )


def _text(shape: Shape) -> str:
    """Return the text in force: of the database if there is one, else as shipped."""
    from postharvest.operations.network import queries

    if database.is_ready():
        return queries.table_text(shape.name)
    return shipped.shipped_bytes(shape.name).decode("utf-8")


def _require(out: Path, suffix: str, reason: str) -> None:
    if out.suffix.lower() != suffix:
        raise InvalidInput("--out", f"{reason}; name the file …{suffix}, not {out.name}")
