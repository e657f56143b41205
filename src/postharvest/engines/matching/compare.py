"""A few pilots against those that were most like them before: a difference with its interval.

The effect of a pilot is its change less the mean change of its nearest others (difference in
differences after matching).  Pilots are few, so that an interval cannot come from them: every other
unit is compared with its own nearest others as if it had been a pilot, and the spread of those
changes that had no cause is the error of as many pilots as there are (Conley and Taber 2011,
doi 10.1162/REST_a_00049, with matched instead of pooled controls).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingProblem:
    """Units and what was measured of them.

    Attributes
    ----------
    before, after : (n, months) arrays
        The outcome by month, in its own unit, before and since the pilots began.
    alike : (n, k) array
        What makes units alike beside their past, any units; constant columns are left out.
    is_pilot : (n,) array
        Which units are pilots.
    """

    before: Floats
    after: Floats
    alike: Floats
    is_pilot: Bools

    def __post_init__(self) -> None:
        count = len(self.is_pilot)
        for name in ("before", "after", "alike"):
            found = getattr(self, name)
            if found.ndim != 2 or len(found) != count:
                raise ValueError(f"{name}: needs {count} rows, one a unit")
            if not np.isfinite(found).all():
                raise ValueError(f"{name}: leave out units with unknown values")
        if not self.before.shape[1] or not self.after.shape[1]:
            raise ValueError("before and after: at least a month each")
        if not self.is_pilot.any():
            raise ValueError("is_pilot: there is no pilot")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingParams:
    """How many others each pilot is held against, how many draws, and what the interval holds."""

    neighbours: int = 5
    draws: int = 2000
    level: float = 0.9

    def __post_init__(self) -> None:
        if self.neighbours < 1 or self.draws < 1 or not 0 < self.level < 1:
            raise ValueError("neighbours and draws from 1, level between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The mean difference over pilots, its interval, and who stood against whom.

    ``apart`` is how far pilots and their others were apart before, in standard deviations of the
    outcome: above some 0.25 the comparison is weak.
    """

    difference: float
    low: float
    high: float
    by_pilot: Floats
    others: Ints
    apart: float


def compare(problem: MatchingProblem, params: MatchingParams, *, seed: int) -> Effect:
    """Hold pilots against their nearest others.

    Raises
    ------
    ValueError
        There are fewer other units than twice the neighbours.
    """
    pilots = np.flatnonzero(problem.is_pilot)
    pool = np.flatnonzero(~problem.is_pilot)
    if len(pool) < 2 * params.neighbours:
        raise ValueError(f"is_pilot: {len(pool)} others are too few to choose from")
    likeness = _standardised(np.column_stack((problem.before.mean(axis=1), problem.alike)))
    change = problem.after.mean(axis=1) - problem.before.mean(axis=1)
    others = _nearest(likeness, pilots, pool, params.neighbours)
    by_pilot = change[pilots] - change[others].mean(axis=1)
    errors = change[pool] - change[_nearest(likeness, pool, pool, params.neighbours)].mean(axis=1)
    rng = np.random.default_rng(seed)
    drawn = rng.choice(errors, size=(params.draws, len(pilots))).mean(axis=1)
    tail = (1 - params.level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    difference = float(by_pilot.mean())
    past = problem.before.mean(axis=1)
    spread = float(past[pool].std()) or 1.0
    return Effect(
        difference=difference,
        low=difference - float(high),
        high=difference - float(low),
        by_pilot=by_pilot,
        others=others,
        apart=float(abs((past[pilots] - past[others].mean(axis=1)).mean()) / spread),
    )


def _standardised(columns: Floats) -> Floats:
    spread = columns.std(axis=0)
    kept = columns[:, spread > 0]
    scaled: Floats = (kept - kept.mean(axis=0)) / spread[spread > 0]
    return scaled


def _nearest(likeness: Floats, units: Ints, pool: Ints, count: int) -> Ints:
    """Return for each unit the nearest of the pool, never itself; ties by order."""
    out = np.empty((len(units), count), dtype=np.int64)
    for row, unit in enumerate(units):
        distance = ((likeness[pool] - likeness[unit]) ** 2).sum(axis=1)
        distance[pool == unit] = np.inf
        out[row] = pool[np.argsort(distance, kind="stable")[:count]]
    return out
