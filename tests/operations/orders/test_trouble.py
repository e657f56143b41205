"""Pause, resume, stop; mass delay with a choice; claims by rule with limits per buyer."""

from datetime import timedelta

import pytest
from tests.operations.conftest import BUYER, DESK, OPENS, START

from postharvest.core.errors import InvalidInput
from postharvest.operations.campaigns.actions import (
    SaleNotOpen,
    close_sale,
    pause_sale,
    resume_sale,
)
from postharvest.operations.notices.models import Notice
from postharvest.operations.orders.actions.claims import ClaimFiled, ClaimImpossible, file_claims
from postharvest.operations.orders.actions.deciding import (
    Decision,
    decide_by_rule,
    decide_claims,
    set_claim_rule,
)
from postharvest.operations.orders.actions.delays import (
    DelayTerms,
    NothingToChoose,
    announce_delay,
    apply_defaults,
    choose,
)
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.models import Claim, DelayChoice, Order, Refund
from postharvest.operations.packing.models import Box
from postharvest.operations.settlement import queries

pytestmark = pytest.mark.django_db
ARRIVED = OPENS + timedelta(days=3)
TERMS = {
    "reason": "the truck did not come", "cause": "carrier", "default": "wait",
    "arrives_earliest": START + timedelta(days=4), "arrives_latest": START + timedelta(days=5),
    "answer_by": OPENS + timedelta(hours=12),
}  # fmt: skip


def announce(orders, **given):
    terms = DelayTerms(**{**TERMS, **given})
    return announce_delay(
        order_ids=[order.pk for order in orders], terms=terms, actor=DESK, now=OPENS
    )


def test_a_paused_sale_takes_no_order_until_resumed_and_a_stopped_one_never(stall):
    pause_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    assert stall.declined() == "sale_closed"
    resume_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    kept = stall.place()
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    assert stall.declined() == "sale_closed"
    with pytest.raises(SaleNotOpen):
        resume_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    shift = stall.shift_at_work()
    assert [box.order_id for box in stall.pack(shift, 5)] == [kept.pk]


def test_who_waits_gets_the_new_window_and_who_does_not_his_money(stall, settle_news):
    patient, hasty, silent = stall.place(), stall.place(), stall.place()
    announce([patient, hasty, silent])
    choose(order_id=patient.pk, choice="wait", actor=BUYER, now=OPENS)
    choose(order_id=hasty.pk, choice="refund", actor=BUYER, now=OPENS)
    assert apply_defaults(now=OPENS + timedelta(hours=11)) == 0
    assert apply_defaults(now=OPENS + timedelta(hours=13)) == 1
    for order in (patient, hasty, silent):
        order.refresh_from_db()
    assert patient.arrives_latest == silent.arrives_latest == TERMS["arrives_latest"]
    assert hasty.state == "cancelled"
    assert list(Refund.objects.values_list("order_id", "amount_fen", "reason")) == [
        (hasty.pk, hasty.total_fen, "delayed")
    ]
    assert stall.claimed() == stall.held()


def test_one_who_chooses_twice_has_chosen_once(stall):
    order = stall.place()
    announce([order])
    choose(order_id=order.pk, choice="refund", actor=BUYER, now=OPENS)
    choose(order_id=order.pk, choice="refund", actor=BUYER, now=OPENS)
    with pytest.raises(NothingToChoose):
        choose(order_id=order.pk, choice="wait", actor=BUYER, now=OPENS)
    assert Refund.objects.count() == 1


def test_after_the_deadline_or_unasked_there_is_nothing_to_choose(stall):
    order, other = stall.place(), stall.place()
    announce([order])
    late = TERMS["answer_by"] + timedelta(minutes=1)
    for pk, now in ((order.pk, late), (other.pk, OPENS)):
        with pytest.raises(NothingToChoose):
            choose(order_id=pk, choice="refund", actor=BUYER, now=now)


def test_a_refund_of_what_is_packed_takes_the_box_out_and_books_its_cost(stall, settle_news):
    shift = stall.shift_at_work()
    order = stall.place(quantity=2)
    boxes = stall.pack(shift, 2)
    stall.post(boxes, now=OPENS)
    announce([order], default="refund")
    settle_news(OPENS)
    assert apply_defaults(now=OPENS + timedelta(hours=13)) == 1
    settle_news(OPENS + timedelta(hours=13))
    send_refunds(now=ARRIVED)
    settle_news(ARRIVED)
    order.refresh_from_db()
    assert Notice.objects.get(kind="delay").contact_id == order.contact_id  # he was told, once
    assert (order.state, order.boxes_withdrawn) == ("refunded", 2)
    assert set(Box.objects.values_list("withdrawn_cause", flat=True)) == {"carrier"}
    totals = queries.sale_totals(stall.sale.pk)
    assert totals["postage_fen"] == 2 * 400  # the truck was paid although nobody got the boxes
    assert totals["packaging_fen"] == 2 * 160
    assert stall.claimed() == stall.held()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"cause": "moon"}, "cause"),
        ({"default": "perhaps"}, "default"),
        ({"answer_by": OPENS}, "answer_by"),
        ({"arrives_latest": START - timedelta(days=1)}, "arrives"),
    ],
)
def test_a_delay_that_can_not_be_told_is_refused(stall, given, field):
    order = stall.place()
    with pytest.raises(InvalidInput) as told:
        announce([order], **given)
    assert told.value.field == field
    assert not DelayChoice.objects.exists()


