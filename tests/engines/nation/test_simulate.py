"""One province, small enough to see through: kilograms, access, capacity, chance."""

from dataclasses import replace

import numpy as np
import pytest

from postharvest.engines.nation.assumptions import Assumptions, drawn_worlds, scaled
from postharvest.engines.nation.market import asked_run
from postharvest.engines.nation.paths import Destinations, bands, national, yearly
from postharvest.engines.nation.problem import Produce, Province, Scenario
from postharvest.engines.nation.simulate import FLOWS, simulate_province

NONE = Scenario(name="none", base=np.zeros(0, np.int64), opens=np.zeros(0, np.int64))


def produce():
    return Produce(
        retail=np.array([8.0, 4.0]),
        farm_gate=np.array([2.0, 1.0]),
        shelf_days=np.array([9.0, 20.0]),
        pack_kg=np.array([4.5, 4.5]),
        carton=np.array([0.5, 0.3]),
        rate=np.array([130.0, 200.0]),
        village_factor=np.array([1.0, 4.0]),
        household_kg=np.array([1500.0, 8000.0]),
        output_kg=np.array([3e8, 5e8]),
        postage=np.array([[0.9, 1.3, 2.5], [0.9, 1.3, 2.5]]),
        zone_days=np.array([2.0, 3.5, 7.5]),
        zone_spread_days=np.array([0.7, 1.0, 1.8]),
    )


def province(code=610000, counties=6, seed=3):
    draw = np.random.default_rng(seed)
    season = np.zeros((2, 52))
    season[0, 38:46], season[1, :10] = 1 / 8, 1 / 10
    return Province(
        code=code,
        rural_people=draw.uniform(1e5, 4e5, counties),
        households=draw.uniform(3e4, 1e5, counties),
        villages=np.full(counties, 200.0),
        hub=np.arange(counties) // 3,
        hub_people=np.full(2, 2e6),
        zone_share=np.tile([0.3, 0.6, 0.1], (2, 1)),
        pair_county=np.repeat(np.arange(counties), 2),
        pair_crop=np.tile([0, 1], counties),
        pair_kg=draw.uniform(1e7, 3e7, 2 * counties),
        season=season,
        rain_mm=np.full((counties, 12), 80.0),
        base_km=draw.uniform(5, 220, (counties, 4)),
        base_hub=np.array([0, 1, -1, 0]),
    )


def some(count, week=0):
    return Scenario(name=f"{count}", base=np.arange(count), opens=np.full(count, week))


def outcome(scenarios, *, world=None, here=None, crops=None, worlds=2, seed=5, years=2):
    here, crops = here or province(), crops or produce()
    world = world or Assumptions()
    run = asked_run(
        [here], crops, scenarios, [world] * worlds, middle=Assumptions(), years=years, seed=seed
    )
    return simulate_province(here, crops, run), run


def flow(result, name):
    return result.flows[..., FLOWS.index(name)]


def test_every_kilogram_is_sold_taken_or_left():
    result, _ = outcome([NONE, some(2), some(4, week=20)])
    left = flow(result, "waste_kg")
    gone = flow(result, "rescued_kg_online") + flow(result, "rescued_kg_wholesaler")
    np.testing.assert_allclose(gone + left, flow(result, "surplus_kg"), rtol=1e-9, atol=1e-6)
    assert (left >= -1e-6).all()
    np.testing.assert_allclose(
        result.hours_kg.sum(axis=(-1, -2)), flow(result, "rescued_kg_online"), rtol=1e-9, atol=1e-6
    )


def test_no_programme_sells_nothing_online_and_reaches_nobody():
    result, _ = outcome([NONE])
    assert flow(result, "surplus_kg").sum() > 0
    for name in (
        "offered_kg",
        "rescued_kg_online",
        "gmv_yuan",
        "uplift_yuan",
        "wages_yuan",
        "parcels",
    ):
        assert flow(result, name).sum() == 0
    assert result.near.sum() == 0
    assert result.reached.sum() == 0
    assert not result.crops.any()


def test_without_surplus_nothing_happens():
    result, _ = outcome([some(4)], world=Assumptions(surplus_share=0.0))
    assert not result.flows.any()


def test_before_a_base_opens_nothing_is_sold():
    result, _ = outcome([some(4, week=52)])
    online = flow(result, "rescued_kg_online")
    assert online[..., :12].sum() == 0
    assert online[..., 12:].sum() > 0


def test_one_more_base_never_means_less_access_nor_a_smaller_offer():
    result, _ = outcome([some(count) for count in range(5)])
    assert (np.diff(result.near, axis=0) >= 0).all()
    assert (np.diff(flow(result, "offered_kg"), axis=0) >= -1e-6).all()
    assert result.near[-1].sum() > result.near[1].sum()


def test_same_seed_same_result_and_another_seed_another():
    first, again, other = (outcome([some(4)], seed=seed)[0] for seed in (5, 5, 6))
    assert np.array_equal(first.flows, again.flows)
    assert not np.array_equal(first.flows, other.flows)


def test_all_scenarios_meet_the_same_harvest():
    result, _ = outcome([NONE, some(1), some(4)])
    surplus = flow(result, "surplus_kg")
    assert np.array_equal(surplus[0], surplus[1])
    assert np.array_equal(surplus[0], surplus[2])


