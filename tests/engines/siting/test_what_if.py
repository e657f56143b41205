"""Pins, bans and explanations on a finished plan."""

import numpy as np
import pytest

from postharvest.engines.siting.problem import SitingParams
from postharvest.engines.siting.solve import solve
from postharvest.engines.siting.verify import allocate
from postharvest.engines.siting.what_if import explain, plan_again, with_wishes

PARAMS = SitingParams(restarts=2, perturbations=600, bound_rounds=400)


def test_banning_a_base_costs_no_more_than_its_best_substitute(points):
    problem = points(21, 120, (10,))
    plan = solve(problem, PARAMS, seed=1)
    base = int(plan.order[0])
    told = explain(problem, plan, base)
    again = plan_again(with_wishes(problem, ban=(base,)), plan, seed=1)
    before = plan.certificate.objective
    assert again.level[base] == 1
    assert again.certificate.objective <= (before + told.substitute_loss) * (1 + 1e-9)
    assert again.certificate.lower_bound <= again.certificate.objective


def test_the_explained_losses_are_those_of_closing_and_replacing(points):
    problem = points(22, 60, (3, 6))
    plan = solve(problem, PARAMS, seed=1)
    base = int(plan.order[-1])
    told = explain(problem, plan, base)
    closed, replaced = plan.level.copy(), plan.level.copy()
    closed[base] = replaced[base] = 2
    replaced[told.substitute] = 1
    now = plan.phase_cost[1]
    assert allocate(problem, closed).phase_cost[1] - now == pytest.approx(told.loss)
    assert allocate(problem, replaced).phase_cost[1] - now <= told.substitute_loss + 1e-6
    assert (told.saved_hours >= 0).all()


def test_the_only_base_has_no_next_nearest(points):
    problem = points(23, 10, (1,))
    plan = solve(problem, PARAMS, seed=1)
    told = explain(problem, plan, int(plan.order[0]))
    assert np.isinf(told.loss)
    assert np.isfinite(told.substitute_loss)


def test_a_pinned_candidate_opens_in_its_phase(points):
    problem = points(24, 60, (3, 6))
    plan = solve(problem, PARAMS, seed=1)
    outside = int(np.flatnonzero(plan.level == 2)[0])
    again = plan_again(with_wishes(problem, pin={outside: 0}), plan, seed=1)
    assert again.level[outside] == 0
    assert again.certificate.objective >= plan.certificate.lower_bound
