"""Arrival windows from rows: given when a parcel is accepted, given anew, and held to account."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import transaction

from postharvest.core.outbox.log import drain_all, record
from postharvest.core.vault.models import Contact
from postharvest.decisions.arrivals import actions, gather, memory, queries
from postharvest.decisions.arrivals.models import EtaWindow
from postharvest.operations.campaigns.models import Channel, Listing, Sale
from postharvest.operations.harvest.models import (
    Grower,
    Lot,
    Offer,
    Produce,
    Surplus,
    SurplusPart,
)
from postharvest.operations.network.models import (
    Base,
    Branch,
    CalendarDay,
    County,
    Lane,
    Province,
)
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Box, LabourPool, Packer, Point, Shift
from postharvest.operations.parcels.events import ParcelsPosted
from postharvest.operations.parcels.models import Despatch, Parcel

START = datetime(2026, 9, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def made(model: Any, **given: Any) -> Any:
    """Add a row; what a test does not care about gets some value that the column takes."""
    for field in model._meta.concrete_fields:
        known = {field.name, field.attname} & given.keys()
        if known or field.has_default() or field.null or field.primary_key or field.is_relation:
            continue
        given[field.name] = {
            "CharField": "x",
            "TextField": "",
            "FloatField": 1.0,
            "JSONField": [],
            "DateField": date(2026, 9, 1),
            "DateTimeField": START,
            "BooleanField": True,
            "BinaryField": b"",
            "UUIDField": "00000000-0000-4000-8000-000000000000",
        }.get(field.get_internal_type(), 1)
    return model.objects.create(**given)


class Yard:
    """A base with two lanes of 40 and 70 hours, and boxes to post."""

    def __init__(self) -> None:
        province = made(Province, code="610000")
        county = made(County, code="610528", province=province)
        self.base = made(Base, county=county)
        branch = made(Branch, base=self.base, county=county)
        pmf = [0.1, 0.4, 0.4, 0.1]
        self.lanes = [
            made(Lane, base=self.base, origin=branch, zone=zone, transit_pmf=pmf)
            for zone in ("near", "far")
        ]
        produce = made(Produce, id="persimmon")
        surplus = made(Surplus, base=self.base, branch=branch, county=county, produce=produce)
        part = made(SurplusPart, surplus=surplus)
        sale = made(
            Sale, base=self.base, branch=branch, surplus=surplus, capacity_g=9_000, state="open"
        )
        listing = made(
            Listing,
            channel=made(Channel, base=self.base, kind="shop"),
            base=self.base,
            sale=sale,
            team_fen=1,
            solo_fen=2,
        )
        grower = made(Grower, base=self.base, county=county, kind="household")
        offer = made(Offer, part=part, grower=grower)
        lot = made(Lot, base=self.base, offer=offer, grower=grower)
        point = made(Point, base=self.base, branch=branch)
        packer = made(Packer, base=self.base, pool=made(LabourPool, base=self.base))
        shift = made(Shift, base=self.base, sale=sale, point=point, state="closed")
        order = made(
            Order,
            base=self.base,
            sale=sale,
            listing=listing,
            lane=self.lanes[0],
            contact=made(Contact),
            payment="online",
            state="packed",
            wants_team=False,
        )
        self.box = {
            "base": self.base,
            "shift": shift,
            "listing": listing,
            "order": order,
            "lot": lot,
            "packer": packer,
            "net_g": 4500,
            "packed_at": START,
        }
        self.order = order
        self.posted = 0

    def post(self, lane: int, accepted_at: datetime) -> Parcel:
        self.posted += 1
        box = Box.objects.create(number=self.posted, **self.box)
        return made(  # type: ignore[no-any-return]
            Parcel,
            base=self.base,
            number=f"P{self.posted}",
            box=box,
            order=self.order,
            lane=self.lanes[lane],
            accepted_at=accepted_at,
            status="accepted",
            delivered_at=None,
        )


@pytest.fixture
def yard(db: None) -> Yard:
    return Yard()


def deliver_what_is_due(due: dict[int, datetime], now: datetime) -> None:
    for parcel, at in list(due.items()):
        if at <= now:
            Parcel.objects.filter(pk=parcel).update(delivered_at=at, status="delivered")
            del due[parcel]


def test_windows_learn_the_lanes_and_keep_their_word(yard: Yard) -> None:
    chance = np.random.default_rng(3)
    due: dict[int, datetime] = {}
    for day in range(24):
        now = START + day * DAY
        deliver_what_is_due(due, now)
        for lane, median in ((0, 40.0), (1, 70.0)):
            for _ in range(5):
                parcel = yard.post(lane, now)
                hours = median * np.exp(chance.normal(0, 0.15))
                due[parcel.pk] = now + timedelta(hours=float(hours))
        actions.learn_lanes(base_id=yard.base.pk, now=now)
        actions.issue_windows(base_id=yard.base.pk, now=now)
    end = START + 40 * DAY
    deliver_what_is_due(due, end)
    error = queries.window_error(base_id=yard.base.pk, since=START + 7 * DAY)
    assert error is not None
    assert error.parcels == 17 * 10
    assert 0.70 <= error.covered_share <= 0.92
    assert error.mean_absolute_error_hours < 10
    limits = queries.lane_p95(base_id=yard.base.pk, now=end)
    near, far = (limits[lane.pk] / timedelta(hours=1) for lane in yard.lanes)
    assert 40 < near < 65 < far < 110


def test_a_parcel_gets_a_new_window_when_the_middle_has_passed_and_all_are_kept(yard: Yard) -> None:
    parcel = yard.post(0, START)
    for hours in (1, 2, 20, 26, 51, 52):
        actions.issue_windows(base_id=yard.base.pk, now=START + timedelta(hours=hours))
    told = queries.windows_of(parcel.pk)
    assert [window.is_first for window in told] == [False, True]
    assert told[0].earliest_at >= START + timedelta(hours=51)
    assert told[0].latest_at > told[-1].latest_at
    parcel.refresh_from_db()
    assert parcel.eta_latest == gather.local_day(told[0].latest_at)


def test_a_despatch_gives_its_parcels_their_first_windows(yard: Yard) -> None:
    branch = yard.lanes[0].origin
    despatch = made(Despatch, base=yard.base, branch=branch, lane=yard.lanes[0], closed_at=START)
    mine, other = yard.post(0, START), yard.post(0, START)
    Parcel.objects.filter(pk=mine.pk).update(despatch=despatch, accepted_at=None)
    with transaction.atomic():
        record(ParcelsPosted(base_id=yard.base.pk, despatch_id=despatch.pk), now=START)
    drain_all(now=START)
    assert len(queries.windows_of(mine.pk)) == 1
    assert queries.windows_of(other.pk) == []
    mine.refresh_from_db()
    assert mine.eta_latest == gather.local_day(queries.windows_of(mine.pk)[0].latest_at)


def test_a_night_learns_once_keeps_the_error_and_flags_what_is_silent(yard: Yard) -> None:
    for day in range(6):
        now = START + day * DAY
        fast = yard.post(0, now)
        actions.issue_windows(base_id=yard.base.pk, now=now)
        Parcel.objects.filter(pk=fast.pk).update(
            status="delivered", delivered_at=now + timedelta(hours=12)
        )
    late = yard.post(0, START)
    Parcel.objects.filter(pk=late.pk).update(
        despatch=made(Despatch, base=yard.base, branch=yard.lanes[0].origin, lane=yard.lanes[0]),
        promised_by=(START + 2 * DAY).date(),
        flagged="",
    )
    end = START + 7 * DAY
    for minutes in (0, 60, 120):
        actions.watch_parcels(base_id=yard.base.pk, now=end + timedelta(minutes=minutes))
    latest, *earlier = queries.nights(yard.base.pk)
    assert len(earlier) == 1  # the first posting; three looks in one night learn once
    assert (latest.departures, latest.arrived) == (7, 6)
    assert latest.covered_share == 0.0  # they came far before the windows that nobody had checked
    assert latest.error_hours is not None
    assert latest.error_hours > 12
    late.refresh_from_db()
    assert late.flagged == "late"
    before = memory.from_json(earlier[0].model).lane_log_hours[0]
    assert memory.from_json(latest.model).lane_log_hours[0] < before


def test_of_very_many_departures_every_nth_is_learnt_from(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        yard.post(0, START)
    monkeypatch.setattr(gather, "MOST_DEPARTURES", 10)
    row = actions.learn_lanes(base_id=yard.base.pk, now=START + DAY)
    assert row is not None
    assert row.departures == 10


def test_only_parcels_under_way_get_windows(yard: Yard) -> None:
    for status in ("returned", "cancelled"):
        parcel = yard.post(0, START)
        Parcel.objects.filter(pk=parcel.pk).update(status=status)
    arrived = yard.post(0, START)
    Parcel.objects.filter(pk=arrived.pk).update(status="delivered", delivered_at=START + DAY)
    registered = yard.post(0, START)
    Parcel.objects.filter(pk=registered.pk).update(accepted_at=None)
    assert actions.issue_windows(base_id=yard.base.pk, now=START + 2 * DAY) == 0
    assert not EtaWindow.objects.exists()


def test_a_base_without_parcels_or_lanes_has_no_windows(yard: Yard) -> None:
    assert actions.issue_windows(base_id=yard.base.pk, now=START) == 0
    assert queries.window_error(base_id=yard.base.pk, since=START) is None
    other = made(Base, county=County.objects.get(), code="other")
    assert queries.lane_p95(base_id=other.pk, now=START) == {}


def test_before_any_scan_the_lanes_own_days_speak(yard: Yard) -> None:
    lanes = gather.lanes_of(yard.base.pk)
    assert lanes.prior_hours.tolist() == [48.0, 48.0]
    limits = queries.lane_p95(base_id=yard.base.pk, now=START)
    assert all(timedelta(hours=60) < limit < timedelta(hours=120) for limit in limits.values())


def test_public_holidays_are_read_from_the_calendar(yard: Yard) -> None:
    made(CalendarDay, day=date(2026, 10, 1), kind="holiday", county=None)
    made(CalendarDay, day=date(2026, 10, 1), kind="market_day", county=None)
    now = datetime(2026, 9, 30, 2, tzinfo=UTC)
    holidays = gather.holidays_around(now)
    assert holidays == {date(2026, 10, 1)}
    row = (1, yard.lanes[0].pk, now)
    left = gather.departures([row], lanes=gather.lanes_of(yard.base.pk), holidays=holidays)
    assert left.holiday.tolist() == [True]
