"""Money that goes back to its source, once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from postharvest.core.outbox import log as outbox
from postharvest.operations.orders.events import RefundsSent
from postharvest.operations.orders.models import Order, Payment, Refund
from postharvest.operations.orders.providers import provider_of


def owe(orders: Iterable[Order], *, reason: str, now: datetime) -> list[Refund]:
    """Note that what was captured for these orders must go back whole.

    One refund per captured payment, keyed, so that asking again changes nothing.
    """
    captured = Payment.objects.filter(
        order__in=[o.pk for o in orders], state=Payment.State.CAPTURED
    ).order_by("pk")
    return owe_amounts(
        {payment: payment.amount_fen for payment in captured},
        key="payment",
        reason=reason,
        now=now,
    )


def owe_amounts(
    amounts_fen: Mapping[Payment, int], *, key: str, reason: str, now: datetime
) -> list[Refund]:
    """Note that parts of payments must go back, once per payment and key."""
    return _owe(
        [
            _refund(f"{key}:{payment.pk}", payment, amount_fen, reason=reason, now=now)
            for payment, amount_fen in amounts_fen.items()
        ]
    )


def owe_claims(approved: Sequence[tuple[int, Payment, int]], *, now: datetime) -> list[Refund]:
    """Note that (claim, payment, fen) must go back, once per claim."""
    return _owe(
        [
            _refund(f"claim:{claim_id}", payment, amount_fen, reason="claim", now=now)
            for claim_id, payment, amount_fen in approved
        ]
    )


def _refund(key: str, payment: Payment, amount_fen: int, *, reason: str, now: datetime) -> Refund:
    return Refund(
        key=key,
        base_id=payment.base_id,
        order_id=payment.order_id,
        payment=payment,
        amount_fen=amount_fen,
        reason=reason,
        due_at=now,
    )


def _owe(rows: Sequence[Refund]) -> list[Refund]:
    known = set(Refund.objects.filter(key__in=[r.key for r in rows]).values_list("key", flat=True))
    return Refund.objects.bulk_create(r for r in rows if r.key not in known)


@transaction.atomic
def send_refunds(*, now: datetime, limit: int = 1000) -> int:
    """Send the refunds that are due; the provider is given the key, so it pays each once.

    The row is claimed by a guarded UPDATE, so two workers never send the same.
    """
    due = list(
        Refund.objects.select_for_update()
        .select_related("payment", "order")
        .filter(state=Refund.State.DUE)
        .order_by("pk")[:limit]
    )
    for refund in due:
        provider_of(refund.payment.provider).refund(
            key=refund.key, reference=refund.payment.reference, amount_fen=refund.amount_fen
        )
    ids = [r.pk for r in due]
    Refund.objects.filter(pk__in=ids, state=Refund.State.DUE).update(
        state=Refund.State.SENT, sent_at=now
    )
    whole = [r.order_id for r in due if r.order.state == Order.State.CANCELLED]
    Order.objects.filter(pk__in=whole, state=Order.State.CANCELLED).update(
        state=Order.State.REFUNDED
    )
    for base_id in sorted({r.base_id for r in due}):
        mine = [r.pk for r in due if r.base_id == base_id]
        outbox.record(RefundsSent(base_id=base_id, refund_ids=mine), now=now)
    return len(due)
