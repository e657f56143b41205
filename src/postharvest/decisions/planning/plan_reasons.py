"""Why a plan is as it is: what more would be worth, what would flip it, what else there was.

Everything here is computed from the case, the schedule and the dual prices of its last linear
program; words are chosen by whoever shows it.
"""

import math
from typing import Any

import numpy as np

from postharvest.decisions.planning.case_file import RescueCase
from postharvest.decisions.planning.shortfalls import standstill
from postharvest.engines.rescue.plan import RescuePlan, ShadowPrices

_MORE_PEOPLE, _MORE_PARCELS, _MORE_KG = 10, 100, 1000
_SHOWN_RELAXATIONS = 3


def plan_reasons(case: RescueCase, plan: RescuePlan) -> dict[str, Any]:
    """Return the plan file's ``why`` table."""
    return {
        "relaxations": _relaxations(case, plan),
        "flips": _flips(plan),
        "baselines": _baselines(case, plan),
        "zones_not_offered": _zones_not_offered(case, plan),
        "nothing_online": [] if plan.schedule.ordered_kg.sum() > 1.0 else standstill(case),
    }


def _relaxations(case: RescueCase, plan: RescuePlan) -> list[dict[str, Any]]:
    """The most valuable things to have more of; worth is the shadow price times the amount."""
    shadow = plan.shadow
    found = [
        *_people(case, plan, shadow),
        *_parcels(case, shadow),
        {
            "kind": "demand",
            "amount": 0.1,
            "worth_yuan": 0.1
            * float((shadow.demand_kg * case.problem.wanted_kg(plan.schedule.level)).sum()),
        },
        {
            "kind": "postage",
            "amount": -0.1,
            "worth_yuan": -0.1 * plan.items_yuan["postage"],
        },
        {
            "kind": "surplus_kg",
            "where": case.lot_ids[int(shadow.lot_kg.argmax())],
            "amount": _MORE_KG,
            "worth_yuan": _MORE_KG * float(shadow.lot_kg.max()),
        },
    ]
    worth = [row for row in found if row["worth_yuan"] > 1.0]
    worth.sort(key=lambda row: -row["worth_yuan"])
    return [
        {**row, "worth_yuan": round(row["worth_yuan"], 2)} for row in worth[:_SHOWN_RELAXATIONS]
    ]


def _people(case: RescueCase, plan: RescuePlan, shadow: ShadowPrices) -> list[dict[str, Any]]:
    worth = np.where(plan.schedule.open_, shadow.crew, 0.0)
    if worth.max(initial=0.0) <= 0:
        return []
    point, day = np.unravel_index(int(worth.argmax()), worth.shape)
    return [
        {
            "kind": "people",
            "where": case.point_ids[int(point)],
            "day": int(day) + 1,
            "amount": _MORE_PEOPLE,
            "worth_yuan": _MORE_PEOPLE * float(worth.max()),
        }
    ]


def _parcels(case: RescueCase, shadow: ShadowPrices) -> list[dict[str, Any]]:
    rows = []
    if shadow.hub_parcels.max(initial=0.0) > 0:
        day = int(shadow.hub_parcels.argmax())
        worth = _MORE_PARCELS * float(shadow.hub_parcels.max())
        rows.append({"kind": "hub", "day": day + 1, "amount": _MORE_PARCELS, "worth_yuan": worth})
    if shadow.point_parcels.max(initial=0.0) > 0:
        where = np.unravel_index(int(shadow.point_parcels.argmax()), shadow.point_parcels.shape)
        rows.append(
            {
                "kind": "point_parcels",
                "where": case.point_ids[int(where[0])],
                "day": int(where[1]) + 1,
                "amount": _MORE_PARCELS,
                "worth_yuan": _MORE_PARCELS * float(shadow.point_parcels.max()),
            }
        )
    return rows


def _flips(plan: RescuePlan) -> list[dict[str, Any]]:
    """How far off postage, demand or wages must be before selling online stops paying."""
    rows = [
        {"assumption": name.removesuffix("_factor"), "factor": round(value, 4)}
        for name, value in plan.break_even.items()
        if value is not None
    ]
    wages = -plan.items_yuan["wages"] - plan.items_yuan["labour_travel"]
    if wages > 1.0:
        factor = 1 + (plan.net_income_yuan - plan.baseline_yuan) / wages
        rows.append({"assumption": "wages", "factor": round(factor, 4)})
    return sorted(rows, key=lambda row: abs(math.log(max(1e-3, row["factor"]))))


def _baselines(case: RescueCase, plan: RescuePlan) -> list[dict[str, Any]]:
    """What the field buyers would take, a normal season, leaving it all in the field."""
    p = case.problem
    rows = [
        {"name": "nothing_online", "net_yuan": round(plan.baseline_yuan, 2)},
        {"name": "left_in_the_field", "net_yuan": 0.0},
    ]
    if case.normal_farm_gate_yuan_per_kg is not None:
        net = float(p.lot_kg @ (case.normal_farm_gate_yuan_per_kg - p.harvest_cost_yuan_per_kg))
        rows.insert(1, {"name": "normal_season", "net_yuan": round(net, 2)})
    return rows


def _zones_not_offered(case: RescueCase, plan: RescuePlan) -> list[dict[str, Any]]:
    """Zones without orders, with the reason and its number."""
    p, s = case.problem, plan.schedule
    fresh, sold = p.fresh_enough(), s.ordered_kg.sum(axis=(1, 2))
    rows = []
    for zone in range(p.zones):
        if sold[zone] > 1.0:
            continue
        row: dict[str, Any] = {"zone": case.zone_ids[zone]}
        if not fresh[:, zone].any():
            row.update(reason="too_late", late_share=round(float(p.late_share[0, zone]), 4))
        else:
            margin = _best_margin(case, plan, zone)
            row.update(
                reason="postage" if margin <= 0 else "better_elsewhere",
                margin_yuan_per_kg=round(margin, 3),
            )
        rows.append(row)
    return rows


def _best_margin(case: RescueCase, plan: RescuePlan, zone: int) -> float:
    """Yuan per kg left of the best pack after postage, packaging, refunds, harvest and a wage."""
    p = case.problem
    wage = p.wage_yuan_per_day.min() / p.pack_kg_per_worker_day
    margin = (
        p.revenue_yuan_per_kg(plan.schedule.level)
        - (p.postage_yuan[zone] + p.pack_material_yuan) / p.pack_kg
        - wage
        - p.late_share[0, zone] * p.refund_yuan_per_kg
        - p.harvest_cost_yuan_per_kg.min()
    )
    return float(margin.max())
