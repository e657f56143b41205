"""Seeded rescue cases of many kinds, to measure and test the engine on more than two stories.

Nothing in them is data: positions, kilograms and people are drawn, the rest are the usual
planning figures, bent in the direction that the kind is named after.
"""

import datetime
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Case = dict[str, Any]
_ZONES = (
    ("near", 0.08, 2.0, 0.7, 3.0, 4.0),
    ("z1", 0.18, 3.0, 0.8, 3.6, 5.0),
    ("z2", 0.38, 3.5, 1.0, 3.9, 5.5),
    ("z3", 0.22, 4.2, 1.1, 4.5, 6.5),
    ("z4", 0.12, 5.3, 1.2, 5.5, 8.0),
    ("far", 0.02, 7.5, 1.8, 11.0, 18.0),
)


def generated_case(kind: str, seed: int) -> Case:
    """Return a case dictionary of one of `KINDS`; same kind and seed, same case."""
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    case = KINDS[kind](rng)
    case["name"] = f"{kind}-{seed}"
    return case


def _base(
    rng: np.random.Generator,
    *,
    villages: int = 12,
    days: int = 10,
    kg: float = 300_000,
    points: int | None = None,
    price: float = 19.9,
    shelf_life: float = 12,
    elasticity: float = 2.1,
    demand: float = 1.0,
    people: float = 1.0,
) -> Case:
    """Villages around a town; a candidate point in most of them; people in proportion to kg."""
    side = 3.5 * math.sqrt(villages)
    where = rng.uniform(0, side, (villages, 2)).round(4)
    lots_kg = rng.lognormal(0, 0.5, villages)
    lots_kg = (kg * lots_kg / lots_kg.sum()).round(2)
    points = villages if points is None else points
    yards = (where[np.arange(points) % villages] + rng.normal(0, 0.6, (points, 2))).round(4)
    hands = np.maximum(4, np.rint(people * kg / days / 165 * 1.5 * lots_kg / lots_kg.sum()))
    ladder = (price * np.array([0.55, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.45, 1.6])).round(1)
    return {
        "schema": "postharvest.rescue-case/1",
        "name": "",
        "start_date": datetime.date(2024, 10, 8),
        "horizon_days": days,
        "produce": {
            "id": "fruit",
            "name_en": "fruit",
            "name_zh": "水果",
            "shelf_life_days": shelf_life,
            "promise_days": 3,
            "hold_days": 1,
            "refund_yuan_per_kg": round(price / 4.5, 3),
            "normal_farm_gate_yuan_per_kg": 1.5,
        },
        "transport": {"haul_yuan_per_kg_km": 0.02, "labour_travel_yuan_per_km": 4},
        "hub": {"parcels_per_day": float(math.ceil(1.2 * kg / days / 3.5))},
        "demand": {
            "reference_pack": "4.5kg",
            "reference_price_yuan": price,
            "reference_kg": round(kg * demand, 1),
            "elasticity": elasticity,
            "ladder_yuan": [float(x) for x in ladder],
        },
        "policy": {"goal": "income"},
        "defaults": {
            "lots": {"harvest_cost_yuan_per_kg": 0.25},
            "points": {
                "stations": int(rng.integers(20, 45)),
                "min_crew": 5,
                "setup_yuan": 2500,
                "day_cost_yuan": 150,
                "haul_yuan_per_kg": 0.03,
            },
            "labour": {
                "wage_steps": [
                    {"share": 0.7, "yuan_per_day": 105},
                    {"share": 0.3, "yuan_per_day": 136.5},
                ]
            },
        },
        "packs": [_pack("2.5kg", 2.5, 1.2, 140, 0.4), _pack("4.5kg", 4.5, 1.7, 175, 0.6)],
        "zones": [
            {
                "id": name,
                "demand_share": share,
                "transit": {"median_days": median, "sd_days": sd},
                "postage_yuan": {"2.5kg": small, "4.5kg": large},
            }
            for name, share, median, sd, small, large in _ZONES
        ],
        "lots": [
            {"id": f"L{i:02}", "village": f"V{i:02}", "kg": float(lots_kg[i]), **_at(where[i])}
            for i in range(villages)
        ],
        "points": [{"id": f"P{i:02}", **_at(yards[i])} for i in range(points)],
        "labour": [
            {
                "id": f"T{i:02}",
                "village": f"V{i:02}",
                "people_per_day": float(hands[i]),
                **_at(where[i]),
            }
            for i in range(villages)
        ],
        "outlets": [
            {"id": "merchant", "yuan_per_kg": 0.5, "kg_per_day": kg * 0.02, "split": "equal"}
        ],
    }


