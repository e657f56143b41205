"""What if price, points or days were otherwise: the case changes, the original stays."""

from copy import deepcopy

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.decisions.planning.what_if import Otherwise, changed_case, plan_otherwise


@pytest.fixture
def raw():
    case = generated_case("four villages", 3)
    return {**case, "start_date": str(case["start_date"])}


def ask(raw, **otherwise):
    return plan_otherwise(
        raw=raw, otherwise=Otherwise(**otherwise), clear_share=0.0, seed=1, cpu_seconds=0.4
    )


def test_a_price_that_is_fixed_is_the_price_of_the_plan(raw):
    before = deepcopy(raw)
    free = ask(raw)
    fixed = ask(raw, price_yuan=free["price_reference_yuan"] * 1.5)
    assert fixed["price_reference_yuan"] == pytest.approx(free["price_reference_yuan"] * 1.5)
    assert fixed["net_income_yuan"] < free["bound_yuan"]
    assert raw == before


def test_no_more_points_are_opened_than_allowed(raw):
    free = ask(raw)
    fixed = ask(raw, points=1)
    assert len(free["open_points"]) > 1
    assert len(fixed["open_points"]) == 1
    assert fixed["bound_yuan"] <= free["bound_yuan"] + 1


def test_only_the_first_days_are_used(raw):
    fixed = ask(raw, days=4)
    assert max(row["day"] for row in fixed["crew"]) <= 4
    free = changed_case(raw, Otherwise())
    short = changed_case(raw, Otherwise(days=4))
    assert 0 < short["demand"]["reference_kg"] < free["demand"]["reference_kg"]


def test_all_days_are_the_case_itself(raw):
    whole = changed_case(raw, Otherwise(days=raw["horizon_days"]))
    assert whole["demand"]["reference_kg"] == pytest.approx(raw["demand"]["reference_kg"])
    assert [lot["kg"] for lot in whole["lots"]] == [lot["kg"] for lot in raw["lots"]]


@pytest.mark.parametrize(
    ("otherwise", "field"),
    [({"days": 99}, "days"), ({"points": 0}, "points"), ({"price_yuan": 0.0}, "price")],
)
def test_nonsense_is_refused_with_its_field(raw, otherwise, field):
    with pytest.raises(InvalidInput) as error:
        ask(raw, **otherwise)
    assert error.value.field == field
