"""The hand-over in rows: numbers of other carriers, cut-offs, counts, invoices to the fen."""

from datetime import date, datetime, time, timedelta

import pytest
from tests.operations.conftest import DESK, OPENS, make_stall

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.clock.time import CHINA
from postharvest.core.errors import InvalidInput
from postharvest.core.tables.files import FaultyTable
from postharvest.operations.network.models import CalendarDay
from postharvest.operations.parcels import queries
from postharvest.operations.parcels.actions.hand_over import (
    InvoiceKnown,
    record_acceptance,
    set_carrier,
    take_invoice,
)
from postharvest.operations.parcels.actions.numbers import (
    NumbersExhausted,
    allot_numbers,
    take_numbers,
)
from postharvest.operations.parcels.carrier_files import accepted_numbers, billed_lines
from postharvest.operations.parcels.collecting import next_collection, set_collections
from postharvest.operations.parcels.models import Despatch, InvoiceLine

pytestmark = pytest.mark.django_db
ELSEWHERE = Actor(party="desk:9", role=Role.DESK, scope="45")


@pytest.fixture
def stall(db):
    return make_stall()


@pytest.fixture
def sent(stall):
    shift = stall.shift_at_work()
    for _ in range(3):
        stall.place()
    return stall.post(stall.pack(shift, 3), now=OPENS + timedelta(hours=12))


def test_another_carriers_numbers_are_given_once_and_fit_his_pattern(db):
    given = {"carrier": "sf", "prefix": "SF", "digits": 12, "actor": SYSTEM, "now": OPENS}
    with pytest.raises(InvalidInput, match="enter sf first"):
        allot_numbers(first_serial=1, last_serial=3, **given)
    set_carrier(code="sf", name="SF", number_pattern="SF[0-9]{12}", actor=SYSTEM, now=OPENS)
    allot_numbers(first_serial=1, last_serial=3, **given)
    assert take_numbers(2, carrier="sf") == ["SF000000000001", "SF000000000002"]
    with pytest.raises(NumbersExhausted):
        take_numbers(2, carrier="sf")
    with pytest.raises(InvalidInput, match="overlaps"):
        allot_numbers(first_serial=3, last_serial=9, **given)
    with pytest.raises(InvalidInput, match="does not look like"):
        allot_numbers(first_serial=5, last_serial=9, **{**given, "prefix": "XX"})


@pytest.mark.parametrize("pattern", ["", "SF[0-9"])
def test_a_carrier_without_a_pattern_that_can_be_is_refused(db, pattern):
    with pytest.raises(InvalidInput):
        set_carrier(code="sf", name="SF", number_pattern=pattern, actor=SYSTEM, now=OPENS)


def test_the_next_collection_knows_cut_off_weekday_and_calendar(stall):
    branch = stall.sale.branch
    assert next_collection(branch_id=branch.pk, at=OPENS) is None
    set_collections(
        branch_id=branch.pk, cut_offs=dict.fromkeys(range(6), time(17, 30)), actor=DESK, now=OPENS
    )

    def following(at):
        found = next_collection(branch_id=branch.pk, at=at)
        assert found is not None
        return found.astimezone(CHINA).replace(tzinfo=None)

    friday = datetime(2026, 11, 6, 17, 30, tzinfo=CHINA)
    assert following(friday) == datetime(2026, 11, 6, 17, 30)
    assert following(friday + timedelta(minutes=1)) == datetime(2026, 11, 7, 17, 30)
    saturday_evening = friday + timedelta(days=1, minutes=1)
    assert following(saturday_evening) == datetime(2026, 11, 9, 17, 30)  # no Sunday
    CalendarDay.objects.create(day=date(2026, 11, 9), kind="collection_stop")
    assert following(saturday_evening) == datetime(2026, 11, 10, 17, 30)


def test_what_misses_the_cut_off_is_of_the_next_day(stall):
    set_collections(
        branch_id=stall.sale.branch_id, cut_offs=dict.fromkeys(range(7), time(12)), actor=DESK,
        now=OPENS,
    )  # fmt: skip
    shift = stall.shift_at_work()
    stall.place()
    late = OPENS + timedelta(hours=12)
    stall.post(stall.pack(shift, 1), now=late)
    assert Despatch.objects.get().day == late.astimezone(CHINA).date() + timedelta(days=1)


