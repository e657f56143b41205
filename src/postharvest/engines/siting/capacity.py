r"""Capacity: the bases stay, the demand is shared out again by min-cost flow.

.. math:: \min \sum_{ij} c_{ij} f_{ij}/w_i, \quad \sum_j f_{ij} = w_i, \quad \sum_i f_{ij} \le q_j,
          \quad f \ge 0

A transportation problem over each demand's nearest open bases (more are added until every one is
served), solved as a linear program, so a demand may be split.  The bound of the plan without
capacities stays a bound, because capacities only forbid.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from postharvest.core.errors import InvalidInput
from postharvest.engines.siting.costs import hours_between
from postharvest.engines.siting.problem import Floats, Ints, SitingProblem

NEAREST = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapacityPlan:
    """Last phase under capacity: cost, load by candidate, flows (demand, base, weight, hours)."""

    objective: float
    lower_bound: float
    load: dict[int, float]
    flows: tuple[tuple[int, int, float, float], ...]


def reallocate(
    problem: SitingProblem, level: Ints, capacity: Floats, *, lower_bound: float
) -> CapacityPlan:
    """Share the last phase's demand over its bases within ``capacity`` (m,), in weight units.

    Raises `InvalidInput` where the chosen bases together hold too little.
    """
    chosen = np.flatnonzero(level < len(problem.phases))
    rows = np.flatnonzero(problem.weight > 0)
    room, wanted = float(capacity[chosen].sum()), float(problem.weight.sum())
    if room < wanted * (1 - 1e-12):
        raise InvalidInput(
            "capacity",
            f"of the {len(chosen)} chosen bases is {room:.6g} for a demand of {wanted:.6g}; "
            "raise it or allow more bases",
        )
    hours = hours_between(problem, rows, chosen)
    near = np.argsort(hours, axis=1, kind="stable")
    width = min(NEAREST, len(chosen))
    while True:
        flows = _flow(problem, hours, near[:, :width], rows, capacity[chosen])
        if flows is not None:
            break
        if width == len(chosen):
            raise InvalidInput("capacity", "can't be met: some demand reaches only full bases")
        width = min(2 * width, len(chosen))
    return _as_plan(problem, flows, hours, rows=rows, chosen=chosen, lower_bound=lower_bound)


def _flow(
    problem: SitingProblem, hours: Floats, near: Ints, rows: Ints, capacity: Floats
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
    answer = linprog(  # type: ignore[call-overload]  # sparse is accepted, the stubs say no
        cost / max(cost.mean(), 1e-300),
        A_ub=loads.tocsr(), b_ub=limits, A_eq=served.tocsr(), b_eq=np.ones(len(rows)),
        bounds=(0, None), method="highs",
    )  # fmt: skip
    if answer.status != 0:
        return None
    used = answer.x > 1e-9
    return who[used], where[used], answer.x[used]


def _as_plan(
    problem: SitingProblem,
    flows: tuple[Ints, Ints, Floats],
    hours: Floats,
    *,
    rows: Ints,
    chosen: Ints,
    lower_bound: float,
) -> CapacityPlan:
    who, where, share = flows
    amount = problem.weight[rows[who]] * share
    cost = float((problem.cost_of(hours[who, where], rows[who]) * share).sum())
    if problem.site_cost is not None:
        cost += float(problem.site_cost[chosen].sum())
    load = np.bincount(where, weights=amount, minlength=len(chosen))
    return CapacityPlan(
        objective=cost,
        lower_bound=min(lower_bound, cost),
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
    )
