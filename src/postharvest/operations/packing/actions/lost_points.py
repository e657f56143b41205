"""A packing point fails during the day: fruit, people and orders go to the others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import at_hour
from postharvest.core.errors import InvalidInput
from postharvest.core.money import split
from postharvest.core.outbox import log as outbox
from postharvest.core.units import CREW_SECONDS_PER_DAY
from postharvest.operations.campaigns.models import PackingDay
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions.moving import Moved, move_orders
from postharvest.operations.packing.actions.shifts import ShiftNotOpen, close_shift
from postharvest.operations.packing.events import PointLost
from postharvest.operations.packing.models import TAKEN_G, PointStock, Shift, SignIn

DAY_BEGINS, DAY_ENDS = 8, 18
"""Hours between which points pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What became of a lost point's day."""

    moved_stock_g: int
    moved_people: int
    moved_boxes: int
    moved_orders: list[int]
    late_orders: list[int]


@transaction.atomic
def lose_point(*, shift_id: int, reason: str, actor: Actor, now: datetime) -> Lost:
    """Close a point that failed and give what it had to the points that still work today.

    People and planned boxes go where stations are free, in the order of the points' codes; the
    packing time that is lost with the rest of them is taken off the day, and orders that it can't
    bear move to later days as far as those hold them.  Orders that find no place keep their day
    and are named: ask their buyers (`orders.actions.delays`).

    Raises
    ------
    ShiftNotOpen
        The day is closed or called off already.
    InvalidInput
        No reason is given.
    """
    if not reason.strip():
        raise InvalidInput("reason", "say what happened to the point")
    shelf.lock_sales([Shift.objects.values_list("sale_id", flat=True).get(pk=shift_id)])
    shift = _locked(shift_id, actor)
    others = list(
        Shift.objects.select_for_update(of=("self",))
        .select_related("point")
        .filter(sale_id=shift.sale_id, day=shift.day, state__in=_OPEN)
        .exclude(pk=shift_id)
        .order_by("point__code")
    )
    people = _move_people(shift, others)
    boxes = _move_plan(shift, others)
    stock_g = _move_stock(shift, others)
    moved = _make_room(shift, people, now=now)
    Shift.objects.filter(pk=shift_id).update(lost_at=now)
    audit.write(
        actor,
        "packing.lose_point",
        f"shift {shift_id}",
        now=now,
        after={
            "reason": reason.strip(),
            "stock_g": stock_g,
            "people": people,
            "orders": len(moved.moved),
            "late": len(moved.stuck),
        },
    )
    outbox.record(
        PointLost(
            base_id=shift.base_id,
            shift_id=shift_id,
            moved_orders=moved.moved,
            late_orders=moved.stuck,
        ),
        now=now,
    )
    close_shift(shift_id=shift_id, actor=actor, now=now)
    return Lost(
        moved_stock_g=stock_g,
        moved_people=people,
        moved_boxes=boxes,
        moved_orders=moved.moved,
        late_orders=moved.stuck,
    )


_OPEN = (Shift.State.ANNOUNCED, Shift.State.RUNNING)


def _locked(shift_id: int, actor: Actor) -> Shift:
    rows = Shift.objects.select_for_update(of=("self",)).select_related("sale__branch", "point")
    shift = rows.get(pk=shift_id)
    actor.require(Role.POINT_LEADER, Role.DESK, region=shift.sale.branch.county_id)
    if shift.state not in _OPEN:
        raise ShiftNotOpen(f"shift {shift_id} is {shift.get_state_display()}", shift=shift_id)
    return shift


def _move_people(shift: Shift, others: Sequence[Shift]) -> int:
    """Sign people over to points with free stations; who finds none goes home with his day paid."""
    here = list(SignIn.objects.filter(shift=shift, signed_out_at=None).order_by("pk"))
    moved = 0
    for other in others:
        there = SignIn.objects.filter(shift=other, signed_out_at=None).count()
        free = max(0, other.point.stations - max(there, other.planned_people))
        going, here = here[:free], here[free:]
        if not going:
            continue
        SignIn.objects.filter(pk__in=[row.pk for row in going]).update(shift=other)
        Shift.objects.filter(pk=other.pk).update(
            planned_people=F("planned_people") + len(going), state=Shift.State.RUNNING
        )
        other.planned_people += len(going)
        moved += len(going)
    return moved


def _move_plan(shift: Shift, others: Sequence[Shift]) -> int:
    """Give the boxes that were still to be packed here to the others, by their people."""
    packed = Counter(str(pk) for pk in shift.boxes.values_list("listing_id", flat=True))
    Shift.objects.filter(pk=shift.pk).update(planned_boxes=dict(packed))
    people = [max(1, other.planned_people) for other in others]
    if not others:
        return 0
    moved = 0
    for listing, boxes in shift.planned_boxes.items():
        rest = max(0, boxes - packed[listing])
        for other, part in zip(others, split(rest, people), strict=True):
            other.planned_boxes[listing] = other.planned_boxes.get(listing, 0) + part
        moved += rest
    for other in others:
        Shift.objects.filter(pk=other.pk).update(planned_boxes=other.planned_boxes)
    return moved


def _move_stock(shift: Shift, others: Sequence[Shift]) -> int:
    """Carry the fruit that lies here to another point, the one with most people first.

    A lot of which some lies there already goes to the next; it is one stock a point and day.
    """
    targets = sorted(others, key=lambda other: (-other.planned_people, other.pk))
    held = PointStock.objects.select_for_update().annotate(free_g=F("received_g") - TAKEN_G)
    stocks = held.filter(shift__sale_id=shift.sale_id, shift__point_id=shift.point_id, free_g__gt=0)
    moved_g = 0
    for stock in stocks.order_by("pk"):
        there = set(
            PointStock.objects.filter(lot_id=stock.lot_id, shift__in=targets).values_list(
                "shift_id", flat=True
            )
        )
        target = next((other for other in targets if other.pk not in there), None)
        if target is not None:
            PointStock.objects.filter(pk=stock.pk).update(shift=target)
            moved_g += stock.free_g
    return moved_g


def _make_room(shift: Shift, moved_people: int, *, now: datetime) -> Moved:
    """Take the lost packing time off the day; orders beyond it move to later days."""
    row = PackingDay.objects.select_for_update().get(sale_id=shift.sale_id, day=shift.day)
    begins, ends = at_hour(shift.day, DAY_BEGINS), at_hour(shift.day, DAY_ENDS)
    rest = max(0.0, min(1.0, (ends - now) / (ends - begins)))
    lost_people = max(0, shift.planned_people - moved_people)
    lost_s = round(lost_people * CREW_SECONDS_PER_DAY * rest)
    bears = max(0, row.capacity_crew_s - lost_s)
    over = row.reserved_crew_s + row.set_aside_crew_s - bears
    moved = move_orders(sale_id=shift.sale_id, day=shift.day, crew_s=over)
    row.refresh_from_db()
    row.capacity_crew_s = max(bears, row.reserved_crew_s + row.set_aside_crew_s)
    row.save(update_fields=["capacity_crew_s"])
    return moved
