"""Lazy greedy: the next base is the one that saves most, re-checking only stale savings.

The saving of a candidate never grows while bases open (submodularity), so a stale figure is an
upper bound (Minoux 1978, doi 10.1007/BFb0006528).  The order is itself a usable opening order.
"""

import numpy as np
from numba import njit

from postharvest.engines.siting.problem import Ints
from postharvest.engines.siting.state import Lists, State, new_state, open_base


def greedy_order(lists: Lists, count: int) -> Ints:
    """Candidates in greedy order: pinned first, then regional minima, then by saving; (count,)."""
    one_phase = lists._replace(years=np.ones(1))
    m = len(lists.low)
    closed = len(lists.years)
    state = new_state(one_phase, np.ones(m, np.int64))
    order = np.full(count, -1, np.int64)
    done = 0
    for at, group in _wishes(lists, closed):
        allowed = (lists.low <= at) & ~state.is_open[0]
        if group >= 0:
            have = int(((lists.region == group) & state.is_open[0]).sum())
            pool, wanted = allowed & (lists.region == group), int(lists.region_min[group]) - have
        else:
            pool = allowed & (lists.high == at)
            wanted = int(pool.sum())
        done = _pick(one_phase, state, pool, order, done, done + max(0, wanted))
    _pick(one_phase, state, (lists.low < closed) & ~state.is_open[0], order, done, count)
    return order


def _wishes(lists: Lists, closed: int) -> list[tuple[int, int]]:
    """(level, region) steps before the free choice; region -1 means the pinned of that level."""
    regions = [(0, group) for group in range(len(lists.region_min))]
    return [(0, -1), *regions, *((level, -1) for level in range(1, closed))]


@njit(cache=True, nogil=True)
def _pick(  # noqa: PLR0917  (compiled code takes no keywords)
    lists: Lists, state: State, pool: np.ndarray, order: Ints, done: int, until: int
) -> int:
    m = pool.shape[0]
    saving = np.full(m, -np.inf)
    for j in range(m):
        if pool[j]:
            saving[j] = np.inf
    while done < until:
        b = int(np.argmax(saving))
        if saving[b] == -np.inf:
            break
        fresh = -lists.site_cost[b]
        for k in range(lists.column_start[b], lists.column_start[b + 1]):
            gap = state.first_cost[0, lists.demand[k]] - lists.column_cost[k]
            if gap > 0:
                fresh += gap
        saving[b] = fresh
        if fresh >= saving.max():
            open_base(lists, state, 0, b)
            order[done] = b
            done += 1
            saving[b] = -np.inf
    return done
