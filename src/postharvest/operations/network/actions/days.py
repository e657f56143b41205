"""What lanes and post offices take on a day: set, spent and given back, by guarded updates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from postharvest.core import guard
from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.network import queries
from postharvest.operations.network.events import CapacityChanged
from postharvest.operations.network.models import (
    Base,
    Branch,
    CalendarDay,
    County,
    HubDay,
    Lane,
    LaneDay,
)

Parcels = Mapping[tuple[int, date], int]
"""Parcels by (lane or branch id, day)."""


class NoCapacityLeft(Refused):
    """A lane's or a post office's day can't take so many parcels more."""

    code = "network.no_capacity_left"


class CapacityBelowReserved(Refused):
    """More parcels are promised on a day than it would then take."""

    code = "network.capacity_below_reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCapacity:
    """How many parcels a lane (or a branch) takes on a day."""

    owner_id: int
    day: date
    capacity_parcels: int


@transaction.atomic
def set_lane_days(
    *, base_id: int, capacities: Sequence[DayCapacity], actor: Actor, now: datetime
) -> None:
    """Set what lanes of a base take on days; ``owner_id`` is the lane's.

    Raises
    ------
    InvalidInput
        A lane is of another base, a day is named twice, or a capacity is negative.
    CapacityBelowReserved
        More is promised already.
    """
    _require_desk(base_id, actor)
    lane_ids = _checked_owners(capacities)
    own = set(Lane.objects.filter(base_id=base_id, pk__in=lane_ids).values_list("pk", flat=True))
    _check_own(lane_ids, own)
    held = queries.lane_days_locked(base_id, lane_ids, [c.day for c in capacities])
    _check_promised(capacities, {(row.lane_id, row.day): row.reserved_parcels for row in held})
    LaneDay.objects.bulk_create(
        [
            LaneDay(
                base_id=base_id,
                lane_id=c.owner_id,
                day=c.day,
                capacity_parcels=c.capacity_parcels,
            )
            for c in capacities
        ],
        update_conflicts=True,
        unique_fields=["lane", "day"],
        update_fields=["capacity_parcels"],
    )
    _tell("network.set_lane_days", base_id, capacities, actor=actor, now=now)


@transaction.atomic
def set_hub_days(
    *, base_id: int, capacities: Sequence[DayCapacity], actor: Actor, now: datetime
) -> None:
    """Set what post offices of a base get away on days; ``owner_id`` is the branch's.

    Raises
    ------
    InvalidInput
        A branch is of another base, a day is named twice, or a capacity is negative.
    CapacityBelowReserved
        More is promised already.
    """
    _require_desk(base_id, actor)
    branch_ids = _checked_owners(capacities)
    own = set(
        Branch.objects.filter(base_id=base_id, pk__in=branch_ids).values_list("pk", flat=True)
    )
    _check_own(branch_ids, own)
    held = queries.hub_days_locked(base_id, branch_ids, [c.day for c in capacities])
    _check_promised(capacities, {(row.branch_id, row.day): row.reserved_parcels for row in held})
    HubDay.objects.bulk_create(
        [
            HubDay(
                base_id=base_id,
                branch_id=c.owner_id,
                day=c.day,
                capacity_parcels=c.capacity_parcels,
            )
            for c in capacities
        ],
        update_conflicts=True,
        unique_fields=["branch", "day"],
        update_fields=["capacity_parcels"],
    )
    _tell("network.set_hub_days", base_id, capacities, actor=actor, now=now)


@transaction.atomic
def reserve_lane_days(*, base_id: int, parcels: Parcels) -> None:
    """Take parcels off the days of lanes, all of the batch or none; part of an audited action.

    Raises
    ------
    NoCapacityLeft
        A day can't take its parcels, or has no capacity set; the facts name it.
    """
    lanes, days = {lane for lane, _ in parcels}, {day for _, day in parcels}
    rows = {(r.lane_id, r.day): r for r in queries.lane_days_locked(base_id, lanes, days)}
    fitting = _fitting(parcels, rows, owner="lane")
    guard.spend(LaneDay, fitting, unit="parcels")


@transaction.atomic
def reserve_hub_days(*, base_id: int, parcels: Parcels) -> None:
    """Take parcels off the days of post offices, all of the batch or none.

    Raises
    ------
    NoCapacityLeft
        A day can't take its parcels, or has no capacity set; the facts name it.
    """
    branches, days = {branch for branch, _ in parcels}, {day for _, day in parcels}
    rows = {(r.branch_id, r.day): r for r in queries.hub_days_locked(base_id, branches, days)}
    fitting = _fitting(parcels, rows, owner="branch")
    guard.spend(HubDay, fitting, unit="parcels")


