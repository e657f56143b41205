"""What may really come of a plan: many drawn worlds, run through the plan's own listing and crews.

A scenario draws the campaign's level of demand, each day's demand, weather (a two-state chain: rain
closes roads *and* keeps merchants away), attendance and productivity, how much of the field
buyers' promise is kept, transit and claims.  Days are played in order: orders come in up to the
listing, crews pack what waits and can be reached, what is not posted in time is cancelled and
refunded.

Two policies are compared:

* *blind*: the plan's orders are listed as they stand and its crews come, whatever happens;
* *watched*: more than planned is listed (``listing_margin``), listings that were not sold out move
  on to the next day, each evening tomorrow's crew is called for what waits, and field buyers get
  only what, by the orders so far, will not be wanted online.

This is the evaluator's definition, in arrays over scenarios; ``risk_kernel`` is the same in
compiled scalars, and both read the same random bits, so that they agree to rounding.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.rescue.plan import RescuePlan, cleared_kg, wages_yuan
from postharvest.engines.rescue.problem import Floats, RescueProblem

TABLE_SIZE = 4096
"""Quantiles per table of factors: twelve random bits pick one."""
BLIND, WATCHED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskParams:
    """What the world may do; defaults are the planning defaults.

    Attributes
    ----------
    demand_cv_campaign, demand_cv_day : coefficients of variation of lognormal factors, mean 1.
    elasticity_sd : spread of the true elasticity around the assumed one.
    attendance_mean, attendance_spread : beta distribution of who comes of those announced.
    productivity_sd : spread of kilograms per worker-day, mean 1.
    planned_effect : what rates in a case already allow for (attendance x buffer).
    rain_starts, rain_stays : daily chances; rain_closes_road : chance per point on a rainy day.
    rain_slows : factor on work done in rain; merchants_least : on dry days field buyers take
        between this share and all of what they promised, on rainy ones nothing.
    late_cv : spread of the campaign's late parcels; claim_share, claim_cv : refunds for bad boxes.
    cull_share : share of what is cut that can't be packed.
    listing_margin : listed above plan (watched); crew_flex : how far a crew may be called above or
        below plan (watched).
    """

    demand_cv_campaign: float = 0.25
    demand_cv_day: float = 0.2
    elasticity_sd: float = 0.25
    attendance_mean: float = 0.9
    attendance_spread: float = 40.0
    productivity_sd: float = 0.06
    planned_effect: float = 0.82
    rain_starts: float = 0.05
    rain_stays: float = 0.6
    rain_closes_road: float = 0.5
    rain_slows: float = 0.7
    merchants_least: float = 0.5
    late_cv: float = 0.5
    claim_share: float = 0.02
    claim_cv: float = 0.4
    cull_share: float = 0.02
    listing_margin: float = 0.25
    crew_flex: float = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskInputs:
    """A plan boiled down to days ``T`` and cells ``C`` (zone x pack).

    Attributes
    ----------
    wanted_kg, listed_kg : (T, C) expected new demand at the plan's price; orders planned.
    margin_yuan_per_kg : (C,) revenue less postage, packaging, haul, harvest.
    revenue_yuan_per_kg, late_yuan_per_kg, work_per_kg : (C,); work in person-days.
    crew : (T,) people planned; most_crew : (T,) who could be called at the points set up.
    wage_yuan : (T,) mean cost of one person-day.
    point_share : (T, P) share of the day's crew at each set-up point.
    outlet_kg, outlet_yuan : (T,) promised to field buyers, and what it leaves growers.
    fixed_yuan : set-up and open days.  total_kg, cull_yuan_per_kg, clear_kg : scalars.
    """

    wanted_kg: Floats
    listed_kg: Floats
    margin_yuan_per_kg: Floats
    revenue_yuan_per_kg: Floats
    late_yuan_per_kg: Floats
    work_per_kg: Floats
    crew: Floats
    most_crew: Floats
    wage_yuan: Floats
    point_share: Floats
    outlet_kg: Floats
    outlet_yuan: Floats
    fixed_yuan: float
    total_kg: float
    clear_kg: float
    return_share: float
    ship_within_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskTables:
    """Quantiles of the factors that twelve random bits choose from, each with its exact mean."""

    campaign: Floats
    day: Floats
    work: Floats
    attendance: Floats
    late: Floats
    claim: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskOutcome:
    """(scenarios,) growers' net income and kg that left the field; (T+1, 2) kg gone by each day.

    ``gone_kg_by_day`` holds the 10 % and 90 % quantiles; the compiled evaluator leaves it empty.
    """

    net_yuan: Floats
    cleared_kg: Floats
    gone_kg_by_day: Floats


def risk_inputs(problem: RescueProblem, plan: RescuePlan, *, clear_kg: float) -> RiskInputs:
    """Boil a plan down to what the evaluator needs (sums over lots, points and pools)."""
    p, s = problem, plan.schedule
    cells = p.zones * p.packs
    packed = s.packed_kg.sum(axis=(0, 1, 2))
    hauled = s.harvest_kg.sum(axis=(1, 2))
    total_packed = max(1e-9, float(packed.sum()))
    field_cost = (
        float(
            hauled @ (p.haul_yuan_per_kg + p.harvest_cost_yuan_per_kg[p.haul_lot])
            + s.packed_kg.sum(axis=(1, 2, 3)) @ p.point_to_post_yuan_per_kg
        )
        / total_packed
    )
    revenue = np.tile(p.revenue_yuan_per_kg(s.level), p.zones)
    per_kg = (p.pack_material_yuan[None, :] + p.postage_yuan) / p.pack_kg[None, :]
    crew = s.crew.sum(axis=0).astype(float)
    wages = wages_yuan(p, s.labour).sum(axis=0) + p.commute_yuan @ s.labour
    mean_wage = float(wages.sum() / crew.sum()) if crew.sum() else 0.0
    offered = p.offer_net_yuan_per_kg
    share = np.divide(s.crew, crew, out=np.zeros(s.crew.shape), where=crew > 0)
    return RiskInputs(
        wanted_kg=p.wanted_kg(s.level).transpose(1, 0, 2).reshape(p.days, cells).copy(),
        listed_kg=s.ordered_kg.transpose(1, 0, 2).reshape(p.days, cells).copy(),
        margin_yuan_per_kg=revenue - per_kg.ravel() - field_cost,
        revenue_yuan_per_kg=revenue,
        late_yuan_per_kg=np.repeat(p.late_share[0] * p.refund_yuan_per_kg, p.packs),
        work_per_kg=np.tile(1.0 / p.pack_kg_per_worker_day, p.zones),
        crew=crew,
        most_crew=_most_callable(problem, plan),
        wage_yuan=np.where(crew > 0, wages / np.maximum(crew, 1e-9), mean_wage),
        point_share=share[s.set_up].T.copy() if s.set_up.any() else np.zeros((p.days, 0)),
        outlet_kg=s.outlet_kg.sum(axis=0),
        outlet_yuan=offered @ s.outlet_kg,
        fixed_yuan=-plan.items_yuan["set_up"] - plan.items_yuan["day_costs"],
        total_kg=p.total_kg,
        clear_kg=clear_kg,
        return_share=p.return_share,
        ship_within_days=p.ship_within_days,
    )


def _most_callable(problem: RescueProblem, plan: RescuePlan) -> Floats:
    """(T,) people who live near the set-up points and find a station there."""
    at_work = plan.schedule.set_up[problem.commute_point]
    pools = np.unique(problem.commute_pool[at_work])
    stations = float(problem.stations[plan.schedule.set_up].sum())
    return np.asarray(np.minimum(stations, problem.pool_people[pools].sum(axis=0)))


def risk_tables(params: RiskParams, inputs: RiskInputs, *, price_ratio: float) -> RiskTables:
    """Quantile tables.  The elasticity's spread widens the campaign's factor at this price."""
    shift = params.elasticity_sd * abs(math.log(price_ratio))
    campaign_cv = math.sqrt((1 + params.demand_cv_campaign**2) * math.exp(shift**2) - 1)
    attendance = _beta_quantiles(params.attendance_mean, params.attendance_spread)
    return RiskTables(
        campaign=_lognormal(campaign_cv),
        day=_lognormal(params.demand_cv_day),
        work=np.maximum(0.3, 1 + params.productivity_sd * _normal_quantiles())
        / params.planned_effect,
        attendance=attendance,
        late=_lognormal(params.late_cv),
        claim=params.claim_share * _lognormal(params.claim_cv),
    )


def _middle_chances() -> Floats:
    return (np.arange(TABLE_SIZE) + 0.5) / TABLE_SIZE


def _normal_quantiles() -> Floats:
    # Acklam's rational approximation would do; numpy has none, so invert by interpolation
    grid = np.linspace(-6, 6, 24001)
    chance = np.concatenate(([0.0], np.cumsum(np.exp(-(grid[1:] ** 2) / 2))))
    return np.asarray(np.interp(_middle_chances(), chance / chance[-1], grid))


def _lognormal(cv: float) -> Floats:
    sigma = math.sqrt(math.log(1 + cv * cv))
    values = np.exp(sigma * _normal_quantiles())
    return np.asarray(values / values.mean())


def _beta_quantiles(mean: float, spread: float) -> Floats:
    a, b = mean * spread, (1 - mean) * spread
    grid = np.linspace(1e-6, 1 - 1e-6, 20001)
    log_density = (a - 1) * np.log(grid) + (b - 1) * np.log1p(-grid)
    density = np.exp(log_density - log_density.max())
    chance = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    values = np.interp(_middle_chances(), chance / chance[-1], grid)
    return np.asarray(values * mean / values.mean())


_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 0x7FFFFFFFFFFFFFFF


class _Bits:
    """SplitMix64 over many scenarios (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195).

    Each scenario has a stream of its own, so results do not depend on how work is cut up.
    """

    def __init__(self, *, seed: int, first: int, count: int) -> None:
        number = np.arange(first, first + count, dtype=np.uint64)
        self._state = _mixed(number * np.uint64(0xD1342543DE82EF95) + np.uint64(seed & _MASK))

    def draw(self) -> NDArray[np.uint64]:
        self._state = self._state + np.uint64(_GOLDEN)
        return _mixed(self._state)


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = state ^ (state >> np.uint64(30))
    z = z * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def _twelve(bits: NDArray[np.uint64], place: int) -> NDArray[np.int64]:
    return ((bits >> np.uint64(12 * place)) & np.uint64(TABLE_SIZE - 1)).astype(np.int64)


def evaluate(
    inputs: RiskInputs,
    tables: RiskTables,
    params: RiskParams,
    *,
    policy: int,
    seed: int,
    scenarios: int,
    first: int = 0,
) -> RiskOutcome:
    """Run scenarios ``first`` … ``first + scenarios - 1`` through a plan."""
    bits = _Bits(seed=seed, first=first, count=scenarios)
    return _Play(inputs, tables, params, policy=policy, bits=bits, scenarios=scenarios).run()


class _Play:
    """All scenarios side by side, one day after the other."""

    def __init__(
        self,
        inputs: RiskInputs,
        tables: RiskTables,
        params: RiskParams,
        *,
        policy: int,
        bits: _Bits,
        scenarios: int,
    ) -> None:
        self.i, self.t, self.params = inputs, tables, params
        self.watched = policy == WATCHED
        self.bits = bits
        days, cells = inputs.wanted_kg.shape
        first = self.bits.draw()
        self.level = tables.campaign[_twelve(first, 0)]
        self.late = tables.late[_twelve(first, 1)]
        self.claim = tables.claim[_twelve(first, 2)]
        self.rain = np.zeros(scenarios, dtype=bool)
        self.unserved = np.zeros((scenarios, cells))
        self.waiting = np.zeros((scenarios, cells))
        self.unsold = np.zeros((scenarios, cells))
        self.orders = np.zeros((max(1, inputs.ship_within_days), scenarios, cells))
        self.left = np.full(scenarios, inputs.total_kg)
        self.gone = np.zeros(scenarios)
        self.net = np.full(scenarios, -inputs.fixed_yuan)
        self.days = days
        self.seen = np.full(scenarios, prior_days(params))
        self.rest = rest_orders_kg(inputs)

    def run(self) -> RiskOutcome:
        gone = np.zeros((self.days + 1, 2))
        for day in range(self.days):
            self._day(day)
            gone[day + 1] = np.quantile(self.gone, [0.1, 0.9])
        return RiskOutcome(net_yuan=self.net, cleared_kg=self.gone, gone_kg_by_day=gone)

    def _day(self, day: int) -> None:
        bits = self.bits.draw()
        chance = _twelve(bits, 4) / TABLE_SIZE
        stays, starts = self.params.rain_stays, self.params.rain_starts
        self.rain = chance < np.where(self.rain, stays, starts)
        self._merchants(day, bits)
        self._order(day, self.level * self.t.day[_twelve(bits, 0)])
        done = self._pack(day, bits)
        self._post(day, done)

    def _merchants(self, day: int, bits: NDArray[np.uint64]) -> None:
        least = self.params.merchants_least
        kept = least + (1 - least) * _twelve(bits, 3) / TABLE_SIZE
        share = np.where(self.rain, 0.0, kept)
        taken = np.minimum(self.i.outlet_kg[day] * share, self.left)
        if self.watched:
            belief = self.seen / (prior_days(self.params) + day)
            spare = self.left - self.waiting.sum(axis=1) - belief * self.rest[day]
            taken = np.minimum(taken, np.maximum(0.0, spare))
        price = self.i.outlet_yuan[day] / max(self.i.outlet_kg[day], 1e-9)
        self.left = self.left - taken
        self.gone = self.gone + taken
        self.net = self.net + price * taken

    def _order(self, day: int, factor: Floats) -> None:
        i = self.i
        self.seen = self.seen + factor
        wanted = factor[:, None] * i.wanted_kg[day] + i.return_share * self.unserved
        listed = i.listed_kg[day]
        if self.watched:
            listed = listed * (1 + self.params.listing_margin) + self.unsold
        order = np.minimum(listed, wanted)
        # never sell what can't be there: what lies in the field, less what waits already
        room = np.maximum(0.0, self.left * (1 - self.params.cull_share) - self.waiting.sum(axis=1))
        sold = order.sum(axis=1)
        order = order * np.minimum(1.0, room / np.maximum(sold, 1e-9))[:, None]
        self.unserved = wanted - order
        self.unsold = np.maximum(0.0, listed - order) if self.watched else self.unsold
        self.waiting = self.waiting + order
        self.orders[day % self.orders.shape[0]] = order

    def _pack(self, day: int, bits: NDArray[np.uint64]) -> Floats:
        """Share of what waits that is packed today; pays the crew that came."""
        i, params = self.i, self.params
        crew = np.full(self.net.shape, i.crew[day])
        if self.watched:
            need = (self.waiting @ i.work_per_kg) * (params.planned_effect / params.attendance_mean)
            least, most = 1 - params.crew_flex, 1 + params.crew_flex
            crew = np.clip(need, least * i.crew[day], most * i.crew[day])
            crew = np.minimum(crew, max(i.most_crew[day], i.crew[day]))
        attendance = self.t.attendance[_twelve(bits, 1)]
        work = self.t.work[_twelve(bits, 2)]
        came = crew * attendance * np.where(self.rain, params.rain_slows, 1.0)
        came = came * self._reachable(day)
        self.net = self.net - came * i.wage_yuan[day]
        needed = self.waiting @ i.work_per_kg
        return np.minimum(1.0, came * work / np.maximum(needed, 1e-9))

    def _reachable(self, day: int) -> Floats:
        share, bits = np.ones(self.net.shape), np.zeros(0, dtype=np.uint64)
        for point in range(self.i.point_share.shape[1]):
            if point % 5 == 0:
                bits = self.bits.draw()
            closed = _twelve(bits, point % 5) / TABLE_SIZE < self.params.rain_closes_road
            lost = np.where(self.rain & closed, self.i.point_share[day, point], 0.0)
            share = share - lost
        return share

    def _post(self, day: int, done: Floats) -> None:
        i = self.i
        kg = self.waiting.sum(axis=1) * done
        most = self.left * (1 - self.params.cull_share)
        done = done * np.minimum(1.0, most / np.maximum(kg, 1e-9))
        posted = self.waiting * done[:, None]
        self.waiting = self.waiting - posted
        kg = posted.sum(axis=1)
        self.left = self.left - kg / (1 - self.params.cull_share)
        self.gone = self.gone + kg / (1 - self.params.cull_share)
        earned = posted @ i.margin_yuan_per_kg
        late = (posted @ i.late_yuan_per_kg) * self.late
        claims = (posted @ i.revenue_yuan_per_kg) * self.claim
        self.net = self.net + earned - late - claims
        # what is older than the promise is cancelled and refunded; nothing is left open at the end
        recent = self.orders[: i.ship_within_days].sum(axis=0) if i.ship_within_days else 0.0
        kept = np.minimum(self.waiting, recent)
        self.waiting = kept if day < self.days - 1 else np.zeros_like(self.waiting)


def prior_days(params: RiskParams) -> float:
    """How many days of orders the assumed demand level is worth: the ratio of the variances."""
    return (params.demand_cv_day / max(params.demand_cv_campaign, 1e-12)) ** 2


def rest_orders_kg(inputs: RiskInputs) -> Floats:
    """(T,) kg that the plan still sells online from each day on."""
    return np.asarray(np.cumsum(inputs.listed_kg.sum(axis=1)[::-1])[::-1])


def summary(outcome: RiskOutcome, *, clear_kg: float, total_kg: float) -> dict[str, float]:
    """Mean and quantiles of the net income, and the chance that enough leaves the field."""
    p5, p50, p95 = np.quantile(outcome.net_yuan, [0.05, 0.5, 0.95])
    share = outcome.cleared_kg / max(total_kg, 1e-9)
    return {
        "mean": float(outcome.net_yuan.mean()),
        "p5": float(p5),
        "p50": float(p50),
        "p95": float(p95),
        "p_clear": float((outcome.cleared_kg >= clear_kg * (1 - 1e-6)).mean()),
        "cleared_share_mean": float(share.mean()),
        "cleared_share_p10": float(np.quantile(share, 0.1)),
        "cleared_share_p90": float(np.quantile(share, 0.9)),
    }


def clear_target_kg(problem: RescueProblem, plan: RescuePlan) -> float:
    """Kg that count as cleared: the goal's share, without a goal 95 % of what is planned."""
    planned = cleared_kg(plan.schedule)
    if plan.clear_share > 0:
        return plan.clear_share * problem.total_kg
    return 0.95 * planned


def params_dict(params: RiskParams) -> dict[str, float]:
    """The assumptions about the world, by name."""
    return {field.name: float(getattr(params, field.name)) for field in fields(params)}
