"""Every channel draws on the same lot and days; a share is a channel's own until it flows back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.operations.conftest import BUYER, DESK, OPENS, START, make_stall

from postharvest.core.audit.actor import NotAllowed
from postharvest.core.errors import InvalidInput
from postharvest.operations.campaigns import channels, queries
from postharvest.operations.campaigns.actions import (
    ListingTerms,
    add_listing,
    set_capacity,
    set_packing_days,
)
from postharvest.operations.campaigns.channels import (
    ChannelEntry,
    ShareTaken,
    let_shares_flow_back,
    set_channel,
    set_share,
)
from postharvest.operations.campaigns.models import ChannelShare, PackingDay, Sale
from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.models import Payment

LATER = OPENS + timedelta(hours=30)


def open_market(stall, *, code="lotus", fee_bp=500, **share):
    """A marketplace that lists the small box, with a share if one is given."""
    channel = set_channel(
        base_id=stall.sale.base_id,
        entry=ChannelEntry(code=code, name="Lotus market", kind="marketplace", fee_bp=fee_bp),
        actor=DESK,
        now=OPENS,
    )
    listing = add_listing(
        sale_id=stall.sale.pk,
        terms=ListingTerms(
            net_g=3000, team_fen=0, solo_fen=2400, material_fen=160, packed_g_per_day=100_000,
            channel=code,
        ),
        actor=DESK,
        now=OPENS,
    )  # fmt: skip
    if share:
        give_share(stall, channel, **share)
    return channel, listing


def give_share(stall, channel, *, lot_bp, day_bp=0, until=LATER, now=OPENS):
    return set_share(
        sale_id=stall.sale.pk, channel_id=channel.pk, lot_bp=lot_bp, day_bp=day_bp,
        flows_back_at=until, actor=DESK, now=now,
    )  # fmt: skip


def place_there(stall, listing, *, quantity=1, now=OPENS, actor=DESK):
    request = stall.ask(listing_id=listing.pk, quantity=quantity, payment="channel")
    return place_orders(requests=[request], actor=actor, now=now)[0]


def test_a_marketplaces_order_takes_the_same_kilograms_and_is_paid_there(stall):
    _, listing = open_market(stall)
    answer = place_there(stall, listing, quantity=2)
    assert answer.order.state == "confirmed"
    assert stall.claimed() == stall.held()
    assert stall.claimed()["g"] == 6000
    assert Payment.objects.get().provider == "channel"


def test_a_buyer_cannot_claim_that_a_marketplace_was_paid(stall):
    _, listing = open_market(stall)
    with pytest.raises(NotAllowed):
        place_there(stall, listing, actor=BUYER)


def test_each_channel_takes_only_its_own_kind_of_order(stall):
    _, listing = open_market(stall)
    assert stall.declined(listing_id=listing.pk) == "wrong_channel"
    request = stall.ask(payment="channel")
    assert place_orders(requests=[request], actor=DESK, now=OPENS)[0].code == "wrong_channel"


def test_what_is_set_aside_is_sold_by_its_channel_only_and_flows_back(stall):
    _, listing = open_market(stall, lot_bp=5000)
    assert queries.left_g(Sale.objects.get(), stall.listing.channel_id) == 45_000
    for _ in range(3):
        stall.place(quantity=5)
    assert stall.declined() == "sold_out"
    assert place_there(stall, listing, quantity=5).order
    assert let_shares_flow_back(now=LATER - timedelta(seconds=1)) == 0
    assert let_shares_flow_back(now=LATER) == 1
    assert let_shares_flow_back(now=LATER) == 0
    sale = Sale.objects.get()
    assert (sale.set_aside_g, sale.has_shares, sale.reserved_g) == (0, False, 60_000)
    stall.place(quantity=5, now=LATER)
    assert stall.claimed() == stall.held()


def test_a_channel_may_also_take_what_is_common(stall):
    _, listing = open_market(stall, lot_bp=1000)
    place_there(stall, listing, quantity=10)
    sale = Sale.objects.get()
    assert (sale.reserved_g, sale.set_aside_g) == (30_000, 0)
    assert ChannelShare.objects.get().reserved_g == 9000


def test_a_days_share_keeps_the_packers_for_its_channel_until_the_eve(stall):
    make = PackingDay.objects.filter(sale=stall.sale)
    open_market(stall, lot_bp=0, day_bp=5000, until=OPENS + timedelta(days=4))
    held = {row.day: row.set_aside_crew_s for row in make.order_by("day")}
    assert held[START] == 0  # today's would flow back yesterday
    assert held[START + timedelta(days=2)] == 14_400
    eve = OPENS.replace(hour=14) + timedelta(days=1)
    assert let_shares_flow_back(now=eve - timedelta(seconds=1)) == 1
    assert let_shares_flow_back(now=eve) == 1
    held = {row.day: row.set_aside_crew_s for row in make.order_by("day")}
    assert held[START + timedelta(days=2)] == 0
    assert held[START + timedelta(days=3)] == 14_400


def test_what_is_cancelled_becomes_common(stall):
    _, listing = open_market(stall, lot_bp=5000)
    order = place_there(stall, listing, quantity=5).order
    cancel_order(order_id=order.pk, actor=DESK, now=OPENS)
    assert stall.claimed()["g"] == 0
    sale = Sale.objects.get()
    assert queries.left_g(sale) == 90_000 - sale.set_aside_g == 60_000


def test_shares_cannot_claim_more_than_is_there(stall):
    channel, _ = open_market(stall, lot_bp=6000)
    other, _ = open_market(stall, code="other")
    with pytest.raises(ShareTaken):
        give_share(stall, other, lot_bp=5000)
    share = give_share(stall, channel, lot_bp=3000)  # set anew, smaller
    assert share.capacity_g == 27_000
    give_share(stall, other, lot_bp=5000)
    assert Sale.objects.get().set_aside_g == 72_000


def test_a_sale_that_shrinks_lets_its_shares_flow_back(stall):
    open_market(stall, lot_bp=5000, day_bp=5000, until=OPENS + timedelta(days=4))
    set_capacity(sale_id=stall.sale.pk, capacity_g=40_000, actor=DESK, now=OPENS)
    day = START + timedelta(days=3)
    set_packing_days(sale_id=stall.sale.pk, crew_s_by_day={day: 7200}, actor=DESK, now=OPENS)
    assert Sale.objects.get().set_aside_g == 0
    assert PackingDay.objects.get(day=day).set_aside_crew_s == 0


def test_the_database_itself_keeps_what_is_set_aside(stall):
    open_market(stall, lot_bp=5000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sale.objects.update(reserved_g=45_001)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": " "}, "code"),
        ({"kind": "pigeon"}, "kind"),
        ({"fee_bp": 10_000}, "fee"),
        ({"fee_fen": -1}, "fee"),
        ({"kind": "shop"}, "kind"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(stall, given, field):
    open_market(stall)
    entry = {"code": "lotus", "name": "x", "kind": "marketplace", **given}
    with pytest.raises(InvalidInput) as refusal:
        set_channel(base_id=stall.sale.base_id, entry=ChannelEntry(**entry), actor=DESK, now=OPENS)
    assert refusal.value.field == field


def test_a_listing_in_no_channel_or_twice_is_refused(stall):
    terms = {"net_g": 3000, "team_fen": 0, "solo_fen": 1, "material_fen": 1,
             "packed_g_per_day": 1000}  # fmt: skip
    for channel in ("nowhere", channels.SHOP):
        with pytest.raises(InvalidInput):
            add_listing(
                sale_id=stall.sale.pk, terms=ListingTerms(channel=channel, **terms),
                actor=DESK, now=OPENS,
            )  # fmt: skip


class TestAnyOrderOfThings(TestCase):
    """Whatever is ordered, shared and given back: nobody is sold what another has set aside."""

    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(["shop", "market", "share", "back", "cancel"]),
                      st.integers(1, 9)),
            max_size=14,
        )
    )  # fmt: skip
    def test_rows_and_orders_agree(self, steps):
        stall = make_stall()
        channel, listing = open_market(stall)
        placed = []
        for step, n in steps:
            with transaction.atomic():
                try:
                    self._do(stall, channel, listing, placed, step, n)
                except ShareTaken:
                    transaction.set_rollback(True)
        assert stall.claimed() == stall.held()
        held = ChannelShare.objects.filter(flowed_back_at=None)
        stall.sale.refresh_from_db()
        assert stall.sale.set_aside_g == sum(s.capacity_g - s.reserved_g for s in held)

    @staticmethod
    def _do(stall, channel, listing, placed, step, n):  # noqa: PLR0917
        if step == "share":
            give_share(stall, channel, lot_bp=n * 1000, day_bp=n * 900)
        elif step == "back":
            let_shares_flow_back(now=LATER)
        elif step == "cancel" and placed:
            cancel_order(order_id=placed.pop().pk, actor=DESK, now=OPENS)
        elif step in ("shop", "market"):
            request = stall.ask(quantity=n, line=f"{step} {n}")
            if step == "market":
                request = stall.ask(listing_id=listing.pk, quantity=n, payment="channel")
            answer = place_orders(requests=[request], actor=DESK, now=OPENS)[0]
            if hasattr(answer, "order"):
                placed.append(answer.order)
