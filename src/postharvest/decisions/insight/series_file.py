"""Read `series,date,value` tables as people export them; every fault is named by its row."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from postharvest.core.errors import InvalidInput

COLUMNS = ("series", "date", "value")
_ONE_OF_A_KIND = ("currency", "unit")
MIN_VALUES = 2


@dataclass(frozen=True, slots=True)
class RawSeries:
    """One series as written: strictly increasing dates, values ≥ 0, and its rows in the file."""

    key: str
    dates: tuple[date, ...]
    values: tuple[float, ...]
    rows: tuple[int, ...]


def read_series(path: Path) -> tuple[RawSeries, ...]:
    """Read a file of series.

    Raises
    ------
    InvalidInput
        Wrong columns, no rows, text in numbers, a negative value, dates out of order or twice,
        one observation, or more than one currency or unit.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return series_of(csv.reader(file))


def series_of(lines: Iterable[Sequence[str]]) -> tuple[RawSeries, ...]:
    """Turn rows of cells, the header first, into series in the order in which they appear."""
    reading = iter(lines)
    header = next(reading, None)
    if header is None:
        raise InvalidInput("file", f"is empty; the first row must be {','.join(COLUMNS)}")
    columns = _columns_of(header)
    if list(header) == list(COLUMNS):
        collected = _collect(reading)
    else:
        _check_one_of_a_kind(header)
        collected = _collect(_reordered(reading, columns, header))
    if not collected:
        raise InvalidInput("file", "has a header but no rows")
    for key, (_, _, rows) in collected.items():
        if len(rows) < MIN_VALUES:
            raise InvalidInput(
                f"row {rows[0]}",
                f"series {key!r} has one observation; give at least {MIN_VALUES} or leave it out",
            )
    return tuple(
        RawSeries(key, tuple(dates), tuple(values), tuple(rows))
        for key, (dates, values, rows) in collected.items()
    )


def _columns_of(header: Sequence[str]) -> dict[str, int]:
    names = [name.strip() for name in header]
    for name in COLUMNS:
        if names.count(name) != 1:
            raise InvalidInput("row 1", f"needs one column {name!r}; found {','.join(names)}")
    return {name: at for at, name in enumerate(names)}


def _check_one_of_a_kind(header: Sequence[str]) -> None:
    for name in (cell.strip() for cell in header):
        if name not in COLUMNS and name not in _ONE_OF_A_KIND:
            known = ", ".join(COLUMNS + _ONE_OF_A_KIND)
            raise InvalidInput("row 1", f"column {name!r} is not known; remove it (known: {known})")


def _reordered(
    reading: Iterator[Sequence[str]], columns: dict[str, int], header: Sequence[str]
) -> Iterator[Sequence[str]]:
    """Bring the columns into order, and hold currency and unit to one value per file."""
    first: dict[str, tuple[int, str]] = {}
    order = [columns[name] for name in COLUMNS]
    for row, cells in enumerate(reading, start=2):
        if cells and len(cells) != len(header):
            raise InvalidInput(f"row {row}", f"has {len(cells)} cells, the header {len(header)}")
        for name in _ONE_OF_A_KIND:
            if cells and name in columns:
                cell = cells[columns[name]].strip()
                met, value = first.setdefault(name, (row, cell))
                if value != cell:
                    raise InvalidInput(
                        f"row {row}",
                        f"{name} {cell!r}, but row {met} says {value!r}; convert to one",
                    )
        yield [cells[at] for at in order] if cells else cells


_Collected = dict[str, tuple[list[date], list[float], list[int]]]


def _collect(reading: Iterator[Sequence[str]]) -> _Collected:
    collected: _Collected = {}
    known_dates: dict[str, date] = {}
    for row, cells in enumerate(reading, start=2):
        if not cells:
            continue
        if len(cells) != len(COLUMNS):
            raise InvalidInput(f"row {row}", f"has {len(cells)} cells instead of {len(COLUMNS)}")
        key, written, number = cells
        day = known_dates.get(written)
        if day is None:
            day = known_dates[written] = _day(written, row)
        value = _value(number, row)
        entry = collected.get(key)
        if entry is None:
            if not key.strip():
                raise InvalidInput(f"row {row}", "series is blank")
            entry = collected[key] = ([], [], [])
        dates, values, rows = entry
        if dates and day <= dates[-1]:
            _refuse_order(key, day, dates, rows, row)
        dates.append(day)
        values.append(value)
        rows.append(row)
    return collected


def _day(written: str, row: int) -> date:
    try:
        return date.fromisoformat(written.strip()[:10])
    except ValueError:
        raise InvalidInput(f"row {row}", f"date {written!r} is not a day like 2020-03-09") from None


def _value(number: str, row: int) -> float:
    try:
        value = float(number)
    except ValueError:
        what = "is blank; leave the row out" if not number.strip() else "is not a plain number"
        raise InvalidInput(f"row {row}", f"value {number!r} {what}") from None
    if not 0 <= value < float("inf"):
        raise InvalidInput(f"row {row}", f"value {number!r} must be 0 or more, and finite")
    return value


def _refuse_order(key: str, day: date, dates: list[date], rows: list[int], row: int) -> None:
    if day in dates:
        twice = rows[dates.index(day)]
        raise InvalidInput(f"row {row}", f"series {key!r} has {day} twice (also row {twice})")
    raise InvalidInput(
        f"row {row}", f"series {key!r}: {day} after {dates[-1]} (row {rows[-1]}); sort by date"
    )
