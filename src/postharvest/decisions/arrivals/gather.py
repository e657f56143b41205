"""From rows to the transit engine's arrays: what is known of a base's lanes at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from postharvest.core import sql
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

Instants = NDArray[np.datetime64]

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_SHORTEST_HOURS = 0.5
_HOURS_PER_DAY = 24.0
_GONE = (str(Status.RETURNED), str(Status.CANCELLED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """A base's lanes in the order in which the engine numbers them."""

    ids: tuple[int, ...]
    hub: Ints
    prior_hours: Floats

    def places(self, lane_ids: Sequence[int]) -> Ints:
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
        holiday=np.array([_touches(day, holidays) for day in days], dtype=np.bool_),
    )


def history(*, base_id: int, lanes: Lanes, holidays: set[date], now: datetime) -> TransitHistory:
    """Gather what a base's parcels have told up to now, with the windows they were given."""
    every = max(1, under_way_or_arrived(base_id, now).count() // MOST_DEPARTURES)
    rows = sql.fetch(_LEFT_LATELY, base_id, _GONE, now - MEMORY, now, every)
    parcel_ids, lane_ids, left_at, delivered_at = zip(*rows, strict=True) if rows else [()] * 4
    left, delivered = instants(left_at), instants(delivered_at)
    weekday, holiday = _kinds_of_day(left, holidays)
    windows = EtaWindow.objects.filter(base_id=base_id, is_first=True)
    taken = windows.annotate(turn=F("parcel_id") % every).filter(turn=0)
    given = {
        parcel: (centre, spread)
        for parcel, centre, spread in taken.values_list("parcel_id", "log_centre", "log_spread")
    }
    nothing = (np.nan, np.nan)
    issued = np.array([given.get(parcel, nothing) for parcel in parcel_ids]).reshape(-1, 2)
    return TransitHistory(
        lane=lanes.places(lane_ids),
        departed_hours=hours_since_epoch(left),
        weekday=weekday,
        holiday=holiday,
        hours=_hours_taken(left, delivered, now),
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


def instants(given: Sequence[Any]) -> Instants:
    """Turn instants as a plain statement gave them into a column; none is NaT."""
    return np.array([_without_zone(at) for at in given], dtype="datetime64[us]")


def hours_since_epoch(at: Instants) -> Floats:
    """Do what `hours_of` does, for a column."""
    return np.asarray((at - np.datetime64(_without_zone(_EPOCH))) / np.timedelta64(1, "h"))


def _without_zone(at: Any) -> Any:  # noqa: ANN401  (SQLite: text or an instant, both bare UTC)
    aware = isinstance(at, datetime) and at.tzinfo is not None
    return at.astimezone(UTC).replace(tzinfo=None) if aware else at


def _hours_taken(left: Instants, delivered: Instants, now: datetime) -> Floats:
    taken = (delivered - left) / np.timedelta64(1, "h")
    arrived = delivered <= np.datetime64(_without_zone(now))  # NaT is before nothing
    return np.where(arrived, np.maximum(taken, _SHORTEST_HOURS), np.nan)


def _kinds_of_day(left: Instants, holidays: set[date]) -> tuple[Ints, Flags]:
    """Return weekday and holiday of each instant: a truck's parcels leave at the same one."""
    each, place = np.unique(left, return_inverse=True)
    days = [local_day(at.replace(tzinfo=UTC)) for at in each.tolist()]
    weekday = np.array([day.weekday() for day in days], dtype=np.int64)
    holiday = np.array([_touches(day, holidays) for day in days], dtype=np.bool_)
    return weekday[place], holiday[place]


def _touches(day: date, holidays: set[date]) -> bool:
    return bool({day, day + timedelta(days=1)} & holidays)


_LEFT_LATELY = (
    "SELECT p.id, p.lane_id, COALESCE(d.closed_at, p.accepted_at), p.delivered_at"
    " FROM parcels_parcel p LEFT JOIN parcels_despatch d ON d.id = p.despatch_id"
    " WHERE p.base_id = %s AND NOT (p.status AMONG %s)"
    " AND COALESCE(d.closed_at, p.accepted_at) > %s AND COALESCE(d.closed_at, p.accepted_at) <= %s"
    " AND p.id %% %s = 0 ORDER BY p.id"
)


def _median_hours(transit_pmf: list[float]) -> float:
    """Read the middle of a distribution over whole days, within the day it falls in."""
    reached = np.cumsum(transit_pmf)
    day = int(np.searchsorted(reached, 0.5))
    before = reached[day - 1] if day else 0.0
    return float(_HOURS_PER_DAY * (day + (0.5 - before) / (reached[day] - before)))
