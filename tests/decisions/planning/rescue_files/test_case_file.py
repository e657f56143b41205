"""A case file is read exactly, and every mistake is refused by name."""

import re
from importlib.resources import files

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import parse_case, read_case
from postharvest.decisions.planning.case_generator import KINDS, generated_case

SHIPPED = files("postharvest") / "data" / "cases"


@pytest.fixture
def raw():
    return generated_case("four villages", 1)


@pytest.mark.parametrize("name", ["fuping-persimmon", "muge-sugarcane"])
def test_the_shipped_cases_are_read(name):
    case = read_case(str(SHIPPED / f"{name}.toml"))
    assert case.name == name
    assert case.problem.days == 10


def test_the_persimmons_numbers_by_hand():
    p = read_case(str(SHIPPED / "fuping-persimmon.toml")).problem
    assert p.net_factor == pytest.approx((0.85 + 0.15 * 1.15) * 0.982)
    level = int(np.flatnonzero(p.ladder_yuan == 34.9)[0])
    assert (p.ladder_yuan[level] * p.pack_price_factor)[0] == pytest.approx(
        34.9 * (2.5 / 4.5) ** 0.85
    )
    wanted = p.wanted_kg(level)
    assert wanted.sum() == pytest.approx(26000 * (34.9 / 31.9) ** -2)
    # far west: more than 5 % arrive too late, so nothing may go there
    assert p.fresh_enough()[0].tolist() == [True] * 5 + [False]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_generated_kind_is_a_case_and_drawn_by_its_seed(kind):
    first, again, other = (generated_case(kind, seed) for seed in (1, 1, 2))
    assert parse_case(first).problem.total_kg > 0
    assert first == again != other


def test_there_are_at_least_twenty_kinds():
    assert len(KINDS) >= 20


def change(*path_and_value):
    *path, last, value = path_and_value

    def apply(raw):
        for key in path:
            raw = raw[key]
        raw[last] = value

    return apply


def drop(*path):
    def apply(raw):
        for key in path[:-1]:
            raw = raw[key]
        del raw[path[-1]]

    return apply


MISTAKES = [
    (change("horizon_day", 10), "horizon_day", "did you mean 'horizon_days'"),
    (change("demand", "elastisity", 2), "demand.elastisity", "did you mean 'elasticity'"),
    (change("lots", 0, "kgs", 5), "lots.L00.kgs", "did you mean 'kg'"),
    (change("defaults", "points", "stattions", 5), "defaults.points", "stations"),
    (change("schema", "postharvest.rescue-case/2"), "schema", "rescue-case/1"),
    (change("horizon_days", 0), "horizon_days", "at least 1"),
    (change("horizon_days", 2.5), "horizon_days", "whole"),
    (change("start_date", "2016-10-20"), "start_date", "date"),
    (change("lots", 1, "kg", -4), "lots.L01.kg", "at least 0"),
    (change("lots", 1, "kg", "many"), "lots.L01.kg", "number"),
    (change("lots", 1, "kg", float("nan")), "lots.L01.kg", "finite"),
    (change("lots", 1, "kg", True), "lots.L01.kg", "number"),
    (change("lots", 1, "id", "L00"), "lots[2].id", "twice"),
    (change("lots", 1, "harvest_from_day", 11), "lots.L01.harvest_from_day", "at most 10"),
    (change("lots", 2, "lat", 34.0), "lots.L02.lat", "x_km"),
    (drop("lots", 1, "x_km"), "lots.L01.x_km", "missing"),
    (change("lots", []), "lots", "empty"),
    (change("points", 0, "closed_days", [11]), "points.P00.closed_days", "not a day"),
    (change("points", 0, "stations", 3.5), "points.P00.stations", "whole"),
    (drop("defaults", "points", "stations"), "points.P00.stations", "missing"),
    (change("points", 0, "parcels_per_day", [1, 2]), "points.P00.parcels_per_day", "10 numbers"),
    (
        change("defaults", "labour", "wage_steps", [{"share": 0.5, "yuan_per_day": 100}]),
        "labour.T00.wage_steps",
        "sum to 1",
    ),
    (
        change(
            "defaults",
            "labour",
            "wage_steps",
            [{"share": 0.5, "yuan_per_day": 100}, {"share": 0.5, "yuan_per_day": 90}],
        ),
        "labour.T00.wage_steps",
        "rise",
    ),
    (change("packs", 0, "price_factor", 0.6), None, None),
    (change("packs", 0, "net_kg", 0), "packs.2.5kg.net_kg", "above 0"),
    (drop("zones", 0, "postage_yuan", "2.5kg"), "zones.near.postage_yuan.2.5kg", "missing"),
    (change("zones", 0, "postage_yuan", "3kg", 1), "zones.near.postage_yuan.3kg", "unknown"),
    (change("zones", 0, "transit", {"median_days": 3}), "zones.near.transit", "sd_days"),
    (change("zones", 0, "transit", {"pmf": [0, 0]}), "zones.near.transit", "zero"),
    (change("demand", "reference_pack", "4kg"), "demand.reference_pack", "did you mean"),
    (change("demand", "ladder_yuan", [9.9, 9.9]), "demand.ladder_yuan", "twice"),
    (change("demand", "elasticity", 0), "demand.elasticity", "above 0"),
    (change("outlets", 0, "lots", ["L9"]), "outlets.merchant.lots", "unknown id"),
    (change("outlets", 0, "split", "half"), "outlets.merchant.split", "unknown word"),
    (change("policy", "goal", "incom"), "policy.goal", "did you mean 'income'"),
]


@pytest.mark.parametrize(("mistake", "field", "message"), MISTAKES)
def test_each_mistake_is_named(raw, mistake, field, message):
    mistake(raw)
    if field is None:  # a price factor alone is fine; both would not be
        parse_case(raw)
        raw["packs"][0]["price_exponent"] = 0.9
        field, message = "packs.2.5kg.price_factor", "not both"
    with pytest.raises(InvalidInput, match=re.escape(message)) as caught:
        parse_case(raw)
    assert caught.value.field.startswith(field)


def test_notes_and_extensions_are_free(raw):
    raw["note"] = "anything"
    raw["lots"][0]["ext_owner"] = {"name": "x"}
    parse_case(raw)


def test_a_file_that_is_not_toml_is_said_so(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text("lots = [", encoding="utf-8")
    with pytest.raises(InvalidInput, match="not a TOML file"):
        read_case(path)
    with pytest.raises(InvalidInput, match="can't be read"):
        read_case(tmp_path / "none.toml")


def test_nearest_points_are_kept_and_ties_go_to_the_first(raw):
    raw["transport"]["points_per_lot"] = 2
    raw["lots"] = [{"id": "L", "kg": 100, "x_km": 0.0, "y_km": 0.0}]
    spots = [(5.0, 0.0), (0.0, 3.0), (3.0, 0.0), (0.0, -3.0)]
    raw["points"] = [{"id": f"P{n}", "x_km": x, "y_km": y} for n, (x, y) in enumerate(spots)]
    p = parse_case(raw).problem
    assert p.haul_point.tolist() == [1, 2]
    assert p.haul_yuan_per_kg.tolist() == pytest.approx([0.02 * 3.9] * 2)
