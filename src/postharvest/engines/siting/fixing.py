"""Fixing by reduced cost, and the smaller problem that is left.

If forcing candidate j to level l already lifts the bound above the best plan, no better plan has it
there.  What remains is the core: mostly a few candidates per base, where search and branching are
cheap.
"""

import numpy as np

from postharvest.engines.siting.bound import Ascent
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
    inside = kept[lists.candidate]
    counted = np.concatenate(([0], np.cumsum(inside)))
    rank = counted[1:] - np.repeat(counted[lists.row_start[:-1]], np.diff(lists.row_start))
    inside &= rank <= longest
    counted = np.concatenate(([0], np.cumsum(inside)))
    row_start = counted[lists.row_start]
    candidate = new_index[lists.candidate[inside]].astype(np.int32)
    cost = lists.cost[inside]
    order = np.argsort(candidate, kind="stable")
    owner = np.repeat(np.arange(len(lists.far), dtype=np.int32), np.diff(row_start))
    counts = np.bincount(candidate, minlength=len(keep))
    smaller = lists._replace(
        row_start=row_start,
        candidate=candidate,
        cost=cost,
        column_start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        demand=owner[order],
        column_cost=cost[order],
        site_cost=lists.site_cost[keep],
        low=np.minimum(low[keep], level[keep]),
        high=np.maximum(high[keep], level[keep]),
        region=lists.region[keep],
    )
    return smaller, keep
