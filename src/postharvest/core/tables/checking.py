"""Holding rows to a table's rules: every fault is named with line, column, rule and what to do."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from itertools import pairwise

from postharvest.core.check_digits import is_card, is_resident_id
from postharvest.core.tables.catalogue import Column, Row, Shape, Value
from postharvest.core.tables.reading import Lines

KnownKeys = Callable[[str], Collection[str]]
"""The keys that a table holds now, by its name."""
LARGEST_INT = 2**31 - 1
"""The most that a database's integer column takes."""
_OTHER_AXIS = {"lat": (73, 136), "lon": (3, 54)}
"""What the other of the two would be in China."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_PHONE = re.compile(r"\+?[0-9][0-9 \-]{4,18}[0-9]", re.ASCII)
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong: where (line 0: the whole file), what was there, the rule and the fix."""

    line: int
    column: str
    value: str
    rule: str
    hint: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "the file"
        column = f", {self.column}" if self.column else ""
        value = f" {self.value!r}" if self.value else ""
        return f"{where}{column}:{value} {self.rule}; {self.hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came out of a check: rows that are fit to load, or the faults."""

    rows: list[Row]
    faults: list[Fault]


class _Wrong(Exception):
    def __init__(self, rule: str, hint: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.hint = hint


def check(shape: Shape, lines: Lines, *, known: KnownKeys) -> Checked:
    """Read every line by the table's rules; a line with a fault gives no row."""
    header_line, header = lines[0]
    columns, faults = _columns_of(shape, header, header_line)
    if faults:
        return Checked(rows=[], faults=faults)
    rows: list[Row] = []
    first_line: dict[tuple[Value, ...], int] = {}
    own_keys = _own_keys(shape, columns, lines[1:])
    keys = _key_sets(shape, known, own_keys)
    for number, cells in lines[1:]:
        row, wrong = _row(columns, number, cells, keys)
        wrong = wrong or [*_falling(shape, number, row), *_repeated(shape, number, row, first_line)]
        faults += wrong
        if not wrong:
            rows.append({name: row.get(name) for name in shape.column_names})
    if len(lines) == 1:
        faults.append(_file_fault("it has no rows", "a table must hold at least one"))
    return Checked(rows=rows, faults=faults)


def _columns_of(
    shape: Shape, header: list[str], line: int
) -> tuple[list[Column | None], list[Fault]]:
    """Match the heads, in English or Chinese, to columns; a head without a name is passed over."""
    by_head = {_folded(head): c for c in shape.columns for head in (c.name, c.zh)}
    found: list[Column | None] = []
    faults: list[Fault] = []
    for head in header:
        column = by_head.get(_folded(head))
        if column is None and head:
            faults.append(_unknown_head(shape, head, line))
        elif column is not None and column in found:
            faults.append(
                Fault(line=line, column=head, value="", rule="stands twice", hint="remove one")
            )
        found.append(column)
    faults += [
        _file_fault(f"column {c.name} ({c.zh}) is missing", "add it")
        for c in shape.columns
        if c.required and c not in found and not faults
    ]
    return found, faults


def _unknown_head(shape: Shape, head: str, line: int) -> Fault:
    heads = {_folded(h): c.name for c in shape.columns for h in (c.name, c.zh)}
    near = get_close_matches(_folded(head), list(heads), n=1)
    hint = f"did you mean {heads[near[0]]}?" if near else f"use {', '.join(shape.column_names)}"
    return Fault(line=line, column=head, value="", rule="is no column of this table", hint=hint)


def _file_fault(rule: str, hint: str) -> Fault:
    return Fault(line=0, column="", value="", rule=rule, hint=hint)


def _folded(text: str) -> str:
    """Fold full-width letters, case, spaces, underscores and a unit in brackets away."""
    plain = unicodedata.normalize("NFKC", text).casefold().partition("(")[0]
    return "".join(c for c in plain if c not in " _\u3000\ufeff-")


def _own_keys(shape: Shape, columns: list[Column | None], lines: Lines) -> Collection[str]:
    """Return the keys that the file itself brings: a hub's parent may be another row of it."""
    if len(shape.key) != 1:
        return ()
    place = [c.name if c else "" for c in columns].index(shape.key[0])
    return {_plain(cells[place]) for _, cells in lines if len(cells) > place}


def _key_sets(
    shape: Shape, known: KnownKeys, own_keys: Collection[str]
) -> dict[str, Collection[str]]:
    wanted = {c.refers for c in shape.columns if c.refers}
    return {table: own_keys if table == shape.name else known(table) for table in wanted}


def _row(
    columns: list[Column | None], line: int, cells: list[str], keys: dict[str, Collection[str]]
) -> tuple[Row, list[Fault]]:
    row: Row = {}
    faults: list[Fault] = []
    if any(cells[len(columns) :]):
        faults.append(
            Fault(
                line=line,
                column="",
                value=cells[len(columns)],
                rule="stands beyond the last column",
                hint="put a text that holds the separator in double quotes",
            )
        )
    for place, column in enumerate(columns):
        cell = cells[place] if place < len(cells) else ""
        if column is None:
            continue
        try:
            row[column.name] = read_value(column, cell, keys.get(column.refers, ()))
        except _Wrong as wrong:
            faults.append(
                Fault(line=line, column=column.name, value=cell, rule=wrong.rule, hint=wrong.hint)
            )
    return row, faults


def read_value(column: Column, cell: str, keys: Collection[str] = ()) -> Value:
    """Return what a cell says, as the column's kind."""
    if not cell:
        if column.required:
            raise _Wrong("is empty", f"a {column.kind} is needed here")
        return None
    if len(cell) > column.longest:
        raise _Wrong(f"has {len(cell)} letters", f"{column.longest} are the most")
    value = _READ[_family(column.kind)](column, cell)
    if column.choices and value not in column.choices:
        raise _Wrong("is not allowed", f"use one of: {', '.join(column.choices)}")
    if column.refers and value not in keys:
        raise _Wrong(
            f"is not in the table {column.refers}", f"correct it, or import {column.refers} first"
        )
    return value


def _family(kind: str) -> str:
    return "code" if kind.startswith("code") else kind


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def _text(column: Column, cell: str) -> str:
    if cell[0] == "'" and cell[1:].startswith(_FORMULA):
        return cell[1:]  # the guard that an export put before it
    return cell


def _code(column: Column, cell: str) -> str:
    digits = int(column.kind.removeprefix("code"))
    code = _plain(cell)
    if not (code.isascii() and code.isdigit() and len(code) == digits):
        raise _Wrong(f"is no code of {digits} digits", "format the column as text and enter all")
    return code


def _number(column: Column, cell: str) -> float:
    plain = _plain(cell).replace("\u2212", "-")
    if _THOUSANDS.fullmatch(plain):  # 1,234 but not 2,5, which means another thing elsewhere
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise _Wrong("is no number", f"write digits only{_in_unit(column)}")
    number = float(plain)
    _check_range(column, number)
    return number


def _int(column: Column, cell: str) -> int:
    number = _number(column, cell)
    if not number.is_integer():
        raise _Wrong("is no whole number", "round it")
    if abs(number) > LARGEST_INT:
        raise _Wrong("is too large", f"check the figure and its unit{_in_unit(column)}")
    return int(number)


def _numbers(column: Column, cell: str) -> str:
    """Hold every number to the column's range, and keep the text: "2.5 5 10"."""
    parts = _plain(cell).split()
    for part in parts:
        _number(column, part)
    return " ".join(parts)


def _check_range(column: Column, number: float) -> None:
    low, high = column.low, column.high
    if (low is None or number >= low) and (high is None or number <= high):
        return
    low_text = "" if low is None else f"{low:g}"
    high_text = "" if high is None else f"{high:g}"
    allowed = f"{low_text} to {high_text}" if low_text and high_text else f"at least {low_text}"
    raise _Wrong(f"is outside {allowed}{_in_unit(column)}", _range_hint(column, number))


def _range_hint(column: Column, number: float) -> str:
    if column.name in _OTHER_AXIS:
        low, high = _OTHER_AXIS[column.name]
        if low <= number <= high:
            return "latitude and longitude look swapped"
    return "check the figure and its unit"


def _in_unit(column: Column) -> str:
    return f" ({column.unit})" if column.unit else ""


def _date(column: Column, cell: str) -> str:
    plain = _plain(cell).replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-")
    parts = plain.rstrip("日").split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day).isoformat()
    except ValueError:
        raise _Wrong("is no date", "write it as 2026-11-24") from None


