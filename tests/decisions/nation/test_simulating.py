"""The national run from the shipped tables: the same numbers however it is spread."""

import json
import re
from importlib.util import find_spec

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.nation.assumed import assumed, middle, ranges
from postharvest.decisions.nation.document import fingerprint_of, to_document
from postharvest.decisions.nation.gather import gather
from postharvest.decisions.nation.report import to_html
from postharvest.decisions.nation.running import pool_named, simulate
from postharvest.decisions.nation.scenarios import (
    PILOTS,
    Programme,
    opening_weeks,
    places_of,
    read_plan,
    to_scenarios,
)
from postharvest.decisions.nation.simulating import Asked, goal_lines, province_codes, validate
from postharvest.decisions.nation.stored import kept_at, latest_run
from postharvest.decisions.nation.words import check_said, of_a_year
from postharvest.engines.nation.assumptions import drawn_worlds
from postharvest.engines.nation.market import asked_run
from postharvest.engines.nation.paths import yearly

WHOLE = (
    Programme(name="no_programme", counties=(), years=()),
    Programme(name="pilots_only", counties=PILOTS, years=(-1, -1)),
    Programme(name="people_hours", counties=(*PILOTS, "410122", "510114"), years=(-1, -1, 0, 0)),
)
FEW = ("450000", "500000", "610000")


@pytest.fixture(scope="module")
def asked():
    numbers = assumed(shipped_rows)
    nation = gather(shipped_rows, places_of(WHOLE))
    worlds = drawn_worlds(middle(numbers), ranges(numbers), worlds=2, seed=1)
    run = asked_run(
        nation.provinces,
        nation.produce,
        to_scenarios(WHOLE, nation.base_places),
        worlds,
        middle=middle(numbers),
        years=1,
        seed=1,
    )
    few = [one for one in nation.provinces if str(one.code) in FEW]
    return nation, run, few


def same(one, other):
    for name, path in one.paths.items():
        np.testing.assert_array_equal(path, other.paths[name], err_msg=name)


@pytest.mark.slow
def test_a_base_that_opens_after_the_last_week_changes_nothing():
    numbers = assumed(shipped_rows)
    programmes = (
        Programme(name="now", counties=(*PILOTS, "610526"), years=(-1, -1, 0)),
        Programme(name="never", counties=PILOTS, years=(-1, -1)),
        Programme(name="too_late", counties=(*PILOTS, "610526"), years=(-1, -1, 2)),
    )
    nation = gather(shipped_rows, places_of(programmes))
    run = asked_run(
        nation.provinces,
        nation.produce,
        to_scenarios(programmes, nation.base_places),
        drawn_worlds(middle(numbers), ranges(numbers), worlds=1, seed=1),
        middle=middle(numbers),
        years=1,
        seed=1,
    )
    shaanxi = [one for one in nation.provinces if one.code == 610000]
    now, never, too_late = simulate(nation, run, provinces=shaanxi).paths["gmv_yuan"]
    np.testing.assert_array_equal(too_late, never)
    assert now.sum() > never.sum()


@pytest.mark.slow
def test_processes_give_the_numbers_of_one(asked):
    nation, run, few = asked
    alone = simulate(nation, run, provinces=few)
    with pool_named("processes", 2) as pool:
        same(simulate(nation, run, provinces=few, pool=pool), alone)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is an extra")
def test_ray_gives_the_numbers_of_one(asked):
    nation, run, few = asked
    alone = simulate(nation, run, provinces=few)
    with pool_named("ray", None) as pool:
        same(simulate(nation, run, provinces=few, pool=pool), alone)


def test_provinces_add_up_and_stand_alone(asked):
    nation, run, few = asked
    together = simulate(nation, run, provinces=few)
    alone = [simulate(nation, run, provinces=[one]) for one in few]
    np.testing.assert_array_equal(
        together.paths["gmv_yuan"],
        alone[0].paths["gmv_yuan"] + alone[1].paths["gmv_yuan"] + alone[2].paths["gmv_yuan"],
    )
    assert yearly(together.paths["gmv_yuan"])[0].sum() == 0
    assert (yearly(together.paths["gmv_yuan"])[1] > 0).all()


def test_a_named_harvest_does_not_add_to_the_nation_s(asked):
    nation, _, _ = asked
    crop = nation.crops.index("persimmon_soft")
    kg = sum(float(one.pair_kg[one.pair_crop == crop].sum()) for one in nation.provinces)
    assert kg == pytest.approx(float(nation.produce.output_kg[crop]))
    assert ("610528", "persimmon_soft", 280e6) in {row[:3] for row in nation.cited}


def test_every_assumption_has_a_range_around_it_and_a_source():
    for one in assumed(shipped_rows):
        assert one.low <= one.value <= one.high, one.name
        assert one.source
        assert one.status


