"""Parcels that came back, trucks that did not come, and produce that must stay cold."""

from datetime import timedelta

import pytest
from tests.operations.conftest import DESK, FAR, NEAR, OPENS, START, make_stall

from postharvest.core.errors import InvalidInput
from postharvest.core.vault.seal import unseal
from postharvest.decisions.planning.gather import rescue_case
from postharvest.operations.campaigns.models import SaleLane
from postharvest.operations.harvest.models import Produce
from postharvest.operations.network.models import Lane, LaneDay
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.models import Order, Refund
from postharvest.operations.orders.promise import promise
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels.actions.posting import close_despatches, register_parcels
from postharvest.operations.parcels.actions.returns import (
    NoPlaceToday,
    NotFreshEnough,
    NotReturned,
    refund_returned,
    resend_parcel,
    returned,
)
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans
from postharvest.operations.parcels.models import Parcel
from postharvest.operations.settlement import queries
from postharvest.operations.settlement.reconciliation import reconcile_region

pytestmark = pytest.mark.django_db
BACK = OPENS + timedelta(days=4)


def came_back(stall, *, boxes=1):
    shift = stall.shift_at_work()
    order = stall.place(quantity=boxes)
    parcels = stall.post(stall.pack(shift, boxes), now=OPENS)
    back(parcels, at=BACK)
    return order, parcels


def back(parcels, *, at):
    scans = [
        ScanEntry(parcel=p.number, code="EMI", at=at, place="Fuping", source="post",
                  reason="to_sender")
        for p in parcels
    ]  # fmt: skip
    assert all(answer.stored for answer in record_scans(scans=scans, now=at))


def resend(parcel, now=BACK, **given):
    return resend_parcel(parcel_id=parcel.pk, actor=DESK, now=now, **given)


def test_a_parcel_that_came_back_is_sent_again_to_the_right_address(stall, settle_news):
    order, [parcel] = came_back(stall)
    assert [p.pk for p in returned("61")] == [parcel.pk]
    resend(parcel, line="人民路 2 号")
    order.refresh_from_db()
    assert unseal(bytes(order.contact.sealed)).line == "人民路 2 号"
    assert (order.state, order.boxes_posted) == ("packed", 0)
    assert not returned("61")
    day = (BACK + timedelta(hours=1)).date()
    close_despatches(branch_id=stall.sale.branch_id, day=day, actor=DESK, now=BACK)
    stall.arrive([parcel], at=BACK + timedelta(days=2))
    settle_news(BACK + timedelta(days=2))
    order.refresh_from_db()
    assert order.state == "delivered"
    assert queries.sale_totals(stall.sale.pk)["postage_fen"] == 2 * 400
    assert [one for one in queries.invariants(stall.sale.pk) if not one["ok"]] == []
    assert [r for r in reconcile_region("61") if r.difference_fen] == []


def test_it_is_not_sent_again_when_it_would_arrive_spoilt_or_the_truck_is_full(stall):
    _order, [parcel] = came_back(stall)
    LaneDay.objects.update(capacity_parcels=0 + 1, reserved_parcels=1)
    with pytest.raises(NoPlaceToday):
        resend(parcel)
    LaneDay.objects.update(reserved_parcels=0)
    with pytest.raises(NotFreshEnough, match="arrive by"):
        resend(parcel, now=BACK + timedelta(days=5))
    resend(parcel)
    back([parcel], at=BACK + timedelta(hours=3))
    with pytest.raises(NotFreshEnough, match="twice"):
        resend(parcel, now=BACK + timedelta(hours=4))


def test_what_came_back_is_paid_back_once_and_the_postage_is_booked(stall, settle_news):
    order, parcels = came_back(stall, boxes=2)
    ids = [p.pk for p in parcels]
    assert len(refund_returned(parcel_ids=ids, cause="carrier", actor=DESK, now=BACK)) == 2
    assert refund_returned(parcel_ids=ids, cause="carrier", actor=DESK, now=BACK) == []
    send_refunds(now=BACK)
    settle_news(BACK)
    order.refresh_from_db()
    assert order.state == "refunded"
    assert Refund.objects.get().amount_fen == order.total_fen
    totals = queries.sale_totals(stall.sale.pk)
    assert (totals["postage_fen"], totals["packaging_fen"]) == (800, 320)
    assert stall.claimed() == stall.held()
    assert [r for r in reconcile_region("61") if r.difference_fen] == []


def test_what_is_on_its_way_is_neither_sent_again_nor_paid_back(stall):
    shift = stall.shift_at_work()
    stall.place()
    [parcel] = stall.post(stall.pack(shift, 1), now=OPENS)
    with pytest.raises(NotReturned):
        resend(parcel)
    with pytest.raises(NotReturned):
        refund_returned(parcel_ids=[parcel.pk], cause="carrier", actor=DESK, now=BACK)
    assert not Refund.objects.exists()
    assert Box.objects.get().withdrawn_at is None


def test_parcels_of_a_truck_that_does_not_come_stay(stall):
    shift = stall.shift_at_work()
    order = stall.place()
    boxes = stall.pack(shift, 1)
    register_parcels(box_ids=[b.pk for b in boxes], actor=DESK, now=OPENS)
    given = {"branch_id": stall.sale.branch_id, "day": START, "actor": DESK}
    assert close_despatches(**given, now=OPENS, without_lanes=[order.lane_id]) == []
    assert Order.objects.get().state == "packed"
    [despatch] = close_despatches(**given, now=OPENS + timedelta(days=1))
    assert despatch.parcels_count == 1


@pytest.fixture
def cold_stall(db):
    """The near lane is cooled, the far one not, and the fruit must stay cold."""
    stall = make_stall()
    Produce.objects.update(shelf_ambient_days_lo=1)
    Lane.objects.filter(zone=NEAR).update(cold=True)
    stall.sale.refresh_from_db()
    return stall


def test_what_must_stay_cold_is_promised_on_cooled_lanes_only(cold_stall):
    SaleLane.objects.update(offered=True, why_not="")
    cold_stall.listing.refresh_from_db()
    told = {
        county: promise(listing=cold_stall.listing, county_code=county, now=OPENS).why_not
        for county in (NEAR, FAR)
    }
    assert told == {NEAR: "", FAR: "needs_cold"}


def test_what_must_stay_cold_leaves_on_cooled_lanes_only(cold_stall):
    shift = cold_stall.shift_at_work()
    cold_stall.place()
    boxes = cold_stall.pack(shift, 1)
    Lane.objects.update(cold=False)  # the cooled truck was taken off
    assert cold_stall.post(boxes, now=OPENS)
    assert not Parcel.objects.exclude(despatch=None).exists()
    Lane.objects.filter(zone=NEAR).update(cold=True)
    cold_stall.post([], now=OPENS + timedelta(hours=1))
    assert Parcel.objects.exclude(despatch=None).count() == 1


def test_nothing_is_planned_for_lanes_that_are_not_cooled(cold_stall):
    Lane.objects.update(cold=False)
    with pytest.raises(InvalidInput, match="cooled"):
        rescue_case(cold_stall.sale.surplus_id, now=OPENS)
