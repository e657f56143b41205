"""The Monte-Carlo evaluator: two implementations, one truth."""

from dataclasses import replace

import numpy as np
import pytest

from postharvest.engines.rescue.risk import (
    BLIND,
    WATCHED,
    RiskParams,
    clear_target_kg,
    evaluate,
    risk_inputs,
    risk_tables,
    summary,
)
from postharvest.engines.rescue.risk_kernel import evaluate_compiled

CALM = RiskParams(
    demand_cv_campaign=1e-9,
    demand_cv_day=1e-9,
    elasticity_sd=0.0,
    attendance_mean=0.99,
    attendance_spread=1e4,
    productivity_sd=0.0,
    planned_effect=0.95,
    rain_starts=0.0,
    merchants_least=1.0,
    late_cv=1e-9,
    claim_share=0.0,
    cull_share=0.0,
)


@pytest.fixture(scope="module")
def inputs(four_villages, four_villages_plan):
    target = clear_target_kg(four_villages, four_villages_plan)
    return risk_inputs(four_villages, four_villages_plan, clear_kg=target)


@pytest.mark.parametrize("policy", [BLIND, WATCHED])
def test_compiled_and_array_evaluators_agree_scenario_by_scenario(inputs, policy):
    params = RiskParams()
    tables = risk_tables(params, inputs, price_ratio=1.2)
    ask = {"policy": policy, "seed": 5, "scenarios": 3000}
    array = evaluate(inputs, tables, params, **ask)
    compiled = evaluate_compiled(inputs, tables, params, **ask)
    assert np.abs(array.net_yuan - compiled.net_yuan).max() < 1e-5
    assert np.abs(array.cleared_kg - compiled.cleared_kg).max() < 1e-6


def test_same_seed_same_worlds_however_the_work_is_cut_up(inputs):
    params = RiskParams()
    tables = risk_tables(params, inputs, price_ratio=1.0)
    whole = evaluate_compiled(inputs, tables, params, policy=WATCHED, seed=9, scenarios=1000)
    parts = [
        evaluate_compiled(
            inputs, tables, params, policy=WATCHED, seed=9, scenarios=500, first=first
        ).net_yuan
        for first in (0, 500)
    ]
    assert np.array_equal(whole.net_yuan, np.concatenate(parts))
    other = evaluate_compiled(inputs, tables, params, policy=WATCHED, seed=10, scenarios=1000)
    assert not np.array_equal(whole.net_yuan, other.net_yuan)


def test_in_a_calm_world_the_plan_earns_what_it_says(inputs, four_villages_plan):
    tables = risk_tables(CALM, inputs, price_ratio=1.0)
    outcome = evaluate(inputs, tables, CALM, policy=BLIND, seed=1, scenarios=50)
    assert outcome.net_yuan.mean() == pytest.approx(four_villages_plan.net_income_yuan, rel=0.02)


def test_rain_costs_money(inputs):
    dry = RiskParams(rain_starts=0.0)
    wet = replace(dry, rain_starts=0.3)
    means = [
        evaluate(
            inputs,
            risk_tables(p, inputs, price_ratio=1.0),
            p,
            policy=WATCHED,
            seed=1,
            scenarios=2000,
        ).net_yuan.mean()
        for p in (dry, wet)
    ]
    assert means[1] < 0.97 * means[0]


def test_watching_beats_blind_execution(inputs, four_villages):
    params = RiskParams()
    tables = risk_tables(params, inputs, price_ratio=1.0)
    means = {}
    for policy in (BLIND, WATCHED):
        outcome = evaluate(inputs, tables, params, policy=policy, seed=1, scenarios=4000)
        figures = summary(outcome, clear_kg=inputs.clear_kg, total_kg=inputs.total_kg)
        assert figures["p5"] < figures["p50"] < figures["p95"]
        means[policy] = figures["mean"]
    assert means[WATCHED] > 1.02 * means[BLIND]


def test_no_world_clears_more_than_there_is(inputs):
    params = RiskParams(demand_cv_campaign=0.6)
    tables = risk_tables(params, inputs, price_ratio=1.0)
    outcome = evaluate(inputs, tables, params, policy=WATCHED, seed=2, scenarios=2000)
    assert outcome.cleared_kg.max() <= inputs.total_kg * (1 + 1e-9)
    assert outcome.cleared_kg.min() >= 0


def test_tables_keep_their_means(inputs):
    params = RiskParams()
    tables = risk_tables(params, inputs, price_ratio=1.3)
    assert tables.campaign.mean() == pytest.approx(1.0)
    assert tables.day.std() == pytest.approx(params.demand_cv_day, rel=0.02)
    assert tables.attendance.mean() == pytest.approx(params.attendance_mean)
