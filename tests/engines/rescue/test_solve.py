"""The engine against brute force, against itself turned around, and against its own bound."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.engines.rescue.plan import income_items
from postharvest.engines.rescue.problem import RescueParams
from postharvest.engines.rescue.search import Search
from postharvest.engines.rescue.solve import GoalOutOfReachError, most_clearable_share, never, solve

PARAMS = RescueParams(cpu_seconds=1.0, wanted_gap=1e-4)


def tiny_case(*, days=2, ladder=(9.0, 12.0), people=3):
    case = generated_case("village", 1)
    case.update(
        horizon_days=days,
        packs=[case["packs"][1]],
        zones=[
            {
                "id": "all",
                "demand_share": 1,
                "transit": {"pmf": [0, 1]},
                "postage_yuan": {"4.5kg": 2.0},
            }
        ],
        lots=[{"id": "L", "kg": 900, "x_km": 0.0, "y_km": 0.0}],
        points=[{"id": "P", "x_km": 1.0, "y_km": 0.0}],
        labour=[{"id": "T", "people_per_day": people, "x_km": 0.0, "y_km": 0.0}],
        outlets=[{"id": "m", "yuan_per_kg": 0.4, "kg_per_day": 100}],
        hub={},
    )
    case["produce"]["hold_days"] = 0
    case["defaults"]["points"].update(stations=3, min_crew=1, setup_yuan=60, day_cost_yuan=20)
    case["demand"].update(
        reference_kg=900, reference_price_yuan=10, ladder_yuan=list(ladder), day_shape=[0.6, 1.0]
    )
    return case


def best_by_enumeration(case):
    """Every price and crew, the rest as a linear program written down from the format's page."""
    demand, days = case["demand"], case["horizon_days"]
    shape = np.interp(np.linspace(0, 1, days), [0, 1], demand["day_shape"])
    shape /= shape.sum()
    nu = (0.85 + 0.15 * 1.15) * (1 - 0.018)
    km = 1.3
    best = 0.0
    for price, crew in itertools.product(
        demand["ladder_yuan"], itertools.product(range(4), repeat=days)
    ):
        new = 900 * shape * (price / 10) ** -demand["elasticity"]
        # columns: ordered, unserved, posted, to the outlet; each by day
        kg_cost = 2.0 / 4.5 + 1.7 / 4.5 + 0.03 + 0.25 + 0.02 * km
        cost = np.concatenate(
            [
                np.full(days, -price / 4.5 * nu),
                np.zeros(days),
                np.full(days, kg_cost),
                np.full(days, 0.25 - 0.4),
            ]
        )
        eye, zero = np.eye(days), np.zeros((days, days))
        spill = eye - 0.35 * np.eye(days, k=-1)
        equal = [np.hstack([eye, spill, zero, zero])]
        equal_to = [new]
        total = np.tri(days)
        equal.append(
            np.hstack(
                [np.ones((1, days)), np.zeros((1, days)), -np.ones((1, days)), np.zeros((1, days))]
            )
        )
        equal_to.append(np.zeros(1))
        upper = [
            np.hstack([-total, zero, total, zero]),  # nothing posted before it is ordered
            np.hstack([zero, zero, eye / 175, zero]),
            np.hstack([np.zeros((1, 2 * days)), np.ones((1, 2 * days))]),
        ]
        upper_to = [np.zeros(days), np.array(crew, float), np.array([900.0])]
        answer = linprog(
            cost,
            A_ub=np.vstack(upper),
            b_ub=np.concatenate(upper_to),
            A_eq=np.vstack(equal),
            b_eq=np.concatenate(equal_to),
            bounds=[(0, None)] * (3 * days) + [(0, 100)] * days,
        )
        if answer.status != 0:
            continue
        wages = 0.0
        for people in crew:
            cheap = min(people, 0.7 * 3)
            wages += cheap * 105 + (people - cheap) * 136.5 + people * 4 * km
        fixed = 60 * any(crew) + 20 * sum(n > 0 for n in crew)
        best = max(best, -answer.fun - wages - fixed)
    return best


@pytest.mark.parametrize("days", [2, 3])
def test_it_finds_what_enumeration_of_every_price_and_crew_finds(days):
    case = tiny_case(days=days)
    plan = solve(parse_case(case).problem, PARAMS, seed=1)
    best = best_by_enumeration(case)
    assert plan.net_income_yuan == pytest.approx(best, rel=2e-4)
    assert plan.certificate.bound_yuan >= best - 1e-6


def test_net_income_is_the_sum_of_items_recomputed_from_quantities(
    four_villages, four_villages_plan
):
    items = income_items(four_villages, four_villages_plan.schedule)
    assert four_villages_plan.net_income_yuan == pytest.approx(sum(items.values()), abs=1e-6)
    assert four_villages_plan.certificate.bound_yuan >= four_villages_plan.net_income_yuan


def test_the_same_seed_gives_the_same_plan(four_villages, four_villages_plan):
    again = solve(four_villages, RescueParams(cpu_seconds=1.0), seed=1)
    assert again.net_income_yuan == four_villages_plan.net_income_yuan
    assert np.array_equal(again.schedule.crew, four_villages_plan.schedule.crew)


