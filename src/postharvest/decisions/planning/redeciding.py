"""Deciding again while a sale runs: what was ordered stays, the days to come are planned anew.

The residual case is the approved plan's case less what has happened: fewer kilograms, fewer days,
people already bound to orders, and a demand level that the first days' orders have corrected.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from postharvest.core.audit.actor import Actor
from postharvest.core.clock.time import local_day
from postharvest.core.units import CREW_SECONDS_PER_DAY, fen, grams, kilograms, yuan
from postharvest.decisions.planning import gather, opening
from postharvest.decisions.planning.case_file import RescueCase, case_of
from postharvest.decisions.planning.models import RescuePlan
from postharvest.decisions.planning.plan_file import schedule_to_dict
from postharvest.engines.rescue.demand_update import DemandLevel, updated_demand
from postharvest.engines.rescue.model import Commitments
from postharvest.engines.rescue.problem import Ints, RescueParams
from postharvest.engines.rescue.replan import Replan, replan
from postharvest.engines.rescue.risk import RiskParams
from postharvest.engines.rescue.solve import GoalOutOfReachError
from postharvest.operations.campaigns import actions as campaigns
from postharvest.operations.campaigns import queries as sales
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions import shifts
from postharvest.operations.packing.actions.shifts import ShiftTerms
from postharvest.operations.packing.models import Point

CREW_BUFFER = 1.05
EFFORTS_CPU_SECONDS = (0.25, 1.0, 4.0)
NOTICE_DAYS = 1
WANTED_GAP, GOOD_GAP = 0.003, 0.03
"""A plan proven this near the best is taken; else the next effort is spent on it."""
_LEAST_KG = 1.0


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
    bound = _bound_crew_s(sale)
    current = _current_price_yuan(sale, plan.case)
    raw = _residual_case(
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


def demand_level(sale: Sale, case: Mapping[str, Any], *, today: date) -> DemandLevel:
    """Return what the orders so far say about the factor on the assumed demand (Bayes)."""
    ordered = orders.ordered_g(sale.pk)
    expected = _expected_kg(case, _current_price_yuan(sale, case))
    start, usual = date.fromisoformat(case["start_date"]), RiskParams()
    days = [start + timedelta(days=number) for number in range(len(expected))]
    seen = [number for number, day in enumerate(days) if day <= today]
    return updated_demand(
        ordered_kg=np.array([kilograms(ordered.get(days[n], 0)) for n in seen]),
        expected_kg=np.array([expected[n] for n in seen]),
        sold_out=np.array([_sold_out(sale, days[n]) for n in seen], dtype=bool),
        campaign_cv=float(case["demand"].get("kg_cv", usual.demand_cv_campaign)),
        day_cv=usual.demand_cv_day,
    )


def _sold_out(sale: Sale, day: date) -> bool:
    """Whether the days an order of this day could have been packed on were full."""
    rows = [d for d in sales.packing_days(sale.pk) if 0 <= (d.day - day).days <= 1]
    return bool(rows) and all(d.reserved_crew_s > 0.97 * d.capacity_crew_s for d in rows)


def _expected_kg(case: Mapping[str, Any], price_yuan: float) -> list[float]:
    demand = case["demand"]
    days = int(case["horizon_days"])
    shape = demand.get("day_shape") or [1.0] * days
    places = [n * (len(shape) - 1) / max(1, days - 1) for n in range(days)]
    values = [_interpolated(shape, place) for place in places]
    ratio = price_yuan / demand["reference_price_yuan"]
    total = demand["reference_kg"] * ratio ** -demand["elasticity"]
    return [total * value / sum(values) for value in values]


def _interpolated(shape: list[float], place: float) -> float:
    low = min(int(place), len(shape) - 1)
    high = min(low + 1, len(shape) - 1)
    return shape[low] + (shape[high] - shape[low]) * (place - low)


def _bound_crew_s(sale: Sale) -> dict[date, int]:
    """Working seconds that orders not yet packed need, by packing day."""
    seconds = {row.pk: row.box_crew_s for row in sales.listings_of(sale.pk)}
    out: dict[date, int] = defaultdict(int)
    for (day, listing), boxes in orders.committed_boxes(sale.pk).items():
        out[day] += boxes * seconds[listing]
    return dict(out)


def _current_price_yuan(sale: Sale, case: Mapping[str, Any]) -> float:
    """Return the reference pack's team price now."""
    net_g = gather.pack_g(case["demand"]["reference_pack"])
    rows = [row for row in sales.shop_listings(sale.pk) if row.net_g == net_g]
    return yuan(rows[0].team_fen) if rows else float(case["demand"]["reference_price_yuan"])


