"""What the rest of the house may ask of the network."""

import gzip
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import Max, Min, QuerySet, Sum

from postharvest.core.geo import great_circle_km, spread
from postharvest.core.tables import catalogue, shipped
from postharvest.core.tables.catalogue import Row
from postharvest.operations.network.models import (
    Base,
    Branch,
    CalendarDay,
    County,
    HubDay,
    Lane,
    LaneDay,
    LaneMarket,
    PlanningDefault,
    Prefecture,
    Table,
    TableText,
    Tariff,
    Township,
    Village,
)

CONTRACT_PARCEL = "agricultural contract parcel (planning assumption)"
HOURS_BEFORE_LAST_TRUCK = 2
"""Where a calendar names trucks and no cut-off, orders count until so long before the last."""
UNKNOWN_KM_SPREAD = 3.0
_FOUND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A point in degrees (WGS 84), and whether it is known or modelled."""

    lat: float
    lon: float
    status: str

    @property
    def is_modelled(self) -> bool:
        return self.status.startswith("modelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRule:
    """What is special about a day; ``kind`` is a workday, rest, holiday, make-up workday or ""."""

    kind: str = ""
    packs: bool = True
    collects: bool = True
    is_market: bool = False
    cutoff_hour: int | None = None
    truck_times: str = ""
    note: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether no box can be packed and handed to the post that day."""
        return not (self.packs and self.collects)


class UnknownPlace(LookupError):
    """No place has this code: the caller should have offered only those that there are."""


# Tables


def tables() -> QuerySet[Table]:
    """Every loaded table with its source, licence and status, by name."""
    return Table.objects.order_by("name")


def table_text(name: str) -> str:
    """Return the text of a table in force, CSV or GeoJSON: the operator's, else the shipped."""
    stored = TableText.objects.filter(table_id=name, table__is_operator=True).first()
    if stored is None:
        return shipped.shipped_bytes(name).decode("utf-8")
    return gzip.decompress(bytes(stored.text_gz)).decode("utf-8")


def table_version(name: str) -> str:
    """Return the SHA-256 of a table's text in force."""
    stored = Table.objects.filter(name=name).values_list("content_hash", flat=True).first()
    return stored or shipped.shipped_hash(name)


def table_day(name: str) -> date | None:
    """Return the day on which a table in force was loaded; none where it was never loaded."""
    loaded = Table.objects.filter(name=name).values_list("loaded_at", flat=True).first()
    return None if loaded is None else loaded.date()


def table_rows(name: str) -> list[Row]:
    """Return the typed rows of a table in force: the operator's, else the shipped.

    Rows come from a cache and must not be changed; `read_table` keeps none.
    """
    replaced = Table.objects.filter(name=name, is_operator=True)
    operators_hash = replaced.values_list("content_hash", flat=True).first()
    return _cached_rows(name, operators_hash or "")


@lru_cache(maxsize=32)
def _cached_rows(name: str, operators_hash: str) -> list[Row]:
    return read_table(name) if operators_hash else shipped.shipped_rows(name)


def read_table(name: str) -> list[Row]:
    """Read the typed rows of a table in force anew."""
    return shipped.plain_rows(name, table_text(name))


def table_keys(name: str) -> set[str]:
    """Return the keys of a table with a key of one column."""
    (key,) = catalogue.shape(name).key
    return {str(row[key]) for row in read_table(name)}


def planning_defaults() -> dict[str, PlanningDefault]:
    """Every planning default by its field."""
    return PlanningDefault.objects.in_bulk()


# Places


def position_of_village(code: str) -> Position:
    """Return where a village lies: as its table says, else spread around its township's seat.

    Without a township's seat it is the county's.  The spread is the planning default
    ``position_jitter``; the same village always falls on the same spot.

    Raises
    ------
    UnknownPlace
        Neither the village's township nor its county is known.
    """
    own = Village.objects.filter(code=code, lat__isnull=False, lon__isnull=False).first()
    if own is not None and own.lat is not None and own.lon is not None:
        return Position(lat=own.lat, lon=own.lon, status="the village's own")
    seat = _seat_of(code)
    radius_km = _jitter_km()
    lat, lon = spread(lat=seat.lat, lon=seat.lon, radius_km=radius_km, seed=code)
    return Position(lat=lat, lon=lon, status=f"modelled: within {radius_km:g} km of {seat.status}")


