"""What the rescue engine answers: every quantity of the plan as an array, and what it earns."""

from dataclasses import dataclass, field

import numpy as np

from postharvest.engines.rescue.problem import Bools, Floats, Ints, RescueProblem

ITEMS = (
    "orders",
    "outlets",
    "bulk_freight",
    "bulk_labour",
    "postage",
    "refunds",
    "material",
    "haul_to_post",
    "harvest",
    "haul_to_point",
    "wages",
    "labour_travel",
    "set_up",
    "day_costs",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The decisions of a plan (letters of shapes: see ``problem``).

    Attributes
    ----------
    level : index into the problem's ladder.
    set_up : (P,) points that are set up; open_ : (P, T) their open days; crew : (P, T) people.
    harvest_kg : (H, T, A) kg by lot-point pair, **pack** day and age at packing.
    outlet_kg : (O, T) kg taken at the field.
    labour : (C, T) person-days sent from pool to point.
    packed_kg : (P, T, A, K); posted_kg : (M, T, A, K); ordered_kg : (M, T, K).
    """

    level: int
    set_up: Bools
    open_: Bools
    crew: Ints
    harvest_kg: Floats
    outlet_kg: Floats
    labour: Floats
    packed_kg: Floats
    posted_kg: Floats
    ordered_kg: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Why nothing better than ``bound_yuan`` exists, per price level.

    ``level_bounds_yuan[j]`` is an upper bound for plans at level j, ``level_proofs[j]`` how it
    was had: ``duals`` (weak duality, recomputed from the dual prices), ``tree`` (branch and
    bound), ``infeasible``, ``empty``.
    """

    bound_yuan: float
    level_bounds_yuan: Floats
    level_proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RescuePlan:
    """A schedule, what it earns, and how close to the best it is proven to be."""

    schedule: Schedule
    clear_share: float
    net_income_yuan: float
    objective_yuan: float
    items_yuan: dict[str, float]
    certificate: Certificate
    seed: int
    nominal_seconds: float
    baseline_yuan: float
    wage_weight: float
    max_unsold_spread: float
    fixed_price: bool
    shadow: "ShadowPrices"
    break_even: dict[str, float | None] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """(bound - objective) / max(1, |objective|)."""
        excess = self.certificate.bound_yuan - self.objective_yuan
        return excess / max(1.0, abs(self.objective_yuan))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPrices:
    """What one more unit is worth at the plan, whole decisions kept (yuan per unit).

    Attributes
    ----------
    lot_kg : (N,) per kg of surplus; hub_parcels : (T,); zone_parcels : (M, T);
    point_parcels : (P, T); crew : (P, T) per packer; pool_people : (L, T) per person;
    demand_kg : (M, T, K) per kg wanted; clear_share : per kg of the share that must leave.
    """

    lot_kg: Floats
    hub_parcels: Floats
    zone_parcels: Floats
    point_parcels: Floats
    crew: Floats
    pool_people: Floats
    demand_kg: Floats
    clear_kg: float


def wages_yuan(problem: RescueProblem, labour: Floats) -> Floats:
    """(L, T) wages by the pools' convex steps for (C, T) person-days."""
    pools, days = problem.pool_people.shape
    worked = np.zeros((pools, days))
    np.add.at(worked, problem.commute_pool, labour)
    left, total = worked.copy(), np.zeros((pools, days))
    steps = problem.wage_share.shape[1]
    for step in range(steps):
        room = problem.wage_share[:, step, None] * problem.pool_people
        take = left if step == steps - 1 else np.minimum(left, room)
        total += take * problem.wage_yuan_per_day[:, step, None]
        left = left - take
    return total


def income_items(problem: RescueProblem, schedule: Schedule) -> dict[str, float]:
    """Growers' net income item by item (yuan); costs are negative.  Their sum is the net income.

    Computed from the schedule's quantities alone, not from the solver's objective.
    """
    s, p = schedule, problem
    hauled = s.harvest_kg.sum(axis=(1, 2))
    offered = s.outlet_kg.sum(axis=1)
    packed = s.packed_kg.sum(axis=(1, 2))
    posted = s.posted_kg.sum(axis=1)
    values = {
        "orders": s.ordered_kg.sum(axis=(0, 1)) @ p.revenue_yuan_per_kg(s.level),
        "outlets": offered @ p.outlet_yuan_per_kg[p.offer_outlet],
        "bulk_freight": -(offered @ p.outlet_freight_yuan_per_kg[p.offer_outlet]),
        "bulk_labour": -(offered @ p.outlet_labour_yuan_per_kg[p.offer_outlet]),
        "postage": -(posted.sum(axis=1) * (p.postage_yuan / p.pack_kg)).sum(),
        "refunds": -(s.posted_kg.sum(axis=(1, 3)).T * p.late_share).sum() * p.refund_yuan_per_kg,
        "material": -(packed.sum(axis=0) @ (p.pack_material_yuan / p.pack_kg)),
        "haul_to_post": -(packed.sum(axis=1) @ p.point_to_post_yuan_per_kg),
        "harvest": -(hauled @ p.harvest_cost_yuan_per_kg[p.haul_lot])
        - offered @ p.harvest_cost_yuan_per_kg[p.offer_lot],
        "haul_to_point": -(hauled @ p.haul_yuan_per_kg),
        "wages": -wages_yuan(p, s.labour).sum(),
        "labour_travel": -(s.labour.sum(axis=1) @ p.commute_yuan),
        "set_up": -(s.set_up @ p.setup_yuan),
        "day_costs": -(s.open_.sum(axis=1) @ p.day_cost_yuan),
    }
    return {name: float(values[name]) for name in ITEMS}


def cleared_kg(schedule: Schedule) -> float:
    """Kg that leave the field, online and to outlets."""
    return float(schedule.harvest_kg.sum() + schedule.outlet_kg.sum())
