"""Files that no spreadsheet program wrote: either they are tables, or it is said why not."""

import io
import random
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Column
from postharvest.core.tables.files import passing_table, rows_of

SHAPE = passing_table(
    "fuzzed",
    Column(name="number", zh="邮件号", kind="text", required=True, longest=40),
    Column(name="weight_kg", zh="重量", kind="number", low=0, high=1000),
    Column(name="day", zh="日期", kind="date"),
    Column(name="code", zh="代码", kind="code6"),
    Column(name="count", zh="件数", kind="int"),
    key=("number",),
)
HEAD = "number,重量,day,代码,count\n"


def workbook():
    book, out = Workbook(), io.BytesIO()
    book.active.append(HEAD.strip().split(","))
    book.active.append(["a", 1.5, "2026-11-24", "610528", 3])
    book.save(out)
    return out.getvalue()


XLSX = workbook()


def read(raw):
    """Return rows, or nothing where the file is refused with a field and a reason."""
    try:
        return rows_of(SHAPE, raw)
    except InvalidInput as error:
        refusal = error
    assert refusal.field == "file"
    assert refusal.detail
    for fault in refusal.facts.get("errors", ()):
        assert fault["rule"]
        assert fault["hint"]
    return None


@given(raw=st.binary(max_size=400))
@example(raw=b"PK\x03\x04")
@example(raw=b"\x1f\x8b\x08")
@example(raw=b"\xff\xfe")
@example(raw=b"\x00" * 9)
def test_any_bytes_are_a_table_or_refused(raw):
    read(raw)


@given(
    cells=st.lists(st.lists(st.text(max_size=12), max_size=7), max_size=5),
    encoding=st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
def test_any_text_under_our_heads_is_rows_or_faults(cells, encoding):
    text = HEAD + "\n".join(",".join(line) for line in cells)
    read(text.encode(encoding, "replace"))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_workbook_is_refused_not_a_fault_of_ours(data):
    raw = bytearray(XLSX)
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(raw[: data.draw(st.integers(0, len(raw)))]))


def test_the_workbook_itself_is_read():
    [row] = read(XLSX)
    assert (row["number"], row["weight_kg"], row["count"]) == ("a", 1.5, 3)
    assert row["code"] == "610528"


@pytest.mark.parametrize("number", ["1e400", "nan", "inf", "-1e-400", "٣", "１２"])
def test_numbers_that_only_python_likes_are_refused_or_plain(number):
    rows = read(f"{HEAD}a,{number},,,".encode())
    assert rows is None or 0 <= rows[0]["weight_kg"] <= 1000


def test_five_hundred_damaged_workbooks_are_each_read_or_refused():
    chance = random.Random(1)
    for _ in range(500):
        raw = bytearray(XLSX)
        for _ in range(chance.randint(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        read(bytes(raw))


def test_a_workbook_that_unpacks_without_end_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(300 * 2**20))
    with pytest.raises(InvalidInput, match="unpacks to more"):
        rows_of(SHAPE, out.getvalue())
