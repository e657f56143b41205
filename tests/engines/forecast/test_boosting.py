"""Trees learn what lines can't, and nothing where there is nothing."""

import numpy as np
import pytest

from postharvest.engines.forecast.boosting import BoostingParams, fit_boosted


def step(count, seed=1, noise=0.1):
    generator = np.random.default_rng(seed)
    x = generator.uniform(-1, 1, (count, 4))
    y = np.where((x[:, 0] > 0.2) & (x[:, 1] < 0), 2.0, 0.0)
    return x, y + noise * generator.standard_normal(count), y


def test_an_interaction_of_thresholds_is_learnt():
    x, y, truth = step(3000)
    model = fit_boosted(x, y, BoostingParams(), generator=np.random.default_rng(1))
    fresh_x, _, fresh_truth = step(1000, seed=2)
    assert np.abs(model.predict(fresh_x) - fresh_truth).mean() < 0.12
    line = np.column_stack([np.ones(3000), x])
    b = np.linalg.lstsq(line, truth, rcond=None)[0]
    linear = np.column_stack([np.ones(1000), fresh_x]) @ b
    assert np.abs(linear - fresh_truth).mean() > 0.4


def test_pure_noise_is_left_near_its_mean():
    generator = np.random.default_rng(3)
    x, y = generator.standard_normal((2000, 5)), generator.standard_normal(2000) + 7
    model = fit_boosted(x, y, BoostingParams(), generator=generator)
    assert model.predict(x).mean() == pytest.approx(7, abs=0.1)
    assert model.predict(generator.standard_normal((500, 5))).std() < 0.35


def test_a_monotone_change_of_a_feature_changes_nothing():
    x, y, _ = step(800)
    stretched = x.copy()
    stretched[:, 0] = np.exp(3 * x[:, 0])
    one, other = (
        fit_boosted(a, y, BoostingParams(trees=20), generator=np.random.default_rng(4)).predict(a)
        for a in (x, stretched)
    )
    assert np.abs(one - other).mean() < 0.02


def test_the_same_generator_gives_the_same_trees():
    x, y, _ = step(500)
    one, other = (
        fit_boosted(x, y, BoostingParams(trees=10), generator=np.random.default_rng(5)).predict(x)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)


def test_constant_features_give_the_mean():
    y = np.arange(50.0)
    model = fit_boosted(
        np.ones((50, 2)), y, BoostingParams(trees=3, row_share=1.0),
        generator=np.random.default_rng(6),
    )  # fmt: skip
    np.testing.assert_allclose(model.predict(np.ones((3, 2))), 24.5)
