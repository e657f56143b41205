"""Bundles for wholesale buyers: from a point's stock onto a truck."""

from collections import Counter
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders.actions import bulk
from postharvest.operations.orders.models import BulkOrder
from postharvest.operations.packing.actions.boxes import MoreThanThere, Stock
from postharvest.operations.packing.actions.shifts import ShiftNotOpen
from postharvest.operations.packing.events import BulkLoaded
from postharvest.operations.packing.models import BulkLoad, Shift


@transaction.atomic
def load_bulk_order(
    *, bulk_order_id: int, shift_id: int, truck: str, actor: Actor, now: datetime
) -> list[BulkLoad]:
    """Load all bundles of a bulk order, from the lots of a point that spoil first.

    Raises
    ------
    orders.transitions.IllegalTransition
        The order is loaded, paid or cancelled already.
    InvalidInput
        The truck has no number, or the point packs for another sale.
    MoreThanThere
        The point holds too little; weigh in more first.
    ShiftNotOpen
        The point's day is over or called off.
    """
    if not truck.strip():
        raise InvalidInput("truck", "enter the truck's number plate")
    order = bulk.mark_loaded(bulk_order_id=bulk_order_id, truck=truck, actor=actor, now=now)
    shift = _shift(shift_id, order, actor)
    stock = Stock(shift)
    weights: Counter[int] = Counter()
    for _ in range(order.quantity):
        filled = stock.fill(order.listing.net_g)
        if filled is None:
            raise MoreThanThere(f"the point holds too little for {order.quantity} bundles")
        for lot, weight_g in filled:
            weights[lot] += weight_g
    stock.write()
    loads = BulkLoad.objects.bulk_create(
        BulkLoad(base_id=order.base_id, order=order, shift=shift, lot_id=lot, weight_g=weight_g)
        for lot, weight_g in sorted(weights.items())
    )
    audit.write(
        actor,
        "packing.load_bulk_order",
        f"bulk order {order.pk}",
        now=now,
        after={"truck": truck, "lots": [[row.lot_id, row.weight_g] for row in loads]},
    )
    outbox.record(BulkLoaded(base_id=order.base_id, bulk_order_id=order.pk), now=now)
    return loads


def _shift(shift_id: int, order: BulkOrder, actor: Actor) -> Shift:
    rows = Shift.objects.select_for_update(of=("self",)).select_related("sale__branch")
    shift = rows.get(pk=shift_id)
    actor.require(Role.POINT_LEADER, Role.DESK, region=shift.sale.branch.county_id)
    if shift.sale_id != order.sale_id:
        raise InvalidInput("shift", "this point packs for another sale that day")
    if shift.state not in (Shift.State.ANNOUNCED, Shift.State.RUNNING):
        raise ShiftNotOpen(f"shift {shift_id} is {shift.get_state_display()}", shift=shift_id)
    return shift
