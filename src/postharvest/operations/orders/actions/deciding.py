"""Deciding claims: one by one, many at once by a person, or by rule with limits per buyer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, Sum

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.bulk import update_rows
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.photos.actions import seen_before
from postharvest.operations.network.models import Base
from postharvest.operations.orders.actions import refunds
from postharvest.operations.orders.actions.claims import ClaimImpossible
from postharvest.operations.orders.events import ClaimsDecided
from postharvest.operations.orders.models import Claim, ClaimRule, Order, Payment, Refund

WHOLE_BP = 10_000
NO_PHOTO, TOO_LITTLE, TOO_MUCH = "no_photo", "too_little", "too_much"
BUYER_OFTEN, BUYER_MUCH, NOT_PAID = "buyer_often", "buyer_much", "not_paid"
PHOTO_TWICE = "photo_twice"
_CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person says of one claim: 0 denies it."""

    claim_id: int
    approve_fen: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """What the rule paid back, and what it left to a person, by reason."""

    approved: int
    approved_fen: int
    exceptions: dict[str, int]


@transaction.atomic
def set_claim_rule(
    *,
    base_id: int,
    most_fen: int,
    most_bad_bp: int,
    buyer_claims: int,
    buyer_fen: int,
    actor: Actor,
    now: datetime,
) -> ClaimRule:
    """Say up to what a base pays claims back by rule.

    Raises
    ------
    InvalidInput
        A limit is negative, or a share exceeds the box.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, region=base.county_id)
    limits = {
        "most_fen": most_fen,
        "most_bad_bp": most_bad_bp,
        "buyer_claims": buyer_claims,
        "buyer_fen": buyer_fen,
    }
    for name, value in limits.items():
        if value < 0 or (name == "most_bad_bp" and value > WHOLE_BP):
            raise InvalidInput(name, f"a limit of {value} can't be")
    row, _ = ClaimRule.objects.update_or_create(base=base, defaults=limits)
    audit.write(actor, "orders.set_claim_rule", f"base {base_id}", now=now, after=limits)
    return row


@transaction.atomic
def decide_claim(
    *, claim_id: int, approve_fen: int, cause: str, actor: Actor, now: datetime
) -> Claim:
    """Pay a claim back, or deny it with 0; it is decided once.

    Raises
    ------
    ClaimImpossible
        It is decided already, or more would go back than was paid.
    InvalidInput
        The amount or the cause can't be.
    """
    one = Decision(claim_id=claim_id, approve_fen=approve_fen, cause=cause)
    done = decide_claims(decisions=[one], actor=actor, now=now)
    if not done:
        raise ClaimImpossible(f"claim {claim_id} is decided already", claim=claim_id)
    return done[0]


@transaction.atomic
def decide_claims(*, decisions: Sequence[Decision], actor: Actor, now: datetime) -> list[Claim]:
    """Decide many claims at once; those that a colleague has decided meanwhile are left alone.

    Returns those that were decided now.

    Raises
    ------
    ClaimImpossible
        More would go back than was paid; nothing of the batch is decided.
    InvalidInput
        An amount or a cause can't be.
    """
    wanted = {one.claim_id: one for one in decisions}
    rows = _open(Q(pk__in=list(wanted)))
    for county in sorted({row.order.sale.branch.county_id for row in rows}):
        actor.require(Role.DESK, region=county)
    for row in rows:
        one = wanted[row.pk]
        if one.cause not in Claim.Cause.values:
            raise InvalidInput("cause", f"{one.cause!r} is none of {', '.join(Claim.Cause.values)}")
        if not 0 <= one.approve_fen <= row.order.unit_fen:
            raise InvalidInput("amount", f"must lie between 0 and {row.order.unit_fen} fen")
        row.cause = one.cause
        row.decided_fen = one.approve_fen
    room = _room([row.order_id for row in rows if row.decided_fen])
    for row in rows:
        if row.decided_fen and not room.take(row.order_id, row.decided_fen):
            raise ClaimImpossible(room.why(row.order_id), order=row.order_id)
    _store(rows, room, actor, now=now)
    return rows


@transaction.atomic
def decide_by_rule(
    *, base_id: int, actor: Actor, now: datetime, limit: int = 10_000
) -> RuleOutcome:
    """Pay back what the base's rule allows, the oldest first; the rest is left to a person.

    What is left carries the reason, and is not looked at by the rule again.

    Raises
    ------
    InvalidInput
        The base has no rule yet.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, region=base.county_id)
    rule = ClaimRule.objects.filter(base=base).first()
    if rule is None:
        raise InvalidInput("rule", "set the base's limits first")
    rows = _open(Q(base=base, exception=""))[:limit]
    before = _before([row.order for row in rows])
    room = _room([row.order_id for row in rows])
    twice = seen_before({f"order {row.order_id}" for row in rows})
    paid, left = [], []
    for row in rows:
        buyer = row.order.sale_id, row.order.buyer
        row.exception = _exception(row, rule, *before.get(buyer, (0, 0)))
        if not row.exception and f"order {row.order_id}" in twice:
            row.exception = PHOTO_TWICE
        if not row.exception and not room.take(row.order_id, row.proposed_fen):
            row.exception = NOT_PAID
        if row.exception:
            left.append(row)
            continue
        count, fen = before.get(buyer, (0, 0))
        before[buyer] = count + 1, fen + row.proposed_fen
        row.decided_fen = row.proposed_fen
        paid.append(row)
    update_rows(Claim, left, ["exception"])
    _store(paid, room, actor, now=now)
    return RuleOutcome(
        approved=len(paid),
        approved_fen=sum(row.proposed_fen for row in paid),
        exceptions=dict(Counter(row.exception for row in left)),
    )


