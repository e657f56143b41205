"""What the rest of the house may ask of parcels."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from postharvest.core.instants import DaysBetween
from postharvest.core.vault.seal import unseal
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels import s10
from postharvest.operations.parcels.handover import Announced, pre_advice
from postharvest.operations.parcels.models import (
    Carrier,
    Despatch,
    InvoiceLine,
    NumberRange,
    Parcel,
    PostageInvoice,
    Scan,
)


def boxes_to_label(sale_id: int) -> list[int]:
    """Boxes of a sale without a parcel number, as they were packed.

    Their orders are not posted yet, so that a long sale's finished orders are not looked through.
    """
    rows = Box.objects.filter(
        order__sale_id=sale_id,
        order__state__in=(Order.State.CONFIRMED, Order.State.PACKED),
        order__boxes_packed__gt=0,
        parcel__isnull=True,
        held_at=None,
        withdrawn_at=None,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True))


def labelled_of_shift(shift_id: int) -> list[int]:
    """Parcels of the boxes that a shift packed, as they were packed."""
    rows = Parcel.objects.filter(box__shift_id=shift_id)
    return list(rows.order_by("box_id").values_list("pk", flat=True))


def parcel_by_number(text: str) -> Parcel | None:
    """The parcel of a number as people type it, with order and lane, or none."""
    rows = Parcel.objects.select_related(
        "order__sale__surplus__produce", "order__contact", "lane", "box__lot__grower"
    )
    return rows.filter(number=s10.normalise(text)).first()


def goes_to_phone(parcel_id: int, *, last_digits: str) -> bool:
    """Whether a parcel's consignee has a phone that ends so."""
    parcel = Parcel.objects.select_related("order__contact").get(pk=parcel_id)
    phone = unseal(bytes(parcel.order.contact.sealed)).phone
    digits = "".join(c for c in phone if c.isdigit())
    return hmac.compare_digest(digits[-len(last_digits) :].encode(), last_digits.encode())


def parcels_of_sale(sale_id: int) -> QuerySet[Parcel]:
    """Parcels of a sale with box and order."""
    return Parcel.objects.filter(order__sale_id=sale_id).select_related("box", "order")


def parcels_of_order(order_id: int) -> list[Parcel]:
    """Parcels of one order, by box."""
    rows = Parcel.objects.filter(order_id=order_id).select_related("lane", "box")
    return list(rows.order_by("box__number"))


def scans_of(parcel_id: int) -> QuerySet[Scan]:
    """What happened to a parcel, by event time."""
    return Scan.objects.filter(parcel_id=parcel_id).order_by("at", "id")


def counts_by_status(sale_id: int) -> dict[str, int]:
    """Parcels of a sale by public status."""
    rows = Parcel.objects.filter(order__sale_id=sale_id).values_list("status")
    return dict(rows.annotate(n=Count("id")))


def on_time(sale_id: int) -> tuple[int, int]:
    """Parcels of a sale delivered by their promise, and delivered at all."""
    rows = Parcel.objects.filter(order__sale_id=sale_id, delivered_at__isnull=False)
    return rows.filter(eta_latest__lte=F("promised_by")).count(), rows.count()


def flagged(sale_id: int) -> QuerySet[Parcel]:
    """Parcels of a sale that are late or silent and have not arrived."""
    rows = Parcel.objects.filter(order__sale_id=sale_id, delivered_at=None).exclude(flagged="")
    return rows.select_related("lane", "order", "box").order_by("promised_by", "pk")


def despatch(despatch_id: int) -> Despatch | None:
    """One despatch with its office and lane, or none."""
    rows = Despatch.objects.select_related("branch", "lane", "base")
    return rows.filter(pk=despatch_id).first()


def pre_advice_of(despatch_id: int) -> bytes:
    """The file that the carrier gets before the truck leaves: every parcel it will bring."""
    rows = Parcel.objects.filter(despatch_id=despatch_id).order_by("pk")
    return pre_advice(
        Announced(
            number=number,
            despatch=f"DS-{despatch_id}",
            county_code=county_code,
            net_g=net_g,
            sell_by=sell_by,
        )
        for number, county_code, net_g, sell_by in rows.values_list(
            "number", "order__county_code", "box__net_g", "sell_by"
        )
    )


def despatches_in(scope: str) -> QuerySet[Despatch]:
    """Despatches of a region with what the carrier counted of them, newest first."""
    rows = Despatch.objects.filter(branch__county__code__startswith=scope)
    return rows.select_related("lane", "branch", "acceptance").order_by("-closed_at", "-pk")


