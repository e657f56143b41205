"""Calling people to points, signing them in, and closing the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.packing.events import PeopleMissing, ShiftClosed
from postharvest.operations.packing.models import Box, Packer, Shift, SignIn

MISSING_SHARE = 0.8
"""Below this share of the people called, the desk hears of it."""


class ShiftNotOpen(Refused):
    """The shift is closed or called off."""

    code = "packing.shift_not_open"


class AlreadySignedIn(Refused):
    """The packer works at another point today."""

    code = "packing.already_signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTerms:
    """One point's day: people called, boxes wanted by listing, pay."""

    point_id: int
    day: date
    people: int
    boxes: Mapping[int, int]
    day_wage_fen: int
    travel_fen: int = 0


@transaction.atomic
def announce_shifts(
    *, sale_id: int, shifts: Sequence[ShiftTerms], actor: Actor, now: datetime
) -> list[Shift]:
    """Call people for days to come.  A shift announced before is changed; none of 0 is called off.

    Raises
    ------
    ShiftNotOpen
        One of the days is running or closed already.
    InvalidInput
        A negative number of people.
    """
    sale = Sale.objects.select_related("branch").get(pk=sale_id)
    actor.require(Role.DESK, region=sale.branch.county_id)
    rows = []
    for terms in shifts:
        if terms.people < 0:
            raise InvalidInput("people", "can't be negative")
        rows.append(_announce(sale, terms))
    audit.write(
        actor,
        "packing.announce_shifts",
        f"sale {sale_id}",
        now=now,
        after={"shifts": [[s.point_id, str(s.day), s.planned_people] for s in rows]},
    )
    return rows


@transaction.atomic
def sign_in(
    *, shift_id: int, packer_ids: Sequence[int], actor: Actor, now: datetime
) -> list[SignIn]:
    """Sign packers in at a point; signing in again there changes nothing.

    Raises
    ------
    ShiftNotOpen
        The shift is closed or called off.
    AlreadySignedIn
        Somebody works at another point today.
    InvalidInput
        Somebody is no registered packer of this base.
    """
    shift = _open_shift(shift_id, actor)
    own = set(
        Packer.objects.filter(base_id=shift.base_id, pk__in=packer_ids).values_list("pk", flat=True)
    )
    if strangers := set(packer_ids) - own:
        raise InvalidInput("packer", f"{sorted(strangers)} are not registered at this base")
    today = SignIn.objects.filter(packer_id__in=own, day=shift.day)
    here = dict(today.values_list("packer_id", "shift_id"))
    if elsewhere := sorted(p for p, s in here.items() if s != shift_id):
        raise AlreadySignedIn(f"packers {elsewhere} work at another point today", packers=elsewhere)
    rows = SignIn.objects.bulk_create(
        SignIn(base_id=shift.base_id, shift=shift, packer_id=pk, day=shift.day, signed_in_at=now)
        for pk in packer_ids
        if pk not in here
    )
    if packer_ids:  # a day that nobody came to has not begun
        Shift.objects.filter(pk=shift_id).update(state=Shift.State.RUNNING)
    audit.write(
        actor,
        "packing.sign_in",
        f"shift {shift_id}",
        now=now,
        after={"packers": list(packer_ids)},
    )
    return rows


@transaction.atomic
def report_attendance(*, shift_id: int, actor: Actor, now: datetime) -> int:
    """Count who came; tell the desk when too few did.  Returns the number."""
    shift = _open_shift(shift_id, actor)
    came = SignIn.objects.filter(shift=shift).count()
    told = {"called": shift.planned_people, "came": came}
    audit.write(actor, "packing.report_attendance", f"shift {shift_id}", now=now, after=told)
    if came < MISSING_SHARE * shift.planned_people:
        outbox.record(
            PeopleMissing(
                base_id=shift.base_id, shift_id=shift_id, called=shift.planned_people, came=came
            ),
            now=now,
        )
    return came


@transaction.atomic
def close_shift(*, shift_id: int, actor: Actor, now: datetime) -> Shift:
    """End a point's day: people signed out, tallies final.  Closing again changes nothing."""
    shift = (
        Shift.objects.select_for_update(of=("self",))
        .select_related("sale__branch")
        .get(pk=shift_id)
    )
    actor.require(Role.POINT_LEADER, Role.DESK, region=shift.sale.branch.county_id)
    if shift.state == Shift.State.CLOSED:
        return shift
    if shift.state == Shift.State.CALLED_OFF:
        raise ShiftNotOpen(f"shift {shift_id} was called off", shift=shift_id)
    SignIn.objects.filter(shift=shift, signed_out_at=None).update(signed_out_at=now)
    Shift.objects.filter(pk=shift_id).update(state=Shift.State.CLOSED, closed_at=now)
    _count_boxes(shift)
    audit.write(actor, "packing.close_shift", f"shift {shift_id}", now=now)
    outbox.record(ShiftClosed(base_id=shift.base_id, shift_id=shift_id), now=now)
    shift.refresh_from_db()
    return shift


def _announce(sale: Sale, terms: ShiftTerms) -> Shift:
    shift = Shift.objects.select_for_update().filter(
        sale=sale, point_id=terms.point_id, day=terms.day
    ).first() or Shift(base_id=sale.base_id, sale=sale, point_id=terms.point_id, day=terms.day)
    if shift.state in (Shift.State.RUNNING, Shift.State.CLOSED):
        raise ShiftNotOpen(f"the day {terms.day} has begun", day=str(terms.day))
    shift.planned_people = terms.people
    shift.planned_boxes = {str(k): v for k, v in terms.boxes.items()}
    shift.day_wage_fen = terms.day_wage_fen
    shift.travel_fen = terms.travel_fen
    shift.state = Shift.State.ANNOUNCED if terms.people else Shift.State.CALLED_OFF
    shift.save()
    return shift


def _open_shift(shift_id: int, actor: Actor) -> Shift:
    rows = Shift.objects.select_for_update(of=("self",)).select_related("sale__branch")
    shift = rows.get(pk=shift_id)
    actor.require(Role.POINT_LEADER, Role.DESK, region=shift.sale.branch.county_id)
    if shift.state not in (Shift.State.ANNOUNCED, Shift.State.RUNNING):
        raise ShiftNotOpen(f"shift {shift_id} is {shift.get_state_display()}", shift=shift_id)
    return shift


def _count_boxes(shift: Shift) -> None:
    rows = list(SignIn.objects.filter(shift=shift))
    boxes = Box.objects.filter(
        shift__sale_id=shift.sale_id,
        shift__day=shift.day,
        packer_id__in=[row.packer_id for row in rows],
    )
    counts = dict(boxes.values_list("packer_id").annotate(n=Count("id")))
    for row in rows:
        row.boxes = counts.get(row.packer_id, 0)
    SignIn.objects.bulk_update(rows, ["boxes"])
