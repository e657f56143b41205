"""Wholesale buyers: bundles from the same lot and day, a truck, a transfer, the books."""

from datetime import timedelta

import pytest
from tests.operations.conftest import DESK, OPENS, START

from postharvest.core.errors import InvalidInput
from postharvest.operations.campaigns.actions import ListingTerms, add_listing, close_sale
from postharvest.operations.campaigns.channels import (
    BulkTermsEntry,
    ChannelEntry,
    set_bulk_terms,
    set_channel,
)
from postharvest.operations.campaigns.models import PackingDay
from postharvest.operations.orders.actions.bulk import (
    BulkNotPossible,
    BulkRequest,
    agree_bulk_order,
    cancel_bulk_order,
    record_bulk_payment,
)
from postharvest.operations.orders.transitions import IllegalTransition
from postharvest.operations.packing.actions.boxes import MoreThanThere
from postharvest.operations.packing.actions.bundles import load_bulk_order
from postharvest.operations.packing.actions.shifts import close_shift
from postharvest.operations.packing.models import BulkLoad, PointStock
from postharvest.operations.settlement import accounts, ledger
from postharvest.operations.settlement import queries as books
from postharvest.operations.settlement.actions import SaleNotFinished, settle_sale
from postharvest.operations.settlement.channels import settle_channel, statement_of_channel


@pytest.fixture
def canteen(stall):
    """A bulk channel that takes 20 kg bundles at 1.50 a kilogram, from two bundles on."""
    channel = set_channel(
        base_id=stall.sale.base_id,
        entry=ChannelEntry(code="canteens", name="Canteens", kind="bulk", fee_bp=200),
        actor=DESK,
        now=OPENS,
    )
    set_bulk_terms(
        channel_id=channel.pk,
        produce_id="persimmon",
        terms=BulkTermsEntry(
            fen_per_kg=150, g_per_day=60_000, least_g=40_000, freight_fen_per_kg=20,
            loading_fen_per_kg=5,
        ),
        actor=DESK,
        now=OPENS,
    )  # fmt: skip
    return add_listing(
        sale_id=stall.sale.pk,
        terms=ListingTerms(
            net_g=20_000, team_fen=0, solo_fen=3000, material_fen=100, packed_g_per_day=4_000_000,
            channel="canteens", least_quantity=2, bundles_per_pallet=40,
        ),
        actor=DESK,
        now=OPENS,
    )  # fmt: skip


def wanted(listing, **given):
    return BulkRequest(
        **{
            "key": "bulk-1", "listing_id": listing.pk, "quantity": 2, "load_day": START,
            "name": "县中学食堂", "phone": "13900000001", "line": "富平县学府路1号", **given,
        }
    )  # fmt: skip


def agree(listing, **given):
    return agree_bulk_order(request=wanted(listing, **given), actor=DESK, now=OPENS)


def test_bundles_leave_the_same_kilograms_and_day_and_come_back_when_cancelled(stall, canteen):
    order = agree(canteen)
    assert agree(canteen).pk == order.pk
    day = PackingDay.objects.get(sale=stall.sale, day=START)
    assert stall.claimed() == {"g": 40_000, "crew_s": 2 * canteen.box_crew_s, "lane": 0, "hub": 0}
    assert day.reserved_crew_s == 2 * canteen.box_crew_s
    assert order.total_fen == 6000
    assert (order.freight_fen, order.loading_fen) == (800, 200)
    for _ in range(2):
        cancel_bulk_order(bulk_order_id=order.pk, actor=DESK, now=OPENS)
    assert stall.claimed()["g"] == 0
    assert stall.claimed()["crew_s"] == 0


def test_less_than_the_least_order_or_more_than_there_is_is_refused(stall, canteen):
    with pytest.raises(InvalidInput, match="least order is 2"):
        agree(canteen, quantity=1)
    with pytest.raises(InvalidInput, match="bulk channel"):
        agree(stall.listing)
    with pytest.raises(BulkNotPossible):
        agree(canteen, quantity=5)
    with pytest.raises(BulkNotPossible):
        agree(canteen, load_day=START + timedelta(days=9))
    assert stall.claimed()["g"] == 0


def test_a_truck_is_loaded_from_lots_paid_and_shared_by_the_growers(stall, canteen, settle_news):
    shift = stall.shift_at_work(kg=30)
    order = agree(canteen)

    def load():
        return load_bulk_order(
            bulk_order_id=order.pk, shift_id=shift.pk, truck="陕E12345", actor=DESK, now=OPENS
        )

    with pytest.raises(MoreThanThere):
        load()
    stall_again(stall, shift, kg=30)
    load()
    assert sum(row.weight_g for row in BulkLoad.objects.all()) == 40_000
    assert sum(row.boxed_g for row in PointStock.objects.all()) == 40_000
    with pytest.raises(IllegalTransition):
        load()
    settle_news()
    pay(order)
    settle_news()
    assert books.sale_totals(stall.sale.pk)["bulk_fen"] == 6000
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    settle_news()
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    assert [c for c in books.invariants(stall.sale.pk) if not c["ok"]] == []
    channel = canteen.channel_id
    assert ledger.balance_fen(accounts.channel(channel)) == 0
    assert -ledger.balance_fen(accounts.FREIGHT) == 1000
    assert statement_of_channel(channel).open_fees_fen == 120
    settle_channel(channel_id=channel, reference="broker-1", received_fen=0, actor=DESK, now=OPENS)
    assert statement_of_channel(channel).open_fees_fen == 0


def stall_again(stall, shift, *, kg):
    """More comes in from the same lots' growers on the next day's cut."""
    stall.deliver(shift, kg=kg, day=START + timedelta(days=1))


def pay(order, **given):
    return record_bulk_payment(
        **{"bulk_order_id": order.pk, "reference": "T-1", "amount_fen": 6000, **given},
        actor=DESK, now=OPENS,
    )  # fmt: skip


def test_only_what_was_loaded_is_paid_once_and_in_full(stall, canteen):
    shift = stall.shift_at_work(kg=60)
    order = agree(canteen)
    with pytest.raises(IllegalTransition):
        pay(order)
    load_bulk_order(bulk_order_id=order.pk, shift_id=shift.pk, truck="x", actor=DESK, now=OPENS)
    with pytest.raises(InvalidInput, match="6000"):
        pay(order, amount_fen=5999)
    pay(order)
    pay(order)
    with pytest.raises(IllegalTransition):
        pay(order, reference="T-2")


def test_a_sale_is_not_settled_while_a_truck_is_awaited(stall, canteen):
    agree(canteen)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    with pytest.raises(SaleNotFinished, match="truck"):
        settle_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
