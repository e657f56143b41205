"""The rescue model at one price level, as a linear program in its tight form.

Maximise  Σ revenue·ordered + outlets - postage - refunds - material - haul - harvest - wages
          - travel - set-up - day costs

with, per lot i, point p, pool l, pack k, zone m, day t, age a (letters: see ``problem``):

* lots:       Σ hauled_i + Σ offered_i <= kg_i
* packing:    Σ_i hauled(i,p,t,a) = Σ_k packed(p,t,a,k);  Σ packed / rate_k <= crew(p,t)
* crews:      min_p open(p,t) <= crew(p,t) <= stations_p open(p,t);  open(p,t) <= set_up(p)
* labour:     Σ_l sent(l,p,t) = crew(p,t);  Σ_p sent(l,p,t) = Σ_w step(l,t,w)
* bulk:       least_e takes(e,t) <= Σ_i offered(e,i,t) <= most_e,t takes(e,t)
* post:       Σ_p packed(p,t,a,k) = Σ_m posted(m,t,a,k); parcels of point, hub, zone and day
* demand:     ordered(m,t,k) + unserved(m,t,k) <= D(m,t,k) + rho unserved(m,t-1,k)
* promise:    backlog(m,t,k) = Σ ordered - Σ posted in 0 … orders of the last B days; 0 at the end
* goal:       Σ hauled + Σ offered >= share Σ kg
* fairness:   Σ hauled_i + Σ offered_i >= (Σ hauled + Σ offered) kg_i / Σ kg - spread kg_i

Price levels are scanned, never mixed: a relaxation that mixes prices can be far above any single
one.  Two families of cuts close most of what is left (they hold for every whole solution because
a pool or a lot can use a point only where it is open):

* sent(l,p,t) <= min(people(l,t), stations_p) open(p,t)
* Σ_t,a hauled(i,p,t,a) <= kg_i set_up(p)

They are the variable upper bounds of facility location (Cornuejols, Sridharan, Thizy 1991,
doi:10.1016/0377-2217(91)90261-S).  Ages >= 1 exist only for what is cut on a lot's last day:
waiting in the field costs nothing and is fresher.
"""

from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.rescue.linear_program import LinearProgram, ProgramBuilder
from postharvest.engines.rescue.problem import Bools, Floats, Ints, RescueParams, RescueProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each decision stands among the columns; ``*_at`` name what a flat column is about."""

    hauled: Ints
    hauled_at: tuple[Ints, Ints, Ints]  # pair, pack day, age
    offered: Ints  # (O, T)
    takes: Ints  # (outlets with a least order, T)
    packed: Ints
    packed_at: tuple[Ints, ...]  # point, day, age, pack
    crew: Ints  # (P, T)
    set_up: Ints  # (P,)
    count: Ints  # (1,), how many points are set up
    open_: Ints  # (P, T)
    sent: Ints  # (C, T)
    step: Ints  # (L, T, W)
    posted: Ints
    posted_at: tuple[Ints, ...]  # zone, day, age, pack
    ordered: Ints  # (M, T, K)
    unserved: Ints  # (M, T, K)
    backlog: Ints  # (M, T, K)
    cancelled: Ints  # (M, K), empty for a fresh surplus


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitments:
    """What a running sale has promised people: shifts that stand, and what changing others costs.

    Attributes
    ----------
    announced_crew : (P, T) people announced, 0 where none.
    frozen_days : shifts of the first so many days stand as announced.
    notice_days : shifts before this day may change, at a price.
    change_yuan_per_person : paid for every packer called off or called in at short notice.
    """

    announced_crew: Ints
    frozen_days: int = 0
    notice_days: int = 0
    change_yuan_per_person: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows whose bounds change between solves or whose prices are reported; -1 where absent."""

    lot: Ints  # (N,)
    hub: Ints  # (T,)
    zone: Ints  # (M, T)
    point: Ints  # (P, T)
    work: Ints  # (P, T)
    pool: Ints  # (L, T)
    demand: Ints  # (M, T, K)
    goal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueModel:
    """The program of one price level and the map back to decisions."""

    problem: RescueProblem
    level: int
    program: LinearProgram
    columns: Columns
    rows: Rows
    counts_kg: bool = False

    def at_level(self, level: int) -> "RescueModel":
        """Return the same model at another price: revenue, demand and order limits change."""
        wanted = self.problem.wanted_kg(level)
        c, old = self.columns, self.program
        cost, high, row_high = old.cost.copy(), old.high.copy(), old.row_high.copy()
        if not self.counts_kg:
            cost[c.ordered] = self.problem.revenue_yuan_per_kg(level)
        high[c.ordered] = high[c.unserved] = _most_wanted(wanted, self.problem.return_share)
        row_high[self.rows.demand] = wanted
        program = replace(old, cost=cost, high=high, row_high=row_high)
        return replace(self, level=level, program=program)

    def with_count(self, low: float, high: float) -> "RescueModel":
        """Return the same model with so many points set up, at least and at most."""
        lows, highs = self.program.low.copy(), self.program.high.copy()
        lows[self.columns.count], highs[self.columns.count] = low, high
        return replace(self, program=replace(self.program, low=lows, high=highs))

    def with_objective_kg(self) -> "RescueModel":
        """Return the same model maximising the kg that leave the field."""
        cost = np.zeros(self.program.columns)
        cost[self.columns.hauled] = 1.0
        cost[self.columns.offered] = 1.0
        return replace(self, counts_kg=True, program=replace(self.program, cost=cost))


