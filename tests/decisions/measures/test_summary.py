"""From rows to figures: ranks, ratios, choice, access, repeat sellers; months say the same."""

import math
import random
from datetime import date, timedelta

import ibis
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.decisions.measures.facts_on_paper import DAY, write

from postharvest.core.errors import InvalidInput
from postharvest.decisions.measures.catalogue import MEASURES, measure_named
from postharvest.decisions.measures.publishing import fit_to_publish
from postharvest.decisions.measures.store import CUBE_COLUMNS, opened
from postharvest.decisions.measures.summary import counted, dimensions, summary
from postharvest.engines.travel import TravelModel, great_circle_km

HERE, THERE = "610528", "450804"


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path) as found:
        yield found


def figures(store, name, by=(), on=DAY):
    measure = measure_named(name)
    rows = store.ask(summary(measure, counted(measure, on=on), by=list(by)))
    return {tuple(row[b] for b in by): row["value"] for row in rows}


def parcel(number, hours, **more):
    return {
        "parcel_id": number, "accepted_s": 0, "delivered_s": hours * 3600, "origin": HERE,
        "dest": "310104", "delivered_on": DAY, "promised_by": DAY, "sell_by": DAY, "grams": 3000,
        **more,
    }  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 200), min_size=1, max_size=40))
def test_a_percentile_is_the_first_hour_by_which_its_share_has_come(tmp_path_factory, hours):
    with opened(tmp_path_factory.mktemp("facts")) as store:
        write(store, parcels=[parcel(n, h) for n, h in enumerate(hours)])
        for q in (0.5, 0.9):
            rank = math.ceil(round(q * len(hours), 6))
            found = figures(store, f"delivery_hours_p{round(q * 100)}")
            assert found[()] == sorted(hours)[max(0, rank - 1)]


def test_hours_are_told_apart_by_pair_and_by_the_opening_of_a_base(store):
    opened_on = DAY + timedelta(days=1)
    write(
        store,
        parcels=[
            parcel(1, 90, day=DAY),
            parcel(2, 40, day=opened_on),
            parcel(3, 70, day=opened_on, dest="110105"),
        ],
        counties=[{"code": HERE, "base_opened_on": opened_on}],
    )
    assert figures(store, "delivery_hours_p50", ["county", "to", "era"]) == {
        (HERE, "110105", "after"): 70,
        (HERE, "310104", "after"): 40,
        (HERE, "310104", "before"): 90,
    }


def test_on_time_counts_the_promised_day_itself(store):
    late = DAY + timedelta(days=1)
    write(store, parcels=[parcel(1, 40), parcel(2, 40, delivered_on=late), parcel(3, 5)])
    assert figures(store, "on_time_share")[()] == pytest.approx(2 / 3)


def test_choice_is_the_mean_over_weeks_in_which_anything_came_fresh(store):
    spoilt = {"sell_by": DAY - timedelta(days=1)}
    week_later = {"delivered_on": DAY + timedelta(days=7), "sell_by": DAY + timedelta(days=9)}
    write(
        store,
        parcels=[
            parcel(1, 40, produce="persimmon"), parcel(2, 40, produce="persimmon"),
            parcel(3, 40, produce="apple"), parcel(4, 40, produce="pear", **spoilt),
            parcel(5, 40, produce="apple", **week_later),
        ],
    )  # fmt: skip
    assert figures(store, "choice_produce_per_week", ["county"]) == {("310104",): 1.5}
    assert figures(store, "choice_produce_per_week", ["week"]) == {
        ("2026-11-02",): 2,
        ("2026-11-09",): 1,
    }


