"""The checker passes what the engine plans and names each planted fault."""

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.case_generator import generated_case
from postharvest.decisions.planning.checker import check_plan
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.solving import plan_case


def rules(case, plan):
    return {finding.rule for finding in check_plan(case, plan).findings}


def test_an_engine_plan_breaks_no_rule(case, plan):
    report = check_plan(case, plan)
    assert report.ok, report.findings
    assert report.net_income_yuan == pytest.approx(plan["net_income_yuan"], abs=0.01)


@pytest.mark.parametrize(
    "kind", ["village", "packed at once", "nothing online", "very short life", "point limits"]
)
@pytest.mark.parametrize("seed", [11, 12])
def test_plans_of_many_kinds_break_no_rule(kind, seed):
    case = parse_case(generated_case(kind, seed))
    solved = plan_case(case, clear_share=0.0, seed=1, cpu_seconds=0.5)
    assert check_plan(case, plan_to_dict(case, solved, scenarios=100)).findings == []


def test_doing_nothing_earns_nothing_and_is_feasible(case, plan):
    for name in ("harvest", "outlet", "crew", "labour", "pack", "ship", "orders", "open_days"):
        plan[name] = []
    plan |= {"open_points": [], "net_income_yuan": 0.0, "bound_yuan": None, "gap": None}
    plan["goal"] = {"kind": "income"}
    assert check_plan(case, plan).findings == []


def first(name, field, factor=1.0, add=0.0):
    def fault(plan):
        plan[name][0][field] = plan[name][0][field] * factor + add

    return fault


def set_(name, field, value):
    def fault(plan):
        plan[name][0][field] = value

    return fault


def top(field, value):
    def fault(plan):
        plan[field] = value

    return fault


def twice(name):
    def fault(plan):
        plan[name].append(dict(plan[name][0]))

    return fault


def without(name):
    def fault(plan):
        plan[name].pop(0)

    return fault


FAULTS = [
    (first("harvest", "kg", factor=1.5), "packing balance"),
    (first("harvest", "kg", add=1e6), "lot"),
    (set_("harvest", "lot", "nobody"), "unknown id"),
    (set_("harvest", "day", 99), "day or age"),
    (set_("harvest", "kg", -5.0), "negative"),
    (set_("harvest", "kg", float("nan")), "not a number"),
    (twice("harvest"), "twice"),
    (first("outlet", "kg", add=9e5), "outlet"),
    (first("crew", "people", add=0.5), "whole crew"),
    (first("crew", "people", add=500), "stations"),
    (first("crew", "people", factor=0.0), "crew's work"),
    (without("crew"), "least crew"),
    (without("open_days"), "crew at a closed point"),
    (lambda plan: plan["open_points"].clear(), "not set up"),
    (lambda plan: plan["open_points"].append("P99"), "unknown id"),
    (first("labour", "people", add=300), "pool"),
    (without("labour"), "labour balance"),
    (first("pack", "kg", factor=0.5), "packing balance"),
    (without("ship"), "posting balance"),
    (first("ship", "kg", factor=3.0), "posting balance"),
    (set_("ship", "zone", "far"), "freshness"),
    (first("orders", "kg", factor=5.0), "demand"),
    (without("orders"), "posted before ordered"),
    (top("price_reference_yuan", 1.0), "price"),
    (top("price", {}), "price"),
    (top("net_income_yuan", 1.0), "net income"),
    (top("bound_yuan", 0.0), "bound"),
    (top("gap", 0.5), "gap"),
    (top("goal", {"kind": "clear", "clear_share": 1.5}), "goal"),
    (top("case", "another"), "case"),
]


@pytest.mark.parametrize(("fault", "rule"), FAULTS)
def test_a_planted_fault_is_found_for_its_own_reason(case, plan, fault, rule):
    fault(plan)
    assert rule in rules(case, plan)


def test_what_is_no_plan_is_refused(case):
    with pytest.raises(InvalidInput, match="schema"):
        check_plan(case, {"schema": "something/1"})
