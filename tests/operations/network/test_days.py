"""A day's capacity is spent whole or not at all, and never twice."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests.operations.network.conftest import NOW

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.guard import CapacityGone
from postharvest.core.outbox.models import Event
from postharvest.operations.network import actions, queries
from postharvest.operations.network.actions import DayCapacity
from postharvest.operations.network.models import HubDay, LaneDay

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = date(2026, 11, 30), date(2026, 12, 1)


@pytest.fixture
def lane_days(lanes, base):
    capacities = [
        DayCapacity(owner_id=lane.pk, day=day, capacity_parcels=100)
        for lane in lanes[:2]
        for day in (MONDAY, TUESDAY)
    ]
    actions.set_lane_days(base_id=base.pk, capacities=capacities, actor=SYSTEM, now=NOW)
    return [lane.pk for lane in lanes[:2]]


@pytest.fixture
def hub_day(base, branch):
    capacity = DayCapacity(owner_id=branch.pk, day=MONDAY, capacity_parcels=50)
    actions.set_hub_days(base_id=base.pk, capacities=[capacity], actor=SYSTEM, now=NOW)
    return branch.pk


def reserved():
    return dict(LaneDay.objects.order_by("id").values_list("id", "reserved_parcels"))


def test_capacities_are_set_with_their_base_and_are_news(lane_days, base):
    assert LaneDay.objects.filter(base=base, capacity_parcels=100).count() == 4
    body = Event.objects.get(kind="network.capacity_changed").body
    assert body == {"base_id": base.pk, "days": ["2026-11-30", "2026-12-01"]}


def test_a_batch_is_taken_off_and_given_back(lane_days, base):
    near, far = lane_days
    parcels = {(near, MONDAY): 30, (far, TUESDAY): 100}
    actions.reserve_lane_days(base_id=base.pk, parcels=parcels)
    assert sorted(reserved().values()) == [0, 0, 30, 100]
    actions.release_lane_days(base_id=base.pk, parcels=parcels)
    assert set(reserved().values()) == {0}


def test_one_full_day_refuses_the_whole_batch_and_is_named(lane_days, base):
    near, far = lane_days
    actions.reserve_lane_days(base_id=base.pk, parcels={(far, TUESDAY): 98})
    before = reserved()
    with pytest.raises(actions.NoCapacityLeft) as refusal:
        actions.reserve_lane_days(base_id=base.pk, parcels={(near, MONDAY): 5, (far, TUESDAY): 3})
    assert refusal.value.facts == {"lane_id": far, "day": "2026-12-01", "left_parcels": 2}
    assert reserved() == before


def test_a_day_without_a_row_takes_nothing(lane_days, base):
    with pytest.raises(actions.NoCapacityLeft):
        actions.reserve_lane_days(base_id=base.pk, parcels={(lane_days[0], date(2027, 1, 1)): 1})


def test_another_base_cannot_spend_it(lane_days, base):
    with pytest.raises(actions.NoCapacityLeft):
        actions.reserve_lane_days(base_id=base.pk + 1, parcels={(lane_days[0], MONDAY): 1})


@pytest.mark.parametrize("parcels", [0, -3])
def test_nothing_or_less_is_no_reservation(lane_days, base, parcels):
    with pytest.raises(ValueError, match="no reservation"):
        actions.reserve_lane_days(base_id=base.pk, parcels={(lane_days[0], MONDAY): parcels})
    assert set(reserved().values()) == {0}


def test_more_than_was_taken_cannot_be_given_back(lane_days, base):
    actions.reserve_lane_days(base_id=base.pk, parcels={(lane_days[0], MONDAY): 2})
    with pytest.raises(CapacityGone):
        actions.release_lane_days(base_id=base.pk, parcels={(lane_days[0], MONDAY): 3})
    assert sorted(reserved().values()) == [0, 0, 0, 2]


def test_a_post_offices_day_is_spent_the_same_way(hub_day, base):
    actions.reserve_hub_days(base_id=base.pk, parcels={(hub_day, MONDAY): 50})
    with pytest.raises(actions.NoCapacityLeft):
        actions.reserve_hub_days(base_id=base.pk, parcels={(hub_day, MONDAY): 1})
    actions.release_hub_days(base_id=base.pk, parcels={(hub_day, MONDAY): 20})
    assert HubDay.objects.get().reserved_parcels == 30


def test_capacity_may_grow_and_shrink_but_not_below_what_is_promised(lane_days, base):
    actions.reserve_lane_days(base_id=base.pk, parcels={(lane_days[0], MONDAY): 40})
    change = DayCapacity(owner_id=lane_days[0], day=MONDAY, capacity_parcels=40)
    actions.set_lane_days(base_id=base.pk, capacities=[change], actor=SYSTEM, now=NOW)
    less = DayCapacity(owner_id=lane_days[0], day=MONDAY, capacity_parcels=39)
    with pytest.raises(actions.CapacityBelowReserved):
        actions.set_lane_days(base_id=base.pk, capacities=[less], actor=SYSTEM, now=NOW)
    row = LaneDay.objects.get(lane=lane_days[0], day=MONDAY)
    assert (row.capacity_parcels, row.reserved_parcels) == (40, 40)


def test_bad_capacities_are_refused_naming_the_field(lanes, base, branch):
    lane = lanes[0].pk
    good = DayCapacity(owner_id=lane, day=MONDAY, capacity_parcels=5)
    negative = DayCapacity(owner_id=lane, day=MONDAY, capacity_parcels=-1)
    stranger = DayCapacity(owner_id=10**6, day=MONDAY, capacity_parcels=5)
    for capacities in ([negative], [good, good], [stranger]):
        with pytest.raises(InvalidInput):
            actions.set_lane_days(base_id=base.pk, capacities=capacities, actor=SYSTEM, now=NOW)
    elsewhere = Actor(party="desk", role=Role.DESK, scope="45")
    with pytest.raises(NotAllowed):
        actions.set_lane_days(base_id=base.pk, capacities=[good], actor=elsewhere, now=NOW)
    assert not LaneDay.objects.exists()


@pytest.mark.parametrize("model", [LaneDay, HubDay])
def test_the_database_itself_refuses_more_than_a_day_takes(lane_days, hub_day, model):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(reserved_parcels=1_000)


def test_locked_days_come_by_id_and_only_those_asked_for(lane_days, base, hub_day):
    rows = queries.lane_days_locked(base.pk, lane_days, [MONDAY])
    assert [(row.lane_id, row.day) for row in rows] == [(pk, MONDAY) for pk in lane_days]
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)
    assert [row.branch_id for row in queries.hub_days_locked(base.pk, [hub_day], [MONDAY])] == [
        hub_day
    ]
    assert queries.lane_days_locked(base.pk + 1, lane_days, [MONDAY]) == []
