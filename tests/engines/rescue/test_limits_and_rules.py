"""What binds is named; the house's rules on fairness and wages are kept and cost something."""

from dataclasses import replace

import numpy as np
import pytest

from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.engines.rescue.limits import clearable_share, limits
from postharvest.engines.rescue.problem import RescueParams
from postharvest.engines.rescue.solve import solve


@pytest.mark.parametrize(
    ("kind", "requirement"),
    [("tight labour", "people"), ("tight lanes", "lanes"), ("very short life", "shelf_life")],
)
def test_the_binding_requirement_is_named(kind, requirement):
    found = limits(parse_case(generated_case(kind, 1)).problem, seed=1)
    assert found[0].requirement == requirement
    assert found[0].share_without > 0.95


@pytest.mark.parametrize(
    ("kind", "requirement", "field"),
    [("tight labour", "people", "pool_people"), ("tight lanes", "lanes", "zone_parcels_per_day")],
)
def test_with_less_than_what_is_lacking_the_goal_stays_out_of_reach(kind, requirement, field):
    problem = parse_case(generated_case(kind, 1)).problem
    found = {one.requirement: one for one in limits(problem, seed=1, clear_share=0.95)}[requirement]
    assert clearable_share(problem, seed=1) < 0.95
    assert 0 < found.lacking < found.there_is
    factor = 1 + 0.98 * found.lacking / found.there_is
    nearly = replace(problem, **{field: factor * getattr(problem, field)})
    assert clearable_share(nearly, seed=1) < 0.95


def test_nothing_binds_where_all_can_be_cleared(village):
    assert limits(village, seed=1) == []


def unsold_shares(problem, plan):
    gone = np.zeros(problem.lot_kg.shape)
    np.add.at(gone, problem.haul_lot, plan.schedule.harvest_kg.sum(axis=(1, 2)))
    np.add.at(gone, problem.offer_lot, plan.schedule.outlet_kg.sum(axis=1))
    return 1 - gone / problem.lot_kg


def test_what_stays_in_the_field_is_spread_when_asked():
    case = generated_case("four villages", 8)
    case["demand"]["reference_kg"] *= 0.4
    problem = parse_case(case).problem
    params = RescueParams(cpu_seconds=0.8)
    free = solve(problem, params, seed=1)
    fair = solve(problem, replace(params, max_unsold_spread=0.02), seed=1)
    average = 1 - (fair.schedule.harvest_kg.sum() + fair.schedule.outlet_kg.sum()) / (
        problem.total_kg
    )
    assert unsold_shares(problem, fair).max() <= average + 0.02 + 1e-6
    assert unsold_shares(problem, free).max() > average + 0.02
    assert fair.net_income_yuan <= free.certificate.bound_yuan


def test_a_weight_on_wages_buys_more_work(village):
    params = RescueParams(cpu_seconds=0.6, wanted_gap=1e-4)
    free, kind = (solve(village, replace(params, wage_weight=w), seed=1) for w in (0.0, 1.0))
    assert -kind.items_yuan["wages"] >= -free.items_yuan["wages"]
    assert kind.net_income_yuan <= free.certificate.bound_yuan
    assert kind.objective_yuan == pytest.approx(
        kind.net_income_yuan - kind.items_yuan["wages"], rel=1e-9
    )
