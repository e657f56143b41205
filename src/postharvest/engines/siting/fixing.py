"""Fixing by reduced cost, and the smaller problem that is left.

If forcing candidate j to level l already lifts the bound above the best plan, no better plan has it
there.  What remains is the core: mostly a few candidates per base, where search and branching are
cheap.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from postharvest.engines.siting.bound import Ascent
from postharvest.engines.siting.costs import columns_of
from postharvest.engines.siting.problem import Floats, Ints
from postharvest.engines.siting.state import Lists


def fixed_levels(
    *, reward: Floats, offer: Floats, value: float, upper: float, low: Ints, high: Ints
) -> tuple[Ints, Ints]:
    """Tighter level bounds: levels outside can't be part of a plan cheaper than ``upper``."""
    tempting = reward + offer[None, :]
    excess = tempting - tempting.min(axis=1, keepdims=True)
    possible = value + excess < upper
    width = reward.shape[1]
    first = np.argmax(possible, axis=1)
    last = width - 1 - np.argmax(possible[:, ::-1], axis=1)
    none = ~possible.any(axis=1)  # the bound has met the plan: keep its own choice
    best = np.argmin(tempting, axis=1)
    first, last = np.where(none, best, first), np.where(none, best, last)
    return np.maximum(low, first), np.minimum(high, last)


def fix(lists: Lists, ascent: Ascent, upper: float) -> tuple[Ints, Ints]:
    """Level bounds after the ascent's best dual and a plan of value ``upper``."""
    return fixed_levels(
        reward=ascent.reward,
        offer=ascent.offer,
        value=float(ascent.value[0]),
        upper=upper,
        low=lists.low,
        high=lists.high,
    )


def core_lists(
    lists: Lists, low: Ints, high: Ints, level: Ints, *, longest: int
) -> tuple[Lists, Ints]:
    """Keep only the candidates that may still open (and those of ``level``).

    Each demand keeps at most its ``longest`` nearest.  Returns the smaller lists and the original
    index of each candidate kept, (m',).
    """
    closed = len(lists.years)
    kept = (low < closed) | (level < closed)
    keep = np.flatnonzero(kept)
    new_index = np.full(len(low), -1, np.int64)
    new_index[keep] = np.arange(len(keep))
    row_start, candidate, cost = _kept_rows(lists, new_index, longest)
    column_start, demand, column_cost = columns_of(row_start, candidate, cost, len(keep))
    smaller = lists._replace(
        row_start=row_start,
        candidate=candidate,
        cost=cost,
        column_start=column_start,
        demand=demand,
        column_cost=column_cost,
        site_cost=lists.site_cost[keep],
        low=np.minimum(low[keep], level[keep]),
        high=np.maximum(high[keep], level[keep]),
        region=lists.region[keep],
    )
    return smaller, keep


@njit(cache=True, nogil=True)
def _kept_rows(
    lists: Lists, new_index: Ints, longest: int
) -> tuple[Ints, NDArray[np.int32], Floats]:
    n = lists.far.shape[0]
    start = np.zeros(n + 1, np.int64)
    for i in range(n):
        size = 0
        for k in range(lists.row_start[i], lists.row_start[i + 1]):
            size += new_index[lists.candidate[k]] >= 0
        start[i + 1] = start[i] + min(size, longest)
    candidate, cost = np.empty(start[n], np.int32), np.empty(start[n])
    for i in range(n):
        at, k = start[i], lists.row_start[i]
        while at < start[i + 1]:
            j = new_index[lists.candidate[k]]
            if j >= 0:
                candidate[at] = j
                cost[at] = lists.cost[k]
                at += 1
            k += 1
    return start, candidate, cost
