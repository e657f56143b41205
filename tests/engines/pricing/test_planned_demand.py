"""Demand at planned prices: answers to the price, honest about prices never tried."""

import numpy as np
import pytest

from postharvest.engines.forecast.problem import LEVELS
from postharvest.engines.pricing.elasticity import ListingSales
from postharvest.engines.pricing.planned_demand import (
    MIN_ROWS,
    PlannedOffer,
    demand_curve,
    planned_demand,
)

MIDDLE, LOW, HIGH = (LEVELS.index(level) for level in (0.5, 0.1, 0.9))


def shop(name, *, weeks=80, seed=0, slope=-2.0, lift=0.0):
    generator = np.random.default_rng(seed)
    price = 0.25 * generator.standard_normal(weeks) * (generator.random(weeks) < 0.5)
    promoted = generator.random(weeks) < 0.2
    left = 0.15 * generator.standard_normal(weeks)
    return ListingSales(
        listing=name,
        produce="pear",
        day=737_000 + 7 * np.arange(weeks),
        price=5 * np.exp(price),
        quantity=np.exp(4 + slope * price + lift * promoted + left),
        promoted=promoted,
        usable=np.ones(weeks, dtype=bool),
    )


SHOPS = [shop(f"l{k}", seed=k, lift=0.6) for k in range(6)]


def planned(price, *, promoted=False, steps=4, sales=SHOPS):
    offer = PlannedOffer(
        listing="l0", price=np.full(steps, float(price)), promoted=np.full(steps, promoted)
    )
    return planned_demand(sales, [offer], seed=1)[0]


def test_the_median_is_near_the_truth_at_a_planned_price():
    found = planned(4.0).quantile[:, MIDDLE]
    assert found.mean() == pytest.approx(np.exp(4 - 2.0 * np.log(0.8)), rel=0.15)


def test_a_promotion_lifts_beyond_its_price():
    ratio = planned(5.0, promoted=True).quantile[:, MIDDLE] / planned(5.0).quantile[:, MIDDLE]
    assert ratio.mean() == pytest.approx(np.exp(0.6), rel=0.25)


def test_cheaper_sells_more_and_the_curve_falls():
    curve = demand_curve(
        SHOPS, listing="l0", prices=np.array([3.5, 4.5, 5.5, 7.0]), steps=4, seed=1
    )
    assert (np.diff(curve[:, 1]) < 0).all()
    assert (curve[:, 0] < curve[:, 1]).all()
    assert (curve[:, 1] < curve[:, 2]).all()


def test_a_price_never_tried_is_answered_with_a_wider_band():
    width = [
        np.log(q[:, HIGH] / q[:, LOW]).mean()
        for q in (planned(5.0).quantile, planned(20.0).quantile)
    ]
    assert width[1] > 1.15 * width[0]


@pytest.mark.slow
def test_bands_hold_on_weeks_held_out_and_beat_a_forecast_blind_to_prices():
    sales = [shop(f"l{k}", seed=100 + k, slope=-1.5 - 0.05 * k) for k in range(20)]
    train = [one.until(np.arange(80) < 76) for one in sales]
    offers = [
        PlannedOffer(listing=one.listing, price=one.price[76:], promoted=one.promoted[76:])
        for one in sales
    ]
    found = planned_demand(train, offers, seed=1)
    truth = np.array([one.quantity[76:] for one in sales])
    quantile = np.array([one.quantile for one in found])
    inside = (truth >= quantile[..., LOW]) & (truth <= quantile[..., HIGH])
    assert 0.68 <= inside.mean() <= 0.95
    blind = np.array([np.full(4, np.median(one.quantity[:76])) for one in sales])
    error = [np.abs(np.log(truth / x)).mean() for x in (quantile[..., MIDDLE], blind)]
    assert error[0] < 0.75 * error[1]


def test_too_little_of_a_listing_is_refused_by_name():
    few = shop("l0", weeks=MIN_ROWS - 1)
    with pytest.raises(ValueError, match="l0: fewer than"):
        planned(5.0, sales=[few, *SHOPS[1:]])


def test_impossible_plans_are_refused():
    with pytest.raises(ValueError, match="all above 0"):
        planned(0.0)
