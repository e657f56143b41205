"""Numbers given once, despatches, and scans in any order and twice."""

import itertools
from datetime import timedelta

import pytest
from tests.operations.conftest import DESK, OPENS, make_stall

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.errors import InvalidInput
from postharvest.operations.orders.models import Order
from postharvest.operations.parcels import s10
from postharvest.operations.parcels.actions.numbers import (
    NumbersExhausted,
    allot_numbers,
    take_numbers,
)
from postharvest.operations.parcels.actions.posting import register_parcels
from postharvest.operations.parcels.actions.scanning import (
    ScanEntry,
    flag_late_and_silent,
    record_scans,
)
from postharvest.operations.parcels.models import NumberRange, Parcel, Scan

pytestmark = pytest.mark.django_db
AT = OPENS + timedelta(hours=12)


@pytest.fixture
def open_stall(db):
    return make_stall()


def posted(stall, boxes=1):
    shift = stall.shift_at_work()
    for _ in range(boxes):
        stall.place()
    return stall.post(stall.pack(shift, boxes), now=AT)


def scan(parcel, code, hours, place="x", reason=""):
    return ScanEntry(
        parcel=parcel.number,
        code=code,
        at=AT + timedelta(hours=hours),
        place=place,
        source="post",
        reason=reason,
    )


def test_a_label_is_no_posting_and_a_box_keeps_its_number(open_stall):
    shift = open_stall.shift_at_work()
    open_stall.place()
    boxes = open_stall.pack(shift, 1)
    parcel = register_parcels(box_ids=[boxes[0].pk], actor=DESK, now=AT)[0]
    assert register_parcels(box_ids=[boxes[0].pk], actor=DESK, now=AT) == []
    assert (parcel.status, s10.is_valid(parcel.number)) == ("registered", True)
    assert Order.objects.get().state == "packed"


def test_numbers_are_given_once_until_the_range_is_used_up(open_stall):
    NumberRange.objects.all().delete()
    allot_numbers(first_serial=50, last_serial=54, actor=SYSTEM, now=OPENS)
    taken = take_numbers(3) + take_numbers(2)
    assert len(set(taken)) == 5
    with pytest.raises(NumbersExhausted):
        take_numbers(1)


def test_a_range_is_not_allotted_again_within_two_years(open_stall):
    with pytest.raises(InvalidInput, match="24 months"):
        allot_numbers(first_serial=5000, last_serial=6000, actor=SYSTEM, now=OPENS)
    later = OPENS + timedelta(days=740)
    assert allot_numbers(first_serial=5000, last_serial=6000, actor=SYSTEM, now=later)


def test_scans_in_any_order_and_doubled_give_one_state(open_stall):
    parcel = posted(open_stall)[0]
    story = [scan(parcel, "EMA", 1), scan(parcel, "EDD", 5, "hub"), scan(parcel, "EMI", 40, "door")]
    states = set()
    for order in itertools.permutations(story):
        Scan.objects.all().delete()
        Parcel.objects.update(delivered_at=None, status="registered")
        Order.objects.update(boxes_delivered=0, state="posted")
        for _ in range(2):
            for one in order:
                record_scans(scans=[one], now=AT + timedelta(hours=50))
        parcel.refresh_from_db()
        states.add((parcel.status, parcel.delivered_at, Scan.objects.count()))
        assert Order.objects.get().state == "delivered"
    assert states == {("delivered", AT + timedelta(hours=40), 3)}


def test_a_bad_line_is_answered_for_itself(open_stall):
    parcel = posted(open_stall)[0]
    lines = [
        scan(parcel, "EMA", 1),
        scan(parcel, "XXX", 1),
        scan(parcel, "EMH", 2),  # needs a reason
        scan(parcel, "EDD", 500),  # from the future
        ScanEntry(parcel="PA000000000CN", code="EMA", at=AT, place="x", source="post"),
    ]
    answers = record_scans(scans=lines, now=AT + timedelta(hours=3))
    assert [a.stored for a in answers] == [True, False, False, False, False]
    assert all(a.problem for a in answers[1:])


def test_an_order_is_delivered_with_its_last_box(open_stall):
    shift = open_stall.shift_at_work()
    open_stall.place(quantity=2)
    parcels = open_stall.post(open_stall.pack(shift, 2), now=AT)
    open_stall.arrive(parcels[:1], at=AT + timedelta(hours=30))
    assert Order.objects.get().state == "posted"
    open_stall.arrive(parcels, at=AT + timedelta(hours=31))
    assert Order.objects.get().state == "delivered"


def flags(stall, parcel, hours, p95=60):
    return flag_late_and_silent(
        base_id=stall.sale.base_id,
        now=AT + timedelta(hours=hours),
        lane_p95={parcel.lane_id: timedelta(hours=p95)},
    )


def live_long(parcel):
    parcel.sell_by = (AT + timedelta(days=30)).date()
    parcel.promised_by = parcel.eta_latest = (AT + timedelta(days=8)).date()
    parcel.save(update_fields=["sell_by", "promised_by", "eta_latest"])


def test_a_parcel_is_silent_beyond_its_lanes_percentile_and_that_is_news_once(open_stall):
    parcel = posted(open_stall)[0]
    live_long(parcel)
    assert flags(open_stall, parcel, 59) == []
    assert flags(open_stall, parcel, 61) == [parcel.pk]
    assert flags(open_stall, parcel, 62) == []


def test_a_short_shelf_life_shortens_the_silence_that_is_borne(open_stall):
    parcel = posted(open_stall)[0]
    live_long(parcel)
    parcel.sell_by = parcel.eta_latest
    parcel.save(update_fields=["sell_by"])
    assert flags(open_stall, parcel, 23) == []
    assert flags(open_stall, parcel, 25) == [parcel.pk]


def test_a_parcel_that_speaks_again_is_silent_no_more(open_stall):
    parcel = posted(open_stall)[0]
    live_long(parcel)
    flags(open_stall, parcel, 61)
    record_scans(scans=[scan(parcel, "EDD", 62)], now=AT + timedelta(hours=62))
    parcel.refresh_from_db()
    assert parcel.flagged == ""
    assert flags(open_stall, parcel, 62 + 61) == [parcel.pk]


def test_a_parcel_past_its_promise_is_late(open_stall):
    parcel = posted(open_stall)[0]
    live_long(parcel)
    record_scans(scans=[scan(parcel, "EDD", 24 * 9)], now=AT + timedelta(days=9))
    assert flags(open_stall, parcel, 24 * 9 + 1) == [parcel.pk]
    parcel.refresh_from_db()
    assert parcel.flagged == "late"
