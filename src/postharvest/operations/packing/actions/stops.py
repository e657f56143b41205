"""A lot that may be bad: everything made of it stands still until somebody decides."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.operations.harvest.models import Lot
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import withdrawing
from postharvest.operations.orders.actions.withdrawing import Taken
from postharvest.operations.orders.models import Claim, Order
from postharvest.operations.packing.events import BoxesWithdrawn, LotReleased, LotWasStopped
from postharvest.operations.packing.models import Box, PointStock, TopUp


@transaction.atomic
def stop_lot(*, lot_id: int, reason: str, actor: Actor, now: datetime) -> int:
    """Hold a lot: nothing of it comes in or is boxed, its boxes get no label and leave by no truck.

    Stopping it again changes nothing.  Returns how many boxes hold some of it.

    Raises
    ------
    InvalidInput
        No reason is given.
    """
    lot = Lot.objects.select_for_update(of=("self",)).select_related("base").get(pk=lot_id)
    actor.require(Role.POINT_LEADER, Role.DESK, region=lot.base.county_id)
    if not reason.strip():
        raise InvalidInput("reason", "say what is wrong with the lot: rot, residue, …")
    made_of = boxes_of_lot(lot_id)
    if lot.stopped_at is None:
        Lot.objects.filter(pk=lot_id).update(stopped_at=now, stop_reason=reason.strip()[:200])
        made_of.filter(held_at=None, withdrawn_at=None).update(held_at=now)
        audit.write(
            actor, "packing.stop_lot", f"lot {lot_id}", now=now, after={"reason": reason.strip()}
        )
        outbox.record(LotWasStopped(base_id=lot.base_id, lot_id=lot_id), now=now)
    return made_of.count()


@transaction.atomic
def release_lot(*, lot_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Let a stopped lot go on: it was a false alarm, and somebody says why.

    A box that also holds some of another stopped lot stays held.

    Raises
    ------
    InvalidInput
        The lot is not stopped, or no reason is given.
    """
    lot = Lot.objects.select_for_update(of=("self",)).select_related("base").get(pk=lot_id)
    actor.require(Role.DESK, region=lot.base.county_id)
    if lot.stopped_at is None:
        raise InvalidInput("lot", f"lot {lot_id} is not stopped")
    if not reason.strip():
        raise InvalidInput("reason", "say why the lot is good after all")
    Lot.objects.filter(pk=lot_id).update(stopped_at=None, stop_reason="")
    still = Lot.objects.exclude(stopped_at=None).values("pk")
    others = Q(lot__in=still) | Q(pk__in=TopUp.objects.filter(lot__in=still).values("box"))
    held = boxes_of_lot(lot_id).filter(withdrawn_at=None).exclude(others)
    Box.objects.filter(pk__in=list(held.values_list("pk", flat=True))).update(held_at=None)
    audit.write(
        actor, "packing.release_lot", f"lot {lot_id}", now=now, after={"reason": reason.strip()}
    )
    outbox.record(LotReleased(base_id=lot.base_id, lot_id=lot_id), now=now)


def boxes_of_lot(lot_id: int) -> QuerySet[Box]:
    """Boxes that hold some of a lot, whole or as a top-up."""
    topped = TopUp.objects.filter(lot_id=lot_id).values("box")
    return Box.objects.filter(Q(lot_id=lot_id) | Q(pk__in=topped)).order_by("pk")


def withdraw_boxes(
    boxes: Collection[Box],
    *,
    posted: Collection[int],
    cause: str,
    reason: str,
    now: datetime,
) -> list[Box]:
    """Take boxes that have not arrived out of the chain, inside the caller's transaction.

    Their buyers are paid back.  Where the grower caused it, his fruit no longer counts as boxed.
    ``posted`` are the ids of those that have left.  A box that is out already is passed over.

    Raises
    ------
    InvalidInput
        Nobody of that name can have caused it.
    """
    if cause not in Claim.Cause.values:
        raise InvalidInput("cause", f"{cause!r} is none of {', '.join(Claim.Cause.values)}")
    shelf.lock_sales_of(Order.objects.filter(pk__in={box.order_id for box in boxes}))
    rows = list(
        Box.objects.select_for_update(of=("self",))
        .select_related("shift")
        .filter(pk__in=[box.pk for box in boxes], withdrawn_at=None)
        .order_by("pk")
    )
    if not rows:
        return []
    Box.objects.filter(pk__in=[box.pk for box in rows]).update(
        withdrawn_at=now, withdrawn_cause=cause
    )
    withdrawing.withdraw(_per_order(rows, set(posted)), reason=reason, now=now)
    if cause == Claim.Cause.GROWER:
        _unbox(rows)
    for base_id, sale_id in sorted({(box.base_id, box.shift.sale_id) for box in rows}):
        ids = [b.pk for b in rows if (b.base_id, b.shift.sale_id) == (base_id, sale_id)]
        outbox.record(
            BoxesWithdrawn(base_id=base_id, sale_id=sale_id, box_ids=ids, cause=cause), now=now
        )
    return rows


def _per_order(rows: Collection[Box], posted: set[int]) -> Mapping[int, Taken]:
    by_order: dict[int, list[int]] = {}
    for box in rows:
        by_order.setdefault(box.order_id, []).append(box.pk)
    return {
        order_id: Taken(boxes=len(ids), posted=sum(pk in posted for pk in ids), key=str(min(ids)))
        for order_id, ids in by_order.items()
    }


def _unbox(rows: Collection[Box]) -> None:
    """Move the grams of boxes from what went into boxes to what was written off."""
    top_ups = TopUp.objects.filter(box__in=[box.pk for box in rows])
    added: dict[int, list[tuple[int, int]]] = {}
    for box_id, lot_id, weight_g in top_ups.values_list("box_id", "lot_id", "weight_g"):
        added.setdefault(box_id, []).append((lot_id, weight_g))
    for box in rows:
        more = added.get(box.pk, [])
        own_g = box.net_g - sum(weight_g for _, weight_g in more)
        for lot_id, weight_g in ((box.lot_id, own_g), *more):
            _write_off(lot_id, weight_g)


def _write_off(lot_id: int, weight_g: int) -> None:
    rest = weight_g
    held = PointStock.objects.filter(lot_id=lot_id, boxed_g__gt=0).order_by("pk")
    for stock in held:
        part = min(rest, stock.boxed_g)
        PointStock.objects.filter(pk=stock.pk, boxed_g__gte=part).update(
            boxed_g=F("boxed_g") - part, left_g=F("left_g") + part
        )
        rest -= part
        if not rest:
            return
