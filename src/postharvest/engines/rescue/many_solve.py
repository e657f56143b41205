"""Plans many surpluses at once and proves how good the plan is.

1. **Sketch.**  One linear program of everything with days in periods (``many_network``); prices
   may be mixed.  Crops that mix are fixed one by one, each at the better of its two prices.
2. **Bound.**  The sketch's dual prices value every packed kilogram and every lane; so do those of
   a sketch of shorter periods that knows each crop's price and those beside it.  The lower of the
   two bounds counts.  At any such
   values no plan can earn more than Σ crops' markets (closed form, the best price of each:
   ``many_sales``) + Σ districts' linear programs by the full rules + Σ lanes' capacity at its value
   (Lagrangian duality; Geoffrion 1974, doi:10.1007/BFb0120690).  Each district's value is itself
   bounded by weak duality, so the bound does not stand on a solver's tolerance.
3. **Plan.**  The sketch once more by days, prices fixed, says who should deliver what when; each
   district then makes points, days and whole crews of its share by branch and bound; last the
   markets take what is really packed, as one linear program, and what they don't take is not cut.

Districts are independent in 2 and 3, so that they can be spread over processes or machines.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, Protocol, TypeVar

import numpy as np

from postharvest.engines.rescue.highs_session import Session, WorkMeter
from postharvest.engines.rescue.linear_program import ProgramBuilder, weak_duality_bound
from postharvest.engines.rescue.many import ManyPlan, ManyProblem, ManySchedule
from postharvest.engines.rescue.many_check import many_income
from postharvest.engines.rescue.many_network import NetworkProgram, in_periods, write_network
from postharvest.engines.rescue.many_sales import sales_yuan, write_sales
from postharvest.engines.rescue.many_supply import SupplyBlock, may_be_packed, write_supply
from postharvest.engines.rescue.problem import Bools, Floats, Ints

_Result = TypeVar("_Result")
_WHOLE, _SOME = 0.98, 0.01
_ENCOURAGED = 1.3
"""Districts are offered more than the sketch's value up to their share: at the value itself they
would as soon deliver as not."""


class Spread(Protocol):
    """Maps a function over districts in order: ``map``, or a pool's or a cluster's."""

    def __call__(
        self, function: Callable[..., _Result], /, *columns: Iterable[Any]
    ) -> Iterable[_Result]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyParams:
    """Effort: days in a period of the two sketches, and how exact districts and sketch are.

    ``district_seconds`` is counted work, as in ``RescueParams``.
    """

    period_days: int = 7
    finer_period_days: int = 3
    district_gap: float = 0.005
    district_seconds: float = 4.0
    sketch_tolerance: float = 2e-3


def _here(function: Callable[..., _Result], /, *columns: Iterable[Any]) -> Iterable[_Result]:
    """Compute in this process, one after the other."""
    return map(function, *columns)


def solve_many(
    problem: ManyProblem, params: ManyParams, *, seed: int, spread: Spread = _here
) -> ManyPlan:
    """Plan all districts and crops together.

    Parameters
    ----------
    problem, params : what to plan, how exactly.
    seed : passed to the solver; the same problem, params and seed give the same plan.
    spread : where districts are computed; the plan does not depend on it.
    """
    level, *by_periods = _choose_levels(problem, params, seed)
    districts = [np.array([d]) for d in range(problem.districts)]
    bound = min(
        _bound_at(problem, *values, districts=districts, seed=seed, spread=spread)
        for values in (by_periods, _finer_values(problem, params, level, seed))
    )
    value, share = _daily_shares(problem, params, level, seed)
    packed = list(
        spread(
            district_supply,
            repeat(problem),
            repeat((params, value)),
            share,
            districts,
            repeat(seed),
        )
    )
    schedule = _sell(problem, level, packed, seed)
    net = sum(many_income(problem, schedule).values())
    return ManyPlan(schedule=schedule, net_income_yuan=net, bound_yuan=max(bound, net), seed=seed)


# 1 sketch ---------------------------------------------------------------------------------------


def _choose_levels(
    problem: ManyProblem, params: ManyParams, seed: int
) -> tuple[Ints, Floats, Floats]:
    """Return a level per crop, and what the mixed sketch says a packed kg and a lane are worth."""
    sketch = in_periods(problem, params.period_days)
    offered = np.ones(problem.ladder_yuan.shape, dtype=bool)
    net = write_network(sketch, offered=offered)
    session = Session(net.program, meter=WorkMeter(), seed=seed)
    answer = session.interior_point(tolerance=params.sketch_tolerance)
    share = answer.column_value[net.share].reshape(offered.shape)
    level = _one_level_each(sketch, share > _SOME, seed)
    return level, *_by_day(problem, net, answer.row_price, params.period_days)


def _finer_values(
    problem: ManyProblem, params: ManyParams, level: Ints, seed: int
) -> tuple[Floats, Floats]:
    """Return the same values from shorter periods; each crop knows its price and those beside it.

    With one price only, the values would be blind to the others and bound badly.
    """
    levels = np.arange(problem.ladder_yuan.shape[1])
    sketch = in_periods(problem, params.finer_period_days)
    net = write_network(sketch, offered=np.abs(levels - level[:, None]) <= 1)
    session = Session(net.program, meter=WorkMeter(), seed=seed)
    answer = session.interior_point(tolerance=params.sketch_tolerance)
    return _by_day(problem, net, answer.row_price, params.finer_period_days)


def _by_day(
    problem: ManyProblem, net: NetworkProgram, row_price: Floats, period_days: int
) -> tuple[Floats, Floats]:
    """(Q, G, T, A, K) worth of a packed kg and (G, M, T) of a lane, from a sketch by periods."""
    packed_value, lane_value = _values(net, row_price)
    period = np.arange(problem.days) // period_days
    return _for_ages(problem, packed_value[:, :, period]), lane_value[:, :, period]


def _one_level_each(sketch: ManyProblem, offered: Bools, seed: int) -> Ints:
    """Fix the crops that mix prices one by one, the most undecided first, each both ways."""
    net = write_network(sketch, offered=offered)
    session = Session(net.program, meter=WorkMeter(), seed=seed)
    column = np.full(offered.shape, -1)
    column[offered] = net.share
    answer = session.solve()
    share = np.where(offered, answer.column_value[column], 0.0)
    while (mixed := np.flatnonzero(share.max(axis=1) < _WHOLE)).size:
        crop = int(mixed[share[mixed].max(axis=1).argmin()])
        mine = column[crop, offered[crop]]
        best, chosen = -np.inf, np.zeros(mine.size)
        for level in np.argsort(-share[crop], kind="stable")[:2]:
            only = (mine == column[crop, level]).astype(float)
            session.set_column_bounds(mine, only, only)
            answer = session.solve()
            if answer.value is not None and answer.value > best:
                best, chosen = answer.value, only
                share = np.where(offered, answer.column_value[column], 0.0)
        if best == -np.inf:
            raise ArithmeticError("the sketch has no solution at a fixed price")
        session.set_column_bounds(mine, chosen, chosen)
    return np.asarray(share.argmax(axis=1))


def _values(net: NetworkProgram, row_price: Floats) -> tuple[Floats, Floats]:
    """(Q, G, T, 1, K) worth of a packed kg, nan where the sketch knows none; (G, M, T) of lanes."""
    packed = np.where(net.link >= 0, -row_price[np.maximum(net.link, 0)], np.nan)
    lane = np.where(net.lane >= 0, row_price[np.maximum(net.lane, 0)], 0.0)
    return packed, np.maximum(lane, 0.0)


def _for_ages(problem: ManyProblem, fresh: Floats) -> Floats:
    """(Q, G, T, A, K) the worth at every age: fresh less what being late costs at least.

    Days the sketch has no produce on take the worth of the nearest day before or after.  Any
    values give a valid bound; these are meant to be good ones.
    """
    p = problem
    filled = fresh.copy()
    for days in (range(1, p.days), range(p.days - 2, -1, -1)):
        for day in days:
            beside = filled[:, :, day - 1 if days.step > 0 else day + 1]
            filled[:, :, day] = np.where(np.isnan(filled[:, :, day]), beside, filled[:, :, day])
    later = (p.late_share - p.late_share[:, :, :1]) * p.refund_yuan_per_kg[:, None, None, None]
    later = np.where(p.fresh_enough(), later, np.inf).min(axis=3)
    later = np.where(np.isfinite(later), later, 0.0)
    return np.asarray(np.nan_to_num(filled - later[:, :, None, :, None]))


def _lane_rent(problem: ManyProblem, lane_value: Floats) -> float:
    limited = np.isfinite(problem.lane_parcels_per_day)
    return float((problem.lane_parcels_per_day[limited] * lane_value[limited]).sum())


# 2 bound ----------------------------------------------------------------------------------------


def _bound_at(
    problem: ManyProblem,
    packed_value: Floats,
    lane_value: Floats,
    *,
    districts: list[Ints],
    seed: int,
    spread: Spread,
) -> float:
    """Bound everything at some values of packed kilograms and lanes; any values will do."""
    price = np.where(may_be_packed(problem), packed_value, np.inf)
    bounds = spread(district_bound, repeat(problem), repeat(packed_value), districts, repeat(seed))
    markets = sales_yuan(problem, price, lane_value).max(axis=1).sum()
    return float(markets + sum(bounds) + _lane_rent(problem, lane_value))


def district_bound(problem: ManyProblem, packed_value: Floats, district: Ints, seed: int) -> float:
    """Most that a district can earn when every packed kg is bought at its value."""
    builder = ProgramBuilder()
    block = write_supply(problem, builder, district)
    program = builder.finish()
    cost = program.cost.copy()
    cost[block.hauled] += packed_value.ravel()[block.link]
    program = replace(program, cost=cost)
    answer = Session(program, meter=WorkMeter(), seed=seed).solve()
    return weak_duality_bound(program, answer.row_price)


# 3 plan -----------------------------------------------------------------------------------------


def _daily_shares(
    problem: ManyProblem, params: ManyParams, level: Ints, seed: int
) -> tuple[Floats, Floats]:
    """(Q, G, T, A, K) worth of a packed kg, and (D, Q, T, K) kg that each district should pack."""
    sketch = in_periods(problem, 1)
    offered = np.arange(problem.ladder_yuan.shape[1]) == level[:, None]
    net = write_network(sketch, offered=offered)
    session = Session(net.program, meter=WorkMeter(), seed=seed)
    answer = session.interior_point(tolerance=params.sketch_tolerance)
    pair, day, pack = net.hauled_at
    share = np.zeros((problem.districts, problem.crops, problem.days, problem.packs))
    district = problem.point_district[problem.haul_point[pair]]
    crop = problem.lot_crop[problem.haul_lot[pair]]
    kg = np.maximum(0.0, answer.column_value[net.hauled])
    np.add.at(share, (district, crop, day, pack), kg)
    return _for_ages(problem, _values(net, answer.row_price)[0]), share


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictSupply:
    """One district's whole decisions and what it packs, with where they stand in the problem."""

    block: SupplyBlock
    hauled_kg: Floats
    crew: Ints
    open_: Floats
    set_up: Floats
    sent: Floats


def district_supply(
    problem: ManyProblem,
    effort_and_value: tuple[ManyParams, Floats],
    share_kg: Floats,
    district: Ints,
    seed: int,
) -> DistrictSupply:
    """Choose points, days and whole crews for a district's share, (Q, T, K) kg."""
    params, packed_value = effort_and_value
    builder = ProgramBuilder()
    block = write_supply(problem, builder, district)
    crop = problem.lot_crop[problem.haul_lot[block.hauled_at[0]]]
    most = builder.add_rows(share_kg.shape, high=share_kg)
    builder.put(most[crop, block.hauled_at[1], block.hauled_at[3]], block.hauled)
    program = builder.finish()
    cost = program.cost.copy()
    cost[block.hauled] += _ENCOURAGED * packed_value.ravel()[block.link]
    program = replace(program, cost=cost)
    answer = Session(program, meter=WorkMeter(), seed=seed).branch_and_bound(
        whole=program.whole,
        gap=params.district_gap,
        target=-np.inf,
        seconds=params.district_seconds,
        reduced=False,
        heuristics=True,
        stop=_never,
    )
    x = answer.column_value if answer.value is not None else np.zeros(program.columns)
    return DistrictSupply(
        block=block,
        hauled_kg=np.maximum(0.0, x[block.hauled]),
        crew=np.rint(x[block.crew]).astype(np.int64),
        open_=np.rint(x[block.open_]),
        set_up=np.rint(x[block.set_up]),
        sent=np.maximum(0.0, x[block.sent]),
    )


