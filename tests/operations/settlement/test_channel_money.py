"""What comes in through a marketplace is owed by it, less its fees, until it pays over."""

import pytest
from tests.operations.campaigns.test_channels import open_market, place_there
from tests.operations.conftest import DESK, OPENS

from postharvest.core.errors import InvalidInput
from postharvest.operations.orders.actions.refunds import owe, send_refunds
from postharvest.operations.orders.models import Order
from postharvest.operations.settlement import accounts, ledger, queries
from postharvest.operations.settlement.channels import settle_channel, statement_of_channel
from postharvest.operations.settlement.models import Entry


@pytest.fixture
def market(stall, settle_news):
    """One order of two boxes through a marketplace that keeps 5 %, delivered."""
    channel, listing = open_market(stall)
    shift = stall.shift_at_work()
    place_there(stall, listing, quantity=2)
    parcels = stall.post(stall.pack(shift, 2, listing=listing), now=OPENS)
    stall.arrive(parcels, at=OPENS)
    settle_news()
    return channel


def settle(channel, received_fen, reference="S-1"):
    return settle_channel(
        channel_id=channel.pk, reference=reference, received_fen=received_fen, actor=DESK, now=OPENS
    )


def test_the_fee_is_the_channels_and_the_rest_is_due(stall, market):
    assert Order.objects.get().state == "delivered"
    due = statement_of_channel(market.pk)
    assert (due.taken_fen, due.fees_fen, due.due_fen) == (4800, 240, 4560)
    assert ledger.balance_fen(accounts.FEE) == 0
    assert queries.sale_totals(stall.sale.pk)["fee_fen"] == 240
    assert queries.money_split_of_order(Order.objects.get().pk)["fee"] == 240


def test_it_pays_over_in_parts_and_each_statement_is_booked_once(market):
    first = settle(market, 4000)
    assert (first.received_fen, first.open_fees_fen, first.due_fen) == (4000, 0, 560)
    assert settle(market, 4000) == first
    with pytest.raises(InvalidInput, match="booked already"):
        settle(market, 3000)
    assert settle(market, 560, reference="S-2").due_fen == 0
    assert ledger.balance_fen(accounts.BANK) == 4560
    assert Entry.objects.filter(kind="channel").count() == 2


def test_more_than_is_due_or_no_reference_is_refused(market):
    for received, reference in ((4561, "S-1"), (-1, "S-1"), (10, " ")):
        with pytest.raises(InvalidInput):
            settle(market, received, reference)
    assert not Entry.objects.filter(kind="channel").exists()


def test_what_the_marketplace_gives_back_is_taken_off(stall, market, settle_news):
    owe([Order.objects.get()], reason="claim", now=OPENS)
    send_refunds(now=OPENS)
    settle_news()
    due = statement_of_channel(market.pk)
    assert (due.refunded_fen, due.due_fen) == (4800, -240)