def build_model(
    problem: RescueProblem,
    params: RescueParams,
    *,
    level: int,
    commitments: Commitments | None = None,
) -> RescueModel:
    """Write the model of one price level as arrays."""
    return _Writer(problem, params, commitments).write(level)


class _Writer:
    """Writes the blocks in the order in which the goods flow."""

    def __init__(
        self, problem: RescueProblem, params: RescueParams, commitments: Commitments | None
    ) -> None:
        self.p, self.params, self.b = problem, params, ProgramBuilder()
        self.commitments = commitments

    def write(self, level: int) -> RescueModel:
        self._field()
        self._packing()
        self._people()
        self._post()
        self._orders(level)
        if self.commitments is not None:
            self._changes(self.commitments)
        goal = self._goal()
        if self.params.max_unsold_spread < 1:
            self._fairness()
        program = self.b.finish()
        if self.commitments is not None:
            self._freeze(program, self.commitments)
        columns = Columns(
            hauled=self.hauled,
            hauled_at=(self.pair, self.day, self.age),
            offered=self.offered,
            takes=self.takes,
            packed=self.packed,
            packed_at=self.packed_at,
            crew=self.crew,
            set_up=self.set_up,
            count=self.count,
            open_=self.open_,
            sent=self.sent,
            step=self.step,
            posted=self.posted,
            posted_at=self.posted_at,
            ordered=self.ordered,
            unserved=self.unserved,
            backlog=self.backlog,
            cancelled=self.cancelled,
        )
        rows = Rows(
            lot=self.lot_row,
            hub=self.hub_row,
            zone=self.zone_row,
            point=self.point_row,
            work=self.work_row,
            pool=self.pool_row,
            demand=self.demand_row,
            goal=goal,
        )
        return RescueModel(problem=self.p, level=level, program=program, columns=columns, rows=rows)

    def _field(self) -> None:
        p, b = self.p, self.b
        self.pair, self.day, self.age = np.nonzero(_harvest_allowed(p))
        lot = p.haul_lot[self.pair]
        cost = p.harvest_cost_yuan_per_kg[lot] + p.haul_yuan_per_kg[self.pair]
        self.hauled = b.add_columns(lot.shape, cost=-cost, high=p.lot_kg[lot])
        offers, days = p.offer_kg_per_day.shape
        price = p.offer_net_yuan_per_kg
        in_window = _in_window(p)[p.offer_lot]
        most = np.minimum(p.offer_kg_per_day, p.lot_kg[p.offer_lot][:, None])
        self.offered = b.add_columns(
            (offers, days), cost=price[:, None], high=np.where(in_window, most, 0.0)
        )
        self.lot_row = b.add_rows(p.lot_kg.shape, high=p.lot_kg)
        b.put(self.lot_row[lot], self.hauled)
        b.put(self.lot_row[p.offer_lot][:, None], self.offered)
        limited = np.isfinite(p.outlet_kg_per_day)
        outlet_row = _rows_where(b, limited, high=p.outlet_kg_per_day)
        shared = limited[p.offer_outlet]
        b.put(outlet_row[p.offer_outlet][shared], self.offered[shared])
        self.takes = self._least_orders(np.where(in_window, most, 0.0))

    def _least_orders(self, most_offered: Floats) -> Ints:
        """Outlets with a least order take nothing on a day, or at least so much: whole columns."""
        p, b = self.p, self.b
        bulk = np.flatnonzero(p.outlet_least_kg > 0)
        most = np.zeros((p.outlet_least_kg.shape[0], p.days))
        np.add.at(most, p.offer_outlet, most_offered)
        most = np.minimum(most, p.outlet_kg_per_day)[bulk]
        least = p.outlet_least_kg[bulk, None]
        takes = b.add_columns(most.shape, high=(most >= least).astype(float), whole=True)
        least_row = b.add_rows(most.shape, low=0.0)
        most_row = b.add_rows(most.shape, high=0.0)
        for number, outlet in enumerate(bulk):
            offered = self.offered[p.offer_outlet == outlet]
            b.put(least_row[number], offered)
            b.put(most_row[number], offered)
        b.put(least_row, takes, -least)
        b.put(most_row, takes, -most)
        return takes

    def _packing(self) -> None:
        p, b = self.p, self.b
        point = p.haul_point[self.pair]
        reached = np.zeros((p.points, p.days, p.ages), dtype=bool)
        reached[point, self.day, self.age] = True
        reached &= p.point_may_open[:, :, None]
        at = np.nonzero(np.broadcast_to(reached[..., None], (*reached.shape, p.packs)))
        self.packed_at = at
        cost = p.pack_material_yuan / p.pack_kg
        most = np.minimum(p.stations[at[0]] * p.pack_kg_per_worker_day[at[3]], p.total_kg)
        self.packed = b.add_columns(
            at[0].shape, cost=-cost[at[3]] - p.point_to_post_yuan_per_kg[at[0]], high=most
        )
        flow = b.add_rows((p.points, p.days, p.ages), low=0.0, high=0.0)
        b.put(flow[point, self.day, self.age], self.hauled)
        b.put(flow[at[:3]], self.packed, -1.0)
        may, shape = p.point_may_open, (p.points, p.days)
        most_people = np.where(may, _most_crew(p), 0.0)
        self.crew = b.add_columns(shape, high=most_people, whole=True)
        self.set_up = b.add_columns((p.points,), cost=-p.setup_yuan, high=1.0, whole=True)
        self.open_ = b.add_columns(
            shape, cost=-p.day_cost_yuan[:, None], high=may.astype(float), whole=True
        )
        self.work_row = b.add_rows(shape, low=0.0)
        b.put(self.work_row, self.crew)
        b.put(self.work_row[at[:2]], self.packed, -1.0 / p.pack_kg_per_worker_day[at[3]])
        most_row = b.add_rows(shape, high=0.0)
        b.put(most_row, self.crew)
        b.put(most_row, self.open_, -most_people)
        least_row = b.add_rows(shape, low=0.0)
        b.put(least_row, self.crew)
        b.put(least_row, self.open_, -p.min_crew[:, None])
        self.count = b.add_columns((1,), high=min(p.points, self.params.most_points), whole=True)
        count_row = b.add_rows((1,), low=0.0, high=0.0)
        b.put(count_row, self.set_up)
        b.put(count_row, self.count, -1.0)
        set_up_row = b.add_rows(shape, high=0.0)
        b.put(set_up_row, self.open_)
        b.put(set_up_row, self.set_up[:, None], -1.0)
        kg_row = b.add_rows(p.haul_lot.shape, high=0.0)
        b.put(kg_row[self.pair], self.hauled)
        b.put(kg_row, self.set_up[p.haul_point], -p.lot_kg[p.haul_lot])
        self.point_row = _rows_where(
            b, np.isfinite(p.point_parcels_per_day), high=p.point_parcels_per_day
        )
        row = self.point_row[at[:2]]
        b.put(row[row >= 0], self.packed[row >= 0], 1.0 / p.pack_kg[at[3]][row >= 0])

    def _people(self) -> None:
        p, b = self.p, self.b
        pool, point = p.commute_pool, p.commute_point
        most = np.minimum(p.pool_people[pool], p.stations[point][:, None])
        self.sent = b.add_columns((pool.shape[0], p.days), cost=-p.commute_yuan[:, None], high=most)
        wage = p.wage_yuan_per_day * (1.0 - self.params.wage_weight)
        self.step = b.add_columns(
            (p.pool_people.shape[0], p.days, p.wage_share.shape[1]),
            cost=-wage[:, None, :],
            high=p.pool_people[:, :, None] * p.wage_share[:, None, :],
        )
        crew_row = b.add_rows((p.points, p.days), low=0.0, high=0.0)
        b.put(crew_row, self.crew)
        b.put(crew_row[point], self.sent, -1.0)
        self.pool_row = b.add_rows(p.pool_people.shape, low=0.0, high=0.0)
        b.put(self.pool_row[..., None], self.step)
        b.put(self.pool_row[pool], self.sent, -1.0)
        near_row = b.add_rows((pool.shape[0], p.days), high=0.0)
        b.put(near_row, self.sent)
        b.put(near_row, self.open_[point], -most)

    def _post(self) -> None:
        p, b = self.p, self.b
        _, day, age, pack = self.packed_at
        parcels = 1.0 / p.pack_kg
        self.hub_row = _rows_where(
            b, np.isfinite(p.hub_parcels_per_day), high=p.hub_parcels_per_day
        )
        row = self.hub_row[day]
        b.put(row[row >= 0], self.packed[row >= 0], parcels[pack][row >= 0])
        packed_some = np.zeros((p.days, p.ages, p.packs), dtype=bool)
        packed_some[day, age, pack] = True
        allowed = packed_some[None] & p.fresh_enough().T[:, None, :, None]
        at = np.nonzero(allowed)
        self.posted_at = at
        cost = p.postage_yuan[at[0], at[3]] * parcels[at[3]]
        cost = cost + p.late_share[at[2], at[0]] * p.refund_yuan_per_kg
        self.posted = b.add_columns(at[0].shape, cost=-cost, high=p.total_kg)
        pool_row = b.add_rows((p.days, p.ages, p.packs), low=0.0, high=0.0)
        b.put(pool_row[day, age, pack], self.packed)
        b.put(pool_row[at[1:]], self.posted, -1.0)
        self.zone_row = _rows_where(
            b, np.isfinite(p.zone_parcels_per_day), high=p.zone_parcels_per_day
        )
        row = self.zone_row[at[:2]]
        b.put(row[row >= 0], self.posted[row >= 0], parcels[at[3]][row >= 0])

    def _orders(self, level: int) -> None:
        p, b = self.p, self.b
        wanted = p.wanted_kg(level)
        most = _most_wanted(wanted, p.return_share)
        shape = wanted.shape
        self.ordered = b.add_columns(shape, cost=p.revenue_yuan_per_kg(level), high=most)
        self.unserved = b.add_columns(shape, high=most)
        waiting = np.full(shape, p.total_kg)
        waiting[:, -1] = 0.0
        self.backlog = b.add_columns(shape, high=waiting)
        self.demand_row = b.add_rows(shape, high=wanted)
        b.put(self.demand_row, self.ordered)
        b.put(self.demand_row, self.unserved)
        b.put(self.demand_row[:, 1:], self.unserved[:, :-1], -p.return_share)
        before, due_later = _waiting_before(p)
        balance = b.add_rows(shape, low=-before, high=-before)
        b.put(balance, self.ordered)
        b.put(balance, self.backlog, -1.0)
        b.put(balance[:, 1:], self.backlog[:, :-1])
        zone, day, _, pack = self.posted_at
        b.put(balance[zone, day, pack], self.posted, -1.0)
        self.cancelled = self._cancel(balance, before)
        promise = b.add_rows(shape, high=due_later)
        b.put(promise, self.backlog)
        for ago in range(min(p.ship_within_days, p.days)):
            b.put(promise[:, ago:], self.ordered[:, : p.days - ago], -1.0)

    def _fairness(self) -> None:
        """Spread what stays in the field; one column holds the total so that rows stay short."""
        p, b = self.p, self.b
        if p.total_kg <= 0:
            return
        gone = b.add_columns((1,), high=p.total_kg)
        sum_row = b.add_rows((1,), low=0.0, high=0.0)
        b.put(sum_row, gone, -1.0)
        b.put(sum_row, self.hauled)
        b.put(sum_row[:, None], self.offered)
        row = b.add_rows(p.lot_kg.shape, low=-self.params.max_unsold_spread * p.lot_kg)
        b.put(row[p.haul_lot[self.pair]], self.hauled)
        b.put(row[p.offer_lot][:, None], self.offered)
        b.put(row, gone, -p.lot_kg / p.total_kg)

    def _cancel(self, balance: Ints, before: Floats) -> Ints:
        """Orders that can't be kept may be cancelled, dearly: the buyer's money goes back."""
        if not before.any():
            return np.zeros((0, self.p.packs), dtype=np.int64)
        worth = self.p.revenue_yuan_per_kg(0) + self.p.cancel_yuan_per_kg
        columns = self.b.add_columns(before[:, 0].shape, cost=-worth, high=before[:, 0])
        self.b.put(balance[:, 0], columns, -1.0)
        return columns

    def _changes(self, commitments: Commitments) -> None:
        """Price short-notice changes: crew = announced + called in - called off."""
        days = min(commitments.notice_days, self.p.days)
        cost = -commitments.change_yuan_per_person
        if days <= 0 or not cost:
            return
        announced = commitments.announced_crew[:, :days].astype(float)
        most = self.p.stations[:, None].astype(float)
        called_in = self.b.add_columns(announced.shape, cost=cost, high=most)
        called_off = self.b.add_columns(announced.shape, cost=cost, high=announced)
        row = self.b.add_rows(announced.shape, low=announced, high=announced)
        self.b.put(row, self.crew[:, :days])
        self.b.put(row, called_in, -1.0)
        self.b.put(row, called_off)

    def _freeze(self, program: LinearProgram, commitments: Commitments) -> None:
        days = min(commitments.frozen_days, self.p.days)
        crew = commitments.announced_crew[:, :days].astype(float)
        at_work = (crew > 0) & (program.high[self.crew[:, :days]] > 0)
        crew = np.where(at_work, crew, 0.0)
        for block, value in (
            (self.crew[:, :days], np.minimum(crew, program.high[self.crew[:, :days]])),
            (self.open_[:, :days], at_work.astype(float)),
        ):
            program.low[block] = program.high[block] = value
        program.low[self.set_up] = np.maximum(program.low[self.set_up], at_work.any(axis=1))

    def _goal(self) -> int:
        least = self.params.clear_share * self.p.total_kg if self.params.clear_share else -np.inf
        row = self.b.add_rows((1,), low=least, high=np.inf)
        self.b.put(row, self.hauled)
        self.b.put(row[:, None], self.offered)
        return int(row[0])


