"""Writing a table out: CSV for anything, XLSX for people, neither able to run a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from postharvest.core.tables.catalogue import Row, Shape, Value

_RUNS = ("=", "+", "-", "@", "\t", "\r")
"""A text that starts so is a formula to a spreadsheet program (OWASP: CSV injection)."""
_WIDTHS = (8, 48)
_SHEET_NAME = 31
"""Excel refuses longer names of sheets."""


def harmless(value: Value) -> Value:
    """Put an apostrophe before a text that a spreadsheet would run; an import removes it."""
    if isinstance(value, str) and value.startswith(_RUNS):
        return f"'{value}"
    return value


def csv_text(shape: Shape, rows: Iterable[Row]) -> str:
    """Return rows as plain CSV to keep, with LF ends; for people there is `csv_bytes`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(shape.column_names)
    for row in rows:
        writer.writerow(_cell(row.get(name)) for name in shape.column_names)
    return out.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004
        return str(int(value))
    return str(value)


def csv_bytes(shape: Shape, rows: Iterable[Row]) -> bytes:
    """Return rows as UTF-8 CSV with the mark by which Excel knows it, formulas disarmed."""
    safe = ({name: harmless(value) for name, value in row.items()} for row in rows)
    return csv_text(shape, safe).encode("utf-8-sig")


def xlsx_bytes(tables: Sequence[tuple[Shape, Iterable[Row]]]) -> bytes:
    """Return a workbook: a sheet for each table, and a last one that says what they are."""
    book = Workbook(write_only=True)
    for shape, rows in tables:
        _add_rows(book.create_sheet(shape.name[:_SHEET_NAME]), shape, rows)
    about = book.create_sheet("about")
    for shape, _ in tables:
        _add_provenance(about, shape)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _add_rows(sheet: WriteOnlyWorksheet, shape: Shape, rows: Iterable[Row]) -> None:
    sheet.freeze_panes = "A2"
    low, high = _WIDTHS
    for place, column in enumerate(shape.columns, start=1):
        width = min(high, max(low, len(column.name) + 2))
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = width  # type: ignore[attr-defined]  # not in the stubs
    sheet.append([_bold(sheet, name) for name in shape.column_names])
    for row in rows:
        sheet.append([harmless(row.get(name)) for name in shape.column_names])


def _add_provenance(about: WriteOnlyWorksheet, shape: Shape) -> None:
    for label in ("name", "title_en", "title_zh", "source", "licence", "status"):
        about.append([_bold(about, label), getattr(shape, label)])
    about.append([_bold(about, word) for word in ("column", "中文", "kind", "unit", "rule")])
    for column in shape.columns:
        rule = "required" if column.required else ""
        about.append([column.name, column.zh, column.kind, column.unit, rule])
    about.append([])


def _bold(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell
