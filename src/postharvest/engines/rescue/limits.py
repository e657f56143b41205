"""Which requirement keeps a goal out of reach, and how much more of it would do.

One requirement at a time is lifted altogether, to see how much could be cleared; where that is
enough, an elastic program asks for the least more of it (a slack priced at 1 on its rows, nothing
else costs anything).  All on the linear relaxation at the cheapest price: shares are upper bounds,
what is lacking is a lower bound.  Elastic programs: Chinneck 2008, doi:10.1007/978-0-387-74932-7.
"""

from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.rescue.highs_session import Session, WorkMeter
from postharvest.engines.rescue.linear_program import LinearProgram
from postharvest.engines.rescue.model import RescueModel, build_model
from postharvest.engines.rescue.problem import Floats, Ints, RescueParams, RescueProblem
from postharvest.engines.rescue.search import Search
from postharvest.engines.rescue.solve import never
from postharvest.engines.rescue.zones import merge_zones

_PLENTY = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Lifting ``requirement`` alone would let ``share_without`` of the surplus be cleared.

    Attributes
    ----------
    there_is : how much of it there is, over all days: person-days (``people``), parcels
        (``post_office``, ``lanes``, ``point_parcels``), kg at the cheapest price (``demand``),
        point-days (``closed_days``), the largest allowed late share (``shelf_life``).
    lacking : least more of it, in the same unit, that alone lets the goal be met; None where it
        does not do alone, or has no rows to be counted on (``shelf_life``).
    """

    requirement: str
    share_without: float
    there_is: float
    lacking: float | None


def limits(problem: RescueProblem, *, seed: int, clear_share: float = 1.0) -> list[Limit]:
    """Return the requirements that bind at the cheapest price, the most limiting first."""
    p = merge_zones(problem).problem
    search = Search(p, RescueParams(), seed=seed, stop=never)
    search.aim_at_kg(p.levels - 1)
    answer = search.session.solve()
    if answer.value is None or p.total_kg <= 0:
        return []
    now, may_bind = answer.value / p.total_kg, _may_bind(search.model, answer.row_price)
    found = [
        Limit(
            requirement=name,
            share_without=share,
            there_is=_there_is(p, name),
            lacking=_lacking(p, changed, name, clear_share=clear_share, seed=seed)
            if share >= clear_share - _SLACK
            else None,
        )
        for name, changed in _lifted(p).items()
        if may_bind[name] and (share := clearable_share(changed, seed=seed)) > now + _SLACK
    ]
    return sorted(found, key=lambda limit: -limit.share_without)


_SLACK, _PRICE_DUST = 1e-3, 1e-9


def clearable_share(problem: RescueProblem, *, seed: int) -> float:
    """Return the largest share that the relaxation at the cheapest price lets leave the field."""
    search = Search(merge_zones(problem).problem, RescueParams(), seed=seed, stop=never)
    search.aim_at_kg(problem.levels - 1)
    value = search.session.solve().value
    return 0.0 if value is None or problem.total_kg <= 0 else value / problem.total_kg


def _may_bind(model: RescueModel, row_price: Floats) -> dict[str, bool]:
    """Tell which requirements could matter: rows that are worth nothing can go without effect."""
    p, rows = model.problem, model.rows

    def is_worth(numbers: Ints) -> bool:
        return bool(np.abs(row_price[numbers[numbers >= 0]]).max(initial=0.0) > _PRICE_DUST)

    return {
        "people": True,
        "post_office": is_worth(rows.hub),
        "lanes": is_worth(rows.zone),
        "point_parcels": is_worth(rows.point),
        "shelf_life": not p.fresh_enough().all(),
        "demand": is_worth(rows.demand),
        "closed_days": not p.point_may_open.all(),
    }


def _lifted(p: RescueProblem) -> dict[str, RescueProblem]:
    return {
        "people": replace(
            p, pool_people=_PLENTY * p.pool_people + 100, stations=(p.stations + 5) * 20
        ),
        "post_office": replace(p, hub_parcels_per_day=np.full(p.days, np.inf)),
        "lanes": replace(p, zone_parcels_per_day=np.full((p.zones, p.days), np.inf)),
        "point_parcels": replace(p, point_parcels_per_day=np.full((p.points, p.days), np.inf)),
        "shelf_life": replace(p, max_late_share=1.0),
        "demand": replace(p, demand_kg=_PLENTY * p.demand_kg + p.total_kg / p.demand_kg.size),
        "closed_days": replace(p, point_may_open=np.ones_like(p.point_may_open)),
    }


def _there_is(p: RescueProblem, requirement: str) -> float:
    return {
        "people": float(p.pool_people.sum()),
        "post_office": float(p.hub_parcels_per_day.sum()),
        "lanes": float(p.zone_parcels_per_day.sum()),
        "point_parcels": float(p.point_parcels_per_day.sum()),
        "shelf_life": p.max_late_share,
        "demand": float(p.wanted_kg(p.levels - 1).sum()),
        "closed_days": float(p.point_may_open.sum()),
    }[requirement]


def _lacking(
    p: RescueProblem, lifted: RescueProblem, requirement: str, *, clear_share: float, seed: int
) -> float | None:
    """Least more of one requirement that lets the share be cleared: one elastic program."""
    if requirement == "shelf_life":
        return None
    if requirement == "people":
        program = _hired(p, lifted, clear_share)
    elif requirement == "closed_days":
        model = _model(lifted, clear_share)
        program = _priced(model.program, model.columns.open_[~p.point_may_open])
    else:
        model = _model(p, clear_share)
        program = _stretched(model, requirement, most=p.total_kg * _PLENTY)
    answer = Session(program, meter=WorkMeter(), seed=seed).solve()
    return None if answer.value is None else -answer.value


def _model(p: RescueProblem, clear_share: float) -> RescueModel:
    return build_model(p, RescueParams(clear_share=clear_share), level=p.levels - 1)


def _hired(p: RescueProblem, lifted: RescueProblem, clear_share: float) -> LinearProgram:
    """Give every pool one more wage step, without end, and count who is hired on it."""
    extra = np.zeros((p.wage_share.shape[0], 1))
    lifted = replace(
        lifted,
        wage_share=np.hstack((p.wage_share, extra)),
        wage_yuan_per_day=np.hstack((p.wage_yuan_per_day, p.wage_yuan_per_day[:, -1:])),
    )
    model = _model(lifted, clear_share)
    step = model.columns.step
    program = _priced(model.program, step[..., -1])
    program.high[step[..., :-1]] = p.pool_people[:, :, None] * p.wage_share[:, None, :]
    program.high[step[..., -1]] = lifted.pool_people
    return program


def _priced(program: LinearProgram, columns: Ints) -> LinearProgram:
    """Let nothing cost anything but some columns, 1 each."""
    cost = np.zeros(program.columns)
    cost[columns] = -1.0
    return replace(program, cost=cost, high=program.high.copy())


def _stretched(model: RescueModel, requirement: str, *, most: float) -> LinearProgram:
    """Let the rows of a requirement be exceeded, at 1 a unit."""
    rows = {
        "post_office": model.rows.hub,
        "lanes": model.rows.zone,
        "point_parcels": model.rows.point,
        "demand": model.rows.demand,
    }[requirement].ravel()
    rows = rows[rows >= 0]
    old = model.program
    slack = np.ones(rows.size)
    high = old.high.copy()
    if requirement == "demand":
        high[model.columns.ordered] = most
    return replace(
        old,
        cost=_joined(np.zeros(old.columns), -slack),
        low=_joined(old.low, 0.0 * slack),
        high=_joined(high, most * slack),
        whole=np.concatenate((old.whole, np.zeros(rows.size, dtype=bool))),
        start=np.concatenate((old.start, old.start[-1] + 1 + np.arange(rows.size))).astype(
            np.int32
        ),
        index=np.concatenate((old.index, rows)).astype(np.int32),
        value=_joined(old.value, -slack),
    )


def _joined(first: Floats, second: Floats) -> Floats:
    return np.concatenate((first, second))