def test_a_world_does_not_depend_on_how_many_there_are():
    few, many = (outcome([some(4)], worlds=count)[0] for count in (1, 3))
    assert np.array_equal(few.flows[:, 0], many.flows[:, 0])


@pytest.mark.parametrize(
    "name", ["hub_parcels_per_day_per_1000_people", "labour_share_available", "online_share"]
)
def test_more_room_never_sells_less(name):
    tight = Assumptions(
        hub_parcels_per_day_per_1000_people=0.02,
        base_parcels_per_day=0.0,
        labour_share_available=0.0008,
        online_share=0.004,
    )
    sold = [
        flow(outcome([some(4)], world=scaled(tight, {name: factor}))[0], "rescued_kg_online").sum()
        for factor in (1.0, 1.5, 3.0)
    ]
    assert sold[0] <= sold[1] * 1.001
    assert sold[1] <= sold[2] * 1.001


def test_a_full_post_office_is_never_overfilled():
    world = Assumptions(hub_parcels_per_day_per_1000_people=0.2, base_parcels_per_day=0.0)
    here = province()
    free, _ = outcome([some(4)], here=here)
    held, _ = outcome([some(4)], world=world, here=here)
    most_a_month = 2 * 2e6 / 1000 * 0.2 * 7 * 5  # hubs, people, weeks
    assert flow(held, "parcels").max() <= most_a_month
    assert flow(held, "parcels").sum() < 0.9 * flow(free, "parcels").sum()
    assert flow(held, "parcels").sum() > 0
    dearer = [
        flow(one, "gmv_yuan").sum() / flow(one, "rescued_kg_online").sum() for one in (held, free)
    ]
    assert dearer[0] > dearer[1]


def test_a_crop_that_spoils_on_the_way_is_not_sold():
    short = replace(produce(), shelf_days=np.array([2.0, 20.0]))
    result, _ = outcome([some(4)], crops=short, world=Assumptions(shelf_gain_days=0.0))
    assert (result.crops & np.uint64(1)).sum() == 0
    assert (result.crops & np.uint64(2)).sum() > 0


def test_rain_brings_more_surplus_and_fewer_merchants():
    dry, wet = (
        outcome([NONE], world=Assumptions(wet_share_per_100_mm=share), worlds=6)[0]
        for share in (0.0, 0.6)
    )
    assert flow(wet, "surplus_kg").sum() > 1.2 * flow(dry, "surplus_kg").sum()
    shares = [
        flow(one, "rescued_kg_wholesaler").sum() / flow(one, "surplus_kg").sum()
        for one in (wet, dry)
    ]
    assert shares[0] < shares[1]


def test_the_nation_is_the_sum_of_its_provinces():
    crops = produce()
    nation = [province(610000), province(450000, seed=8)]
    run = asked_run(
        nation, crops, [NONE, some(4)], [Assumptions()] * 3, middle=Assumptions(), years=1, seed=1
    )
    runs = [simulate_province(one, crops, run) for one in nation]
    zones = np.array([[0, 1, 2], [1, 0, 2]])
    to = Destinations(zone=zones, counties=np.array([5.0, 3.0, 2.0]))
    paths = national(runs, run, crops, to)
    np.testing.assert_allclose(
        yearly(paths["gmv_yuan"])[..., 0],
        sum(flow(one, "gmv_yuan").sum(axis=-1) for one in runs),
    )
    assert (
        (paths["access_smallholders_share_3h"] >= 0) & (paths["access_smallholders_share_3h"] <= 1)
    ).all()
    assert (paths["choice_produce_per_week"][0] == 0).all()
    assert paths["choice_produce_per_week"][1].max() <= 2
    assert np.isnan(paths["delivery_hours_p50"][0]).all()
    known = ~np.isnan(paths["delivery_hours_p50"][1])
    assert known.any()
    p50, p90 = (paths[f"delivery_hours_p{level}"][1][known] for level in (50, 90))
    assert (p50 < p90).all()
    banded = bands(paths["gmv_yuan"])
    assert banded.shape == (2, 3, 12)
    assert (np.diff(banded, axis=1) >= 0).all()


def test_a_province_alone_is_the_same_as_in_the_nation():
    crops = produce()
    nation = [province(610000), province(450000, seed=8)]
    run = asked_run(
        nation, crops, [some(4)], [Assumptions()] * 2, middle=Assumptions(), years=1, seed=1
    )
    both = [simulate_province(one, crops, run).flows for one in nation]
    alone = simulate_province(nation[1], crops, run).flows
    assert np.array_equal(both[1], alone)


def test_worlds_stay_inside_their_ranges_and_are_kept_as_more_are_drawn():
    ranges = {"surplus_share": (0.01, 0.05), "listing_elasticity": (1.6, 3.0)}
    few = drawn_worlds(Assumptions(), ranges, worlds=3, seed=2)
    many = drawn_worlds(Assumptions(), ranges, worlds=200, seed=2)
    assert many[:3] == few
    drawn = np.array([world.surplus_share for world in many])
    assert drawn.min() >= 0.01
    assert drawn.max() <= 0.05
    assert drawn.std() > 0.004
    assert len({world.postage for world in many}) == 1
