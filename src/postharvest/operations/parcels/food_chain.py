"""The food chain told in EPCIS as news of it comes, and traces told on paper.

One more reader of the outbox: what happened is told once, in the order in which it was news, and
the bookmark moves in the transaction that tells it.  Scans are too many to be news, so they have a
bookmark of their own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from postharvest.core.clock.time import at_hour
from postharvest.core.epcis import actions as epcis
from postharvest.core.epcis import flow, queries
from postharvest.core.epcis.flow import Event, Names
from postharvest.core.outbox import readers
from postharvest.core.outbox.models import Event as News
from postharvest.core.units import kilograms
from postharvest.operations.harvest.models import Lot
from postharvest.operations.orders.events import ClaimsDecided
from postharvest.operations.orders.models import Claim
from postharvest.operations.packing.events import LeftoversCleared, ShiftClosed
from postharvest.operations.packing.models import Box, PointStock, TopUp
from postharvest.operations.parcels.events import ParcelsPosted
from postharvest.operations.parcels.models import Despatch, Parcel, Scan
from postharvest.operations.parcels.papers import TraceLine, TraceReport

PARTY = "postharvest"
NEWS_AT_ONCE = 50
SCANS_AT_ONCE = 2_000
_AT_ONCE = 5_000
_TOLD_BY_SCANS = {"EDD": flow.arrived, "EMG": flow.arrived, "EDE": flow.departed}


def tell_food_chain(*, site: str, now: datetime) -> int:
    """Put what has happened since the last time into the event log; returns how many events.

    Call again until it returns nothing: it takes a moderate number of news at a time.
    """
    names, told = Names(base=f"{site}/id"), 0

    def tell_news(some: list[News]) -> None:
        nonlocal told
        told += _record((e for one in some for e in _TOLD[one.kind](one.body, names)), now)

    def tell_scans(some: list[Scan]) -> None:
        nonlocal told
        told += _record(_travels(some, names), now)

    readers.read_news("epcis", now=now, kinds=_TOLD, limit=NEWS_AT_ONCE, take=tell_news)
    readers.read_rows(
        "epcis.scans",
        Scan.objects.select_related("parcel").only(
            "code", "place", "at", "reason", "parcel__number"
        ),
        is_settled=lambda scan: now - scan.received_at > _SETTLED,
        limit=SCANS_AT_ONCE,
        take=tell_scans,
    )
    return told


_SETTLED = timedelta(seconds=10)
"""A batch of scans may commit after one with higher ids."""


def _record(events: Iterable[Event], now: datetime) -> int:
    namespaces = flow.NAMESPACES
    return sum(
        epcis.record_events(some, namespaces=namespaces, party=PARTY, now=now).stored
        for some in _batches(events)
    )


def trace_report(
    *, identifier: str, is_recall: bool, now: datetime, trace_url: str, ribbon: str
) -> TraceReport:
    """Gather where goods came from, or for a recall where they went."""
    return TraceReport(
        number=f"TR-{now:%Y%m%d%H%M%S}",
        issued_at=now,
        identifier=identifier,
        is_recall=is_recall,
        lines=trace_lines(identifier, is_recall=is_recall),
        trace_url=trace_url,
        ribbon=ribbon,
    )


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


def _shift_closed(body: dict[str, Any], names: Names) -> Iterator[Event]:
    stocks = PointStock.objects.filter(shift=body["shift_id"], received_g__gt=0)
    yield from _harvests(Lot.objects.filter(stocks__in=stocks), names)
    yield from _points(stocks, names)


def _harvests(lots: QuerySet[Lot], names: Names) -> Iterator[Event]:
    """Tell lots; where only a day is known, the event stands at its beginning."""
    for lot in lots.select_related("grower", "offer__part__surplus").order_by("pk"):
        yield flow.harvested(
            at=at_hour(lot.harvested_on, 0),
            field=names.place(lot.offer.part.code),
            lot=_lot(names, lot.pk),
            mass_kg=kilograms(lot.cut_g),
            picked_on=lot.harvested_on,
            variety=lot.offer.part.surplus.produce_id,
            grower=names.party(lot.grower.code),
        )


def _points(stocks: QuerySet[PointStock], names: Names) -> Iterator[Event]:
    for stock in stocks.select_related("shift__point__branch", "lot__grower").order_by("pk"):
        day = at_hour(stock.shift.day, 0)
        place = names.place(stock.shift.point.code)
        yield flow.received(
            at=day,
            place=place,
            lot=_lot(names, stock.lot_id),
            mass_kg=kilograms(stock.received_g),
            giver=names.party(stock.lot.grower.code),
            taker=names.party(stock.shift.point.branch.code),
            slip=names.paper("intake", str(stock.pk)),
        )
        outputs_g = {SORTED: stock.received_g - stock.culled_g, CULLS: stock.culled_g}
        yield flow.graded(
            at=day,
            place=place,
            grading=names.paper("grading", str(stock.pk)),
            inputs_kg={_lot(names, stock.lot_id): kilograms(stock.received_g)},
            outputs_kg={
                _lot(names, stock.lot_id, kind): kilograms(mass_g)
                for kind, mass_g in outputs_g.items()
                if mass_g
            },
        )


SORTED, CULLS = "sorted", "culls"
"""What grading makes of a lot; boxes are filled from what is sorted, on this day or a later one."""


def _posted(body: dict[str, Any], names: Names) -> Iterator[Event]:
    despatch = Despatch.objects.select_related("branch", "lane__hub").get(pk=body["despatch_id"])
    yield from _boxes(Box.objects.filter(parcel__despatch=despatch), names)
    numbers = Parcel.objects.filter(despatch=despatch).order_by("pk")
    yield flow.shipped(
        at=despatch.closed_at,
        place=names.place(despatch.branch.code),
        goods=map(names.parcel, numbers.values_list("number", flat=True)),
        despatch=names.paper("despatch", str(despatch.pk)),
        destination=names.place(despatch.lane.hub_id or despatch.lane.zone),
    )


def _boxes(boxes: QuerySet[Box], names: Names) -> Iterator[Event]:
    rows = boxes.select_related("shift__point", "parcel").prefetch_related(
        Prefetch("top_ups", TopUp.objects.order_by("pk"))
    )
    for box in rows.order_by("pk").iterator(chunk_size=_AT_ONCE):
        taken_g: dict[int, int] = defaultdict(int)
        for top_up in box.top_ups.all():
            taken_g[top_up.lot_id] += top_up.weight_g
        taken_g[box.lot_id] += box.net_g - sum(taken_g.values())
        yield flow.packed(
            at=box.packed_at,
            place=names.place(box.shift.point.code),
            parcel=names.parcel(box.parcel.number),
            contents_kg={
                _lot(names, lot_id, SORTED): kilograms(weight_g)
                for lot_id, weight_g in taken_g.items()
            },
        )


def _travels(scans: Iterable[Scan], names: Names) -> Iterator[Event]:
    """Tell scans of many parcels at one place and instant as one event."""
    together: dict[tuple[str, str, datetime], list[str]] = defaultdict(list)
    for scan in scans:
        parcel = names.parcel(scan.parcel.number)
        if scan.code in _TOLD_BY_SCANS:
            together[scan.code, scan.place, scan.at].append(parcel)
        elif scan.code == "EMI" and not scan.reason:
            yield flow.delivered(at=scan.at, place=names.place(scan.place), parcel=parcel)
    for (code, place, at), goods in together.items():
        yield _TOLD_BY_SCANS[code](at=at, place=names.place(place), goods=goods)


def _claimed(body: dict[str, Any], names: Names) -> Iterator[Event]:
    claims = Claim.objects.select_related("order").filter(pk__in=body["claim_ids"])
    for claim in claims.exclude(parcel_number="").order_by("pk"):
        yield flow.claimed(
            at=claim.filed_at,
            place=names.place(claim.order.county_code),
            parcel=names.parcel(claim.parcel_number),
            claim=names.paper("claim", str(claim.pk)),
        )


def _cleared(body: dict[str, Any], names: Names) -> Iterator[Event]:
    """Tell what was written off; what the wholesaler took went on living elsewhere."""
    if body["to_wholesaler"]:
        return
    masses_g = {int(pk): mass_g for pk, mass_g in body["stocks_g"].items()}
    stocks = PointStock.objects.filter(pk__in=masses_g).select_related("shift__point")
    for stock in stocks.order_by("pk"):
        yield flow.written_off(
            at=datetime.fromisoformat(body["at"]),
            place=names.place(stock.shift.point.code),
            lot=_lot(names, stock.lot_id, SORTED),
            mass_kg=kilograms(masses_g[stock.pk]),
        )


_TOLD: dict[str, Callable[[dict[str, Any], Names], Iterator[Event]]] = {
    ShiftClosed.kind: _shift_closed,
    ParcelsPosted.kind: _posted,
    ClaimsDecided.kind: _claimed,
    LeftoversCleared.kind: _cleared,
}


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
