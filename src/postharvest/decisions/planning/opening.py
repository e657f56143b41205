"""An approved plan as the terms of a sale: prices, promises, working time, people, capacities."""

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from postharvest.core.audit.actor import Actor
from postharvest.core.clock.time import at_hour, local_day
from postharvest.core.geo import great_circle_km
from postharvest.core.units import CREW_SECONDS_PER_DAY, GRAMS_PER_KG, fen, grams
from postharvest.decisions.planning import gather
from postharvest.decisions.planning.gather import day_of, pack_g
from postharvest.decisions.planning.models import RescuePlan
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.actions import (
    NOT_COOLED,
    LaneTerms,
    ListingTerms,
    SaleTerms,
)
from postharvest.operations.campaigns.models import BulkTerms, Sale
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions import days as network_days
from postharvest.operations.network.actions.days import DayCapacity
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions import places
from postharvest.operations.packing.actions.places import PointEntry
from postharvest.operations.packing.actions.shifts import ShiftTerms

LISTED_ABOVE_PLAN = 1.2
"""Sales are listed above plan, since demand is uncertain; never above what there is."""
FIT_SHARE = 0.96
"""Of what is cut, so much is fit for boxes."""
CLOSING_HOUR = 12
PROMISE_SHARE = 0.95
EARLIEST_SHARE = 0.05
UNLIMITED_PARCELS = 1_000_000
LOADED_G_PER_DAY = 4_000_000
"""Grams that one person bags in bundles and loads in a day."""
DEFAULT_FEE_SHARE = 0.018
_SPARE_DAYS = 6

Rows = Sequence[Mapping[str, Any]]


def sale_terms(plan: RescuePlan, *, now: datetime) -> SaleTerms:
    """Return what a sale of this plan is opened with."""
    case, answer = plan.case, plan.plan
    first, last = day_of(case, 1), day_of(case, case["horizon_days"])
    fee_share = case["demand"].get("fee_share", DEFAULT_FEE_SHARE)
    return SaleTerms(
        surplus_id=plan.surplus_id,
        opens_at=now,
        closes_at=at_hour(last, CLOSING_HOUR),
        first_day=first,
        last_day=last,
        capacity_g=_capacity_g(plan),
        promise_days=case["produce"]["promise_days"],
        max_late_share=case["policy"]["max_late_share"],
        ship_within_days=case["policy"]["ship_within_days"],
        fee_bp=round(fee_share * 10_000),
        refund_fen_per_kg=fen(case["produce"]["refund_yuan_per_kg"]),
        listings=[
            *(_listing(pack, answer["shown"][pack["id"]]) for pack in case["packs"]),
            *(_bundles(terms) for terms in _bulk_terms(plan)),
        ],
        lanes=_lanes(plan),
        crew_s_by_day=crew_s_by_day(case, answer),
    )


def prepare_network(plan: RescuePlan, *, actor: Actor, now: datetime) -> None:
    """Enter the points a plan assumed, and what lanes and post office take on its days."""
    surplus, case = plan.surplus, plan.case
    if not packing.points_of_base(surplus.base_id):
        entries = [_point_entry(point, surplus.branch_id) for point in case["points"]]
        places.register_points(base_id=surplus.base_id, entries=entries, actor=actor, now=now)
    days = [day_of(case, n + 1) for n in range(case["horizon_days"] + _SPARE_DAYS)]
    rules = network.day_rules(surplus.county_id, days[0], days[-1])
    closed = {day for day, rule in rules.items() if not rule.collects}
    lanes = list(network.lanes_for_origin(surplus.branch_id))
    zones = {zone["id"]: zone for zone in case["zones"]}
    network_days.set_lane_days(
        base_id=surplus.base_id,
        capacities=[
            DayCapacity(owner_id=lane.pk, day=day, capacity_parcels=parcels)
            for lane in lanes
            for day, parcels in parcels_taken(zones.get(lane.zone, {}), days, closed)
        ],
        actor=actor,
        now=now,
    )
    network_days.set_hub_days(
        base_id=surplus.base_id,
        capacities=[
            DayCapacity(owner_id=surplus.branch_id, day=day, capacity_parcels=parcels)
            for day, parcels in parcels_taken(case["hub"], days, closed)
        ],
        actor=actor,
        now=now,
    )


