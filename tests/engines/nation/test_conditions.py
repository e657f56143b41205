"""What would have to be true, on a world whose answer is known."""

import numpy as np
import pytest

from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.conditions import conditions

MIDDLE = Assumptions(surplus_share=0.01, participation=0.1, online_share=0.01)


def cobb_douglas(worlds):
    return np.array(
        [1e9 * (w.surplus_share / 0.01) ** 1.0 * (w.online_share / 0.01) ** 0.5
         * (w.base_parcels_per_day / 20_000) ** 0.25 / w.postage**0.05 for w in worlds]
    )  # fmt: skip


def test_known_elasticities_and_factors_are_found():
    found = conditions(cobb_douglas, MIDDLE, goal=8e9)
    assert found.now == pytest.approx(1e9)
    assert found.three == ("surplus_share", "online_share", "base_parcels_per_day")
    eta = {lever.name: lever for lever in found.levers}
    assert eta["surplus_share"].elasticity_now == pytest.approx(1.0, abs=1e-6)
    assert eta["online_share"].elasticity_at_goal == pytest.approx(0.5, abs=1e-6)
    assert eta["postage"].elasticity_now == pytest.approx(0.05, abs=1e-6)
    assert sum(lever.part for lever in found.levers) == pytest.approx(1.0)
    assert found.factor_all == pytest.approx(8 ** (1 / 1.8), rel=1e-3)
    assert found.factor_three == pytest.approx(8 ** (1 / 1.75), rel=1e-3)


def test_a_goal_out_of_reach_is_said_so():
    found = conditions(lambda worlds: np.minimum(cobb_douglas(worlds), 2e9), MIDDLE, goal=1e12)
    assert found.factor_all is None
    assert found.factor_three is None
    assert found.most_three == pytest.approx(2e9)


def test_a_programme_that_sells_nothing_has_no_conditions():
    with pytest.raises(ValueError, match="0 now"):
        conditions(lambda worlds: np.zeros(len(worlds)), MIDDLE, goal=1e9)
