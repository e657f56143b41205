"""What a planner may rely on, whatever the instance."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postharvest.core.errors import InvalidInput
from postharvest.engines.siting.costs import hours_between
from postharvest.engines.siting.problem import SitingParams, SitingProblem
from postharvest.engines.siting.solve import WarmStart, solve
from postharvest.engines.siting.verify import allocate, dual_bound

EXACT = SitingParams(restarts=2, perturbations=400, bound_rounds=600, nodes=400)
QUICK = SitingParams(restarts=2, perturbations=600, bound_rounds=400)
MANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def dense(problem: SitingProblem) -> np.ndarray:
    return problem.cost_of(hours_between(problem, slice(None), np.arange(problem.candidates)))


@MANY
@given(seed=st.integers(0, 10_000), n=st.integers(4, 12), p=st.integers(1, 4))
def test_small_plans_are_as_cheap_as_exhaustive_search(points, brute_force, seed, n, p):
    problem = points(seed, n, (min(p, n),))
    plan = solve(problem, EXACT, seed=seed)
    best = brute_force(dense(problem), problem.phases, problem.years)
    assert plan.certificate.objective == pytest.approx(best, rel=1e-9)
    assert plan.certificate.lower_bound <= best * (1 + 1e-9)


@MANY
@given(seed=st.integers(0, 10_000), n=st.integers(5, 9), first=st.integers(1, 2))
def test_small_nested_plans_are_as_cheap_as_exhaustive_search(points, brute_force, seed, n, first):
    problem = points(seed, n, (first, first + 2), phase_weights=(2.0, 1.0))
    plan = solve(problem, EXACT, seed=1)
    best = brute_force(dense(problem), problem.phases, problem.years)
    assert plan.certificate.objective == pytest.approx(best, rel=1e-9)
    assert plan.certificate.tree_bound <= best * (1 + 1e-9)


@MANY
@given(seed=st.integers(0, 10_000), n=st.integers(5, 10), p=st.integers(1, 4))
def test_pure_coverage_is_as_good_as_exhaustive_search(points, brute_force, seed, n, p):
    problem = points(seed, n, (p,), hours_weight=0.0, coverage_weight=1.0, coverage_hours=2.0)
    plan = solve(problem, EXACT, seed=1)
    best = brute_force(dense(problem), problem.phases, problem.years)
    assert plan.certificate.objective == pytest.approx(best, rel=1e-9, abs=1e-6)


@MANY
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_change_a_proven_objective(points, seed):
    problem = points(seed, 14, (3,))
    order = np.random.default_rng(seed).permutation(14)
    mixed = replace(
        problem,
        weight=problem.weight[order],
        demand_lat=problem.demand_lat[order],
        demand_lon=problem.demand_lon[order],
        candidate_lat=problem.candidate_lat[order[::-1]],
        candidate_lon=problem.candidate_lon[order[::-1]],
    )
    one, two = (solve(p, EXACT, seed=1).certificate for p in (problem, mixed))
    assert one.proven
    assert two.proven
    assert one.objective == pytest.approx(two.objective, rel=1e-9)


def test_scaling_all_weights_scales_the_objective_and_keeps_the_bases(points):
    problem = points(3, 60, (6,))
    plan = solve(problem, QUICK, seed=2)
    scaled = solve(replace(problem, weight=problem.weight * 1000), QUICK, seed=2)
    assert scaled.level.tolist() == plan.level.tolist()
    assert scaled.certificate.objective == pytest.approx(1000 * plan.certificate.objective)


def test_a_dominated_candidate_changes_nothing(points):
    problem = points(4, 20, (4,))
    far = replace(
        problem,
        candidates=21,
        candidate_lat=np.append(problem.candidate_lat, -60.0),
        candidate_lon=np.append(problem.candidate_lon, -30.0),
    )
    plan, with_far = solve(problem, EXACT, seed=1), solve(far, EXACT, seed=1)
    assert plan.certificate.proven
    assert with_far.level[20] == 1
    assert with_far.certificate.objective == pytest.approx(plan.certificate.objective, rel=1e-9)


def test_more_bases_are_never_worse(points):
    costs = [solve(points(5, 40, (p,)), EXACT, seed=1).certificate.objective for p in range(1, 12)]
    assert all(more <= fewer * (1 + 1e-9) for fewer, more in pairwise(costs))


def test_phases_are_nested_and_the_order_opens_them_one_after_another(points):
    problem = points(6, 50, (3, 7, 12))
    plan = solve(problem, QUICK, seed=1)
    assert [int((plan.level <= t).sum()) for t in range(3)] == [3, 7, 12]
    assert sorted(plan.order.tolist()) == np.flatnonzero(plan.level < 3).tolist()
    assert (np.diff(plan.level[plan.order]) >= 0).all()


def test_a_joint_plan_beats_planning_phase_after_phase_in_either_direction(points):
    problem = points(7, 80, (4, 8, 16))
    plan = solve(problem, replace(QUICK, perturbations=4000), seed=1)
    assert plan.certificate.objective <= _forward(problem) * (1 + 1e-9)
    assert plan.certificate.objective <= _backward(problem) * (1 + 1e-9)


def test_duplicates_and_weightless_points_are_planned(points):
    problem = points(8, 20, (5,))
    same = np.zeros(20)
    tied = replace(
        problem, demand_lat=same, demand_lon=same, candidate_lat=same, candidate_lon=same
    )
    plan = solve(tied, EXACT, seed=1)
    assert int((plan.level == 0).sum()) == 5
    assert plan.certificate.objective == 0
    assert plan.certificate.gap == 0


def test_a_weightless_point_never_moves_a_base(points):
    problem = points(9, 25, (4,))
    silent = replace(
        problem,
        weight=np.append(problem.weight, 0.0),
        demand_lat=np.append(problem.demand_lat, 60.0),
        demand_lon=np.append(problem.demand_lon, 10.0),
    )
    plan, other = solve(problem, EXACT, seed=1), solve(silent, EXACT, seed=1)
    assert other.certificate.objective == pytest.approx(plan.certificate.objective)
    assert np.isfinite(other.hours[0, -1])


def test_islands_get_a_base_each():
    hours = np.full((6, 6), np.inf)
    hours[:3, :3] = 1.0
    hours[3:5, 3:5] = 5.0
    hours[5, 5] = 0.0
    problem = SitingProblem(weight=np.ones(6), phases=(3,), candidates=6, hours=hours)
    plan = solve(problem, EXACT, seed=1)
    assert np.isfinite(plan.hours).all()
    assert plan.certificate.lower_bound <= plan.certificate.objective == 13.0


def test_fewer_bases_than_islands_are_refused_by_name():
    hours = np.where(np.eye(4) == 1, 0.0, np.inf)
    problem = SitingProblem(weight=np.ones(4), phases=(3,), candidates=4, hours=hours)
    with pytest.raises(InvalidInput, match=r"phases: 1 demand points can't be reached"):
        solve(problem, QUICK, seed=1)


def test_pins_and_bans_are_kept_and_what_is_left_is_best(points, brute_force):
    problem = points(10, 12, (4,))
    free = solve(problem, EXACT, seed=1)
    chosen = np.flatnonzero(free.level == 0)
    outside = int(np.flatnonzero(free.level == 1)[0])
    latest, earliest = np.full(12, 1), np.zeros(12, np.int64)
    latest[outside] = 0
    earliest[chosen[0]] = 1
    plan = solve(replace(problem, latest=latest, earliest=earliest), EXACT, seed=1)
    assert plan.level[outside] == 0
    assert plan.level[chosen[0]] == 1
    cost = dense(problem)
    allowed = np.delete(np.arange(12), [chosen[0], outside])
    with_pin = np.minimum(cost[:, allowed], cost[:, [outside]])
    assert plan.certificate.objective == pytest.approx(
        brute_force(with_pin, (3,), np.ones(1)), rel=1e-9
    )


def test_regional_minima_hold_and_cost_no_more_than_needed(points, brute_force):
    problem = points(11, 12, (3,))
    free = solve(problem, EXACT, seed=1)
    lonely = np.flatnonzero(free.level == 1)[:2]
    region = np.full(12, -1)
    region[lonely] = 0
    wished = replace(problem, region=region, region_min=(1,))
    plan = solve(wished, EXACT, seed=1)
    cost = dense(problem)
    rest = [brute_force(np.minimum(cost, cost[:, [j]]), (2,), np.ones(1)) for j in lonely.tolist()]
    assert (plan.level[lonely] == 0).any()
    assert plan.certificate.objective == pytest.approx(min(rest), rel=1e-9)
    assert plan.certificate.lower_bound <= min(rest) * (1 + 1e-9)


def test_the_same_seed_gives_the_same_plan_and_another_seed_may_search_elsewhere(points):
    problem = points(12, 300, (20,))
    one, two = (solve(problem, QUICK, seed=5) for _ in range(2))
    assert one.level.tolist() == two.level.tolist()
    assert one.certificate.dual.tolist() == two.certificate.dual.tolist()


def test_short_lists_give_the_same_certificate_as_full_ones(points):
    problem = points(13, 200, (12,))
    short = solve(problem, replace(EXACT, list_share=2.0, list_entries=200 * 20), seed=1)
    bound = dual_bound(
        problem, short.certificate.dual, short.certificate.offer, short.certificate.penalty
    )
    assert short.certificate.lower_bound == pytest.approx(bound, rel=1e-12)
    cost, u = dense(problem), short.certificate.dual[0]
    rho = np.sort(np.minimum(0.0, cost - u[:, None]).sum(axis=0))
    assert bound == pytest.approx(u.sum() + rho[:12].sum(), rel=1e-9)


def test_weak_duality_holds_for_any_multipliers(points):
    problem = points(14, 30, (3, 6))
    best = solve(problem, EXACT, seed=1).certificate.objective
    draw = np.random.default_rng(1)
    for _ in range(20):
        dual = draw.uniform(0, 2 * best / 30, (2, 30))
        offer = draw.uniform(-best, best, 2)
        assert dual_bound(problem, dual, offer, np.empty(0)) <= best * (1 + 1e-9)


def test_allocation_is_to_the_nearest_open_base(points):
    problem = points(15, 40, (5,))
    plan = solve(problem, QUICK, seed=1)
    served = allocate(problem, plan.level)
    chosen = np.flatnonzero(plan.level == 0)
    hours = hours_between(problem, slice(None), chosen)
    assert served.hours[0] == pytest.approx(hours.min(axis=1))
    assert set(served.base[0].tolist()) <= set(chosen.tolist())


@pytest.mark.parametrize(("n", "p"), [(100, 5), (100, 10), (100, 33), (200, 20)])
def test_graphs_like_the_or_library_are_proven(graph, n, p):
    plan = solve(graph(n + p, n, p), replace(EXACT, nodes=2000, bound_rounds=2000), seed=1)
    assert plan.certificate.proven
    assert plan.certificate.tree_bound == plan.certificate.objective


def test_a_site_cost_keeps_a_dear_place_closed(points):
    problem = points(16, 20, (3,))
    free = solve(problem, EXACT, seed=1)
    dear = int(np.flatnonzero(free.level == 0)[0])
    cost = np.zeros(20)
    cost[dear] = 10 * free.certificate.objective
    plan = solve(replace(problem, site_cost=cost), EXACT, seed=1)
    assert plan.level[dear] == 1
    assert plan.certificate.lower_bound <= plan.certificate.objective


def test_a_warm_start_never_ends_worse_than_it_began(points):
    problem = points(17, 200, (15,))
    plan = solve(problem, QUICK, seed=1)
    warm = WarmStart(level=plan.level, dual=plan.certificate.dual)
    again = solve(
        problem, SitingParams(restarts=1, perturbations=20, bound_rounds=20), seed=9, warm=warm
    )
    assert again.certificate.objective <= plan.certificate.objective * (1 + 1e-12)
    assert again.certificate.lower_bound >= plan.certificate.lower_bound * (1 - 1e-6)


def _forward(problem: SitingProblem) -> float:
    level = np.full(problem.candidates, len(problem.phases))
    for t, count in enumerate(problem.phases):
        latest = np.where(level < t, 0, 1)
        step = replace(problem, phases=(count,), latest=latest, phase_weights=())
        level[(solve(step, QUICK, seed=1).level == 0) & (level > t)] = t
    return allocate(problem, level).objective


def _backward(problem: SitingProblem) -> float:
    allowed = np.ones(problem.candidates, bool)
    level = np.full(problem.candidates, len(problem.phases))
    for t in range(len(problem.phases) - 1, -1, -1):
        earliest = np.where(allowed, 0, 1)
        step = replace(problem, phases=(problem.phases[t],), earliest=earliest, phase_weights=())
        allowed = solve(step, QUICK, seed=1).level == 0
        level[allowed] = t
    return allocate(problem, level).objective
