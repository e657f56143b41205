"""Questions about a finished plan: pin or ban a base, close one, explain one.

Re-planning starts from the plan's own levels and duals, so it takes a fraction of the first solve.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.siting.costs import hours_between
from postharvest.engines.siting.plan import SitingPlan
from postharvest.engines.siting.problem import Floats, Ints, SitingParams, SitingProblem
from postharvest.engines.siting.solve import WarmStart, solve

AGAIN = SitingParams(restarts=1, perturbations=300, bound_rounds=50, list_share=7.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """One base of the last phase.

    ``loss`` is what the plan would lose without it (weighted hours), ``substitute`` the candidate
    that would replace it best and ``substitute_loss`` what is lost then; ``served`` (k,) the demand
    it serves and ``saved_hours`` (k,) what each saves against its next nearest base.
    """

    loss: float
    substitute: int
    substitute_loss: float
    served: Ints
    saved_hours: Floats


def with_wishes(
    problem: SitingProblem, *, pin: Mapping[int, int] | None = None, ban: tuple[int, ...] = ()
) -> SitingProblem:
    """The same question with candidates pinned (index → level, 0 first phase) or banned."""
    low, high = problem.level_bounds()
    for j, level in (pin or {}).items():
        high[j] = min(high[j], level)
    for j in ban:
        low[j] = len(problem.phases)
    return replace(problem, earliest=low, latest=high)


def plan_again(
    problem: SitingProblem, plan: SitingPlan, *, seed: int = 0, params: SitingParams = AGAIN
) -> SitingPlan:
    """Plan a changed question from a finished plan's state."""
    warm = WarmStart(level=plan.level, dual=plan.certificate.dual)
    return solve(problem, params, seed=seed, warm=warm)


def explain(problem: SitingProblem, plan: SitingPlan, base: int) -> Explanation:
    """Say what a base is worth in the last phase, and who would miss it."""
    last = len(problem.phases) - 1
    chosen = np.flatnonzero(plan.level <= last)
    others = chosen[chosen != base]
    served = np.flatnonzero(plan.base[last] == base)
    now = plan.hours[last, served]
    beyond = problem.cost_of(now, served)
    if len(others) == 0:
        instead = np.full(len(served), np.inf)
    else:
        instead = hours_between(problem, served, others).min(axis=1)
    moved = problem.cost_of(instead, served)
    free = np.flatnonzero((plan.level > last) & (problem.level_bounds()[0] <= last))
    substitute, least = -1, np.inf
    if len(free):
        offered = problem.cost_of(hours_between(problem, served, free), served)
        losses = np.minimum(offered, moved[:, None]).sum(axis=0) - beyond.sum()
        substitute, least = int(free[losses.argmin()]), float(losses.min())
    return Explanation(
        loss=float(moved.sum() - beyond.sum()),
        substitute=substitute,
        substitute_loss=least,
        served=served,
        saved_hours=instead - now,
    )
