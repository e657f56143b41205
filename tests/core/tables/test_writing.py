import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from postharvest.core.tables.catalogue import Column, Shape, shape
from postharvest.core.tables.checking import check
from postharvest.core.tables.reading import read_lines
from postharvest.core.tables.shipped import plain_rows, shipped_rows
from postharvest.core.tables.writing import csv_bytes, csv_text, harmless, xlsx_bytes

NOTES = Shape(
    name="notes",
    file="",
    title_en="Notes",
    title_zh="注",
    source="a test",
    licence="own",
    status="made up",
    columns=(
        Column(name="note", zh="注", kind="text", required=True),
        Column(name="x", zh="数", kind="number"),
    ),
)
EVIL = '=HYPERLINK("http://evil","柿子")'


@pytest.mark.parametrize("text", [EVIL, "+1", "-1+1", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["柿子", "a=b", -1.5, 7, None])
def test_other_texts_and_negative_numbers_stay_as_they_are(value):
    assert harmless(value) == value


def test_no_cell_of_an_exported_workbook_is_a_formula():
    raw = xlsx_bytes([(NOTES, [{"note": EVIL, "x": -2.0}])])
    sheet = load_workbook(io.BytesIO(raw))["notes"]
    assert sheet["A2"].value == f"'{EVIL}"
    assert sheet["A2"].data_type == "s"
    assert sheet["B2"].value == -2


@pytest.mark.parametrize("write", [csv_bytes, lambda s, rows: xlsx_bytes([(s, rows)])])
def test_what_is_exported_imports_as_the_same_rows(write):
    table = shape("produce")
    rows = shipped_rows("produce")
    lines = read_lines(write(table, rows))
    assert check(table, lines, known=lambda name: set()).rows == rows


@given(
    st.lists(
        st.tuples(
            st.text(
                st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Cf"]),
                min_size=1,
            ),
            st.floats(allow_nan=False, allow_infinity=False) | st.none(),
        ),
        min_size=1,
    )
)
def test_kept_text_reads_back_to_the_bit(cells):
    rows = [{"note": note, "x": x} for note, x in cells]
    _, *kept = csv.reader(io.StringIO(csv_text(NOTES, rows), newline=""))
    assert [{"note": note, "x": float(x) if x else None} for note, x in kept] == rows


def test_kept_text_of_a_shipped_table_reads_back_to_the_bit():
    rows = shipped_rows("climate")
    assert plain_rows("climate", csv_text(shape("climate"), rows)) == rows