def test_access_is_what_the_planners_travel_model_says_of_the_nearest_foothold(store):
    rng = np.random.default_rng(5)
    places = [
        {"place_id": f"p{n}", "county": HERE, "villages": int(rng.integers(1, 9)),
         "households": int(rng.integers(50, 900)), "lat": float(rng.uniform(33, 37)),
         "lon": float(rng.uniform(107, 111))}
        for n in range(200)
    ]  # fmt: skip
    open_at = [(34.7, 109.1), (36.2, 108.0)]
    write(
        store,
        places=places,
        footholds=[
            *({"foothold_id": f"base:{n}", "lat": a, "lon": b, "opened_on": DAY, "closed_on": None}
              for n, (a, b) in enumerate(open_at)),
            {"foothold_id": "not yet", "lat": 33.1, "lon": 107.1,
             "opened_on": DAY + timedelta(days=1), "closed_on": None},
            {"foothold_id": "closed", "lat": 33.1, "lon": 107.1, "opened_on": DAY,
             "closed_on": DAY},
        ],
    )  # fmt: skip
    lat, lon = (np.array([place[k] for place in places])[:, None] for k in ("lat", "lon"))
    km = great_circle_km(lat, lon, *np.array(open_at).T)
    hours = TravelModel().hours(km).min(axis=1)
    for word, weight in (("villages", "villages"), ("smallholders", "households")):
        weights = np.array([place[weight] for place in places])
        for most in (2, 3, 4):
            expected = weights[hours <= most].sum() / weights.sum()
            assert 0 < expected < 1
            assert figures(store, f"access_{word}_share_{most}h")[()] == pytest.approx(expected)
    assert figures(store, "access_villages_share_4h", on=DAY - timedelta(days=1))[()] == 0


def test_a_seller_comes_again_when_the_places_next_season_sold_something_of_his(store):
    def lot(number, grower, year):
        return {"lot_id": number, "grower_id": grower, "origin": HERE, "day": date(year, 10, 20)}

    write(
        store,
        lots=[lot(1, 1, 2024), lot(2, 2, 2024), lot(3, 1, 2025), lot(4, 3, 2025), lot(5, 1, 2025)],
        counties=[{"code": HERE, "households": 100}, {"code": THERE, "households": 300}],
    )
    assert figures(store, "repeat_sellers_share")[()] == 0.5
    assert figures(store, "households_reached_share")[()] == 3 / 400
    assert figures(store, "households_reached_share", ["county"]) == {(HERE,): 0.03, (THERE,): 0}


def test_a_households_own_group_goes_before_its_countys(store):
    write(
        store,
        pickups=[
            {"pickup_id": n, "grower_id": n, "origin": HERE, "paid_fen": fen}
            for n, fen in ((1, 100), (2, 1000), (3, 10_000))
        ],
        growers=[
            {"grower_id": 1, "income_group": "poor household"},
            {"grower_id": 2, "income_group": None},
        ],
        counties=[{"code": HERE, "income_group": "poor county"}],
    )
    assert figures(store, "growers_net_yuan", ["income_group"]) == {
        ("poor county",): pytest.approx(110),
        ("poor household",): pytest.approx(1),
    }


