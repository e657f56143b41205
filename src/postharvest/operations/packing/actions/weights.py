"""Sorting, weighing again, and correcting a weight after the day was closed."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.packing.actions.boxes import HEAVIEST_DELIVERY_G, MoreThanThere
from postharvest.operations.packing.actions.shifts import ShiftNotOpen
from postharvest.operations.packing.models import (
    TAKEN_G,
    Box,
    Grading,
    PointStock,
    Shift,
    WeightCorrection,
)

ALLOWED_SHRINK_BP = 300
"""Fruit loses water: up to 3 % of what came in may be missing when it is weighed again."""
HEAVIEST_BOX_BP = 12_000
"""A box weighs at most this share of its net weight, carton and cushions included, 1/10,000."""
CORRECTABLE = ("received_g", "culled_g", "downgraded_g", "wholesale_g", "left_g")
_WHOLE = 10_000


class ShrunkTooMuch(Refused):
    """More is missing than fruit loses by drying: somebody must say where it went."""

    code = "packing.shrunk_too_much"


class BoxWeightOff(Refused):
    """The box is lighter than its label says, or heavier than a carton explains."""

    code = "packing.box_weight_off"


@transaction.atomic
def grade_stock(
    *,
    stock_id: int,
    downgraded_g: int = 0,
    rejected_g: int = 0,
    photo: str = "",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Grading:
    """Sort a stock: what is left is accepted, the others go out of it, rejected with a photo.

    Raises
    ------
    InvalidInput
        Nothing was sorted, a weight is negative, or rejected fruit has no photo.
    MoreThanThere
        The stock holds less than that.
    ShiftNotOpen
        The day is closed: correct the weight instead.
    """
    stock = _stock(stock_id, actor)
    if min(downgraded_g, rejected_g) < 0 or downgraded_g + rejected_g == 0:
        raise InvalidInput("rejected_g", "say what was downgraded or rejected, in kilograms")
    if rejected_g and not photo:
        raise InvalidInput("photo", "rejected fruit needs a photo, so that its grower can see it")
    _take(stock_id, {"downgraded_g": downgraded_g, "culled_g": rejected_g})
    row = Grading.objects.create(
        base_id=stock.base_id,
        stock=stock,
        downgraded_g=downgraded_g,
        rejected_g=rejected_g,
        photo=photo,
        note=note.strip()[:200],
        graded_at=now,
        graded_by=actor.party,
    )
    audit.write(
        actor,
        "packing.grade_stock",
        f"stock {stock_id}",
        now=now,
        after={"downgraded_g": downgraded_g, "rejected_g": rejected_g, "photo": photo},
    )
    return row


@transaction.atomic
def weigh_again(
    *, stock_id: int, found_g: int, reason: str = "", actor: Actor, now: datetime
) -> int:
    """Weigh what is left of a stock; what is missing is shrink.  Returns the grams missing.

    Raises
    ------
    InvalidInput
        The scale says more than is there, or a weight that can't be.
    ShrunkTooMuch
        More is missing than drying explains, and no reason is given.
    ShiftNotOpen
        The day is closed.
    """
    stock = _stock(stock_id, actor)
    rows = PointStock.objects.filter(pk=stock_id).annotate(free_g=F("received_g") - TAKEN_G)
    held_g: int = rows.values_list("free_g", flat=True).get()
    if not 0 <= found_g <= held_g:
        raise InvalidInput("found_g", f"the stock holds {held_g} g by the books; weigh again")
    missing_g = held_g - found_g
    allowed_g = stock.received_g * ALLOWED_SHRINK_BP // _WHOLE - stock.shrunk_g
    if missing_g > allowed_g and not reason.strip():
        raise ShrunkTooMuch(
            f"{missing_g} g are missing, drying explains {max(0, allowed_g)} g; say what happened",
            missing_g=missing_g,
            allowed_g=allowed_g,
        )
    _take(stock_id, {"shrunk_g": missing_g})
    audit.write(
        actor,
        "packing.weigh_again",
        f"stock {stock_id}",
        now=now,
        before={"held_g": held_g},
        after={"found_g": found_g, "missing_g": missing_g, "reason": reason.strip()},
    )
    return missing_g


@transaction.atomic
def weigh_box(*, box_id: int, weighed_g: int, actor: Actor, now: datetime) -> Box:
    """Note what a box weighs with its carton; one that can't be right is caught.

    Raises
    ------
    BoxWeightOff
        Lighter than its net weight, or heavier than a carton explains: pack it again.
    """
    rows = Box.objects.select_for_update(of=("self",)).select_related("shift__sale__branch")
    box = rows.get(pk=box_id)
    region = box.shift.sale.branch.county_id
    actor.require(Role.POINT_LEADER, Role.PACKER, Role.DESK, region=region)
    most_g = box.net_g * HEAVIEST_BOX_BP // _WHOLE
    if not box.net_g <= weighed_g <= most_g:
        raise BoxWeightOff(
            f"box {box_id} must weigh {box.net_g} to {most_g} g with its carton, not {weighed_g} g",
            box=box_id,
        )
    Box.objects.filter(pk=box_id).update(weighed_g=weighed_g)
    audit.write(
        actor, "packing.weigh_box", f"box {box_id}", now=now, after={"weighed_g": weighed_g}
    )
    box.refresh_from_db()
    return box


@transaction.atomic
def correct_weight(
    *,
    key: str,
    stock_id: int,
    field: str,
    delta_g: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> WeightCorrection:
    """Correct a weight of a day that is closed, by an entry of its own; the key posts it once.

    Raises
    ------
    InvalidInput
        The day is still open, the weight is none of a stock's, nothing would change, or no reason.
    MoreThanThere
        The stock's weights would not add up any more.
    """
    stock = _locked(stock_id)
    actor.require(Role.DESK, region=stock.shift.sale.branch.county_id)
    known = WeightCorrection.objects.filter(key=key).first()
    if known is not None:
        return known
    if stock.shift.state != Shift.State.CLOSED:
        raise InvalidInput("stock", "the day is open; weigh or sort it again instead")
    if field not in CORRECTABLE:
        raise InvalidInput("field", f"must be one of {', '.join(CORRECTABLE)}")
    if not reason.strip():
        raise InvalidInput("reason", "say why the weight is corrected")
    if delta_g == 0 or abs(delta_g) > HEAVIEST_DELIVERY_G:
        raise InvalidInput("delta_g", f"a correction by {delta_g} g can't be")
    _shift_weight(stock, field, delta_g)
    row = WeightCorrection.objects.create(
        base_id=stock.base_id,
        key=key,
        stock=stock,
        field=field,
        delta_g=delta_g,
        reason=reason.strip()[:200],
        made_at=now,
        made_by=actor.party,
    )
    audit.write(
        actor,
        "packing.correct_weight",
        f"stock {stock_id}",
        now=now,
        before={field: getattr(stock, field)},
        after={field: getattr(stock, field) + delta_g, "reason": row.reason},
    )
    return row


def _shift_weight(stock: PointStock, field: str, delta_g: int) -> None:
    """Move one weight; the database's mass balance has the last word."""
    change = {field: F(field) + delta_g}
    if field == "received_g" and stock.gross_g:
        change["gross_g"] = F("gross_g") + delta_g
    try:
        with transaction.atomic():
            PointStock.objects.filter(pk=stock.pk).update(**change)
    except IntegrityError as error:
        raise MoreThanThere(
            f"with {delta_g} g more {field} the weights of stock {stock.pk} do not add up",
            stock=stock.pk,
        ) from error


def _take(stock_id: int, grams: dict[str, int]) -> None:
    total_g = sum(grams.values())
    room = PointStock.objects.filter(pk=stock_id, received_g__gte=TAKEN_G + total_g)
    if not room.update(**{field: F(field) + weight_g for field, weight_g in grams.items()}):
        raise MoreThanThere(f"stock {stock_id} holds less than {total_g} g", stock=stock_id)


def _stock(stock_id: int, actor: Actor) -> PointStock:
    stock = _locked(stock_id)
    actor.require(Role.POINT_LEADER, Role.DESK, region=stock.shift.sale.branch.county_id)
    if stock.shift.state not in (Shift.State.ANNOUNCED, Shift.State.RUNNING):
        raise ShiftNotOpen(
            f"the day of stock {stock_id} is {stock.shift.get_state_display()}", stock=stock_id
        )
    return stock


def _locked(stock_id: int) -> PointStock:
    rows = PointStock.objects.select_for_update(of=("self",))
    return rows.select_related("shift__sale__branch").get(pk=stock_id)