@transaction.atomic
def release_lane_days(*, base_id: int, parcels: Parcels) -> None:
    """Give parcels back to the days of lanes.

    Raises
    ------
    CapacityGone
        More is given back than was taken: a fault of the caller.
    """
    lanes, days = {lane for lane, _ in parcels}, {day for _, day in parcels}
    rows = {(r.lane_id, r.day): r.pk for r in queries.lane_days_locked(base_id, lanes, days)}
    given_back = {(base_id, rows[key]): n for key, n in parcels.items()}
    guard.release(LaneDay, given_back, unit="parcels")


@transaction.atomic
def release_hub_days(*, base_id: int, parcels: Parcels) -> None:
    """Give parcels back to the days of post offices.

    Raises
    ------
    CapacityGone
        More is given back than was taken: a fault of the caller.
    """
    branches, days = {branch for branch, _ in parcels}, {day for _, day in parcels}
    rows = {(r.branch_id, r.day): r.pk for r in queries.hub_days_locked(base_id, branches, days)}
    given_back = {(base_id, rows[key]): n for key, n in parcels.items()}
    guard.release(HubDay, given_back, unit="parcels")


@transaction.atomic
def mark_calendar_day(
    *,
    day: date,
    kind: str,
    actor: Actor,
    now: datetime,
    county_code: str | None = None,
    note: str = "",
) -> CalendarDay:
    """Say that a day is not like others, in a county or (without one) in the country.

    Raises
    ------
    InvalidInput
        The kind or the county is unknown.
    """
    actor.require(Role.PLANNER, Role.DESK, region=county_code or "")
    if kind not in CalendarDay.Kind.values:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(CalendarDay.Kind.values)}")
    if county_code and not County.objects.filter(code=county_code).exists():
        raise InvalidInput("county", f"there is no county {county_code!r}")
    marked, _ = CalendarDay.objects.update_or_create(
        day=day, kind=kind, county_id=county_code, defaults={"note": note}
    )
    audit.write(
        actor,
        "network.mark_calendar_day",
        f"calendar day {marked.pk}",
        now=now,
        after={"day": day.isoformat(), "kind": kind, "county": county_code, "note": note},
    )
    return marked


def _require_desk(base_id: int, actor: Actor) -> None:
    base = Base.objects.get(pk=base_id)
    actor.require(Role.PLANNER, Role.DESK, region=base.county_id)


def _checked_owners(capacities: Sequence[DayCapacity]) -> set[int]:
    if any(c.capacity_parcels < 0 for c in capacities):
        raise InvalidInput("capacity_parcels", "a day takes 0 parcels or more")
    if len({(c.owner_id, c.day) for c in capacities}) < len(capacities):
        raise InvalidInput("day", "a day is named twice")
    return {c.owner_id for c in capacities}


def _check_own(asked: set[int], own: set[int]) -> None:
    if strangers := asked - own:
        raise InvalidInput("base_id", f"{sorted(strangers)} are not of this base")


def _check_promised(
    capacities: Sequence[DayCapacity], promised: Mapping[tuple[int, date], int]
) -> None:
    for c in capacities:
        reserved = promised.get((c.owner_id, c.day), 0)
        if c.capacity_parcels < reserved:
            raise CapacityBelowReserved(
                f"{reserved} parcels are promised on {c.day}, more than {c.capacity_parcels}",
                day=c.day.isoformat(),
                reserved_parcels=reserved,
            )


def _fitting(
    parcels: Parcels, rows: Mapping[tuple[int, date], LaneDay | HubDay], *, owner: str
) -> dict[tuple[int, int], int]:
    """Return the parcels by row, or refuse with the first day that can't take its share."""
    amounts: dict[tuple[int, int], int] = {}
    for (owner_id, day), wanted in parcels.items():
        if wanted <= 0:
            raise ValueError(f"{wanted} parcels are no reservation")
        row = rows.get((owner_id, day))
        left = row.capacity_parcels - row.reserved_parcels if row else 0
        if row is None or wanted > left:
            facts = {f"{owner}_id": owner_id, "day": day.isoformat(), "left_parcels": left}
            raise NoCapacityLeft(f"{left} of {wanted} parcels are left on {day}", **facts)
        amounts[row.base_id, row.pk] = wanted
    return amounts


def _tell(
    action: str, base_id: int, capacities: Sequence[DayCapacity], *, actor: Actor, now: datetime
) -> None:
    days = sorted({c.day.isoformat() for c in capacities})
    rows = [[c.owner_id, c.day.isoformat(), c.capacity_parcels] for c in capacities]
    audit.write(actor, action, f"base {base_id}", now=now, after={"days": rows})
    outbox.record(CapacityChanged(base_id=base_id, days=days), now=now)
