"""The supplying side of many surpluses: fields, points and people of some districts.

Columns go from a lot straight to a packed box: hauled(i,p,t,a,k) kg, so that no balance rows are
needed.  The rest is the single case's model: crews, set-ups, people by convex wage steps, post
offices, and the two families of cuts that ``model`` explains.  Ages >= 1 exist only for what is
cut on a lot's last day.
"""

from dataclasses import dataclass

import numpy as np

from postharvest.engines.rescue.linear_program import ProgramBuilder
from postharvest.engines.rescue.many import ManyProblem
from postharvest.engines.rescue.problem import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyBlock:
    """Column numbers of some districts in one program, and what they are about.

    Attributes
    ----------
    points, pairs, walks : indices into the whole problem.
    hauled : (X,) columns; hauled_at : pair, pack day, age, pack of each (pair: index into all).
    link : (X,) flat index into (Q, G, T, A, K).
    crew, open_ : (points, T); set_up : (points,); sent : (walks, T).
    """

    points: Ints
    pairs: Ints
    walks: Ints
    hauled: Ints
    hauled_at: tuple[Ints, Ints, Ints, Ints]
    link: Ints
    crew: Ints
    open_: Ints
    set_up: Ints
    sent: Ints


def write_supply(problem: ManyProblem, builder: ProgramBuilder, districts: Ints) -> SupplyBlock:
    """Append the districts' columns and rows; hauled columns cost money and earn nothing yet."""
    return _Writer(problem, builder, districts).write()


class _Writer:
    """Writes the blocks in the order in which the goods flow."""

    def __init__(self, problem: ManyProblem, builder: ProgramBuilder, districts: Ints) -> None:
        p = self.p = problem
        self.b = builder
        inside = np.isin(p.point_district, districts)
        self.points = np.flatnonzero(inside)
        self.place = np.full(inside.shape, -1)
        self.place[self.points] = np.arange(self.points.size)
        self.pairs = np.flatnonzero(inside[p.haul_point])
        self.walks = np.flatnonzero(inside[p.commute_point])
        self.shape = (self.points.size, p.days)

    def write(self) -> SupplyBlock:
        self._field()
        self._points()
        self._people()
        self._post()
        p = self.p
        origin = p.district_origin[p.point_district[p.haul_point[self.pair]]]
        key = (p.lot_crop[self.lot], origin, self.day, self.age, self.pack)
        return SupplyBlock(
            points=self.points,
            pairs=self.pairs,
            walks=self.walks,
            hauled=self.hauled,
            hauled_at=(self.pair, self.day, self.age, self.pack),
            link=np.asarray(np.ravel_multi_index(key, p.link_shape)),
            crew=self.crew,
            open_=self.open_,
            set_up=self.set_up,
            sent=self.sent,
        )

    def _field(self) -> None:
        p, b = self.p, self.b
        of_pair, self.day, self.age, self.pack = np.nonzero(_allowed(p, self.pairs))
        self.of_pair, self.pair = of_pair, self.pairs[of_pair]
        self.lot, self.point = p.haul_lot[self.pair], self.place[p.haul_point[self.pair]]
        cost = (
            p.harvest_cost_yuan_per_kg[self.lot]
            + p.haul_yuan_per_kg[self.pair]
            + p.point_to_post_yuan_per_kg[p.haul_point[self.pair]]
            + (p.pack_material_yuan / p.pack_kg)[self.pack]
        )
        self.hauled = b.add_columns(cost.shape, cost=-cost, high=p.lot_kg[self.lot])
        lots, lot_place = np.unique(self.lot, return_inverse=True)
        b.put(b.add_rows(lots.shape, high=p.lot_kg[lots])[lot_place], self.hauled)

    def _points(self) -> None:
        p, b, shape = self.p, self.b, self.shape
        most = np.minimum(p.stations[self.points, None], _near_people(p, self.points, self.walks))
        self.crew = b.add_columns(shape, high=most, whole=True)
        self.open_ = b.add_columns(
            shape, cost=-p.day_cost_yuan[self.points, None], high=1.0, whole=True
        )
        self.set_up = b.add_columns(
            (self.points.size,), cost=-p.setup_yuan[self.points], high=1.0, whole=True
        )
        work = b.add_rows(shape, low=0.0)
        b.put(work, self.crew)
        rate = p.pack_kg_per_worker_day[self.pack]
        b.put(work[self.point, self.day], self.hauled, -1.0 / rate)
        for row, limit in (
            (b.add_rows(shape, low=0.0), most),
            (b.add_rows(shape, high=0.0), p.min_crew[self.points, None]),
        ):
            b.put(row, self.open_, limit)
            b.put(row, self.crew, -1.0)
        up = b.add_rows(shape, high=0.0)
        b.put(up, self.open_)
        b.put(up, self.set_up[:, None], -1.0)
        kg = b.add_rows(self.pairs.shape, high=0.0)
        b.put(kg[self.of_pair], self.hauled)
        at = self.place[p.haul_point[self.pairs]]
        b.put(kg, self.set_up[at], -p.lot_kg[p.haul_lot[self.pairs]])

    def _people(self) -> None:
        p, b = self.p, self.b
        pools, pool_place = np.unique(p.commute_pool[self.walks], return_inverse=True)
        point = self.place[p.commute_point[self.walks]]
        stations = p.stations[p.commute_point[self.walks], None]
        reach = np.minimum(p.pool_people[p.commute_pool[self.walks]], stations)
        self.sent = b.add_columns(reach.shape, cost=-p.commute_yuan[self.walks, None], high=reach)
        step = b.add_columns(
            (pools.size, p.days, p.wage_share.shape[1]),
            cost=-p.wage_yuan_per_day[pools, None],
            high=p.pool_people[pools, :, None] * p.wage_share[pools, None],
        )
        crew_row = b.add_rows(self.shape, low=0.0, high=0.0)
        b.put(crew_row, self.crew)
        b.put(crew_row[point], self.sent, -1.0)
        pool_row = b.add_rows((pools.size, p.days), low=0.0, high=0.0)
        b.put(pool_row[..., None], step)
        b.put(pool_row[pool_place], self.sent, -1.0)
        near = b.add_rows(reach.shape, high=0.0)
        b.put(near, self.sent)
        b.put(near, self.open_[point], -reach)

    def _post(self) -> None:
        p = self.p
        office, place = np.unique(p.point_district[self.points], return_inverse=True)
        post = self.b.add_rows((office.size, p.days), high=p.post_parcels_per_day[office])
        self.b.put(post[place[self.point], self.day], self.hauled, 1.0 / p.pack_kg[self.pack])


