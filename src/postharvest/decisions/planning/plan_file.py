"""Rescue plans and frontiers as files: `…rescue-plan/1`, `…rescue-frontier/1`.

The page that defines the format fixes names and rounding; everything under ``break_even``,
``shown``, ``baseline``, ``assumptions`` and ``why`` is ours, beside it.
"""

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postharvest.core.whole_files import write_whole
from postharvest.decisions.planning.case_file import RescueCase
from postharvest.decisions.planning.plan_reasons import plan_reasons
from postharvest.decisions.planning.risk_block import SCENARIOS, risk_block
from postharvest.decisions.planning.solving import whole_tenths
from postharvest.engines.rescue.plan import RescuePlan, Schedule, cleared_kg, income_items

PLAN_SCHEMA = "postharvest.rescue-plan/1"
_DUST = 5e-7
FRONTIER_SCHEMA = "postharvest.rescue-frontier/1"


def plan_to_dict(
    case: RescueCase, plan: RescuePlan, *, scenarios: int = SCENARIOS
) -> dict[str, Any]:
    """Write a plan in the plan file's words."""
    s, p = plan.schedule, case.problem
    net = round(plan.net_income_yuan, 4)
    # with a weight on wages the bound is one of that objective, not of the net income
    bound = None if plan.wage_weight else round(plan.certificate.bound_yuan, 4)
    ladder = float(p.ladder_yuan[s.level])
    prices = ladder * p.pack_price_factor
    return {
        "schema": PLAN_SCHEMA,
        "case": case.name,
        "goal": _goal(plan),
        "price_reference_yuan": round(ladder, 6),
        "price": {k: round(float(x), 4) for k, x in zip(case.pack_ids, prices, strict=True)},
        "net_income_yuan": net,
        "bound_yuan": bound,
        "gap": None if bound is None else (bound - net) / max(1.0, abs(net)),
        "open_points": [i for i, up in zip(case.point_ids, s.set_up, strict=True) if up],
        **_decisions(case, plan.schedule),
        "objective": {
            "yuan": round(plan.objective_yuan, 4),
            "bound_yuan": round(plan.certificate.bound_yuan, 4),
            "gap": plan.gap,
            "wage_weight": plan.wage_weight,
            "max_unsold_spread": plan.max_unsold_spread,
        },
        "risk": risk_block(case, plan, seed=plan.seed, scenarios=scenarios),
        "items_yuan": {name: round(value, 2) for name, value in plan.items_yuan.items()},
        "cleared_share": _share(cleared_kg(s), p.total_kg),
        "shown": shown_prices(case, ladder),
        "sells_online": bool(s.ordered_kg.sum() > 1.0),
        "baseline": {"nothing_online_yuan": round(plan.baseline_yuan, 2)},
        "break_even": {
            name: None if value is None else round(value, 4)
            for name, value in plan.break_even.items()
        },
        "why": plan_reasons(case, plan),
        "assumptions": stated_assumptions(case),
        "certificate": {
            "method": "largest bound over the price levels",
            "levels": [
                {
                    "price_yuan": float(price),
                    "bound_yuan": None if not np.isfinite(b) else round(float(b), 2),
                    "proof": proof,
                }
                for price, b, proof in zip(
                    p.ladder_yuan,
                    plan.certificate.level_bounds_yuan,
                    plan.certificate.level_proofs,
                    strict=True,
                )
            ],
        },
        "solver": {
            "name": "postharvest rescue engine",
            "seed": plan.seed,
            "nominal_cpu_seconds": round(plan.nominal_seconds, 2),
            "versions": {n: version(n) for n in ("postharvest", "highspy", "numpy")},
        },
    }


def schedule_to_dict(case: RescueCase, schedule: Schedule) -> dict[str, Any]:
    """Write only what is decided, its price and what it earns: enough to carry it out."""
    ladder = float(case.problem.ladder_yuan[schedule.level])
    return {
        "price_reference_yuan": round(ladder, 6),
        "net_income_yuan": round(sum(income_items(case.problem, schedule).values()), 4),
        **_decisions(case, schedule),
        "shown": shown_prices(case, ladder),
        "sells_online": bool(schedule.ordered_kg.sum() > 1.0),
    }


def frontier_to_dict(case: RescueCase, plans: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write a list of plan dictionaries as a frontier."""
    return {"schema": FRONTIER_SCHEMA, "case": case.name, "plans": list(plans)}


def shown_prices(case: RescueCase, ladder_yuan: float) -> dict[str, dict[str, float]]:
    """Team and solo price per pack as shown to buyers, in whole 0.1 yuan.

    The solo price is rounded up where it would not stay above the team price.
    """
    shown = {}
    for pack, factor in zip(case.pack_ids, case.problem.pack_price_factor, strict=True):
        team = whole_tenths(ladder_yuan * float(factor))
        solo = whole_tenths(ladder_yuan * float(factor) * (1 + case.solo_markup))
        if case.solo_markup > 0:
            solo = max(solo, round(team + 0.1, 1))
        shown[pack] = {"team_yuan": team, "solo_yuan": solo}
    return shown


def stated_assumptions(case: RescueCase) -> list[dict[str, Any]]:
    """Numbers that the plan stands on, with where they come from.

    A case may bring its own list (``ext_assumptions``: field, value, unit, status, source);
    otherwise the figures that matter most are read off the case, whose author answers for them.
    """
    given = case.raw.get("ext_assumptions")
    if isinstance(given, list):
        return [dict(row) for row in given]
    p = case.problem
    figures = [
        ("demand.reference_kg", case.reference_kg, "kg"),
        ("demand.reference_price_yuan", p.reference_price_yuan, "yuan"),
        ("demand.elasticity", p.elasticity, ""),
        ("demand.return_share", p.return_share, ""),
        ("produce.shelf_life_days", case.shelf_life_days, "days"),
        ("produce.promise_days", case.promise_days, "days"),
        ("packs.kg_per_worker_day", _span(p.pack_kg_per_worker_day), "kg"),
        ("packs.material_yuan", _span(p.pack_material_yuan), "yuan"),
        ("zones.postage_yuan", _span(p.postage_yuan), "yuan per parcel"),
        ("labour.people_per_day", round(float(p.pool_people.sum(axis=0).mean()), 1), "people"),
        ("labour.yuan_per_day", _span(p.wage_yuan_per_day), "yuan"),
        ("points.setup_yuan", _span(p.setup_yuan), "yuan"),
    ]
    return [
        {
            "field": name,
            "value": value,
            "unit": unit,
            "status": "case",
            "source": "the case file",
            "as_of": case.start_date.isoformat(),
        }
        for name, value, unit in figures
    ]


def _span(values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g}" if low == high else f"{low:g} … {high:g}"


def write_json(path: str | Path, value: object) -> None:
    """Write a JSON file whole or not at all."""
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _goal(plan: RescuePlan) -> dict[str, Any]:
    if plan.clear_share > 0:
        return {"kind": "clear", "clear_share": plan.clear_share}
    return {"kind": "income", "price_fixed": True} if plan.fixed_price else {"kind": "income"}


def _decisions(case: RescueCase, s: Schedule) -> dict[str, Any]:
    p = case.problem
    lots = [case.lot_ids[i] for i in p.haul_lot]
    hauled_to = [case.point_ids[i] for i in p.haul_point]
    pools = [case.pool_ids[i] for i in p.commute_pool]
    walked_to = [case.point_ids[i] for i in p.commute_point]
    return {
        "open_days": [{"point": case.point_ids[i], "day": t + 1} for i, t in _places(s.open_)],
        "harvest": [
            {
                "lot": lots[h],
                "point": hauled_to[h],
                "day": t - a + 1,
                "pack_day": t + 1,
                "kg": _kg(s.harvest_kg[h, t, a]),
            }
            for h, t, a in _places(s.harvest_kg)
        ],
        "outlet": [
            {
                "outlet": case.outlet_ids[p.offer_outlet[o]],
                "lot": case.lot_ids[p.offer_lot[o]],
                "day": t + 1,
                "kg": _kg(s.outlet_kg[o, t]),
            }
            for o, t in _places(s.outlet_kg)
        ],
        "crew": [
            {"point": case.point_ids[i], "day": t + 1, "people": int(s.crew[i, t])}
            for i, t in _places(s.crew)
        ],
        "labour": [
            {"pool": pools[c], "point": walked_to[c], "day": t + 1, "people": _kg(s.labour[c, t])}
            for c, t in _places(s.labour)
        ],
        "pack": [
            {
                "point": case.point_ids[i],
                "pack_day": t + 1,
                "harvest_age_days": a,
                "pack": case.pack_ids[k],
                "kg": _kg(s.packed_kg[i, t, a, k]),
            }
            for i, t, a, k in _places(s.packed_kg)
        ],
        "ship": [
            {
                "zone": case.zone_ids[m],
                "day": t + 1,
                "harvest_age_days": a,
                "pack": case.pack_ids[k],
                "kg": _kg(s.posted_kg[m, t, a, k]),
            }
            for m, t, a, k in _places(s.posted_kg)
        ],
        "orders": [
            {
                "zone": case.zone_ids[m],
                "day": t + 1,
                "pack": case.pack_ids[k],
                "kg": _kg(s.ordered_kg[m, t, k]),
            }
            for m, t, k in _places(s.ordered_kg)
        ],
    }


def _places(values: NDArray[Any]) -> Iterable[tuple[int, ...]]:
    """Places of what is not zero after rounding."""
    return (tuple(int(i) for i in place) for place in np.argwhere(values > _DUST))


def _kg(value: float) -> float:
    return round(float(value), 6)


def _share(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole > 0 else 1.0