def _at(xy: Any) -> dict[str, float]:  # noqa: ANN401  a row of two
    return {"x_km": float(xy[0]), "y_km": float(xy[1])}


def _pack(name: str, kg: float, material: float, rate: float, share: float) -> dict[str, Any]:
    return {
        "id": name,
        "net_kg": kg,
        "material_yuan": material,
        "kg_per_worker_day": rate,
        "demand_share": share,
    }


def _with(make: Callable[[np.random.Generator], Case], **tables: dict[str, Any]) -> Any:  # noqa: ANN401
    """Overwrite fields of whole tables after drawing."""

    def kind(rng: np.random.Generator) -> Case:
        case = make(rng)
        for name, fields in tables.items():
            case[name] = {**case[name], **fields}
        return case

    return kind


def _village(rng: np.random.Generator) -> Case:
    case = _base(rng, villages=1, kg=6000, price=34.9)
    case["defaults"]["points"].update(stations=14, setup_yuan=800, day_cost_yuan=60)
    return case


def _four_villages(rng: np.random.Generator) -> Case:
    case = _base(rng, villages=4, kg=30_000, price=32.9, elasticity=2.0)
    case["defaults"]["points"].update(stations=14, setup_yuan=800, day_cost_yuan=60)
    return case


def _tight_labour(rng: np.random.Generator) -> Case:
    return _base(rng, people=0.45)


def _tight_hub(rng: np.random.Generator) -> Case:
    case = _base(rng)
    case["hub"]["parcels_per_day"] = math.ceil(0.55 * case["hub"]["parcels_per_day"])
    return case


def _tight_lanes(rng: np.random.Generator) -> Case:
    case = _base(rng)
    for zone, share in zip(case["zones"], (0.3, 0.5, 0.4, 0.6, 1.0, 1.0), strict=True):
        zone["parcels_per_day"] = round(share * zone["demand_share"] * 300_000 / 10 / 3.5, 1)
    return case


def _closed_days(rng: np.random.Generator) -> Case:
    case = _base(rng)
    for point in case["points"]:
        first = int(rng.integers(2, 8))
        point["closed_days"] = [first, first + 1]
    return case


def _rain(rng: np.random.Generator) -> Case:
    case = _base(rng)
    wet = [4, 5, 6]
    for point in case["points"]:
        point["closed_days"] = wet[:2]
    for pool in case["labour"]:
        pool["people_per_day"] = [
            round(pool["people_per_day"] * (0.4 if d in wet else 1.0)) for d in range(1, 11)
        ]
    case["outlets"][0]["from_day"] = 8
    return case


def _windows(rng: np.random.Generator) -> Case:
    case = _base(rng)
    for lot in case["lots"]:
        first = int(rng.integers(1, 7))
        lot["harvest_from_day"] = first
        lot["harvest_to_day"] = min(10, first + int(rng.integers(1, 5)))
    return case


def _one_pack(rng: np.random.Generator) -> Case:
    case = _base(rng)
    case["packs"] = [_pack("4.5kg", 4.5, 1.7, 175, 1.0)]
    for zone in case["zones"]:
        zone["postage_yuan"] = {"4.5kg": zone["postage_yuan"]["4.5kg"]}
    return case


