"""Reporting a surplus, and what becomes of the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.money import split
from postharvest.core.outbox import log as outbox
from postharvest.core.photos.actions import note_photos
from postharvest.operations.harvest.events import SurplusReported
from postharvest.operations.harvest.models import (
    Grower,
    Offer,
    Produce,
    Surplus,
    SurplusPart,
)
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Branch

LARGEST_REPORT_G = 50_000_000_000
LONGEST_WINDOW_DAYS = 60
DEFAULT_HARVEST_FEN_PER_T = 30_000


class KeyReused(Refused):
    """The same report key came with other contents."""

    code = "harvest.key_reused"


class WrongState(Refused):
    """The surplus is not in a state in which this can be done."""

    code = "harvest.wrong_state"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReport:
    """One village group's share of a surplus, with the growers' own kilograms."""

    code: str
    village: str
    offered_g: int
    grower_ids: Sequence[int]
    grower_g: Sequence[int] = ()
    lat: float | None = None
    lon: float | None = None
    harvest_from: date | None = None
    harvest_to: date | None = None
    harvest_fen_per_t: int = DEFAULT_HARVEST_FEN_PER_T


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusReport:
    """What a village postal worker says."""

    key: UUID
    branch_id: int
    produce_id: str
    grade: str
    weight_g: int
    harvest_from: date
    harvest_to: date
    floor_fen_per_kg: int
    wholesale_fen_per_kg: int
    wholesale_g_per_day: int
    wholesale_source: str
    village: str
    village_code: str = ""
    shelf_life_days: float | None = None
    parts: Sequence[PartReport] = ()
    photos: Sequence[str] = ()
    """Names under which the photos lie in the media folder."""


@transaction.atomic
def report_surplus(*, report: SurplusReport, actor: Actor, now: datetime) -> Surplus:
    """Take a postal worker's word for a surplus and let the planners know.

    The same report sent again (same key, same contents) answers with the record it made.

    Raises
    ------
    InvalidInput
        A quantity, date, place or kind of produce that can't be: names the field and the fix.
    KeyReused
        The key belongs to another report.
    NotAllowed
        The actor is no agent of this region.
    """
    earlier = Surplus.objects.filter(key=report.key).first()
    if earlier is not None:
        return _same(earlier, report)
    branch = Branch.objects.select_related("base").filter(pk=report.branch_id).first()
    if branch is None:
        raise InvalidInput("branch", f"there is no post office {report.branch_id}; choose yours")
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=branch.county_id)
    produce = Produce.objects.filter(pk=report.produce_id).first()
    if produce is None:
        raise InvalidInput("produce", f"unknown crop {report.produce_id!r}; choose one of the list")
    _check_numbers(report, today=local_day(now))
    shelf_life = report.shelf_life_days or produce.shelf_ambient_days_lo
    surplus = Surplus.objects.create(
        key=report.key,
        base=branch.base,
        branch=branch,
        county_id=branch.county_id,
        village=report.village,
        village_code=report.village_code,
        position_status=_position_status(report, branch),
        produce=produce,
        grade=report.grade,
        reported_g=report.weight_g,
        harvest_from=report.harvest_from,
        harvest_to=report.harvest_to,
        shelf_life_days=shelf_life,
        shelf_life_status="own" if report.shelf_life_days else "shipped table",
        floor_fen_per_kg=report.floor_fen_per_kg,
        wholesale_fen_per_kg=report.wholesale_fen_per_kg,
        wholesale_g_per_day=report.wholesale_g_per_day,
        wholesale_source=report.wholesale_source,
        reported_by=actor.party,
        reported_at=now,
        photos=list(report.photos),
    )
    for part in report.parts or (_whole(report),):
        _add_part(surplus, report, part, branch)
    note_photos(photos={f"surplus {surplus.pk}": list(report.photos)}, now=now)
    audit.write(
        actor,
        "harvest.report_surplus",
        f"surplus {surplus.pk}",
        now=now,
        after={"weight_g": report.weight_g, "produce": report.produce_id},
    )
    outbox.record(SurplusReported(base_id=branch.base_id, surplus_id=surplus.pk), now=now)
    return surplus


@transaction.atomic
def put_on_sale(*, surplus_id: int, actor: Actor, now: datetime) -> Surplus:
    """Mark a surplus as being sold.

    Raises
    ------
    WrongState
        It is on sale already, closed or withdrawn.
    """
    return _move(
        surplus_id,
        (Surplus.State.REPORTED, Surplus.State.PLANNED),
        Surplus.State.ON_SALE,
        actor=actor,
        now=now,
    )


@transaction.atomic
def mark_planned(*, surplus_id: int, actor: Actor, now: datetime) -> Surplus:
    """Note that a plan lies on the desk; planning it anew is no change."""
    return _move(
        surplus_id,
        (Surplus.State.REPORTED, Surplus.State.PLANNED),
        Surplus.State.PLANNED,
        actor=actor,
        now=now,
    )


@transaction.atomic
def withdraw_surplus(*, surplus_id: int, actor: Actor, now: datetime) -> Surplus:
    """Take a report back before it is on sale.

    Raises
    ------
    WrongState
        It is on sale already, or closed.
    """
    return _move(
        surplus_id,
        (Surplus.State.REPORTED, Surplus.State.PLANNED),
        Surplus.State.WITHDRAWN,
        actor=actor,
        now=now,
    )


@transaction.atomic
def close_surplus(*, surplus_id: int, actor: Actor, now: datetime) -> Surplus:
    """Note that the sale is over and what is left stays in the field."""
    return _move(surplus_id, (Surplus.State.ON_SALE,), Surplus.State.CLOSED, actor=actor, now=now)


def _move(
    surplus_id: int,
    before: Sequence[Surplus.State],
    after: Surplus.State,
    *,
    actor: Actor,
    now: datetime,
) -> Surplus:
    surplus = Surplus.objects.select_for_update().get(pk=surplus_id)
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=surplus.county_id)
    if not Surplus.objects.filter(pk=surplus_id, state__in=before).update(state=after):
        raise WrongState(
            f"surplus {surplus_id} is {surplus.get_state_display()}; it takes "
            + " or ".join(str(s.label) for s in before),
            state=surplus.state,
        )
    audit.write(
        actor,
        f"harvest.{after}",
        f"surplus {surplus_id}",
        now=now,
        before={"state": surplus.state},
        after={"state": str(after)},
    )
    surplus.state = after
    return surplus


def _same(earlier: Surplus, report: SurplusReport) -> Surplus:
    known: dict[str, Any] = {
        "produce_id": report.produce_id,
        "reported_g": report.weight_g,
        "harvest_from": report.harvest_from,
        "harvest_to": report.harvest_to,
        "floor_fen_per_kg": report.floor_fen_per_kg,
        "village": report.village,
    }
    other = [name for name, value in known.items() if getattr(earlier, name) != value]
    if other:
        raise KeyReused(f"report {report.key} exists with another {', '.join(other)}")
    return earlier


def _check_numbers(report: SurplusReport, *, today: date) -> None:
    if not 0 < report.weight_g <= LARGEST_REPORT_G:
        raise InvalidInput("weight", "must lie above 0 and at most 50,000 t; check kg and 斤")
    if report.harvest_to < report.harvest_from:
        raise InvalidInput("harvest_to", "lies before the first day; swap the two days")
    if report.harvest_to < today:
        raise InvalidInput("harvest_to", f"has passed (today is {today}); give a day to come")
    if report.harvest_to > today + timedelta(days=LONGEST_WINDOW_DAYS):
        raise InvalidInput("harvest_to", f"is over {LONGEST_WINDOW_DAYS} days away; report later")
    if report.shelf_life_days is not None and not 0 < report.shelf_life_days <= 400:  # noqa: PLR2004
        raise InvalidInput("shelf_life_days", "must lie above 0 and at most 400 days")
    if min(report.floor_fen_per_kg, report.wholesale_fen_per_kg, report.wholesale_g_per_day) < 0:
        raise InvalidInput("price", "prices and quantities can't be negative")
    parts_g = sum(part.offered_g for part in report.parts)
    if report.parts and parts_g != report.weight_g:
        raise InvalidInput("parts", f"sum to {parts_g} g, the report says {report.weight_g} g")


def _whole(report: SurplusReport) -> PartReport:
    return PartReport(code="L01", village=report.village, offered_g=report.weight_g, grower_ids=())


def _position_status(report: SurplusReport, branch: Branch) -> str:
    """Say whether the fields' positions are known, or spread around a seat."""
    if report.parts and all(part.lat is not None for part in report.parts):
        return "own"
    place = network.position_of_village(report.village_code or branch.county_id)
    return "modelled" if place.is_modelled else "own"


