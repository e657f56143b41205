"""What the rest of the house may ask of the packing points."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, QuerySet, Sum

from postharvest.core.instants import HourOfUtc, hour_from
from postharvest.operations.packing.models import (
    TAKEN_G,
    Box,
    LabourPool,
    Packer,
    Point,
    PointStock,
    Shift,
    SignIn,
)

FREE_G = F("received_g") - TAKEN_G


def points_of_base(base_id: int) -> list[Point]:
    """Packing points of a base, by code."""
    return list(Point.objects.filter(base_id=base_id).order_by("code"))


def lost_points(sale_id: int) -> set[int]:
    """Points that failed during a sale and at which nobody has worked on a later day."""
    lost: dict[int, date] = {}
    worked: dict[int, date] = {}
    for shift in Shift.objects.filter(sale_id=sale_id):
        if shift.lost_at is not None:
            lost[shift.point_id] = max(shift.day, lost.get(shift.point_id, shift.day))
        elif shift.state in (Shift.State.RUNNING, Shift.State.CLOSED):
            worked[shift.point_id] = max(shift.day, worked.get(shift.point_id, shift.day))
    return {point for point, day in lost.items() if worked.get(point, date.min) <= day}


def pools_of_base(base_id: int) -> list[LabourPool]:
    """Labour pools of a base, by code."""
    return list(LabourPool.objects.filter(base_id=base_id).order_by("code"))


def packers_of_base(base_id: int) -> QuerySet[Packer]:
    """Packers of a base, by pool and id."""
    return Packer.objects.filter(base_id=base_id).select_related("pool").order_by("pool_id", "id")


def shift(shift_id: int) -> Shift | None:
    """One shift with its point and sale, or none."""
    rows = Shift.objects.select_related("point", "sale__surplus__produce", "sale__branch")
    return rows.filter(pk=shift_id).first()


def shifts_of(sale_id: int, day: date | None = None) -> QuerySet[Shift]:
    """Shifts of a sale by day and point, of one day or all."""
    rows = Shift.objects.filter(sale_id=sale_id).select_related("point")
    return (rows.filter(day=day) if day else rows).order_by("day", "point__code")


def shifts_on(day: date, scope: str) -> QuerySet[Shift]:
    """Shifts of a region on one day that were not called off, by sale and point."""
    rows = Shift.objects.filter(day=day, sale__branch__county__code__startswith=scope)
    rows = rows.exclude(state=Shift.State.CALLED_OFF).select_related("point")
    return rows.order_by("-sale_id", "point__code")


def sign_ins(shift_id: int) -> QuerySet[SignIn]:
    """Who is at work on a shift, as they came."""
    return SignIn.objects.filter(shift_id=shift_id).select_related("packer").order_by("id")


def intake(stock_id: int) -> PointStock | None:
    """What one grower handed in at a point, or none."""
    return PointStock.objects.select_related("shift", "lot__grower").filter(pk=stock_id).first()


def intakes(shift_id: int) -> QuerySet[PointStock]:
    """What was handed in on a shift, in order."""
    rows = PointStock.objects.filter(shift_id=shift_id, received_g__gt=0)
    return rows.select_related("lot__grower").order_by("pk")


def intakes_of_lot(lot_id: int) -> QuerySet[PointStock]:
    """Where and when a lot was handed in."""
    rows = PointStock.objects.filter(lot_id=lot_id, received_g__gt=0)
    return rows.select_related("shift").order_by("shift__day", "pk")


def boxes_of_shift(shift_id: int) -> QuerySet[Box]:
    """Boxes of a shift as they were packed."""
    return Box.objects.filter(shift_id=shift_id).order_by("id")


def tallied(shift_id: int) -> list[tuple[int, datetime, int]]:
    """Boxes of a shift: packer, hour in which they were packed, how many."""
    rows = Box.objects.filter(shift_id=shift_id).values_list("packer_id", HourOfUtc("packed_at"))
    counted = rows.annotate(n=Count("id")).order_by("packer_id")
    return [(packer, hour_from(hour), n) for packer, hour, n in counted]


def people_of_shifts(shift_ids: Collection[int]) -> dict[int, int]:
    """People who signed in at some shifts."""
    rows = SignIn.objects.filter(shift_id__in=shift_ids).values_list("shift_id")
    return dict(rows.annotate(n=Count("id")))


def boxes_of_shifts(shift_ids: Collection[int]) -> dict[int, int]:
    """Boxes that some shifts made."""
    rows = Box.objects.filter(shift_id__in=shift_ids).values_list("shift_id")
    return dict(rows.annotate(n=Count("id")))


def boxes_by_day(sale_id: int) -> dict[date, int]:
    """Boxes of a sale by packing day."""
    rows = Box.objects.filter(shift__sale_id=sale_id).values_list("shift__day")
    return dict(rows.annotate(n=Count("id")))


def boxed_g(sale_id: int) -> int:
    """Grams in boxes of a sale, without those that turned out to be bad fruit."""
    rows = Box.objects.filter(shift__sale_id=sale_id).exclude(withdrawn_cause="grower")
    return rows.aggregate(n=Sum("net_g"))["n"] or 0


def stock_g(sale_id: int) -> dict[str, int]:
    """Grams received at the points of a sale, and where they went."""
    fields = (
        "received_g",
        "boxed_g",
        "culled_g",
        "downgraded_g",
        "wholesale_g",
        "left_g",
        "shrunk_g",
    )
    sums = PointStock.objects.filter(shift__sale_id=sale_id).aggregate(
        **{name: Sum(name) for name in fields}
    )
    return {name: sums[name] or 0 for name in fields}


def leftovers(sale_id: int, *, sell_by: date | None = None) -> dict[int, int]:
    """Stocks of a sale that still hold something, in grams; those that spoil by a day, or all."""
    rows = PointStock.objects.filter(shift__sale_id=sale_id).annotate(free_g=FREE_G)
    rows = rows.filter(free_g__gt=0)
    if sell_by is not None:
        rows = rows.filter(lot__sell_by__lte=sell_by)
    return dict(rows.order_by("pk").values_list("pk", "free_g"))


def stock_at_points(sale_id: int) -> dict[int, int]:
    """Grams that lie at each point, unboxed."""
    rows = PointStock.objects.filter(shift__sale_id=sale_id).values_list("shift__point_id")
    return {point: n for point, n in rows.annotate(n=Sum(FREE_G)) if n}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftAtWork:
    """A point at work today and the packers who are signed in."""

    shift_id: int
    point_id: int
    packer_ids: list[int]

    @property
    def people(self) -> int:
        return len(self.packer_ids)


def at_work(sale_id: int, day: date) -> list[ShiftAtWork]:
    """Points of a sale where people are at work on a day, by point."""
    rows = SignIn.objects.filter(shift__sale_id=sale_id, day=day, shift__state="running")
    out: dict[int, ShiftAtWork] = {}
    for shift, point, packer in rows.order_by("shift__point__code", "id").values_list(
        "shift_id", "shift__point_id", "packer_id"
    ):
        out.setdefault(
            shift, ShiftAtWork(shift_id=shift, point_id=point, packer_ids=[])
        ).packer_ids.append(packer)
    return list(out.values())


def box_numbers(order_id: int) -> list[int]:
    """Numbers of the boxes that an order still has, in order."""
    rows = Box.objects.filter(order_id=order_id, withdrawn_at=None).order_by("number")
    return list(rows.values_list("number", flat=True))


def stocks_of_point(shift_id: int) -> QuerySet[PointStock]:
    """Stocks that lie at a shift's point with what is free of each, the first to spoil first."""
    shift = Shift.objects.get(pk=shift_id)
    rows = PointStock.objects.filter(shift__sale_id=shift.sale_id, shift__point_id=shift.point_id)
    rows = rows.select_related("lot__grower", "shift").annotate(free_g=FREE_G)
    return rows.filter(free_g__gt=0).order_by("lot__sell_by", "pk")


def base_of_shift(pk: int) -> int | None:
    """Return the base that a shift belongs to, or none."""
    return Shift.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_stock(pk: int) -> int | None:
    """Return the base that a lot at a point belongs to, or none."""
    return PointStock.objects.filter(pk=pk).values_list("base_id", flat=True).first()
