"""Capacity moves demand, never bases; perturbed runs say how sure a base is."""

from dataclasses import replace

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.engines.siting.capacity import reallocate
from postharvest.engines.siting.costs import list_lengths, sparse_costs
from postharvest.engines.siting.problem import SitingParams
from postharvest.engines.siting.solve import solve
from postharvest.engines.siting.stability import (
    LIST_ENTRIES,
    LIST_SHARE,
    _listed,
    _priced,
    stability,
)
from postharvest.engines.siting.state import as_lists

PARAMS = SitingParams(restarts=1, perturbations=200, bound_rounds=200)


def test_ample_capacity_costs_nothing(points):
    problem = points(31, 80, (6,))
    plan = solve(problem, PARAMS, seed=1)
    room = np.full(80, problem.weight.sum())
    served = reallocate(problem, plan.level, room, lower_bound=plan.certificate.lower_bound)
    assert served.objective == pytest.approx(plan.certificate.objective, rel=1e-9)


def test_tight_capacity_is_kept_and_costs_more_the_tighter(points):
    problem = points(32, 80, (6,))
    plan = solve(problem, PARAMS, seed=1)
    costs = []
    for factor in (3.0, 1.5, 1.2, 1.05):
        room = np.full(80, factor * problem.weight.sum() / 6)
        served = reallocate(problem, plan.level, room, lower_bound=plan.certificate.lower_bound)
        (phase,) = served.phases
        assert max(phase.load.values()) <= room[0] * (1 + 1e-6)
        assert sum(phase.load.values()) == pytest.approx(problem.weight.sum())
        costs.append(served.objective)
    assert costs == sorted(costs)
    assert costs[0] >= plan.certificate.objective * (1 - 1e-9)


def test_too_little_capacity_is_refused_by_name(points):
    problem = points(33, 20, (2,))
    plan = solve(problem, PARAMS, seed=1)
    with pytest.raises(InvalidInput, match=r"^capacity: of the 2 chosen bases"):
        reallocate(problem, plan.level, np.ones(20), lower_bound=0.0)


def test_every_phase_keeps_to_capacity_and_an_early_one_lets_demand_wait(points):
    problem = points(36, 60, (3, 6))
    plan = solve(problem, PARAMS, seed=1)
    whole = problem.weight.sum()
    room = np.full(60, whole / 5)
    served = reallocate(problem, plan.level, room, lower_bound=plan.certificate.lower_bound)
    early, late = served.phases
    assert early.waiting == pytest.approx(whole * 2 / 5)
    assert late.waiting == 0.0
    assert served.gap is None
    for phase in (early, late):
        assert max(phase.load.values()) <= room[0] * (1 + 1e-6)
        assert sum(phase.load.values()) + phase.waiting == pytest.approx(whole)
    ample = reallocate(problem, plan.level, room * 5, lower_bound=plan.certificate.lower_bound)
    assert ample.objective == pytest.approx(plan.certificate.objective, rel=1e-9)
    assert ample.gap == pytest.approx(plan.certificate.gap, abs=1e-9)


def test_without_any_doubt_every_run_chooses_the_same(points):
    problem = points(34, 30, (3,))
    sure = stability(problem, seed=1, runs=4, weight_error_share=0.0, speed_error_share=0.0)
    assert set(sure.chosen_share.tolist()) == {0.0, 1.0}
    assert sure.chosen_share.sum() == 3


def test_doubt_spreads_the_choice_and_neighbours_count(points):
    problem = points(35, 80, (6,))
    unsure = stability(problem, seed=1, runs=12, weight_error_share=1.0)
    assert unsure.chosen_share.sum() == pytest.approx(6)
    assert ((unsure.near_share >= unsure.chosen_share) | (unsure.near_share == 1)).all()
    assert ((unsure.chosen_share > 0) & (unsure.chosen_share < 1)).any()


def test_with_a_matrix_only_the_candidate_itself_is_near(graph):
    problem = replace(graph(1, 20, 3), weight=np.arange(1.0, 21.0))
    sure = stability(problem, seed=2, runs=3)
    assert sure.near_share.tolist() == sure.chosen_share.tolist()


def test_runs_made_in_parts_are_the_same_runs(points):
    problem = points(37, 40, (4,))
    whole = stability(problem, seed=2, runs=6)
    parts = [stability(problem, seed=2, runs=k, first_run=first) for first, k in ((0, 2), (2, 4))]
    counted = parts[0].chosen_share * 2 + parts[1].chosen_share * 4
    assert counted == pytest.approx(whole.chosen_share * 6)
    assert 0 < whole.chosen_share.max() <= 1


def test_runs_beside_each_other_are_the_same_runs_and_each_is_told(points):
    problem, heard = points(38, 60, (3, 6)), []
    alone = stability(problem, seed=4, runs=8)
    beside = stability(problem, seed=4, runs=8, threads=3, told=heard.append)
    assert beside.near_share.tolist() == alone.near_share.tolist()
    assert heard == list(range(1, 9))


def test_a_run_with_its_lists_priced_anew_plans_as_well_as_one_from_the_tables(points):
    problem = points(39, 120, (8,))
    drawn = replace(
        problem,
        weight=problem.weight * np.linspace(0.5, 1.5, 120),
        travel=replace(problem.travel, speeds_km_h=(25.0, 60.0, 65.0)),
    )
    fresh = as_lists(drawn, sparse_costs(drawn, list_lengths(drawn, LIST_SHARE, LIST_ENTRIES)))
    priced = _priced(drawn, _listed(problem))
    for name in ("cost", "column_cost", "far"):
        assert getattr(priced, name) == pytest.approx(getattr(fresh, name), rel=1e-9)
