"""A goal out of reach says which requirement keeps it there, and by how much."""

import math

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.rescue_page import plan_page
from postharvest.decisions.planning.rescue_text import page_text
from postharvest.decisions.planning.solving import plan_case


def nobody(case):
    for pool in case["labour"]:
        pool["people_per_day"] = 0


def no_lane(case):
    for zone in case["zones"]:
        zone["parcels_per_day"] = 0


def no_post(case):
    case["hub"]["parcels_per_day"] = 0


def spoils(case):
    case["produce"]["shelf_life_days"] = case["produce"].get("promise_days", 3) + 1


def all_closed(case):
    for point in case["points"]:
        point["closed_days"] = list(range(1, case["horizon_days"] + 1))


BROKEN = {
    "people": (nobody, "person-days of packing (0 there are)", "nobody to pack"),
    "lanes": (no_lane, "more parcels on the lanes (0 they take)", "no lane takes"),
    "post_office": (no_post, "more parcels through the post office (0 it takes)", "post office"),
    "shelf_life": (spoils, "a shelf life of", "days longer"),
    "closed_days": (all_closed, "of the closed point-days opened (0 are open)", "is closed"),
}


def broken(requirement):
    raw = generated_case("village", 3)
    raw["outlets"] = []
    BROKEN[requirement][0](raw)
    return parse_case(raw)


@pytest.mark.parametrize("requirement", BROKEN)
def test_the_requirement_and_its_figure_are_named(requirement):
    with pytest.raises(InvalidInput) as error:
        plan_case(broken(requirement), clear_share=0.9, seed=1, cpu_seconds=0.3)
    assert BROKEN[requirement][1] in str(error.value)
    assert "would do" in str(error.value)
    facts = {one["requirement"]: one for one in error.value.facts["limits"]}
    assert facts[requirement]["lacking"] > 0
    assert facts[requirement]["share_without"] >= 0.9


def test_what_is_lacking_is_enough_when_it_is_given():
    """A shelf life longer by the days that are named clears the share."""
    case = broken("shelf_life")
    with pytest.raises(InvalidInput) as error:
        plan_case(case, clear_share=0.9, seed=1, cpu_seconds=0.3)
    (limit,) = error.value.facts["limits"]
    raw = generated_case("village", 3)
    raw["outlets"] = []
    raw["produce"]["shelf_life_days"] = case.shelf_life_days + limit["lacking"]
    assert math.isclose(limit["there_is"], case.shelf_life_days)
    assert plan_case(parse_case(raw), clear_share=0.9, seed=1, cpu_seconds=0.3).clear_share == 0.9


@pytest.mark.parametrize("requirement", BROKEN)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_of_a_standstill_says_what_stops_it(requirement, lang):
    case = broken(requirement)
    plan = plan_to_dict(case, plan_case(case, clear_share=0.0, seed=1, cpu_seconds=0.3))
    assert not plan["sells_online"]
    assert [one["kind"] for one in plan["why"]["nothing_online"]] == [requirement]
    text = page_text(plan_page(case, [plan], lang=lang))
    assert "after postage, boxes and wages" not in text
    assert (BROKEN[requirement][2] if lang == "en" else "没法上网卖") in text


def test_two_that_bind_together_are_not_promised_alone():
    raw = generated_case("village", 3)
    raw["outlets"] = []
    nobody(raw)
    no_lane(raw)
    with pytest.raises(InvalidInput, match="several bind together"):
        plan_case(parse_case(raw), clear_share=0.9, seed=1, cpu_seconds=0.3)
