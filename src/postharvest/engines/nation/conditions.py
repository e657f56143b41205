r"""What would have to be true for a sales goal: which assumptions carry it, and how far they bend.

All levers are bent by one factor :math:`m` until the goal is met.  Along that ray

.. math::
    \log \frac{G(m)}{G(1)} = \sum_j \int_0^{\log m} \eta_j \, d\log u,
    \qquad \eta_j = \frac{\partial \log G}{\partial \log x_j}

so each lever's part is the integral of its own elasticity (the diagonal formula of Aumann and
Shapley, *Values of Non-Atomic Games*, 1974).  The three largest parts carry the goal; they alone
are then bent by a common factor.  Nothing here forecasts: it states conditions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.engines.nation.assumptions import Assumptions, scaled
from postharvest.engines.nation.problem import Floats

LEVERS: Mapping[str, float] = {
    "surplus_share": 1.0,
    "participation": 1.0,
    "reach_hours": 1.0,
    "reference_price": 1.0,
    "reference_demand": 1.0,
    "online_share": 1.0,
    "labour_share_available": 1.0,
    "hub_parcels_per_day_per_1000_people": 1.0,
    "base_parcels_per_day": 1.0,
    "shelf_gain_days": 1.0,
    "postage": -1.0,
    "labour_wage_base": -1.0,
}
"""Assumptions that a programme or its market could bend; -1: less of it helps."""
MOST_FACTOR = 256.0
_BUNDLE = 9
_NODES = 4
_STEP = 1.1

Sales = Callable[[Sequence[Assumptions]], Floats]
"""Sales of each of several worlds under the same chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """An assumption's elasticity of sales now and at the goal, its part of the way (sums to 1)."""

    name: str
    elasticity_now: float
    elasticity_at_goal: float
    part: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What has to be true: all levers by ``factor_all``, or the three alone by ``factor_three``.

    A factor is None where the goal is out of reach even at ``MOST_FACTOR``; ``most_three`` says
    what the three reach there.  ``alone`` maps each of the three to what it reaches by itself.
    """

    goal: float
    now: float
    factor_all: float | None
    levers: tuple[Lever, ...]
    three: tuple[str, ...]
    factor_three: float | None
    values_three: Mapping[str, float]
    most_three: float
    alone: Mapping[str, float]


def conditions(sales: Sales, middle: Assumptions, *, goal: float) -> Conditions:
    """Solve for the factors and name the three levers that carry the goal.

    Raises
    ------
    ValueError
        The programme sells nothing now, so no factor of its assumptions means anything.
    """
    now = float(sales([middle])[0])
    if now <= 0:
        raise ValueError("sales are 0 now")
    every = tuple(LEVERS)
    factor = _factor(sales, middle, every, goal)
    levers = _levers(sales, middle, factor or MOST_FACTOR)
    three = tuple(lever.name for lever in sorted(levers, key=lambda one: -one.part)[:3])
    alike = _factor(sales, middle, three, goal)
    ends = [_bent(middle, names, MOST_FACTOR) for names in (three, *((name,) for name in three))]
    reached = sales(ends)
    bent = _bent(middle, three, alike or MOST_FACTOR)
    return Conditions(
        goal=goal,
        now=now,
        factor_all=factor,
        levers=levers,
        three=three,
        factor_three=alike,
        values_three={name: float(getattr(bent, name)) for name in three},
        most_three=float(reached[0]),
        alone=dict(zip(three, (float(one) for one in reached[1:]), strict=True)),
    )


def _bent(middle: Assumptions, names: Sequence[str], factor: float) -> Assumptions:
    return scaled(middle, {name: factor ** LEVERS[name] for name in names})


def _factor(sales: Sales, middle: Assumptions, names: Sequence[str], goal: float) -> float | None:
    """Return the common factor at which sales meet the goal: bundles of tries, ever finer."""
    low, high = 0.0, float(np.log(MOST_FACTOR))
    for _ in range(3):
        logs = np.linspace(low, high, _BUNDLE)
        found = sales([_bent(middle, names, float(np.exp(at))) for at in logs])
        enough = np.flatnonzero(found >= goal)
        if not enough.size:
            return None
        first = int(enough[0])
        if first == 0:
            return float(np.exp(low))
        low, high = float(logs[first - 1]), float(logs[first])
        share = np.log(goal / found[first - 1]) / np.log(found[first] / found[first - 1])
    return float(np.exp(low + share * (high - low)))


def _levers(sales: Sales, middle: Assumptions, factor: float) -> tuple[Lever, ...]:
    """Measure elasticities now, along the ray and at its end."""
    whole = float(np.log(factor))
    ray = [0.0, *((k + 0.5) / _NODES * whole for k in range(_NODES)), whole]
    worlds: list[Assumptions] = []
    for at in ray:
        here = _bent(middle, tuple(LEVERS), float(np.exp(at)))
        worlds.append(here)
        worlds += [scaled(here, {name: _STEP**sign}) for name, sign in LEVERS.items()]
    logs = np.log(np.maximum(sales(worlds), 1e-9)).reshape(len(ray), -1)
    eta = (logs[:, 1:] - logs[:, :1]) / np.log(_STEP)
    way = eta[1:-1].mean(axis=0)
    total = float(way.sum()) or 1.0
    return tuple(
        Lever(
            name=name,
            elasticity_now=float(eta[0, k]),
            elasticity_at_goal=float(eta[-1, k]),
            part=float(way[k]) / total,
        )
        for k, name in enumerate(LEVERS)
    )
