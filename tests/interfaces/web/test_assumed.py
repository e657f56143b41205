"""Every number a plan stands on: what it is, where it comes from and how old it is."""

import re
from datetime import timedelta

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning import queries as plans
from postharvest.decisions.planning.actions import set_figures
from postharvest.decisions.planning.assumed import Assumptions
from postharvest.decisions.planning.gather import SHIFT_CHANGE, rescue_case
from postharvest.decisions.planning.redeciding import propose_redecision

pytestmark = pytest.mark.django_db


def test_every_assumption_has_a_source_and_an_age(apples):
    _, assumptions = rescue_case(apples.pk, now=time.now())
    assert len(assumptions) > 10
    for one in assumptions:
        assert one["source"], one
        assert re.fullmatch(r"(19|20)\d\d(-\d\d){0,2}", one["as_of"]), one


def test_the_page_shows_source_and_age_in_the_readers_language(as_, apples):
    plan_url = as_("desk").post(f"/desk/reports/{apples.pk}/plan/")["Location"]
    english = as_("desk").get(plan_url).content.decode()
    chinese = as_("desk", language="zh-hans").get(plan_url).content.decode()
    assert "As of" in english
    assert "house rule" in english
    assert "2026-11" in english
    assert "本社规则" in chinese
    assert "house rule" not in chinese


def test_a_figure_that_nobody_knows_is_named():
    with pytest.raises(InvalidInput, match="planning_defaults"):
        Assumptions({}, {}).number("attendance")


def test_the_price_of_a_changed_shift_stands_on_the_plan(sale):
    plan = plans.approved_plan(sale.surplus_id)
    stated = {one["field"]: one for one in plan.assumptions}["policy.shift_change"]
    assert stated["value"] == plan.case["policy"][SHIFT_CHANGE] == 5.0
    assert stated["source_zh"]


def test_where_a_changed_shift_costs_more_fewer_are_called_off(sale):
    """Hardly any buyers: tomorrow's packers are called off, unless that costs more than they do."""
    plan = plans.approved_plan(sale.surplus_id)
    plan.case["demand"]["reference_kg"] *= 0.02
    evening = time.now() + timedelta(days=1)
    called_off = []
    for price in (0.0, 500.0):
        plan.case["policy"][SHIFT_CHANGE] = price
        plan.save()
        found = propose_redecision(sale_id=sale.pk, now=evening)
        tomorrow = (time.local_day(evening) + timedelta(days=1)).isoformat()
        called_off.append(found.people_before[tomorrow] - found.people.get(tomorrow, 0))
    assert called_off[0] > called_off[1] == 0


def test_the_branchs_own_price_of_a_changed_shift_comes_first(apples):
    now = time.now()
    set_figures(
        base_id=apples.base_id,
        figures={"policy.shift_change": 12.5},
        source="our book",
        actor=SYSTEM,
        now=now,
    )
    case, assumptions = rescue_case(apples.pk, now=now)
    assert case["policy"][SHIFT_CHANGE] == 12.5
    stated = {one["field"]: one for one in assumptions}["policy.shift_change"]
    assert (stated["source"], stated["as_of"]) == ("our book", now.date().isoformat())
