"""What the trips of a timetable mean for our lanes, and every row that fits none of them.

A trip leaves a post office (its first stop) on a lane (the route's short name is the lane's zone)
and ends in a market (its last stop); what lies between is passed over.  Stops are known by their
``stop_code``, else their ``stop_id``: the post office's code, the market's six digits.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from postharvest.core.tables.catalogue import Row, Value
from postharvest.core.tables.checking import Fault
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.lanes import LONGEST_TRANSIT_DAYS
from postharvest.operations.network.models import Branch, Lane
from postharvest.operations.parcels.schedules import WEEK
from postharvest.operations.parcels.timetable_files import (
    CALENDAR,
    ROUTES,
    STOPPED,
    STOPS,
    TIMES,
    TRIPS,
    Feed,
    FileFault,
)

_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_HOURS = 24
_APPROXIMATE = 0
_ADDED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a timetable says of our lanes, post offices (by weekday) and counties; or its faults."""

    trips: int
    days: list[tuple[Lane, int]]
    collections: list[tuple[Branch, dict[int, time]]]
    stopped: list[tuple[str, date]]
    faults: list[FileFault]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trip:
    lane: Lane
    service: str
    leaves: time
    is_exact: bool
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    line: int
    weekdays: frozenset[int]
    span: tuple[date, date]


class _Misfit(Exception):
    def __init__(
        self, file: str, line: int, column: str, value: Value, *, rule: str, hint: str
    ) -> None:
        super().__init__(rule)
        said = "" if value is None else str(value)
        fault = Fault(line=line, column=column, value=said, rule=rule, hint=hint)
        self.fault = FileFault(file=file, fault=fault)


def schedule_of(feed: Feed, *, scope: str) -> Schedule:
    """Return what the trips say of a region's lanes; with faults, they are all that counts."""
    faults: list[FileFault] = []
    trips = _trips(feed, scope, faults)
    services = _services(feed, {trip.service for trip in trips}, faults)
    _hold_to_one_season(trips, services, faults)
    stopped = _stopped(feed, trips, services, faults)
    return Schedule(
        trips=len(trips),
        days=list({trip.lane.pk: (trip.lane, trip.days) for trip in trips}.values()),
        collections=[] if faults else _collections(trips, services),
        stopped=stopped,
        faults=faults,
    )


def _trips(feed: Feed, scope: str, faults: list[FileFault]) -> list[_Trip]:
    reading = _Reading(feed, scope)
    found: list[_Trip] = []
    days_of: dict[int, int] = {}
    for line, row in feed.rows[TRIPS]:
        try:
            trip = reading.trip(line, row)
            days = days_of.setdefault(trip.lane.pk, trip.days)
            if trip.days != days:
                raise _Misfit(
                    TRIPS, line, "trip_id", row["trip_id"],
                    rule=f"takes {trip.days} days, an earlier trip on {trip.lane.zone} {days}",
                    hint="all markets of a lane are reached in the same days; "
                    "put this one on another lane",
                )  # fmt: skip
        except _Misfit as misfit:
            faults.append(misfit.fault)
        else:
            found.append(trip)
    return found