@pytest.fixture
def arrived(stall, settle_news):
    """Six orders of three buyers have arrived."""
    shift = stall.shift_at_work()
    orders = [stall.place(phone=f"1380000000{n % 3}") for n in range(6)]
    stall.arrive(stall.post(stall.pack(shift, 6), now=OPENS), at=ARRIVED)
    settle_news(ARRIVED)
    return orders


def file(orders, *, bad_bp=1000, photo="p{}.jpg"):
    return file_claims(
        filed=[
            ClaimFiled(
                key=f"c{o.pk}", order_id=o.pk, box_no=1, bad_bp=bad_bp, photo=photo.format(o.pk)
            )
            for o in orders
        ],
        actor=BUYER,
        now=ARRIVED,
    )


def rule(stall, **given):
    limits = {"most_fen": 2000, "most_bad_bp": 5000, "buyer_claims": 9, "buyer_fen": 99_999}
    return set_claim_rule(
        base_id=stall.sale.base_id, actor=DESK, now=ARRIVED, **{**limits, **given}
    )


def by_rule(stall):
    return decide_by_rule(base_id=stall.sale.base_id, actor=DESK, now=ARRIVED)


@pytest.mark.parametrize(
    ("limits", "claims", "why"),
    [
        ({"buyer_claims": 1}, {}, "buyer_often"),
        ({"buyer_fen": 300}, {}, "buyer_much"),
        ({"most_fen": 100}, {}, "too_much"),
        ({"most_bad_bp": 900}, {}, "too_much"),
        ({}, {"photo": ""}, "no_photo"),
        ({}, {"bad_bp": 100}, "too_little"),
    ],
)
def test_the_rule_pays_within_its_limits_and_leaves_the_rest_to_a_person(
    stall, arrived, limits, claims, why
):
    file(arrived, **claims)
    rule(stall, **limits)
    outcome = by_rule(stall)
    some = why.startswith("buyer")
    assert outcome.approved == (3 if some else 0)
    assert outcome.exceptions == {why: 3 if some else 6}
    assert Claim.objects.filter(state="open", exception=why).count() == sum(
        outcome.exceptions.values()
    )
    assert Refund.objects.filter(reason="claim").count() == outcome.approved
    again = by_rule(stall)
    assert (again.approved, again.exceptions) == (0, {})


def test_claims_decided_by_rule_stand_in_the_books_once(stall, arrived, settle_news):
    file(arrived)
    rule(stall)
    outcome = by_rule(stall)
    send_refunds(now=ARRIVED)
    settle_news(ARRIVED)
    assert outcome.approved == 6
    assert [one for one in queries.invariants(stall.sale.pk) if not one["ok"]] == []
    assert sum(Refund.objects.values_list("amount_fen", flat=True)) == outcome.approved_fen


def test_two_people_at_the_queue_decide_each_claim_once(stall, arrived):
    rows = file(arrived)
    said = [Decision(claim_id=c.pk, approve_fen=c.proposed_fen, cause="carrier") for c in rows]
    assert len(decide_claims(decisions=said[:4], actor=DESK, now=ARRIVED)) == 4
    assert len(decide_claims(decisions=said, actor=DESK, now=ARRIVED)) == 2
    assert Refund.objects.filter(reason="claim").count() == 6


def test_a_batch_in_which_one_can_not_be_decides_none(stall, arrived):
    rows = file(arrived)
    said = [Decision(claim_id=c.pk, approve_fen=100, cause="carrier") for c in rows]
    bad = Decision(claim_id=rows[5].pk, approve_fen=10**6, cause="carrier")
    with pytest.raises(InvalidInput, match="amount"):
        decide_claims(decisions=[*said[:5], bad], actor=DESK, now=ARRIVED)
    assert Claim.objects.filter(state="open").count() == 6
    Refund.objects.create(
        key="x", base_id=rows[0].base_id, order=rows[0].order, amount_fen=2400, reason="x",
        payment=rows[0].order.payments.get(), due_at=ARRIVED,
    )  # fmt: skip
    with pytest.raises(ClaimImpossible, match="more would go back"):
        decide_claims(decisions=[Decision(claim_id=rows[0].pk, approve_fen=2500, cause="grower")],
                      actor=DESK, now=ARRIVED)  # fmt: skip
    assert not Order.objects.filter(state="refunded").exists()
