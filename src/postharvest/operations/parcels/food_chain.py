"""A sale's food chain told in EPCIS, from the rows that hold it, and traces told on paper.

The log keeps an event once, by its content, so that publishing again adds only what is new.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Prefetch

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import at_hour
from postharvest.core.epcis import actions as epcis
from postharvest.core.epcis import flow, queries
from postharvest.core.epcis.flow import Event, Names
from postharvest.core.units import kilograms
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Lot
from postharvest.operations.orders.models import Claim
from postharvest.operations.packing.models import Box, PointStock, Shift, TopUp
from postharvest.operations.parcels.models import Despatch, Parcel, Scan
from postharvest.operations.parcels.papers import TraceLine

_AT_ONCE = 5_000
_TOLD_BY_SCANS = {"EDD": flow.arrived, "EMG": flow.arrived, "EDE": flow.departed}


def publish_food_chain(*, sale_id: int, names: Names, actor: Actor, now: datetime) -> int:
    """Put what happened to a sale's goods into the event log; returns how many events were new.

    Raises
    ------
    NotAllowed
        The actor's role or region does not cover the sale.
    """
    sale = Sale.objects.select_related("branch__county").get(pk=sale_id)
    actor.require(Role.DESK, Role.AUDITOR, region=sale.branch.county_id)
    stored = 0
    for some in _batches(food_chain(sale_id=sale_id, names=names)):
        captured = epcis.record_events(some, namespaces=flow.NAMESPACES, party=actor.party, now=now)
        stored += captured.stored
    with transaction.atomic():
        audit.write(
            actor, "epcis.publish", f"sale {sale_id}", now=now, after={"new_events": stored}
        )
    return stored


def food_chain(*, sale_id: int, names: Names) -> Iterator[Event]:
    """Tell a sale's goods in EPCIS events.

    Where only a day is known, the event stands at its beginning.  A shift that is still packing
    is not told, since what it takes from a lot is not yet settled.
    """
    yield from _harvests(sale_id, names)
    yield from _points(sale_id, names)
    yield from _boxes(sale_id, names)
    yield from _despatches(sale_id, names)
    yield from _travels(sale_id, names)
    yield from _claims(sale_id, names)


def trace_lines(identifier: str, *, is_recall: bool) -> tuple[TraceLine, ...]:
    """Tell a trace line by line, for a report."""
    steps = queries.forward_trace(identifier) if is_recall else queries.back_trace(identifier)
    shown = queries.events_by_number({step.event_number for step in steps})
    return tuple(
        TraceLine(
            at=datetime.fromisoformat(event.body["eventTime"]),
            step=event.body.get("bizStep", ""),
            place=event.body.get("readPoint", {}).get("id", ""),
            source=_listed(event.body, _SOURCES),
            result=_listed(event.body, _RESULTS),
        )
        for event in shown
    )


def _harvests(sale_id: int, names: Names) -> Iterator[Event]:
    lots = Lot.objects.filter(offer__part__surplus__sale=sale_id).select_related(
        "grower", "offer__part__surplus"
    )
    for lot in lots.order_by("pk"):
        yield flow.harvested(
            at=at_hour(lot.harvested_on, 0),
            field=names.place(lot.offer.part.code),
            lot=_lot(names, lot.pk),
            mass_kg=kilograms(lot.cut_g),
            picked_on=lot.harvested_on,
            variety=lot.offer.part.surplus.produce_id,
            grower=names.party(lot.grower.code),
        )


def _points(sale_id: int, names: Names) -> Iterator[Event]:
    stocks = PointStock.objects.filter(
        shift__sale=sale_id, shift__state=Shift.State.CLOSED, received_g__gt=0
    ).select_related("shift__point__branch", "lot__grower")
    for stock in stocks.order_by("pk"):
        day = at_hour(stock.shift.day, 0)
        place = names.place(stock.shift.point.code)
        slip = names.paper("intake", str(stock.pk))
        yield flow.received(
            at=day,
            place=place,
            lot=_lot(names, stock.lot_id),
            mass_kg=kilograms(stock.received_g),
            giver=names.party(stock.lot.grower.code),
            taker=names.party(stock.shift.point.branch.code),
            slip=slip,
        )
        yield flow.graded(
            at=day,
            place=place,
            grading=names.paper("grading", str(stock.pk)),
            inputs_kg={_lot(names, stock.lot_id): kilograms(stock.received_g)},
            outputs_kg=_outputs(names, stock),
        )


def _outputs(names: Names, stock: PointStock) -> dict[str, float]:
    """Share what was received out among boxes, culls, wholesaler and what is left."""
    parts = {
        "packed": stock.boxed_g,
        "culls": stock.culled_g,
        "wholesale": stock.wholesale_g,
        "left": stock.received_g - stock.boxed_g - stock.culled_g - stock.wholesale_g,
    }
    return {
        _lot(names, stock.lot_id, f"{kind}-{stock.shift_id}"): kilograms(mass_g)
        for kind, mass_g in parts.items()
        if mass_g
    }


def _boxes(sale_id: int, names: Names) -> Iterator[Event]:
    boxes = (
        Box.objects.filter(
            shift__sale=sale_id, shift__state=Shift.State.CLOSED, parcel__isnull=False
        )
        .select_related("shift__point", "parcel")
        .prefetch_related(Prefetch("top_ups", TopUp.objects.order_by("pk")))
    )
    for box in boxes.order_by("pk").iterator(chunk_size=_AT_ONCE):
        taken_g: dict[int, int] = defaultdict(int)
        for top_up in box.top_ups.all():
            taken_g[top_up.lot_id] += top_up.weight_g
        taken_g[box.lot_id] += box.net_g - sum(taken_g.values())
        yield flow.packed(
            at=box.packed_at,
            place=names.place(box.shift.point.code),
            parcel=names.parcel(box.parcel.number),
            contents_kg={
                _lot(names, lot_id, f"packed-{box.shift_id}"): kilograms(weight_g)
                for lot_id, weight_g in taken_g.items()
            },
        )


def _despatches(sale_id: int, names: Names) -> Iterator[Event]:
    despatches = Despatch.objects.filter(parcels__order__sale=sale_id).distinct()
    for despatch in despatches.select_related("branch", "lane__hub").order_by("pk"):
        numbers = Parcel.objects.filter(despatch=despatch, order__sale=sale_id).order_by("pk")
        hub = despatch.lane.hub_id or despatch.lane.zone
        yield flow.shipped(
            at=despatch.closed_at,
            place=names.place(despatch.branch.code),
            goods=map(names.parcel, numbers.values_list("number", flat=True)),
            despatch=names.paper("despatch", str(despatch.pk)),
            destination=names.place(hub),
        )


def _travels(sale_id: int, names: Names) -> Iterator[Event]:
    """Tell scans of many parcels at one place and instant as one event."""
    scans = Scan.objects.filter(parcel__order__sale=sale_id).order_by("at", "code", "place", "pk")
    together: dict[tuple[str, str, datetime], list[str]] = defaultdict(list)
    rows = scans.values_list("code", "place", "at", "parcel__number", "reason")
    for code, place, at, number, reason in rows.iterator(chunk_size=_AT_ONCE):
        if code in _TOLD_BY_SCANS:
            together[code, place, at].append(names.parcel(number))
        elif code == "EMI" and not reason:
            yield flow.delivered(at=at, place=names.place(place), parcel=names.parcel(number))
    for (code, place, at), goods in together.items():
        yield _TOLD_BY_SCANS[code](at=at, place=names.place(place), goods=goods)


def _claims(sale_id: int, names: Names) -> Iterator[Event]:
    claims = Claim.objects.filter(order__sale=sale_id).exclude(parcel_number="")
    for claim in claims.select_related("order").order_by("pk"):
        yield flow.claimed(
            at=claim.filed_at,
            place=names.place(claim.order.county_code),
            parcel=names.parcel(claim.parcel_number),
            claim=names.paper("claim", str(claim.pk)),
        )


def _lot(names: Names, lot_id: int, part: str = "") -> str:
    return names.lot(f"{lot_id}-{part}" if part else str(lot_id))


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    batch: list[Event] = []
    for event in events:
        batch.append(event)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


_SOURCES = ("inputEPCList", "inputQuantityList", "childEPCs", "childQuantityList")
_RESULTS = ("outputEPCList", "outputQuantityList", "parentID")


def _listed(body: Event, fields: Iterable[str]) -> str:
    found: list[str] = []
    for field in fields:
        value = body.get(field, [])
        items = [value] if isinstance(value, str) else value
        found += [item if isinstance(item, str) else item["epcClass"] for item in items]
    return "，".join(found)
