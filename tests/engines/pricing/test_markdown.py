"""The programme against brute force, and what no sensible policy may do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postharvest.engines.pricing.markdown import (
    LotProblem,
    MarkdownParams,
    best_flat_index,
    draw_buyers,
    follow,
    follow_path,
    rule_of_thumb_path,
    solve,
)


def lot(**change):
    fields = {
        "stock_kg": 1000.0,
        "ladder_yuan_kg": np.round(np.linspace(10.0, 3.0, 15), 2),
        "reference_price_yuan_kg": 7.0,
        "reference_kg": np.full(8, 130.0),
        "elasticity": -1.9,
        "elasticity_sd": 0.3,
        "level_sd": 0.4,
        "day_sd": 0.25,
        "salvage_yuan_kg": 0.8,
        "unit_cost_yuan_kg": 0.0,
    }
    return LotProblem(**(fields | change))


def brute_force(problem, day, stock, index, levels):
    """Try every price at every turn; `levels` are (multiplier, weight) of a day's demand."""
    if day == len(problem.reference_kg):
        return problem.salvage_yuan_kg * stock
    best = -np.inf
    for i in range(index, len(problem.ladder_yuan_kg)):
        price = problem.ladder_yuan_kg[i]
        demand = (
            problem.reference_kg[day]
            * (price / problem.reference_price_yuan_kg) ** problem.elasticity
        )
        worth = 0.0
        for z, weight in levels:
            sold = min(stock, z * demand)
            later = brute_force(problem, day + 1, stock - sold, i, levels)
            worth += weight * ((price - problem.unit_cost_yuan_kg) * sold + later)
        best = max(best, worth)
    return best


@settings(max_examples=25, deadline=None)
@given(
    st.floats(20.0, 300.0),
    st.floats(-3.0, -0.6),
    st.floats(0.0, 3.0),
    st.sampled_from([0.0, 0.3]),
    st.integers(1, 3),
)
def test_the_value_is_that_of_brute_force(stock, elasticity, salvage, day_sd, days):
    problem = lot(
        stock_kg=stock,
        ladder_yuan_kg=np.array([9.0, 7.0, 4.0]),
        reference_kg=np.linspace(60.0, 40.0, days),
        elasticity=elasticity,
        elasticity_sd=0.0,
        level_sd=0.0,
        day_sd=day_sd,
        salvage_yuan_kg=salvage,
    )
    node = day_sd * 3**0.5
    levels = [(np.exp(-node), 1 / 6), (1.0, 2 / 3), (np.exp(node), 1 / 6)]
    levels = levels if day_sd else [(1.0, 1.0)]
    plan = solve(problem, MarkdownParams(stock_steps=600))
    assert plan.value_yuan() == pytest.approx(brute_force(problem, 0, stock, 0, levels), rel=2e-3)


def test_more_stock_more_days_and_more_salvage_are_never_worth_less():
    def worth(**change):
        return solve(lot(**change), MarkdownParams()).value_yuan()

    assert worth(stock_kg=1200.0) > worth()
    assert worth(reference_kg=np.full(9, 130.0)) > worth()
    assert worth(salvage_yuan_kg=1.2) > worth()


def test_kilograms_and_yuan_are_only_units():
    small = solve(lot(), MarkdownParams())
    large = solve(lot(stock_kg=1e6, reference_kg=np.full(8, 130e3)), MarkdownParams())
    assert large.value_yuan() == pytest.approx(1000 * small.value_yuan())


def test_a_dearer_rung_never_hurts():
    ladder = lot().ladder_yuan_kg
    fewer = solve(lot(ladder_yuan_kg=ladder[1:]), MarkdownParams()).value_yuan()
    assert solve(lot(), MarkdownParams()).value_yuan() >= fewer - 1e-9


def test_prices_only_fall_and_stock_is_never_oversold():
    problem = lot()
    draws = draw_buyers(problem, count=500, generator=np.random.default_rng(1))
    outcome = follow(solve(problem, MarkdownParams()), draws)
    assert (np.diff(outcome.price_index, axis=1) >= 0).all()
    assert (outcome.left_kg >= 0).all()
    np.testing.assert_allclose(outcome.sold_kg + outcome.left_kg, problem.stock_kg)


def test_slow_buyers_are_met_with_lower_prices_than_eager_ones():
    problem = lot()
    plan = solve(problem, MarkdownParams())
    draws = draw_buyers(problem, count=400, generator=np.random.default_rng(2))
    slow = follow(plan, replace(draws, level=np.full(400, 0.5)))
    eager = follow(plan, replace(draws, level=np.full(400, 2.0)))
    assert slow.price_index[:, -1].mean() > eager.price_index[:, -1].mean() + 1


def random_lot(generator):
    days = int(generator.integers(5, 13))
    reference = float(generator.uniform(2, 8))
    stock = float(generator.uniform(500, 20_000))
    return lot(
        stock_kg=stock,
        ladder_yuan_kg=reference * np.linspace(1.4, 0.4, 15),
        reference_price_yuan_kg=reference,
        reference_kg=stock / days * generator.uniform(0.6, 1.4) * np.linspace(1.1, 0.8, days),
        elasticity=-float(generator.uniform(1.2, 3.0)),
        salvage_yuan_kg=reference * float(generator.uniform(0, 0.25)),
    )


@pytest.mark.slow
def test_the_path_beats_the_best_flat_price_by_3_and_the_habit_by_5_percent():
    generator = np.random.default_rng(3)
    money = np.zeros(3)
    for _ in range(120):
        problem = random_lot(generator)
        draws = draw_buyers(problem, count=200, generator=generator)
        flat = best_flat_index(problem, draws)
        days = len(problem.reference_kg)
        habit = rule_of_thumb_path(problem, start=flat)
        outcomes = (
            follow(solve(problem, MarkdownParams()), draws),
            follow_path(problem, draws, np.full(days, flat)),
            follow_path(problem, draws, habit),
        )
        money += [o.revenue_yuan.mean() / problem.stock_kg for o in outcomes]
    assert money[0] >= 1.03 * money[1]
    assert money[0] >= 1.05 * money[2]


@pytest.mark.parametrize(
    "change",
    [
        {"ladder_yuan_kg": np.array([3.0, 4.0])},
        {"stock_kg": 0.0},
        {"elasticity": 0.1},
        {"reference_kg": np.array([])},
        {"day_sd": -1.0},
    ],
)
def test_impossible_lots_are_refused(change):
    with pytest.raises(ValueError, match="must"):
        lot(**change)
