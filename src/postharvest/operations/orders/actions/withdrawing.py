"""Packed boxes that come out of the chain again: their buyers get the money back, once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.models import PackingDay, Sale
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import fulfilment, refunds
from postharvest.operations.orders.events import OrdersReleased
from postharvest.operations.orders.models import Order, Payment
from postharvest.operations.orders.transitions import ORDER, states_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Boxes taken out of one order, and how many of them had been posted."""

    boxes: int
    posted: int
    key: str


def withdraw(taken: Mapping[int, Taken], *, reason: str, now: datetime) -> None:
    """Take packed boxes out of orders, inside the caller's transaction, which has locked the sales.

    An order of which nothing is left ends and is paid back whole; of another the boxes are paid
    back.  What they held of lot and packing day is given back and taken out of what can be sold:
    fruit and work are gone.
    """
    orders = list(
        Order.objects.select_for_update(of=("self",))
        .select_related("listing", "sale")
        .filter(pk__in=taken)
        .order_by("pk")
    )
    whole = [order for order in orders if taken[order.pk].boxes == order.quantity]
    _end(whole, taken, reason=reason, now=now)
    for order in orders:
        if order not in whole:
            _shorten(order, taken[order.pk], reason=reason, now=now)


def come_back(order_ids: Sequence[int]) -> None:
    """Count one posted box of each order as not posted: it came back and will be sent again."""
    for order_id, boxes in sorted(Counter(order_ids).items()):
        Order.objects.filter(
            pk=order_id, state__in=states_before(ORDER, "come_back"), boxes_posted__gte=boxes
        ).update(boxes_posted=F("boxes_posted") - boxes, state=Order.State.PACKED)


def _end(
    orders: Sequence[Order], taken: Mapping[int, Taken], *, reason: str, now: datetime
) -> None:
    if not orders:
        return
    for order in orders:
        Order.objects.filter(pk=order.pk, state__in=states_before(ORDER, "withdraw")).update(
            state=Order.State.CANCELLED,
            closed_at=now,
            boxes_packed=F("boxes_packed") - taken[order.pk].boxes,
            boxes_posted=F("boxes_posted") - taken[order.pk].posted,
            boxes_withdrawn=F("boxes_withdrawn") + taken[order.pk].boxes,
        )
    _use_up(orders)
    refunds.owe(orders, reason=reason, now=now)
    for base_id in sorted({o.base_id for o in orders}):
        ids = [o.pk for o in orders if o.base_id == base_id]
        outbox.record(OrdersReleased(base_id=base_id, order_ids=ids, reason=reason), now=now)


def _shorten(order: Order, taken: Taken, *, reason: str, now: datetime) -> None:
    rest = order.quantity - taken.boxes
    Order.objects.filter(pk=order.pk).update(
        quantity=rest,
        total_fen=rest * order.unit_fen,
        boxes_packed=F("boxes_packed") - taken.boxes,
        boxes_posted=F("boxes_posted") - taken.posted,
        boxes_withdrawn=F("boxes_withdrawn") + taken.boxes,
    )
    order.quantity = taken.boxes
    _use_up([order])
    payment = order.payments.filter(state=Payment.State.CAPTURED).first()
    if payment is not None:
        refunds.owe_amounts(
            {payment: taken.boxes * order.unit_fen},
            key=f"withdrawn-{taken.key}",
            reason=reason,
            now=now,
        )
    fulfilment.count_packed({order.pk: 0})  # what is left of it may be complete by now
    fulfilment.count_posted({order.pk: 0})
    fulfilment.count_delivered({order.pk: 0}, now=now)


def _use_up(orders: Sequence[Order]) -> None:
    """Give back what boxes held, and sell neither their fruit nor their packers' time again."""
    shelf.release(orders)
    grams: Counter[int] = Counter()
    seconds: Counter[tuple[int, date]] = Counter()
    for order in orders:
        grams[order.sale_id] += order.quantity * order.listing.net_g
        seconds[order.sale_id, order.pack_day] += order.quantity * order.listing.box_crew_s
    for sale_id, weight_g in sorted(grams.items()):
        free = F("reserved_g") + F("set_aside_g") + weight_g
        Sale.objects.filter(pk=sale_id, capacity_g__gte=free).update(
            capacity_g=F("capacity_g") - weight_g
        )
    for (sale_id, day), crew_s in sorted(seconds.items()):
        free = F("reserved_crew_s") + F("set_aside_crew_s") + crew_s
        PackingDay.objects.filter(sale_id=sale_id, day=day, capacity_crew_s__gte=free).update(
            capacity_crew_s=F("capacity_crew_s") - crew_s
        )
