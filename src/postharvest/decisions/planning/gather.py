"""Rows in, a rescue case out: the only road from the database to the engine.

The case has the published format, so that what was planned can be read, checked and planned again
by anybody.
"""

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput
from postharvest.core.units import FEN_PER_YUAN, kilograms, yuan
from postharvest.decisions.insight.finished_sales import learnt_for
from postharvest.decisions.planning.assumed import Assumptions
from postharvest.decisions.planning.learnt import learnt_demand
from postharvest.decisions.planning.models import CopiedFigure
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.models import BulkTerms, Pack
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.models import Produce, Surplus, SurplusPart
from postharvest.operations.network import base_queries
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Lane
from postharvest.operations.network.queries import DayRule
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.models import LabourPool, Point

LONGEST_PLAN_DAYS = 21
SAID = "the report"
KG_PER_TONNE = 1000
SHIFT_CHANGE = "ext_shift_change_yuan_per_person"
"""Field of a case's policy: what calling a packer off or in costs once shifts are announced."""
_LADDER = (0.55, 0.65, 0.75, 0.85, 0.95, 1.0, 1.1, 1.2, 1.3, 1.45)


def rescue_case(surplus_id: int, *, now: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Build the case of a surplus, and the list of every assumption in it.

    Raises
    ------
    InvalidInput
        Nothing can be planned: the window is over, the base is not open, or no lane leads
        anywhere.
    """
    surplus = harvest.surplus(surplus_id)
    if surplus.base.state != surplus.base.State.OPEN:
        raise InvalidInput("base", f"{surplus.base.code} is not open; open it, or report elsewhere")
    known = Assumptions.of_base(surplus.base_id)
    _note_copied(surplus.base_id, known)
    parts = harvest.parts_of(surplus_id)
    _note_positions(surplus, parts, known)
    start, days = _horizon(surplus, today=local_day(now))
    lanes = _lanes(surplus)
    packs = _packs(surplus, known)
    rules = _rules(surplus, start, days)
    case: dict[str, Any] = {
        "schema": "postharvest.rescue-case/1",
        "name": f"surplus-{surplus.pk}-{surplus.produce_id}",
        "start_date": start.isoformat(),
        "horizon_days": days,
        "lots": [_lot(part, start, days) for part in parts],
        "points": _on_open_days(_points(surplus, parts, known), rules),
        "labour": _off_to_market(_labour(surplus, parts, known), rules, known),
        "transport": {
            "haul_yuan_per_kg_km": known.number(
                "transport.haul_yuan_per_kg_km", default="haul_field_to_point"
            ),
            "labour_travel_yuan_per_km": known.number(
                "transport.labour_travel_yuan_per_km", default="labour_travel"
            ),
            "circuity": 1.3,
        },
        "packs": packs,
        "zones": _zones(surplus, lanes, packs, known),
        "hub": {"parcels_per_day": _hub(surplus, known)},
        "outlets": _outlets(surplus),
        "policy": {
            "ship_within_days": 2,
            "max_late_share": known.number("policy.max_late_share", default="max_late_share"),
            SHIFT_CHANGE: known.number("policy.shift_change", default="shift_change"),
        },
    }
    case["demand"] = _demand(surplus, packs, known, days=days)
    case["produce"] = _produce(surplus, case["demand"], known)
    return case, known.listed()


def _note_copied(base_id: int, known: Assumptions) -> None:
    rows = CopiedFigure.objects.filter(base_id=base_id, estimated_at__isnull=True)
    for row in rows.select_related("origin").order_by("pk"):
        known.note(
            f"copied.{row.what}",
            row.origin.code,
            unit="base",
            status="copied",
            source="taken over from another base; estimate it for this place",
            as_of=row.copied_at.date(),
        )


def _note_positions(surplus: Surplus, parts: Sequence[SurplusPart], known: Assumptions) -> None:
    known.note(
        "lots.position",
        len(parts),
        unit="",
        status=surplus.position_status,
        source=SAID if surplus.position_status == "own" else "a seat nearby, spread",
        as_of=surplus.reported_at.date(),
    )


def _lanes(surplus: Surplus) -> list[Lane]:
    """Return the lanes that may carry the produce: what must stay cold, only cooled ones."""
    lanes = list(network.lanes_for_origin(surplus.branch_id))
    if not lanes:
        raise InvalidInput("lanes", "no lane leaves this post office; build its lanes first")
    if not surplus.produce.needs_cold:
        return lanes
    cooled = [lane for lane in lanes if lane.cold]
    if not cooled:
        raise InvalidInput(
            "cold", f"{surplus.produce} must stay cold and no lane of this post office is cooled"
        )
    return cooled


def _horizon(surplus: Surplus, *, today: date) -> tuple[date, int]:
    start = max(surplus.harvest_from, today)
    days = (surplus.harvest_to - start).days + 1
    if days < 1:
        raise InvalidInput("harvest_to", f"has passed (today is {today}); report the surplus anew")
    return start, min(days, LONGEST_PLAN_DAYS)


def _rules(surplus: Surplus, start: date, days: int) -> list[DayRule]:
    """Return what the calendar says of each day of the plan."""
    last = start + timedelta(days=days - 1)
    known = network.day_rules(surplus.county_id, start, last)
    return [known.get(start + timedelta(days=n), DayRule()) for n in range(days)]


def _on_open_days(points: list[dict[str, Any]], rules: list[DayRule]) -> list[dict[str, Any]]:
    """Close every point on days on which nobody packs or the post collects nothing."""
    closed = [n for n, rule in enumerate(rules, 1) if rule.is_closed]
    return [{**point, "closed_days": closed} for point in points] if closed else points


def _off_to_market(
    pools: list[dict[str, Any]], rules: list[DayRule], known: Assumptions
) -> list[dict[str, Any]]:
    """On market days part of a village is at the market and does not pack."""
    if not any(rule.is_market for rule in rules):
        return pools
    share = known.number("calendar.market_day_absent_share", default="market_day_absent")
    return [
        {
            **pool,
            "people_per_day": [
                math.floor(pool["people_per_day"] * (1 - share if rule.is_market else 1))
                for rule in rules
            ],
        }
        for pool in pools
    ]


def _lot(part: SurplusPart, start: date, days: int) -> dict[str, Any]:
    first = max(1, (part.harvest_from - start).days + 1)
    last = min(days, (part.harvest_to - start).days + 1)
    offers = list(part.offers.all())
    left_g = part.offered_g - sum(o.called_g + o.wholesale_g for o in offers)
    return {
        "id": part.code,
        "village": part.village,
        "kg": kilograms(left_g),
        "lat": part.lat,
        "lon": part.lon,
        "harvest_from_day": min(first, days),
        "harvest_to_day": max(last, min(first, days)),
        "harvest_cost_yuan_per_kg": part.harvest_fen_per_t / FEN_PER_YUAN / KG_PER_TONNE,
        "growers": len(offers),
    }


def _produce(surplus: Surplus, demand: dict[str, Any], known: Assumptions) -> dict[str, Any]:
    produce = surplus.produce
    known.note(
        "produce.shelf_life_days",
        surplus.shelf_life_days,
        unit="days",
        status=surplus.shelf_life_status,
        source=SAID if surplus.shelf_life_status == "own" else produce.shelf_source,
        as_of=_table_day("produce", surplus),
    )
    mean_price = sum(demand["ladder_yuan"]) / len(demand["ladder_yuan"])
    pack_kg = float(str(demand["reference_pack"]).removesuffix("kg"))
    refund = known.own("produce.refund_yuan_per_kg")
    farm_gate_fen = (produce.farmgate_lo_fen_per_kg + produce.farmgate_hi_fen_per_kg) / 2
    return {
        "id": produce.pk,
        "name_en": produce.name_en,
        "name_zh": produce.name_zh,
        "shelf_life_days": surplus.shelf_life_days,
        "promise_days": known.number("produce.promise_days", default="promise_days"),
        "hold_days": int(known.number("produce.hold_days", default="hold_days")),
        "refund_yuan_per_kg": mean_price / pack_kg if refund is None else refund,
        "normal_farm_gate_yuan_per_kg": farm_gate_fen / FEN_PER_YUAN,
    }


def _points(
    surplus: Surplus, parts: Sequence[SurplusPart], known: Assumptions
) -> list[dict[str, Any]]:
    own = packing.points_of_base(surplus.base_id)
    if own:
        return [_own_point(point) for point in own]
    return [_assumed_point(f"P{i:02d}", part, known) for i, part in enumerate(parts, 1)]


def _own_point(point: Point) -> dict[str, Any]:
    return {
        "id": point.code,
        "name": point.name,
        "lat": point.lat,
        "lon": point.lon,
        "stations": point.stations,
        "min_crew": point.min_crew,
        "setup_yuan": yuan(point.setup_fen),
        "day_cost_yuan": yuan(point.day_fen),
        "haul_yuan_per_kg": yuan(point.haul_fen_per_t) / KG_PER_TONNE,
    }


def _assumed_point(code: str, part: SurplusPart, known: Assumptions) -> dict[str, Any]:
    return {
        "id": code,
        "name": part.village,
        "lat": part.lat,
        "lon": part.lon,
        "stations": int(known.number("point_stations_small")),
        "min_crew": int(known.number("point_min_crew")),
        "setup_yuan": known.number("point_setup_small"),
        "day_cost_yuan": known.number("point_day_small"),
        "haul_yuan_per_kg": known.number("point_haul"),
    }


def _labour(
    surplus: Surplus, parts: Sequence[SurplusPart], known: Assumptions
) -> list[dict[str, Any]]:
    own = packing.pools_of_base(surplus.base_id)
    if own:
        return [_own_pool(pool) for pool in own]
    county = surplus.county
    people = county.rural_population / max(1, county.n_villages)
    wage = known.number("labour_wage_base")
    steps = [
        {"share": 0.7, "yuan_per_day": wage},
        {"share": 0.3, "yuan_per_day": wage * known.number("labour_wage_step2")},
    ]
    available = max(4, round(people * known.number("labour_share_available")))
    return [
        {
            "id": f"T{i:02d}",
            "village": part.village,
            "lat": part.lat,
            "lon": part.lon,
            "people_per_day": available,
            "wage_steps": steps,
        }
        for i, part in enumerate(parts, 1)
    ]


def _own_pool(pool: LabourPool) -> dict[str, Any]:
    return {
        "id": pool.code,
        "village": pool.village,
        "lat": pool.lat,
        "lon": pool.lon,
        "people_per_day": pool.people_per_day,
        "wage_steps": [
            {"share": step["share"], "yuan_per_day": yuan(step["fen_per_day"])}
            for step in pool.wage_steps
        ],
    }


def pack_id(net_g: int) -> str:
    """Name a box size as case files do: "4.5kg"."""
    return f"{net_g / 1000:g}kg"


def pack_g(name: str) -> int:
    """Return the grams of a box size named as case files do."""
    return round(float(name.removesuffix("kg")) * 1000)


def _packs(surplus: Surplus, known: Assumptions) -> list[dict[str, Any]]:
    own = campaigns.packs_of(surplus.base_id, surplus.produce_id)
    if own:
        return [_own_pack(pack) for pack in own]
    return _assumed_packs(surplus.produce, known)


def _own_pack(pack: Pack) -> dict[str, Any]:
    return {
        "id": pack_id(pack.net_g),
        "net_kg": kilograms(pack.net_g),
        "material_yuan": yuan(pack.material_fen),
        "kg_per_worker_day": kilograms(pack.packed_g_per_day),
        "demand_share": pack.demand_share,
        "price_exponent": pack.price_exponent,
    }


def _assumed_packs(produce: Produce, known: Assumptions) -> list[dict[str, Any]]:
    sizes = sorted(float(kg) for kg in produce.packs_kg)[-2:] or [2.5, 4.5]
    nominal = known.number(f"kg_per_worker_day_bruise_{produce.bruise_class}")
    rate = nominal * known.number("attendance") * known.number("plan_buffer")
    small, large = known.number("carton_2_5kg"), known.number("carton_4_5kg")
    factor = known.number("small_pack_productivity")
    return [
        {
            "id": pack_id(round(kg * 1000)),
            "net_kg": kg,
            "material_yuan": round(max(0.3, small + (large - small) * (kg - 2.5) / 2.0), 2),
            "kg_per_worker_day": round(rate * (factor if kg < 3 else 1.0), 1),  # noqa: PLR2004
            "demand_share": 1.0 / len(sizes),
            "price_exponent": 0.85,
        }
        for kg in sizes
    ]


def _zones(
    surplus: Surplus, lanes: Sequence[Lane], packs: Sequence[dict[str, Any]], known: Assumptions
) -> list[dict[str, Any]]:
    own_shares = known.own("demand.zone_shares") or {}
    weights = network.demand_weights([lane.pk for lane in lanes])
    zones, loaded = [], _table_day("postal_tariffs", surplus)
    for lane in lanes:
        share = float(own_shares.get(lane.zone, weights.get(lane.pk, 0.0)))
        postage = {p["id"]: _postage_yuan(lane, pack_g(p["id"])) for p in packs}
        if share <= 0 or not all(postage.values()):
            continue
        zones.append(
            {
                "id": lane.zone,
                "name": lane.name_en,
                "demand_share": share,
                "transit": {"pmf": lane.transit_pmf},
                "postage_yuan": postage,
            }
        )
        known.note(
            f"lane.{lane.zone}.postage",
            postage,
            unit="yuan per parcel",
            status=lane.status_note[:40] or "own",
            source="lanes of the post office",
            as_of=loaded,
        )
    if not zones:
        raise InvalidInput("lanes", "no lane has postage for these box sizes; build the lanes anew")
    return zones


def _postage_yuan(lane: Lane, net_g: int) -> float:
    return float(lane.postage_fen.get(str(net_g), 0)) / FEN_PER_YUAN


def _hub(surplus: Surplus, known: Assumptions) -> float:
    own = known.own("hub.parcels_per_day")
    if own is not None:
        return float(own)
    fitting = base_queries.fitting(surplus.base_id)
    if fitting is not None and fitting.parcels_per_day:
        return float(fitting.parcels_per_day)
    people = surplus.county.rural_population + surplus.county.urban_population
    return round(known.number("hub_parcels_per_day_per_1000_people") * people / 1000)


def _outlets(surplus: Surplus) -> list[dict[str, Any]]:
    return [*_field_buyers(surplus), *_bulk_buyers(surplus)]


def _bulk_buyers(surplus: Surplus) -> list[dict[str, Any]]:
    """Return the bulk channels that take this produce, as outlets that a plan may choose."""
    return [
        {
            "id": bulk_outlet(terms.channel.code),
            "name": terms.channel.name,
            "kind": "bulk",
            "yuan_per_kg": yuan(terms.fen_per_kg - bulk_fee_fen_per_kg(terms)),
            "kg_per_day": kilograms(terms.g_per_day),
            "min_order_kg": kilograms(terms.least_g),
            "freight_yuan_per_kg": yuan(terms.freight_fen_per_kg),
            "labour_yuan_per_kg": yuan(terms.loading_fen_per_kg),
        }
        for terms in campaigns.bulk_terms(surplus.base_id, surplus.produce_id)
    ]


def bulk_outlet(channel_code: str) -> str:
    """Name a bulk channel as an outlet of a case."""
    return f"bulk-{channel_code}"


def bulk_fee_fen_per_kg(terms: BulkTerms) -> int:
    """Return what a broker keeps of a kilogram."""
    return terms.fen_per_kg * (terms.channel.fee_bp or 0) // 10_000


def _field_buyers(surplus: Surplus) -> list[dict[str, Any]]:
    if not surplus.wholesale_g_per_day:
        return []
    return [
        {
            "id": "merchant",
            "name": "local buyer at the field edge",
            "yuan_per_kg": yuan(surplus.wholesale_fen_per_kg),
            "kg_per_day": kilograms(surplus.wholesale_g_per_day),
            "split": "equal",
        }
    ]


def _demand(
    surplus: Surplus, packs: Sequence[dict[str, Any]], known: Assumptions, *, days: int
) -> dict[str, Any]:
    own = known.own("demand")
    if own is not None:
        return dict(own)
    reference = max(packs, key=lambda pack: float(pack["net_kg"]))
    learnt = learnt_for(base_id=surplus.base_id, produce_id=surplus.produce_id)
    if learnt is not None:
        return learnt_demand(learnt, reference=reference, days=days, ladder=_LADDER, known=known)
    produce = surplus.produce
    retail = (produce.retail_lo_fen_per_kg + produce.retail_hi_fen_per_kg) / 2 / FEN_PER_YUAN
    price = round(retail * reference["net_kg"] * known.number("reference_price"), 1)
    kg = kilograms(surplus.reported_g) * known.number("reference_demand")
    known.note(
        "demand.reference_price_yuan",
        price,
        unit="yuan per box",
        status="memory",
        source=produce.price_source,
        as_of=_table_day("produce", surplus),
    )
    return {
        "reference_pack": reference["id"],
        "reference_price_yuan": price,
        "reference_kg": kg,
        "elasticity": known.number("listing_elasticity"),
        "kg_cv": known.number("demand.kg_cv", default="demand_cv_campaign"),
        "ladder_yuan": sorted({round(price * step) - 0.1 for step in _LADDER if price * step > 2}),  # noqa: PLR2004
    }


def _table_day(name: str, surplus: Surplus) -> date:
    """Return since when a table's figures stand; what was never loaded is as new as the report."""
    return network.table_day(name) or surplus.reported_at.date()


def day_of(case: dict[str, Any], number: int) -> date:
    """Return the date of a case's day 1…T."""
    return date.fromisoformat(case["start_date"]) + timedelta(days=number - 1)
