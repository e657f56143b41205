"""A region's lanes as a timetable in the shape of GTFS, and its places and lanes as GeoJSON.

A lane is a route, each market it serves a trip: it leaves at the collection's cut-off and arrives
after the median number of days (so its hours go beyond 24, as GTFS writes them).  Weekdays with one
cut-off are a service.  Where no cut-off is known the time is marked approximate (timepoint 0), so
that the file can come in again (``timetables``) and change nothing.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from itertools import accumulate
from typing import Any

from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Branch, Lane, Prefecture
from postharvest.operations.parcels.handover import POST
from postharvest.operations.parcels.models import CollectionTime

NO_CUT_OFF = time(18)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OTHER_SERVICE = 1100
"""GTFS extended route type: none of the passengers' kinds fits a mail lane."""
_WRITTEN_AT = (1980, 1, 1, 0, 0, 0)
_REMOVED = 2

Feature = dict[str, Any]
CutOffs = Mapping[int, Mapping[time, Sequence[int]]]
"""By post office: its weekdays (0 is Monday) by cut-off; offices of unknown times are missing."""


def lane_timetable(*, scope: str, first: date, days: int) -> bytes:
    """Return a zip of GTFS-shaped tables of a region's lanes, the same bytes for the same rows."""
    lanes = _lanes(scope)
    offices = list({lane.origin_id: lane.origin for lane in lanes}.values())
    cut_offs = _cut_offs(offices)
    services = [(x, at, _service(x, at)) for x in offices for at in _departures(x, cut_offs)]
    last = first + timedelta(days=days - 1)
    files = {
        "agency.txt": _table(
            ("agency_id", "agency_name", "agency_url", "agency_timezone"),
            [("post", "Post", "https://www.chinapost.com.cn", "Asia/Shanghai")],
        ),
        "stops.txt": _table(
            ("stop_id", "stop_code", "stop_name", "stop_lat", "stop_lon"),
            sorted(_stops(lanes, offices)),
        ),
        "routes.txt": _table(
            ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
            [(f"L{x.pk}", "post", x.zone, x.name_en, _OTHER_SERVICE) for x in lanes],
        ),
        "trips.txt": _table(
            ("route_id", "service_id", "trip_id", "trip_headsign"),
            [(f"L{x.pk}", _service(x.origin, at), _trip(x, m, at), m.name_en)
             for x in lanes for m in _markets(x) for at in _departures(x.origin, cut_offs)],
        ),
        "stop_times.txt": _table(
            ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "timepoint"),
            _stop_times(lanes, cut_offs),
        ),
        "calendar.txt": _table(
            ("service_id", *WEEK, "start_date", "end_date"),
            [(name, *_weekdays(x, at, cut_offs), f"{first:%Y%m%d}", f"{last:%Y%m%d}")
             for x, at, name in services],
        ),
        "calendar_dates.txt": _table(
            ("service_id", "date", "exception_type"),
            [(name, f"{day:%Y%m%d}", _REMOVED)
             for x, _, name in services for day in _stopped(x, first, days)],
        ),
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _WRITTEN_AT), text)
    return out.getvalue()


def network_features(scope: str) -> Feature:
    """Return a region's post offices as points and its lanes as lines (RFC 7946)."""
    lanes = _lanes(scope)
    offices = network.branches_in(scope)
    features: list[Feature] = [
        _feature(
            f"branch-{one.pk}",
            {"type": "Point", "coordinates": [one.lon, one.lat]},
            {"kind": "branch", "code": one.code, "name_zh": one.name_zh, "name_en": one.name_en},
        )
        for one in offices
    ]
    for lane in lanes:
        for market in _markets(lane):
            line = [[lane.origin.lon, lane.origin.lat], [market.lon, market.lat]]
            facts = {
                "kind": "lane",
                "zone": lane.zone,
                "market": market.code,
                "median_days": median_days(lane),
            }
            geometry = {"type": "LineString", "coordinates": line}
            features.append(_feature(f"lane-{lane.pk}-{market.code}", geometry, facts))
    return {"type": "FeatureCollection", "features": features}


def _lanes(scope: str) -> list[Lane]:
    rows = Lane.objects.filter(origin__county__code__startswith=scope)
    rows = rows.select_related("origin", "hub").prefetch_related("markets__prefecture")
    return list(rows.order_by("origin_id", "zone"))


def _markets(lane: Lane) -> list[Prefecture]:
    return sorted((one.prefecture for one in lane.markets.all()), key=lambda place: place.code)


def _stops(
    lanes: Sequence[Lane], offices: Sequence[Branch]
) -> set[tuple[str, str, str, float, float]]:
    found = {(f"B{x.pk}", x.code, x.name_en, x.lat, x.lon) for x in offices}
    for lane in lanes:
        if hub := lane.hub:
            found.add((f"H{hub.code}", hub.code, hub.name_en, hub.lat, hub.lon))
        found |= {(f"M{x.code}", x.code, x.name_en, x.lat, x.lon) for x in _markets(lane)}
    return found


def _stop_times(
    lanes: Sequence[Lane], cut_offs: CutOffs
) -> Iterable[tuple[str, str, str, str, int, int]]:
    for lane in lanes:
        is_exact = int(lane.origin_id in cut_offs)
        for market in _markets(lane):
            for leaves in _departures(lane.origin, cut_offs):
                trip, left = _trip(lane, market, leaves), f"{leaves:%H:%M:%S}"
                arrives = f"{leaves.hour + 24 * median_days(lane):02d}:{leaves:%M:%S}"
                yield trip, left, left, f"B{lane.origin_id}", 1, is_exact
                yield trip, arrives, arrives, f"M{market.code}", 2, 0


def _trip(lane: Lane, market: Prefecture, leaves: time) -> str:
    return f"L{lane.pk}-{market.code}-{leaves:%H%M%S}"


def _service(office: Branch, leaves: time) -> str:
    return f"B{office.pk}-{leaves:%H%M%S}"


def median_days(lane: Lane) -> int:
    """Return after how many days at least half of a lane's parcels are there."""
    reached = accumulate(lane.transit_pmf)
    return next((day for day, share in enumerate(reached, 1) if share >= 0.5), 1)  # noqa: PLR2004


def _cut_offs(offices: Sequence[Branch]) -> CutOffs:
    rows = CollectionTime.objects.filter(branch__in=offices, carrier=POST).order_by("weekday")
    found: dict[int, dict[time, list[int]]] = {}
    for branch_id, cut_off, weekday in rows.values_list("branch_id", "cut_off", "weekday"):
        found.setdefault(branch_id, {}).setdefault(cut_off, []).append(weekday)
    return found


def _departures(office: Branch, cut_offs: CutOffs) -> Iterable[time]:
    return cut_offs.get(office.pk, (NO_CUT_OFF,))


def _weekdays(office: Branch, leaves: time, cut_offs: CutOffs) -> list[int]:
    known = cut_offs[office.pk][leaves] if office.pk in cut_offs else range(len(WEEK))
    return [int(weekday in known) for weekday in range(len(WEEK))]


def _stopped(office: Branch, first: date, days: int) -> list[date]:
    span = [first + timedelta(days=n) for n in range(days)]
    return sorted(network.days_without_collection(office.county_id, span))


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(heads)
    table.writerows(rows)
    return out.getvalue()


def _feature(name: str, geometry: Feature, facts: Feature) -> Feature:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": facts}
