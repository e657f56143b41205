"""`--verify`: every figure of a base plan worked out again from the tables.

Trusts nothing but ids, phases, wishes and multipliers in the document.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.base_capacity_check import capacity_disagreements
from postharvest.decisions.planning.base_document import SCHEMA, metrics, tables_hash
from postharvest.decisions.planning.base_question import BaseQuestion, market_hours, to_problem
from postharvest.engines.siting.costs import hours_of_pairs
from postharvest.engines.siting.problem import Floats, Ints, SitingProblem
from postharvest.engines.siting.verify import Allocation, allocate, dual_bound
from postharvest.engines.travel import TravelModel

SHARE_TOLERANCE = 1e-6
HOURS_TOLERANCE = 2e-6


def read_document(path: Path) -> dict[str, Any]:
    """Read a stored plan; raises `InvalidInput` when it is not one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidInput("plan", f"{path.name} is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InvalidInput("plan", f"{path.name} is not a {SCHEMA} document")
    for part in ("question", "bases", "allocation", "metrics", "certificate"):
        if part not in document:
            raise InvalidInput("plan", f"{path.name} lacks its {part!r}")
    return document


def asked(document: Mapping[str, Any], tables: BaseQuestion) -> BaseQuestion:
    """Ask again what the document answers, on the given tables."""
    facts = document["question"]
    travel = facts["travel"]
    try:
        return replace(
            tables,
            phases=tuple(facts["phases"]),
            phase_weights=tuple(facts["phase_weights"]),
            must=facts["must"],
            ban=tuple(facts["ban"]),
            region_min=facts["region_min"],
            hours_weight=facts["hours_weight"],
            coverage_weight=facts["coverage_weight"],
            coverage_hours=facts["coverage_hours"],
            class_weights=facts["class_weights"],
            class_hours=facts["class_hours"],
            market_weight=facts["market_weight"],
            travel=TravelModel(
                detour=travel["detour"],
                legs_km=tuple(travel["legs_km"]),
                speeds_km_h=tuple(travel["speeds_km_h"]),
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("plan", f"its question can't be read ({error!r})") from None


def disagreements(document: Mapping[str, Any], tables: BaseQuestion) -> list[str]:
    """List what does not agree with the tables, one sentence each; empty when all does."""
    question = asked(document, tables)
    if document["question"]["tables_hash"] != tables_hash(question):
        return ["tables: these are not the tables the plan was made from"]
    problem = to_problem(question)
    level, wrong = _levels(document, question, problem)
    if wrong:
        return wrong
    served = allocate(problem, level)
    return [
        *_wishes(problem, level),
        *_allocation(document, question, served),
        *_served_by(document, question, problem, level),
        *_base_figures(document, question, problem, served),
        *_metrics(document, question, problem, served),
        *_certificate(document, question, problem, served),
        *capacity_disagreements(document, question, problem, level),
    ]


def _levels(
    document: Mapping[str, Any], question: BaseQuestion, problem: SitingProblem
) -> tuple[Ints, list[str]]:
    index = {name: k for k, name in enumerate(question.candidates.ids)}
    level = np.full(problem.candidates, len(problem.phases))
    for base in document["bases"]:
        if base["id"] not in index:
            return level, [f"bases: {base['id']!r} is not a candidate"]
        level[index[base["id"]]] = int(base["phase"]) - 1
    wrong = []
    if len({base["id"] for base in document["bases"]}) != len(document["bases"]):
        wrong.append("bases: one is listed twice")
    for t, count in enumerate(problem.phases):
        if int((level <= t).sum()) != count:
            wrong.append(f"bases: phase {t + 1} opens {int((level <= t).sum())}, not {count}")
    return level, wrong


def _wishes(problem: SitingProblem, level: Ints) -> list[str]:
    low, high = problem.level_bounds()
    wrong = []
    if np.any((level < low) | (level > high)):
        wrong.append("bases: a pin or a ban is not kept")
    for group, wanted in enumerate(problem.region_min):
        if problem.region is not None and ((problem.region == group) & (level == 0)).sum() < wanted:
            wrong.append("bases: a regional minimum is not kept")
    return wrong


def _allocation(
    document: Mapping[str, Any], question: BaseQuestion, served: Allocation
) -> list[str]:
    rows = {(row["demand"], int(row["phase"]) - 1): row for row in document["allocation"]}
    for t in range(len(question.phases)):
        for i, name in enumerate(question.demand.ids):
            hours = float(served.hours[t, i])
            row = rows.get((name, t))
            if row is None and np.isfinite(hours):
                return [f"allocation: {name!r} is missing in phase {t + 1}"]
            if row is not None and abs(row["hours"] - hours) > HOURS_TOLERANCE:
                return [
                    f"allocation: {name!r} in phase {t + 1} is {hours:.6f} h from its nearest base,"
                    f" not {row['hours']}"
                ]
    return []


def _served_by(
    document: Mapping[str, Any], question: BaseQuestion, problem: SitingProblem, level: Ints
) -> list[str]:
    """Every base named in the allocation is open then, and as near as it says."""
    demand = {name: i for i, name in enumerate(question.demand.ids)}
    base = {name: j for j, name in enumerate(question.candidates.ids)}
    kept: list[tuple[int, int, float]] = []
    for row in document["allocation"]:
        i, j = demand.get(row["demand"]), base.get(row["base"])
        if i is None or j is None or level[j] > int(row["phase"]) - 1:
            return [f"allocation: {row['base']!r} is not open for {row['demand']!r}"]
        kept.append((i, j, float(row["hours"])))
    rows, columns = (np.array([one[k] for one in kept], dtype=np.int64) for k in (0, 1))
    off = np.abs(hours_of_pairs(problem, rows, columns) - np.array([one[2] for one in kept]))
    if len(off) and off.max() > HOURS_TOLERANCE:
        row = document["allocation"][int(off.argmax())]
        return [f"allocation: {row['base']!r} is not {row['hours']} h from {row['demand']!r}"]
    return []


def _base_figures(
    document: Mapping[str, Any],
    question: BaseQuestion,
    problem: SitingProblem,
    served: Allocation,
) -> list[str]:
    """Load, mean hours and hours to the buyers of every base, as its nearest demand has them."""
    index = {name: j for j, name in enumerate(question.candidates.ids)}
    weight, hours = problem.weight, np.where(problem.weight > 0, served.hours[-1], 0.0)
    load = np.bincount(served.base[-1], weights=weight, minlength=problem.candidates)
    spent = np.bincount(served.base[-1], weights=weight * hours, minlength=problem.candidates)
    buyers = market_hours(question)
    wrong = []
    for base in document["bases"]:
        j = index[base["id"]]
        facts = {"load": load[j], "mean_hours": spent[j] / load[j] if load[j] else 0.0}
        if "market_hours" in base:
            facts["market_hours"] = round(float(buyers[j]), 3)
        for name, value in facts.items():
            if not _close(base.get(name), float(value)):
                wrong.append(
                    f"bases: {name} of {base['id']!r} is {value:.6g}, not {base.get(name)}"
                )
    orders = sorted(base["order"] for base in document["bases"])
    if orders != list(range(1, len(orders) + 1)):
        wrong.append("bases: the order is not 1, 2, 3 …")
    return wrong


def _metrics(
    document: Mapping[str, Any],
    question: BaseQuestion,
    problem: SitingProblem,
    served: Allocation,
) -> list[str]:
    fresh = metrics(question, problem, served.hours)
    wrong = []
    for count, row in fresh.items():
        stated = document["metrics"].get(count, {})
        for name, value in row.items():
            if isinstance(value, float) and not _close(stated.get(name), value):
                wrong.append(f"metrics: {name} of {count} bases is {value}, not {stated.get(name)}")
    return wrong


def _certificate(
    document: Mapping[str, Any],
    question: BaseQuestion,
    problem: SitingProblem,
    served: Allocation,
) -> list[str]:
    stated = document["certificate"]
    bound = dual_bound(
        problem,
        _duals(stated, question),
        np.array([stated["count_multipliers"][str(count)] for count in question.phases]),
        np.array([stated["region_multipliers"].get(name, 0.0) for name in question.region_min]),
    )
    wrong = []
    if not _close(stated["objective"], served.objective):
        wrong.append(f"certificate: objective is {served.objective}, not {stated['objective']}")
    if stated["lower_bound"] > bound + SHARE_TOLERANCE * abs(served.objective):
        wrong.append(f"certificate: the duals prove {bound}, not {stated['lower_bound']}")
    gap = 1 - stated["lower_bound"] / served.objective if served.objective else 0.0
    if abs(gap - stated["gap"]) > SHARE_TOLERANCE:
        wrong.append(f"certificate: the gap is {gap}, not {stated['gap']}")
    if any(value < 0 for value in stated["region_multipliers"].values()):
        wrong.append("certificate: a regional multiplier is below 0")
    return wrong


def _duals(stated: Mapping[str, Any], question: BaseQuestion) -> Floats:
    try:
        return np.array(
            [
                [float(stated["duals"][str(count)][name]) for name in question.demand.ids]
                for count in question.phases
            ]
        )
    except KeyError as missing:
        raise InvalidInput("plan", f"its certificate lacks the dual of {missing}") from None


def _close(stated: object, value: float) -> bool:
    return isinstance(stated, int | float) and abs(stated - value) <= SHARE_TOLERANCE * max(
        1.0, abs(value)
    )
