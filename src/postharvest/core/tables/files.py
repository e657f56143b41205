"""A table that somebody sends once, such as a carrier's count: read, checked, and not kept."""

from dataclasses import asdict

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Column, Row, Shape
from postharvest.core.tables.checking import check
from postharvest.core.tables.reading import read_lines

MOST_FAULTS = 200


class FaultyTable(InvalidInput):
    """Rows are at fault; ``facts["errors"]`` names line, column, rule and hint of each."""


def passing_table(name: str, *columns: Column, key: tuple[str, ...] = ()) -> Shape:
    """Describe a table that comes from elsewhere and goes through once."""
    return Shape(
        name=name,
        columns=columns,
        key=key,
        file="",
        title_en="",
        title_zh="",
        source="",
        licence="",
        status="",
    )


def rows_of(shape: Shape, raw: bytes) -> list[Row]:
    """Read a CSV or XLSX file by a table's rules.

    Raises
    ------
    FaultyTable
        Rows are at fault; nothing of the file is used.
    InvalidInput
        It is no table at all.
    """
    checked = check(shape, read_lines(raw), known=lambda _table: ())
    if checked.faults:
        count, first = len(checked.faults), checked.faults[0]
        shown = [asdict(fault) for fault in checked.faults[:MOST_FAULTS]]
        raise FaultyTable("file", f"{count} faults; the first: {first}", errors=shown)
    return checked.rows