def _add_part(surplus: Surplus, report: SurplusReport, part: PartReport, branch: Branch) -> None:
    if part.offered_g <= 0:
        raise InvalidInput(f"parts.{part.code}", "has no kilograms; leave the part out")
    lat, lon = part.lat, part.lon
    if lat is None or lon is None:
        place = network.position_of_village(report.village_code or branch.county_id)
        lat, lon = place.lat, place.lon
    row = SurplusPart.objects.create(
        surplus=surplus,
        code=part.code,
        village=part.village,
        lat=lat,
        lon=lon,
        offered_g=part.offered_g,
        harvest_from=part.harvest_from or report.harvest_from,
        harvest_to=part.harvest_to or report.harvest_to,
        harvest_fen_per_t=part.harvest_fen_per_t,
    )
    growers = list(part.grower_ids) or [_village_grower(surplus, part.village).pk]
    weights = list(part.grower_g) or split(part.offered_g, [1] * len(growers))
    if len(weights) != len(growers) or sum(weights) != part.offered_g:
        raise InvalidInput(f"parts.{part.code}", "the growers' kilograms do not sum to the part's")
    Offer.objects.bulk_create(
        Offer(part=row, grower_id=grower, offered_g=weight_g)
        for grower, weight_g in zip(growers, weights, strict=True)
    )


def _village_grower(surplus: Surplus, village: str) -> Grower:
    """Return the co-operative that stands for a village until its households are registered."""
    grower, _ = Grower.objects.get_or_create(
        code=f"{surplus.base.code}-{village}"[:40],
        defaults={
            "base": surplus.base,
            "kind": Grower.Kind.COOPERATIVE,
            "county_id": surplus.county_id,
            "village": village,
            "registered_at": surplus.reported_at,
        },
    )
    return grower