class _Reading:
    """The feed's tables and ours, by the keys that a trip is followed by."""

    def __init__(self, feed: Feed, scope: str) -> None:
        self.offices = {office.code: office for office in network.branches_in(scope)}
        lanes = Lane.objects.filter(origin__in=self.offices.values()).select_related("origin")
        self.lanes = {
            (lane.origin_id, lane.zone): lane for lane in lanes.prefetch_related("markets")
        }
        self.codes = {
            row["stop_id"]: str(row["stop_code"] or row["stop_id"])
            for _, row in feed.rows[STOPS]
        }  # fmt: skip
        self.zones = {row["route_id"]: str(row["route_short_name"]) for _, row in feed.rows[ROUTES]}
        self.stops: dict[Value, list[tuple[int, Row]]] = {}
        for line, row in feed.rows[TIMES]:
            self.stops.setdefault(row["trip_id"], []).append((line, row))

    def trip(self, line: int, row: Row) -> _Trip:
        stops = sorted(
            self.stops.get(row["trip_id"], []), key=lambda stop: int(stop[1]["stop_sequence"] or 0)
        )
        if len(stops) < 2:  # noqa: PLR2004  (from, to)
            raise _Misfit(
                TRIPS, line, "trip_id", row["trip_id"], rule="has fewer than two stops",
                hint=f"give its post office and its market in {TIMES}",
            )  # fmt: skip
        lane = self._lane(line, row, self._office(*stops[0]))
        self._check_market(lane, *stops[-1])
        leaves, days = _times(stops)
        return _Trip(
            lane=lane,
            service=str(row["service_id"]),
            leaves=leaves,
            is_exact=stops[0][1]["timepoint"] != _APPROXIMATE,
            days=days,
        )

    def _office(self, line: int, row: Row) -> Branch:
        code = self.codes[row["stop_id"]]
        if code not in self.offices:
            raise _Misfit(
                TIMES, line, "stop_id", row["stop_id"], rule=f"{code!r} is no post office of ours",
                hint=f"give the post office's code as stop_code in {STOPS}; "
                f"known: {_list(sorted(self.offices))}",
            )  # fmt: skip
        return self.offices[code]

    def _lane(self, line: int, row: Row, office: Branch) -> Lane:
        zone = self.zones[row["route_id"]]
        if (office.pk, zone) not in self.lanes:
            zones = sorted(zone for origin, zone in self.lanes if origin == office.pk)
            raise _Misfit(
                TRIPS, line, "route_id", row["route_id"],
                rule=f"{zone!r} is no lane of {office.code}",
                hint=f"route_short_name is the lane's zone; known: {_list(zones)}",
            )  # fmt: skip
        return self.lanes[office.pk, zone]

    def _check_market(self, lane: Lane, line: int, row: Row) -> None:
        code = self.codes[row["stop_id"]]
        if code in {market.prefecture_id for market in lane.markets.all()}:
            return
        others = (
            other.zone
            for other in self.lanes.values()
            if other.origin_id == lane.origin_id
            and code in {market.prefecture_id for market in other.markets.all()}
        )
        other = next(others, "")
        raise _Misfit(
            TIMES, line, "stop_id", row["stop_id"],
            rule=f"{code!r} is no market of {lane.zone}",
            hint=f"it is on the lane {other}" if other else "a market has a code of six digits",
        )  # fmt: skip


def _times(stops: Sequence[tuple[int, Row]]) -> tuple[time, int]:
    """Return when a trip leaves, and in how many days it is there."""
    (line, first), (last_line, last) = stops[0], stops[-1]
    hour, minute, second = _clock(line, "departure_time", first["departure_time"])
    if hour >= _HOURS:
        raise _Misfit(
            TIMES, line, "departure_time", first["departure_time"], rule="is no time of day",
            hint="a trip leaves its post office before 24:00:00",
        )  # fmt: skip
    days = _clock(last_line, "arrival_time", last["arrival_time"])[0] // _HOURS
    if not 1 <= days <= LONGEST_TRANSIT_DAYS:
        raise _Misfit(
            TIMES, last_line, "arrival_time", last["arrival_time"],
            rule=f"is {days} days after it left",
            hint=f"hours count on after midnight: 1 to {LONGEST_TRANSIT_DAYS} days are "
            f"24:00:00 to {LONGEST_TRANSIT_DAYS * _HOURS + _HOURS - 1}:59:59",
        )  # fmt: skip
    return time(hour, minute, second), days


def _clock(line: int, column: str, said: Value) -> tuple[int, int, int]:
    read = _CLOCK.fullmatch(str(said or ""))
    if read is None:
        raise _Misfit(TIMES, line, column, said, rule="is no time", hint="write it as 17:30:00")
    hour, minute, second = (int(part) for part in read.groups())
    return hour, minute, second


def _services(feed: Feed, used: set[str], faults: list[FileFault]) -> dict[str, _Service]:
    found: dict[str, _Service] = {}
    for line, row in feed.rows[CALENDAR]:
        try:
            service = _service(line, row)
        except _Misfit as misfit:
            faults.append(misfit.fault)
        else:
            if row["service_id"] in used:
                found[str(row["service_id"])] = service
    return found


