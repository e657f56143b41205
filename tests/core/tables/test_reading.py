import gzip
import io
from datetime import datetime

import pytest
from openpyxl import Workbook

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.reading import MAX_BYTES, read_lines

TEXT = "code,name_zh\r\n610528,富平县\r\n450803,港南区\r\n"
LINES = [(1, ["code", "name_zh"]), (2, ["610528", "富平县"]), (3, ["450803", "港南区"])]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_a_table_reads_the_same_in_every_encoding_that_spreadsheets_write(encoding):
    assert read_lines(TEXT.encode(encoding)) == LINES


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_recognised_by_the_head(separator):
    assert read_lines(TEXT.replace(",", separator).encode()) == LINES


def test_a_gzipped_table_is_unpacked():
    assert read_lines(gzip.compress(TEXT.encode(), mtime=0)) == LINES


def test_a_quoted_cell_may_hold_separator_quotes_and_a_line_break():
    lines = read_lines(b'code,note\n1,"a, ""b""\nc"\n2,d\n')
    assert lines == [(1, ["code", "note"]), (3, ["1", 'a, "b"\nc']), (4, ["2", "d"])]


def workbook(*sheets):
    book = Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_from_its_first_sheet_that_holds_anything():
    raw = workbook([], [["code", "since", "kg"], [610528, datetime(2026, 1, 5), 2.5], [None]])
    assert read_lines(raw) == [(1, ["code", "since", "kg"]), (2, ["610528", "2026-01-05", "2.5"])]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "it is empty"),
        (b"\n , \n", "it is empty"),
        (bytes(range(256)) * 20, "no text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no text"),
        (b"PK\x03\x04 not a workbook", "XLSX"),
        (b"\x1f\x8b broken", "gzip"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-9], "gzip"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(raw, words):
    with pytest.raises(InvalidInput, match=words) as refusal:
        read_lines(raw)
    assert "\n" not in str(refusal.value)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused():
    with pytest.raises(InvalidInput, match="larger than"):
        read_lines(gzip.compress(b"a" * (MAX_BYTES + 5), mtime=0))
