"""A bulk buyer is an outlet with a least order, freight and loading: optional, exact, checked."""

import copy

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.decisions.planning.checker import check_plan
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.rescue_page import plan_page
from postharvest.decisions.planning.rescue_text import page_text
from postharvest.decisions.planning.solving import plan_case
from postharvest.engines.rescue.closed_loop import closed_loop
from postharvest.engines.rescue.risk import RiskParams

LEAST_KG, MOST_KG = 2000.0, 3000.0


def with_bulk(price, **fields):
    raw = generated_case("four villages", 5)
    raw["outlets"].append(
        {
            "id": "canteens",
            "name": "canteens of the county",
            "kind": "bulk",
            "yuan_per_kg": price,
            "kg_per_day": MOST_KG,
            "min_order_kg": LEAST_KG,
            "freight_yuan_per_kg": 0.3,
            "labour_yuan_per_kg": 0.1,
            **fields,
        }
    )
    return raw


def planned(raw):
    case = parse_case(raw)
    plan = plan_case(case, clear_share=0.0, seed=1, cpu_seconds=0.8)
    return case, plan, plan_to_dict(case, plan, scenarios=100)


def bulk_by_day(plan):
    kg = {}
    for row in plan["outlet"]:
        if row["outlet"] == "canteens":
            kg[row["day"]] = kg.get(row["day"], 0.0) + row["kg"]
    return kg


@pytest.fixture(scope="module")
def dear():
    return planned(with_bulk(6.0))


def test_a_good_price_takes_bulk_on_days_of_at_least_the_least_order(dear):
    case, plan, written = dear
    kg = bulk_by_day(written)
    assert kg
    assert min(kg.values()) >= LEAST_KG - 0.02
    assert max(kg.values()) <= MOST_KG + 0.02
    assert check_plan(case, written).findings == []
    assert plan.gap < 0.02


def test_freight_and_loading_are_costs_of_their_own(dear):
    _, _, written = dear
    kg = sum(bulk_by_day(written).values())
    assert written["items_yuan"]["bulk_freight"] == pytest.approx(-0.3 * kg, abs=0.01)
    assert written["items_yuan"]["bulk_labour"] == pytest.approx(-0.1 * kg, abs=0.01)


def test_the_page_names_the_bulk_buyer_in_both_languages(dear):
    case, _, written = dear
    assert "canteens of the county takes" in page_text(plan_page(case, [written], lang="en"))
    assert "大宗卖给 canteens" in page_text(plan_page(case, [written], lang="zh"))


def test_a_price_below_freight_and_harvest_sells_nothing_in_bulk():
    _, plan, written = planned(with_bulk(0.5))
    assert bulk_by_day(written) == {}
    assert plan.net_income_yuan > 0


def test_without_the_least_order_the_plan_earns_at_least_as_much(dear):
    _, bound, _ = dear
    _, free, _ = planned(with_bulk(6.0, min_order_kg=0))
    assert free.certificate.bound_yuan >= bound.net_income_yuan - 1e-6


def test_the_checker_sees_a_delivery_below_the_least_order(dear):
    case, _, written = dear
    broken = copy.deepcopy(written)
    day = min(bulk_by_day(written))
    for row in broken["outlet"]:
        if row["outlet"] == "canteens" and row["day"] == day:
            row["kg"] *= 0.5
    assert "least order" in {finding.rule for finding in check_plan(case, broken).findings}


def test_a_least_order_above_what_is_taken_is_refused():
    with pytest.raises(InvalidInput, match="min_order_kg"):
        parse_case(with_bulk(6.0, min_order_kg=MOST_KG + 1))


def test_bulk_is_kept_when_the_sale_is_decided_again(dear):
    case, plan, _ = dear
    result = closed_loop(case.problem, plan, RiskParams(), seed=1, worlds=3)
    assert (result.redecided_yuan > 0).all()