def may_be_packed(problem: ManyProblem) -> Bools:
    """(Q, G, T, A, K) which packed kilograms any lot and point could bring."""
    p = problem
    pair, day, age, pack = np.nonzero(_allowed(p, np.arange(p.haul_lot.size)))
    origin = p.district_origin[p.point_district[p.haul_point[pair]]]
    found = np.zeros(p.link_shape, dtype=bool)
    found[p.lot_crop[p.haul_lot[pair]], origin, day, age, pack] = True
    return found


def _allowed(problem: ManyProblem, pairs: Ints) -> Bools:
    """(pairs, T, A, K) what may be packed: in the lot's window, just in time, fresh enough."""
    p, lot = problem, problem.haul_lot[pairs]
    origin = p.district_origin[p.point_district[p.haul_point[pairs]]]
    cut = np.arange(p.days)[:, None] - np.arange(p.ages)[None]
    first, last = p.lot_first_day[lot][:, None, None], p.lot_last_day[lot][:, None, None]
    in_time = (np.arange(p.ages) == 0)[None, None] | (cut[None] == last)
    inside = (cut[None] >= first) & (cut[None] <= last) & in_time
    fresh = np.asarray(p.fresh_enough().any(axis=3))
    postable = fresh[p.lot_crop[lot], origin]
    allowed = inside & postable[:, None]
    return np.broadcast_to(allowed[..., None], (*allowed.shape, p.packs))


def _near_people(problem: ManyProblem, points: Ints, walks: Ints) -> Floats:
    """(points, T) whole people who live near enough to each point."""
    p = problem
    near = np.zeros((p.stations.size, p.days))
    np.add.at(near, p.commute_point[walks], p.pool_people[p.commute_pool[walks]])
    most = np.floor(near[points] + 1e-9)
    return np.where(most < p.min_crew[points, None], 0.0, most)
