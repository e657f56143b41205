"""What a plan for many surpluses earns, and every rule it breaks, from its quantities alone."""

import numpy as np

from postharvest.engines.rescue.many import ManyProblem, ManySchedule
from postharvest.engines.rescue.problem import Floats

_KG, _PERSON, _RELATIVE = 0.02, 0.001, 1e-6


def many_income(problem: ManyProblem, schedule: ManySchedule) -> dict[str, float]:
    """Growers' net income item by item (yuan); costs are negative."""
    p, s = problem, schedule
    pair, _, _, pack = s.hauled_at
    kg, lot, point = s.hauled_kg, p.haul_lot[pair], p.haul_point[pair]
    revenue = p.revenue_yuan_per_kg()[np.arange(p.crops), s.level]
    values = {
        "orders": (s.ordered_kg.sum(axis=(1, 2)) * revenue).sum(),
        "postage_and_refunds": -np.einsum("qgmtak,qgamk->", s.posted_kg, p.post_yuan_per_kg()),
        "material": -(kg @ (p.pack_material_yuan / p.pack_kg)[pack]),
        "haul_to_post": -(kg @ p.point_to_post_yuan_per_kg[point]),
        "harvest": -(kg @ p.harvest_cost_yuan_per_kg[lot]),
        "haul_to_point": -(kg @ p.haul_yuan_per_kg[pair]),
        "wages": -_wages(p, s.labour),
        "labour_travel": -(s.labour.sum(axis=1) @ p.commute_yuan),
        "set_up": -(s.set_up @ p.setup_yuan),
        "day_costs": -(s.open_.sum(axis=1) @ p.day_cost_yuan),
    }
    return {name: float(value) for name, value in values.items()}


def broken_rules(problem: ManyProblem, schedule: ManySchedule) -> dict[str, float]:
    """Return the largest excess of every rule that is broken beyond the format's tolerances."""
    p, s = problem, schedule
    found = {**_field(p, s), **_people(p, s), **_lanes(p, s), **_promises(p, s)}
    return {rule: size for rule, size in found.items() if size > 0}


def _excess(value: Floats, most: Floats, slack: float) -> float:
    limit = np.where(np.isfinite(most), most, value)
    over = value - limit - slack - _RELATIVE * np.maximum(np.abs(value), np.abs(limit))
    return float(max(0.0, over.max(initial=0.0)))


def _field(p: ManyProblem, s: ManySchedule) -> dict[str, float]:
    pair, day, age, pack = s.hauled_at
    lot, point, kg = p.haul_lot[pair], p.haul_point[pair], s.hauled_kg
    cut = day - age
    outside = (cut < p.lot_first_day[lot]) | (cut > p.lot_last_day[lot])
    of_lot = np.zeros(p.lot_kg.shape)
    np.add.at(of_lot, lot, kg)
    work, post = np.zeros(s.crew.shape), np.zeros(p.post_parcels_per_day.shape)
    np.add.at(work, (point, day), kg / p.pack_kg_per_worker_day[pack])
    np.add.at(post, (p.point_district[point], day), kg / p.pack_kg[pack])
    packed = np.zeros(p.link_shape)
    origin = p.district_origin[p.point_district[point]]
    np.add.at(packed, (p.lot_crop[lot], origin, day, age, pack), kg)
    posted = s.posted_kg.sum(axis=2)
    return {
        "below zero": float(max(0.0, -kg.min(initial=0.0) - _RELATIVE)),
        "harvest window": float(kg[outside].max(initial=0.0)),
        "lot": _excess(of_lot, p.lot_kg, _KG),
        "crew's work": _excess(work, s.crew.astype(float), _PERSON),
        "post office parcels": _excess(post, p.post_parcels_per_day, _KG),
        "posting balance": max(_excess(packed, posted, _KG), _excess(posted, packed, _KG)),
    }


def _people(p: ManyProblem, s: ManySchedule) -> dict[str, float]:
    crew = s.crew.astype(float)
    at_point, of_pool = np.zeros(crew.shape), np.zeros(p.pool_people.shape)
    np.add.at(at_point, p.commute_point, s.labour)
    np.add.at(of_pool, p.commute_pool, s.labour)
    return {
        "stations": _excess(crew, s.open_ * p.stations[:, None].astype(float), 0.0),
        "least crew": _excess(s.open_ * p.min_crew[:, None].astype(float), crew, 0.0),
        "set up": float((s.open_ & ~s.set_up[:, None]).sum()),
        "labour balance": max(_excess(at_point, crew, _PERSON), _excess(crew, at_point, _PERSON)),
        "pool": _excess(of_pool, p.pool_people, _PERSON),
    }


def _lanes(p: ManyProblem, s: ManySchedule) -> dict[str, float]:
    parcels = (s.posted_kg / p.pack_kg).sum(axis=(0, 4, 5))
    stale = np.where(p.fresh_enough().transpose(0, 1, 3, 2)[:, :, :, None, :, None], 0, s.posted_kg)
    return {
        "lane parcels": _excess(parcels, p.lane_parcels_per_day, _KG),
        "freshness": float(max(0.0, stale.max(initial=0.0) - _KG)),
    }


def _promises(p: ManyProblem, s: ManySchedule) -> dict[str, float]:
    wanted = p.wanted_kg()[np.arange(p.crops), s.level]
    posted = s.posted_kg.sum(axis=(1, 4))
    unserved, waiting = np.zeros(wanted[:, :, 0].shape), np.zeros(wanted[:, :, 0].shape)
    demand = early = late = 0.0
    for day in range(p.days):
        order = s.ordered_kg[:, :, day]
        most = wanted[:, :, day] + p.return_share * unserved
        demand = max(demand, _excess(order, most, _KG))
        unserved = np.maximum(0.0, most - order)
        waiting = waiting + order - posted[:, :, day]
        early = max(early, _excess(-waiting, np.zeros_like(waiting), _KG))
        recent = s.ordered_kg[:, :, max(0, day + 1 - p.ship_within_days) : day + 1].sum(axis=2)
        due = recent if day < p.days - 1 else np.zeros_like(recent)
        late = max(late, _excess(waiting, due, _KG))
    return {"demand": demand, "posted before ordered": early, "promise": late}


def _wages(p: ManyProblem, labour: Floats) -> float:
    worked = np.zeros(p.pool_people.shape)
    np.add.at(worked, p.commute_pool, labour)
    left, total = worked, 0.0
    steps = p.wage_share.shape[1]
    for step in range(steps):
        room = p.wage_share[:, step, None] * p.pool_people
        take = left if step == steps - 1 else np.minimum(left, room)
        total += float((take * p.wage_yuan_per_day[:, step, None]).sum())
        left = left - take
    return total
