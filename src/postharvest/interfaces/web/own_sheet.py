"""The twelve questions on one sheet: an empty one to fill in, and a filled one read back.

The first column holds the question's key, so that a sheet works in either language; people see
the question, the answer and what to write.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

from postharvest.core.errors import InvalidInput
from postharvest.interfaces.web.forms.surplus import OwnSurplusForm

KEY, QUESTION, ANSWER, HINT = "A", "B", "C", "D"
QUESTIONS = (
    "county", "village", "produce", "amount", "unit", "harvest_from", "harvest_to", "growers",
    "packers", "floor_price", "wholesale_price", "wholesale_per_day", "shelf_life_days", "goal",
)  # fmt: skip
MOST_ROWS = 60
_FIRST_ROW = 3


def empty_sheet(form: OwnSurplusForm) -> bytes:
    """Return the sheet as an .xlsx file, with today's suggestions filled in."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  (a new workbook has one)
    sheet.title = "surplus"
    sheet[f"{QUESTION}1"] = _("My own surplus")
    sheet[f"{QUESTION}1"].font = Font(bold=True, size=16)
    for row, (name, text) in enumerate(
        ((name, str(form.fields[name].label)) for name in QUESTIONS), start=_FIRST_ROW
    ):
        sheet[f"{KEY}{row}"] = name
        sheet[f"{KEY}{row}"].font = Font(color="999999", size=8)
        sheet[f"{QUESTION}{row}"] = text
        answer = sheet[f"{ANSWER}{row}"]
        answer.value = _suggestion(form, name)
        answer.fill = PatternFill("solid", fgColor="FCEADD")
        sheet[f"{HINT}{row}"] = _hint(form, name)
        if choices := _choices(form, name):
            allowed = DataValidation(type="list", formula1=f'"{",".join(choices)}"')
            sheet.add_data_validation(allowed)
            allowed.add(answer)
    for column, width in ((KEY, 14), (QUESTION, 36), (ANSWER, 24), (HINT, 60)):
        sheet.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_sheet(file: BinaryIO) -> dict[str, str]:
    """Return the answers by question, as a browser would send them.

    Raises
    ------
    InvalidInput
        The file is no .xlsx workbook, or none of the questions is in it.
    """
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(max_row=MOST_ROWS, max_col=3, values_only=True))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InvalidInput("sheet", _("is not an .xlsx workbook; fill in our sheet")) from error
    answers = {
        str(row[0]): _text(row[2])
        for row in rows
        if len(row) > 2 and row[0] in QUESTIONS  # noqa: PLR2004
    }
    if not answers:
        raise InvalidInput("sheet", _("holds none of our questions; fill in our sheet"))
    return answers


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _suggestion(form: OwnSurplusForm, name: str) -> Any:  # noqa: ANN401
    value = form.get_initial_for_field(form.fields[name], name)
    return value if isinstance(value, str | int | date) else None


def _hint(form: OwnSurplusForm, name: str) -> str:
    if choices := _choices(form, name):
        return _("one of: %(choices)s") % {"choices": ", ".join(choices)}
    if name == "produce":
        known: Sequence[tuple[str, str]] = getattr(form.fields[name], "choices", ())
        return ", ".join(value for value, _label in known if value)
    return "" if form.fields[name].required else _("may stay empty")


def _choices(form: OwnSurplusForm, name: str) -> list[str]:
    if name not in ("unit", "goal"):
        return []
    return [str(value) for value, _label in getattr(form.fields[name], "choices", ())]
