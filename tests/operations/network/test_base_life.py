"""A base's life: its steps are kept, it serves counties alone, its contracts make its months."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.operations.network.conftest import NOW

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.errors import InvalidInput
from postharvest.operations.network import actions, base_queries
from postharvest.operations.network.models import Base, BaseStep, CatchmentCounty, Supplier

pytestmark = pytest.mark.django_db

CONTRACT = actions.Contract(
    contract_no="FP-1", name="Doucun co-operative", village="窦村", produce_id="persimmon_soft",
    yearly_g=100_000_000, first_month=10, last_month=12, floor_fen_per_kg=120,
    signed_on=date(2026, 3, 1), ends_on=date(2028, 2, 28),
)  # fmt: skip


def other_base(code="dali", county="610523"):
    return actions.open_base(
        code=code, name_zh=code, name_en=code, county_code=county, state="candidate",
        actor=SYSTEM, now=NOW,
    )  # fmt: skip


def test_the_steps_of_a_life_are_kept_in_order(base):
    candidate = other_base()
    for day, state in enumerate(("agreed", "fitted_out", "open", "closed"), start=1):
        actions.advance_base(
            base_id=candidate.pk, state=state, actor=SYSTEM, now=NOW + timedelta(days=day)
        )
    states = [step.state for step in base_queries.steps(candidate.pk)]
    assert states == ["candidate", "agreed", "fitted_out", "open", "closed"]
    assert base_queries.opened_at([candidate.pk]) == {
        candidate.pk: (NOW + timedelta(days=3)).date()
    }


def test_a_refused_move_leaves_no_step(base):
    with pytest.raises(actions.IllegalMove):
        actions.advance_base(base_id=base.pk, state="agreed", actor=SYSTEM, now=NOW)
    assert BaseStep.objects.filter(base=base).count() == 1


def test_no_county_is_served_by_two_bases(base):
    rival = other_base()
    actions.set_catchment(base_id=base.pk, county_codes=["610528", "610502"], actor=SYSTEM, now=NOW)
    with pytest.raises(actions.CountyTaken):
        actions.set_catchment(base_id=rival.pk, county_codes=["610502"], actor=SYSTEM, now=NOW)
    actions.set_catchment(base_id=base.pk, county_codes=["610528"], actor=SYSTEM, now=NOW)
    actions.set_catchment(base_id=rival.pk, county_codes=["610502"], actor=SYSTEM, now=NOW)
    assert [c.code for c in base_queries.catchment(rival.pk)] == ["610502"]
    assert AuditEntry.objects.filter(action="network.set_catchment").count() == 3


def test_a_closed_base_gives_up_its_counties_and_takes_on_nothing(base):
    actions.set_catchment(base_id=base.pk, county_codes=["610528"], actor=SYSTEM, now=NOW)
    actions.advance_base(base_id=base.pk, state="closed", actor=SYSTEM, now=NOW)
    assert not CatchmentCounty.objects.exists()
    with pytest.raises(actions.BaseIsClosed):
        actions.sign_supplier(base_id=base.pk, contract=CONTRACT, actor=SYSTEM, now=NOW)
    assert base_queries.given_up_counties() == {"610528"}


def test_contracts_in_force_make_the_months_and_lose_no_gram(base):
    actions.sign_supplier(base_id=base.pk, contract=CONTRACT, actor=SYSTEM, now=NOW)
    over_new_year = replace(CONTRACT, contract_no="FP-2", yearly_g=10, first_month=12, last_month=2)
    actions.sign_supplier(base_id=base.pk, contract=over_new_year, actor=SYSTEM, now=NOW)
    months = base_queries.produce_by_month(base.pk, on=date(2026, 11, 1))
    assert sum(row.promised_g for row in months) == 100_000_010
    assert [row.month for row in months] == [1, 2, 10, 11, 12]
    assert base_queries.produce_by_month(base.pk, on=date(2029, 1, 1)) == []


def test_an_ended_contract_promises_nothing_more(base):
    supplier = actions.sign_supplier(base_id=base.pk, contract=CONTRACT, actor=SYSTEM, now=NOW)
    actions.end_supplier(supplier_id=supplier.pk, ends_on=date(2026, 12, 31), actor=SYSTEM, now=NOW)
    assert base_queries.produce_by_month(base.pk, on=date(2027, 1, 1)) == []
    with pytest.raises(InvalidInput, match="before the contract began"):
        actions.end_supplier(
            supplier_id=supplier.pk, ends_on=date(2020, 1, 1), actor=SYSTEM, now=NOW
        )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"first_month": 0}, "first_month"),
        ({"last_month": 13}, "last_month"),
        ({"yearly_g": 0}, "yearly_g"),
        ({"village": " "}, "village"),
        ({"ends_on": date(2020, 1, 1)}, "ends_on"),
        ({"floor_fen_per_kg": -1}, "floor_fen_per_kg"),
    ],
)
def test_a_contract_that_cannot_be_is_refused_and_not_written(base, change, refusal):
    with pytest.raises(InvalidInput, match=refusal):
        actions.sign_supplier(
            base_id=base.pk, contract=replace(CONTRACT, **change), actor=SYSTEM, now=NOW
        )
    assert not Supplier.objects.exists()


def test_a_contract_number_is_used_once(base):
    actions.sign_supplier(base_id=base.pk, contract=CONTRACT, actor=SYSTEM, now=NOW)
    with pytest.raises(actions.ContractExists):
        actions.sign_supplier(base_id=base.pk, contract=CONTRACT, actor=SYSTEM, now=NOW)


def test_fitting_and_year_are_entered_and_corrected(base):
    actions.fit_out(
        base_id=base.pk, fitting=actions.Fitting(cold_room_g=5_000_000), actor=SYSTEM, now=NOW
    )
    for spent in (None, 90_000):
        actions.plan_year(
            base_id=base.pk, year=2026, planned_g=7, budget_fen=100_000, spent_fen=spent,
            actor=SYSTEM, now=NOW,
        )  # fmt: skip
    assert base_queries.fitting(base.pk).cold_room_g == 5_000_000
    assert [(y.year, y.spent_fen) for y in base_queries.years(base.pk)] == [(2026, 90_000)]
    with pytest.raises(InvalidInput, match="year"):
        actions.plan_year(
            base_id=base.pk, year=26, planned_g=0, budget_fen=0, actor=SYSTEM, now=NOW
        )
    with pytest.raises(InvalidInput, match="cold_room_g"):
        actions.fit_out(
            base_id=base.pk, fitting=actions.Fitting(cold_room_g=-1), actor=SYSTEM, now=NOW
        )


def test_only_who_plans_for_the_county_may_change_a_base(base):
    stranger = Actor(party="p", role=Role.PLANNER, scope="45")
    with pytest.raises(NotAllowed):
        actions.set_catchment(base_id=base.pk, county_codes=[], actor=stranger, now=NOW)


def test_lanes_are_laid_only_from_a_base_that_is_fitted_out_or_open(base, branch):
    lane = {
        "branch_id": branch.pk, "zone": "near", "name_zh": "近", "name_en": "near",
        "transit_pmf": [1.0], "postage_fen": {4500: 500}, "prefecture_codes": ["610500"],
        "actor": SYSTEM, "now": NOW,
    }  # fmt: skip
    for state in ("candidate", "agreed", "closed"):
        Base.objects.filter(pk=base.pk).update(state=state)
        with pytest.raises(InvalidInput, match=f"is {state}"):
            actions.set_lane(**lane)
    Base.objects.filter(pk=base.pk).update(state="fitted_out")
    assert actions.set_lane(**lane).zone == "near"