def test_twice_the_money_is_twice_the_income(village):
    plan = solve(village, PARAMS, seed=1)
    doubled = replace(
        village,
        **{
            name: 2 * getattr(village, name)
            for name in (
                "harvest_cost_yuan_per_kg",
                "haul_yuan_per_kg",
                "setup_yuan",
                "day_cost_yuan",
                "point_to_post_yuan_per_kg",
                "wage_yuan_per_day",
                "commute_yuan",
                "pack_material_yuan",
                "postage_yuan",
                "outlet_yuan_per_kg",
                "ladder_yuan",
            )
        },
        reference_price_yuan=2 * village.reference_price_yuan,
        refund_yuan_per_kg=2 * village.refund_yuan_per_kg,
    )
    twice = solve(doubled, PARAMS, seed=1)
    assert twice.net_income_yuan == pytest.approx(2 * plan.net_income_yuan, rel=2e-3)


def test_names_and_order_of_zones_do_not_matter(four_villages, four_villages_plan):
    order = np.arange(four_villages.zones)[::-1]
    turned = replace(
        four_villages,
        postage_yuan=four_villages.postage_yuan[order],
        demand_kg=four_villages.demand_kg[order],
        late_share=four_villages.late_share[:, order],
        zone_parcels_per_day=four_villages.zone_parcels_per_day[order],
    )
    plan = solve(turned, RescueParams(cpu_seconds=1.0), seed=1)
    low, high = sorted([plan.net_income_yuan, four_villages_plan.net_income_yuan])
    assert (
        high <= min(plan.certificate.bound_yuan, four_villages_plan.certificate.bound_yuan) + 1e-6
    )
    assert low >= high * (1 - 2e-3)


def test_a_price_nobody_would_choose_changes_nothing(village):
    plan = solve(village, PARAMS, seed=1)
    silly = replace(village, ladder_yuan=np.concatenate(([900.0], village.ladder_yuan)))
    assert solve(silly, PARAMS, seed=1).net_income_yuan == pytest.approx(
        plan.net_income_yuan, rel=2e-3
    )


def test_zones_that_cannot_be_told_apart_are_split_again(village):
    halves = np.array([0, 0, *range(1, village.zones)])
    demand = village.demand_kg[halves].copy()
    demand[:2] *= np.array([0.25, 0.75])[:, None, None]
    split = replace(
        village,
        postage_yuan=village.postage_yuan[halves],
        demand_kg=demand,
        late_share=village.late_share[:, halves],
        zone_parcels_per_day=village.zone_parcels_per_day[halves],
    )
    one, two = solve(village, PARAMS, seed=1), solve(split, PARAMS, seed=1)
    assert two.net_income_yuan == pytest.approx(one.net_income_yuan, rel=1e-9)
    ordered = two.schedule.ordered_kg
    assert ordered[0] * 3 == pytest.approx(ordered[1])


def test_nothing_is_sold_online_where_postage_eats_the_price():
    case = parse_case(generated_case("nothing online", 1))
    plan = solve(case.problem, PARAMS, seed=1)
    assert plan.schedule.ordered_kg.sum() == 0
    assert plan.net_income_yuan == pytest.approx(plan.baseline_yuan)
    assert plan.break_even == {"postage_factor": None, "demand_factor": None}


def test_a_goal_that_cannot_be_met_says_how_much_can():
    problem = parse_case(generated_case("very short life", 1)).problem
    with pytest.raises(GoalOutOfReachError) as caught:
        solve(problem, replace(PARAMS, clear_share=0.95), seed=1)
    most = caught.value.most_share
    assert 0.3 < most < 0.95
    reached = solve(problem, replace(PARAMS, clear_share=most - 0.005), seed=1)
    assert reached.schedule.harvest_kg.sum() + reached.schedule.outlet_kg.sum() >= (
        (most - 0.005) * problem.total_kg - 0.02
    )


def test_everything_can_be_cleared_where_nothing_is_tight(village):
    assert most_clearable_share(village, seed=1) == pytest.approx(1.0, abs=1e-6)


def test_break_even_is_where_the_plan_earns_what_doing_nothing_earns(
    four_villages, four_villages_plan
):
    plan = four_villages_plan
    excess = plan.net_income_yuan - plan.baseline_yuan
    if_nothing_adapts = 1 - excess / plan.items_yuan["postage"]
    assert plan.break_even["postage_factor"] >= if_nothing_adapts - 1e-3
    assert 0 < plan.break_even["demand_factor"] < 1
    dearer = replace(
        four_villages,
        postage_yuan=four_villages.postage_yuan * 0.8 * plan.break_even["postage_factor"],
    )
    assert solve(dearer, PARAMS, seed=1).net_income_yuan > plan.baseline_yuan


def test_a_stop_rule_ends_the_search_with_the_plan_in_hand(four_villages):
    plan = solve(four_villages, PARAMS, seed=1, stop=lambda: True)
    assert plan.net_income_yuan >= plan.baseline_yuan
    assert plan.certificate.bound_yuan >= plan.net_income_yuan


def test_a_whole_number_of_points_tightens_the_bound_and_holds_for_every_number():
    problem = parse_case(generated_case("costly points", 1)).problem
    search = Search(problem, RescueParams(), seed=1, stop=never)
    level = 1
    relaxed = search.relax(level).value
    bound = search.bounds[level]
    assert bound < 0.99 * relaxed
    count = search.model.columns.count
    for number in range(3, 8):
        exactly = np.array([float(number)])
        search.session.set_column_bounds(count, exactly, exactly)
        value = search.session.solve().value
        assert value is None or value <= bound * (1 + 1e-9)


def test_a_plan_at_one_price_is_at_that_price(four_villages):
    plan = solve(four_villages, RescueParams(cpu_seconds=0.5, only_level=2), seed=1)
    assert plan.schedule.level == 2
    assert plan.fixed_price
    free = solve(four_villages, RescueParams(cpu_seconds=0.5), seed=1)
    assert plan.net_income_yuan <= free.certificate.bound_yuan
