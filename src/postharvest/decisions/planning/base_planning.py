"""Ask the siting engine from files and options: the command's one call, without Django."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.planning.base_document import BasePlanParts, to_document
from postharvest.decisions.planning.base_question import (
    DEFAULT_COVERAGE_HOURS,
    BaseQuestion,
    phases_of,
    surplus_weights,
    to_problem,
)
from postharvest.decisions.planning.base_tables import (
    Candidates,
    Demand,
    Tables,
    national_counties,
    national_markets,
    national_townships,
    read_candidates,
    read_demand,
    read_matrix,
    read_weights,
    read_wishes,
)
from postharvest.engines.siting.capacity import CapacityPlan, reallocate
from postharvest.engines.siting.plan import SitingPlan
from postharvest.engines.siting.problem import SitingParams, SitingProblem
from postharvest.engines.siting.solve import solve
from postharvest.engines.siting.stability import Stability, pairs_to_price, stability

MONTHS = 12
USUAL_RUNS = 200
CHEAP_PAIRS = 1_000_000  # priced by one run; the counties are at half of it, the townships beyond
EFFORT = {
    "quick": SitingParams(restarts=2, perturbations=3_000, bound_rounds=900),
    "standard": SitingParams(restarts=5, perturbations=15_000, bound_rounds=2_500),
    "thorough": SitingParams(restarts=12, perturbations=80_000, bound_rounds=6_000, nodes=150),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The words of the command line, not yet read."""

    demand: Path | None = None
    candidates: Path | None = None
    matrix: Path | None = None
    townships: bool = False
    weight: str = "people"
    month: int | None = None
    poor: Path | None = None
    count: int | None = None
    phases: str | None = None
    phase_weights: str | None = None
    must: Path | None = None
    ban: Path | None = None
    region_min: str | None = None
    coverage_hours: float | None = None
    coverage_weight: float = 0.0
    hours_weight: float = 1.0
    class_weights: str | None = None
    class_hours: str | None = None
    market_weight: float = 0.0
    seed: int = 0


def ask(request: Request, *, tables: Tables = shipped_rows) -> BaseQuestion:
    """Read every file the request names; the nation's ``tables`` where it names none.

    Raises `InvalidInput` or `OSError` before any work.
    """
    demand, candidates = _demand_and_candidates(request, tables)
    limit = request.coverage_hours
    if limit is not None and not limit > 0:
        raise InvalidInput("coverage_hours", "must be above 0")
    return BaseQuestion(
        demand=_weighted(request, demand, tables),
        candidates=candidates,
        hours=None
        if request.matrix is None
        else read_matrix(request.matrix, demand.ids, candidates.ids),
        phases=phases_of(request.count, request.phases),
        phase_weights=_numbers(request.phase_weights, "phase_weights"),
        must=read_wishes(request.must, "must") if request.must else {},
        ban=tuple(read_wishes(request.ban, "ban")) if request.ban else (),
        region_min={
            name: int(value) for name, value in _pairs(request.region_min, "region_min").items()
        },
        hours_weight=request.hours_weight,
        coverage_weight=request.coverage_weight,
        coverage_hours=DEFAULT_COVERAGE_HOURS if limit is None else limit,
        class_weights=_pairs(request.class_weights, "class_weights"),
        class_hours=_pairs(request.class_hours, "class_hours"),
        market_weight=request.market_weight,
        markets=national_markets(tables),
    )


def make_plan(
    question: BaseQuestion,
    *,
    source: Mapping[str, Any],
    seed: int,
    effort: str = "standard",
    stability_runs: int | None = 0,
    told: Callable[[int, int], None] = lambda done, runs: None,
) -> dict[str, Any]:
    """Solve one question and return its document.

    ``stability_runs`` None: as many as are usual where a run is cheap, none where it is not.
    ``told`` hears of the perturbed runs: how many are done, of how many.
    """
    problem = to_problem(question)
    plan = solve(problem, EFFORT[effort], seed=seed)
    runs = _usual_runs(problem) if stability_runs is None else stability_runs
    return to_document(
        BasePlanParts(
            question=question,
            problem=problem,
            plan=plan,
            source=source,
            stability=_stability(problem, seed, runs, told) if runs > 0 else None,
            capacity=_within_capacity(question, problem, plan),
        )
    )


def _usual_runs(problem: SitingProblem) -> int:
    return USUAL_RUNS if pairs_to_price(problem) <= CHEAP_PAIRS else 0


def _stability(
    problem: SitingProblem, seed: int, runs: int, told: Callable[[int, int], None]
) -> Stability:
    told(0, runs)
    return stability(
        problem, seed=seed, runs=runs, threads=os.cpu_count() or 1, told=lambda k: told(k, runs)
    )


def _within_capacity(
    question: BaseQuestion, problem: SitingProblem, plan: SitingPlan
) -> CapacityPlan | None:
    capacity = question.candidates.capacity
    if np.isinf(capacity).all():
        return None
    return reallocate(problem, plan.level, capacity, lower_bound=plan.certificate.lower_bound)


def _demand_and_candidates(request: Request, tables: Tables) -> tuple[Demand, Candidates]:
    if (request.demand is None) != (request.candidates is None):
        lacking = "demand" if request.demand is None else "candidates"
        raise InvalidInput(lacking, "is missing; give both tables, or none for the shipped ones")
    if request.demand is not None and request.candidates is not None:
        if request.townships:
            raise InvalidInput("townships", "are shipped data; leave --demand out")
        located = request.matrix is None
        return (
            read_demand(request.demand, located=located),
            read_candidates(request.candidates, located=located),
        )
    counties, candidates = national_counties(tables)
    demand = national_townships(request.seed, tables) if request.townships else counties
    return demand, candidates


def _weighted(request: Request, demand: Demand, tables: Tables) -> Demand:
    if request.month is not None and not 1 <= request.month <= MONTHS:
        raise InvalidInput("month", f"{request.month}: give 1 to 12")
    if request.weight == "surplus":
        if request.demand is not None:
            raise InvalidInput("weight", "surplus needs the shipped counties; leave --demand out")
        return replace(demand, weight=surplus_weights(demand, request.month, tables))
    if request.weight == "poor":
        if request.poor is None:
            raise InvalidInput("poor", "is missing; give your table id,weight of poor counties")
        given = read_weights(request.poor, "poor")
        unknown = sorted(set(given) - set(demand.ids))
        if unknown:
            raise InvalidInput("poor", f"{unknown[0]!r} is not among the demand's ids")
        return replace(demand, weight=np.array([given.get(name, 0.0) for name in demand.ids]))
    return demand


def _numbers(text: str | None, field: str) -> tuple[float, ...]:
    if text is None:
        return ()
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InvalidInput(field, f"{text!r} is not numbers with commas") from None


def _pairs(text: str | None, field: str) -> Mapping[str, float]:
    pairs: dict[str, float] = {}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        name, equals, value = part.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or not number >= 0:
            raise InvalidInput(field, f"{part!r} is not name=number of 0 or more")
        pairs[name.strip()] = number
    return pairs
