"""An operator's GTFS-shaped timetable comes in: days on the road, collections, days without one.

What the file says is checked to the last row first (``timetable_trips``); what differs from ours is
then set by the actions that people use, all of it or nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.core.tables.writing import csv_text
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.calendar import SHAPE, load_calendar
from postharvest.operations.network.actions.lanes import LONGEST_TRANSIT_DAYS, set_lane
from postharvest.operations.network.models import Branch, Lane
from postharvest.operations.parcels.collecting import set_collections
from postharvest.operations.parcels.handover import POST
from postharvest.operations.parcels.models import CollectionTime
from postharvest.operations.parcels.schedules import WEEK, median_days
from postharvest.operations.parcels.timetable_files import FileFault, read_feed
from postharvest.operations.parcels.timetable_trips import Schedule, schedule_of

_FRIDAY = 4
_NOTED = "transit: "
_NOTE = f"{_NOTED}the operator's timetable"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableImport:
    """What taking a timetable did, or would do: a line for each change."""

    trips: int
    changes: tuple[str, ...]
    faults: tuple[FileFault, ...]
    is_committed: bool


def take_timetable(
    *, files: Mapping[str, bytes], dry_run: bool, actor: Actor, now: datetime
) -> TimetableImport:
    """Set lanes' days on the road, collection times and days without collection by a timetable.

    A dry run does everything and then takes it back, so what it reports is what would happen; with
    a fault nothing is written either way.  What the file does not name stays as it is.

    Raises
    ------
    InvalidInput
        A base whose lane would change is closed, or not fitted out yet.
    NotAllowed
        The actor is no planner and no desk.
    """
    actor.require(Role.PLANNER, Role.DESK)
    feed = read_feed(files)
    if feed.faults:
        return TimetableImport(trips=0, changes=(), faults=tuple(feed.faults), is_committed=False)
    schedule = schedule_of(feed, scope=actor.scope)
    changes: tuple[str, ...] = ()
    if not schedule.faults:
        with transaction.atomic():
            changes = tuple(_put_in_force(schedule, actor=actor, now=now))
            transaction.set_rollback(dry_run)
    return TimetableImport(
        trips=schedule.trips,
        changes=changes,
        faults=tuple(schedule.faults),
        is_committed=not (dry_run or schedule.faults),
    )


def _put_in_force(schedule: Schedule, *, actor: Actor, now: datetime) -> Iterable[str]:
    for lane, days in schedule.days:
        if days != median_days(lane):
            yield f"{lane.origin.code} {lane.zone}: {median_days(lane)} days become {days}"
            _set_days(lane, days, actor=actor, now=now)
    for office, cut_offs in schedule.collections:
        before = _collections(office)
        if cut_offs != before:
            yield f"{office.code}: collections {_said(before)} become {_said(cut_offs)}"
            set_collections(branch_id=office.pk, cut_offs=cut_offs, actor=actor, now=now)
    for county_code, day in schedule.stopped:
        if not network.days_without_collection(county_code, [day]):
            yield f"county {county_code}: no collection on {day}"
            _stop_collection(county_code, day, actor=actor, now=now)


def _collections(office: Branch) -> dict[int, time]:
    rows = CollectionTime.objects.filter(branch=office, carrier=POST)
    return dict(rows.values_list("weekday", "cut_off"))


def _said(cut_offs: Mapping[int, time]) -> str:
    said = (f"{WEEK[day][:3].capitalize()} {at:%H:%M}" for day, at in sorted(cut_offs.items()))
    return " ".join(said) or "unknown"


def _set_days(lane: Lane, days: int, *, actor: Actor, now: datetime) -> None:
    markets = list(lane.markets.order_by("prefecture_id").values_list("prefecture_id", flat=True))
    kept = lane.status_note
    if kept.startswith(_NOTED):
        kept = kept.partition("; ")[2]
    set_lane(
        branch_id=lane.origin_id,
        zone=lane.zone,
        name_zh=lane.name_zh,
        name_en=lane.name_en,
        transit_pmf=_moved(lane.transit_pmf, days - median_days(lane)),
        postage_fen={int(pack_g): fen for pack_g, fen in lane.postage_fen.items()},
        prefecture_codes=markets,
        hub_code=lane.hub_id,
        status_note="; ".join(filter(None, (_NOTE, kept))),
        cold=lane.cold,
        actor=actor,
        now=now,
    )


def _moved(pmf: list[float], by: int) -> list[float]:
    """Return the chances of 1, 2, … days moved as a whole: the spread stays, the median moves.

    What would come before the first day comes on it, what would be beyond the longest on that.
    """
    moved = [0.0] * max(LONGEST_TRANSIT_DAYS, len(pmf))
    for place, share in enumerate(pmf):
        moved[min(max(place + by, 0), len(moved) - 1)] += share
    return moved


def _stop_collection(county_code: str, day: date, *, actor: Actor, now: datetime) -> None:
    """Load a calendar of this one day: all else that is special about it stays."""
    usual = network.DayRule(kind="workday" if day.weekday() <= _FRIDAY else "rest")
    rule = network.day_rules(county_code, day, day).get(day, usual)
    row: Row = {
        "day": day.isoformat(),
        "kind": rule.kind or usual.kind,
        "packs": "yes" if rule.packs else "no",
        "collects": "no",
        "market": "yes" if rule.is_market else "no",
        "cutoff_hour": rule.cutoff_hour,
        "truck_times": rule.truck_times,
        "note": rule.note,
    }
    outcome = load_calendar(
        raw=csv_text(SHAPE, [row]).encode(),
        county_code=county_code,
        dry_run=False,
        actor=actor,
        now=now,
    )
    if outcome.faults:
        raise InvalidInput("calendar", f"{day}: {outcome.faults[0]}")