def _residual_case(
    sale: Sale,
    case: Mapping[str, Any],
    *,
    days: list[date],
    level: float,
    bound: Mapping[date, int],
    current_yuan: float,
) -> dict[str, Any]:
    skip = (days[0] - date.fromisoformat(case["start_date"])).days
    demand = dict(case["demand"])
    shape = _expected_kg(case, demand["reference_price_yuan"])[skip:]
    ladder = [p for p in demand["ladder_yuan"] if p <= current_yuan + 1e-6]
    demand |= {
        "reference_kg": sum(shape) * level,
        "day_shape": shape,
        "ladder_yuan": ladder or [min(demand["ladder_yuan"])],
    }
    lost = {point.code for point in _lost_points(sale)}
    lots = [_residual_lot(lot, free_kg, skip, len(days)) for lot, free_kg in _free_kg(sale, case)]
    hub, lanes = _parcels_per_day(sale, days)
    people = _everybody(case)
    needed = [bound.get(day, 0) for day in days]
    needed[0] += sum(s for day, s in bound.items() if day < days[0])
    busy = [min(1.0, s / CREW_SECONDS_PER_DAY / max(1.0, people)) for s in needed]
    return {
        **case,
        "name": f"{case['name']}-from-{days[0]}",
        "start_date": days[0].isoformat(),
        "horizon_days": len(days),
        "lots": [lot for lot in lots if lot["kg"] >= _LEAST_KG] or lots[:1],
        "labour": [
            {
                **pool,
                "people_per_day": [
                    math.floor(people_on(pool, skip + n) * (1 - share))
                    for n, share in enumerate(busy)
                ],
            }
            for pool in case["labour"]
        ],
        "points": [
            _closed(point, len(days)) if point["id"] in lost else _point_from(point, skip)
            for point in case["points"]
        ],
        "hub": hub or _rest_of(case["hub"], skip),
        "zones": [{**_rest_of(zone, skip), **lanes.get(zone["id"], {})} for zone in case["zones"]],
        "outlets": [_rest_of(outlet, skip) for outlet in case["outlets"]],
        "demand": demand,
        "policy": {k: v for k, v in case["policy"].items() if k not in ("goal", "clear_share")},
    }


def people_on(pool: Mapping[str, Any], day: int) -> float:
    """Return how many of a pool can pack on a day of its case, the first being 0."""
    there = pool["people_per_day"]
    return float(there[min(day, len(there) - 1)] if isinstance(there, list) else there)


def _everybody(case: Mapping[str, Any]) -> float:
    days = range(int(case["horizon_days"]))
    return sum(max(people_on(pool, day) for day in days) for pool in case["labour"])


def _point_from(point: Mapping[str, Any], skip: int) -> dict[str, Any]:
    """Return a point that is set up already, its closed days counted from the new first day."""
    out = {**_rest_of(point, skip), "setup_yuan": 0.0}
    if closed := point.get("closed_days"):
        out["closed_days"] = [day - skip for day in closed if day > skip]
    return out


def _lost_points(sale: Sale) -> list[Point]:
    """Return the points that have failed: they stay closed until somebody works there again."""
    lost = packing.lost_points(sale.pk)
    return [point for point in packing.points_of_base(sale.base_id) if point.pk in lost]


def _closed(point: Mapping[str, Any], days: int) -> dict[str, Any]:
    return {**_point_from(point, 0), "closed_days": list(range(1, days + 1))}


