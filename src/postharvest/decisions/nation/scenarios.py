"""The programmes compared: none, the pilots, 150 bases by three rules, a plan of one's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.base_planning import EFFORT
from postharvest.decisions.planning.base_question import BaseQuestion, surplus_weights, to_problem
from postharvest.decisions.planning.base_tables import Demand, Tables, national_counties
from postharvest.engines.nation.problem import WEEKS_PER_YEAR, Floats, Ints, Scenario
from postharvest.engines.siting.solve import solve
from postharvest.engines.travel import TravelModel, great_circle_km

PILOTS = ("610528", "450803")
"""Fuping of Weinan and Gangnan of Guigang."""
PHASES = (50, 100, 150)
NEAR_HOURS = 3.0
NONE, PILOTS_ONLY, PLAN = "no_programme", "pilots_only", "your_plan"
RULES = ("people_hours", "surplus_first", "by_chance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A scenario: counties in the order of opening, and the year (0, 1, …) each opens in."""

    name: str
    counties: tuple[str, ...]
    years: tuple[int, ...]


def programmes(
    tables: Tables, *, seed: int, plan: Programme | None = None
) -> tuple[Programme, ...]:
    """Return all programmes; a plan of one's own comes last."""
    counties, candidates = national_counties(tables)
    question = BaseQuestion(
        demand=_rural(counties, tables),
        candidates=candidates,
        phases=PHASES,
        must=dict.fromkeys(PILOTS, 1),
    )
    found = [
        Programme(name=NONE, counties=(), years=()),
        Programme(name=PILOTS_ONLY, counties=PILOTS, years=(-1, -1)),
        _in_phases(RULES[0], _least_hours(question, seed=seed)),
        _in_phases(RULES[1], _most_surplus(question, tables)),
        _in_phases(RULES[2], _by_chance(question, seed=seed)),
    ]
    return (*found, plan) if plan is not None else tuple(found)


def read_plan(path: Path, tables: Tables) -> Programme:
    """Read a plan of `plan bases --json`; its pilots stand from the first week.

    Raises
    ------
    InvalidInput
        The file is no such plan, or names a place that is no county.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput("bases", f"{path} can't be read as JSON ({error})") from None
    rows = document.get("bases") if isinstance(document, Mapping) else None
    if not isinstance(rows, list) or not rows:
        raise InvalidInput(
            "bases", f"{path.name} has no list `bases`; make one with `plan bases --json FILE`"
        )
    known = {str(row["code"]) for row in tables("counties")}
    return _programme_of(rows, known)


def _programme_of(rows: Sequence[Any], known: set[str]) -> Programme:
    opened: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        code = str(row.get("id", "")) if isinstance(row, Mapping) else ""
        phase = row.get("phase") if isinstance(row, Mapping) else None
        if code not in known:
            raise InvalidInput("bases", f"entry {number}: {code!r} is no county's 6-digit code")
        if not isinstance(phase, int) or isinstance(phase, bool) or phase < 1:
            raise InvalidInput("bases", f"entry {number}: phase {phase!r} is not 1 or more")
        if code in opened:
            raise InvalidInput("bases", f"entry {number}: {code!r} appears twice")
        opened[code] = phase - 1
    opened = {code: -1 if code in PILOTS else year for code, year in opened.items()}
    order = sorted(opened, key=lambda code: opened[code])
    return Programme(name=PLAN, counties=tuple(order), years=tuple(opened[code] for code in order))


def to_scenarios(found: Sequence[Programme], places: Sequence[str]) -> tuple[Scenario, ...]:
    """Return the engine's scenarios over the columns ``places``."""
    at = {code: k for k, code in enumerate(places)}
    return tuple(
        Scenario(
            name=one.name,
            base=np.array([at[code] for code in one.counties], dtype=np.int64),
            opens=opening_weeks(one.years),
        )
        for one in found
    )


def places_of(found: Sequence[Programme]) -> tuple[str, ...]:
    """Return every county where some programme opens a base."""
    return tuple(sorted({code for one in found for code in one.counties}))


def opening_weeks(years: Sequence[int]) -> Ints:
    """Spread a year's openings evenly over it; year -1 stands when the programme begins."""
    year = np.asarray(years, dtype=np.int64)
    weeks = np.zeros(year.size, np.int64)
    for one in np.unique(year[year >= 0]):
        mine = np.flatnonzero(year == one)
        step = np.arange(1, mine.size + 1) / (mine.size + 1)
        weeks[mine] = one * WEEKS_PER_YEAR + np.floor(step * WEEKS_PER_YEAR).astype(np.int64)
    return weeks


def _rural(counties: Demand, tables: Tables) -> Demand:
    rural = {str(row["code"]): float(row["rural_pop_est"] or 0) for row in tables("counties")}
    return replace(counties, weight=np.array([rural[code] for code in counties.ids]))


def _in_phases(name: str, order: Sequence[str]) -> Programme:
    """Pilots stand from the start; the rest opens by phase in the rule's order."""
    rest = [code for code in order if code not in PILOTS]
    years = [
        next(year for year, count in enumerate(PHASES) if k < count - len(PILOTS))
        for k in range(len(rest))
    ]
    return Programme(name=name, counties=(*PILOTS, *rest), years=(-1,) * len(PILOTS) + tuple(years))


def _least_hours(question: BaseQuestion, *, seed: int) -> list[str]:
    """Nested p-median on rural people: the siting engine."""
    plan = solve(to_problem(question), EFFORT["quick"], seed=seed)
    return [question.candidates.ids[k] for k in plan.order]


def _most_surplus(question: BaseQuestion, tables: Tables) -> list[str]:
    """Each next base brings the most kilograms within three hours that no earlier one has."""
    weight = surplus_weights(question.demand, None, tables)
    near = _near(question)
    left = weight.copy()
    order: list[int] = []
    ids = question.candidates.ids
    for code in (*PILOTS, *[""] * (PHASES[-1] - len(PILOTS))):
        best = ids.index(code) if code else int(np.argmax(near.T @ left))
        order.append(best)
        left[near[:, best] > 0] = 0.0
    return [ids[k] for k in order]


def _near(question: BaseQuestion) -> Floats:
    demand, candidates = question.demand, question.candidates
    km = great_circle_km(
        demand.lat[:, None], demand.lon[:, None], candidates.lat[None], candidates.lon[None]
    )
    near: Floats = (TravelModel().hours(km) <= NEAR_HOURS).astype(np.float64)
    return near


def _by_chance(question: BaseQuestion, *, seed: int) -> list[str]:
    """Counties drawn by their rural people: what no planning at all would give."""
    draw = np.random.default_rng([seed, 77])
    weight = question.demand.weight / question.demand.weight.sum()
    drawn = draw.choice(len(weight), size=PHASES[-1], replace=False, p=weight)
    order = [question.demand.ids[k] for k in drawn if question.demand.ids[k] not in PILOTS]
    return [*PILOTS, *order][: PHASES[-1]]