def shift_terms(plan: RescuePlan, sale: Sale) -> list[ShiftTerms]:
    """Return the people a plan calls, point by point and day by day, with their boxes and pay."""
    case, answer = plan.case, plan.plan
    listing_of = {row.net_g: row.pk for row in campaigns.shop_listings(sale.pk)}
    boxes: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for row in answer["pack"]:
        net_g = pack_g(row["pack"])
        day_boxes = boxes[row["point"], row["pack_day"]]
        listing = listing_of[net_g]
        day_boxes[listing] = day_boxes.get(listing, 0) + round(grams(row["kg"]) / net_g)
    return shifts_of_crew(
        case,
        answer,
        base_id=sale.base_id,
        boxes={k: dict(v) for k, v in boxes.items()},
    )


def shifts_of_crew(
    case: Mapping[str, Any],
    answer: Mapping[str, Any],
    *,
    base_id: int,
    boxes: Mapping[tuple[str, int], Mapping[int, int]],
) -> list[ShiftTerms]:
    """Return shifts for the crew rows of an answer; wages are the mean of who is called."""
    point_of = {point.code: point.pk for point in packing.points_of_base(base_id)}
    pay = pay_by_day(case, answer["labour"])
    out = []
    for row in answer["crew"]:
        point, number, people = row["point"], row["day"], round(row["people"])
        wage_fen, travel_fen = pay.get((point, number), (0, 0))
        out.append(
            ShiftTerms(
                point_id=point_of[point],
                day=day_of(dict(case), number),
                people=people,
                boxes=boxes.get((point, number), {}),
                day_wage_fen=wage_fen,
                travel_fen=travel_fen,
            )
        )
    return out


