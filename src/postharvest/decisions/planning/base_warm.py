"""Questions put to a finished base plan, answered from its own levels and duals.

Pin or ban a county, explain a base, compare two plans, compare with what really opened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.base_document import spread
from postharvest.decisions.planning.base_question import BaseQuestion, to_problem
from postharvest.engines.siting.plan import Certificate, SitingPlan
from postharvest.engines.siting.problem import Floats, Ints, SitingProblem
from postharvest.engines.siting.solve import WarmStart, solve
from postharvest.engines.siting.verify import allocate
from postharvest.engines.siting.what_if import AGAIN, explain

MOST_COUNTIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCost:
    """What a change of wishes does to a plan.

    ``extra_share`` is the change of the objective; ``mean_hours`` maps a number of bases to the
    mean before and after; ``opened`` and ``dropped`` are counties that join or leave the plan,
    ``moved`` those that change phase: (county, phase before, phase after).
    """

    extra_share: float
    gap: float
    mean_hours: Mapping[int, tuple[float, float]]
    opened: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[str, int], ...]
    moved: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """A county that a base serves: its weight and what it saves against its next nearest base."""

    code: str
    weight: float
    hours: float
    saved_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseExplained:
    """Who gains by a base, and what its loss would cost, with and without its best substitute.

    Losses are in mean hours over everybody, ``None`` where somebody would be cut off.
    """

    served: int
    weight: float
    gainers: tuple[County, ...]
    loss_hours: float | None
    substitute: str
    substitute_loss_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two plans beside each other, in their last phases."""

    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    both: int
    nearer: tuple[tuple[str, float, float], ...]
    farther: tuple[tuple[str, float, float], ...]


def warm_start(document: Mapping[str, Any], question: BaseQuestion) -> WarmStart:
    """Read a plan's levels and duals as a start for another question on the same counties."""
    index = {code: j for j, code in enumerate(question.candidates.ids)}
    closed = len(question.phases)
    level = np.full(len(index), closed)
    for base in document["bases"]:
        if base["id"] in index:
            level[index[base["id"]]] = min(int(base["phase"]) - 1, closed)
    duals = document["certificate"]["duals"]
    dual = np.array(
        [
            [float(duals[str(count)].get(code, 0.0)) for code in question.demand.ids]
            for count in question.phases
        ]
    )
    return WarmStart(level=level, dual=dual)


def change_cost(document: Mapping[str, Any], changed: BaseQuestion, *, seed: int = 0) -> ChangeCost:
    """Plan a changed question from a finished plan, and say what that costs.

    Raises
    ------
    InvalidInput
        The change can't be: a pin against a ban, too many pins.
    """
    problem = to_problem(changed)
    again = solve(problem, AGAIN, seed=seed, warm=warm_start(document, changed))
    before = document["certificate"]["objective"]
    old = {base["id"]: int(base["phase"]) for base in document["bases"]}
    closed = len(problem.phases)
    new = {
        changed.candidates.ids[j]: int(again.level[j]) + 1
        for j in np.flatnonzero(again.level < closed).tolist()
    }
    means = {
        count: (
            float(document["metrics"][str(count)]["mean_hours"]),
            float(spread(again.hours[t], problem.weight)["mean_hours"]),
        )
        for t, count in enumerate(changed.phases)
    }
    return ChangeCost(
        extra_share=again.certificate.objective / before - 1 if before else 0.0,
        gap=again.certificate.gap,
        mean_hours=means,
        opened=tuple((code, new[code]) for code in sorted(set(new) - set(old))),
        dropped=tuple((code, old[code]) for code in sorted(set(old) - set(new))),
        moved=tuple(
            (code, old[code], new[code])
            for code in sorted(set(old) & set(new))
            if old[code] != new[code]
        ),
    )


def explain_base(document: Mapping[str, Any], question: BaseQuestion, code: str) -> BaseExplained:
    """Say who gains by a base of the last phase, and what would be lost without it.

    Raises
    ------
    InvalidInput
        The county has no base in the plan.
    """
    if code not in {base["id"] for base in document["bases"]}:
        raise InvalidInput("county", f"{code} has no base in this plan")
    problem = to_problem(question)
    level = warm_start(document, question).level
    at = question.candidates.ids.index(code)
    found = explain(problem, _as_plan(problem, level), at)
    whole = float(problem.weight.sum()) or 1.0
    last = len(problem.phases) - 1
    hours = {row["demand"]: row["hours"] for row in document["allocation"]
             if row["phase"] == last + 1}  # fmt: skip
    worth = found.saved_hours * problem.weight[found.served]
    order = np.argsort(-np.where(np.isfinite(worth), worth, np.inf), kind="stable")
    gainers = tuple(
        County(
            code=question.demand.ids[i],
            weight=float(problem.weight[i]),
            hours=float(hours.get(question.demand.ids[i], 0.0)),
            saved_hours=float(found.saved_hours[k]),
        )
        for k, i in ((k, int(found.served[k])) for k in order[:MOST_COUNTIES].tolist())
    )
    return BaseExplained(
        served=len(found.served),
        weight=float(problem.weight[found.served].sum()),
        gainers=gainers,
        loss_hours=found.loss / whole if np.isfinite(found.loss) else None,
        substitute=question.candidates.ids[found.substitute] if found.substitute >= 0 else "",
        substitute_loss_hours=found.substitute_loss / whole
        if np.isfinite(found.substitute_loss)
        else None,
    )


def difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> Difference:
    """Compare the last phases of two plans: bases, and the counties that come nearer or farther."""
    a = {base["id"] for base in first["bases"]}
    b = {base["id"] for base in second["bases"]}
    before, after = _last_hours(first), _last_hours(second)
    moves = sorted(
        ((code, before[code], after[code]) for code in before.keys() & after.keys()),
        key=lambda row: (row[2] - row[1], row[0]),
    )
    return Difference(
        only_first=tuple(sorted(a - b)),
        only_second=tuple(sorted(b - a)),
        both=len(a & b),
        nearer=tuple(row for row in moves[:MOST_COUNTIES] if row[2] < row[1]),
        farther=tuple(row for row in moves[: -MOST_COUNTIES - 1 : -1] if row[2] > row[1]),
    )


def what_stands(question: BaseQuestion, codes: Sequence[str]) -> dict[str, Any]:
    """Return the figures of a set of bases as they stand: hours of everybody to the nearest."""
    index = {code: j for j, code in enumerate(question.candidates.ids)}
    chosen = [index[code] for code in codes if code in index]
    if not chosen:
        return {}
    problem = to_problem(question)
    level = np.full(problem.candidates, len(problem.phases))
    level[chosen] = 0
    return spread(allocate(problem, level).hours[0], problem.weight)


def _last_hours(document: Mapping[str, Any]) -> dict[str, float]:
    last = len(document["question"]["phases"])
    return {row["demand"]: row["hours"] for row in document["allocation"] if row["phase"] == last}


def _as_plan(problem: SitingProblem, level: Ints) -> SitingPlan:
    """Rebuild as much of a plan as an explanation needs."""
    served = allocate(problem, level)
    nothing: Floats = np.empty(0)
    return SitingPlan(
        level=level,
        order=np.flatnonzero(level < len(problem.phases)),
        base=served.base,
        hours=served.hours,
        phase_cost=served.phase_cost,
        certificate=Certificate(
            objective=served.objective, lower_bound=0.0, tree_bound=0.0, proven=False,
            dual=nothing, offer=nothing, penalty=nothing, seed=0, perturbations=0,
            bound_rounds=0, nodes=0,
        ),
    )  # fmt: skip