def _rows_where(b: ProgramBuilder, limited: Bools, *, high: Floats) -> Ints:
    numbers = np.full(limited.shape, -1)
    numbers[limited] = b.add_rows((int(limited.sum()),), high=high[limited])
    return numbers


def _in_window(problem: RescueProblem) -> Bools:
    """(N, T) harvest days of each lot."""
    day = np.arange(problem.days)
    return (day >= problem.lot_first_day[:, None]) & (day <= problem.lot_last_day[:, None])


def _harvest_allowed(problem: RescueProblem) -> Bools:
    """(H, T, A) which pairs may pack on which day at which age, just in time."""
    lot = problem.haul_lot
    cut = np.arange(problem.days)[:, None] - np.arange(problem.ages)[None, :]
    first, last = problem.lot_first_day[lot], problem.lot_last_day[lot]
    inside = (cut >= first[:, None, None]) & (cut <= last[:, None, None])
    fresh_today = np.arange(problem.ages)[None, None, :] == 0
    may_open = problem.point_may_open[problem.haul_point][:, :, None]
    postable = np.asarray(problem.fresh_enough().any(axis=1))[None, None, :]
    in_time = fresh_today | (cut == last[:, None, None])
    return np.asarray(inside & in_time & may_open & postable)


def _most_crew(problem: RescueProblem) -> Floats:
    """(P, T) people who could stand at a point: its stations, and who lives near enough."""
    near = np.zeros((problem.points, problem.days))
    np.add.at(near, problem.commute_point, problem.pool_people[problem.commute_pool])
    most = np.minimum(problem.stations[:, None], np.floor(near + 1e-9))
    return np.where(most < problem.min_crew[:, None], 0.0, most)


def _waiting_before(problem: RescueProblem) -> tuple[Floats, Floats]:
    """(M, T, K) twice: orders from before (on day 0), and what of them is due after each day."""
    shape = problem.demand_kg.shape
    before, due_later = np.zeros(shape), np.zeros(shape)
    if problem.waiting_before_kg is not None:
        before[:, 0] = problem.waiting_before_kg.sum(axis=0)
        for due, kg in enumerate(problem.waiting_before_kg):
            due_later[:, :due] += kg[:, None, :]
    return before, due_later


def _most_wanted(wanted: Floats, return_share: float) -> Floats:
    """(M, T, K) the most that can be wanted on a day, if nobody was served before."""
    most = wanted.copy()
    for day in range(1, wanted.shape[1]):
        most[:, day] += return_share * most[:, day - 1]
    return most
