"""News opens a proposal for the days to come: what changes, why, and what it is worth."""

from datetime import timedelta

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.core.outbox.models import Delivery
from postharvest.decisions.planning import queries as plans
from postharvest.decisions.planning.proposing import (
    CAPACITY,
    PEOPLE,
    propose_because,
    propose_if_capacity_differs,
)
from postharvest.decisions.planning.redeciding import carry_out, propose_redecision
from postharvest.operations.network.actions import days as network_days
from postharvest.operations.network.actions.days import DayCapacity
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions import places
from postharvest.operations.packing.actions.lost_points import lose_point
from postharvest.operations.packing.actions.places import PointEntry

pytestmark = pytest.mark.django_db


def test_a_proposal_says_what_changes_why_and_what_it_is_worth(sale, as_):
    now = time.now()
    found = propose_because(sale_id=sale.pk, reason=PEOPLE, now=now)
    assert found.reasons == [PEOPLE]
    figures = found.figures
    assert figures["gain_yuan"] is None or figures["gain_yuan"] >= 0
    assert figures["demand_low"] < figures["demand_level"] < figures["demand_high"]
    assert figures["expected_rest_yuan"] > 0
    assert set(figures["people"]) >= {
        s.day.isoformat()
        for s in packing.shifts_of(sale.pk)
        if s.day > time.local_day(now) and s.planned_people
    }
    page = as_("desk").get(f"/desk/sales/{sale.pk}/again/").content.decode()
    assert "Too few packers came." in page


def test_the_same_news_twice_on_a_day_is_one_proposal(sale):
    now = time.now()
    first = propose_because(sale_id=sale.pk, reason=PEOPLE, now=now)
    assert propose_because(sale_id=sale.pk, reason=PEOPLE, now=now) is None
    other = propose_because(sale_id=sale.pk, reason="capacity", now=now)
    assert other.pk == first.pk
    assert other.reasons == [PEOPLE, "capacity"]


def test_a_post_office_that_takes_nothing_is_heard_and_planned_around(sale):
    now = time.now()
    closed = time.local_day(now) + timedelta(days=2)
    network_days.set_hub_days(
        base_id=sale.base_id,
        capacities=[DayCapacity(owner_id=sale.branch_id, day=closed, capacity_parcels=0)],
        actor=SYSTEM, now=now,
    )  # fmt: skip
    assert Delivery.objects.filter(reaction="planning.capacity_changed").exists()
    assert propose_if_capacity_differs(sale_id=sale.pk, now=now).reasons == [CAPACITY]
    found = propose_redecision(sale_id=sale.pk, now=now)
    called = {one.day: one.people for one in found.shifts if one.people}
    assert called.get(closed, 0) == 0
    assert sum(called.values()) > 0


def test_proposing_writes_nothing_but_the_proposal(sale):
    now = time.now()
    before = list(packing.shifts_of(sale.pk).values("point_id", "day", "planned_people"))
    propose_because(sale_id=sale.pk, reason=PEOPLE, now=now)
    assert list(packing.shifts_of(sale.pk).values("point_id", "day", "planned_people")) == before
    assert plans.latest_replan(sale.pk).day == time.local_day(now)


def test_opening_a_sale_is_no_news_of_capacity(sale):
    assert propose_if_capacity_differs(sale_id=sale.pk, now=time.now()) is None
    assert plans.latest_replan(sale.pk) is None


def test_a_lost_point_stays_closed_on_the_days_to_come(sale):
    """Its packers are called off and others pack, until somebody works there again."""
    now = time.now()
    point = packing.points_of_base(sale.base_id)[0]
    places.register_points(
        base_id=sale.base_id, actor=SYSTEM, now=now,
        entries=[
            PointEntry(
                code="spare", name="the school", branch_id=sale.branch_id, lat=point.lat,
                lon=point.lon, stations=20, min_crew=2, setup_fen=0, day_fen=0, haul_fen_per_t=0,
            )
        ],
    )  # fmt: skip
    shift = packing.shifts_of(sale.pk).order_by("day").first()
    now += shift.day - time.local_day(now)
    lose_point(shift_id=shift.pk, reason="the roof fell in", actor=SYSTEM, now=now)
    assert packing.lost_points(sale.pk) == {point.pk}
    found = propose_redecision(sale_id=sale.pk, now=now)
    here = {one.day: one.people for one in found.shifts if one.point_id == point.pk}
    assert here
    assert set(here.values()) == {0}
    carry_out(redecision=found, actor=SYSTEM, now=now)
    to_come = packing.shifts_of(sale.pk).filter(day__gt=time.local_day(now), point=point)
    assert {one.planned_people for one in to_come} == {0}
    to_come.filter(pk=to_come[0].pk).update(state="running")
    assert packing.lost_points(sale.pk) == set()
