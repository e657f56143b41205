"""The books: balanced, never changed, split to the fen, paid once by two people."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.conftest import BUYER, DESK, OPENS

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.money import split
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.campaigns.models import Listing
from postharvest.operations.orders.actions.claims import (
    ClaimFiled,
    ClaimImpossible,
    file_claims,
    proposed_refund_fen,
)
from postharvest.operations.orders.actions.deciding import decide_claim
from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.actions.teams import complete_team
from postharvest.operations.orders.models import Order, Refund
from postharvest.operations.packing.actions.shifts import close_shift
from postharvest.operations.settlement import ledger, queries
from postharvest.operations.settlement.actions import (
    OwedLess,
    SaleNotFinished,
    SamePerson,
    approve_payouts,
    settle_sale,
)
from postharvest.operations.settlement.bookings import split_of
from postharvest.operations.settlement.ledger import Draft
from postharvest.operations.settlement.models import Entry, Line, Payout

pytestmark = pytest.mark.django_db
SECOND = Actor(party="desk:2", role=Role.DESK, scope="610528")
ARRIVED = OPENS + timedelta(days=3)


def lived(stall, settle_news, *, dear=True):
    """Two solo orders, a team completed by the platform, one order cancelled: all arrived."""
    if dear:  # otherwise two packers' day eats up three boxes' price
        Listing.objects.update(team_fen=20_000, solo_fen=25_000)
    shift = stall.shift_at_work()
    stall.place(quantity=2)
    stall.place(payment="cod")
    leader = stall.place(wants_team=True)
    complete_team(team_id=leader.team_id, actor=DESK, now=OPENS)
    gone = stall.place()
    cancel_order(order_id=gone.pk, actor=BUYER, now=OPENS)
    Order.objects.update(pack_day=stall.sale.first_day)
    parcels = stall.post(stall.pack(shift, 9), now=OPENS)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    stall.arrive(parcels, at=ARRIVED)
    send_refunds(now=ARRIVED)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    settle_news(ARRIVED)


def broken(stall):
    return [one for one in queries.invariants(stall.sale.pk) if not one["ok"]]


def test_a_whole_sale_balances_and_is_paid_once(stall, settle_news):
    lived(stall, settle_news)
    first = settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    again = settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    assert [p.pk for p in first] == [p.pk for p in again] != []
    ids = [p.pk for p in first]
    assert approve_payouts(payout_ids=ids, actor=SECOND, now=ARRIVED) == len(ids)
    assert approve_payouts(payout_ids=ids, actor=SECOND, now=ARRIVED) == 0
    assert broken(stall) == []
    paid = -sum(Line.objects.filter(entry__kind="payout", account="cash:bank").values_list(
        "amount_fen", flat=True))  # fmt: skip
    assert paid == sum(Payout.objects.values_list("amount_fen", flat=True))


def test_news_heard_twice_is_booked_once(stall, settle_news):
    from postharvest.core.outbox.models import Delivery

    lived(stall, settle_news)
    before = Entry.objects.count()
    Delivery.objects.update(done_at=None, attempts=0)
    settle_news(ARRIVED + timedelta(hours=1))
    assert Entry.objects.count() == before


def test_who_proposes_may_not_approve(stall, settle_news):
    lived(stall, settle_news)
    rows = settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    with pytest.raises(SamePerson):
        approve_payouts(payout_ids=[rows[0].pk], actor=DESK, now=ARRIVED)
    assert not Payout.objects.filter(state="paid").exists()


def test_growers_share_the_pool_by_what_went_into_boxes(stall, settle_news):
    lived(stall, settle_news)
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    owed = dict(Payout.objects.filter(account__startswith="grower:").values_list(
        "account", "amount_fen"))  # fmt: skip
    boxed = queries.bookings.boxed_by_grower(stall.sale.pk)
    assert sum(owed.values()) > 0
    assert set(owed) == {f"grower:{pk}" for pk in boxed}
    assert queries.sale_totals(stall.sale.pk)["growers_online_fen"] == sum(owed.values())


def test_a_sale_that_loses_money_leaves_the_loss_with_the_platform(stall, settle_news):
    lived(stall, settle_news, dear=False)
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    assert not Payout.objects.filter(account__startswith="grower:").exists()
    assert queries.sale_totals(stall.sale.pk)["subsidy_fen"] > 0
    assert broken(stall) == []


def test_a_sale_that_is_open_or_has_orders_on_the_way_is_not_settled(stall, settle_news):
    with pytest.raises(SaleNotFinished, match="close it"):
        settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    stall.place()
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    with pytest.raises(SaleNotFinished, match="not arrived"):
        settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)


def test_a_day_that_is_not_closed_or_not_in_the_books_holds_the_settlement(stall, settle_news):
    shift = stall.shift_at_work()
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    with pytest.raises(SaleNotFinished, match="not closed"):
        settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    with pytest.raises(SaleNotFinished, match="not in the books"):
        settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)


def test_a_claim_between_proposal_and_approval_is_not_overpaid(stall, settle_news):
    lived(stall, settle_news)
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    one = claim(stall)
    decide_claim(claim_id=one.pk, approve_fen=5000, cause="grower", actor=DESK, now=ARRIVED)
    settle_news(ARRIVED)
    ids = list(Payout.objects.values_list("pk", flat=True))
    with pytest.raises(OwedLess):
        approve_payouts(payout_ids=ids, actor=SECOND, now=ARRIVED)
    assert not Payout.objects.filter(state="paid").exists()
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    send_refunds(now=ARRIVED)
    settle_news(ARRIVED)
    assert approve_payouts(payout_ids=ids, actor=SECOND, now=ARRIVED) == len(ids)
    assert broken(stall) == []


def test_a_desk_of_another_region_may_not_pay(stall, settle_news):
    lived(stall, settle_news)
    rows = settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    stranger = Actor(party="desk:9", role=Role.DESK, scope="450800")
    with pytest.raises(NotAllowed):
        approve_payouts(payout_ids=[rows[0].pk], actor=stranger, now=ARRIVED)


@pytest.mark.parametrize("model", [Entry, Line])
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_database_refuses_to_change_what_is_posted(stall, settle_news, model, deed):
    # seen to fail with the triggers of migration 0002 left out
    stall.place()
    settle_news()
    rows = model.objects.filter(pk=model.objects.first().pk)
    deeds = {
        "update": lambda: rows.update(base_id=stall.sale.base_id),
        "delete": lambda: rows._raw_delete("default"),
    }
    with pytest.raises(DatabaseError, match="posted is posted"), transaction.atomic():
        deeds[deed]()


def test_an_entry_that_does_not_balance_is_a_fault(stall):
    bad = Draft(key="k", kind="x", base_id=stall.sale.base_id, sale_id=None, lines=[("deposit", 1)])
    with pytest.raises(ValueError, match="sum to zero"):
        ledger.post([bad], now=OPENS)
    assert not Entry.objects.exists()


def test_where_your_money_went_adds_up(stall, settle_news):
    lived(stall, settle_news)
    for order in Order.objects.filter(state="delivered"):
        parts = queries.money_split_of_order(order.pk)
        assert set(parts) >= {"growers", "postage", "packaging", "fee"}
        assert sum(parts.values()) == order.total_fen


@given(
    total=st.integers(1, 10**7),
    fee_bp=st.integers(0, 3000),
    quantity=st.integers(1, 200),
    wages=st.integers(0, 10**5),
    own_bp=st.none() | st.integers(0, 9999),
    own_fen=st.integers(0, 10**6),
)
def test_an_orders_price_is_split_to_the_fen(total, fee_bp, quantity, wages, own_bp, own_fen):  # noqa: PLR0917
    row = {
        "quantity": quantity, "total_fen": total, "sale__fee_bp": fee_bp, "listing__net_g": 3000,
        "listing__material_fen": 160, "lane__postage_fen": {"3000": 400},
        "listing__channel__fee_bp": own_bp, "listing__channel__fee_fen": own_fen,
    }  # fmt: skip
    parts = split_of(row, wages)
    assert sum(parts.values()) == total
    assert 0 <= parts["fee"] <= total


@given(
    amount=st.integers(-(10**9), 10**9),
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any),
)
def test_shares_sum_to_what_is_shared_and_are_near_their_part(amount, weights):
    shares = split(amount, weights)
    assert sum(shares) == amount
    assert all(abs(s - amount * w / sum(weights)) < 1 for s, w in zip(shares, weights, strict=True))


def claim(stall, **given):
    order = Order.objects.filter(state="delivered").first()
    filed = ClaimFiled(
        **{
            "key": "c1",
            "order_id": order.pk,
            "box_no": 1,
            "bad_bp": 2000,
            "photo": "p.jpg",
            **given,
        }
    )
    return file_claims(filed=[filed], actor=BUYER, now=ARRIVED)[0]


def test_a_claim_is_filed_once_decided_once_and_refunded_once(stall, settle_news):
    lived(stall, settle_news)
    one = claim(stall)
    assert claim(stall).pk == one.pk
    assert one.proposed_fen == one.order.unit_fen // 5
    decide_claim(
        claim_id=one.pk, approve_fen=one.proposed_fen, cause="carrier", actor=DESK, now=ARRIVED
    )
    with pytest.raises(ClaimImpossible):
        decide_claim(claim_id=one.pk, approve_fen=1, cause="carrier", actor=DESK, now=ARRIVED)
    send_refunds(now=ARRIVED)
    settle_news(ARRIVED)
    assert Refund.objects.get(reason="claim").amount_fen == one.proposed_fen
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    assert broken(stall) == []


@pytest.mark.parametrize("given_", [{"box_no": 9}, {"bad_bp": 0}, {"bad_bp": 10_001}])
def test_a_claim_that_can_not_be_is_refused(stall, settle_news, given_):
    from postharvest.core.errors import InvalidInput

    lived(stall, settle_news)
    with pytest.raises(InvalidInput):
        claim(stall, **given_)


def test_claims_end_after_a_week_and_are_for_what_arrived(stall, settle_news):
    lived(stall, settle_news)
    Order.objects.update(closed_at=ARRIVED - timedelta(days=8))
    with pytest.raises(ClaimImpossible):
        claim(stall)
    Order.objects.update(state="posted")
    with pytest.raises(ClaimImpossible):
        file_claims(
            filed=[ClaimFiled(key="c9", order_id=Order.objects.first().pk, box_no=1, bad_bp=500,
                              photo="p")],
            actor=BUYER, now=ARRIVED,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("bad_bp", "fen"), [(100, 0), (200, 50), (2500, 625), (5000, 2500), (10_000, 2500)]
)
def test_the_proposed_refund_follows_the_rule(bad_bp, fen):
    assert proposed_refund_fen(unit_fen=2500, bad_bp=bad_bp) == fen
