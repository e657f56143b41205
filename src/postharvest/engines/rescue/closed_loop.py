"""The same drawn worlds twice: a plan followed blindly, and decided again every evening.

Each evening the linear program of the days left is solved with what is known by then: kilograms
left, orders that wait, the demand level learnt from orders so far (`demand_update`).  Its first
day gives tomorrow's listing and crews; the price goes one step down when that is worth it.  The
points are those of the plan.  This is the policy as it is meant to be run; `risk` has a rule of
thumb for it that runs a million worlds a second.
"""

from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.rescue.demand_update import updated_demand
from postharvest.engines.rescue.plan import RescuePlan, wages_yuan
from postharvest.engines.rescue.problem import Bools, Floats, RescueParams, RescueProblem
from postharvest.engines.rescue.residual import from_day
from postharvest.engines.rescue.risk import RiskParams
from postharvest.engines.rescue.search import Search
from postharvest.engines.rescue.solve import never

_WORTH_A_STEP = 1.01
"""A cheaper price must promise so much more before it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLoop:
    """(worlds,) growers' net income and kg cleared under both policies."""

    blind_yuan: Floats
    redecided_yuan: Floats
    blind_cleared_kg: Floats
    redecided_cleared_kg: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One drawn world; (T,) unless said otherwise."""

    demand: Floats
    elasticity_shift: float
    rain: Bools
    closed: Bools  # (P, T)
    attendance: Floats
    work: Floats
    merchants: Floats
    late: float
    claim_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is decided for one day: (M, K) kg listed, (P,) people, (O,) kg to outlets, a price."""

    listed_kg: Floats
    crew: Floats
    outlet_kg: Floats
    level: int


def closed_loop(
    problem: RescueProblem, plan: RescuePlan, params: RiskParams, *, seed: int, worlds: int
) -> ClosedLoop:
    """Play ``worlds`` drawn worlds under both policies."""
    outcomes = np.zeros((4, worlds))
    for number in range(worlds):
        world = draw_world(problem, params, np.random.default_rng([seed, number]))
        blind = followed_blindly(problem, plan, params, world)
        watched = _Sale(problem, plan, params, world)
        watched.play(_listed_above(_as_planned(plan, 0), params.listing_margin))
        while watched.day < problem.days:
            watched.play(_decided_again(watched))
        outcomes[:, number] = blind.net, watched.net, blind.gone_kg, watched.gone_kg
    return ClosedLoop(
        blind_yuan=outcomes[0],
        redecided_yuan=outcomes[1],
        blind_cleared_kg=outcomes[2],
        redecided_cleared_kg=outcomes[3],
    )


def followed_blindly(
    problem: RescueProblem, plan: RescuePlan, params: RiskParams, world: World
) -> "_Sale":
    """Play one world with the plan's own listing and crews, whatever happens."""
    sale = _Sale(problem, plan, params, world)
    while sale.day < problem.days:
        sale.play(_as_planned(plan, sale.day))
    return sale


def draw_world(problem: RescueProblem, params: RiskParams, rng: np.random.Generator) -> World:
    """Draw demand, weather, hands and lanes by the same distributions as `risk`."""
    days = problem.days
    rain = np.zeros(days, dtype=bool)
    for day, chance in enumerate(rng.random(days)):
        again = day > 0 and rain[day - 1]
        rain[day] = chance < (params.rain_stays if again else params.rain_starts)
    a = params.attendance_mean * params.attendance_spread
    attendance = rng.beta(a, params.attendance_spread - a, days)
    productivity = np.maximum(0.3, rng.normal(1.0, params.productivity_sd, days))
    share = rng.uniform(params.merchants_least, 1.0, days)
    level = _lognormal(rng, params.demand_cv_campaign, 1)[0]
    return World(
        demand=level * _lognormal(rng, params.demand_cv_day, days),
        elasticity_shift=float(rng.normal(0.0, params.elasticity_sd)),
        rain=rain,
        closed=rain & (rng.random((problem.points, days)) < params.rain_closes_road),
        attendance=attendance * np.where(rain, params.rain_slows, 1.0),
        work=productivity / params.planned_effect,
        merchants=np.where(rain, 0.0, share),
        late=float(_lognormal(rng, params.late_cv, 1)[0]),
        claim_share=params.claim_share * float(_lognormal(rng, params.claim_cv, 1)[0]),
    )