def _rest_of(table: Mapping[str, Any], skip: int) -> dict[str, Any]:
    """Return a table with its day by day numbers and its days from the new first day on."""
    out: dict[str, Any] = {
        name: value[skip:] if name.endswith("_per_day") and isinstance(value, list) else value
        for name, value in table.items()
    }
    for name in ("from_day", "to_day"):
        if name in out:
            out[name] = max(1, int(out[name]) - skip)
    if "to_day" in table and int(table["to_day"]) <= skip:
        out["kg_per_day"] = 0.0
    return out


def _parcels_per_day(
    sale: Sale, days: list[date]
) -> tuple[dict[str, list[int]], dict[str, dict[str, list[int]]]]:
    """Return what post office and lanes take on the days to come, as the network knows it now."""
    office = {row.day: row.capacity_parcels for row in network.hub_days([sale.branch_id], days)}
    zones = {lane.pk: lane.zone for lane in network.lanes_for_origin(sale.branch_id)}
    taken: dict[int, dict[date, int]] = defaultdict(dict)
    for row in network.lane_days(list(zones), days):
        taken[row.lane_id][row.day] = row.capacity_parcels
    hub = {"parcels_per_day": [office[day] for day in days]} if set(days) <= set(office) else {}
    lanes = {
        zones[lane]: {"parcels_per_day": [on[day] for day in days]}
        for lane, on in taken.items()
        if set(days) <= set(on)
    }
    return hub, lanes


def _residual_lot(lot: Mapping[str, Any], kg: float, skip: int, days: int) -> dict[str, Any]:
    first = max(1, int(lot["harvest_from_day"]) - skip)
    last = min(days, int(lot["harvest_to_day"]) - skip)
    return {
        **lot,
        "kg": round(kg if last >= first else 0.0, 3),
        "harvest_from_day": min(first, days),
        "harvest_to_day": max(last, min(first, days)),
    }


def _free_kg(sale: Sale, case: Mapping[str, Any]) -> list[tuple[dict[str, Any], float]]:
    """Return each lot with the kilograms that nobody has cut, bought or been promised."""
    left: dict[str, float] = defaultdict(float)
    for offer in harvest.offers_of(sale.surplus_id):
        left[offer.part.code] += kilograms(offer.offered_g - offer.called_g - offer.wholesale_g)
    net_g = {row.pk: row.net_g for row in sales.listings_of(sale.pk)}
    promised = sum(n * net_g[k] for (_, k), n in orders.committed_boxes(sale.pk).items())
    promised += orders.bulk_promised_g(sale.pk)
    at_points = sum(packing.stock_at_points(sale.pk).values())
    spoken_for = max(0.0, kilograms(promised - at_points)) * 1.03
    total = sum(left.values())
    keep = max(0.0, 1 - spoken_for / total) if total else 0.0
    return [(dict(lot), left[lot["id"]] * keep) for lot in case["lots"]]


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
    terms = _with_bound_crew(
        sale, case, raw=raw, answer=answer, days=days, bound=bound, before=before
    )
    prices = _prices(sale, answer)
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
        team_price_before_yuan=_current_price_yuan(sale, case),
        people=_people_by_day(terms),
        people_before=_people_before(before.values()),
        wholesale_kg=dict(wholesale),
        expected_rest_yuan=answer["net_income_yuan"],
        gain_yuan=found.gain_yuan,
        within=found.gap,
        left_kg=max(0.0, sum(free.values()) - gone),
        shifts=terms,
        prices_fen=prices,
        crew_s_by_day=_crew_s(sale, terms, days),
        capacity_g=_capacity_g(sale, raw, wholesale),
    )


