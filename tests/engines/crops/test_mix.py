"""The mix against brute force, its properties, and the spreading of advice."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postharvest.engines.crops.mix import (
    WORST_SHARE,
    MixParams,
    best_mix,
    described,
    spread_over_growers,
)


def objective(weight, margin, risk):
    mix = described(np.asarray(weight), margin)
    return (1 - risk) * mix.mean + risk * mix.worst_fifth


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3, 0.6, 1.0]))
def test_no_mix_on_a_grid_is_better(seed, risk):
    margin = np.random.default_rng(seed).normal(100, 400, (3, 20))
    best = best_mix(margin, MixParams(risk=risk, cap=0.5))
    reached = objective(best.weight, margin, risk)
    steps = np.linspace(0, 0.5, 6)
    for weight in product(steps, repeat=3):
        if sum(weight) <= 1:
            assert objective(weight, margin, risk) <= reached + 1e-5


def test_shares_stay_within_the_cap_and_the_land():
    margin = np.random.default_rng(1).normal(500, 300, (12, 400))
    mix = best_mix(margin, MixParams())
    assert mix.weight.max() <= 0.4 + 1e-9
    assert mix.weight.sum() <= 1 + 1e-9


def test_certain_loss_stays_fallow():
    margin = -np.ones((4, 50))
    assert best_mix(margin, MixParams()).weight.sum() == 0


def test_more_care_lowers_the_mean_and_lifts_the_worst_fifth():
    generator = np.random.default_rng(2)
    margin = np.array([generator.normal(100 + 60 * k, 40 + 150 * k, 500) for k in range(6)])
    mixes = [best_mix(margin, MixParams(risk=r)) for r in (0.0, 0.6, 1.0)]
    assert mixes[0].mean >= mixes[1].mean >= mixes[2].mean
    assert mixes[0].worst_fifth <= mixes[1].worst_fifth <= mixes[2].worst_fifth


def test_a_dominated_crop_changes_nothing():
    margin = np.random.default_rng(3).normal(300, 200, (5, 200))
    worse = np.vstack([margin, margin[0] - 1000])
    assert best_mix(worse, MixParams()).weight[-1] == 0


def test_the_worst_fifth_is_the_mean_of_the_lowest_20_percent():
    margin = np.arange(10.0)[None]
    assert described(np.ones(1), margin).worst_fifth == pytest.approx(0.5)
    assert WORST_SHARE == 0.2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(5, 60))
def test_a_villages_land_follows_the_weights_within_one_holding(seed, growers):
    generator = np.random.default_rng(seed)
    weight = generator.dirichlet(np.ones(4))[:3]
    land = generator.uniform(2, 20, growers)
    given_crop = spread_over_growers(weight, land_mu=land, generator=generator)
    for crop, share in enumerate(weight):
        area = land[given_crop == crop].sum()
        assert abs(area - share * land.sum()) <= land.max() + 1e-9


@pytest.mark.parametrize("fields", [{"risk": 1.2}, {"cap": 0.0}])
def test_settings_out_of_range_are_refused(fields):
    with pytest.raises(ValueError, match="must"):
        MixParams(**fields)