def _lognormal(rng: np.random.Generator, cv: float, size: int) -> Floats:
    sigma = np.sqrt(np.log(1 + cv * cv))
    return np.asarray(rng.lognormal(-sigma * sigma / 2, sigma, size))


class _Sale:
    """The sale as it runs: what is left, who waits, what was earned."""

    def __init__(
        self, problem: RescueProblem, plan: RescuePlan, params: RiskParams, world: World
    ) -> None:
        self.p, self.plan, self.params, self.world = problem, plan, params, world
        self.day, self.level = 0, plan.schedule.level
        self.lot_kg = problem.lot_kg.copy()
        self.unserved = np.zeros((problem.zones, problem.packs))
        self.waiting = np.zeros((max(1, problem.ship_within_days) + 1, *self.unserved.shape))
        self.net = plan.items_yuan["set_up"] + plan.items_yuan["day_costs"]
        self.gone_kg = 0.0
        self.ordered, self.expected, self.sold_out = [], [], []  # type: ignore[var-annotated]
        crew = max(1.0, float(plan.schedule.crew.sum()))
        walk = float((problem.commute_yuan @ plan.schedule.labour).sum())
        self.wage = (float(wages_yuan(problem, plan.schedule.labour).sum()) + walk) / crew
        packed = max(1e-9, float(plan.schedule.packed_kg.sum()))
        field = ("harvest", "haul_to_point", "haul_to_post")
        outlets = float(
            plan.schedule.outlet_kg.sum(axis=1)
            @ problem.harvest_cost_yuan_per_kg[problem.offer_lot]
        )
        self.field_cost = -(sum(plan.items_yuan[name] for name in field) + outlets) / packed

    def play(self, decided: Day) -> None:
        """Let one day happen."""
        self.level = decided.level
        self._field_buyers(decided)
        self._orders(decided)
        self._pack_and_post(decided)
        self.day += 1

    @property
    def left_kg(self) -> float:
        return float(self.lot_kg.sum())

    def _take(self, kg: float) -> None:
        left = self.left_kg
        if left > 0:
            self.lot_kg *= max(0.0, 1 - kg / left)

    def _field_buyers(self, decided: Day) -> None:
        p, kept = self.p, self.world.merchants[self.day]
        kg = np.minimum(decided.outlet_kg * kept, self.lot_kg[p.offer_lot])
        price = p.offer_net_yuan_per_kg
        np.subtract.at(self.lot_kg, p.offer_lot, kg)
        self.lot_kg = np.maximum(self.lot_kg, 0.0)
        self.net += float(price @ kg)
        self.gone_kg += float(kg.sum())

    def _orders(self, decided: Day) -> None:
        p, world = self.p, self.world
        ratio = float(p.ladder_yuan[self.level]) / p.reference_price_yuan
        factor = world.demand[self.day] * ratio**-world.elasticity_shift
        expected = p.demand_kg[:, self.day] * ratio**-p.elasticity
        back = p.return_share * self.unserved
        wanted = factor * expected + back
        order = np.minimum(decided.listed_kg, wanted)
        room = max(0.0, self.left_kg * (1 - self.params.cull_share) - float(self.waiting.sum()))
        if order.sum() > 0:
            order *= min(1.0, room / float(order.sum()))
        listed = decided.listed_kg > 0
        self.ordered.append(float((order - np.minimum(back, order))[listed].sum()))
        self.expected.append(float(expected[listed].sum()))
        self.sold_out.append(float(order[listed].sum()) < 0.98 * float(wanted[listed].sum()))
        self.unserved = wanted - order
        self.waiting = np.concatenate((order[None], self.waiting[:-1]))

    def _pack_and_post(self, decided: Day) -> None:
        p, world, day = self.p, self.world, self.day
        there = np.where(world.closed[:, day], 0.0, decided.crew)
        came = float(there.sum()) * world.attendance[day]
        self.net -= came * self.wage
        waits = self.waiting.sum(axis=0)
        needed = float((waits / p.pack_kg_per_worker_day).sum())
        parcels = float((waits / p.pack_kg).sum())
        done = min(1.0, came * world.work[day] / max(needed, 1e-9))
        done = min(done, float(p.hub_parcels_per_day[day]) / max(parcels, 1e-9))
        good = self.left_kg * (1 - self.params.cull_share)
        done = min(done, good / max(float(waits.sum()), 1e-9))
        posted = np.zeros_like(waits)
        for age in range(self.waiting.shape[0] - 1, -1, -1):  # who waits longest goes first
            take = np.minimum(self.waiting[age], waits * done - posted)
            self.waiting[age] -= take
            posted += take
        self._earn(posted)
        # the promise: what is older is refunded
        self.waiting[max(0, p.ship_within_days) :] = 0.0

    def _earn(self, posted: Floats) -> None:
        p = self.p
        revenue = p.revenue_yuan_per_kg(self.level)
        costs = (p.postage_yuan + p.pack_material_yuan) / p.pack_kg + self.field_cost
        late = p.late_share[0][:, None] * p.refund_yuan_per_kg * self.world.late
        kg = float(posted.sum()) / (1 - self.params.cull_share)
        self.net += float((posted * (revenue * (1 - self.world.claim_share) - costs - late)).sum())
        self.gone_kg += kg
        self._take(kg)


