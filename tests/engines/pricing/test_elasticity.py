"""Elasticities of simulated shops, where the truth is known."""

import numpy as np
import pytest

from postharvest.engines.pricing.elasticity import (
    DEFAULT_WIDENING,
    ListingSales,
    backtested_widening,
    elasticities,
)


def shop(slope, *, weeks=100, seed=0, produce="pear", name="l", moves=0.3, noise=0.25, first=0):
    generator = np.random.default_rng(seed)
    price = np.zeros(weeks)
    for t in range(1, weeks):
        price[t] = (
            0.25 * generator.standard_normal() if generator.random() < moves else price[t - 1]
        )
    left = np.zeros(weeks)
    for t in range(1, weeks):
        left[t] = 0.4 * left[t - 1] + noise * generator.standard_normal()
    slopes = np.broadcast_to(slope, weeks)
    return ListingSales(
        listing=name,
        produce=produce,
        day=737_000 + 7 * (first + np.arange(weeks)),
        price=5 * np.exp(price),
        quantity=np.exp(3 + slopes * price + left),
        promoted=np.zeros(weeks, dtype=bool),
        usable=np.ones(weeks, dtype=bool),
    )


def test_a_long_history_finds_its_own_slope():
    (found,) = elasticities([shop(-2.4, weeks=400)])
    assert found.estimate == pytest.approx(-2.4, abs=0.2)
    assert found.level == "listing"
    assert found.low95 < found.estimate < found.high95


def test_a_price_that_never_moved_leans_on_its_produce_and_says_so():
    others = [shop(-3.0, seed=s, name=f"l{s}") for s in range(8)]
    still = shop(-3.0, seed=50, name="still", moves=0.0)
    found = elasticities([*others, still])[-1]
    assert found.price_moves == 0
    assert found.level == "produce"
    assert found.estimate == pytest.approx(-3.0, abs=0.4)


def test_an_unknown_produce_leans_on_all_of_them():
    others = [shop(-2.5, seed=s, name=f"l{s}", produce=f"p{s % 6}") for s in range(24)]
    still = shop(-2.5, seed=50, name="still", produce="new", moves=0.0)
    assert elasticities([*others, still])[-1].level == "all"


def test_units_of_price_and_quantity_do_not_matter():
    one = shop(-2.0)
    other = ListingSales(
        listing=one.listing, produce=one.produce, day=one.day, price=100 * one.price,
        quantity=one.quantity / 1000, promoted=one.promoted, usable=one.usable,
    )  # fmt: skip
    assert elasticities([one])[0].estimate == pytest.approx(elasticities([other])[0].estimate)


def test_stock_outs_left_in_would_bias_and_left_out_do_not():
    one = shop(-2.5, weeks=300, noise=0.1)
    short = one.quantity > np.quantile(one.quantity, 0.75)
    capped = np.minimum(one.quantity, np.quantile(one.quantity, 0.75))
    fields = {"listing": "l", "produce": "p", "day": one.day, "price": one.price}
    fields |= {"quantity": capped, "promoted": one.promoted}
    ignored = elasticities([ListingSales(**fields, usable=np.ones(300, dtype=bool))])[0]
    left_out = elasticities([ListingSales(**fields, usable=~short)])[0]
    assert abs(left_out.estimate + 2.5) < abs(ignored.estimate + 2.5)


def test_short_histories_gain_from_the_others():
    truth = -2.0 + 0.3 * np.random.default_rng(1).standard_normal(40)
    shops = [shop(b, weeks=12, seed=s, name=f"l{s}") for s, b in enumerate(truth)]
    together = [e.estimate for e in elasticities(shops, widening=1.0)]
    alone = [elasticities([one], widening=1.0)[0].estimate for one in shops]
    error = [np.abs(np.array(x) - truth).mean() for x in (together, alone)]
    assert error[0] < 0.8 * error[1]


@pytest.mark.slow
def test_stated_95_percent_covers_the_next_periods_estimate():
    covered = []
    for seed in range(6):
        generator = np.random.default_rng(seed)
        before, after = [], []
        for k in range(30):
            drift = np.cumsum(0.02 * generator.standard_normal(160))
            slope = -1.8 + 0.4 * generator.standard_normal() + drift
            whole = shop(slope, weeks=160, seed=1000 * seed + k, name=f"l{k}", produce=f"p{k % 4}")
            early = np.arange(160) < 110
            before.append(whole.until(early))
            after.append(whole.until(~early))
        told = elasticities(before)
        came = elasticities(after, widening=1.0)
        covered += [a.low95 <= b.estimate <= a.high95 for a, b in zip(told, came, strict=True)]
    assert 0.90 <= np.mean(covered) <= 0.985


def test_too_little_to_back_test_uses_the_stated_default():
    assert backtested_widening([shop(-2.0, weeks=10)]) == DEFAULT_WIDENING


def test_impossible_sales_are_refused():
    one = shop(-2.0)
    with pytest.raises(ValueError, match="positive"):
        ListingSales(
            listing="l", produce="p", day=one.day, price=0 * one.price, quantity=one.quantity,
            promoted=one.promoted, usable=one.usable,
        )  # fmt: skip
