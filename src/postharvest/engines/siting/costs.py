"""Sparse costs: each demand's nearest candidates in order, and the same pairs by candidate.

Nothing dense is stored.  ``limit`` is a lower bound on every cost left off the list, so duals
clamped to it keep the Lagrangian bound valid; ``far`` is what the search charges when no base on
the list is open.  Final figures never use ``far``: they are computed from the tables.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from postharvest.engines.siting.problem import Floats, Ints, SitingProblem
from postharvest.engines.travel import chord_km, great_circle_km, unit_vectors

Ints32 = NDArray[np.int32]

CHUNK = 4096
FAR = 1.5  # times the last cost on a list that was cut
ISLAND = 4.0  # times the largest cost per weight where there is no way at all


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SparseCosts:
    """Compressed rows (by demand, rising cost) and columns (by candidate) of weighted hours."""

    row_start: Ints
    candidate: Ints32
    cost: Floats
    limit: Floats
    far: Floats
    column_start: Ints
    demand: Ints32
    column_cost: Floats

    @property
    def demands(self) -> int:
        return len(self.row_start) - 1

    @property
    def candidates(self) -> int:
        return len(self.column_start) - 1


def sparse_costs(problem: SitingProblem, lengths: Ints) -> SparseCosts:
    """List the ``lengths`` (n,) nearest candidates; a zero-weight demand gets an empty list."""
    lengths = np.where(problem.weight > 0, np.minimum(lengths, problem.candidates), 0)
    rows = _from_matrix if problem.hours is not None else _from_coordinates
    return _with_columns(rows(problem, lengths.astype(np.int64)), problem.candidates)


def list_lengths(problem: SitingProblem, share: float, entries: int) -> Ints:
    """``share`` mean catchments of the smallest phase, at least 50, within ``entries`` in all."""
    n, m = problem.demands, problem.candidates
    length = max(50, int(np.ceil(share * m / problem.phases[0])))
    if n * m <= min(entries, 1_000_000):
        length = m
    return np.full(n, min(m, length, max(20, entries // n)), np.int64)


def hours_between(problem: SitingProblem, rows: Ints | slice, columns: Ints) -> Floats:
    """Exact hours of some demands (rows) to some candidates (columns), from the tables."""
    if problem.hours is not None:
        block: Floats = problem.hours[rows][:, columns]
        return block
    km = great_circle_km(
        problem.demand_lat[rows][:, None],
        problem.demand_lon[rows][:, None],
        problem.candidate_lat[columns][None, :],
        problem.candidate_lon[columns][None, :],
    )
    return problem.travel.hours(km)


def hours_of_pairs(problem: SitingProblem, rows: Ints, columns: Ints) -> Floats:
    """Exact hours from each demand (k,) to the candidate beside it (k,), from the tables."""
    if problem.hours is not None:
        given: Floats = problem.hours[rows, columns]
        return given
    km = great_circle_km(
        problem.demand_lat[rows],
        problem.demand_lon[rows],
        problem.candidate_lat[columns],
        problem.candidate_lon[columns],
    )
    return problem.travel.hours(km)


Rows = tuple[Ints, Ints32, Floats, Floats, Floats]


def _from_coordinates(problem: SitingProblem, lengths: Ints) -> Rows:
    tree = cKDTree(unit_vectors(problem.candidate_lat, problem.candidate_lon))
    points = unit_vectors(problem.demand_lat, problem.demand_lon)
    start, candidate, cost, limit, far = _empty_rows(lengths)
    for length in np.unique(lengths[lengths > 0]):
        chosen = np.flatnonzero(lengths == length)
        for at in range(0, len(chosen), CHUNK):
            rows = chosen[at : at + CHUNK]
            chord, near = tree.query(points[rows], k=np.arange(1, length + 1))
            block = problem.cost_of(problem.travel.hours(chord_km(np.asarray(chord))), rows)
            where = start[rows][:, None] + np.arange(length)
            candidate[where], cost[where] = near, block
            limit[rows] = block[:, -1]
            far[rows] = block[:, -1] * (FAR if length < problem.candidates else 2 * ISLAND)
    _lift_zeros(problem, far)
    return start, candidate, cost, limit, far


def _from_matrix(problem: SitingProblem, lengths: Ints) -> Rows:
    assert problem.hours is not None  # noqa: S101  (the caller chose by this)
    order = np.argsort(problem.hours, axis=1, kind="stable")
    reach = np.isfinite(problem.hours).sum(axis=1)
    lengths = np.minimum(lengths, reach)
    top = problem.hours[np.isfinite(problem.hours)].max()
    start, candidate, cost, limit, far = _empty_rows(lengths)
    for i in np.flatnonzero(lengths > 0):
        near = order[i, : lengths[i]]
        block = problem.cost_of(problem.hours[i, near][None, :], np.array([i]))[0]
        where = slice(start[i], start[i + 1])
        candidate[where], cost[where] = near, block
        cut = lengths[i] < reach[i]
        island = problem.cost_of(np.array([[ISLAND * top]]), np.array([i]))[0, 0]
        limit[i] = block[-1] if cut or reach[i] == problem.candidates else island
        far[i] = block[-1] * FAR if cut else 2 * island
    _lift_zeros(problem, far)
    return start, candidate, cost, limit, far


def _empty_rows(lengths: Ints) -> Rows:
    start = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    size, n = int(start[-1]), len(lengths)
    return start, np.empty(size, np.int32), np.empty(size), np.zeros(n), np.zeros(n)


def _lift_zeros(problem: SitingProblem, far: Floats) -> None:
    """Let a demand whose whole list costs nothing still prefer an open base."""
    scale = problem.weight.mean()
    far[far <= 0] = np.where(problem.weight[far <= 0] > 0, scale, 0.0)


def _with_columns(rows: Rows, m: int) -> SparseCosts:
    start, candidate, cost, limit, far = rows
    column_start, demand, column_cost = columns_of(start, candidate, cost, m)
    return SparseCosts(
        row_start=start,
        candidate=candidate,
        cost=cost,
        limit=limit,
        far=far,
        column_start=column_start,
        demand=demand,
        column_cost=column_cost,
    )


@njit(cache=True, nogil=True)
def columns_of(
    row_start: Ints, candidate: Ints32, cost: Floats, m: int
) -> tuple[Ints, Ints32, Floats]:
    """Turn rows into columns by counting; a sort would need three times the room."""
    start = np.zeros(m + 1, np.int64)
    for j in candidate:
        start[j + 1] += 1
    for j in range(m):
        start[j + 1] += start[j]
    at = start[:-1].copy()
    demand, column_cost = np.empty(candidate.shape[0], np.int32), np.empty(candidate.shape[0])
    for i in range(row_start.shape[0] - 1):
        for k in range(row_start[i], row_start[i + 1]):
            j = candidate[k]
            demand[at[j]] = i
            column_cost[at[j]] = cost[k]
            at[j] += 1
    return start, demand, column_cost
