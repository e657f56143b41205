"""What comes in at a point and what goes out of it: lots, culls, boxes, leftovers."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.bulk import insert_new
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.models import Listing
from postharvest.operations.harvest.models import Lot
from postharvest.operations.orders.actions import fulfilment
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.actions.shifts import ShiftNotOpen
from postharvest.operations.packing.events import BoxesPacked, LeftoversCleared, LotsReceived
from postharvest.operations.packing.models import TAKEN_G, Box, PointStock, Shift, SignIn, TopUp

HEAVIEST_DELIVERY_G = 9_999_999
"""A scale that says 10,000 kg at once is broken or was misread."""


class NotSignedIn(Refused):
    """A box was tallied for somebody who is not at work here."""

    code = "packing.not_signed_in"


class MoreThanCut(Refused):
    """More of a lot would come in than was cut."""

    code = "packing.more_than_cut"


class LotStopped(Refused):
    """The lot is held for rot or residue until somebody decides."""

    code = "packing.lot_stopped"


class MoreThanThere(Refused):
    """A point holds less of a lot than that."""

    code = "packing.more_than_there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Grams of a lot weighed in at a point, and grams of them that were sorted out at once.

    ``tare_g`` is what crates and pallet weigh that stood on the scale with the fruit.
    """

    lot_id: int
    received_g: int
    culled_g: int = 0
    tare_g: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Boxes of one listing that one packer made."""

    packer_id: int
    listing_id: int
    boxes: int


@transaction.atomic
def receive_lots(
    *, shift_id: int, deliveries: Sequence[Delivery], actor: Actor, now: datetime
) -> list[PointStock]:
    """Weigh lots in at a point.

    Raises
    ------
    InvalidInput
        A scale that says nothing or 10 t, or more sorted out than came.
    MoreThanCut
        A lot would have come in more than it was cut.
    LotStopped
        A lot is held: nothing of it comes in.
    """
    shift = _shift(shift_id, actor)
    lots = {
        lot.pk: lot
        for lot in Lot.objects.select_for_update().filter(
            base_id=shift.base_id, pk__in=[d.lot_id for d in deliveries]
        )
    }
    rows = []
    for one in deliveries:
        if not 0 < one.received_g <= HEAVIEST_DELIVERY_G:
            raise InvalidInput("received_g", f"the scale says {one.received_g} g; weigh again")
        if not 0 <= one.tare_g <= HEAVIEST_DELIVERY_G - one.received_g:
            raise InvalidInput("tare_g", f"crates of {one.tare_g} g can't be; weigh them again")
        if not 0 <= one.culled_g <= one.received_g:
            raise InvalidInput("culled_g", "more was sorted out than came in; weigh again")
        lot = lots.get(one.lot_id)
        if lot is None:
            raise InvalidInput("lot", f"there is no lot {one.lot_id} at this base")
        if lot.stopped_at is not None:
            raise LotStopped(f"lot {lot.pk} is held: {lot.stop_reason}", lot=lot.pk)
        before = sum(s.received_g for s in PointStock.objects.filter(lot=lot))
        if before + one.received_g > lot.cut_g:
            raise MoreThanCut(f"lot {lot.pk} was cut {lot.cut_g} g", lot=lot.pk)
        rows.append(
            PointStock(
                base_id=shift.base_id,
                shift=shift,
                lot=lot,
                received_g=one.received_g,
                culled_g=one.culled_g,
                gross_g=one.received_g + one.tare_g if one.tare_g else 0,
                tare_g=one.tare_g,
            )
        )
    rows = PointStock.objects.bulk_create(rows)
    audit.write(
        actor,
        "packing.receive_lots",
        f"shift {shift_id}",
        now=now,
        after={"lots": [[r.lot_id, r.received_g, r.culled_g] for r in rows]},
    )
    if rows:
        news = LotsReceived(base_id=shift.base_id, stock_ids=[row.pk for row in rows])
        outbox.record(news, now=now)
    return rows


@transaction.atomic
def tally_boxes(
    *, shift_id: int, tallies: Sequence[Tally], actor: Actor, now: datetime
) -> list[Box]:
    """Record boxes: each for the next order of the work list, from the lot that spoils first.

    Only as many boxes are made as orders wait for and as the point's stock fills; the list that
    comes back says which.

    Raises
    ------
    NotSignedIn
        A packer is not at work on this shift.
    ShiftNotOpen
        The shift is closed or called off.
    """
    shift = _shift(shift_id, actor)
    _check_at_work(shift, tallies)
    wanted: Counter[int] = Counter()
    for tally in tallies:
        wanted[tally.listing_id] += tally.boxes
    listings = {row.pk: row for row in Listing.objects.filter(sale_id=shift.sale_id)}
    if unknown := set(wanted) - set(listings):
        raise InvalidInput("listing", f"{sorted(unknown)} are not of this sale")
    stock = Stock(shift)
    work = {pk: _work(shift, pk, wanted[pk]) for pk in sorted(wanted)}
    boxes: list[Box] = []
    top_ups: list[tuple[int, int, int]] = []
    for tally in tallies:
        listing = listings[tally.listing_id]
        for _ in range(tally.boxes):
            todo = next(work[listing.pk], None)
            filled = stock.fill(listing.net_g) if todo else None
            if todo is None or filled is None:
                break
            order_id, number = todo
            boxes.append(
                Box(
                    base_id=shift.base_id,
                    shift_id=shift.pk,
                    listing_id=listing.pk,
                    order_id=order_id,
                    number=number,
                    lot_id=filled[0][0],
                    packer_id=tally.packer_id,
                    net_g=listing.net_g,
                    packed_at=now,
                )
            )
            top_ups += [(len(boxes) - 1, lot, weight_g) for lot, weight_g in filled[1:]]
    if not boxes:
        return []
    insert_new(Box, boxes)
    TopUp.objects.bulk_create(
        TopUp(box=boxes[i], lot_id=lot, weight_g=weight_g) for i, lot, weight_g in top_ups
    )
    stock.write()
    fulfilment.count_packed(Counter(box.order_id for box in boxes))
    audit.write(
        actor, "packing.tally_boxes", f"shift {shift_id}", now=now, after={"boxes": len(boxes)}
    )
    outbox.record(
        BoxesPacked(
            base_id=shift.base_id,
            shift_id=shift_id,
            first_box_id=boxes[0].pk,
            boxes=len(boxes),
        ),
        now=now,
    )
    return boxes


@transaction.atomic
def clear_leftovers(
    *, stocks_g: dict[int, int], to_wholesaler: bool, actor: Actor, now: datetime
) -> None:
    """Take what a point holds of lots out of the chain: to the wholesaler, or written off.

    Raises
    ------
    MoreThanThere
        A stock holds less than that.
    """
    field = "wholesale_g" if to_wholesaler else "left_g"
    for pk, weight_g in sorted(stocks_g.items()):
        room = PointStock.objects.filter(
            pk=pk,
            received_g__gte=TAKEN_G + weight_g,
        )
        if not room.update(**{field: F(field) + weight_g}):
            raise MoreThanThere(f"stock {pk} holds less than {weight_g} g", stock=pk)
    audit.write(
        actor,
        "packing.clear_leftovers",
        f"stocks {len(stocks_g)}",
        now=now,
        after={"to": field, "stocks_g": {str(k): v for k, v in stocks_g.items()}},
    )
    of_base: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, base_id in PointStock.objects.filter(pk__in=stocks_g).values_list("pk", "base_id"):
        of_base[base_id][str(pk)] = stocks_g[pk]
    outbox.record_all(
        (
            LeftoversCleared(
                base_id=base_id, stocks_g=some, to_wholesaler=to_wholesaler, at=now.isoformat()
            )
            for base_id, some in sorted(of_base.items())
        ),
        now=now,
    )


def _shift(shift_id: int, actor: Actor) -> Shift:
    rows = Shift.objects.select_for_update(of=("self",)).select_related("sale__branch")
    shift = rows.get(pk=shift_id)
    actor.require(Role.POINT_LEADER, Role.PACKER, Role.DESK, region=shift.sale.branch.county_id)
    if shift.state not in (Shift.State.ANNOUNCED, Shift.State.RUNNING):
        raise ShiftNotOpen(f"shift {shift_id} is {shift.get_state_display()}", shift=shift_id)
    return shift


def _check_at_work(shift: Shift, tallies: Sequence[Tally]) -> None:
    packers = {tally.packer_id for tally in tallies}
    at_work = SignIn.objects.filter(shift=shift, packer_id__in=packers, signed_out_at=None)
    if missing := packers - set(at_work.values_list("packer_id", flat=True)):
        raise NotSignedIn(f"packers {sorted(missing)} are not signed in here")
    if any(tally.boxes <= 0 for tally in tallies):
        raise InvalidInput("boxes", "a tally has at least one box")


def _work(shift: Shift, listing_id: int, boxes: int) -> Iterator[tuple[int, int]]:
    """Yield (order, box number) of the work list; other points skip what this one has locked."""
    rows = Order.objects.select_for_update(skip_locked=True).filter(
        sale_id=shift.sale_id,
        state=Order.State.CONFIRMED,
        pack_day__lte=shift.day,
        listing_id=listing_id,
    )
    waiting = rows.order_by("pack_day", "id").values_list(
        "pk", "quantity", "boxes_packed", "boxes_withdrawn"
    )
    for pk, quantity, packed, withdrawn in list(waiting[:boxes]):
        for number in range(packed + 1, quantity + 1):
            yield pk, withdrawn + number


class Stock:
    """What a point holds, the lot that spoils first in front."""

    def __init__(self, shift: Shift) -> None:
        rows = PointStock.objects.select_for_update(of=("self",)).select_related("lot")
        held = rows.filter(shift__sale_id=shift.sale_id, shift__point_id=shift.point_id).annotate(
            free_g=F("received_g") - TAKEN_G
        )
        fresh = held.filter(free_g__gt=0, lot__sell_by__gt=shift.day, lot__stopped_at=None)
        self._rows = list(fresh.order_by("lot__sell_by", "lot_id", "id"))
        self._left = [row.free_g for row in self._rows]
        self._total_g = sum(self._left)
        self._first = 0
        self._taken: Counter[int] = Counter()

    def fill(self, net_g: int) -> list[tuple[int, int]] | None:
        """Take a box's grams, FEFO; returns [(lot, grams), …], or none if too little is left."""
        if self._total_g < net_g:
            return None
        self._total_g -= net_g
        out: list[tuple[int, int]] = []
        missing = net_g
        while missing:
            i = self._first
            if self._left[i] == 0:
                self._first += 1
                continue
            part = min(missing, self._left[i])
            self._left[i] -= part
            missing -= part
            self._taken[self._rows[i].pk] += part
            out.append((self._rows[i].lot_id, part))
        return out

    def write(self) -> None:
        for pk, weight_g in sorted(self._taken.items()):
            room = PointStock.objects.filter(
                pk=pk,
                received_g__gte=TAKEN_G + weight_g,
            )
            if not room.update(boxed_g=F("boxed_g") + weight_g):
                raise MoreThanThere(f"stock {pk} holds less than {weight_g} g", stock=pk)
