"""The lattice against least squares done the long way, and against series whose truth is known."""

import numpy as np
import pytest

from postharvest.engines.forecast.blend import LEVEL_VARIANCE, Lattice, blend, lattice
from postharvest.engines.forecast.problem import Tier


def simulated(rho, phi, theta, *, n, seed, mean=0.0, noise=0.1):
    generator = np.random.default_rng(seed)
    e = noise * generator.standard_normal(n + 100)
    z = np.zeros(n + 100)
    for t in range(2, n + 100):
        z[t] = (rho + phi) * z[t - 1] - rho * phi * z[t - 2] + e[t] + theta * e[t - 1]
    return mean + z[100:]


def block(series):
    longest = max(len(s) for s in series)
    y = np.zeros((len(series), longest))
    for i, s in enumerate(series):
        y[i, longest - len(s) :] = s
    length = np.array([len(s) for s in series])
    return y, length


def innovations(y, node, mean, first):
    rho, phi, theta = node
    out, x1, x2 = [], first, 0.0
    for value in y:
        e = value - mean - x1
        out.append(e)
        z = x1 + e
        x1, x2 = (rho + phi) * z + x2 + theta * e, -rho * phi * z
    return np.array(out)


def test_one_node_is_the_ridge_regression_done_by_hand():
    y = simulated(0.9, 0.3, -0.4, n=60, seed=1)
    node = (0.9, 0.3, -0.4)
    at_zero = innovations(y, node, 0.0, 0.0)
    columns = np.column_stack(
        [
            innovations(y, node, 1.0, 0.0) - at_zero,
            innovations(y, node, 0.0, 1.0) - at_zero,
        ]
    )
    opening = y[0] ** 2
    noise = (at_zero @ at_zero - opening) / 60
    ridge = noise * np.diag([1 / LEVEL_VARIANCE, 1 / max(LEVEL_VARIANCE, 4 * opening)])
    mean, first = np.linalg.solve(columns.T @ columns + ridge, -columns.T @ at_zero)
    rows, length = block([y])
    one = Lattice(*(np.array([v]) for v in node))
    fitted = blend(rows, length=length, observed=length, nodes=one, horizon=3)
    np.testing.assert_allclose(fitted.residual[0], innovations(y, node, mean, first), atol=1e-10)


def test_the_centre_is_where_the_recursion_goes_when_nothing_new_happens():
    y = simulated(0.8, 0.0, 0.0, n=80, seed=2, mean=0.2)
    rows, length = block([y])
    one = Lattice(np.array([0.8]), np.array([0.0]), np.array([0.0]))
    fitted = blend(rows, length=length, observed=length, nodes=one, horizon=40)
    steps = np.diff(fitted.centre[0])
    np.testing.assert_allclose(steps[1:], 0.8 * steps[:-1], atol=1e-10)
    np.testing.assert_allclose(fitted.response[0], 0.8 ** np.arange(40))


def test_the_likeliest_node_finds_persistence_and_noise():
    nodes = lattice(Tier.BEST)
    rows, length = block(
        [simulated(0.8, 0.0, 0.0, n=900, seed=s) for s in range(20)]
        + [simulated(0.985, 0.0, -0.6, n=900, seed=s) for s in range(20)]
    )
    fitted = blend(rows, length=length, observed=length, nodes=nodes, horizon=1)
    rho = nodes.rho[fitted.node]
    assert abs(np.median(rho[:20]) - 0.8) <= 0.07
    assert np.median(rho[20:]) >= 0.96
    assert abs(np.median(nodes.theta[fitted.node][20:]) + 0.6) <= 0.15


def test_spread_is_calibrated_on_series_of_the_model():
    series = [simulated(0.93, 0.0, -0.3, n=128, seed=s) for s in range(300)]
    rows, length = block([s[:120] - s[:120].mean() for s in series])
    fitted = blend(rows, length=length, observed=length, nodes=lattice(Tier.STANDARD), horizon=8)
    future = np.array([s[120:] - s[:120].mean() for s in series])
    z = (future - fitted.centre) / np.sqrt(fitted.variance)
    assert 0.77 <= (np.abs(z) < 1.2816).mean() <= 0.85
    assert 0.93 <= (np.abs(z) < 1.96).mean() <= 0.97


@pytest.mark.parametrize("other", [40, 119])
def test_a_series_numbers_do_not_depend_on_its_neighbours(other):
    y = simulated(0.9, 0.0, 0.0, n=80, seed=3)
    neighbour = simulated(0.5, 0.4, 0.0, n=other, seed=4)
    alone, length = block([y])
    together, both = block([y, neighbour])
    nodes = lattice(Tier.FAST)
    one = blend(alone, length=length, observed=length, nodes=nodes, horizon=5)
    two = blend(together, length=both, observed=both, nodes=nodes, horizon=5)
    np.testing.assert_array_equal(one.centre[0], two.centre[0])
    np.testing.assert_array_equal(one.variance[0], two.variance[0])


def test_nodes_where_momentum_and_noise_cancel_are_left_out():
    for tier in Tier:
        nodes = lattice(tier)
        assert ((nodes.phi == 0) | (np.abs(nodes.phi + nodes.theta) > 0.04)).all()
        assert len(nodes.rho) > 30
