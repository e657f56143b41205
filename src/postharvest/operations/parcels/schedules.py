"""A region's lanes as a timetable in the shape of GTFS, and its places and lanes as GeoJSON.

A lane is a route, each market it serves a trip: it leaves at the collection's cut-off and arrives
after the median number of days (so its hours go beyond 24, as GTFS writes them).
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from itertools import accumulate
from typing import Any

from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Branch, Lane, Prefecture
from postharvest.operations.parcels.models import CollectionTime

NO_CUT_OFF = time(18)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OTHER_SERVICE = 1100
"""GTFS extended route type: none of the passengers' kinds fits a mail lane."""
_WRITTEN_AT = (1980, 1, 1, 0, 0, 0)
_REMOVED = 2

Feature = dict[str, Any]


def lane_timetable(*, scope: str, first: date, days: int) -> bytes:
    """Return a zip of GTFS-shaped tables of a region's lanes, the same bytes for the same rows."""
    lanes = _lanes(scope)
    offices = list({lane.origin_id: lane.origin for lane in lanes}.values())
    last = first + timedelta(days=days - 1)
    files = {
        "agency.txt": _table(
            ("agency_id", "agency_name", "agency_url", "agency_timezone"),
            [("post", "Post", "https://www.chinapost.com.cn", "Asia/Shanghai")],
        ),
        "stops.txt": _table(
            ("stop_id", "stop_name", "stop_lat", "stop_lon"), sorted(_stops(lanes, offices))
        ),
        "routes.txt": _table(
            ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
            [(f"L{x.pk}", "post", x.zone, x.name_en, _OTHER_SERVICE) for x in lanes],
        ),
        "trips.txt": _table(
            ("route_id", "service_id", "trip_id", "trip_headsign"),
            [(f"L{x.pk}", f"B{x.origin_id}", f"L{x.pk}-{m.code}", m.name_en)
             for x in lanes for m in _markets(x)],
        ),
        "stop_times.txt": _table(
            ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
            _stop_times(lanes, _cut_offs(offices)),
        ),
        "calendar.txt": _table(
            ("service_id", *WEEK, "start_date", "end_date"),
            [(f"B{x.pk}", *_weekdays(x), f"{first:%Y%m%d}", f"{last:%Y%m%d}") for x in offices],
        ),
        "calendar_dates.txt": _table(
            ("service_id", "date", "exception_type"),
            [(f"B{x.pk}", f"{day:%Y%m%d}", _REMOVED)
             for x in offices for day in _stopped(x, first, days)],
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
                "median_days": _median_days(lane),
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


def _stops(lanes: Sequence[Lane], offices: Sequence[Branch]) -> set[tuple[str, str, float, float]]:
    found = {(f"B{x.pk}", x.name_en, x.lat, x.lon) for x in offices}
    for lane in lanes:
        if lane.hub:
            found.add((f"H{lane.hub.code}", lane.hub.name_en, lane.hub.lat, lane.hub.lon))
        found |= {(f"M{x.code}", x.name_en, x.lat, x.lon) for x in _markets(lane)}
    return found


def _stop_times(
    lanes: Sequence[Lane], cut_offs: dict[int, time]
) -> Iterable[tuple[str, str, str, str, int]]:
    for lane in lanes:
        leaves = cut_offs.get(lane.origin_id, NO_CUT_OFF)
        left = f"{leaves:%H:%M:%S}"
        arrives = f"{leaves.hour + 24 * _median_days(lane):02d}:{leaves:%M:%S}"
        for market in _markets(lane):
            trip = f"L{lane.pk}-{market.code}"
            yield trip, left, left, f"B{lane.origin_id}", 1
            yield trip, arrives, arrives, f"M{market.code}", 2


def _median_days(lane: Lane) -> int:
    reached = accumulate(lane.transit_pmf)
    return next((day for day, share in enumerate(reached, 1) if share >= 0.5), 1)  # noqa: PLR2004


def _cut_offs(offices: Sequence[Branch]) -> dict[int, time]:
    rows = CollectionTime.objects.filter(branch__in=offices).order_by("weekday")
    found: dict[int, time] = {}
    for branch_id, cut_off in rows.values_list("branch_id", "cut_off"):
        found.setdefault(branch_id, cut_off)
    return found


def _weekdays(office: Branch) -> list[int]:
    known = set(office.collections.values_list("weekday", flat=True))
    return [int(not known or weekday in known) for weekday in range(len(WEEK))]


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
