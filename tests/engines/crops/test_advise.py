"""Margins, saturation, own records, and the plan as a whole."""

from dataclasses import replace

import numpy as np
import pytest

from postharvest.engines.crops.advise import solve
from postharvest.engines.crops.margins import Crop, draw_futures, margins, with_own_records
from postharvest.engines.crops.mix import MixParams


def crop(key="pear", **change):
    fields = {
        "key": key,
        "group": "fruit",
        "yield_kg_mu": (800.0, 1500.0, 2500.0),
        "cost_yuan_mu": (800.0, 1200.0, 2000.0),
        "price_yuan_kg": (1.0, 1.7, 3.0),
        "suitability": 1.0,
        "saturation": 0.5,
        "usual_mu": 1000.0,
        "intended_mu": 0.0,
        "haul_yuan_kg": 0.1,
        "years_to_first_crop": 0.0,
        "own_years": 0,
        "past_prices_yuan_kg": np.zeros(0),
    }
    return Crop(**(fields | change))


def drawn_margins(*crops, scenarios=4000, advised_mu=0.0):
    futures = draw_futures(crops, scenarios=scenarios, generator=np.random.default_rng(1))
    return margins(crops, futures, advised_mu=np.full(len(crops), advised_mu))


def mean_margin(*crops, **settings):
    return drawn_margins(*crops, **settings).mean(axis=1)


def test_ranges_are_read_as_10_50_and_90_percent():
    sure = crop(cost_yuan_mu=(1e-9, 1e-9, 1e-9), price_yuan_kg=(1.1, 1.1, 1.1))
    drawn = drawn_margins(sure, scenarios=40_000)[0]
    np.testing.assert_allclose(np.quantile(drawn, [0.1, 0.5, 0.9]), [800, 1500, 2500], rtol=0.03)


@pytest.mark.parametrize(
    "change",
    [
        {"intended_mu": 1000.0},
        {"suitability": 0.5},
        {"haul_yuan_kg": 0.5},
        {"years_to_first_crop": 4.0},
        {"cost_yuan_mu": (900.0, 1400.0, 2200.0)},
    ],
)
def test_each_burden_lowers_the_margin(change):
    assert mean_margin(crop(**change))[0] < mean_margin(crop())[0]


def test_saturation_lowers_the_price_by_its_exponent():
    free = crop(cost_yuan_mu=(1e-9, 1e-9, 1e-9), haul_yuan_kg=0.0)
    full = replace(free, intended_mu=1000.0)
    ratio = mean_margin(full)[0] / mean_margin(free)[0]
    assert ratio == pytest.approx(np.exp(-0.5), rel=1e-6)


def test_own_records_count_n_of_n_plus_3():
    low, usual, high = with_own_records((800.0, 1500.0, 2500.0), np.full(3, 3000.0))
    assert usual == pytest.approx((1500 * 3000) ** 0.5)
    assert (low / usual, high / usual) == pytest.approx((800 / 1500, 2500 / 1500))


def test_a_low_price_is_expected_to_come_back_half_way():
    past = np.array([2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0])
    low = crop(past_prices_yuan_kg=past, price_yuan_kg=(1.8, 1.85, 1.9))
    high = crop(past_prices_yuan_kg=past[::-1], price_yuan_kg=(1.8, 1.85, 1.9))
    assert mean_margin(low)[0] < mean_margin(high)[0]


def test_crops_that_do_not_grow_here_are_left_out():
    plan = solve((crop("a"), crop("b", suitability=0.1)), MixParams(), seed=1, land_mu=10.0)
    assert [o.key for o in plan.outlooks] == ["a"]
    assert solve((crop("b", suitability=0.0),), MixParams(), seed=1, land_mu=10.0).outlooks == ()


def test_a_bound_to_lose_crop_gets_no_land():
    poor = crop("poor", price_yuan_kg=(0.2, 0.3, 0.4))
    plan = solve((crop("a"), poor), MixParams(), seed=1, land_mu=10.0)
    shares = {o.key: o.share for o in plan.outlooks}
    assert shares["poor"] == 0
    assert shares["a"] == pytest.approx(0.4)


def test_the_same_seed_gives_the_same_plan():
    crops = (crop("a"), crop("b", saturation=0.2))
    assert (
        solve(crops, MixParams(), seed=3, land_mu=10.0).outlooks
        == solve(crops, MixParams(), seed=3, land_mu=10.0).outlooks
    )


def test_impossible_crops_are_refused():
    with pytest.raises(ValueError, match="must rise"):
        crop(yield_kg_mu=(3.0, 2.0, 1.0))
    with pytest.raises(ValueError, match="out of range"):
        crop(suitability=2.0)
    with pytest.raises(ValueError, match="usual area"):
        crop(usual_mu=0.0)


def test_advice_to_many_is_spread_wider_than_advice_to_one():
    crops = tuple(
        crop(key, price_yuan_kg=(1.0, 1.7 + k / 10, 3.0)) for k, key in enumerate("abcde")
    )
    one, many = (solve(crops, MixParams(), seed=1, land_mu=mu) for mu in (1.0, 3000.0))
    widest = [max(o.share for o in plan.outlooks) for plan in (one, many)]
    assert widest[0] == pytest.approx(0.4, abs=0.01)
    assert widest[1] < 0.35
