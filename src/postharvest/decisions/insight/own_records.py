"""A place's own crop records and planting intentions; faults are named by row."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from postharvest.core.errors import InvalidInput

RECORD_COLUMNS = ("produce_id", "year", "yield_kg_mu", "cost_yuan_mu", "price_yuan_kg")
INTENTION_COLUMNS = ("produce_id", "mu")


@dataclass(frozen=True, slots=True)
class OwnRecords:
    """Yields, costs and prices of a crop by year, oldest first, arrays (n,)."""

    yield_kg_mu: NDArray[np.float64]
    cost_yuan_mu: NDArray[np.float64]
    price_yuan_kg: NDArray[np.float64]


NO_RECORDS = OwnRecords(np.zeros(0), np.zeros(0), np.zeros(0))


def read_records(path: Path, *, known: Iterable[str]) -> dict[str, OwnRecords]:
    """Read `produce_id,year,yield_kg_mu,cost_yuan_mu,price_yuan_kg`.

    Raises
    ------
    InvalidInput
        Wrong columns, an unknown crop, a year twice, or a figure that is not above zero.
    """
    collected: dict[str, dict[int, tuple[float, float, float]]] = defaultdict(dict)
    crops = set(known)
    for row, cells in _rows(path, RECORD_COLUMNS):
        crop = _known(cells, row, crops)
        year = int(_above_zero(cells, row, "year"))
        if year in collected[crop]:
            raise InvalidInput(f"row {row}", f"{crop} {year} is given twice")
        collected[crop][year] = (
            _above_zero(cells, row, "yield_kg_mu"),
            _above_zero(cells, row, "cost_yuan_mu"),
            _above_zero(cells, row, "price_yuan_kg"),
        )
    return {crop: _by_year(years) for crop, years in collected.items()}


def read_intentions(path: Path, *, known: Iterable[str]) -> dict[str, float]:
    """Read `produce_id,mu`: areas that growers registered, summed by crop."""
    total: dict[str, float] = defaultdict(float)
    crops = set(known)
    for row, cells in _rows(path, INTENTION_COLUMNS):
        total[_known(cells, row, crops)] += _above_zero(cells, row, "mu")
    return dict(total)


def _by_year(years: Mapping[int, tuple[float, float, float]]) -> OwnRecords:
    table = np.array([years[year] for year in sorted(years)])
    return OwnRecords(table[:, 0], table[:, 1], table[:, 2])


def _rows(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reading = csv.reader(file)
        header = [name.strip() for name in next(reading, [])]
        if header != list(columns):
            raise InvalidInput("row 1", f"must be {','.join(columns)}; found {','.join(header)}")
        rows = []
        for row, cells in enumerate(reading, start=2):
            if not cells:
                continue
            if len(cells) != len(columns):
                raise InvalidInput(
                    f"row {row}", f"has {len(cells)} cells, the header {len(columns)}"
                )
            rows.append((row, dict(zip(columns, (c.strip() for c in cells), strict=True))))
    return rows


def _known(cells: Mapping[str, str], row: int, crops: set[str]) -> str:
    if cells["produce_id"] not in crops:
        raise InvalidInput(f"row {row}", f"crop {cells['produce_id']!r} is not in the crop table")
    return cells["produce_id"]


def _above_zero(cells: Mapping[str, str], row: int, name: str) -> float:
    try:
        value = float(cells[name])
    except ValueError:
        raise InvalidInput(f"row {row}", f"{name} {cells[name]!r} is not a plain number") from None
    if not 0 < value < float("inf"):
        raise InvalidInput(f"row {row}", f"{name} {cells[name]!r} must be above 0")
    return value
