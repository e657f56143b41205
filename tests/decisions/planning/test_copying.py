"""A set-up copied to a new place: what goes along, what is flagged, what is never overwritten."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.geo import great_circle_km
from postharvest.decisions.planning import actions as planning
from postharvest.decisions.planning import copying, queries
from postharvest.decisions.planning.gather import rescue_case
from postharvest.decisions.planning.models import Figure
from postharvest.interfaces.world.place import STORIES, report_of, set_up
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest.actions.produce import load_produce
from postharvest.operations.harvest.actions.surpluses import report_surplus
from postharvest.operations.network import actions as network
from postharvest.operations.network import base_queries, roll_out
from postharvest.operations.packing import queries as packing

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 18, 8, tzinfo=UTC)
START = date(2026, 10, 20)
PLANNER = Actor(party="planner:1", role=Role.PLANNER)


@pytest.fixture
def fuping(db):
    network.load_shipped_tables(now=NOW)
    load_produce()
    return set_up(STORIES["fuping"], start=START, now=NOW)


def opened(county, name_zh, name_en):
    """A base in a county, and its post office."""
    base = network.open_base(
        code=f"{county}-B1", name_zh=f"{name_zh}基地", name_en=f"{name_en} base",
        county_code=county, actor=SYSTEM, now=NOW,
    )  # fmt: skip
    return network.open_branch(
        base_id=base.pk, code=f"{county}00", name_zh=f"{name_zh}邮政",
        name_en=f"{name_en} post office", actor=SYSTEM, now=NOW,
    )  # fmt: skip


@pytest.fixture
def dali(fuping):
    return opened("610523", "大荔", "Dali")


def copied(fuping, dali, **given):
    wanted = {
        "from_base_id": fuping.base_id, "branch_id": dali.pk,
        "produce_ids": ["persimmon_soft"], "actor": PLANNER, "now": NOW,
    }  # fmt: skip
    return copying.copy_set_up(**{**wanted, **given})


def km_from(seat, row):
    return great_circle_km(lat1=seat.lat, lon1=seat.lon, lat2=row.lat, lon2=row.lon)


def test_what_is_the_places_own_is_flagged_and_nobody_is_named(fuping, dali):
    flags = copied(fuping, dali)
    assert {row.what for row in flags} == {
        "points", "labour", "wages", "lanes", "hub", "demand",
    }  # fmt: skip
    old, new = packing.points_of_base(fuping.base_id), packing.points_of_base(dali.base_id)
    assert [p.stations for p in new] == [p.stations for p in old]
    assert {p.status for p in new} == {"copied"}
    seat = fuping_seat(fuping)
    for was, now in zip(old, new, strict=True):
        assert km_from(dali, now) == pytest.approx(km_from(seat, was), rel=0.01)
    assert len(packing.pools_of_base(dali.base_id)) == len(packing.pools_of_base(fuping.base_id))
    assert not packing.packers_of_base(dali.base_id).exists()
    assert len(campaigns.packs_of(dali.base_id, "persimmon_soft")) > 0
    assert not Figure.objects.filter(base_id=dali.base_id, field="demand.zone_shares").exists()


def fuping_seat(fuping):
    return base_queries.base(fuping.base_id)


def test_every_plan_names_what_was_copied_until_it_is_estimated(fuping, dali):
    copied(fuping, dali)
    surplus = reported_at(fuping, dali)
    _case, assumptions = rescue_case(surplus.pk, now=NOW)
    assert {"copied.points", "copied.wages"} <= {one["field"] for one in assumptions}
    for flag in queries.copied_figures(""):
        copying.mark_estimated(copied_id=flag.pk, actor=PLANNER, now=NOW)
    _case, assumptions = rescue_case(surplus.pk, now=NOW)
    assert not [one for one in assumptions if one["field"].startswith("copied.")]


def reported_at(fuping, branch):
    report = report_of(fuping, now=NOW)
    parts = [replace(part, grower_ids=()) for part in report.parts]
    moved = replace(report, key=uuid4(), branch_id=branch.pk, parts=parts)
    return report_surplus(report=moved, actor=SYSTEM, now=NOW + timedelta(hours=1))


def test_nothing_of_the_new_places_own_is_overwritten(fuping, dali):
    copied(fuping, dali)
    with pytest.raises(copying.HasSetUp):
        copied(fuping, dali)


def test_a_copy_that_can_not_be_is_refused_and_leaves_nothing(fuping, dali):
    with pytest.raises(InvalidInput, match="produce"):
        copied(fuping, dali, produce_ids=["apple_fuji"])
    with pytest.raises(InvalidInput, match="branch"):
        copied(fuping, dali, branch_id=fuping.branch_id)
    with pytest.raises(copying.NothingToCopy):
        copied(
            fuping,
            dali,
            from_base_id=dali.base_id,
            branch_id=opened("610526", "蒲城", "Pucheng").pk,
            produce_ids=[],
        )
    with pytest.raises(NotAllowed):
        copied(fuping, dali, actor=Actor(party="p", role=Role.PLANNER, scope="45"))
    assert packing.points_of_base(dali.base_id) == []
    assert not queries.copied_figures("").exists()


def test_a_sale_opens_only_where_the_programme_runs(fuping, dali):
    """Fuping lies in the pilot; its prefecture switched off, its plan can't be approved."""
    surplus = report_surplus(report=report_of(fuping, now=NOW), actor=fuping.agent, now=NOW)
    plan = planning.propose_rescue(surplus_id=surplus.pk, actor=fuping.desk, now=NOW)
    network.switch_region(code="610500", on=False, actor=PLANNER, now=NOW)
    with pytest.raises(roll_out.NotSwitchedOn):
        planning.approve_plan(plan_id=plan.pk, actor=fuping.desk, now=NOW)
    network.switch_region(code="610500", on=True, actor=PLANNER, now=NOW)
    assert planning.approve_plan(plan_id=plan.pk, actor=fuping.desk, now=NOW).state == "open"