def pay_back_recalled(
    *, boxes: Sequence[tuple[int, int]], cause: str, note: str, actor: Actor, now: datetime
) -> list[Claim]:
    """Pay (order, box number) back that have arrived and must not be eaten; no buyer has to ask.

    Inside the caller's transaction.  What was paid back of a box already is not paid again, and
    an order whose money nobody took is passed over.
    """
    orders = {o.pk: o for o in Order.objects.filter(pk__in={pk for pk, _ in boxes})}
    locked = Claim.objects.select_for_update().filter(order__in=orders)
    known = {(claim.order_id, claim.box_no): claim for claim in locked}
    room = _room(list(orders))
    rows = []
    for order_id, number in boxes:
        claim = known.get((order_id, number)) or Claim(
            key=f"recall:{order_id}:{number}",
            base_id=orders[order_id].base_id,
            order=orders[order_id],
            box_no=number,
            bad_bp=WHOLE_BP,
            proposed_fen=orders[order_id].unit_fen,
            filed_at=now,
        )
        if claim.state == Claim.State.APPROVED or not room.take(
            order_id, orders[order_id].unit_fen
        ):
            continue
        claim.note, claim.cause = note[:400], cause
        claim.decided_fen = orders[order_id].unit_fen
        claim.save()
        rows.append(claim)
    _store(rows, room, actor, now=now)
    return rows


def _open(which: Q) -> list[Claim]:
    rows = Claim.objects.select_for_update(of=("self",)).filter(which, state=Claim.State.OPEN)
    return list(rows.select_related("order__sale__branch").order_by("filed_at", "pk"))


def _exception(claim: Claim, rule: ClaimRule, count: int, fen: int) -> str:
    """Return why a person must look at a claim; "" if the rule may pay it."""
    checks = (
        (not claim.photo, NO_PHOTO),
        (claim.proposed_fen == 0, TOO_LITTLE),
        (claim.proposed_fen > rule.most_fen or claim.bad_bp > rule.most_bad_bp, TOO_MUCH),
        (count + 1 > rule.buyer_claims, BUYER_OFTEN),
        (fen + claim.proposed_fen > rule.buyer_fen, BUYER_MUCH),
    )
    return next((why for applies, why in checks if applies), "")


def _before(orders: Sequence[Order]) -> dict[tuple[int, str], tuple[int, int]]:
    """Return how many claims, and how much, each buyer was granted in each sale so far."""
    rows = Claim.objects.filter(
        state=Claim.State.APPROVED, order__sale__in={order.sale_id for order in orders}
    )
    sums = rows.values_list("order__sale_id", "order__buyer").annotate(
        n=Count("pk"), fen=Sum("decided_fen")
    )
    return {(sale, buyer): (n, fen) for sale, buyer, n, fen in sums}


class _Room:
    """What can still go back of the payments of some orders."""

    def __init__(self, payments: Mapping[int, Payment], back: Mapping[int, int]) -> None:
        self.payments = payments
        self._left = {
            order: payment.amount_fen - back.get(payment.pk, 0)
            for order, payment in payments.items()
        }

    def take(self, order_id: int, fen: int) -> bool:
        """Note that so much goes back; False if there is less."""
        if self._left.get(order_id, 0) < fen:
            return False
        self._left[order_id] -= fen
        return True

    def why(self, order_id: int) -> str:
        if order_id in self.payments:
            return "more would go back than was paid"
        return "nothing was paid for this order"


def _room(order_ids: Sequence[int]) -> _Room:
    payments: dict[int, Payment] = {}
    back: dict[int, int] = {}
    ids = sorted(set(order_ids))
    for start in range(0, len(ids), _CHUNK):
        captured = Payment.objects.filter(
            order__in=ids[start : start + _CHUNK], state=Payment.State.CAPTURED
        ).order_by("-pk")
        found = {payment.order_id: payment for payment in captured}
        payments |= found
        sums = Refund.objects.filter(payment__in=[p.pk for p in found.values()])
        back |= dict(sums.values_list("payment").annotate(n=Sum("amount_fen")))
    return _Room(payments, back)


def _store(rows: Sequence[Claim], room: _Room, actor: Actor, *, now: datetime) -> None:
    """Write decisions, owe the refunds and tell the books: one piece of news a base."""
    if not rows:
        return
    for row in rows:
        row.state = Claim.State.APPROVED if row.decided_fen else Claim.State.DENIED
        row.decided_at, row.decided_by = now, actor.party
    update_rows(Claim, rows, ["state", "decided_fen", "cause", "decided_at", "decided_by"])
    refunds.owe_claims(
        [(row.pk, room.payments[row.order_id], row.decided_fen) for row in rows if row.decided_fen],
        now=now,
    )
    audit.write(
        actor,
        "orders.decide_claims",
        f"claims {len(rows)}",
        now=now,
        after={"claims": [[row.pk, row.proposed_fen, row.decided_fen, row.cause] for row in rows]},
    )
    for base_id in sorted({row.base_id for row in rows}):
        ids = [row.pk for row in rows if row.base_id == base_id]
        outbox.record(ClaimsDecided(base_id=base_id, claim_ids=ids), now=now)