def invoices_in(scope: str) -> QuerySet[PostageInvoice]:
    """Carriers' invoices of a region, newest first."""
    rows = PostageInvoice.objects.filter(branch__county__code__startswith=scope)
    return rows.select_related("branch").order_by("-taken_at", "-pk")


def disputed_lines(invoice_id: int) -> QuerySet[InvoiceLine]:
    """Lines of an invoice that are not paid as they stand, the dearest first."""
    rows = InvoiceLine.objects.filter(invoice_id=invoice_id).exclude(reason="")
    return rows.order_by("-too_much_fen", "pk")


def number_ranges() -> QuerySet[NumberRange]:
    """Number ranges that carriers allotted, in the order in which they are used."""
    return NumberRange.objects.order_by("carrier", "pk")


def carriers() -> QuerySet[Carrier]:
    """Carriers besides the post, by code."""
    return Carrier.objects.order_by("code")


def despatches(branch_id: int, day: date | None = None) -> QuerySet[Despatch]:
    """Despatches of a post office, newest first."""
    rows = Despatch.objects.filter(branch_id=branch_id).select_related("lane")
    return (rows.filter(day=day) if day else rows).order_by("-closed_at", "lane__zone")


def delivered_between(sale_id: int, start: datetime, end: datetime) -> int:
    """Parcels of a sale delivered in a span of time."""
    rows = Parcel.objects.filter(order__sale_id=sale_id, delivered_at__gte=start)
    return rows.filter(delivered_at__lt=end).count()


def on_the_road(sale_id: int) -> int:
    """How many parcels of a sale have left and not arrived."""
    rows = Parcel.objects.filter(order__sale_id=sale_id, despatch__isnull=False)
    return rows.filter(delivered_at=None).count()


def despatches_after(branch_id: int, despatch_id: int) -> QuerySet[Despatch]:
    """Despatches of a post office that were closed after one of them, in their order."""
    rows = Despatch.objects.filter(branch_id=branch_id, pk__gt=despatch_id)
    return rows.select_related("lane", "branch").order_by("pk")


def parcels_of_despatch(despatch_id: int) -> list[tuple[str, str]]:
    """Number and county of each parcel of a despatch, in the parcels' order."""
    rows = Parcel.objects.filter(despatch_id=despatch_id).order_by("pk")
    return list(rows.values_list("number", "order__county_code"))


def delivered(sale_id: int, since: datetime, until: datetime) -> list[tuple[str, int, int, bool]]:
    """Parcels of orders that were delivered whole in a span: number, order, box, damaged."""
    rows = Parcel.objects.filter(
        order__sale_id=sale_id,
        order__state=Order.State.DELIVERED,
        order__closed_at__gt=since,
        order__closed_at__lte=until,
    )
    return list(rows.order_by("pk").values_list("number", "order_id", "box__number", "damaged"))


def doubled_numbers(sale_id: int) -> int:
    """Parcel numbers of a sale that more than one parcel bears."""
    rows = Parcel.objects.filter(order__sale_id=sale_id).values("number").annotate(n=Count("pk"))
    return rows.filter(n__gt=1).count()


def with_buyers(parcel_ids: Collection[int]) -> QuerySet[Parcel]:
    """Some parcels with whom they go to."""
    rows = Parcel.objects.filter(pk__in=parcel_ids)
    return rows.select_related("order__contact", "order__sale__surplus__produce").order_by("pk")


def base_of_despatch(pk: int) -> int | None:
    """Return the base that a despatch belongs to, or none."""
    return Despatch.objects.filter(pk=pk).values_list("base_id", flat=True).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneCount:
    """Parcels of a sale on one lane in one public status.

    ``days_sum`` are the days on the road of the ``timed`` parcels that arrived and whose first
    scan is known; ``late`` are late or silent and have not arrived.
    """

    lane_id: int
    status: str
    parcels: int
    late: int
    delivered: int
    in_time: int
    timed: int
    days_sum: float


def counts(sale_id: int) -> list[LaneCount]:
    """Count all parcels of a sale in one pass."""
    arrived = Q(delivered_at__isnull=False)
    rows = Parcel.objects.filter(order__sale_id=sale_id).values("lane_id", "status")
    found = rows.annotate(
        parcels=Count("id"),
        late=Count("id", filter=~arrived & ~Q(flagged="")),
        delivered=Count("id", filter=arrived),
        in_time=Count("id", filter=arrived & Q(eta_latest__lte=F("promised_by"))),
        timed=Count("id", filter=arrived & Q(accepted_at__isnull=False)),
        days_sum=Sum(DaysBetween("delivered_at", "accepted_at"), default=0.0),
    )
    return [LaneCount(**row) for row in found.order_by("lane_id", "status")]
