"""Deciding again: promises stay, surprises are answered, nothing gets worse by looking again."""

from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from postharvest.decisions.planning.case_file import read_case
from postharvest.engines.rescue.demand_update import updated_demand
from postharvest.engines.rescue.model import Commitments
from postharvest.engines.rescue.problem import RescueParams
from postharvest.engines.rescue.replan import relaxed_answer, replan
from postharvest.engines.rescue.residual import from_day, residual_problem

TODAY = 3
QUICK = RescueParams(cpu_seconds=0.6, wanted_gap=0.002)


@pytest.fixture(scope="module")
def rest(four_villages, four_villages_plan):
    return residual_problem(four_villages, four_villages_plan.schedule, today=TODAY)


@pytest.fixture(scope="module")
def promised(four_villages_plan):
    return Commitments(
        announced_crew=four_villages_plan.schedule.crew[:, TODAY:],
        frozen_days=1,
        notice_days=2,
        change_yuan_per_person=30.0,
    )


def again(problem, promised, plan):
    return replan(
        problem,
        promised,
        QUICK,
        level=plan.schedule.level,
        standing=plan.schedule.set_up,
        seed=1,
    )


def test_with_no_surprise_holding_the_plan_is_as_good(rest, promised, four_villages_plan):
    new = again(rest, promised, four_villages_plan)
    assert new.gain_yuan == pytest.approx(0.0, abs=0.003 * new.value_yuan)
    assert new.bound_yuan >= new.value_yuan


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_another_demand_is_worth_another_plan(rest, promised, four_villages_plan, factor):
    changed = replace(rest, demand_kg=rest.demand_kg * factor)
    new = again(changed, promised, four_villages_plan)
    assert new.gain_yuan > 0
    assert new.schedule.level >= four_villages_plan.schedule.level  # never dearer


def test_frozen_shifts_stand_whatever_happens(rest, promised, four_villages_plan):
    changed = replace(rest, demand_kg=rest.demand_kg * 0.3)
    new = again(changed, promised, four_villages_plan)
    assert not new.crew_change[:, 0].any()
    assert new.crew_change[:, 1:].any()


def test_a_closed_road_moves_the_work(rest, promised, four_villages_plan):
    may_open = rest.point_may_open.copy()
    may_open[:, 2] = False
    new = again(replace(rest, point_may_open=may_open), promised, four_villages_plan)
    assert not new.schedule.crew[:, 2].any()
    assert new.gain_yuan >= -1e-6


def test_changes_at_short_notice_are_made_less_when_they_cost(rest, promised, four_villages_plan):
    changed = replace(rest, demand_kg=rest.demand_kg * 0.7)
    free = replace(promised, change_yuan_per_person=0.0)
    dear = replace(promised, change_yuan_per_person=500.0)
    changes = [
        np.abs(again(changed, c, four_villages_plan).crew_change[:, 1]).sum() for c in (free, dear)
    ]
    assert changes[1] <= changes[0]


def test_accepted_orders_are_posted_or_said_to_be_cancelled(rest, promised, four_villages_plan):
    waiting = float(rest.waiting_before_kg.sum())
    new = again(rest, promised, four_villages_plan)
    posted, ordered = new.schedule.posted_kg.sum(), new.schedule.ordered_kg.sum()
    assert posted + new.cancelled_kg == pytest.approx(ordered + waiting, abs=0.1)
    assert new.cancelled_kg == pytest.approx(0.0, abs=0.1)


def test_the_relaxed_answer_bounds_the_plan_at_its_price(rest, promised, four_villages_plan):
    level = four_villages_plan.schedule.level
    answer = relaxed_answer(rest, promised, QUICK, level=level, seed=1)
    assert answer.value >= again(rest, promised, four_villages_plan).value_yuan - 1e-6 or (
        again(rest, promised, four_villages_plan).schedule.level > level
    )


def test_demand_is_learnt_from_the_first_days():
    expected = np.array([1000.0, 1200.0, 1300.0])
    no = np.zeros(3, dtype=bool)
    low = updated_demand(ordered_kg=0.6 * expected, expected_kg=expected, sold_out=no)
    same = updated_demand(ordered_kg=expected, expected_kg=expected, sold_out=no)
    assert 0.55 < low.mean < 0.8 < same.mean < 1.1
    assert low.low < low.mean < low.high
    before = updated_demand(ordered_kg=np.zeros(0), expected_kg=np.zeros(0), sold_out=no[:0])
    assert before.mean == pytest.approx(1.0, abs=0.01)
    assert same.high - same.low < before.high - before.low


def test_a_day_that_sold_out_only_says_at_least():
    expected = np.array([1000.0, 1000.0])
    full = np.ones(2, dtype=bool)
    ordered = 0.8 * expected
    capped = updated_demand(ordered_kg=ordered, expected_kg=expected, sold_out=full)
    free = updated_demand(ordered_kg=ordered, expected_kg=expected, sold_out=~full)
    assert capped.mean > 1.0 > free.mean


def test_at_the_least_effort_the_cane_still_sells():
    """Half of the cane's days are left; too little work must not end in selling nothing."""
    cane = read_case(str(files("postharvest") / "data" / "cases" / "muge-sugarcane.toml")).problem
    rest = from_day(cane, 5)
    nobody = Commitments(announced_crew=np.zeros((rest.points, rest.days), dtype=np.int64))
    found = replan(
        rest,
        nobody,
        RescueParams(cpu_seconds=0.25, wanted_gap=0.003),
        level=0,
        standing=np.zeros(rest.points, dtype=bool),
        seed=1,
    )
    assert found.schedule.ordered_kg.sum() > 0.2 * rest.total_kg
    assert found.gap < 0.03
