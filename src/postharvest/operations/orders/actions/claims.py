"""A buyer says that something was bad: proposed by rule, decided by a person, refunded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders.actions import refunds
from postharvest.operations.orders.events import ClaimDecided
from postharvest.operations.orders.models import Claim, Order, Payment, Refund

CLAIM_DAYS = 7
WHOLE_BOX_FROM_BP = 5000
"""From half the box on, the whole box is paid back."""
SMALLEST_BP = 200
"""Below two bad pieces in a hundred nothing is proposed: produce is not screws."""
_WHOLE = 10_000


class ClaimImpossible(Refused):
    """There is nothing to claim here: not delivered, too late, or claimed already."""

    code = "orders.claim_impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFiled:
    """What the buyer sends.  ``cause`` is what the photo suggests; the desk may change it."""

    key: str
    order_id: int
    box_no: int
    bad_bp: int
    photo: str
    cause: str = Claim.Cause.GROWER
    parcel_number: str = ""
    note: str = ""


def proposed_refund_fen(*, unit_fen: int, bad_bp: int) -> int:
    """Return what the rule gives back of a box's price for a share of bad pieces."""
    if bad_bp < SMALLEST_BP:
        return 0
    if bad_bp >= WHOLE_BOX_FROM_BP:
        return unit_fen
    return (unit_fen * bad_bp + _WHOLE // 2) // _WHOLE


@transaction.atomic
def file_claims(*, filed: Sequence[ClaimFiled], actor: Actor, now: datetime) -> list[Claim]:
    """Take buyers' claims; the same key again answers with the claim it made.

    Raises
    ------
    InvalidInput
        A share or a box number that can't be.
    ClaimImpossible
        The order is not delivered, the claim comes too late, or the box has one already.
    """
    keys = [one.key for one in filed]
    known = {c.key: c for c in Claim.objects.filter(key__in=keys)}
    orders = {o.pk: o for o in Order.objects.filter(pk__in=[one.order_id for one in filed])}
    fresh = []
    for one in filed:
        if one.key in known:
            continue
        order = orders[one.order_id]
        _check(one, order, now=now)
        fresh.append(
            Claim(
                key=one.key,
                base_id=order.base_id,
                order=order,
                box_no=one.box_no,
                parcel_number=one.parcel_number,
                bad_bp=one.bad_bp,
                photo=one.photo,
                note=one.note,
                cause=one.cause,
                proposed_fen=proposed_refund_fen(unit_fen=order.unit_fen, bad_bp=one.bad_bp),
                filed_at=now,
            )
        )
    for claim in Claim.objects.bulk_create(fresh):
        known[claim.key] = claim
    audit.write(
        actor, "orders.file_claims", f"claims {len(fresh)}", now=now, after={"keys": keys[:50]}
    )
    return [known[key] for key in keys]


@transaction.atomic
def decide_claim(
    *,
    claim_id: int,
    approve_fen: int,
    cause: str,
    actor: Actor,
    now: datetime,
) -> Claim:
    """Pay a claim back, or deny it with 0; it is decided once.

    Raises
    ------
    ClaimImpossible
        It is decided already, or more would go back than was paid.
    InvalidInput
        The amount or the cause can't be.
    """
    claim = Claim.objects.select_for_update(of=("self",)).select_related("order__sale__branch")
    row = claim.get(pk=claim_id)
    actor.require(Role.DESK, region=row.order.sale.branch.county_id)
    if cause not in Claim.Cause.values:
        raise InvalidInput("cause", f"{cause!r} is none of {', '.join(Claim.Cause.values)}")
    if not 0 <= approve_fen <= row.order.unit_fen:
        raise InvalidInput("amount", f"must lie between 0 and {row.order.unit_fen} fen")
    state = Claim.State.APPROVED if approve_fen else Claim.State.DENIED
    decided = Claim.objects.filter(pk=claim_id, state=Claim.State.OPEN).update(
        state=state, decided_fen=approve_fen, cause=cause, decided_at=now, decided_by=actor.party
    )
    if not decided:
        raise ClaimImpossible(f"claim {claim_id} is decided already", claim=claim_id)
    if approve_fen:
        _refund(row, approve_fen, now=now)
    audit.write(
        actor,
        "orders.decide_claim",
        f"claim {claim_id}",
        now=now,
        before={"proposed_fen": row.proposed_fen, "cause": row.cause},
        after={"decided_fen": approve_fen, "cause": cause},
    )
    outbox.record(ClaimDecided(base_id=row.base_id, claim_id=claim_id), now=now)
    row.refresh_from_db()
    return row


def _check(one: ClaimFiled, order: Order, *, now: datetime) -> None:
    if not 0 < one.bad_bp <= _WHOLE:
        raise InvalidInput("bad_share", "must lie above 0 and at most 100 %")
    if not 1 <= one.box_no <= order.quantity:
        raise InvalidInput("box", f"the order has boxes 1 to {order.quantity}")
    if order.state != Order.State.DELIVERED or order.closed_at is None:
        raise ClaimImpossible("this order has not arrived yet", order=order.pk)
    if now > order.closed_at + timedelta(days=CLAIM_DAYS):
        raise ClaimImpossible(f"claims can be made for {CLAIM_DAYS} days", order=order.pk)
    if Claim.objects.filter(order=order, box_no=one.box_no).exists():
        raise ClaimImpossible("this box has a claim already", order=order.pk)


def _refund(claim: Claim, amount_fen: int, *, now: datetime) -> None:
    payment = Payment.objects.filter(order=claim.order, state=Payment.State.CAPTURED).first()
    if payment is None:
        raise ClaimImpossible("nothing was paid for this order", order=claim.order_id)
    back = Refund.objects.filter(payment=payment).aggregate(n=Sum("amount_fen"))["n"] or 0
    if back + amount_fen > payment.amount_fen:
        raise ClaimImpossible("more would go back than was paid", order=claim.order_id)
    refunds.owe_amounts({payment: amount_fen}, key=f"claim:{claim.pk}", reason="claim", now=now)