def test_months_added_up_say_what_the_rows_say_however_they_are_asked(store):
    draw = random.Random(3)
    days = [DAY + timedelta(days=draw.randrange(80)) for _n in range(300)]
    write(
        store,
        order_lines=[
            {"order_id": n, "sale_id": n % 7, "base_id": n % 3,
             "origin": draw.choice([HERE, THERE]), "channel": draw.choice(["shop", "bulk"]),
             "grams": draw.randrange(9000),
             "total_fen": draw.randrange(9000), "day": day, "produce": f"p{n % 4}",
             "state": draw.choice(["delivered", "open", "gone"])}
            for n, day in enumerate(days)
        ],
        parcels=[
            parcel(n, draw.randrange(150), day=day, delivered_on=day + timedelta(days=3),
                   promised_by=day + timedelta(days=draw.randrange(6)), sale_id=n % 7,
                   origin=draw.choice([HERE, THERE]), sell_by=day + timedelta(days=9))
            for n, day in enumerate(days)
        ],
        ledger_lines=[
            {"line_id": n, "sale_id": n % 7, "day": day, "party": n % 5, "base_id": n % 3,
             "account": draw.choice(["grower", "pool", "packer", "postage", "floor"]),
             "amount_fen": draw.randrange(-9000, 9000),
             "entry_kind": draw.choice(["split", "payout", "wages"])}
            for n, day in enumerate(days)
        ],
        sales=[{"sale_id": n, "origin": HERE, "local_fen_per_kg": 80 + n} for n in range(7)],
        lots=[{"lot_id": n, "sale_id": n % 7, "grower_id": n, "cut_g": 1000 + n, "origin": HERE}
              for n in range(30)],
        bulk_orders=[{"bulk_id": 1, "sale_id": 2, "grams": 20_000, "total_fen": 5}],
        pickups=[{"pickup_id": 1, "sale_id": 3, "grower_id": 4, "grams": 700, "paid_fen": 30}],
        counties=[{"code": HERE, "base_opened_on": DAY + timedelta(days=20), "households": 9}],
    )  # fmt: skip
    asked = 0
    for measure in (one for one in MEASURES if one.cube):
        cube = ibis.table(dict(CUBE_COLUMNS), name=store.cube_view(measure.name))
        for by in ((), ("province",), ("produce",), ("income_group",), (measure.part,)):
            if not all(name in dimensions(measure) for name in by):
                continue
            plain = store.ask(summary(measure, counted(measure, on=DAY), by=by))
            assert store.ask(summary(measure, cube, by=by)) == plain
            assert plain
            asked += 1
    assert asked > 40


def test_stages_share_their_kilograms_so_that_they_add_up(store):
    write(
        store,
        order_lines=[{"order_id": 1, "sale_id": 1, "grams": 4000, "state": "delivered"}],
        ledger_lines=[
            {"line_id": n, "sale_id": 1, "account": account, "amount_fen": fen, "entry_kind": kind}
            for n, (account, fen, kind) in enumerate(
                [("postage", -800, "split"), ("packer", -300, "wages"), ("packer", 300, "payout"),
                 ("packing_loss", 100, "claim")]
            )
        ],
        sales=[{"sale_id": 1}],
    )  # fmt: skip
    stages = figures(store, "cost_yuan_per_kg", ["stage"])
    assert stages == {("losses",): 0.25, ("packing",): 0.75, ("postage",): 2.0}
    assert figures(store, "cost_yuan_per_kg")[()] == sum(stages.values())


def test_what_a_measure_has_not_got_is_refused_by_name(store):
    with pytest.raises(InvalidInput, match="choose among"):
        figures(store, "wages_yuan", ["era"])
    with pytest.raises(InvalidInput, match="the measures are"):
        measure_named("happiness")


def rows_of(*households):
    return [{"value": 1.0, "items": 9, "households": n} for n in households]


def test_nothing_is_published_of_fewer_than_five_households():
    hidden = [row["hidden"] for row in fit_to_publish(rows_of(4, 3, 5, 60))]
    assert hidden == [True, True, False, False]
    assert fit_to_publish(rows_of(4))[0]["value"] is None


def test_a_lone_small_group_takes_the_next_with_it_so_that_no_sum_betrays_it():
    assert [row["hidden"] for row in fit_to_publish(rows_of(80, 4, 60))] == [False, True, True]
    assert [row["hidden"] for row in fit_to_publish(rows_of(80, 0, 60))] == [False] * 3


def test_behind_a_pair_stand_at_least_the_growers_of_its_largest_sale(store):
    write(
        store,
        parcels=[parcel(1, 40, sale_id=1), parcel(2, 50, sale_id=2), parcel(3, 60, sale_id=2)],
        lots=[
            {"lot_id": n, "sale_id": sale, "grower_id": n}
            for n, sale in enumerate([1, 1, 2, 2, 2, 2])
        ],
    )
    measure = measure_named("delivery_hours_p50")
    for by, households in ((("county", "to"), 4), (("county",), 6)):
        (row,) = store.ask(summary(measure, counted(measure, on=DAY), by=by))
        assert (row["households"], row["items"]) == (households, 3)
