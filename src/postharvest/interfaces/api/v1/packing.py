"""For packing points: shifts, who is at work, what comes in, what is packed."""

from datetime import date
from typing import Annotated

import msgspec

from postharvest.interfaces.api.rows import Row
from postharvest.interfaces.api.v1.resource import Call, NotFound, Operation, Reply
from postharvest.interfaces.api.v1.village import Grams, Id
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.boxes import (
    Delivery,
    Tally,
    receive_lots,
    tally_boxes,
)
from postharvest.operations.packing.actions.shifts import sign_in

Ids = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=1000)]


class ShiftsOf(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    sale: Id
    day: date | None = None


class ShiftOut(msgspec.Struct, kw_only=True):
    id: int
    sale: int
    point: str
    day: str
    state: str
    planned_people: int
    people: int
    boxes: int


class ShiftsOut(msgspec.Struct, kw_only=True):
    items: list[ShiftOut]


class SignInIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    packers: Ids


class IntakeIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the scale says of one lot, and what of it was sorted out."""

    lot: Id
    received_g: Grams
    culled_g: Annotated[int, msgspec.Meta(ge=0, le=50_000_000_000)] = 0


class IntakesIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    lots: Annotated[list[IntakeIn], msgspec.Meta(min_length=1, max_length=500)]


class TallyIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    packer: Id
    listing: Id
    boxes: Annotated[int, msgspec.Meta(ge=1, le=2000)]


class TalliesIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    tallies: Annotated[list[TallyIn], msgspec.Meta(min_length=1, max_length=500)]


class BoxOut(msgspec.Struct, kw_only=True):
    id: int
    number: int
    listing: int
    net_g: int


class BoxesOut(msgspec.Struct, kw_only=True):
    """The boxes that were made: no more than orders wait for and stock fills."""

    items: list[BoxOut]


def shifts(call: Call) -> Reply:
    asked = call.query(ShiftsOf)
    rows = packing.shifts_of(asked.sale, asked.day).filter(
        sale__branch__county__code__startswith=call.region
    )
    return Reply(content=ShiftsOut(items=[_shown(row) for row in rows]))


def shift(call: Call) -> Reply:
    return Reply(content=_shown(_found(call)))


def sign_ins(call: Call) -> Reply:
    row = _found(call)
    sign_in(
        shift_id=row.pk,
        packer_ids=call.body(SignInIn).packers,
        actor=call.actor,
        now=call.now,
    )
    return Reply(content=_shown(_found(call)))


def intakes(call: Call) -> Reply:
    row = _found(call)
    lots = call.body(IntakesIn).lots
    receive_lots(
        shift_id=row.pk,
        deliveries=[
            Delivery(lot_id=one.lot, received_g=one.received_g, culled_g=one.culled_g)
            for one in lots
        ],
        actor=call.actor,
        now=call.now,
    )
    return Reply(content=_shown(_found(call)), status=201)


def boxes(call: Call) -> Reply:
    row = _found(call)
    made = tally_boxes(
        shift_id=row.pk,
        tallies=[
            Tally(packer_id=one.packer, listing_id=one.listing, boxes=one.boxes)
            for one in call.body(TalliesIn).tallies
        ],
        actor=call.actor,
        now=call.now,
    )
    items = [
        BoxOut(id=box.pk, number=box.number, listing=box.listing_id, net_g=box.net_g)
        for box in made
    ]
    return Reply(content=BoxesOut(items=items), status=201)


def _found(call: Call) -> Row:
    row = packing.shift(call.path["shift_id"])
    if row is None or not row.sale.branch.county_id.startswith(call.region):
        raise NotFound("there is no such shift in your region")
    return row


def _shown(row: Row) -> ShiftOut:
    return ShiftOut(
        id=row.pk,
        sale=row.sale_id,
        point=row.point.code,
        day=row.day.isoformat(),
        state=str(row.state),
        planned_people=row.planned_people,
        people=packing.sign_ins(row.pk).count(),
        boxes=packing.boxes_of_shift(row.pk).count(),
    )


_SHIFT = "shifts/{shift_id}"
OPERATIONS = (
    Operation(
        method="GET",
        path="shifts",
        summary="Shifts of a sale, of one day or all",
        audience="packing",
        handler=shifts,
        scope="api:read",
        query=ShiftsOf,
        answer=ShiftsOut,
    ),
    Operation(
        method="GET",
        path=_SHIFT,
        summary="One shift",
        audience="packing",
        handler=shift,
        scope="api:read",
        answer=ShiftOut,
    ),
    Operation(
        method="POST",
        path=f"{_SHIFT}/sign-ins",
        summary="Sign packers in; again changes nothing",
        audience="packing",
        handler=sign_ins,
        scope="api:write",
        body=SignInIn,
        answer=ShiftOut,
    ),
    Operation(
        method="POST",
        path=f"{_SHIFT}/intakes",
        summary="Weigh lots in",
        audience="packing",
        handler=intakes,
        scope="api:write",
        body=IntakesIn,
        answer=ShiftOut,
        status=201,
        is_once=True,
    ),
    Operation(
        method="POST",
        path=f"{_SHIFT}/boxes",
        summary="Record packed boxes; each goes to the next order",
        audience="packing",
        handler=boxes,
        scope="api:write",
        body=TalliesIn,
        answer=BoxesOut,
        status=201,
        is_once=True,
    ),
)
