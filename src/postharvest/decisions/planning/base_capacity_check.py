"""`--verify` of a plan under capacity: loads, shares, hours and costs of every phase again."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postharvest.decisions.planning.base_question import BaseQuestion
from postharvest.engines.siting.costs import hours_of_pairs
from postharvest.engines.siting.problem import Floats, SitingProblem

SHARE_TOLERANCE = 1e-6
HOURS_TOLERANCE = 2e-6


def capacity_disagreements(
    document: Mapping[str, Any],
    question: BaseQuestion,
    problem: SitingProblem,
    level: NDArray[np.int64],
) -> list[str]:
    """List what the capacity part says wrongly; empty when all agrees, or nothing is limited."""
    limited = bool(np.isfinite(question.candidates.capacity).any())
    stated = document.get("capacity")
    if stated is None:
        return ["capacity: bases are limited, but the plan does not share demand out"] * limited
    wrong, cost, waiting = [], 0.0, 0.0
    for t, count in enumerate(question.phases):
        phase = stated["phases"].get(str(count))
        if phase is None:
            return [f"capacity: the phase of {count} bases is missing"]
        faults, objective = _phase(phase, question, problem, level <= t)
        wrong += [f"capacity of {count} bases: {fault}" for fault in faults]
        cost += float(problem.years[t]) * objective
        waiting += phase["waiting"]
    if wrong:
        return wrong
    return _whole(stated, document["certificate"]["lower_bound"], cost, waiting)


def _whole(stated: Mapping[str, Any], bound: float, cost: float, waiting: float) -> list[str]:
    wrong = []
    if not _close(stated["objective"], cost):
        wrong.append(f"capacity: objective is {cost}, not {stated['objective']}")
    if stated["lower_bound"] > bound + SHARE_TOLERANCE * abs(cost):
        wrong.append(f"capacity: lower bound {stated['lower_bound']} is above the plan's {bound}")
    gap = None if waiting else (1 - stated["lower_bound"] / cost if cost else 0.0)
    if (gap is None) != (stated["gap"] is None) or (
        gap is not None and abs(stated["gap"] - gap) > SHARE_TOLERANCE
    ):
        wrong.append(f"capacity: the gap is {gap}, not {stated['gap']}")
    return wrong


def _phase(
    phase: Mapping[str, Any],
    question: BaseQuestion,
    problem: SitingProblem,
    is_open: NDArray[np.bool_],
) -> tuple[list[str], float]:
    """Return the faults of one phase, and its cost worked out from the tables."""
    demand = {name: i for i, name in enumerate(question.demand.ids)}
    base = {name: j for j, name in enumerate(question.candidates.ids)}
    for row in phase["served"]:
        if row["demand"] not in demand or row["base"] not in base or not row["weight"] >= 0:
            return [f"{row!r} is not a demand, a base and a weight"], 0.0
        if not is_open[base[row["base"]]]:
            return [f"{row['demand']!r} is served at {row['base']!r}, which is not open"], 0.0
    rows = np.array([demand[row["demand"]] for row in phase["served"]], dtype=np.int64)
    columns = np.array([base[row["base"]] for row in phase["served"]], dtype=np.int64)
    amount = np.array([float(row["weight"]) for row in phase["served"]])
    said = np.array([float(row["hours"]) for row in phase["served"]])
    hours = hours_of_pairs(problem, rows, columns)
    load = np.bincount(columns, amount, problem.candidates).astype(np.float64)
    given = np.bincount(rows, amount, problem.demands).astype(np.float64)
    wrong = _balance(phase, question, problem, load, given)
    if np.any(np.abs(hours - said) > HOURS_TOLERANCE):
        at = int(np.abs(hours - said).argmax())
        row = phase["served"][at]
        wrong.append(f"{row['demand']!r} to {row['base']!r} takes {hours[at]:.6f} h")
    share = amount / problem.weight[rows]
    cost = float((problem.cost_of(hours, rows) * share).sum())
    if problem.site_cost is not None:
        cost += float(problem.site_cost[is_open].sum())
    if not _close(phase["objective"], cost):
        wrong.append(f"objective is {cost}, not {phase['objective']}")
    return wrong, cost


def _balance(
    phase: Mapping[str, Any],
    question: BaseQuestion,
    problem: SitingProblem,
    load: Floats,
    given: Floats,
) -> list[str]:
    slack = SHARE_TOLERANCE * float(problem.weight.sum())
    ids = question.candidates.ids
    wrong = []
    over = load - question.candidates.capacity
    if over.max() > slack:
        at = int(over.argmax())
        wrong.append(
            f"{ids[at]!r} carries {load[at]:.6g} of {question.candidates.capacity[at]:.6g}"
        )
    stated = np.array([float(phase["load"].get(name, 0.0)) for name in ids])
    if np.abs(stated - load).max() > slack:
        wrong.append(f"the load of {ids[int(np.abs(stated - load).argmax())]!r} does not add up")
    if np.any(given > problem.weight + slack):
        wrong.append(
            f"{question.demand.ids[int((given - problem.weight).argmax())]!r} is served twice"
        )
    waiting = float(problem.weight.sum() - given.sum())
    if abs(waiting - phase["waiting"]) > slack:
        wrong.append(f"{waiting:.6g} of the demand waits, not {phase['waiting']:.6g}")
    return wrong


def _close(stated: object, value: float) -> bool:
    return isinstance(stated, int | float) and abs(stated - value) <= SHARE_TOLERANCE * max(
        1.0, abs(value)
    )
