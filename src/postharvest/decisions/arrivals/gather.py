"""From rows to the transit engine's arrays: what is known of a base's lanes at an instant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from postharvest.core.clock.time import local_day
from postharvest.decisions.arrivals.models import EtaWindow
from postharvest.engines.transit.model import Flags, Floats, Ints, TransitHistory
from postharvest.operations.network.models import CalendarDay, Lane
from postharvest.operations.parcels.emsevt import Status
from postharvest.operations.parcels.models import Parcel

MEMORY = timedelta(days=90)
"""Departures older than this are forgotten; they would hardly count any more."""

MOST_DEPARTURES = 20_000
"""More teach nothing more: every n-th is then taken."""

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_SHORTEST_HOURS = 0.5
_HOURS_PER_DAY = 24.0
_GONE = (Status.RETURNED, Status.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """A base's lanes in the order in which the engine numbers them."""

    ids: tuple[int, ...]
    hub: Ints
    prior_hours: Floats

    def places(self, lane_ids: list[int]) -> Ints:
        place = {lane_id: place for place, lane_id in enumerate(self.ids)}
        return np.array([place[lane_id] for lane_id in lane_ids], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """Parcels that left, as columns."""

    parcel_ids: list[int]
    left_at: list[datetime]
    lane: Ints
    weekday: Ints
    holiday: Flags


def lanes_of(base_id: int) -> Lanes:
    """Read the lanes; what is expected before any scan is the lane's own distribution of days."""
    rows = list(Lane.objects.filter(base_id=base_id).order_by("pk"))
    hubs = {hub: place for place, hub in enumerate(dict.fromkeys(row.hub_id for row in rows))}
    return Lanes(
        ids=tuple(row.pk for row in rows),
        hub=np.array([hubs[row.hub_id] for row in rows], dtype=np.int64),
        prior_hours=np.array([_median_hours(row.transit_pmf) for row in rows]),
    )


def departures(
    rows: list[tuple[int, int, datetime]], *, lanes: Lanes, holidays: set[date]
) -> Departures:
    """Turn (parcel, lane, left at) rows into the engine's columns."""
    days = [local_day(at) for _, _, at in rows]
    return Departures(
        parcel_ids=[parcel for parcel, _, _ in rows],
        left_at=[at for _, _, at in rows],
        lane=lanes.places([lane for _, lane, _ in rows]),
        weekday=np.array([day.weekday() for day in days], dtype=np.int64),
        holiday=np.array(
            [bool({day, day + timedelta(days=1)} & holidays) for day in days], dtype=np.bool_
        ),
    )


def history(*, base_id: int, lanes: Lanes, holidays: set[date], now: datetime) -> TransitHistory:
    """Gather what a base's parcels have told up to now, with the windows they were given."""
    left_lately = under_way_or_arrived(base_id, now)
    every = max(1, left_lately.count() // MOST_DEPARTURES)
    rows = (
        left_lately.annotate(turn=F("pk") % every)
        .filter(turn=0)
        .order_by("pk")
        .values_list("pk", "lane_id", "left_at", "delivered_at")
    )
    known = [
        (parcel, lane, left_at, delivered_at)
        for parcel, lane, left_at, delivered_at in rows
        if left_at is not None
    ]
    left = departures([row[:3] for row in known], lanes=lanes, holidays=holidays)
    windows = EtaWindow.objects.filter(base_id=base_id, is_first=True)
    taken = windows.annotate(turn=F("parcel_id") % every).filter(turn=0)
    given = {
        parcel: (centre, spread)
        for parcel, centre, spread in taken.values_list("parcel_id", "log_centre", "log_spread")
    }
    nothing = (np.nan, np.nan)
    issued = np.array([given.get(parcel, nothing) for parcel in left.parcel_ids]).reshape(-1, 2)
    return TransitHistory(
        lane=left.lane,
        departed_hours=np.array([hours_of(at) for at in left.left_at]),
        weekday=left.weekday,
        holiday=left.holiday,
        hours=np.array([_hours_taken(row[2], row[3], now) for row in known]),
        issued_log_centre=issued[:, 0],
        issued_log_spread=issued[:, 1],
        now_hours=hours_of(now),
        lane_hub=lanes.hub,
        lane_prior_hours=lanes.prior_hours,
    )


def under_way_or_arrived(base_id: int, now: datetime) -> QuerySet[Parcel]:
    """Parcels that left lately: ``left_at`` is when their despatch was closed, else accepted."""
    rows = Parcel.objects.filter(base_id=base_id).exclude(status__in=_GONE)
    rows = rows.annotate(left_at=Coalesce("despatch__closed_at", "accepted_at"))
    return rows.filter(left_at__gt=now - MEMORY, left_at__lte=now)


def holidays_around(now: datetime) -> set[date]:
    """Return the country's public holidays that matter for what left lately and what leaves now."""
    today = local_day(now)
    rows = CalendarDay.objects.filter(
        kind=CalendarDay.Kind.HOLIDAY,
        county=None,
        day__gte=today - MEMORY,
        day__lte=today + timedelta(days=2),
    )
    return set(rows.values_list("day", flat=True))


def hours_of(at: datetime) -> float:
    return (at - _EPOCH) / _HOUR


def _hours_taken(left_at: datetime, delivered_at: datetime | None, now: datetime) -> float:
    if delivered_at is None or delivered_at > now:
        return float("nan")
    return max((delivered_at - left_at) / _HOUR, _SHORTEST_HOURS)


def _median_hours(transit_pmf: list[float]) -> float:
    """Read the middle of a distribution over whole days, within the day it falls in."""
    reached = np.cumsum(transit_pmf)
    day = int(np.searchsorted(reached, 0.5))
    before = reached[day - 1] if day else 0.0
    return float(_HOURS_PER_DAY * (day + (0.5 - before) / (reached[day] - before)))
