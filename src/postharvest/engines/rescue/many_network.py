"""All districts and markets in one lean linear program, with days taken together in periods.

It is not the model but a sketch of it: it proposes prices, and a value for every packed kilogram.
Plans are made from it by the full rules, and the bound by weak duality, so nothing depends on the
sketch being right.  Against the full model it leaves out ages, takes people and boxes of a period
together, and lets a crop mix its prices.
"""

from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.rescue.linear_program import LinearProgram, ProgramBuilder
from postharvest.engines.rescue.many import ManyProblem
from postharvest.engines.rescue.problem import Bools, Floats, Ints


def in_periods(problem: ManyProblem, width: int) -> ManyProblem:
    """Return the problem with ``width`` days a period and age 0 only."""
    p = problem
    period = np.arange(p.days) // width
    periods = int(period[-1]) + 1
    starts = np.flatnonzero(np.diff(period, prepend=-1))
    length = np.bincount(period).astype(float)

    def summed(values: Floats, axis: int) -> Floats:
        return np.asarray(np.add.reduceat(values, starts, axis=axis))

    return replace(
        p,
        lot_first_day=p.lot_first_day // width,
        lot_last_day=p.lot_last_day // width,
        pool_people=summed(p.pool_people, 1),
        stations=np.rint(p.stations * length.mean()).astype(np.int64),
        min_crew=np.zeros_like(p.min_crew),
        day_cost_yuan=p.day_cost_yuan * length.mean(),
        post_parcels_per_day=summed(p.post_parcels_per_day, 1),
        lane_parcels_per_day=summed(p.lane_parcels_per_day, 2),
        late_share=p.late_share[:, :, :1],
        demand_kg=summed(p.demand_kg, 2),
        ship_within_days=min(periods - 1, -(-p.ship_within_days // width)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkProgram:
    """The program, and where its answers stand.

    Attributes
    ----------
    hauled : (X,) columns; hauled_at : pair, period and pack of each.
    share : (O,) columns of the share of each offer (a crop at a level) in its crop.
    link : (Q, G, T, 1, K) rows, -1 where nothing can come from; lane : (G, M, T) rows or -1.
    """

    program: LinearProgram
    hauled: Ints
    hauled_at: tuple[Ints, Ints, Ints]
    share: Ints
    link: Ints
    lane: Ints


def write_network(problem: ManyProblem, *, offered: Bools) -> NetworkProgram:
    """Write the program; ``offered`` (Q, J) says which prices may be mixed."""
    p, b = problem, ProgramBuilder()
    hauled, at, work = _fields_and_people(p, b)
    pair, day, pack = at
    lot = p.haul_lot[pair]
    origin = p.district_origin[p.point_district[p.haul_point[pair]]]
    key = (p.lot_crop[lot], origin, day, np.zeros_like(day), pack)
    link = np.full(p.link_shape, -1)
    reached = np.zeros(p.link_shape, dtype=bool)
    reached[key] = True
    link[reached] = b.add_rows((int(reached.sum()),), low=0.0, high=0.0)
    b.put(link[key], hauled)
    b.put(work[p.haul_point[pair], day], hauled, 1.0 / p.pack_kg_per_worker_day[pack])
    lane = np.full(p.lane_parcels_per_day.shape, -1)
    limited = np.isfinite(p.lane_parcels_per_day)
    lane[limited] = b.add_rows((int(limited.sum()),), high=p.lane_parcels_per_day[limited])
    share = _markets(p, b, link, lane, offered)
    return NetworkProgram(
        program=b.finish(), hauled=hauled, hauled_at=at, share=share, link=link, lane=lane
    )


def _fields_and_people(
    p: ManyProblem, b: ProgramBuilder
) -> tuple[Ints, tuple[Ints, Ints, Ints], Ints]:
    """Lots, crews and post offices; returns hauled columns, what they are, and (P, T) work rows."""
    lot = p.haul_lot
    origin = p.district_origin[p.point_district[p.haul_point]]
    day = np.arange(p.days)
    inside = (day >= p.lot_first_day[lot, None]) & (day <= p.lot_last_day[lot, None])
    fresh = np.asarray(p.fresh_enough()[:, :, 0].any(axis=2))
    inside &= fresh[p.lot_crop[lot], origin][:, None]
    pair, when, pack = np.nonzero(np.broadcast_to(inside[..., None], (*inside.shape, p.packs)))
    cost = p.harvest_cost_yuan_per_kg[lot] + p.haul_yuan_per_kg
    cost = cost + p.point_to_post_yuan_per_kg[p.haul_point]
    per_kg = cost[pair] + (p.pack_material_yuan / p.pack_kg)[pack]
    hauled = b.add_columns(per_kg.shape, cost=-per_kg, high=np.inf)
    b.put(b.add_rows(p.lot_kg.shape, high=p.lot_kg)[lot[pair]], hauled)
    office = p.point_district[p.haul_point[pair]]
    post = b.add_rows(p.post_parcels_per_day.shape, high=p.post_parcels_per_day)
    b.put(post[office, when], hauled, 1.0 / p.pack_kg[pack])

    shape, pool, point = (p.stations.size, p.days), p.commute_pool, p.commute_point
    opening = (p.day_cost_yuan / np.maximum(1, p.stations))[point]
    wage = p.commute_yuan + opening + p.wage_yuan_per_day[pool, 0]
    reach = np.minimum(p.pool_people[pool], p.stations[point, None])
    sent = b.add_columns((pool.size, p.days), cost=-wage[:, None], high=reach)
    work = b.add_rows(shape, high=0.0)
    b.put(work[point], sent, -1.0)
    set_up = b.add_columns((shape[0],), cost=-p.setup_yuan, high=1.0)
    room = b.add_rows(shape, high=0.0)
    b.put(room[point], sent)
    b.put(room, set_up[:, None], -p.stations[:, None].astype(float))
    steps = p.wage_share.shape[1]
    for step in range(steps):
        # who comes beyond the first steps costs the difference on top; beyond the last, nobody
        below = p.wage_share[:, : step + 1].sum(axis=1)[:, None] * p.pool_people
        row = b.add_rows(p.pool_people.shape, high=below)
        b.put(row[pool], sent)
        if step + 1 < steps:
            dearer = p.wage_yuan_per_day[:, step + 1] - p.wage_yuan_per_day[:, step]
            over = b.add_columns(p.pool_people.shape, cost=-dearer[:, None], high=np.inf)
            b.put(row, over, -1.0)
    return hauled, (pair, when, pack), work


def _markets(p: ManyProblem, b: ProgramBuilder, link: Ints, lane: Ints, offered: Bools) -> Ints:
    """Orders of each offer, posted within their days; returns the columns of the offers' shares."""
    crop, level = np.nonzero(offered)
    wanted = p.wanted_kg()[crop, level]  # O M T K
    revenue = p.revenue_yuan_per_kg()[crop, level]  # O K
    share = b.add_columns(crop.shape, high=1.0)
    b.put(b.add_rows((p.crops,), low=1.0, high=1.0)[crop], share)
    unserved = b.add_columns(wanted.shape, high=np.inf)
    demand = b.add_rows(wanted.shape, high=0.0)
    b.put(demand, unserved)
    b.put(demand[:, :, 1:], unserved[:, :, :-1], -p.return_share)
    b.put(demand, share[:, None, None, None], -wanted)
    fresh = p.fresh_enough()[:, :, 0]  # Q G M
    post = p.post_yuan_per_kg()[:, :, 0]  # Q G M K
    for ahead in range(p.ship_within_days + 1):
        may = fresh[crop][:, :, :, None, None] & (link[crop, :, ahead:, 0] >= 0)[:, :, None]
        offer, origin, market, day, pack = np.nonzero(may)
        earned = revenue[offer, pack] - post[crop[offer], origin, market, pack]
        order = b.add_columns(offer.shape, cost=earned, high=np.inf)
        b.put(link[crop[offer], origin, day + ahead, 0, pack], order, -1.0)
        b.put(demand[offer, market, day, pack], order)
        row = lane[origin, market, day + ahead]
        b.put(row[row >= 0], order[row >= 0], (1.0 / p.pack_kg[pack])[row >= 0])
    return share
