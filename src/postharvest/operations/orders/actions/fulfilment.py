"""What the packing points and the post tell us of orders: packed, posted, delivered, box by box."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from postharvest.core.bulk import add_to
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders.events import OrdersDelivered, PaymentsCaptured
from postharvest.operations.orders.models import Order, Payment
from postharvest.operations.orders.providers import provider_of
from postharvest.operations.orders.transitions import ORDER, states_before

_CHUNK = 5000


def count_packed(boxes: Mapping[int, int]) -> None:
    """Add packed boxes to orders, inside the caller's transaction; a full order is packed."""
    _count("boxes_packed", "pack", Order.State.PACKED, boxes)


def count_posted(boxes: Mapping[int, int]) -> None:
    """Add posted boxes to orders, inside the caller's transaction; a full order is posted."""
    _count("boxes_posted", "post", Order.State.POSTED, boxes)


def count_delivered(boxes: Mapping[int, int], *, now: datetime) -> None:
    """Add delivered boxes to orders, inside the caller's transaction; a full order is delivered.

    With the last box cash on delivery is taken at the door.
    """
    done = _count("boxes_delivered", "deliver", Order.State.DELIVERED, boxes)
    Order.objects.filter(pk__in=done).update(closed_at=now)
    _take_cash(done, now=now)
    by_base: dict[int, list[int]] = {}
    for pk, base_id in Order.objects.filter(pk__in=done).values_list("pk", "base_id"):
        by_base.setdefault(base_id, []).append(pk)
    for base_id, ids in by_base.items():
        outbox.record(OrdersDelivered(base_id=base_id, order_ids=ids), now=now)


def _count(field: str, event: str, full: str, boxes: Mapping[int, int]) -> list[int]:
    """Raise a counter by order and move those that are complete; return these."""
    add_to(Order, field, boxes)
    ids = sorted(boxes)
    done: list[int] = []
    for start in range(0, len(ids), _CHUNK):
        complete = Order.objects.filter(
            pk__in=ids[start : start + _CHUNK],
            state__in=states_before(ORDER, event),
            **{field: F("quantity")},
        )
        done += (moved := list(complete.values_list("pk", flat=True)))
        Order.objects.filter(pk__in=moved).update(state=full)
    return done


def _take_cash(order_ids: list[int], *, now: datetime) -> None:
    orders = Order.objects.filter(pk__in=order_ids, payment=Order.Payment.CASH_ON_DELIVERY)
    provider = provider_of(Order.Payment.CASH_ON_DELIVERY)
    rows = Payment.objects.bulk_create(
        Payment(
            base_id=order.base_id,
            order=order,
            provider=provider.name,
            reference=provider.reference(order.pk),
            amount_fen=order.total_fen,
            state=Payment.State.CAPTURED,
            captured_at=now,
        )
        for order in orders.order_by("pk")
    )
    orders.update(paid_at=now)
    for base_id in sorted({p.base_id for p in rows}):
        ids = [p.pk for p in rows if p.base_id == base_id]
        outbox.record(PaymentsCaptured(base_id=base_id, payment_ids=ids), now=now)
