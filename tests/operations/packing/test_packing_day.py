"""A point's day: nobody packs who is not there, the first to spoil goes first, mass balances."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.operations.conftest import DESK, OPENS, START, make_stall

from postharvest.core.errors import InvalidInput
from postharvest.operations.harvest.actions.lots import Cut, MoreThanOffered, cut_lots
from postharvest.operations.harvest.models import Lot, Offer
from postharvest.operations.orders.actions.ending import give_up_unpacked
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.models import Order, Refund
from postharvest.operations.packing import queries
from postharvest.operations.packing.actions.boxes import (
    Delivery,
    MoreThanCut,
    MoreThanThere,
    NotSignedIn,
    Tally,
    clear_leftovers,
    receive_lots,
    tally_boxes,
)
from postharvest.operations.packing.actions.places import PackerEntry, register_packers
from postharvest.operations.packing.actions.shifts import (
    AlreadySignedIn,
    ShiftNotOpen,
    ShiftTerms,
    announce_shifts,
    close_shift,
    sign_in,
)
from postharvest.operations.packing.models import Box, LabourPool, PointStock, TopUp

pytestmark = pytest.mark.django_db


def test_boxes_are_made_for_orders_that_wait_and_no_more(stall):
    shift = stall.shift_at_work()
    orders = [stall.place(), stall.place(quantity=2)]
    boxes = stall.pack(shift, 9)
    assert [(b.order_id, b.number) for b in boxes] == [
        (orders[0].pk, 1), (orders[1].pk, 1), (orders[1].pk, 2),
    ]  # fmt: skip
    assert set(Order.objects.values_list("state", flat=True)) == {"packed"}
    assert stall.pack(shift, 5) == []


def test_an_unpaid_order_is_not_packed(stall):
    shift = stall.shift_at_work()
    stall.place(payment="cashier")
    assert stall.pack(shift, 1) == []


def test_the_lot_that_spoils_first_goes_first_and_a_second_tops_up(stall):
    shift = stall.shift_at_work(kg=0)
    stall.deliver(shift, kg=8)  # two lots of 4 kg
    old, new = Lot.objects.order_by("pk")
    Lot.objects.filter(pk=new.pk).update(sell_by=old.sell_by - timedelta(days=1))
    stall.place(quantity=2)
    boxes = stall.pack(shift, 2)
    assert [b.lot_id for b in boxes] == [new.pk, new.pk]  # 3 kg, then the last kilogram …
    assert list(TopUp.objects.values_list("lot_id", "weight_g")) == [(old.pk, 2000)]  # … and 2 kg


def test_what_is_past_its_sell_by_is_not_packed(stall):
    shift = stall.shift_at_work()
    Lot.objects.update(sell_by=START)
    stall.place()
    assert stall.pack(shift, 1) == []


def test_only_who_signed_in_here_may_pack(stall):
    shift = stall.shift_at_work(people=1)
    stranger = register_packers(
        base_id=stall.sale.base_id,
        entries=[PackerEntry(code="X", pool_id=LabourPool.objects.get().pk, age_years=30)],
        actor=DESK,
        now=OPENS,
    )[0]
    tally = Tally(packer_id=stranger.pk, listing_id=stall.listing.pk, boxes=1)
    with pytest.raises(NotSignedIn):
        tally_boxes(shift_id=shift.pk, tallies=[tally], actor=DESK, now=OPENS)


def test_a_packer_works_at_one_point_a_day_and_signing_in_twice_is_once(stall):
    shift = stall.shift_at_work()
    assert sign_in(shift_id=shift.pk, packer_ids=stall.packers, actor=DESK, now=OPENS) == []
    shift.point.pk = None
    shift.point.code = "P2"
    shift.point.save()
    terms = ShiftTerms(point_id=shift.point.pk, day=START, people=1, boxes={}, day_wage_fen=9000)
    other = announce_shifts(sale_id=stall.sale.pk, shifts=[terms], actor=DESK, now=OPENS)[0]
    with pytest.raises(AlreadySignedIn):
        sign_in(shift_id=other.pk, packer_ids=stall.packers, actor=DESK, now=OPENS)
    with pytest.raises(InvalidInput, match="not registered"):
        sign_in(shift_id=other.pk, packer_ids=[10**6], actor=DESK, now=OPENS)


def test_a_day_that_nobody_came_to_has_not_begun_and_holds_no_settlement_up(stall):
    shift = stall.shift_at_work()
    terms = ShiftTerms(
        point_id=shift.point_id,
        day=shift.day + timedelta(days=1),
        people=2,
        boxes={},
        day_wage_fen=10_000,
    )
    [empty] = announce_shifts(sale_id=stall.sale.pk, shifts=[terms], actor=DESK, now=OPENS)
    assert sign_in(shift_id=empty.pk, packer_ids=[], actor=DESK, now=OPENS) == []
    empty.refresh_from_db()
    assert empty.state == "announced"


def test_children_do_not_pack(stall):
    stall.shift_at_work()
    child = PackerEntry(code="child", pool_id=LabourPool.objects.get().pk, age_years=15)
    with pytest.raises(InvalidInput, match="younger"):
        register_packers(base_id=stall.sale.base_id, entries=[child], actor=DESK, now=OPENS)


@pytest.mark.parametrize(("received_g", "culled_g"), [(0, 0), (-1, 0), (20_000_001, 0), (100, 101)])
def test_a_scale_that_says_nonsense_is_refused(stall, received_g, culled_g):
    shift = stall.shift_at_work(kg=0)
    lot = cut_lots(
        base_id=stall.sale.base_id,
        day=START,
        cuts=[Cut(offer_id=Offer.objects.first().pk, weight_g=1000)],
        actor=DESK,
        now=OPENS,
    )[0]
    bad = Delivery(lot_id=lot.pk, received_g=received_g, culled_g=culled_g)
    with pytest.raises(InvalidInput, match="weigh again"):
        receive_lots(shift_id=shift.pk, deliveries=[bad], actor=DESK, now=OPENS)
    too_much = Delivery(lot_id=lot.pk, received_g=1001)
    with pytest.raises(MoreThanCut):
        receive_lots(shift_id=shift.pk, deliveries=[too_much], actor=DESK, now=OPENS)
    assert not PointStock.objects.exists()


def test_nobody_is_called_for_more_than_he_offered(stall):
    offer = Offer.objects.first()
    with pytest.raises(MoreThanOffered):
        cut_lots(
            base_id=stall.sale.base_id,
            day=START,
            cuts=[Cut(offer_id=offer.pk, weight_g=offer.offered_g + 1)],
            actor=DESK,
            now=OPENS,
        )


def test_a_closed_day_stays_closed(stall):
    shift = stall.shift_at_work()
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    assert close_shift(shift_id=shift.pk, actor=DESK, now=OPENS).state == "closed"
    with pytest.raises(ShiftNotOpen):
        stall.pack(shift, 1)


def test_leftovers_never_exceed_what_is_there(stall):
    stall.shift_at_work(kg=4)
    stock = PointStock.objects.first()
    with pytest.raises(MoreThanThere):
        clear_leftovers(stocks_g={stock.pk: 2001}, to_wholesaler=False, actor=DESK, now=OPENS)
    clear_leftovers(stocks_g={stock.pk: 2000}, to_wholesaler=True, actor=DESK, now=OPENS)
    assert queries.stock_g(stall.sale.pk)["wholesale_g"] == 2000


def test_what_can_not_be_packed_is_paid_back_and_a_part_packed_order_cut_short(stall):
    shift = stall.shift_at_work(kg=7)  # two boxes of 3 kg
    whole, part, none = stall.place(), stall.place(quantity=2), stall.place(payment="cashier")
    boxes = stall.pack(shift, 9)
    stall.post(boxes, now=OPENS)
    assert give_up_unpacked(sale_id=stall.sale.pk, actor=DESK, now=OPENS) == 2
    send_refunds(now=OPENS)
    rows = {o.pk: (o.state, o.quantity) for o in Order.objects.all()}
    assert rows == {
        whole.pk: ("posted", 1), part.pk: ("posted", 1), none.pk: ("cancelled", 1),
    }  # fmt: skip
    assert list(Refund.objects.values_list("order_id", "amount_fen")) == [(part.pk, 2500)]
    assert stall.claimed() == stall.held()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    deliveries=st.lists(st.tuples(st.floats(0.5, 20), st.floats(0, 0.5)), min_size=1, max_size=1),
    wanted=st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=4),  # 80 of 90 kg
    boxes=st.integers(1, 30),
)
def test_what_came_in_is_boxes_culls_and_what_is_left(db, deliveries, wanted, boxes):
    from django.db import transaction

    with transaction.atomic():
        stall = make_stall(crew=10)
        shift = stall.shift_at_work(kg=0)
        for kg, cull in deliveries:
            stall.deliver(shift, kg=kg, culled_kg=kg * cull)
        for quantity, big in wanted:
            stall.place(quantity=quantity, listing_id=(stall.big if big else stall.listing).pk)
        for listing in (stall.listing, stall.big):
            stall.pack(shift, boxes, listing=listing)
        stock = queries.stock_g(stall.sale.pk)
        free = sum(queries.leftovers(stall.sale.pk).values())
        assert stock["received_g"] == stock["boxed_g"] + stock["culled_g"] + free
        assert stock["boxed_g"] == sum(Box.objects.values_list("net_g", flat=True))
        from_lots = sum(
            b.net_g - sum(t.weight_g for t in b.top_ups.all()) for b in Box.objects.all()
        )
        topped_up = sum(TopUp.objects.values_list("weight_g", flat=True))
        assert from_lots + topped_up == stock["boxed_g"]
        transaction.set_rollback(True)
