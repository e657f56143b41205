"""Scenarios: saved, planned by the worker, changed from the warm plan, followed as bases open."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.planning import base_scenarios, queries
from postharvest.decisions.planning.base_check import disagreements
from postharvest.decisions.planning.base_gather import Wishes, phases_left, question_of
from postharvest.decisions.planning.base_question import to_problem
from postharvest.decisions.planning.base_scenarios import (
    NotReady,
    ScenarioAdopted,
    adopt_scenario,
    ask_scenario,
    document_of,
    perturb_scenario,
    plan_scenario,
    remove_scenario,
    replan_rest,
)
from postharvest.decisions.planning.base_warm import (
    change_cost,
    difference,
    explain_base,
    what_stands,
)
from postharvest.decisions.planning.models import BaseScenario
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions import advance_base, open_base
from postharvest.operations.network.models import County, Prefecture, Province

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SMALL = Wishes(phases=(6, 12))
FUPING, LHASA = "610528", "540102"


@pytest.fixture(autouse=True)
def few_counties(monkeypatch):
    """Three provinces are the whole country: quick to plan."""

    def rows(name):
        whole = shipped_rows(name)
        if name != "counties":
            return whole
        return [row for row in whole if row["code"][:2] in ("45", "54", "61")]

    monkeypatch.setattr(network, "table_rows", rows)


@pytest.fixture
def counties(db):
    Province.objects.bulk_create(
        Province(code=r["code"], name_zh=r["name_zh"], name_en=r["name_en"])
        for r in shipped_rows("provinces")
    )
    Prefecture.objects.bulk_create(
        Prefecture(
            code=r["code"], name_zh=r["name_zh"], name_en=r["name_en"], lat=r["lat"], lon=r["lon"],
            province_id=r["province_code"], population=r["pop_est"], status=r["pop_status"],
            online_demand_weight=r["online_demand_weight"], income_per_head_yuan=30_000,
        )
        for r in shipped_rows("prefectures")
    )  # fmt: skip
    County.objects.bulk_create(
        County(
            code=r["code"], name_zh=r["name_zh"], name_en=r["name_en"], lat=r["lat"], lon=r["lon"],
            prefecture_id=r["prefecture_code"], province_id=r["province_code"],
            coord_source=r["coord_source"], rural_population=r["rural_pop_est"],
            urban_population=r["urban_pop_est"], households=r["households_est"],
            n_villages=r["n_villages"],
        )
        for r in shipped_rows("counties") if r["code"] in (FUPING, LHASA)
    )  # fmt: skip


def a_base(code, county, state="open"):
    return open_base(
        code=code, name_zh=code, name_en=code, county_code=county, state=state, actor=SYSTEM,
        now=NOW,
    )  # fmt: skip


def planned(name="first", wishes=SMALL, parent=None):
    asked = ask_scenario(
        name=name, wishes=wishes, actor=SYSTEM, now=NOW, parent_id=parent and parent.pk
    )
    plan_scenario(scenario_id=asked.pk, now=NOW, runs=0)
    asked.refresh_from_db()
    return asked


def codes(scenario):
    return {base["id"] for base in document_of(scenario)["bases"]}


def test_a_scenario_is_asked_for_and_the_worker_plans_it(counties):
    asked = ask_scenario(name=" Thirds ", wishes=SMALL, actor=SYSTEM, now=NOW)
    with pytest.raises(NotReady):
        document_of(asked)
    assert outbox.drain(now=NOW, limit=1) == 1
    asked.refresh_from_db()
    assert (asked.name, asked.state) == ("Thirds", "ready")
    assert len(codes(asked)) == 12
    assert set(asked.figures["phases"]) == {"6", "12"}
    assert disagreements(document_of(asked), question_of(SMALL, [])) == []


def test_planning_twice_changes_nothing(counties):
    scenario = planned()
    before = bytes(scenario.document)
    plan_scenario(scenario_id=scenario.pk, now=NOW, runs=0)
    scenario.refresh_from_db()
    assert bytes(scenario.document) == before


def test_bases_that_stand_are_in_every_phase_and_closed_ones_in_none(counties):
    a_base("lhasa", LHASA, "agreed")
    closed = a_base("fuping", FUPING)
    advance_base(base_id=closed.pk, state="closed", actor=SYSTEM, now=NOW)
    scenario = planned()
    phases = {base["id"]: base["phase"] for base in document_of(scenario)["bases"]}
    assert phases[LHASA] == 1
    assert FUPING not in phases


def test_pinning_a_county_costs_what_planning_with_it_costs(counties):
    scenario = planned()
    pinned = SMALL.pinned(LHASA, 1)
    cost = change_cost(document_of(scenario), question_of(pinned, []))
    assert LHASA in dict(cost.opened)
    assert cost.extra_share > 0
    kept = planned("with Lhasa", pinned, parent=scenario)
    before = document_of(scenario)["certificate"]["objective"]
    after = document_of(kept)["certificate"]["objective"]
    assert after / before - 1 == pytest.approx(cost.extra_share, abs=1e-9)
    found = difference(document_of(scenario), document_of(kept))
    assert LHASA in found.only_second
    assert found.both + len(found.only_second) == 12
    assert all(after < before for _, before, after in found.nearer)


def test_banning_a_base_is_the_reverse_of_pinning_it(counties):
    scenario = planned()
    some = min(codes(scenario))
    cost = change_cost(document_of(scenario), question_of(SMALL.banned(some), []))
    assert some in dict(cost.dropped)
    assert cost.extra_share >= -1e-6
    again = SMALL.banned(some).pinned(some, 1)
    assert (again.bans, again.pins) == ((), {some: 1})


def test_a_base_is_explained_by_who_gains_and_its_best_substitute(counties):
    scenario = planned()
    document, question = document_of(scenario), question_of(SMALL, [])
    some = min(codes(scenario))
    told = explain_base(document, question, some)
    mine = [r for r in document["allocation"] if r["base"] == some and r["phase"] == 2]
    assert told.served == len(mine)
    assert 0 < told.substitute_loss_hours <= told.loss_hours
    assert told.substitute not in codes(scenario)
    without = what_stands(question, sorted(codes(scenario) - {some}))
    whole = document["metrics"]["12"]["mean_hours"]
    assert without["mean_hours"] - whole == pytest.approx(told.loss_hours, abs=1e-5)
    with pytest.raises(InvalidInput, match="no base in this plan"):
        explain_base(document, question, LHASA)


def test_shares_are_written_once_all_runs_are_in_and_a_run_counts_once(counties):
    scenario = planned()
    for first in (0, 0, 1):
        perturb_scenario(scenario_id=scenario.pk, first_run=first, now=NOW, runs=3, at_once=1)
    scenario.refresh_from_db()
    assert scenario.runs_done == 2
    assert "stability" not in document_of(scenario)
    perturb_scenario(scenario_id=scenario.pk, first_run=2, now=NOW, runs=3, at_once=1)
    scenario.refresh_from_db()
    document = document_of(scenario)
    assert document["stability"]["runs"] == 3
    shares = np.array([base["stability_share"] * 3 for base in document["bases"]])
    assert shares == pytest.approx(shares.round(), abs=1e-3)
    assert shares.max() > 0


def test_one_plan_is_in_force_and_it_is_not_thrown_away(counties):
    first, second = planned(), planned("second")
    adopt_scenario(scenario_id=first.pk, actor=SYSTEM, now=NOW)
    adopt_scenario(scenario_id=second.pk, actor=SYSTEM, now=NOW)
    assert list(BaseScenario.objects.filter(is_adopted=True)) == [second]
    with pytest.raises(ScenarioAdopted):
        remove_scenario(scenario_id=second.pk, actor=SYSTEM, now=NOW)
    remove_scenario(scenario_id=first.pk, actor=SYSTEM, now=NOW)
    assert list(BaseScenario.objects.all()) == [second]


def test_when_a_base_opens_the_rest_is_planned_again(counties, monkeypatch):
    monkeypatch.setattr(base_scenarios, "RUNS", 0)
    scenario = planned()
    adopt_scenario(scenario_id=scenario.pk, actor=SYSTEM, now=NOW)
    a_base("lhasa", LHASA)
    while outbox.drain(now=NOW + timedelta(minutes=1), limit=1):
        made = BaseScenario.objects.filter(parent=scenario, state="ready").first()
        if made:
            break
    in_force = queries.scenario_in_force()
    assert in_force.parent == scenario
    assert in_force.committed == [LHASA]
    assert {b["id"]: b["phase"] for b in document_of(in_force)["bases"]}[LHASA] == 1
    assert replan_rest(now=NOW) is None  # the same bases stand


def test_what_cannot_be_planned_is_refused_before_it_is_saved(counties):
    for wishes, field in (
        (Wishes(phases=(5,), pins={FUPING: 1}, bans=(FUPING,)), "ban"),
        (Wishes(phases=(3, 2)), "phases"),
        (Wishes(phases=(5,), weight="poor"), "poor"),
        (Wishes(phases=(5,), weight="poor", poor={"1": 1.0}), "poor"),
    ):
        with pytest.raises(InvalidInput, match=field):
            ask_scenario(name="x", wishes=wishes, actor=SYSTEM, now=NOW)
    with pytest.raises(InvalidInput, match="name"):
        ask_scenario(name=" ", wishes=SMALL, actor=SYSTEM, now=NOW)
    with pytest.raises(NotAllowed):
        ask_scenario(name="x", wishes=SMALL, actor=Actor(party="b", role=Role.BUYER), now=NOW)
    assert not BaseScenario.objects.exists()


def test_phases_that_are_over_are_left_out():
    assert phases_left((50, 100, 150), 3) == (50, 100, 150)
    assert phases_left((50, 100, 150), 55) == (100, 150)
    with pytest.raises(InvalidInput, match="stand already"):
        phases_left((50, 100, 150), 151)


def test_another_weight_is_another_question():
    people = to_problem(question_of(SMALL, [])).weight
    poor = to_problem(question_of(Wishes(phases=(5,), weight="poor", poor={FUPING: 3.0}), []))
    surplus = to_problem(question_of(Wishes(phases=(5,), weight="surplus", month=10), []))
    assert poor.weight.sum() == 3.0
    assert not np.allclose(surplus.weight / surplus.weight.sum(), people / people.sum())