def _seat_of(code: str) -> Position:
    township = Township.objects.filter(code=code[:9]).first()
    if township and township.lat is not None and township.lon is not None:
        return Position(lat=township.lat, lon=township.lon, status="its township's seat")
    village = Village.objects.select_related("county").filter(code=code).first()
    county = village.county if village else County.objects.filter(code=code[:6]).first()
    if county is None:
        raise UnknownPlace(f"no village, township or county for code {code}")
    return Position(lat=county.lat, lon=county.lon, status="its county's seat")


def _jitter_km() -> float:
    default = PlanningDefault.objects.filter(field="position_jitter").first()
    return float(default.value) if default else UNKNOWN_KM_SPREAD


def counties_by_name(text: str) -> list[County]:
    """Return up to twenty counties whose code or name, Chinese or English, answers to a text.

    A whole name comes before a beginning, a beginning before a part.
    """
    wanted = text.strip()
    if not wanted:
        return []
    rows = County.objects.select_related("prefecture", "province")
    found = (
        rows.filter(name_zh__contains=wanted)
        | rows.filter(name_en__icontains=wanted)
        | rows.filter(code__startswith=wanted)
    )
    return sorted(found, key=lambda county: (_closeness(county, wanted.casefold()), county.code))[
        :_FOUND
    ]


def _closeness(county: County, wanted: str) -> int:
    names = (county.name_zh, county.name_en.casefold(), county.code)
    if wanted in names:
        return 0
    return 1 if any(name.startswith(wanted) for name in names) else 2


def nearest_county(lat: float, lon: float) -> County:
    """Return the county whose seat is nearest to a point.

    Raises
    ------
    UnknownPlace
        No county is loaded.
    """
    seats = list(County.objects.values_list("code", "lat", "lon"))
    if not seats:
        raise UnknownPlace("no county is loaded")
    code, _, _ = min(
        seats, key=lambda seat: great_circle_km(lat1=lat, lon1=lon, lat2=seat[1], lon2=seat[2])
    )
    return County.objects.select_related("prefecture", "province").get(code=code)


def markets() -> QuerySet[Prefecture]:
    """Every market with its province, by code."""
    return Prefecture.objects.select_related("province").order_by("code")


def county(code: str) -> County | None:
    """Return the county of a code, or none."""
    return County.objects.select_related("prefecture", "province").filter(code=code).first()


def market_of_county(county_code: str) -> Prefecture | None:
    """Return the market that a county belongs to."""
    return Prefecture.objects.filter(counties=county_code).first()


def villages_of_county(county_code: str) -> QuerySet[Village]:
    """Return the villages of a county, by code."""
    return Village.objects.filter(county_id=county_code).order_by("code")


# Bases, post offices, lanes


def base_by_code(code: str) -> Base | None:
    """Return a base with its county."""
    return Base.objects.select_related("county").filter(code=code).first()


def county_of_base(base_id: int) -> str:
    """The county code of a base; nothing for a base that is none."""
    code = Base.objects.filter(pk=base_id).values_list("county_id", flat=True).first()
    return code or ""


def branch(branch_id: int) -> Branch:
    """Return one post office with its county and base."""
    return Branch.objects.select_related("county", "base").get(pk=branch_id)


def bases(scope: str = "") -> QuerySet[Base]:
    """Return the bases of a region with their counties, the first entered first."""
    rows = Base.objects.select_related("county").filter(county__code__startswith=scope)
    return rows.order_by("id")


def branches_of_base(base_id: int) -> QuerySet[Branch]:
    """Return the post offices of a base, the first opened first."""
    return Branch.objects.filter(base_id=base_id).order_by("id")


