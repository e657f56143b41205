"""Read `date,listing,produce,region,price,qty[,promo,stock_out]`; faults are named by row."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.engines.pricing.elasticity import ListingSales

REQUIRED = ("date", "listing", "produce", "region", "price", "qty")
OPTIONAL = ("promo", "stock_out", "currency")
_YES = {"1", "true", "yes", "y"}
_NO = {"", "0", "false", "no", "n"}


@dataclass(slots=True)
class _Rows:
    """One listing while it is being read."""

    produce: str
    first_row: int
    days: list[int] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)
    quantities: list[float] = field(default_factory=list)
    promoted: list[bool] = field(default_factory=list)
    usable: list[bool] = field(default_factory=list)


def read_sales(path: Path) -> tuple[ListingSales, ...]:
    """Read a file of sales.

    Raises
    ------
    InvalidInput
        Wrong columns, text in numbers, a price that is not positive, a negative quantity, dates
        out of order or twice, two produce or currencies for one listing, one observation.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sales_of(csv.reader(file))


def sales_of(lines: Iterable[Sequence[str]]) -> tuple[ListingSales, ...]:
    """Turn rows of cells, the header first, into sales by listing and region."""
    reading = iter(lines)
    header = [name.strip() for name in next(reading, [])]
    _check_header(header)
    listings: dict[tuple[str, str], _Rows] = {}
    currency: tuple[str, int] | None = None
    for row, cells in enumerate(reading, start=2):
        if not cells:
            continue
        if len(cells) != len(header):
            raise InvalidInput(f"row {row}", f"has {len(cells)} cells, the header {len(header)}")
        named = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        currency = _one_currency(named, row, currency)
        _take(named, row, listings)
    if not listings:
        raise InvalidInput("file", "has a header but no rows")
    regions = Counter(listing for listing, _ in listings)
    return tuple(
        _sales(key, rows, named=f"{key[0]}@{key[1]}" if regions[key[0]] > 1 else key[0])
        for key, rows in listings.items()
    )


def _check_header(header: Sequence[str]) -> None:
    for name in REQUIRED:
        if header.count(name) != 1:
            raise InvalidInput("row 1", f"needs one column {name!r}; found {','.join(header)}")
    for name in header:
        if name not in REQUIRED and name not in OPTIONAL:
            known = ", ".join(REQUIRED + OPTIONAL)
            raise InvalidInput("row 1", f"column {name!r} is not known; remove it (known: {known})")


def _one_currency(
    named: dict[str, str], row: int, met: tuple[str, int] | None
) -> tuple[str, int] | None:
    if "currency" not in named:
        return None
    if met is not None and named["currency"] != met[0]:
        raise InvalidInput(
            f"row {row}",
            f"currency {named['currency']!r}, but row {met[1]} says {met[0]!r}; convert to one",
        )
    return met or (named["currency"], row)


def _take(named: dict[str, str], row: int, listings: dict[tuple[str, str], _Rows]) -> None:
    key = (named["listing"], named["region"])
    if not named["listing"] or not named["produce"]:
        raise InvalidInput(f"row {row}", "listing and produce must not be blank")
    rows = listings.setdefault(key, _Rows(named["produce"], row))
    if rows.produce != named["produce"]:
        raise InvalidInput(
            f"row {row}",
            f"listing {named['listing']!r} is {named['produce']!r} here and {rows.produce!r}"
            f" in row {rows.first_row}",
        )
    day = _day(named["date"], row)
    if rows.days and day <= rows.days[-1]:
        what = "twice" if day in rows.days else "after a later day; sort by date"
        raise InvalidInput(f"row {row}", f"listing {named['listing']!r}: {named['date']} {what}")
    price = _number(named["price"], row, "price")
    if price <= 0:
        raise InvalidInput(f"row {row}", f"price {named['price']!r} must be above 0")
    quantity = _number(named["qty"], row, "qty")
    if quantity < 0:
        raise InvalidInput(f"row {row}", f"qty {named['qty']!r} must not be negative")
    rows.days.append(day)
    rows.prices.append(price)
    rows.quantities.append(quantity)
    rows.promoted.append(_flag(named.get("promo", ""), row, "promo"))
    rows.usable.append(not _flag(named.get("stock_out", ""), row, "stock_out"))


def _day(written: str, row: int) -> int:
    try:
        return date.fromisoformat(written[:10]).toordinal()
    except ValueError:
        raise InvalidInput(f"row {row}", f"date {written!r} is not a day like 2020-03-09") from None


def _number(written: str, row: int, name: str) -> float:
    try:
        value = float(written)
    except ValueError:
        raise InvalidInput(f"row {row}", f"{name} {written!r} is not a plain number") from None
    if not np.isfinite(value):
        raise InvalidInput(f"row {row}", f"{name} {written!r} is not finite")
    return value


def _flag(written: str, row: int, name: str) -> bool:
    plain = written.lower()
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise InvalidInput(f"row {row}", f"{name} {written!r} must be 0 or 1")


def _sales(key: tuple[str, str], rows: _Rows, *, named: str) -> ListingSales:
    listing, _ = key
    if len(rows.days) == 1:
        raise InvalidInput(
            f"row {rows.first_row}", f"listing {listing!r} has one observation; leave it out"
        )
    return ListingSales(
        listing=named,
        produce=rows.produce,
        day=np.array(rows.days, dtype=np.int64),
        price=np.array(rows.prices),
        quantity=np.array(rows.quantities),
        promoted=np.array(rows.promoted, dtype=bool),
        usable=np.array(rows.usable, dtype=bool),
    )