def _as_planned(plan: RescuePlan, day: int) -> Day:
    s = plan.schedule
    return Day(
        listed_kg=s.ordered_kg[:, day],
        crew=s.crew[:, day].astype(float),
        outlet_kg=s.outlet_kg[:, day],
        level=s.level,
    )


def _listed_above(day: Day, margin: float) -> Day:
    return replace(day, listed_kg=day.listed_kg * (1 + margin))


def _decided_again(sale: _Sale) -> Day:
    """Solve the days left; its first day is tomorrow."""
    p, plan = sale.p, sale.plan
    known = updated_demand(
        ordered_kg=np.array(sale.ordered),
        expected_kg=np.array(sale.expected),
        sold_out=np.array(sale.sold_out),
        campaign_cv=sale.params.demand_cv_campaign,
        day_cv=sale.params.demand_cv_day,
    )
    rest = from_day(replace(p, lot_kg=sale.lot_kg.copy()), sale.day)
    within = max(1, p.ship_within_days)
    due = sale.waiting[:within][::-1].copy()  # ordered today has the longest time left
    rest = replace(
        rest,
        demand_kg=rest.demand_kg * known.mean,
        setup_yuan=np.zeros(p.points),
        point_may_open=rest.point_may_open & plan.schedule.set_up[:, None],
        unserved_before_kg=sale.unserved,
        waiting_before_kg=due,
    )
    search = Search(rest, RescueParams(), seed=1, stop=never)
    best, level = None, sale.level
    for candidate in (sale.level, sale.level + 1):
        if candidate >= p.levels:
            continue
        search.load(candidate)
        answer = search.session.solve()
        if answer.value is None:
            continue
        if best is None or answer.value > _WORTH_A_STEP * abs(best.value or 0.0):
            best, level = answer, candidate
    if best is None:
        return _listed_above(_as_planned(plan, sale.day), sale.params.listing_margin)
    columns = search.model.columns
    crew = np.ceil(best.column_value[columns.crew[:, 0]] - 0.05)
    listed = best.column_value[columns.ordered[:, 0]]
    return Day(
        listed_kg=np.maximum(listed, 0.0) * (1 + sale.params.listing_margin),
        crew=np.where(crew > 0, np.maximum(crew, p.min_crew), 0.0),
        outlet_kg=np.maximum(best.column_value[columns.offered[:, 0]], 0.0),
        level=level,
    )
