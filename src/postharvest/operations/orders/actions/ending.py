"""Orders that end before they are packed: cancelled by the buyer, or never paid."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import fulfilment, refunds, teams
from postharvest.operations.orders.events import OrdersReleased
from postharvest.operations.orders.models import Order, Payment
from postharvest.operations.orders.transitions import ORDER, IllegalTransition, after, states_before


def cancel_order(*, order_id: int, actor: Actor, now: datetime) -> Order:
    """End an order before it is packed: capacity is free again, money goes back.

    Cancelling again changes nothing.

    Raises
    ------
    IllegalTransition
        The order is packed, in part or whole, or on its way.
    Order.DoesNotExist
        There is no such order.
    """
    answer = cancel_orders(order_ids=[order_id], actor=actor, now=now).get(order_id)
    if answer is None:
        raise Order.DoesNotExist(f"order {order_id}")
    if isinstance(answer, IllegalTransition):
        raise answer
    return answer


CancelAnswer = Order | IllegalTransition
"""The order as it is now, or why it goes on."""


@transaction.atomic
def cancel_orders(
    *, order_ids: Collection[int], actor: Actor, now: datetime
) -> dict[int, CancelAnswer]:
    """Cancel a batch; each order gets an answer of its own, an unknown one gets none."""
    wanted = set(order_ids)
    shelf.lock_sales_of(Order.objects.filter(pk__in=wanted))
    rows = Order.objects.select_for_update(of=("self",)).select_related("listing", "sale")
    answers: dict[int, CancelAnswer] = {}
    ended: list[Order] = []
    for order in rows.filter(pk__in=wanted).order_by("pk"):
        refusal = _keeps(order)
        answers[order.pk] = refusal or order
        if refusal is None and order.state not in _ENDED:
            order.state = Order.State(after(ORDER, "cancel", order.state))
            ended.append(order)
    _end(ended, event="cancel", reason="cancelled", now=now)
    for order in ended:
        if order.team_id is not None and order.paid_at is not None:
            teams.leave(order, now=now)
        audit.write(
            actor, "orders.cancel_order", f"order {order.pk}", now=now, base_id=order.base_id
        )
    return answers


_ENDED = (Order.State.CANCELLED, Order.State.REFUNDED)


def _keeps(order: Order) -> IllegalTransition | None:
    """Return why an order can't be cancelled any more, or none."""
    if order.state in _ENDED:
        return None
    if order.boxes_packed:
        return IllegalTransition("cancel is not possible when boxes are packed", order=order.pk)
    if order.state in states_before(ORDER, "cancel"):
        return None
    return IllegalTransition(f"cancel is not possible when {order.state}", state=order.state)


@transaction.atomic
def expire_holds(*, now: datetime, limit: int = 1000) -> int:
    """End orders that were not paid in time; a payment that still comes is refunded."""
    overdue = Order.objects.filter(state=Order.State.HELD, hold_until__lte=now, paid_at=None)
    shelf.lock_sales_of(overdue)
    due = list(
        overdue.select_for_update(of=("self",))
        .select_related("listing", "sale")
        .order_by("pk")[:limit]
    )
    _end(due, event="expire", reason="not_paid", now=now)
    return len(due)


@transaction.atomic
def give_up_unpacked(*, sale_id: int, actor: Actor, now: datetime) -> int:
    """End what can't be packed any more: the money goes back, a part-packed order is cut short.

    Returns how many orders were ended or cut short.

    Raises
    ------
    NotAllowed
        The actor is no desk of this region.
    """
    shelf.lock_sales([sale_id])
    waiting = list(
        Order.objects.select_for_update(of=("self",))
        .select_related("listing", "sale__branch")
        .filter(sale_id=sale_id, state__in=[Order.State.HELD, Order.State.CONFIRMED])
        .order_by("pk")
    )
    if waiting:
        actor.require(Role.DESK, region=waiting[0].sale.branch.county_id)
    end_unpacked(waiting, reason="could_not_be_packed", now=now)
    audit.write(
        actor,
        "orders.give_up_unpacked",
        f"sale {sale_id}",
        now=now,
        after={"orders": [order.pk for order in waiting]},
    )
    return len(waiting)


def end_unpacked(orders: Sequence[Order], *, reason: str, now: datetime) -> None:
    """End orders of which no box is packed and cut others short to those that are packed.

    Inside the caller's transaction, which has locked sales and orders.
    """
    whole = [o for o in orders if o.boxes_packed == 0]
    _end(whole, event="cancel", reason=reason, now=now)
    for order in whole:
        if order.state == Order.State.HELD and order.team_id and order.paid_at:
            teams.leave(order, now=now)  # who is gone does not count towards forming
    for order in orders:
        if 0 < order.boxes_packed < order.quantity:
            _cut_short(order, now=now)


def _cut_short(order: Order, *, now: datetime) -> None:
    """Keep the packed boxes of an order and pay the others back."""
    missing, packed = order.quantity - order.boxes_packed, order.boxes_packed
    state = after(ORDER, "pack", order.state)
    if order.boxes_posted == packed:
        state = after(ORDER, "post", state)
    order.quantity = missing
    shelf.release([order])
    Order.objects.filter(pk=order.pk).update(
        quantity=packed, total_fen=packed * order.unit_fen, state=state
    )
    payment = order.payments.filter(state=Payment.State.CAPTURED).first()
    if payment is not None:
        refunds.owe_amounts(
            {payment: missing * order.unit_fen}, key="short", reason="cut_short", now=now
        )
    fulfilment.count_delivered({order.pk: 0}, now=now)  # its last box may have arrived already


def _end(orders: Sequence[Order], *, event: str, reason: str, now: datetime) -> None:
    if not orders:
        return
    Order.objects.filter(
        pk__in=[o.pk for o in orders], state__in=states_before(ORDER, event), boxes_packed=0
    ).update(state=Order.State.CANCELLED, closed_at=now, hold_until=None)
    shelf.release(orders)
    refunds.owe([o for o in orders if o.paid_at], reason=reason, now=now)
    for base_id in sorted({o.base_id for o in orders}):
        ids = [o.pk for o in orders if o.base_id == base_id]
        outbox.record(OrdersReleased(base_id=base_id, order_ids=ids, reason=reason), now=now)
