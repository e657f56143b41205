"""Reading a table that a person made: whatever the spreadsheet program wrote, cells come out.

CSV may be UTF-8, UTF-16 or GB 18030, separated by comma, semicolon or tab, gzipped or not; XLSX is
read from its first sheet that holds anything.  What a cell *means* is checked in ``checking``.
"""

import csv
import gzip
import io
import zlib
from datetime import date, datetime
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from postharvest.core.errors import InvalidInput

MAX_BYTES = 64 * 1024 * 1024
"""No table is larger; a small file that unpacks to more is an attack or a mistake."""
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_CONTROL_SHARE = 0.01

Lines = list[tuple[int, list[str]]]
"""(line in the file, cells as text); the first is the header."""


def read_lines(raw: bytes) -> Lines:
    """Return the lines of a CSV or XLSX file that hold anything, with their line numbers.

    Raises
    ------
    InvalidInput
        The file is empty, too large, or neither CSV nor XLSX.
    """
    if raw.startswith(_GZIP):
        raw = _unpacked(raw)
    if len(raw) > MAX_BYTES:
        raise InvalidInput("file", f"larger than {MAX_BYTES // 2**20} MB; split it")
    lines = _workbook_lines(raw) if raw.startswith(_ZIP) else _text_lines(decoded(raw))
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        raise InvalidInput("file", "it is empty; the first line must name the columns")
    return filled


def decoded(raw: bytes) -> str:
    """Return the text of a CSV file in whichever encoding it is.

    Raises
    ------
    InvalidInput
        The bytes are no text in UTF-8, UTF-16 or GB 18030.
    """
    for encoding in _candidate_encodings(raw):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_text(text):
            return text
    raise InvalidInput("file", "it is no text in UTF-8, UTF-16 or GB 18030, and no XLSX workbook")


def _candidate_encodings(raw: bytes) -> tuple[str, ...]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    even, odd = raw[:2000:2].count(0), raw[1:2000:2].count(0)
    if even or odd:  # text has no zero bytes, except UTF-16's ASCII
        return ("utf-16-le" if odd > even else "utf-16-be",)
    return ("utf-8-sig", "gb18030")


def _is_text(text: str) -> bool:
    sample = text[:20_000]
    control = sum(1 for c in sample if ord(c) < ord(" ") and c not in "\r\n\t")
    return control <= len(sample) * _CONTROL_SHARE


def _unpacked(raw: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput("file", f"damaged gzip file ({error})") from None


def _text_lines(text: str) -> Lines:
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reading = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines: Lines = []
    try:
        for cells in reading:
            lines.append((reading.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise InvalidInput("file", f"line {reading.line_num}: {error}") from None
    return lines


def _workbook_lines(raw: bytes) -> Lines:
    """Read the first sheet that holds anything; a damaged workbook fails in many ways."""
    try:
        _refuse_bomb(raw)
        return _first_sheet(raw)
    except _DAMAGED as error:
        raise InvalidInput("file", f"it can't be read as an XLSX workbook ({error})") from None


def _refuse_bomb(raw: bytes) -> None:
    with ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > 4 * MAX_BYTES:  # XML is wordy: a fair table unpacks to several times its size
        raise InvalidInput("file", f"unpacks to more than {4 * MAX_BYTES // 2**20} MB; split it")


def _first_sheet(raw: bytes) -> Lines:
    book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            lines = [
                (number, [_cell_text(value) for value in cells])
                for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1)
            ]
            if any(any(cells) for _, cells in lines):
                return lines
    finally:
        book.close()
    return []


_DAMAGED = (
    BadZipFile,
    InvalidFileException,
    zlib.error,
    NotImplementedError,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,  # what the XML parser raises
    RuntimeError,
)


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
