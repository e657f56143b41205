"""A stopped lot is withdrawn: its boxes found wherever they are, paid back, and traced back."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.operations.harvest.models import Lot
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import deciding
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.actions import stops
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels.models import Parcel

REASON = "lot_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Boxes of a lot by where they are, and whose lot it is."""

    lot_id: int
    grower_id: int
    village: str
    harvested_on: str
    at_points: list[int]
    on_the_road: list[int]
    arrived: list[int]
    withdrawn: list[int]

    @property
    def living(self) -> int:
        return len(self.at_points) + len(self.on_the_road) + len(self.arrived)


def whereabouts(lot_id: int) -> Whereabouts:
    """Find every box that holds some of a lot, and trace the lot back to its grower."""
    lot = Lot.objects.select_related("grower").get(pk=lot_id)
    found: dict[str, list[int]] = {name: [] for name in ("at", "road", "arrived", "withdrawn")}
    rows = stops.boxes_of_lot(lot_id).values_list(
        "pk", "withdrawn_at", "parcel__despatch_id", "parcel__delivered_at"
    )
    for pk, withdrawn_at, despatch, delivered_at in rows:
        where = "withdrawn" if withdrawn_at else "arrived" if delivered_at else ""
        found[where or ("road" if despatch else "at")].append(pk)
    return Whereabouts(
        lot_id=lot_id,
        grower_id=lot.grower_id,
        village=lot.grower.village,
        harvested_on=lot.harvested_on.isoformat(),
        at_points=found["at"],
        on_the_road=found["road"],
        arrived=found["arrived"],
        withdrawn=found["withdrawn"],
    )


@transaction.atomic
def withdraw_lot(*, lot_id: int, cause: str, actor: Actor, now: datetime) -> Whereabouts:
    """Take every box of a stopped lot out of the chain and pay its buyer back, arrived or not.

    Doing it again finds nothing left to do.  Returns where the boxes were.

    Raises
    ------
    InvalidInput
        The lot is not stopped, or nobody of that name can have caused it.
    """
    lot = Lot.objects.select_related("base").get(pk=lot_id)
    actor.require(Role.DESK, region=lot.base.county_id)
    if lot.stopped_at is None:
        raise InvalidInput("lot", f"lot {lot_id} is not stopped; stop it first")
    shelf.lock_sales_of(Order.objects.filter(boxes__in=stops.boxes_of_lot(lot_id)))
    where = whereabouts(lot_id)
    waiting = Box.objects.filter(pk__in=[*where.at_points, *where.on_the_road])
    stops.withdraw_boxes(
        list(waiting), posted=where.on_the_road, cause=cause, reason=REASON, now=now
    )
    arrived = Box.objects.filter(pk__in=where.arrived).order_by("pk")
    deciding.pay_back_recalled(
        boxes=list(arrived.values_list("order_id", "number")),
        cause=cause,
        note=f"lot {lot_id}: {lot.stop_reason}",
        actor=actor,
        now=now,
    )
    audit.write(
        actor,
        "parcels.withdraw_lot",
        f"lot {lot_id}",
        now=now,
        after={
            "cause": cause,
            "at_points": len(where.at_points),
            "on_the_road": len(where.on_the_road),
            "arrived": len(where.arrived),
            "grower": where.grower_id,
        },
    )
    return where


def withdraw_undelivered(
    *, order_ids: list[int], cause: str, reason: str, now: datetime
) -> list[Box]:
    """Take the boxes of orders that have not arrived out of the chain; the caller's transaction."""
    shelf.lock_sales_of(Order.objects.filter(pk__in=order_ids))
    arrived = Parcel.objects.filter(order__in=order_ids).exclude(delivered_at=None)
    waiting = Box.objects.filter(order__in=order_ids, withdrawn_at=None).exclude(
        pk__in=list(arrived.values_list("box_id", flat=True))
    )
    boxes = list(waiting.order_by("pk"))
    left = Parcel.objects.filter(box__in=boxes).exclude(despatch=None)
    return stops.withdraw_boxes(
        boxes,
        posted=set(left.values_list("box_id", flat=True)),
        cause=cause,
        reason=reason,
        now=now,
    )
