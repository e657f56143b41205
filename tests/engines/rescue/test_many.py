"""Many surpluses at once: by the same rules as one, with a bound that holds, wherever computed."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from postharvest.decisions.planning.nation_generator import generated_nation
from postharvest.decisions.planning.province_generator import generated_province
from postharvest.engines.rescue.highs_session import Session, WorkMeter
from postharvest.engines.rescue.linear_program import ProgramBuilder
from postharvest.engines.rescue.many import ManyProblem
from postharvest.engines.rescue.many_check import broken_rules, many_income
from postharvest.engines.rescue.many_sales import sales_yuan, write_sales
from postharvest.engines.rescue.many_solve import ManyParams, solve_many
from postharvest.engines.rescue.problem import RescueParams
from postharvest.engines.rescue.solve import solve


@pytest.fixture(scope="module")
def province():
    return generated_province(3, counties=3, villages=24, crops=4, points=12)


@pytest.fixture(scope="module")
def plan(province):
    return solve_many(province, ManyParams(), seed=1)


def test_a_province_keeps_every_rule_and_is_near_its_bound(province, plan):
    assert broken_rules(province, plan.schedule) == {}
    assert plan.net_income_yuan == pytest.approx(sum(many_income(province, plan.schedule).values()))
    assert plan.net_income_yuan > 0
    assert 0 <= plan.gap < 0.06


def test_a_national_week_keeps_every_rule_and_is_near_its_bound():
    week = generated_nation(1, bases=8, regions=3, markets=6, crops=4)
    plan = solve_many(week, ManyParams(), seed=1)
    assert broken_rules(week, plan.schedule) == {}
    assert plan.net_income_yuan == pytest.approx(sum(many_income(week, plan.schedule).values()))
    assert plan.net_income_yuan > 0
    assert 0 <= plan.gap < 0.03
    sent_from = plan.schedule.posted_kg.sum(axis=(0, 2, 3, 4, 5))
    assert (sent_from > 0).sum() == 3


def test_a_finer_sketch_only_tightens_the_bound(province, plan):
    coarse = solve_many(province, ManyParams(finer_period_days=7), seed=1)
    assert plan.bound_yuan <= coarse.bound_yuan * (1 + 1e-9)
    assert coarse.net_income_yuan == pytest.approx(plan.net_income_yuan)


def test_one_crop_in_one_district_is_the_single_case(four_villages):
    p = four_villages
    many = ManyProblem(
        lot_crop=np.zeros(p.lot_kg.size, dtype=np.int64),
        lot_kg=p.lot_kg,
        lot_first_day=p.lot_first_day,
        lot_last_day=p.lot_last_day,
        harvest_cost_yuan_per_kg=p.harvest_cost_yuan_per_kg,
        haul_lot=p.haul_lot,
        haul_point=p.haul_point,
        haul_yuan_per_kg=p.haul_yuan_per_kg,
        point_district=np.zeros(p.points, dtype=np.int64),
        stations=p.stations,
        min_crew=p.min_crew,
        setup_yuan=p.setup_yuan,
        day_cost_yuan=p.day_cost_yuan,
        point_to_post_yuan_per_kg=p.point_to_post_yuan_per_kg,
        pool_people=p.pool_people,
        wage_share=p.wage_share,
        wage_yuan_per_day=p.wage_yuan_per_day,
        commute_pool=p.commute_pool,
        commute_point=p.commute_point,
        commute_yuan=p.commute_yuan,
        district_origin=np.zeros(1, dtype=np.int64),
        post_parcels_per_day=p.hub_parcels_per_day[None],
        pack_kg=p.pack_kg,
        pack_material_yuan=p.pack_material_yuan,
        pack_kg_per_worker_day=p.pack_kg_per_worker_day,
        pack_price_factor=p.pack_price_factor,
        postage_yuan=p.postage_yuan[None],
        lane_parcels_per_day=p.zone_parcels_per_day[None],
        late_share=p.late_share[None, None],
        refund_yuan_per_kg=np.array([p.refund_yuan_per_kg]),
        ladder_yuan=p.ladder_yuan[None],
        demand_kg=p.demand_kg[None],
        reference_price_yuan=np.array([p.reference_price_yuan]),
        elasticity=np.array([p.elasticity]),
        net_factor=p.net_factor,
        return_share=p.return_share,
        max_late_share=p.max_late_share,
        ship_within_days=p.ship_within_days,
    )
    no_outlets = replace(p, offer_kg_per_day=np.zeros_like(p.offer_kg_per_day))
    alone = solve(no_outlets, RescueParams(cpu_seconds=2.0), seed=1)
    together = solve_many(many, ManyParams(period_days=2), seed=1)
    assert broken_rules(many, together.schedule) == {}
    # each one's bound holds for the other's plan, though they are proven differently
    assert together.bound_yuan >= alone.net_income_yuan - 1e-6 * alone.net_income_yuan
    assert alone.certificate.bound_yuan >= together.net_income_yuan * (1 - 1e-6)
    assert together.net_income_yuan > 0.95 * alone.net_income_yuan


def test_markets_in_closed_form_are_what_their_program_earns(province):
    """Every packed kg bought at a drawn price: a program per level against the formula."""
    p = province
    rng = np.random.default_rng(4)
    price = rng.uniform(0.5, 4.0, p.link_shape)
    lanes = np.zeros(p.lane_parcels_per_day.shape)
    free = replace(p, lane_parcels_per_day=np.full_like(p.lane_parcels_per_day, np.inf))
    expected = sales_yuan(free, price, lanes)
    for level in (0, 3, 7):
        builder = ProgramBuilder()
        block = write_sales(
            free,
            builder,
            level=np.full(p.crops, level),
            supplied=np.ones(p.link_shape, dtype=bool),
        )
        bought = builder.add_columns(p.link_shape, cost=-price, high=1e9)
        builder.put(block.link, bought)
        answer = Session(builder.finish(), meter=WorkMeter(), seed=1).solve()
        assert answer.value == pytest.approx(expected[:, level].sum(), rel=1e-7)


def test_spread_over_processes_the_plan_is_the_same(province, plan):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        again = solve_many(province, ManyParams(), seed=1, spread=pool.map)
    assert again.net_income_yuan == plan.net_income_yuan
    assert again.bound_yuan == plan.bound_yuan
    assert np.array_equal(again.schedule.crew, plan.schedule.crew)
    assert np.array_equal(again.schedule.ordered_kg, plan.schedule.ordered_kg)


def more(name, factor):
    def change(schedule):
        return replace(schedule, **{name: getattr(schedule, name) * factor})

    return change


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (more("hauled_kg", 1.5), "posting balance"),
        (more("hauled_kg", 1.5), "lot"),
        (more("posted_kg", 1.2), "posted before ordered"),
        (more("ordered_kg", 3.0), "demand"),
        (more("ordered_kg", 1.2), "promise"),
        (more("labour", 0.5), "labour balance"),
        (more("crew", 2), "stations"),
        (lambda s: replace(s, crew=s.crew // 2), "crew's work"),
        (lambda s: replace(s, set_up=np.zeros_like(s.set_up)), "set up"),
    ],
)
def test_a_broken_rule_is_named(province, plan, change, rule):
    assert rule in broken_rules(province, change(plan.schedule))


def test_same_seed_same_province():
    one, two = (generated_province(5, counties=2, villages=6, crops=3, points=4) for _ in range(2))
    assert np.array_equal(one.lot_kg, two.lot_kg)
    assert np.array_equal(one.demand_kg, two.demand_kg)
