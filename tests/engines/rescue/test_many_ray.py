"""Districts spread over a Ray cluster of several processes: the same plan."""

from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest

from postharvest.decisions.insight.pools import ray_cluster
from postharvest.decisions.planning.nation_generator import generated_nation
from postharvest.decisions.planning.province_generator import generated_province
from postharvest.engines.rescue.many_solve import ManyParams, solve_many


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is an extra")
@pytest.mark.parametrize("many", ["province", "nation"])
def test_on_a_ray_cluster_the_plan_is_the_same(many):
    problem = {
        "province": partial(generated_province, 3, counties=3, villages=24, crops=4, points=12),
        "nation": partial(generated_nation, 1, bases=8, regions=3, markets=6, crops=4),
    }[many]()
    alone = solve_many(problem, ManyParams(), seed=1)
    with ray_cluster(None) as pool:
        together = solve_many(problem, ManyParams(), seed=1, spread=pool.map)
    assert together.net_income_yuan == alone.net_income_yuan
    assert together.bound_yuan == alone.bound_yuan
    assert np.array_equal(together.schedule.ordered_kg, alone.schedule.ordered_kg)