def _three_packs(rng: np.random.Generator) -> Case:
    case = _base(rng)
    case["packs"].append({**_pack("9kg", 9.0, 2.6, 220, 0.3), "price_factor": 1.85})
    for zone in case["zones"]:
        zone["postage_yuan"]["9kg"] = round(1.7 * zone["postage_yuan"]["4.5kg"], 2)
    return case


def _nothing_online(rng: np.random.Generator) -> Case:
    case = _base(rng, price=12.9)
    for zone in case["zones"]:
        zone["postage_yuan"] = {k: 4.5 * v for k, v in zone["postage_yuan"].items()}
    return case


def _two_outlets(rng: np.random.Generator) -> Case:
    case = _base(rng)
    names = [lot["id"] for lot in case["lots"]]
    case["outlets"] = [
        {"id": "juice", "yuan_per_kg": 0.9, "kg_per_day": 6000.0, "from_day": 3, "to_day": 8},
        {"id": "market", "yuan_per_kg": 1.3, "kg_per_day": 1500.0, "lots": names[:4]},
    ]
    return case


def _no_outlet(rng: np.random.Generator) -> Case:
    case = _base(rng)
    case["outlets"] = []
    return case


def _latitude(rng: np.random.Generator) -> Case:
    case = _base(rng)
    for table in ("lots", "points", "labour"):
        for row in case[table]:
            row["lat"] = round(34.7 + row.pop("y_km") / 111.2, 6)
            row["lon"] = round(109.2 + row.pop("x_km") / 91.4, 6)
    return case


def _measured_transit(rng: np.random.Generator) -> Case:
    case = _base(rng, shelf_life=9)
    for zone in case["zones"]:
        zone["transit"] = {"pmf": [float(x) for x in rng.dirichlet([1, 6, 8, 4, 1]).round(4)]}
    return case


def _point_limits(rng: np.random.Generator) -> Case:
    case = _base(rng)
    for point in case["points"]:
        point["parcels_per_day"] = float(rng.integers(500, 1500))
    return case


def _costly_points(rng: np.random.Generator) -> Case:
    case = _base(rng, villages=18)
    case["defaults"]["points"].update(setup_yuan=9000, day_cost_yuan=700, min_crew=12)
    return case


KINDS: dict[str, Callable[[np.random.Generator], Case]] = {
    "village": _village,
    "four villages": _four_villages,
    "town": _base,
    "short life": lambda rng: _base(rng, shelf_life=7.5),
    "very short life": lambda rng: _base(rng, shelf_life=6),
    "long life": lambda rng: _base(rng, shelf_life=30),
    "packed at once": _with(_four_villages, produce={"hold_days": 0}),
    "held two days": _with(_base, produce={"hold_days": 2}),
    "steep demand": lambda rng: _base(rng, elasticity=3.2),
    "flat demand": lambda rng: _base(rng, elasticity=1.2),
    "little demand": lambda rng: _base(rng, demand=0.35),
    "much demand": lambda rng: _base(rng, demand=2.2),
    "tight labour": _tight_labour,
    "tight hub": _tight_hub,
    "tight lanes": _tight_lanes,
    "closed days": _closed_days,
    "rain": _rain,
    "staggered windows": _windows,
    "one pack": _one_pack,
    "three packs": _three_packs,
    "sixty villages": lambda rng: _base(rng, villages=60, kg=1_500_000),
    "twenty days": lambda rng: _base(rng, days=20, kg=600_000),
    "nothing online": _nothing_online,
    "two outlets": _two_outlets,
    "no outlet": _no_outlet,
    "degrees": _latitude,
    "measured transit": _measured_transit,
    "point limits": _point_limits,
    "costly points": _costly_points,
    "posted the same day": _with(_base, policy={"ship_within_days": 0}),
}