def _never() -> bool:
    return False


def _sell(
    problem: ManyProblem, level: Ints, packed: list[DistrictSupply], seed: int
) -> ManySchedule:
    """Let the markets take what is packed; what they don't take is not cut."""
    p = problem
    supply = np.zeros(p.link_shape)
    for one in packed:
        np.add.at(supply.reshape(-1), one.block.link, one.hauled_kg)
    builder = ProgramBuilder()
    sales = write_sales(p, builder, level=level, supplied=supply > _DUST_KG)
    program = builder.finish()
    low = program.row_low.copy()
    there = sales.link >= 0
    low[sales.link[there]] = -supply[there]
    answer = Session(replace(program, row_low=low), meter=WorkMeter(), seed=seed).solve()
    if answer.value is None:
        raise ArithmeticError("the markets' program has no solution")
    x = np.maximum(0.0, answer.column_value)
    posted = np.zeros((p.crops, *p.postage_yuan.shape[:2], p.days, p.ages, p.packs))
    posted[sales.posted_at] = x[sales.posted]
    taken = posted.sum(axis=2)
    kept = np.divide(taken, supply, out=np.zeros_like(taken), where=supply > _DUST_KG)
    return replace(
        _together(p, packed, kept.ravel()),
        level=level,
        posted_kg=posted,
        ordered_kg=x[sales.ordered],
    )


_DUST_KG = 1e-6


def _together(p: ManyProblem, packed: list[DistrictSupply], kept: Floats) -> ManySchedule:
    """Put the districts' decisions beside each other; the markets' are still empty."""
    shape = (p.stations.size, p.days)
    set_up = np.zeros(shape[0], dtype=bool)
    open_, crew = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=np.int64)
    labour = np.zeros((p.commute_pool.size, p.days))
    for one in packed:
        set_up[one.block.points] = one.set_up > 0
        open_[one.block.points] = one.open_ > 0
        crew[one.block.points] = one.crew
        labour[one.block.walks] = one.sent
    pair, day, age, pack = (
        np.concatenate(part) for part in zip(*(one.block.hauled_at for one in packed), strict=True)
    )
    return ManySchedule(
        level=np.zeros(p.crops, dtype=np.int64),
        set_up=set_up,
        open_=open_,
        crew=crew,
        labour=labour,
        hauled_at=(pair, day, age, pack),
        hauled_kg=np.concatenate([one.hauled_kg * kept[one.block.link] for one in packed]),
        posted_kg=np.zeros(0),
        ordered_kg=np.zeros(0),
    )