def branches_in(scope: str) -> QuerySet[Branch]:
    """Return the post offices of a region (a prefix of county codes), the first opened first."""
    rows = Branch.objects.select_related("county", "base")
    return rows.filter(county__code__startswith=scope).order_by("id")


def village_named(*, county_code: str, name: str) -> Village | None:
    """Return the village of a county that bears a name, with or without 村 and committee words."""
    stem = name.strip().removesuffix("村")
    if not stem:
        return None
    rows = Village.objects.filter(county_id=county_code, name_zh__startswith=stem)
    return rows.order_by("code").first()


def lanes_for_origin(branch_id: int) -> QuerySet[Lane]:
    """Return the lanes that leave a post office, by zone, with their markets."""
    return (
        Lane.objects.filter(origin_id=branch_id)
        .prefetch_related("markets__prefecture")
        .order_by("zone")
    )


def lane_for_county(branch_id: int, county_code: str) -> Lane | None:
    """Return the lane from a post office to the market that a county belongs to."""
    return Lane.objects.filter(
        markets__origin_id=branch_id, markets__prefecture__counties=county_code
    ).first()


def tariff_zones(product: str = CONTRACT_PARCEL) -> list[Tariff]:
    """Return the zones of a postal product, nearest first."""
    return list(Tariff.objects.filter(product=product).order_by("km_from", "zone"))


def tariff_zone(km: float, zones: Sequence[Tariff]) -> int:
    """Return the zone that a distance falls in, of zones nearest first; the last has no end."""
    within = (tariff.zone for tariff in zones if km < tariff.km_to)
    return next(within, zones[-1].zone)


def postage_fen(tariff: Tariff, pack_g: int) -> int:
    """Return the postage of one parcel: the first weight, then every step begun."""
    # Grams and fen as whole numbers: 2.2 kg in steps of 0.1 must not become 23 steps.
    beyond_g = max(0, pack_g - round(tariff.first_kg * 1000))
    steps = math.ceil(beyond_g / round(tariff.step_kg * 1000))
    return round(tariff.first_yuan * 100) + steps * round(tariff.step_yuan * 100)


# Days


def lane_days_locked(
    base_id: int, lane_ids: Collection[int], days: Collection[date]
) -> list[LaneDay]:
    """Lock and return the days of lanes, by id; call it inside a transaction."""
    return list(
        LaneDay.objects.select_for_update()
        .filter(base_id=base_id, lane_id__in=lane_ids, day__in=days)
        .order_by("id")
    )


def hub_days_locked(
    base_id: int, branch_ids: Collection[int], days: Collection[date]
) -> list[HubDay]:
    """Lock and return the days of post offices, by id; call it inside a transaction."""
    return list(
        HubDay.objects.select_for_update()
        .filter(base_id=base_id, branch_id__in=branch_ids, day__in=days)
        .order_by("id")
    )


def lane_days(lane_ids: Collection[int], days: Collection[date]) -> QuerySet[LaneDay]:
    """Return the days of lanes without a lock, for showing."""
    return LaneDay.objects.filter(lane_id__in=lane_ids, day__in=days).order_by("lane_id", "day")


def hub_days(branch_ids: Collection[int], days: Collection[date]) -> QuerySet[HubDay]:
    """Return the days of post offices without a lock, for showing."""
    return HubDay.objects.filter(branch_id__in=branch_ids, day__in=days).order_by(
        "branch_id", "day"
    )


def days_without_collection(county_code: str, days: Iterable[date]) -> set[date]:
    """Return which of the days nothing leaves a county, by its own calendar or the country's."""
    stops = CalendarDay.objects.filter(kind=CalendarDay.Kind.COLLECTION_STOP, day__in=list(days))
    mine = stops.filter(county=None) | stops.filter(county_id=county_code)
    return set(mine.values_list("day", flat=True))


