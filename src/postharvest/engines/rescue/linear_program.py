"""Sparse linear programs as plain arrays: a builder, and nothing that knows about surpluses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from postharvest.engines.rescue.problem import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearProgram:
    """Maximise ``cost @ x`` with ``row_low <= A x <= row_high`` and ``low <= x <= high``.

    ``A`` is column-wise: column j holds rows ``index[start[j]:start[j+1]]``.  Every column has
    finite bounds, so that weak duality gives a finite bound from any dual prices.
    """

    cost: Floats
    low: Floats
    high: Floats
    whole: Bools
    row_low: Floats
    row_high: Floats
    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: Floats

    @property
    def columns(self) -> int:
        return int(self.cost.shape[0])

    @property
    def rows(self) -> int:
        return int(self.row_low.shape[0])


class ProgramBuilder:
    """Collects blocks of columns, rows and entries; ``finish`` sorts them column-wise."""

    def __init__(self) -> None:
        self._columns: list[tuple[Floats, Floats, Floats, Bools]] = []
        self._rows: list[tuple[Floats, Floats]] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._column_count = 0
        self._row_count = 0

    def add_columns(
        self,
        shape: tuple[int, ...],
        *,
        cost: ArrayLike = 0.0,
        high: ArrayLike,
        whole: bool = False,
    ) -> Ints:
        """Add columns ``0 <= x <= high`` and return their numbers in the given shape."""
        size = int(np.prod(shape))
        numbers = np.arange(self._column_count, self._column_count + size).reshape(shape)
        self._columns.append(
            (
                np.broadcast_to(np.asarray(cost, float), shape).ravel(),
                np.zeros(size),
                np.broadcast_to(np.asarray(high, float), shape).ravel(),
                np.full(size, whole),
            )
        )
        self._column_count += size
        return numbers

    def add_rows(
        self, shape: tuple[int, ...], *, low: ArrayLike = -np.inf, high: ArrayLike = np.inf
    ) -> Ints:
        """Add rows ``low <= . <= high`` and return their numbers in the given shape."""
        size = int(np.prod(shape))
        numbers = np.arange(self._row_count, self._row_count + size).reshape(shape)
        self._rows.append(
            (
                np.broadcast_to(np.asarray(low, float), shape).ravel(),
                np.broadcast_to(np.asarray(high, float), shape).ravel(),
            )
        )
        self._row_count += size
        return numbers

    def put(self, rows: Ints, columns: Ints, values: ArrayLike = 1.0) -> None:
        """Write ``values`` into the matrix at (rows, columns), all broadcast together."""
        row, column, value = np.broadcast_arrays(rows, columns, np.asarray(values, float))
        self._entries.append((row.ravel(), column.ravel(), value.ravel()))

    def finish(self) -> LinearProgram:
        """Return the program; entries at the same place add up."""
        row, column, value = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        keep = value != 0
        row, column, value = row[keep], column[keep], value[keep]
        order = np.lexsort((row, column))
        row, column, value = row[order], column[order], value[order]
        fresh = np.ones(row.shape[0], dtype=bool)
        fresh[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
        value = np.add.reduceat(value, np.flatnonzero(fresh)) if value.size else value
        row, column = row[fresh], column[fresh]
        start = np.searchsorted(column, np.arange(self._column_count + 1))
        cost, low, high, whole = (np.concatenate(p) for p in zip(*self._columns, strict=True))
        row_low, row_high = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        return LinearProgram(
            cost=cost,
            low=low,
            high=high,
            whole=whole,
            row_low=row_low,
            row_high=row_high,
            start=start.astype(np.int32),
            index=row.astype(np.int32),
            value=value,
        )


def weak_duality_bound(program: LinearProgram, row_price: Floats) -> float:
    """Upper bound on the optimum from any dual prices (rows,), however they were found.

    max c·x <= Σ_i max(y_i l_i, y_i u_i) + Σ_j max(d_j low_j, d_j high_j), d = c - Aᵀy.
    Prices with the wrong sign on a one-sided row are cut to zero first, which keeps the bound
    valid.  Neumaier and Shcherbina 2004, doi:10.1007/s10107-003-0433-3.
    """
    price = np.where((row_price > 0) & ~np.isfinite(program.row_high), 0.0, row_price)
    price = np.where((price < 0) & ~np.isfinite(program.row_low), 0.0, price)
    side = np.where(price > 0, program.row_high, program.row_low)
    rows = float(np.where(price == 0, 0.0, price * np.where(price == 0, 0.0, side)).sum())
    reduced = program.cost - _transposed_product(program, price)
    columns = float(np.maximum(reduced * program.low, reduced * program.high).sum())
    return rows + columns


def _transposed_product(program: LinearProgram, price: Floats) -> Floats:
    column = np.repeat(np.arange(program.columns), np.diff(program.start))
    terms = program.value * price[program.index]
    return np.asarray(np.bincount(column, weights=terms, minlength=program.columns), dtype=float)
