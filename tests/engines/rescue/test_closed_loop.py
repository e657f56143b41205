"""Deciding again every evening against following the plan blindly, in the same worlds."""

import numpy as np
import pytest

from postharvest.engines.rescue.closed_loop import closed_loop, draw_world, followed_blindly
from postharvest.engines.rescue.risk import BLIND, RiskParams, evaluate, risk_inputs, risk_tables


@pytest.fixture(scope="module")
def played(four_villages, four_villages_plan):
    return closed_loop(four_villages, four_villages_plan, RiskParams(), seed=3, worlds=25)


def test_deciding_again_earns_more_than_following_blindly(played):
    assert played.redecided_yuan.mean() > 1.03 * played.blind_yuan.mean()
    assert (played.redecided_yuan > played.blind_yuan).mean() > 0.7


def test_no_world_clears_more_than_there_is(played, four_villages):
    for kg in (played.blind_cleared_kg, played.redecided_cleared_kg):
        assert kg.max() <= four_villages.total_kg + 1e-6


def test_the_same_seed_plays_the_same_worlds(four_villages, four_villages_plan, played):
    again = closed_loop(four_villages, four_villages_plan, RiskParams(), seed=3, worlds=2)
    assert np.array_equal(again.redecided_yuan, played.redecided_yuan[:2])


def test_blind_following_agrees_with_the_fast_evaluator(four_villages, four_villages_plan):
    params = RiskParams()
    inputs = risk_inputs(four_villages, four_villages_plan, clear_kg=0.0)
    ratio = float(
        four_villages.ladder_yuan[four_villages_plan.schedule.level]
        / four_villages.reference_price_yuan
    )
    tables = risk_tables(params, inputs, price_ratio=ratio)
    fast = evaluate(inputs, tables, params, policy=BLIND, seed=4, scenarios=4000).net_yuan.mean()
    rng = [np.random.default_rng([4, number]) for number in range(300)]
    slow = np.array(
        [
            followed_blindly(
                four_villages,
                four_villages_plan,
                params,
                draw_world(four_villages, params, one),
            ).net
            for one in rng
        ]
    )
    error = slow.std() / np.sqrt(slow.size)
    assert slow.mean() == pytest.approx(fast, abs=4 * error + 0.02 * fast)


def test_rain_closes_roads_and_keeps_merchants_away(four_villages):
    wet = RiskParams(rain_starts=1.0, rain_stays=1.0, rain_closes_road=1.0)
    world = draw_world(four_villages, wet, np.random.default_rng(1))
    assert world.rain.all()
    assert world.closed.all()
    assert not world.merchants.any()