def day_rules(county_code: str, first: date, last: date) -> dict[date, DayRule]:
    """Return what is special about days: by the county's own calendar, else the country's.

    Days that no calendar names are missing: they are like any other, weekends too, since fruit
    does not wait and the post collects on every day.
    """
    rows = CalendarDay.objects.filter(day__range=(first, last))
    mine = rows.filter(county=None) | rows.filter(county_id=county_code)
    by_day: dict[tuple[date, bool], list[CalendarDay]] = {}
    for row in mine.order_by("day", "id"):
        by_day.setdefault((row.day, row.county_id is not None), []).append(row)
    days = {day for day, _ in by_day}
    return {day: _rule(by_day.get((day, True)) or by_day[day, False]) for day in sorted(days)}


def _rule(rows: list[CalendarDay]) -> DayRule:
    kinds = {row.kind for row in rows}
    special = {
        CalendarDay.Kind.MARKET_DAY,
        CalendarDay.Kind.COLLECTION_STOP,
        CalendarDay.Kind.PACKING_STOP,
    }
    trucks = next((row.truck_times for row in rows if row.truck_times), "")
    hours = [row.cutoff_hour for row in rows if row.cutoff_hour is not None]
    if not hours and trucks:
        hours = [max(0, int(trucks.split()[-1].split(":")[0]) - HOURS_BEFORE_LAST_TRUCK)]
    return DayRule(
        kind=next((row.kind for row in rows if row.kind not in special), ""),
        packs=CalendarDay.Kind.PACKING_STOP not in kinds,
        collects=CalendarDay.Kind.COLLECTION_STOP not in kinds,
        is_market=CalendarDay.Kind.MARKET_DAY in kinds,
        cutoff_hour=hours[0] if hours else None,
        truck_times=trucks,
        note=next((row.note for row in rows if row.note), ""),
    )


def calendar_span(county_code: str) -> tuple[date, date] | None:
    """Return the first and last day that a county's, or the country's, calendar names."""
    rows = CalendarDay.objects.filter(county=None) | CalendarDay.objects.filter(
        county_id=county_code
    )
    ends = rows.aggregate(first=Min("day"), last=Max("day"))
    return (ends["first"], ends["last"]) if ends["first"] else None


def demand_weights(lane_ids: Collection[int]) -> dict[int, float]:
    """Return the online demand weight of the markets that each lane serves."""
    rows = LaneMarket.objects.filter(lane_id__in=lane_ids).values_list("lane_id")
    return dict(rows.annotate(weight=Sum("prefecture__online_demand_weight")))


def county_weights(branch_id: int, zone: str) -> list[tuple[str, float]]:
    """Return the counties that a post office's lane to a zone serves, with their demand weights.

    A market's weight is shared over its counties by their people.
    """
    rows = County.objects.filter(
        prefecture__lanes__origin_id=branch_id, prefecture__lanes__lane__zone=zone
    ).order_by("code")
    fields = ("code", "rural_population", "urban_population")
    of_market = "prefecture__online_demand_weight", "prefecture__population"
    return [
        (code, weight * max(1, rural + urban) / max(1, people))
        for code, rural, urban, weight, people in rows.values_list(*fields, *of_market)
    ]


def reserved_parcels(lane_ids: Collection[int]) -> int:
    """Return the parcels spoken for on all days of lanes."""
    return (
        LaneDay.objects.filter(lane_id__in=lane_ids).aggregate(n=Sum("reserved_parcels"))["n"] or 0
    )


def people_reached(scope: str = "") -> tuple[int, int]:
    """How many people live where a lane of an open base leads to, and how many there are."""
    served = LaneMarket.objects.filter(
        origin__base__state=Base.State.OPEN, origin__base__county__code__startswith=scope
    )
    reached = Prefecture.objects.filter(pk__in=served.values("prefecture_id"))
    total = Prefecture.objects.aggregate(n=Sum("population"))["n"] or 0
    return reached.aggregate(n=Sum("population"))["n"] or 0, total