def test_the_document_tells_paths_bands_and_whence(asked):
    nation, run, few = asked
    numbers = assumed(shipped_rows)
    document = to_document(
        simulate(nation, run, provinces=few),
        nation=nation,
        numbers=numbers,
        programmes=WHOLE,
        fingerprint=fingerprint_of(shipped_rows, numbers, WHOLE, {"seed": 1}),
        goal=None,
        checked=validate(shipped_rows, nation, seed=1),
    )
    assert document == json.loads(json.dumps(document))
    assert document["schema"] == "postharvest.nation/1"
    assert "forecast" in document["statement"]["en"]
    path = document["paths"]["pilots_only"]["gmv_yuan"]
    assert len(path["p50"]) == 12
    assert all(low <= high for low, high in zip(path["p5"], path["p95"], strict=True))
    assert set(document["paths"]["no_programme"]["rescued_kg_online"]["p95"]) == {0.0}
    gain = document["by_year"]["pilots_only"]["growers_gain_yuan"]["p50"][0]
    assert gain > 0
    other = fingerprint_of(shipped_rows, numbers, WHOLE, {"seed": 2})
    assert other != document["inputs_hash"]
    for language, words in (("en", "Simulated, not forecast"), ("zh", "不是预测")):
        page = to_html(document, language=language)
        assert words in page
        assert page.count("<svg") >= 10
        assert "<script" not in page


def test_the_stories_lie_inside_the_simulator_s_own_range():
    found = {one.name: one for one in validate(shipped_rows, seed=1)}
    for name in ("persimmons: kg sold online in 10 days", "cane: kg sold in 10 days"):
        one = found[name]
        assert one.low <= one.known <= one.high * (1 + 1e-9), one
        assert one.low < 0.8 * one.known, "a range that can't miss says nothing"
    for name in ("mean hours, all", "within 72 hours"):
        assert found[name].given
        assert found[name].middle == pytest.approx(found[name].known)
    assert found["mean hours, all"].known == 58.23
    assert found["within 72 hours"].known == 77.11


def test_every_check_and_every_year_s_figure_has_a_chinese_name():
    for one in validate(shipped_rows, seed=1):
        assert not re.search(r"[a-z]+ [a-z]+", check_said(one.name, "zh")), one.name
    assert of_a_year("gmv_yuan", "en") == "GMV, yuan"
    assert of_a_year("gmv_yuan", "zh") == "成交额，元"


def test_openings_are_spread_over_their_year():
    weeks = opening_weeks([-1, 0, 0, 0, 1])
    assert weeks.tolist() == [0, 13, 26, 39, 78]


def test_codes_of_provinces_may_be_short():
    assert province_codes("61, 450000", shipped_rows) == {"610000", "450000"}
    assert province_codes(None, shipped_rows) is None
    with pytest.raises(InvalidInput, match="99"):
        province_codes("61,99", shipped_rows)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"years": 0}, "years"),
        ({"years": 6}, "years"),
        ({"worlds": 0}, "worlds"),
        ({"seed": -1}, "seed"),
        ({"goal_yuan": -1.0}, "goal"),
        ({"jobs": 0}, "jobs"),
    ],
)
def test_numbers_outside_are_refused(words, field):
    with pytest.raises(InvalidInput, match=f"^{field}:"):
        Asked(**words)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "can't be read as JSON"),
        ("[]", "no list `bases`"),
        ('{"bases": []}', "no list `bases`"),
        ('{"bases": [{"id": "999999", "phase": 1}]}', "entry 1: '999999'"),
        ('{"bases": [{"id": "610528", "phase": 0}]}', "phase 0"),
        ('{"bases": [{"id": "610526", "phase": 1}, {"id": "610526", "phase": 2}]}', "twice"),
    ],
)
def test_a_bad_plan_is_refused(tmp_path, text, said):
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said):
        read_plan(file, shipped_rows)


def test_a_plan_opens_by_phase(tmp_path):
    file = tmp_path / "plan.json"
    rows = [
        {"id": "610526", "phase": 2},
        {"id": "610528", "phase": 1},
        {"id": "410122", "phase": 1},
    ]
    file.write_text(json.dumps({"bases": rows}), encoding="utf-8")
    plan = read_plan(file, shipped_rows)
    assert plan.counties == ("610528", "410122", "610526")
    assert plan.years == (-1, 0, 1)


def test_the_kept_run_is_found_again(tmp_path):
    place = kept_at(tmp_path, demo=False)
    assert place != kept_at(tmp_path, demo=True)
    assert latest_run(place) is None
    place.parent.mkdir(parents=True)
    place.write_text("{", encoding="utf-8")
    assert latest_run(place) is None
    place.write_text('{"schema": "postharvest.nation/1", "seed": 3}', encoding="utf-8")
    assert latest_run(place)["seed"] == 3


def test_the_goal_is_told_as_a_condition():
    goal = {
        "goal_yuan_a_year": 1e12,
        "year": 5,
        "middle_world_yuan": 5e10,
        "factor_on_all": 2.5,
        "levers": [{}] * 12,
        "three": ["surplus_share", "participation", "reference_demand"],
        "factor_on_three": None,
        "most_with_three_yuan": 4e11,
    }
    text = " ".join(goal_lines(goal))
    assert "not a forecast" in text
    assert "don't reach it" in text
    assert "will" not in text
