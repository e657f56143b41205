"""What a plan really is, worked out from the tables alone: figures, and the bound of its duals.

Nothing here trusts the search: the objective is recomputed with exact hours, and the bound by weak
duality from the stored multipliers, in O(nK) with lists long enough for every dual.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.siting.costs import SparseCosts, hours_between, sparse_costs
from postharvest.engines.siting.problem import Floats, Ints, SitingProblem

CHUNK = 2048


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Allocation:
    """Who is served by whom: ``base`` (T, n) candidate index, ``hours`` (T, n), and the total."""

    base: NDArray[np.int32]
    hours: Floats
    phase_cost: Floats
    objective: float


def allocate(problem: SitingProblem, level: Ints) -> Allocation:
    """Send every demand to its nearest open base, with exact hours."""
    phases, n = len(problem.phases), problem.demands
    base, hours = np.empty((phases, n), np.int32), np.empty((phases, n))
    cost = np.zeros(phases)
    opening = np.zeros(problem.candidates) if problem.site_cost is None else problem.site_cost
    for t in range(phases):
        chosen = np.flatnonzero(level <= t)
        for at in range(0, n, CHUNK):
            rows = np.arange(at, min(n, at + CHUNK))
            block = hours_between(problem, rows, chosen)
            near = block.argmin(axis=1)
            base[t, rows] = chosen[near]
            hours[t, rows] = block[np.arange(len(rows)), near]
        cost[t] = problem.cost_of(hours[t]).sum() + opening[chosen].sum()
    return Allocation(
        base=base, hours=hours, phase_cost=cost, objective=float(problem.years @ cost)
    )


def dual_bound(
    problem: SitingProblem,
    dual: Floats,
    offer: Floats,
    penalty: Floats,
    *,
    costs: SparseCosts | None = None,
) -> float:
    r"""Lower bound on every plan from multipliers, by weak duality.

    .. math:: \sum_t \theta_t \sum_i u_{ti} + \sum_j \min_\ell (R_{j\ell} + \lambda_\ell)
              - \sum_\ell \lambda_\ell n_\ell + \sum_g \pi_g r_g

    Valid for any ``dual`` (T, n), ``offer`` (T,) and ``penalty`` (G,) >= 0; lists too short for a
    dual are lengthened first.
    """
    phases, m = len(problem.phases), problem.candidates
    dual = np.where(problem.weight > 0, dual, 0.0)
    costs = _long_enough(problem, dual.max(axis=0), costs)
    row = np.repeat(np.arange(problem.demands), np.diff(costs.row_start))
    opening = np.zeros(m) if problem.site_cost is None else problem.site_cost
    reward = np.zeros((m, phases + 1))
    for t in range(phases - 1, -1, -1):
        saved = np.minimum(0.0, costs.cost - dual[t, row])
        rho = np.bincount(costs.candidate, weights=saved, minlength=m) + opening
        reward[:, t] = reward[:, t + 1] + problem.years[t] * rho
    if problem.region is not None and len(penalty):
        inside = (problem.region >= 0) & (problem.region < len(penalty))
        reward[inside, 0] -= penalty[problem.region[inside]]
    low, high = problem.level_bounds()
    levels = np.arange(phases + 1)
    reward[(levels < low[:, None]) | (levels > high[:, None])] = np.inf
    counts = np.diff(np.array([0, *problem.phases]))
    tempted = (reward + np.append(offer, 0.0)).min(axis=1)
    regions = float(np.dot(penalty, problem.region_min)) if len(penalty) else 0.0
    return float(problem.years @ dual.sum(axis=1) + tempted.sum() - np.dot(offer, counts) + regions)


def _long_enough(problem: SitingProblem, top: Floats, costs: SparseCosts | None) -> SparseCosts:
    """Make lists that hold every candidate cheaper than the largest dual of their demand."""
    if costs is not None and np.all(top <= costs.limit):
        return costs
    lengths = np.full(problem.demands, min(problem.candidates, 32), np.int64)
    while True:
        costs = sparse_costs(problem, lengths)
        short = (top > costs.limit) & (lengths < problem.candidates)
        if not short.any():
            return costs
        lengths = np.where(short, np.minimum(2 * lengths, problem.candidates), lengths)
