"""Entering packing points, the villages' labour, and the people who pack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.vault.actions import contact_of
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person
from postharvest.operations.network.models import Base
from postharvest.operations.packing.models import LabourPool, Packer, Point

YOUNGEST_YEARS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEntry:
    """A yard or room with what it costs and holds."""

    branch_id: int
    code: str
    name: str
    lat: float
    lon: float
    stations: int
    min_crew: int
    setup_fen: int
    day_fen: int
    haul_fen_per_t: int
    status: str = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolEntry:
    """The people of a village who can pack; wages rise as more of them come."""

    code: str
    village: str
    lat: float
    lon: float
    people_per_day: int
    wage_steps: Sequence[dict[str, Any]]
    status: str = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackerEntry:
    """A villager who packs."""

    code: str
    pool_id: int
    age_years: int
    person: Person | None = None


@transaction.atomic
def register_points(
    *, base_id: int, entries: Sequence[PointEntry], actor: Actor, now: datetime
) -> list[Point]:
    """Enter packing points of a base; one known by its code is brought up to date.

    Raises
    ------
    InvalidInput
        A point without stations, or whose least crew exceeds them.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, Role.PLANNER, region=base.county_id)
    for entry in entries:
        if entry.stations <= 0 or entry.min_crew > entry.stations:
            raise InvalidInput(f"points.{entry.code}", "needs stations, at least its least crew")
    points = [
        Point.objects.update_or_create(
            base=base,
            code=entry.code,
            defaults={
                "branch_id": entry.branch_id,
                "name": entry.name,
                "lat": entry.lat,
                "lon": entry.lon,
                "stations": entry.stations,
                "min_crew": entry.min_crew,
                "setup_fen": entry.setup_fen,
                "day_fen": entry.day_fen,
                "haul_fen_per_t": entry.haul_fen_per_t,
                "status": entry.status,
            },
        )[0]
        for entry in entries
    ]
    _audit(actor, "packing.register_points", base, [e.code for e in entries], now=now)
    return points


@transaction.atomic
def register_pools(
    *, base_id: int, entries: Sequence[PoolEntry], actor: Actor, now: datetime
) -> list[LabourPool]:
    """Enter villages' labour; one known by its code is brought up to date.

    Raises
    ------
    InvalidInput
        Wage steps whose shares do not sum to 1, or wages that do not rise.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, Role.PLANNER, region=base.county_id)
    for entry in entries:
        wages = [step["fen_per_day"] for step in entry.wage_steps]
        shares = sum(step["share"] for step in entry.wage_steps)
        if abs(shares - 1) > 1e-6 or wages != sorted(set(wages)):  # noqa: PLR2004
            raise InvalidInput(f"labour.{entry.code}", "wage shares must sum to 1, wages must rise")
    pools = [
        LabourPool.objects.update_or_create(
            base=base,
            code=entry.code,
            defaults={
                "village": entry.village,
                "lat": entry.lat,
                "lon": entry.lon,
                "people_per_day": entry.people_per_day,
                "wage_steps": list(entry.wage_steps),
                "status": entry.status,
            },
        )[0]
        for entry in entries
    ]
    _audit(actor, "packing.register_pools", base, [e.code for e in entries], now=now)
    return pools


@transaction.atomic
def register_packers(
    *, base_id: int, entries: Sequence[PackerEntry], actor: Actor, now: datetime
) -> list[Packer]:
    """Register packers; one known by his code is left as he is.

    Raises
    ------
    InvalidInput
        Somebody is younger than the law allows.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, Role.POINT_LEADER, region=base.county_id)
    for entry in entries:
        if entry.age_years < YOUNGEST_YEARS:
            raise InvalidInput(
                f"packers.{entry.code}", f"is younger than {YOUNGEST_YEARS}; may not pack"
            )
    codes = [entry.code for entry in entries]
    known = set(Packer.objects.filter(code__in=codes).values_list("code", flat=True))
    fresh = [entry for entry in entries if entry.code not in known]
    Packer.objects.bulk_create(
        Packer(
            base=base,
            pool_id=entry.pool_id,
            code=entry.code,
            adult=True,
            contact=_contact(entry.person, now=now) if entry.person else None,
        )
        for entry in fresh
    )
    _audit(actor, "packing.register_packers", base, [e.code for e in fresh], now=now)
    return list(Packer.objects.filter(code__in=codes).order_by("pk"))


def _contact(person: Person, *, now: datetime) -> Contact:
    contact = contact_of(person, now=now)
    contact.save()
    return contact


def _audit(actor: Actor, action: str, base: Base, codes: list[str], *, now: datetime) -> None:
    audit.write(actor, action, f"base {base.pk}", now=now, after={"codes": codes})
