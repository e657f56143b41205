"""From tables and wishes to the siting engine's problem; Django-free for a fast command."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.planning.base_tables import (
    Candidates,
    Demand,
    Markets,
    Tables,
    national_markets,
)
from postharvest.engines.siting.problem import SitingProblem
from postharvest.engines.travel import TravelModel, great_circle_km

Floats = NDArray[np.float64]

DEFAULT_COVERAGE_HOURS = 3.0  # with 150 bases the limit that tells plans apart


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BaseQuestion:
    """What a planner asks: tables, numbers of bases per phase, and wishes.

    ``must`` maps candidate id → first phase (1 …) it has to be open in; ``ban`` lists ids;
    ``region_min`` maps a region (an exact name, or a province's code) → bases in the first phase;
    ``class_weights`` multiplies a demand class's weight; ``class_hours`` gives it its own limit.
    ``market_weight`` adds that share of each base's mean hours to the buyers to the objective.
    """

    demand: Demand
    candidates: Candidates
    phases: tuple[int, ...]
    hours: Floats | None = None
    phase_weights: tuple[float, ...] = ()
    must: Mapping[str, int] = field(default_factory=dict)
    ban: tuple[str, ...] = ()
    region_min: Mapping[str, int] = field(default_factory=dict)
    hours_weight: float = 1.0
    coverage_weight: float = 0.0
    coverage_hours: float = DEFAULT_COVERAGE_HOURS
    class_weights: Mapping[str, float] = field(default_factory=dict)
    class_hours: Mapping[str, float] = field(default_factory=dict)
    market_weight: float = 0.0
    travel: TravelModel = field(default_factory=TravelModel)
    markets: Markets = field(default_factory=national_markets)


def phases_of(count: int | None, phases: str | None) -> tuple[int, ...]:
    """Phases of ``--count`` and ``--phases``; three thirds when only the count is known."""
    if phases is None:
        total = 150 if count is None else count
        if total < 1:
            raise InvalidInput("count", f"{total}: give 1 base or more")
        return tuple(sorted({-(-total * k // 3) for k in (1, 2, 3)}))
    try:
        numbers = tuple(int(part) for part in phases.split(","))
    except ValueError:
        raise InvalidInput(
            "phases", f"{phases!r} is not whole numbers with commas, such as 50,100,150"
        ) from None
    if count is not None and numbers[-1] != count:
        raise InvalidInput("phases", f"end at {numbers[-1]}, but count is {count}; make them agree")
    return numbers


def to_problem(question: BaseQuestion) -> SitingProblem:
    """Put the question as the engine's problem; every refusal names the field and the fix."""
    demand, candidates = question.demand, question.candidates
    index = {name: k for k, name in enumerate(candidates.ids)}
    earliest, latest = _levels(question, index)
    region, region_min = _regions(question)
    _check_classes(question)
    factor = np.array([question.class_weights.get(c, 1.0) for c in demand.classes])
    limit = np.array([question.class_hours.get(c, question.coverage_hours) for c in demand.classes])
    return SitingProblem(
        weight=demand.weight * factor,
        phases=question.phases,
        phase_weights=question.phase_weights,
        candidates=len(candidates.ids),
        hours=question.hours,
        demand_lat=demand.lat,
        demand_lon=demand.lon,
        candidate_lat=candidates.lat,
        candidate_lon=candidates.lon,
        travel=question.travel,
        hours_weight=question.hours_weight,
        coverage_weight=question.coverage_weight,
        coverage_hours=limit,
        earliest=earliest,
        latest=latest,
        site_cost=_market_cost(question, float((demand.weight * factor).sum())),
        region=region,
        region_min=region_min,
    )


def market_hours(question: BaseQuestion) -> Floats:
    """Mean driving hours (m,) from each candidate to the buyers' prefectures, by online demand."""
    candidates, markets = question.candidates, question.markets
    km = great_circle_km(
        candidates.lat[:, None], candidates.lon[:, None], markets.lat[None], markets.lon[None]
    )
    hours: Floats = question.travel.hours(km) @ markets.share
    return hours


def surplus_weights(demand: Demand, month: int | None, tables: Tables = shipped_rows) -> Floats:
    """Expect surplus kg per county: each produce's national output over its leading provinces.

    Ranks share a produce's output as 1/rank; a province's part is spread over its counties by rural
    people, and over its harvest months alike.  Orders of magnitude, as the tables they come from.
    """
    output_kg = {
        row["id"]: float(row["national_output_mt"] or 0) * 1e9 for row in tables("produce")
    }
    places = [row for row in tables("produce_regions") if not row["area_code"]]
    ranks: dict[str, float] = {}
    for row in places:
        name = str(row["produce_id"])
        ranks[name] = ranks.get(name, 0.0) + 1 / _whole(row, "rank")
    province_kg: dict[str, float] = {}
    for row in places:
        name, code = str(row["produce_id"]), str(row["province_code"])
        part = 1 / _whole(row, "rank") / ranks[name]
        kg = output_kg.get(name, 0.0) * part * _month_share(row, month)
        province_kg[code] = province_kg.get(code, 0.0) + kg
    province = [code[:2] + "0000" for code in demand.ids]
    people: dict[str, float] = {}
    for code, count in zip(province, demand.weight, strict=True):
        people[code] = people.get(code, 0.0) + float(count)
    return np.array(
        [
            province_kg.get(code, 0.0) * count / people[code] if people[code] else 0.0
            for code, count in zip(province, demand.weight, strict=True)
        ]
    )


def _whole(row: Row, name: str) -> int:
    """Return a cell that the table's rules require to be a whole number."""
    return int(row[name] or 0)


def _month_share(row: Row, month: int | None) -> float:
    first, last = _whole(row, "harvest_from_month"), _whole(row, "harvest_to_month")
    months = {(first - 1 + k) % 12 + 1 for k in range((last - first) % 12 + 1)}
    if month is None:
        return 1.0
    return 1 / len(months) if month in months else 0.0


def _levels(
    question: BaseQuestion, index: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    closed = len(question.phases)
    earliest = np.zeros(len(index), np.int64)
    latest = np.full(len(index), closed)
    latest[question.candidates.is_open] = 0
    for name, phase in question.must.items():
        at = _place(index, "must", name)
        if phase > closed:
            raise InvalidInput("must", f"{name!r} wants phase {phase}; there are {closed}")
        latest[at] = min(latest[at], phase - 1)
    for name in question.ban:
        at = _place(index, "ban", name)
        if latest[at] < closed:
            kind = "in must too" if name in question.must else "open already"
            raise InvalidInput("ban", f"{name!r} is {kind}; take it off one of the lists")
        earliest[at] = closed
    return earliest, latest


def _place(index: Mapping[str, int], field: str, name: str) -> int:
    if name not in index:
        raise InvalidInput(field, f"{name!r} is not among the candidates' ids")
    return index[name]


def _regions(question: BaseQuestion) -> tuple[NDArray[np.int64] | None, tuple[int, ...]]:
    if not question.region_min:
        return None, ()
    names = list(question.region_min)
    known = set(question.candidates.regions)
    for name in names:
        if name not in known:
            raise InvalidInput("region_min", f"no candidate has region {name!r}")
        if question.region_min[name] < 0:
            raise InvalidInput("region_min", f"of {name!r} must be 0 or more")
    group = {name: k for k, name in enumerate(names)}
    region = np.array([group.get(name, -1) for name in question.candidates.regions])
    return region.astype(np.int64), tuple(question.region_min[name] for name in names)


def _check_classes(question: BaseQuestion) -> None:
    known = set(question.demand.classes)
    for option, given in (
        ("class_weights", question.class_weights),
        ("class_hours", question.class_hours),
    ):
        for name, value in given.items():
            if name not in known:
                raise InvalidInput(option, f"no demand row has class {name!r}")
            if not value >= 0:
                raise InvalidInput(option, f"of {name!r} must be 0 or more")


def _market_cost(question: BaseQuestion, people: float) -> Floats | None:
    if not question.market_weight:
        return None
    if not question.market_weight > 0:
        raise InvalidInput("market_weight", "must be 0 or more")
    hours = market_hours(question)
    if not np.isfinite(hours).all():
        raise InvalidInput("market_weight", "needs the position of every candidate")
    return question.market_weight * hours * people / question.phases[-1]