def crew_s_by_day(case: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[date, int]:
    """Return the packers' seconds that an answer's crews bring to each day."""
    out: dict[date, int] = defaultdict(int)
    for row in answer["crew"]:
        out[day_of(dict(case), row["day"])] += round(row["people"]) * CREW_SECONDS_PER_DAY
    return dict(out)


def window_days(pmf: Sequence[float]) -> tuple[int, int]:
    """Return the days on the road that all but 5 % exceed, and that 95 % stay within."""
    total, earliest = 0.0, 0
    for days, share in enumerate(pmf, 1):
        total += share
        if not earliest and total >= EARLIEST_SHARE:
            earliest = days
        if total >= PROMISE_SHARE:
            return earliest, days
    return earliest or 1, len(pmf)


def _capacity_g(plan: RescuePlan) -> int:
    """Grams to list: above plan, but no more than what is fit for boxes."""
    ordered = sum(row["kg"] for row in plan.plan["orders"])
    fit = sum(lot["kg"] for lot in plan.case["lots"]) * FIT_SHARE
    return grams(min(fit, ordered * LISTED_ABOVE_PLAN + sum(_bulk_kg(plan).values())))


def bulk_shares(plan: RescuePlan, sale: Sale) -> list[tuple[int, int]]:
    """Return (channel, 1/10,000 of the sale's grams) that the plan gives to each bulk channel."""
    kg = _bulk_kg(plan)
    return [
        (terms.channel_id, min(10_000, math.ceil(grams(share) * 10_000 / sale.capacity_g)))
        for terms in _bulk_terms(plan)
        if (share := kg.get(gather.bulk_outlet(terms.channel.code), 0.0)) > 0
    ]


def bulk_flows_back_at(sale: Sale, *, now: datetime) -> datetime:
    """Return when what bulk buyers have not agreed on is for everybody: half-way through."""
    return now + (sale.closes_at - now) / 2


def _bulk_kg(plan: RescuePlan) -> dict[str, float]:
    """Return the kilograms that the plan sells to each bulk outlet."""
    bulk = {row["id"] for row in plan.case["outlets"] if row.get("kind") == "bulk"}
    out: dict[str, float] = defaultdict(float)
    for row in plan.plan["outlet"]:
        if row["outlet"] in bulk:
            out[row["outlet"]] += row["kg"]
    return dict(out)


def _bulk_terms(plan: RescuePlan) -> list[BulkTerms]:
    return campaigns.bulk_terms(plan.surplus.base_id, plan.surplus.produce_id)


def _bundles(terms: BulkTerms) -> ListingTerms:
    return ListingTerms(
        channel=terms.channel.code,
        net_g=terms.bundle_g,
        team_fen=0,
        solo_fen=terms.fen_per_kg * terms.bundle_g // GRAMS_PER_KG,
        material_fen=terms.material_fen,
        packed_g_per_day=LOADED_G_PER_DAY,
        least_quantity=max(1, -(-terms.least_g // terms.bundle_g)),
        bundles_per_pallet=terms.bundles_per_pallet,
    )


def _listing(pack: Mapping[str, Any], shown: Mapping[str, float]) -> ListingTerms:
    return ListingTerms(
        net_g=pack_g(pack["id"]),
        team_fen=fen(shown["team_yuan"]),
        solo_fen=fen(shown["solo_yuan"]),
        material_fen=fen(pack["material_yuan"]),
        packed_g_per_day=grams(pack["kg_per_worker_day"]),
    )


def _lanes(plan: RescuePlan) -> list[LaneTerms]:
    served = {row["zone"] for row in plan.plan["orders"] if row["kg"] > 0}
    produce, policy = plan.case["produce"], plan.case["policy"]
    slack = math.floor(produce["shelf_life_days"] - produce["promise_days"])
    out = []
    for lane in network.lanes_for_origin(plan.surplus.branch_id):
        earliest, latest = window_days(lane.transit_pmf)
        late = sum(lane.transit_pmf[max(0, slack) :])
        why_not = ""
        if plan.surplus.produce.needs_cold and not lane.cold:
            why_not = NOT_COOLED
        elif late > policy["max_late_share"]:
            why_not = "it would lose its freshness on the way"
        elif lane.zone not in served:
            why_not = "postage there would eat up the price"
        out.append(
            LaneTerms(lane_id=lane.pk, earliest_days=earliest, latest_days=latest, why_not=why_not)
        )
    return out


def parcels_taken(
    table: Mapping[str, Any], days: Sequence[date], closed: Container[date]
) -> Iterable[tuple[date, int]]:
    """Yield the parcels that a zone or post office of a case takes on each of its days."""
    value = table.get("parcels_per_day")
    for n, day in enumerate(days):
        if day in closed:
            yield day, 0
        elif value is None:
            yield day, UNLIMITED_PARCELS
        elif isinstance(value, list):
            yield day, math.floor(value[min(n, len(value) - 1)])
        else:
            yield day, math.floor(value)


def _point_entry(point: Mapping[str, Any], branch_id: int) -> PointEntry:
    return PointEntry(
        branch_id=branch_id,
        code=point["id"],
        name=point["name"],
        lat=point["lat"],
        lon=point["lon"],
        stations=point["stations"],
        min_crew=point["min_crew"],
        setup_fen=fen(point["setup_yuan"]),
        day_fen=fen(point["day_cost_yuan"]),
        haul_fen_per_t=fen(point["haul_yuan_per_kg"] * 1000),
        status="assumption",
    )


def pay_by_day(case: Mapping[str, Any], labour: Rows) -> dict[tuple[str, int], tuple[int, int]]:
    """Return (mean day wage, travel in all) in fen by point and day."""
    pools = {pool["id"]: pool for pool in case["labour"]}
    points = {point["id"]: point for point in case["points"]}
    called: dict[tuple[str, int], float] = defaultdict(float)
    for row in labour:
        called[row["pool"], row["day"]] += row["people"]
    people: dict[tuple[str, int], float] = defaultdict(float)
    wages: dict[tuple[str, int], float] = defaultdict(float)
    travel: dict[tuple[str, int], float] = defaultdict(float)
    for row in labour:
        where = row["point"], row["day"]
        pool = pools[row["pool"]]
        wage = _mean_wage(pool, row["day"], called[row["pool"], row["day"]])
        km = case["transport"]["circuity"] * great_circle_km(
            lat1=pool["lat"],
            lon1=pool["lon"],
            lat2=points[row["point"]]["lat"],
            lon2=points[row["point"]]["lon"],
        )
        people[where] += row["people"]
        wages[where] += row["people"] * wage
        travel[where] += row["people"] * km * case["transport"]["labour_travel_yuan_per_km"]
    return {
        where: (fen(wages[where] / n), fen(travel[where])) for where, n in people.items() if n > 0
    }


def _mean_wage(pool: Mapping[str, Any], day: int, people: float) -> float:
    """Return what a day costs on average when so many of a village come."""
    there = pool["people_per_day"]
    most = float(there[day - 1] if isinstance(there, list) else there)
    rest, cost = people, 0.0
    for step in pool["wage_steps"]:
        take = min(rest, step["share"] * most)
        cost += take * step["yuan_per_day"]
        rest -= take
    return cost / people if people > 0 else 0.0


def days_to_come(case: Mapping[str, Any], now: datetime) -> list[date]:
    """Return the days of a case after today."""
    start = date.fromisoformat(case["start_date"])
    days = [start + timedelta(days=n) for n in range(case["horizon_days"])]
    return [day for day in days if day > local_day(now)]