def _with_bound_crew(
    sale: Sale,
    case: Mapping[str, Any],
    *,
    raw: Mapping[str, Any],
    answer: Mapping[str, Any],
    days: list[date],
    bound: Mapping[date, int],
    before: Mapping[tuple[int, date], Any],
) -> list[ShiftTerms]:
    """Return shifts that pack both what is promised and what is still to be sold."""
    lost = _lost_points(sale)
    points = [point for point in packing.points_of_base(sale.base_id) if point not in lost]
    in_use = {s.point_id for s in packing.shifts_of(sale.pk) if s.planned_people}
    in_use = in_use or {point.pk for point in points[:1]}
    terms = {
        (t.point_id, t.day): t
        for t in opening.shifts_of_crew(raw, answer, base_id=sale.base_id, boxes={})
    }
    late = sum(s for day, s in bound.items() if day < days[0])
    wage = max(
        [s.day_wage_fen for s in before.values()] + [t.day_wage_fen for t in terms.values()],
        default=0,
    )
    if not wage:
        wage = fen(min(step["yuan_per_day"] for step in case["labour"][0]["wage_steps"]))
    everybody = int(_everybody(case))
    out: dict[tuple[int, date], ShiftTerms] = {}
    for day in days:
        needed_s = bound.get(day, 0) + (late if day == days[0] else 0)
        extra = math.ceil(CREW_BUFFER * needed_s / CREW_SECONDS_PER_DAY)
        free = everybody
        for point in sorted(points, key=lambda p: (p.pk not in in_use, p.code)):
            planned = terms.get((point.pk, day))
            people = planned.people if planned else 0
            room = max(0, min(point.stations, free) - people)
            add = min(extra, room) if point.pk in in_use or people or extra else 0
            total = people + add
            if 0 < total < point.min_crew:
                total = min(point.min_crew, free, point.stations)
            extra -= min(extra, max(0, total - people))
            free -= total
            if total or (point.pk, day) in before:
                out[point.pk, day] = ShiftTerms(
                    point_id=point.pk,
                    day=day,
                    people=total,
                    boxes=planned.boxes if planned else {},
                    day_wage_fen=(planned.day_wage_fen if planned else 0) or wage,
                    travel_fen=planned.travel_fen if planned else 0,
                )
        out |= {
            (point.pk, day): ShiftTerms(
                point_id=point.pk, day=day, people=0, boxes={}, day_wage_fen=wage
            )
            for point in lost
            if (point.pk, day) in before and before[point.pk, day].lost_at is None
        }
    return list(out.values())


def _prices(sale: Sale, answer: Mapping[str, Any]) -> dict[int, tuple[int, int]]:
    """Return the prices that change; a price never rises, and stays when nothing is sold online."""
    if not answer["sells_online"]:
        return {}
    out = {}
    for row in sales.shop_listings(sale.pk):
        shown = answer["shown"].get(gather.pack_id(row.net_g))
        if shown and fen(shown["team_yuan"]) < row.team_fen:
            out[row.pk] = fen(shown["team_yuan"]), fen(shown["solo_yuan"])
    return out


def _capacity_g(
    sale: Sale, raw: Mapping[str, Any], wholesale_kg: Mapping[str, Mapping[str, float]]
) -> int:
    """Return what may be sold online in all: sold, and what is free less tomorrow's wholesale."""
    free_kg = sum(lot["kg"] for lot in raw["lots"])
    tomorrow = sum(wholesale_kg.get(raw["start_date"], {}).values())
    return sale.reserved_g + max(0, grams((free_kg - tomorrow) * opening.FIT_SHARE))


def _people_by_day(terms: list[ShiftTerms]) -> dict[str, int]:
    out: dict[str, int] = defaultdict(int)
    for one in terms:
        out[one.day.isoformat()] += one.people
    return dict(out)


def _people_before(rows: Any) -> dict[str, int]:  # noqa: ANN401  (a view of rows)
    out: dict[str, int] = defaultdict(int)
    for shift in rows:
        out[shift.day.isoformat()] += shift.planned_people
    return dict(out)


def _crew_s(sale: Sale, terms: list[ShiftTerms], days: list[date]) -> dict[date, int]:
    """Return each day's working time, never below what orders have claimed."""
    claimed = {row.day: row.reserved_crew_s for row in sales.packing_days(sale.pk)}
    called: dict[date, int] = defaultdict(int)
    for one in terms:
        called[one.day] += one.people * CREW_SECONDS_PER_DAY
    return {day: max(called[day], claimed.get(day, 0)) for day in days}
