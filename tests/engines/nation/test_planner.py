"""The closed form against a fine search over prices."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from postharvest.engines.nation.planner import Surplus, plan_one


def income(s, kg, price):
    taken = np.minimum(s.kg - kg, s.merchant_kg)
    return (s.kept_share * price - s.cost) * kg + s.merchant_yuan * taken


def searched(s):
    """The best income over a fine ladder, selling as much as buyers want or can be packed."""
    prices = np.geomspace(s.low, s.high, 20_001)
    wanted = s.wanted_kg * (prices / s.price) ** -s.elasticity
    kg = np.minimum(np.minimum(wanted, s.most_kg), s.kg)
    incomes = np.append(income(s, kg, prices), income(s, 0.0, 0.0))
    return incomes.max()


@given(
    kg=st.floats(1e3, 1e6),
    demand=st.floats(0.2, 3.0),
    price=st.floats(2.0, 20.0),
    elasticity=st.floats(1.2, 3.5),
    cost=st.floats(0.5, 12.0),
    merchants=st.floats(0.0, 1.0),
    merchant_yuan=st.floats(0.0, 3.0),
    room=st.floats(0.1, 2.0),
)
def test_no_price_on_a_fine_ladder_earns_more(  # noqa: PLR0917
    kg, demand, price, elasticity, cost, merchants, merchant_yuan, room
):
    s = Surplus(
        kg, demand * kg, price, elasticity, cost, 0.96, merchant_yuan, merchants * kg, room * kg,
        0.6 * price, 1.6 * price, 0.0,
    )  # fmt: skip
    sold, paid = plan_one(s)
    assert 0 <= sold <= min(kg, room * kg) * (1 + 1e-12)
    if sold:
        assert 0.6 * price - 1e-9 <= paid <= 1.6 * price + 1e-9
        assert sold <= s.wanted_kg * (paid / price) ** -elasticity * (1 + 1e-9)
    best = searched(s)
    assert income(s, sold, paid) >= best - 1e-4 * max(1.0, abs(best))


def test_what_does_not_pay_is_left_to_the_merchant():
    s = Surplus(1000.0, 1000.0, 5.0, 2.0, 9.0, 0.96, 0.5, 400.0, 1000.0, 3.0, 8.0, 0.9)
    assert plan_one(s) == (0.0, 0.0)


def test_nothing_offered_nothing_sold():
    s = Surplus(0.0, 1000.0, 5.0, 2.0, 1.0, 0.96, 0.5, 0.0, 1000.0, 3.0, 8.0, 0.9)
    assert plan_one(s) == (0.0, 0.0)


def test_the_goal_of_clearing_sells_more_but_never_below_the_merchant_s_price():
    income, clear, cheap = (
        Surplus(1000.0, 900.0, 5.0, 2.0, cost, 0.96, 0.5, 100.0, 1000.0, 3.0, 8.0, share)
        for cost, share in ((2.5, 0.0), (2.5, 0.9), (4.4, 0.9))
    )
    sold, price = plan_one(income)
    assert sold < 850
    assert plan_one(clear) == (900.0, 5.0)
    assert price > 5.0
    sold, price = plan_one(cheap)
    assert sold < 900
    assert 0.96 * price - 4.4 >= 0.5 - 1e-9