def _card(_column: Column, cell: str) -> str:
    number = _plain(cell).replace(" ", "")
    if not is_card(number):
        raise _Wrong("has a wrong check digit", "compare it with the card; format it as text")
    return number


def _resident(_column: Column, cell: str) -> str:
    number = _plain(cell).replace(" ", "").upper()
    if not is_resident_id(number):
        raise _Wrong("has a wrong check digit", "compare it with the identity card, 18 signs")
    return number


def _phone(_column: Column, cell: str) -> str:
    number = _plain(cell)
    if not _PHONE.fullmatch(number):
        raise _Wrong("is no phone number", "write digits only, as 13800138000")
    return number


_READ: dict[str, Callable[[Column, str], Value]] = {
    "text": _text,
    "code": _code,
    "int": _int,
    "number": _number,
    "numbers": _numbers,
    "date": _date,
    "card": _card,
    "resident": _resident,
    "phone": _phone,
}


def _falling(shape: Shape, line: int, row: Row) -> list[Fault]:
    faults = []
    for names in shape.ordered:
        filled = [(name, row[name]) for name in names if row.get(name) is not None]
        for (left, low), (right, high) in pairwise(filled):
            if float(low or 0) > float(high or 0):
                faults.append(
                    Fault(
                        line=line,
                        column=right,
                        value=f"{high}",
                        rule=f"is below {left} ({low})",
                        hint="the two may be swapped",
                    )
                )
    return faults


def _repeated(
    shape: Shape, line: int, row: Row, first_line: dict[tuple[Value, ...], int]
) -> list[Fault]:
    if not shape.key:
        return []
    key = tuple(row.get(name) for name in shape.key)
    first = first_line.setdefault(key, line)
    if first == line:
        return []
    return [
        Fault(
            line=line,
            column=" + ".join(shape.key),
            value=" + ".join(str(part) for part in key),
            rule=f"stands already on line {first}",
            hint="remove one of the two",
        )
    ]
