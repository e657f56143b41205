r"""Capacity: the bases stay, each phase's demand is shared out again by min-cost flow.

.. math:: \min \sum_{ij} c_{ij} f_{ij}/w_i, \quad \sum_j f_{ij} = w_i, \quad \sum_i f_{ij} \le q_j,
          \quad f \ge 0

A transportation problem over each demand's nearest open bases (more are added until every one is
served), solved as a linear program, so a demand may be split.  An early phase whose bases hold less
than the demand serves as much as they hold, and says what waits.  The bound of the plan without
capacities stays a bound, because capacities only forbid.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from postharvest.core.errors import InvalidInput
from postharvest.engines.siting.costs import hours_between
from postharvest.engines.siting.problem import Floats, Ints, SitingProblem

NEAREST = 12
WAITING = 4.0  # times the dearest way: what is served always goes before what it costs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhaseFlow:
    """One phase under capacity.

    ``objective`` is in weighted hours, ``load`` by candidate, ``flows`` are (demand, base, weight,
    hours), ``waiting`` the weight that its bases do not hold.
    """

    objective: float
    load: dict[int, float]
    flows: tuple[tuple[int, int, float, float], ...]
    waiting: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapacityPlan:
    """Every phase under capacity, and the bound of the whole; infinite gap while demand waits."""

    phases: tuple[PhaseFlow, ...]
    objective: float
    lower_bound: float

    @property
    def gap(self) -> float | None:
        """Share by which a better plan could be cheaper; none while some demand waits."""
        if any(phase.waiting for phase in self.phases):
            return None
        return (self.objective - self.lower_bound) / self.objective if self.objective > 0 else 0.0


def reallocate(
    problem: SitingProblem, level: Ints, capacity: Floats, *, lower_bound: float
) -> CapacityPlan:
    """Share every phase's demand over its bases within ``capacity`` (m,), in weight units.

    ``lower_bound`` is the plan's own.  Raises `InvalidInput` where the bases of the last phase
    together hold too little, or where some demand reaches only full bases.
    """
    last = len(problem.phases) - 1
    phases = tuple(
        _phase(problem, np.flatnonzero(level <= t), capacity, may_wait=t < last)
        for t in range(last + 1)
    )
    objective = float(problem.years @ np.array([phase.objective for phase in phases]))
    return CapacityPlan(phases=phases, objective=objective, lower_bound=min(lower_bound, objective))


def _phase(problem: SitingProblem, chosen: Ints, capacity: Floats, *, may_wait: bool) -> PhaseFlow:
    rows = np.flatnonzero(problem.weight > 0)
    room, wanted = float(capacity[chosen].sum()), float(problem.weight.sum())
    short = room < wanted * (1 - 1e-12)
    if short and not may_wait:
        raise InvalidInput(
            "capacity",
            f"of the {len(chosen)} chosen bases is {room:.6g} for a demand of {wanted:.6g}; "
            "raise it or allow more bases",
        )
    hours = hours_between(problem, rows, chosen)
    near = np.argsort(hours, axis=1, kind="stable")
    width = len(chosen) if short else min(NEAREST, len(chosen))
    while True:
        flows = _flow(problem, hours, near[:, :width], rows, capacity[chosen], may_wait=short)
        if flows is not None:
            break
        if width == len(chosen):
            raise InvalidInput("capacity", "can't be met: some demand reaches only full bases")
        width = min(2 * width, len(chosen))
    return _as_flow(problem, flows, hours, rows=rows, chosen=chosen)


def _flow(
    problem: SitingProblem,
    hours: Floats,
    near: Ints,
    rows: Ints,
    capacity: Floats,
    *,
    may_wait: bool,
) -> tuple[Ints, Ints, Floats] | None:
    """(demand position, base position, share of the demand) of every flow, or None: no way."""
    who = np.repeat(np.arange(len(rows)), near.shape[1])
    where = near.ravel()
    reachable = np.isfinite(hours[who, where])
    who, where = who[reachable], where[reachable]
    cost = problem.cost_of(hours[who, where], rows[who])
    arcs = np.arange(len(who))
    served = coo_array((np.ones(len(who)), (who, arcs)), shape=(len(rows), len(who)))
    limited = np.isfinite(capacity)
    place = np.cumsum(limited) - 1
    capped = limited[where]
    scale = problem.weight.mean()
    loads = coo_array(
        (problem.weight[rows[who[capped]]] / scale, (place[where[capped]], arcs[capped])),
        shape=(max(1, int(limited.sum())), len(who)),
    )
    limits = capacity[limited] / scale if limited.any() else np.zeros(1)
    whole = np.ones(len(rows))
    weight = problem.weight[rows[who]]
    # where demand must wait, serving a unit is worth more than any way of it costs
    worth = WAITING * float((cost / weight).max(initial=0.0)) * weight if may_wait else 0.0
    answer = linprog(  # type: ignore[call-overload]  # sparse is accepted, the stubs say no
        (cost - worth) / max(cost.mean(), 1e-300),
        A_ub=vstack([loads, served]).tocsr() if may_wait else loads.tocsr(),
        b_ub=np.concatenate([limits, whole]) if may_wait else limits,
        A_eq=None if may_wait else served.tocsr(), b_eq=None if may_wait else whole,
        bounds=(0, None), method="highs",
    )  # fmt: skip
    if answer.status != 0:
        return None
    used = answer.x > 1e-9
    return who[used], where[used], answer.x[used]


def _as_flow(
    problem: SitingProblem,
    flows: tuple[Ints, Ints, Floats],
    hours: Floats,
    *,
    rows: Ints,
    chosen: Ints,
) -> PhaseFlow:
    who, where, share = flows
    amount = problem.weight[rows[who]] * share
    cost = float((problem.cost_of(hours[who, where], rows[who]) * share).sum())
    if problem.site_cost is not None:
        cost += float(problem.site_cost[chosen].sum())
    load = np.bincount(where, weights=amount, minlength=len(chosen))
    waiting = float(problem.weight.sum() - amount.sum())
    return PhaseFlow(
        objective=cost,
        load=dict(zip(chosen.tolist(), load.tolist(), strict=True)),
        flows=tuple(
            zip(
                rows[who].tolist(),
                chosen[where].tolist(),
                amount.tolist(),
                hours[who, where].tolist(),
                strict=True,
            )
        ),
        waiting=waiting if waiting > 1e-6 * problem.weight.sum() else 0.0,
    )
