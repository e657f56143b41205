"""From the house's tables to facts: what has changed of the hot ones, all of the small ones."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Min, Model, OuterRef, QuerySet, Subquery

from postharvest.core.clock.time import local_day
from postharvest.decisions.measures.models import CountyGroup, GrowerGroup
from postharvest.decisions.measures.places import placed_villages
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.diary.models import DiaryLine
from postharvest.operations.harvest.models import Grower, Lot, WholesalePickup
from postharvest.operations.network import base_queries
from postharvest.operations.network.models import Base, BaseStep, Branch, CatchmentCounty, County
from postharvest.operations.orders import transitions
from postharvest.operations.orders.models import BulkOrder, Order
from postharvest.operations.packing.models import Point, Shift
from postharvest.operations.parcels.models import Parcel, Scan
from postharvest.operations.settlement.models import Line

Values = tuple[Any, ...]
CHUNK = 5000
WITNESSED = timedelta(days=14)
"""A diary line so many days before a report still bears witness to its price."""


def endings() -> dict[str, str]:
    """Say of each state of an order what it comes to: delivered, gone, or open still."""
    follow: dict[str, set[str]] = defaultdict(set)
    for moves in transitions.ORDER.values():
        for before, after in moves.items():
            follow[before].add(after)
    delivered = Order.State.DELIVERED
    arriving = {str(delivered)}
    while grown := {str(s) for s in Order.State.values if follow[s] & arriving} - arriving:
        arriving |= grown
    return {
        state: "delivered" if state == delivered else "open" if state in arriving else "gone"
        for state in Order.State.values
    }


def order_lines(ids: Collection[int]) -> Iterator[Values]:
    """Read orders; the day is the one on which they were placed."""
    ending = endings()
    for rows in _chunks(Order.objects, ids):
        for row in rows.values_list(
            "pk", "base_id", "sale_id", "listing__channel__kind", "sale__surplus__produce_id",
            "sale__surplus__county_id", "county_code", "quantity", "listing__net_g", "total_fen",
            "state", "placed_at",
        ):  # fmt: skip
            *head, quantity, net_g, total_fen, state, placed_at = row
            yield (*head, quantity * net_g, total_fen, ending[state], local_day(placed_at))


def parcels(ids: Collection[int]) -> Iterator[Values]:
    """Read parcels; the day is the one on which they were registered."""
    for rows in _chunks(Parcel.objects, ids):
        for row in rows.values_list(
            "pk", "base_id", "order__sale_id", "order__sale__surplus__produce_id",
            "order__sale__surplus__county_id", "order__county_code", "box__net_g", "accepted_at",
            "delivered_at", "promised_by", "sell_by", "registered_at",
        ):  # fmt: skip
            *head, accepted, delivered, promised_by, sell_by, registered = row
            yield (
                *head, _seconds(accepted), _seconds(delivered),
                local_day(delivered) if delivered else None, promised_by, sell_by,
                local_day(registered),
            )  # fmt: skip


def ledger_lines(ids: Collection[int]) -> Iterator[Values]:
    """Read lines of the books; a party is kept by its number, where it is one."""
    for rows in _chunks(Line.objects, ids):
        for pk, base, sale, kind, account, fen, posted_at in rows.values_list(
            "pk", "base_id", "entry__sale_id", "entry__kind", "account", "amount_fen",
            "entry__posted_at",
        ):  # fmt: skip
            name, _colon, party = account.partition(":")
            number = int(party) if party.isdigit() else None
            yield pk, base, sale, kind, name, number, fen, local_day(posted_at)


READ: Mapping[str, Callable[[Collection[int]], Iterator[Values]]] = {
    "order_lines": order_lines,
    "parcels": parcels,
    "ledger_lines": ledger_lines,
}
STILL_OPEN = {
    "order_lines": "state = 'open'",
    "parcels": "delivered_on IS NULL",
    "ledger_lines": "false",
}
"""Which rows of a hot table may still change without a new row telling of it."""


_MODELS: Mapping[str, type[Model]] = {
    "order_lines": Order,
    "parcels": Parcel,
    "ledger_lines": Line,
}


_TELLING: Mapping[str, type[Model]] = {**_MODELS, "scans": Scan}
"""Tables whose new rows tell what has changed."""


def marks() -> dict[str, int]:
    """Return the highest number of each table whose new rows tell what has changed."""
    return {
        name: (model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0)
        for name, model in _TELLING.items()
    }


def database_name() -> str:
    """Name the database by what came first into its books; empty while nothing has."""
    first = Line.objects.order_by("pk").values_list("pk", "entry__key", "entry__posted_at").first()
    return "" if first is None else f"{first[0]} {first[1]} {first[2].isoformat()}"


def new_ids(name: str, *, after: Mapping[str, int]) -> set[int]:
    """Return the rows that came since, and the parcels that new scans speak of."""
    found = set(
        _MODELS[name]
        ._default_manager.filter(pk__gt=after.get(name, 0))
        .values_list("pk", flat=True)
        .iterator()
    )
    if name == "parcels":
        scans = Scan.objects.filter(pk__gt=after.get("scans", 0))
        found.update(scans.values_list("parcel_id", flat=True).iterator())
    return found


def small() -> Iterator[tuple[str, Iterable[Values]]]:
    """Read every small table whole."""
    opened = base_queries.opened_at(Base.objects.values_list("pk", flat=True))
    yield "bulk_orders", _bulk_orders()
    yield "sales", _sales()
    yield "lots", _lots()
    yield "pickups", _pickups()
    yield "growers", _growers()
    yield "counties", _counties(opened)
    yield "places", placed_villages()
    yield "footholds", _footholds(opened)


def _bulk_orders() -> Iterator[Values]:
    rows = BulkOrder.objects.filter(loaded_at__isnull=False).order_by("pk")
    for *head, quantity, net_g, fen, loaded in rows.values_list(
        "pk", "base_id", "sale_id", "listing__channel__kind", "sale__surplus__produce_id",
        "sale__surplus__county_id", "quantity", "listing__net_g", "total_fen", "loaded_at",
    ):  # fmt: skip
        yield (*head, quantity * net_g, fen, local_day(loaded) if loaded else None)


def _sales() -> Iterator[Values]:
    seen = DiaryLine.objects.filter(
        branch_id=OuterRef("surplus__branch_id"), produce_id=OuterRef("surplus__produce_id"),
        written_at__lte=OuterRef("surplus__reported_at"),
        written_at__gte=OuterRef("surplus__reported_at") - WITNESSED,
    ).exclude(witness="")  # fmt: skip
    witness = Subquery(seen.order_by("-written_at").values("witness")[:1])
    cut = set(Lot.objects.values_list("offer__part__surplus_id", flat=True).distinct())
    rows = Sale.objects.annotate(witness=witness).order_by("pk")
    for *head, surplus, seen_by, day in rows.values_list(
        "pk", "base_id", "surplus__produce_id", "surplus__county_id", "surplus__reported_g",
        "surplus__wholesale_fen_per_kg", "surplus__wholesale_source", "surplus_id", "witness",
        "first_day",
    ):  # fmt: skip
        yield (*head, seen_by or "", surplus in cut, day)


def _lots() -> Iterator[Values]:
    rows = Lot.objects.filter(offer__part__surplus__sale__isnull=False).order_by("pk")
    yield from rows.values_list(
        "pk", "base_id", "offer__part__surplus__sale", "grower_id",
        "offer__part__surplus__produce_id", "offer__part__surplus__county_id", "cut_g",
        "offer__part__harvest_fen_per_t", "harvested_on",
    )  # fmt: skip


def _pickups() -> Iterator[Values]:
    rows = WholesalePickup.objects.filter(offer__part__surplus__sale__isnull=False).order_by("pk")
    yield from rows.values_list(
        "pk", "base_id", "offer__part__surplus__sale", "offer__grower_id",
        "offer__part__surplus__produce_id", "offer__part__surplus__county_id", "weight_g",
        "paid_fen", "day",
    )  # fmt: skip


def _growers() -> Iterator[Values]:
    groups = dict(GrowerGroup.objects.values_list("grower_id", "group"))
    for pk, county in Grower.objects.order_by("pk").values_list("pk", "county_id"):
        yield pk, county, groups.get(pk)


def _counties(opened: Mapping[int, date]) -> Iterator[Values]:
    groups = dict(CountyGroup.objects.values_list("county_id", "group"))
    first: dict[str, date] = {}
    pairs = [*Base.objects.values_list("pk", "county_id"),
             *CatchmentCounty.objects.values_list("base_id", "county_id")]  # fmt: skip
    for base, county in pairs:
        if base in opened:
            first[county] = min(opened[base], first.get(county, opened[base]))
    for code, households in County.objects.order_by("code").values_list("code", "households"):
        yield code, households, groups.get(code), first.get(code)


def _footholds(opened: Mapping[int, date]) -> Iterator[Values]:
    """Give bases, post offices and points with the days between which they stand."""
    closed = {
        base: local_day(at)
        for base, at in BaseStep.objects.filter(
            state=Base.State.CLOSED, base__state=Base.State.CLOSED
        ).order_by("at").values_list("base_id", "at")
    }  # fmt: skip
    for pk, lat, lon in Base.objects.order_by("pk").values_list("pk", "lat", "lon"):
        if pk in opened:
            yield f"base:{pk}", "base", lat, lon, opened[pk], closed.get(pk)
    for pk, base, lat, lon in Branch.objects.order_by("pk").values_list(
        "pk", "base_id", "lat", "lon"
    ):
        if base in opened:
            yield f"office:{pk}", "office", lat, lon, opened[base], closed.get(base)
    used = dict(Shift.objects.values_list("point").annotate(first=Min("day")))
    for pk, base, lat, lon in Point.objects.order_by("pk").values_list(
        "pk", "base_id", "lat", "lon"
    ):
        if pk in used:
            yield f"point:{pk}", "point", lat, lon, used[pk], closed.get(base)


def _chunks(objects: Any, ids: Collection[int]) -> Iterator[QuerySet[Any]]:  # noqa: ANN401
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield objects.filter(pk__in=ordered[start : start + CHUNK]).order_by("pk")


def _seconds(at: Any) -> int | None:  # noqa: ANN401  (an aware instant, or none)
    return None if at is None else int(at.timestamp())
