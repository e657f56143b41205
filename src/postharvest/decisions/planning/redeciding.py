"""Deciding again while a sale runs: what was ordered stays, the days to come are planned anew."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction

from postharvest.core.audit.actor import Actor
from postharvest.core.clock.time import local_day
from postharvest.core.units import CREW_SECONDS_PER_DAY
from postharvest.decisions.planning import gather, opening
from postharvest.decisions.planning.case_file import RescueCase, case_of
from postharvest.decisions.planning.models import RescuePlan
from postharvest.decisions.planning.plan_file import schedule_to_dict
from postharvest.decisions.planning.residual_case import (
    bound_crew_s,
    current_price_yuan,
    demand_level,
    residual_case,
)
from postharvest.decisions.planning.terms_to_come import (
    capacity_to_come_g,
    crew_s_by_day,
    people_by_day,
    prices_to_come,
    shifts_to_come,
)
from postharvest.engines.rescue.demand_update import DemandLevel
from postharvest.engines.rescue.model import Commitments
from postharvest.engines.rescue.problem import Ints, RescueParams
from postharvest.engines.rescue.replan import Replan, replan
from postharvest.engines.rescue.solve import GoalOutOfReachError
from postharvest.operations.campaigns import actions as campaigns
from postharvest.operations.campaigns import queries as sales
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions import shifts
from postharvest.operations.packing.actions.shifts import ShiftTerms

EFFORTS_CPU_SECONDS = (0.25, 1.0, 4.0)
NOTICE_DAYS = 1
WANTED_GAP, GOOD_GAP = 0.003, 0.03
"""A plan proven this near the best is taken; else the next effort is spent on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redecision:
    """What is proposed for the days to come, and why."""

    sale_id: int
    made_at: datetime
    demand_level: float
    demand_low: float
    demand_high: float
    team_price_yuan: float
    team_price_before_yuan: float
    people: dict[str, int]
    people_before: dict[str, int]
    wholesale_kg: dict[str, dict[str, float]]
    expected_rest_yuan: float
    gain_yuan: float | None
    within: float
    left_kg: float
    shifts: list[ShiftTerms]
    prices_fen: dict[int, tuple[int, int]]
    crew_s_by_day: dict[date, int]
    capacity_g: int


def propose_redecision(*, sale_id: int, now: datetime, seed: int = 1) -> Redecision | None:
    """Plan the days after today anew; none when no day is left or the sale is closed.

    Solves outside any transaction and writes nothing.
    """
    sale = sales.sale(sale_id)
    plan = RescuePlan.objects.filter(surplus__sale=sale_id, state="approved").first()
    if sale is None or plan is None or sale.state == Sale.State.CLOSED:
        return None
    days = opening.days_to_come(plan.case, now)
    if not days:
        return None
    level = demand_level(sale, plan.case, today=local_day(now))
    bound = bound_crew_s(sale)
    current = current_price_yuan(sale, plan.case)
    raw = residual_case(
        sale, plan.case, days=days, level=level.mean, bound=bound, current_yuan=current
    )
    case = case_of(raw)
    try:
        found = _replanned(case, _announced(sale, case, days=days, bound=bound), seed=seed)
    except GoalOutOfReachError:
        return None
    return _answer(
        sale, plan.case, raw=raw, case_left=case, found=found, bound=bound, level=level, now=now
    )


def _announced(
    sale: Sale, case: RescueCase, *, days: list[date], bound: Mapping[date, int]
) -> Ints:
    """(P, T) packers announced, less those who pack what is ordered already."""
    number = {code: row for row, code in enumerate(case.point_ids)}
    points = {point.pk: point.code for point in packing.points_of_base(sale.base_id)}
    people = np.zeros((len(number), len(days)))
    for shift in packing.shifts_of(sale.pk):
        code = points.get(shift.point_id)
        if shift.day in days and code in number:
            people[number[code], days.index(shift.day)] += shift.planned_people
    busy = np.array([bound.get(day, 0) / CREW_SECONDS_PER_DAY for day in days])
    called = people.sum(axis=0)
    free = np.where(called > 0, np.maximum(0.0, 1 - busy / np.maximum(called, 1.0)), 0.0)
    return np.floor(people * free).astype(np.int64)


