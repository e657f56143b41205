"""The problem that is left of a surplus after some days of a plan."""

from dataclasses import replace

import numpy as np

from postharvest.engines.rescue.plan import Schedule
from postharvest.engines.rescue.problem import Floats, RescueProblem


def residual_problem(problem: RescueProblem, schedule: Schedule, *, today: int) -> RescueProblem:
    """Return the days from ``today`` on, after the schedule was carried out until then.

    Lots hold what was not cut, orders that wait keep their last day, the unserved come back,
    standing points cost nothing more to set up.
    """
    p, s = problem, schedule
    cut = np.zeros(p.lot_kg.shape)
    pair, day, age = np.nonzero(s.harvest_kg)
    early = day - age < today
    np.add.at(cut, p.haul_lot[pair[early]], s.harvest_kg[pair, day, age][early])
    np.add.at(cut, p.offer_lot, s.outlet_kg[:, :today].sum(axis=1))
    unserved, waiting = _state(problem, schedule, today)
    return replace(
        from_day(problem, today),
        lot_kg=np.maximum(0.0, p.lot_kg - cut),
        setup_yuan=np.where(s.set_up, 0.0, p.setup_yuan),
        unserved_before_kg=unserved,
        waiting_before_kg=waiting,
    )


def from_day(problem: RescueProblem, today: int) -> RescueProblem:
    """Return the same problem with the days before ``today`` cut off."""
    p, days = problem, problem.days
    last = p.lot_last_day - today
    return replace(
        p,
        lot_kg=np.where(last >= 0, p.lot_kg, 0.0),
        lot_first_day=np.clip(p.lot_first_day - today, 0, days - today - 1),
        lot_last_day=np.maximum(last, 0),
        point_parcels_per_day=p.point_parcels_per_day[:, today:],
        point_may_open=p.point_may_open[:, today:],
        pool_people=p.pool_people[:, today:],
        zone_parcels_per_day=p.zone_parcels_per_day[:, today:],
        hub_parcels_per_day=p.hub_parcels_per_day[today:],
        demand_kg=p.demand_kg[:, today:],
        outlet_kg_per_day=p.outlet_kg_per_day[:, today:],
        offer_kg_per_day=p.offer_kg_per_day[:, today:],
    )


def _state(problem: RescueProblem, schedule: Schedule, today: int) -> tuple[Floats, Floats]:
    """(M, K) unserved and (B, M, K) waiting kg by their last day, oldest orders posted first."""
    p = problem
    wanted, posted = p.wanted_kg(schedule.level), schedule.posted_kg.sum(axis=2)
    unserved = np.zeros((p.zones, p.packs))
    within = max(1, p.ship_within_days)
    by_age = np.zeros((within + 1, p.zones, p.packs))  # index: days since ordered
    for day in range(today):
        orders = schedule.ordered_kg[:, day]
        unserved = np.maximum(0.0, wanted[:, day] + p.return_share * unserved - orders)
        by_age = np.concatenate((orders[None], by_age[:-1]))
        left = posted[:, day].copy()
        for age in range(within, -1, -1):
            take = np.minimum(left, by_age[age])
            by_age[age] -= take
            left -= take
    # an order of s days ago has within - 1 - s more days after today
    waiting = np.zeros((within, p.zones, p.packs))
    for age in range(within):
        waiting[within - 1 - age] += by_age[age]
    return unserved, waiting