def _service(line: int, row: Row) -> _Service:
    weekdays = frozenset(n for n, name in enumerate(WEEK) if row[name])
    if not weekdays:
        raise _Misfit(
            CALENDAR, line, "service_id", row["service_id"], rule="runs on no weekday",
            hint="put 1 under each weekday on which it runs",
        )  # fmt: skip
    first = _day(CALENDAR, line, "start_date", row["start_date"])
    last = _day(CALENDAR, line, "end_date", row["end_date"])
    if last < first:
        raise _Misfit(
            CALENDAR, line, "end_date", row["end_date"], rule=f"is before the start ({first})",
            hint="the two may be swapped",
        )  # fmt: skip
    return _Service(line=line, weekdays=weekdays, span=(first, last))


def _day(file: str, line: int, column: str, said: Value) -> date:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise _Misfit(
            file, line, column, said, rule="is no date", hint="write it as 20261124"
        ) from None


def _hold_to_one_season(
    trips: Sequence[_Trip], services: dict[str, _Service], faults: list[FileFault]
) -> None:
    """Name the services that run at another time of the year than the post office's first one."""
    spans: dict[int, tuple[date, date]] = {}
    named: set[str] = set()
    for trip in trips:
        service = services.get(trip.service)
        if service is None or trip.service in named:
            continue
        first, last = spans.setdefault(trip.lane.origin_id, service.span)
        if service.span != (first, last):
            named.add(trip.service)
            clash = _Misfit(
                CALENDAR, service.line, "start_date", trip.service,
                rule=f"does not run from {first} to {last} as the others of "
                f"{trip.lane.origin.code} do",
                hint="collection times hold until changed: send one season at a time",
            )  # fmt: skip
            faults.append(clash.fault)


def _collections(
    trips: Sequence[_Trip], services: dict[str, _Service]
) -> list[tuple[Branch, dict[int, time]]]:
    """Return each post office's cut-offs: its last exact departure of a weekday."""
    found: dict[int, tuple[Branch, dict[int, time]]] = {}
    for trip in (trip for trip in trips if trip.is_exact):
        _, cut_offs = found.setdefault(trip.lane.origin_id, (trip.lane.origin, {}))
        for weekday in services[trip.service].weekdays:
            cut_offs[weekday] = max(trip.leaves, cut_offs.get(weekday, trip.leaves))
    return list(found.values())


def _stopped(
    feed: Feed,
    trips: Sequence[_Trip],
    services: dict[str, _Service],
    faults: list[FileFault],
) -> list[tuple[str, date]]:
    """Return the days on which nothing leaves a county: all its services stop, or it is a fault."""
    counties: dict[str, set[str]] = {}
    for trip in trips:
        counties.setdefault(trip.service, set()).add(trip.lane.origin.county_id)
    off: dict[tuple[str, date], int] = {}
    for line, row in feed.rows[STOPPED]:
        try:
            off[str(row["service_id"]), _stop(line, row)] = line
        except _Misfit as misfit:
            faults.append(misfit.fault)
    found: dict[tuple[str, date], None] = {}
    for (service, day), line in off.items():
        for county in sorted(counties.get(service, ())):
            running = _still_running(county, day, counties, services, off)
            for other in running:
                clash = _Misfit(
                    STOPPED, line, "date", f"{day:%Y%m%d}",
                    rule=f"{other} still runs from the same county",
                    hint="days without collection are the county's: stop all of them, or none",
                )  # fmt: skip
                faults.append(clash.fault)
            found[county, day] = None
    return list(found)


def _stop(line: int, row: Row) -> date:
    if row["exception_type"] == _ADDED:
        raise _Misfit(
            STOPPED, line, "exception_type", row["exception_type"],
            rule="is a collection on one day alone",
            hint=f"name weekdays in {CALENDAR}; only days that stop (2) are taken from here",
        )  # fmt: skip
    return _day(STOPPED, line, "date", row["date"])


def _still_running(
    county: str,
    day: date,
    counties: dict[str, set[str]],
    services: dict[str, _Service],
    off: dict[tuple[str, date], int],
) -> Iterator[str]:
    for other, where in counties.items():
        service = services.get(other)
        if service and county in where and (other, day) not in off:
            runs = day.weekday() in service.weekdays
            if runs and service.span[0] <= day <= service.span[1]:
                yield other


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:10])
    return f"{shown}, …" if len(names) > 10 else shown or "none"  # noqa: PLR2004
