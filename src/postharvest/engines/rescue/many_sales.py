"""The selling side of many surpluses, given what a packed kilogram costs: in closed form.

With a price on every packed kilogram (crop, origin, day, age, pack) and on every lane, the market
falls apart into strings of days, one per crop, level, market and pack.  An order of day s is posted
on the cheapest day of its window s … s+B from the cheapest origin and age; it is worth
v_s = revenue - that cost.  A kilogram wanted on day s is served then, or comes back with rho a day
later, so it is worth V_s = max(0, v_s, rho V_{s+1}), and the market earns Σ D_s V_s.  No program
has to be solved, and the best price of a crop is a maximum over its ladder: the price is never
relaxed here.
"""

from dataclasses import dataclass

import numpy as np

from postharvest.engines.rescue.linear_program import ProgramBuilder
from postharvest.engines.rescue.many import ManyProblem
from postharvest.engines.rescue.problem import Bools, Floats, Ints


def sales_yuan(problem: ManyProblem, packed_price: Floats, lane_price: Floats) -> Floats:
    """(Q, J) most that each crop's market can earn at each price level.

    Parameters
    ----------
    packed_price : (Q, G, T, A, K) yuan per packed kg; ``inf`` where none can come from.
    lane_price : (G, M, T) yuan per parcel on a lane.
    """
    p = problem
    post = p.post_yuan_per_kg()[:, :, None]  # Q G 1 A M K
    post = np.where(p.fresh_enough()[:, :, None, :, :, None], post, np.inf)
    lane = lane_price[None, :, :, :, None] / p.pack_kg  # 1 G M T K
    lane = lane.transpose(0, 1, 3, 2, 4)[:, :, :, None]  # 1 G T 1 M K
    cost = (packed_price[:, :, :, :, None] + post + lane).min(axis=(1, 3))  # Q T M K
    cheapest = cost.copy()
    for ahead in range(1, p.ship_within_days + 1):
        if ahead < p.days:
            cheapest[:, :-ahead] = np.minimum(cheapest[:, :-ahead], cost[:, ahead:])
    worth = p.revenue_yuan_per_kg()[:, :, None, None] - cheapest[:, None]  # Q J T M K
    worth = np.maximum(worth, 0.0)
    for day in range(p.days - 2, -1, -1):
        worth[:, :, day] = np.maximum(worth[:, :, day], p.return_share * worth[:, :, day + 1])
    return np.asarray(np.einsum("qjmtk,qjtmk->qj", p.wanted_kg(), worth))


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesBlock:
    """Where the selling side stands in one program.

    Attributes
    ----------
    posted : (Y,) columns; posted_at : crop, origin, market, day, age and pack of each.
    ordered : (Q, M, T, K) columns.
    link : (Q, G, T, A, K) rows of the hand-over, -1 where nothing can come from.
    lane : (G, M, T) rows, -1 without a limit.
    """

    posted: Ints
    posted_at: tuple[Ints, ...]  # crop, origin, market, day, age, pack
    ordered: Ints
    link: Ints
    lane: Ints


def write_sales(
    problem: ManyProblem, builder: ProgramBuilder, *, level: Ints, supplied: Bools
) -> SalesBlock:
    """Append what is posted, ordered and promised at one price per crop.

    ``supplied`` (Q, G, T, A, K) says which packed kilograms can exist at all.
    """
    p, b, crop = problem, builder, np.arange(problem.crops)
    wanted = p.wanted_kg()[crop, level]  # Q M T K
    revenue = p.revenue_yuan_per_kg()[crop, level]  # Q K
    most = wanted.copy()
    for day in range(1, p.days):
        most[:, :, day] += p.return_share * most[:, :, day - 1]
    fresh = p.fresh_enough().transpose(0, 1, 3, 2)[:, :, :, None, :, None]  # Q G M 1 A 1
    at = np.nonzero(supplied[:, :, None] & fresh)
    cost = p.post_yuan_per_kg()[at[0], at[1], at[4], at[2], at[5]]
    posted = b.add_columns(cost.shape, cost=-cost, high=np.inf)
    link = np.full(p.link_shape, -1)
    link[supplied] = b.add_rows((int(supplied.sum()),), low=0.0, high=0.0)
    b.put(link[at[0], at[1], at[3], at[4], at[5]], posted, -1.0)
    lane = np.full(p.lane_parcels_per_day.shape, -1)
    limited = np.isfinite(p.lane_parcels_per_day)
    lane[limited] = b.add_rows((int(limited.sum()),), high=p.lane_parcels_per_day[limited])
    row = lane[at[1], at[2], at[3]]
    b.put(row[row >= 0], posted[row >= 0], (1.0 / p.pack_kg[at[5]])[row >= 0])
    ordered = b.add_columns(wanted.shape, cost=revenue[:, None, None], high=most)
    unserved = b.add_columns(wanted.shape, high=most)
    waiting = np.where(np.arange(p.days) < p.days - 1, np.inf, 0.0)[None, None, :, None]
    backlog = b.add_columns(wanted.shape, high=waiting)
    demand = b.add_rows(wanted.shape, high=wanted)
    b.put(demand, ordered)
    b.put(demand, unserved)
    b.put(demand[:, :, 1:], unserved[:, :, :-1], -p.return_share)
    balance = b.add_rows(wanted.shape, low=0.0, high=0.0)
    b.put(balance, ordered)
    b.put(balance, backlog, -1.0)
    b.put(balance[:, :, 1:], backlog[:, :, :-1])
    b.put(balance[at[0], at[2], at[3], at[5]], posted, -1.0)
    promise = b.add_rows(wanted.shape, high=0.0)
    b.put(promise, backlog)
    for ago in range(min(p.ship_within_days, p.days)):
        b.put(promise[:, :, ago:], ordered[:, :, : p.days - ago], -1.0)
    return SalesBlock(posted=posted, posted_at=at, ordered=ordered, link=link, lane=lane)
