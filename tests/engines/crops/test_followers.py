"""Advice that is followed must not make prices swing more."""

import numpy as np
import pytest

from postharvest.engines.crops.followers import Market, log_prices, price_variance
from postharvest.engines.crops.mix import MixParams, settled_mix

MARKET = Market(crops=6, saturation=0.5, noise=0.15, chasing_share=0.3, years=40)


def ours(generator, share):
    """Relative prices that revert, noise around them, and the followers' own weight on them."""

    def advice(price):
        ahead = 0.5 * np.log(price)[:, None] + 0.15 * generator.standard_normal((6, 40))

        def margin_if(weight):
            crowd = share * (weight[:, None] * 6 - 1)
            return np.exp(ahead - MARKET.saturation * crowd) - 0.6

        return settled_mix(margin_if, MixParams(), crops=6, rounds=5)

    return advice


def best_of_last_year(price):
    return np.eye(len(price))[int(price.argmax())]


def variance(share, advice_of):
    found = []
    for seed in range(3):
        generator = np.random.default_rng(seed)
        drawn = log_prices(
            MARKET, follower_share=share, advice=advice_of(generator, share), generator=generator
        )
        found.append(price_variance(drawn))
    return float(np.mean(found))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_prices_do_not_swing_more_when_growers_follow(share):
    quiet = variance(0.0, lambda *_: best_of_last_year)
    assert variance(share, ours) <= quiet


def test_telling_everybody_the_same_best_crop_would_make_the_glut():
    quiet = variance(0.0, lambda *_: best_of_last_year)
    assert variance(0.5, lambda *_: best_of_last_year) > 1.5 * quiet