def test_a_count_names_missing_surplus_and_doubled(sent):
    despatch = Despatch.objects.get()
    numbers = [parcel.number for parcel in sent]
    text = "\ufeff邮件号\r\n" + "\r\n".join([numbers[0], numbers[0], "RR473124829GB"])
    for _ in range(2):  # counting again replaces it
        row = record_acceptance(
            despatch_id=despatch.pk, numbers=accepted_numbers(text.encode()), actor=DESK, now=OPENS
        )
    assert (row.agreed, row.missing, row.surplus) == (1, numbers[1:], ["RR473124829GB"])
    assert row.doubled == [numbers[0]]
    assert not row.is_complete
    with pytest.raises(NotAllowed):
        record_acceptance(despatch_id=despatch.pk, numbers=[], actor=ELSEWHERE, now=OPENS)
    with pytest.raises(InvalidInput):
        record_acceptance(despatch_id=10**6, numbers=[], actor=DESK, now=OPENS)


def bill(stall, number, *lines):
    head = "number,weight_kg,postage_yuan\n"
    return take_invoice(
        branch_id=stall.sale.branch_id, carrier="post", number=number,
        lines=billed_lines((head + "\n".join(lines)).encode()), actor=DESK, now=OPENS,
    )  # fmt: skip


def test_an_invoice_is_reconciled_by_weighed_kilograms_to_the_fen(stall, sent):
    one, two, three = (parcel.number for parcel in sent)
    net_kg = sent[0].box.net_g / 1000
    right_fen = int(sent[0].lane.postage_fen[str(sent[0].box.net_g)])
    right = f"{right_fen / 100:.2f}"
    dear = f"{(right_fen + 250) / 100:.2f}"
    row = bill(
        stall, "A-1", f"{one},{net_kg},{right}", f"{two},{net_kg + 1},{dear}",
        f"{three},{net_kg},{dear}", f"{one},{net_kg},{right}", f"RR473124829GB,2,{right}",
    )  # fmt: skip
    reasons = [line.reason for line in InvoiceLine.objects.order_by("pk")]
    assert reasons == ["", "billed_heavier", "other_tariff", "billed_twice", "not_ours"]
    assert row.billed_fen == 5 * right_fen + 500
    assert row.too_much_fen == 250 + 250 + 2 * right_fen
    assert row.billed_fen - row.too_much_fen == 3 * right_fen
    assert row.weighed_g == 3 * sent[0].box.net_g
    assert row.billed_g == round((4 * net_kg + 1 + 2) * 1000)
    later = bill(stall, "A-2", f"{one},{net_kg},{right}")
    assert [line.reason for line in queries.disputed_lines(later.pk)] == ["billed_twice"]
    assert later.too_much_fen == later.billed_fen
    with pytest.raises(InvoiceKnown):
        bill(stall, "A-1", f"{one},{net_kg},{right}")


def test_a_file_with_faults_names_each_and_changes_nothing(stall, sent):
    with pytest.raises(FaultyTable) as caught:
        bill(stall, "A-1", ",1,2", f"{sent[0].number},heavy,2", f"{sent[0].number},1,")
    faults = caught.value.facts["errors"]
    assert [(one["line"], one["column"]) for one in faults] == [
        (2, "number"), (3, "weight_kg"), (4, "postage_yuan"),
    ]  # fmt: skip
    assert all(one["hint"] for one in faults)
    assert not InvoiceLine.objects.exists()


def test_the_pre_advice_names_every_parcel_of_the_despatch(sent):
    text = queries.pre_advice_of(Despatch.objects.get().pk).decode("utf-8-sig")
    assert len(text.splitlines()) == 4
    for parcel in sent:
        assert parcel.number in text


@pytest.mark.parametrize("pattern", ["(a+)+b", "[0-9]*", "SF.+", "x" * 81])
def test_a_carrier_s_pattern_can_not_search_without_end(db, pattern):
    with pytest.raises(InvalidInput, match="counts"):
        set_carrier(code="sf", name="SF", number_pattern=pattern, actor=SYSTEM, now=OPENS)
