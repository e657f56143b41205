"""What is left of a sale's case while it runs: fewer days, fewer kilograms, people already bound.

The residual case is the approved plan's case less what has happened, with the demand level that
the orders so far have corrected, so that the engine can plan the days to come as any other.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from postharvest.core.units import CREW_SECONDS_PER_DAY, kilograms, yuan
from postharvest.decisions.planning import gather
from postharvest.engines.rescue.demand_update import DemandLevel, updated_demand
from postharvest.engines.rescue.risk import RiskParams
from postharvest.operations.campaigns import queries as sales
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.models import Point

_LEAST_KG = 1.0


def demand_level(sale: Sale, case: Mapping[str, Any], *, today: date) -> DemandLevel:
    """Return what the orders so far say about the factor on the assumed demand (Bayes)."""
    ordered = orders.ordered_g(sale.pk)
    expected = _expected_kg(case, current_price_yuan(sale, case))
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
    places = np.arange(days) * (len(shape) - 1) / max(1, days - 1)
    values = np.interp(places, np.arange(len(shape)), shape).tolist()
    ratio = price_yuan / demand["reference_price_yuan"]
    total = demand["reference_kg"] * ratio ** -demand["elasticity"]
    return [total * value / sum(values) for value in values]


def bound_crew_s(sale: Sale) -> dict[date, int]:
    """Working seconds that orders not yet packed need, by packing day."""
    seconds = {row.pk: row.box_crew_s for row in sales.listings_of(sale.pk)}
    out: dict[date, int] = defaultdict(int)
    for (day, listing), boxes in orders.committed_boxes(sale.pk).items():
        out[day] += boxes * seconds[listing]
    return dict(out)


def current_price_yuan(sale: Sale, case: Mapping[str, Any]) -> float:
    """Return the reference pack's team price now."""
    net_g = gather.pack_g(case["demand"]["reference_pack"])
    rows = [row for row in sales.shop_listings(sale.pk) if row.net_g == net_g]
    return yuan(rows[0].team_fen) if rows else float(case["demand"]["reference_price_yuan"])


def residual_case(
    sale: Sale,
    case: Mapping[str, Any],
    *,
    days: list[date],
    level: float,
    bound: Mapping[date, int],
    current_yuan: float,
) -> dict[str, Any]:
    """Return the case of the days to come, in the published format.

    Parameters
    ----------
    level : factor on the assumed demand.
    bound : working seconds by packing day that orders not yet packed need.
    current_yuan : the reference pack's team price now; the ladder never rises above it.
    """
    skip = (days[0] - date.fromisoformat(case["start_date"])).days
    demand = dict(case["demand"])
    shape = _expected_kg(case, demand["reference_price_yuan"])[skip:]
    ladder = [p for p in demand["ladder_yuan"] if p <= current_yuan + 1e-6]
    demand |= {
        "reference_kg": sum(shape) * level,
        "day_shape": shape,
        "ladder_yuan": ladder or [min(demand["ladder_yuan"])],
    }
    lost = {point.code for point in lost_points(sale)}
    lots = [_residual_lot(lot, free_kg, skip, len(days)) for lot, free_kg in _free_kg(sale, case)]
    hub, lanes = _parcels_per_day(sale, days)
    people = everybody(case)
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
                    math.floor(_people_on(pool, skip + n) * (1 - share))
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


def _people_on(pool: Mapping[str, Any], day: int) -> float:
    """Return how many of a pool can pack on a day of its case, the first being 0."""
    there = pool["people_per_day"]
    return float(there[min(day, len(there) - 1)] if isinstance(there, list) else there)


def everybody(case: Mapping[str, Any]) -> float:
    """Return how many people can pack at the most, each pool on its best day."""
    days = range(int(case["horizon_days"]))
    return sum(max(_people_on(pool, day) for day in days) for pool in case["labour"])


def _point_from(point: Mapping[str, Any], skip: int) -> dict[str, Any]:
    """Return a point that is set up already, its closed days counted from the new first day."""
    out = {**_rest_of(point, skip), "setup_yuan": 0.0}
    if closed := point.get("closed_days"):
        out["closed_days"] = [day - skip for day in closed if day > skip]
    return out


def lost_points(sale: Sale) -> list[Point]:
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
