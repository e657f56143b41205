"""From rows to what is printed: labels and the papers that go with the goods.

A recipient is unsealed only to be masked; what leaves here shows what a label may show.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from postharvest.core.clock.time import local_day
from postharvest.core.privacy import mask_address, mask_name, mask_phone
from postharvest.core.vault.seal import unseal
from postharvest.operations.network.models import County, Lane
from postharvest.operations.packing.models import PointStock, Shift
from postharvest.operations.parcels.labels import LabelContent
from postharvest.operations.parcels.models import Despatch, Parcel
from postharvest.operations.parcels.papers import (
    DespatchManifest,
    IntakeLine,
    IntakeSlip,
    ManifestLine,
    PackingLine,
    PackingList,
)

SERVICE = "农产品快递包裹 Farm parcel"
CARRIER = "中国邮政"


class Recipient(NamedTuple):
    """Somebody as a label may show him."""

    name: str
    phone: str
    address: str


def label_contents(
    *, parcel_ids: Sequence[int], tracking_base: str, ribbon: str
) -> list[LabelContent]:
    """Gather labels in the order of the parcels; ``tracking_base`` ends before the number."""
    parcels = list(
        Parcel.objects.filter(pk__in=parcel_ids)
        .select_related(
            "order__contact",
            "order__sale__surplus__produce",
            "order__sale__branch__county__province",
            "lane__hub",
            "box__lot",
        )
        .order_by("pk")
    )
    counties = _counties({parcel.order.county_code for parcel in parcels})
    return [
        _label(parcel, counties.get(parcel.order.county_code), tracking_base, ribbon)
        for parcel in parcels
    ]


def packing_list(*, shift_id: int, ribbon: str) -> PackingList:
    """Gather the boxes of a shift, packed and labelled so far."""
    shift = Shift.objects.select_related("sale__surplus__produce", "point").get(pk=shift_id)
    boxes = shift.boxes.select_related("order", "parcel", "lot").order_by("pk")
    produce = shift.sale.surplus.produce.name_zh
    return PackingList(
        number=f"PK-{shift.pk}",
        sale=f"{produce} {shift.sale_id}",
        point=shift.point.name,
        day=shift.day,
        leader="",
        lines=tuple(
            PackingLine(
                parcel=box.parcel.number if hasattr(box, "parcel") else "",
                order=str(box.order_id),
                listing=f"{produce} {box.net_g / 1000:g} kg",
                lot=str(box.lot_id),
                net_g=box.net_g,
            )
            for box in boxes
        ),
        ribbon=ribbon,
    )


def despatch_manifest(*, despatch_id: int, ribbon: str) -> DespatchManifest:
    """Gather the parcels of one despatch for the hand-over."""
    despatch = Despatch.objects.select_related("branch", "lane__hub", "lane__origin").get(
        pk=despatch_id
    )
    parcels = list(despatch.parcels.select_related("order", "box").order_by("number"))
    counties = _counties({parcel.order.county_code for parcel in parcels})
    return DespatchManifest(
        number=f"DS-{despatch.pk}",
        closed_at=despatch.closed_at,
        branch=despatch.branch.name_zh,
        carrier=CARRIER,
        route=" → ".join(_way(despatch.branch.name_zh, despatch.lane)),
        lines=tuple(
            ManifestLine(
                parcel=parcel.number,
                destination=_county_name(counties.get(parcel.order.county_code)),
                net_g=parcel.box.net_g,
                sell_by=parcel.sell_by,
            )
            for parcel in parcels
        ),
        ribbon=ribbon,
    )


def intake_slip(
    *, stock_id: int, received_at: datetime, terms: str, trace_base: str, ribbon: str
) -> IntakeSlip:
    """Gather what a grower handed in at a point on one day, with its crates where weighed."""
    stock = PointStock.objects.select_related(
        "shift__point__branch", "lot__grower", "lot__offer__part__surplus__produce"
    ).get(pk=stock_id)
    surplus = stock.lot.offer.part.surplus
    return IntakeSlip(
        number=f"IN-{stock.pk}",
        received_at=received_at,
        branch=stock.shift.point.branch.name_zh,
        point=stock.shift.point.name,
        grower=stock.lot.grower.code,
        terms=terms,
        floor_fen_per_kg=surplus.floor_fen_per_kg,
        lines=(
            IntakeLine(
                lot=str(stock.lot_id),
                crop=surplus.produce.name_zh,
                grade=stock.lot.grade,
                gross_g=stock.gross_g or stock.received_g,
                tare_g=stock.tare_g,
            ),
        ),
        trace_url=f"{trace_base}{stock.lot_id}",
        ribbon=ribbon,
    )


def _label(parcel: Parcel, county: County | None, tracking_base: str, ribbon: str) -> LabelContent:
    recipient = _recipient(parcel, county)
    branch = parcel.order.sale.branch
    surplus = parcel.order.sale.surplus
    return LabelContent(
        number=parcel.number,
        tracking_url=f"{tracking_base}{parcel.number}",
        service=SERVICE,
        route=" → ".join((*_way(branch.name_zh, parcel.lane), parcel.order.county_code[:4])),
        recipient_name=recipient.name,
        recipient_phone=recipient.phone,
        recipient_address=recipient.address,
        sender_name=branch.name_zh,
        sender_place=f"{branch.county.province.name_zh}{branch.county.name_zh}",
        crop=f"{surplus.produce.name_zh} {surplus.produce.name_en}",
        lot=str(parcel.box.lot_id),
        net_weight_g=parcel.box.net_g,
        packed_on=local_day(parcel.box.packed_at),
        best_before=parcel.sell_by,
        ribbon=ribbon,
    )


def _recipient(parcel: Parcel, county: County | None) -> Recipient:
    person = unseal(bytes(parcel.order.contact.sealed))
    return Recipient(
        name=mask_name(person.name),
        phone=mask_phone(person.phone),
        address=f"{_county_name(county)}{mask_address(person.line)}",
    )


def _counties(codes: set[str]) -> dict[str, County]:
    return County.objects.select_related("province").in_bulk(list(codes))


def _county_name(county: County | None) -> str:
    return f"{county.province.name_zh}{county.name_zh}" if county else ""


def _way(branch: str, lane: Lane) -> tuple[str, ...]:
    hub = (lane.hub.name_zh,) if lane.hub else ()
    return (branch, *hub, lane.name_zh)
