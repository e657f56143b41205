r"""The fast planner: one surplus, one price, in closed form.

A kilogram sold online at price :math:`p` brings :math:`\kappa p - c`; buyers want
:math:`q(p) = Q (p / p_0)^{-\varepsilon}`; merchants take at most :math:`m` kg of what is left at
:math:`a` yuan each.  Of the kilograms on offer at most :math:`K` can be packed and posted:

.. math::
    \max_{q \le K} \; \kappa\, p(q)\, q - c\, q + a \min(m, S - q),
    \qquad p(q) = \min\{\bar p,\; p_0 (Q / q)^{1/\varepsilon}\}

The objective is concave in :math:`q` where :math:`\varepsilon > 1`, so the best :math:`q` is where
marginal revenue meets :math:`c` or :math:`c + a`, or the kink between the two, cut off at
:math:`K`: the monopoly price :math:`c \varepsilon / (\kappa (\varepsilon - 1))` of Lerner (1934,
doi:10.2307/2967480).  Where a share has to be cleared, the price falls as far as that needs, but
never so far that a kilogram earns less than a merchant pays.  It stands in for the rescue engine,
which plans days, points and crews; ``benchmarks/nation.py`` shows by how much the two differ.
"""

import math
from typing import NamedTuple

from numba import njit


class Surplus(NamedTuple):
    """One surplus as the fast planner sees it.

    Attributes
    ----------
    kg : kilograms that must leave.
    wanted_kg : kilograms that buyers want at ``price`` over the window.
    price : reference price, yuan/kg.
    elasticity : of demand, above 0.
    cost : yuan per kg sold online (postage, carton, wages, harvest, haul).
    kept_share : share of the price that stays after fees and refunds.
    merchant_yuan : yuan per kg a merchant pays.
    merchant_kg : kilograms that merchants take at most.
    most_kg : kilograms that can be packed and posted.
    low, high : lowest and highest price, yuan/kg.
    clear_share : share that shall leave even if fewer kilograms would earn more, as long as none
        earns less than a merchant pays; 0 is the goal *income*.
    """

    kg: float
    wanted_kg: float
    price: float
    elasticity: float
    cost: float
    kept_share: float
    merchant_yuan: float
    merchant_kg: float
    most_kg: float
    low: float
    high: float
    clear_share: float


@njit(cache=True, nogil=True)
def plan_one(s: Surplus) -> tuple[float, float]:
    """Kilograms sold online and their price, yuan/kg; (0, 0) where it does not pay."""
    if s.kg <= 0.0 or s.wanted_kg <= 0.0 or s.most_kg <= 0.0:
        return 0.0, 0.0
    kink = max(0.0, s.kg - s.merchant_kg)
    sold = _best_kg(s, s.cost)
    if sold > kink:
        sold = max(kink, _best_kg(s, s.cost + s.merchant_yuan))
    floor = max(s.low, (s.cost + s.merchant_yuan) / s.kept_share)
    if floor < s.high:
        sold = max(sold, min(s.clear_share * s.kg, _wanted_at(s, floor)))
    sold = min(sold, s.most_kg, s.kg)
    if sold <= 0.0:
        return 0.0, 0.0
    price = min(s.high, s.price * (s.wanted_kg / sold) ** (1.0 / s.elasticity))
    if s.kept_share * price <= s.cost:
        return 0.0, 0.0
    return sold, price


@njit(cache=True, nogil=True)
def _best_kg(s: Surplus, cost: float) -> float:
    """Return the kilograms at which marginal revenue meets ``cost``, within the price limits."""
    if s.kept_share * s.high <= cost:
        return 0.0
    best = s.high
    if s.elasticity > 1.0:
        best = cost / s.kept_share * s.elasticity / (s.elasticity - 1.0)
    best = min(max(best, s.low), s.high)
    if s.kept_share * best <= cost:
        return 0.0
    return _wanted_at(s, best)


@njit(cache=True, nogil=True)
def _wanted_at(s: Surplus, price: float) -> float:
    return s.wanted_kg * math.exp(-s.elasticity * math.log(price / s.price))