def _replanned(case: RescueCase, announced: Ints, *, seed: int) -> Replan:
    """Spend as little effort as brings a good plan: a large sale needs more than a small one.

    Raises
    ------
    GoalOutOfReachError
        Not even the promises can be kept.
    """
    promised = Commitments(
        announced_crew=announced,
        notice_days=NOTICE_DAYS,
        change_yuan_per_person=float(case.raw["policy"].get(gather.SHIFT_CHANGE, 0.0)),
    )
    standing = np.asarray(announced.any(axis=1))
    quick, *more = EFFORTS_CPU_SECONDS
    params = RescueParams(cpu_seconds=quick, wanted_gap=WANTED_GAP)
    found = replan(case.problem, promised, params, level=0, standing=standing, seed=seed)
    for cpu_seconds in more:
        if found.gap <= GOOD_GAP:
            break
        params = RescueParams(cpu_seconds=cpu_seconds, wanted_gap=WANTED_GAP)
        found = replan(case.problem, promised, params, level=0, standing=standing, seed=seed)
    return found


@transaction.atomic
def carry_out(*, redecision: Redecision, actor: Actor, now: datetime) -> None:
    """Set prices, working time and shifts of the days to come as proposed."""
    if redecision.prices_fen:
        campaigns.change_prices(
            sale_id=redecision.sale_id, prices_fen=redecision.prices_fen, actor=actor, now=now
        )
    campaigns.set_packing_days(
        sale_id=redecision.sale_id,
        crew_s_by_day=redecision.crew_s_by_day,
        actor=actor,
        now=now,
    )
    campaigns.set_capacity(
        sale_id=redecision.sale_id, capacity_g=redecision.capacity_g, actor=actor, now=now
    )
    shifts.announce_shifts(
        sale_id=redecision.sale_id, shifts=redecision.shifts, actor=actor, now=now
    )


def _answer(
    sale: Sale,
    case: Mapping[str, Any],
    *,
    raw: Mapping[str, Any],
    case_left: RescueCase,
    found: Replan,
    bound: Mapping[date, int],
    level: DemandLevel,
    now: datetime,
) -> Redecision:
    answer = schedule_to_dict(case_left, found.schedule)
    days = [gather.day_of(dict(raw), number + 1) for number in range(raw["horizon_days"])]
    before = {(s.point_id, s.day): s for s in packing.shifts_of(sale.pk) if s.day in set(days)}
    terms = shifts_to_come(
        sale, case, raw=raw, answer=answer, days=days, bound=bound, before=before
    )
    prices = prices_to_come(sale, answer)
    free = {lot["id"]: lot["kg"] for lot in raw["lots"]}
    gone = sum(row["kg"] for row in answer["harvest"]) + sum(r["kg"] for r in answer["outlet"])
    wholesale: dict[str, dict[str, float]] = defaultdict(dict)
    bulk = {row["id"] for row in raw["outlets"] if row.get("kind") == "bulk"}
    for row in answer["outlet"]:
        if row["outlet"] in bulk:
            continue
        wholesale[gather.day_of(dict(raw), row["day"]).isoformat()][row["lot"]] = row["kg"]
    return Redecision(
        sale_id=sale.pk,
        made_at=now,
        demand_level=level.mean,
        demand_low=level.low,
        demand_high=level.high,
        team_price_yuan=answer["price_reference_yuan"],
        team_price_before_yuan=current_price_yuan(sale, case),
        people=people_by_day((one.day, one.people) for one in terms),
        people_before=people_by_day((shift.day, shift.planned_people) for shift in before.values()),
        wholesale_kg=dict(wholesale),
        expected_rest_yuan=answer["net_income_yuan"],
        gain_yuan=found.gain_yuan,
        within=found.gap,
        left_kg=max(0.0, sum(free.values()) - gone),
        shifts=terms,
        prices_fen=prices,
        crew_s_by_day=crew_s_by_day(sale, terms, days),
        capacity_g=capacity_to_come_g(sale, raw, wholesale),
    )
