"""Writing a line of the diary, what a season should bring, and what will be planted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.diary.models import (
    CropRecord,
    DiaryLine,
    ExpectedSeason,
    PlantingIntention,
)
from postharvest.operations.harvest.models import Produce
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Base, Branch

OLDEST_DAYS = 60
"""A line may be brought in so many days later: a village can be without a signal for weeks."""
MOST_G = 50_000_000_000
MOST_FEN_PER_KG = 100_000
LONGEST_SEASON_DAYS = 300
FIRST_YEAR = 1980
MOST_MU = 1e6
FURTHEST_YEARS = 5
"""An orchard planted now bears by then."""


class KeyReused(Refused):
    """The same key came with other contents."""

    code = "diary.key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is written down of a day; ``fen_per_kg`` None where nobody named a price."""

    key: UUID
    branch_id: int
    produce_id: str
    village: str
    day: date
    came: bool
    bought_g: int
    fen_per_kg: int | None
    witness: str = ""
    photos: Sequence[str] = ()


@transaction.atomic
def write_diary(*, line: Line, actor: Actor, now: datetime) -> DiaryLine:
    """Write a day's line; the same line sent again answers with the one it made.

    Raises
    ------
    InvalidInput
        A place, crop, day or figure that can't be: names the field and the fix.
    KeyReused
        The key belongs to another line.
    NotAllowed
        The actor is no agent of this region.
    """
    branch = _branch(line.branch_id)
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=branch.county_id)
    earlier = DiaryLine.objects.filter(key=line.key).first()
    if earlier is not None:
        return _same(earlier, line)
    produce = _produce(line.produce_id)
    _check_line(line, today=local_day(now))
    row = DiaryLine.objects.create(
        key=line.key,
        base_id=branch.base_id,
        branch=branch,
        produce=produce,
        village=line.village,
        day=line.day,
        came=line.came,
        bought_g=line.bought_g,
        fen_per_kg=line.fen_per_kg,
        witness=line.witness,
        photos=list(line.photos),
        written_by=actor.party,
        written_at=now,
    )
    _audit(actor, "diary.write", f"diary line {row.pk}", now, {"day": line.day.isoformat()})
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What a place expects of a crop between two days."""

    branch_id: int
    produce_id: str
    first_day: date
    last_day: date
    expected_g: int
    usual_share: float
    usual_fen_per_kg: int


@transaction.atomic
def expect_season(*, season: Season, actor: Actor, now: datetime) -> ExpectedSeason:
    """Note what a season should bring; the same first day again replaces what was noted.

    Raises
    ------
    InvalidInput
        A place, crop, day or figure that can't be, or days that lie in another noted season.
    NotAllowed
        The actor is no agent of this region.
    """
    branch = _branch(season.branch_id)
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=branch.county_id)
    produce = _produce(season.produce_id)
    _check_season(season)
    rows = ExpectedSeason.objects.select_for_update().filter(branch=branch, produce=produce)
    overlap = rows.filter(first_day__lte=season.last_day, last_day__gte=season.first_day)
    other = overlap.exclude(first_day=season.first_day).first()
    if other is not None:
        raise InvalidInput(
            "first_day",
            f"lies in the season from {other.first_day}; use that first day to change it",
        )
    row, _made = ExpectedSeason.objects.update_or_create(
        branch=branch,
        produce=produce,
        first_day=season.first_day,
        defaults={
            "base_id": branch.base_id,
            "last_day": season.last_day,
            "expected_g": season.expected_g,
            "usual_share": season.usual_share,
            "usual_fen_per_kg": season.usual_fen_per_kg,
            "written_by": actor.party,
            "written_at": now,
        },
    )
    _audit(actor, "diary.expect_season", f"season {row.pk}", now, {"expected_g": row.expected_g})
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSeason:
    """What a mu bore, cost and fetched in a year; ``foretold`` is what the page had said."""

    base_id: int
    produce_id: str
    year: int
    yield_kg_mu: float
    cost_fen_mu: int
    fen_per_kg: int
    foretold: Mapping[str, float] | None = None


@transaction.atomic
def record_crop(*, season: OwnSeason, actor: Actor, now: datetime) -> CropRecord:
    """Record a crop's season; the same year again corrects it, what was foretold stays.

    Raises
    ------
    InvalidInput
        An unknown crop, a year that is not over, or a figure that is not above zero.
    NotAllowed
        The actor does not work in the base's region.
    """
    base = _base(season.base_id, actor)
    produce = _produce(season.produce_id)
    if not FIRST_YEAR <= season.year <= local_day(now).year:
        raise InvalidInput("year", f"{season.year} must lie between {FIRST_YEAR} and this year")
    for name in ("yield_kg_mu", "cost_fen_mu", "fen_per_kg"):
        if not 0 < getattr(season, name) < float("inf"):
            raise InvalidInput(name, "must be more than zero")
    row, made = CropRecord.objects.select_for_update().get_or_create(
        base=base,
        produce=produce,
        year=season.year,
        defaults={
            "yield_kg_mu": season.yield_kg_mu,
            "cost_fen_mu": season.cost_fen_mu,
            "fen_per_kg": season.fen_per_kg,
            "foretold": dict(season.foretold) if season.foretold else None,
            "written_by": actor.party,
            "written_at": now,
        },
    )
    if not made:
        row.yield_kg_mu, row.cost_fen_mu = season.yield_kg_mu, season.cost_fen_mu
        row.fen_per_kg, row.written_by, row.written_at = season.fen_per_kg, actor.party, now
        row.save()
    _audit(actor, "diary.record_crop", f"crop record {row.pk}", now, {"year": season.year})
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Planting:
    """So many mu of a crop for a year's harvest."""

    key: UUID
    base_id: int
    produce_id: str
    village: str
    year: int
    mu: float


@transaction.atomic
def register_planting(*, planting: Planting, actor: Actor, now: datetime) -> PlantingIntention:
    """Register what somebody will plant; sent twice it is one.

    Raises
    ------
    InvalidInput
        An unknown crop, a year that is past or far off, or no area.
    KeyReused
        The key belongs to another intention.
    NotAllowed
        The actor does not work in the base's region.
    """
    base = _base(planting.base_id, actor)
    earlier = PlantingIntention.objects.filter(key=planting.key).first()
    if earlier is not None:
        if (earlier.produce_id, earlier.mu) != (planting.produce_id, planting.mu):
            raise KeyReused("this planting was registered before with other contents")
        return earlier
    produce = _produce(planting.produce_id)
    this_year = local_day(now).year
    if not this_year <= planting.year <= this_year + FURTHEST_YEARS:
        raise InvalidInput("year", f"{planting.year} must lie in the next {FURTHEST_YEARS} years")
    if not 0 < planting.mu <= MOST_MU:
        raise InvalidInput("mu", "must be more than zero")
    row = PlantingIntention.objects.create(
        key=planting.key,
        base=base,
        produce=produce,
        village=planting.village,
        year=planting.year,
        mu=planting.mu,
        written_by=actor.party,
        written_at=now,
    )
    _audit(actor, "diary.register_planting", f"planting {row.pk}", now, {"mu": row.mu})
    return row


def _branch(branch_id: int) -> Branch:
    branch = Branch.objects.filter(pk=branch_id).first()
    if branch is None:
        raise InvalidInput("branch", f"there is no post office {branch_id}; choose yours")
    return branch


def _base(base_id: int, actor: Actor) -> Base:
    base = Base.objects.filter(pk=base_id).first()
    if base is None:
        raise InvalidInput("base", f"there is no base {base_id}")
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=network.county_of_base(base_id))
    return base


def _produce(produce_id: str) -> Produce:
    produce = Produce.objects.filter(pk=produce_id).first()
    if produce is None:
        raise InvalidInput("produce", f"unknown crop {produce_id!r}; choose one of the list")
    return produce


def _check_line(line: Line, *, today: date) -> None:
    if line.day > today:
        raise InvalidInput("day", f"{line.day} has not come yet (today is {today})")
    if line.day < today - timedelta(days=OLDEST_DAYS):
        raise InvalidInput("day", f"{line.day} is more than {OLDEST_DAYS} days ago")
    if not 0 <= line.bought_g <= MOST_G:
        raise InvalidInput("bought", "can't be; please check the zeros")
    if not line.came and line.bought_g:
        raise InvalidInput("bought", "leave it empty: the merchant did not come")
    if line.fen_per_kg is not None and not 0 < line.fen_per_kg <= MOST_FEN_PER_KG:
        raise InvalidInput("price", "can't be; please check the comma")


def _check_season(season: Season) -> None:
    length = (season.last_day - season.first_day).days
    if length < 1:
        raise InvalidInput("last_day", "must lie after the first day")
    if length > LONGEST_SEASON_DAYS:
        raise InvalidInput("last_day", f"is more than {LONGEST_SEASON_DAYS} days after the first")
    if not 0 < season.expected_g <= MOST_G:
        raise InvalidInput("expected", "must be more than zero; please check the zeros")
    if not 0 < season.usual_share <= 1:
        raise InvalidInput("usual_share", "must be a share from 1 to 100 %")
    if not 0 < season.usual_fen_per_kg <= MOST_FEN_PER_KG:
        raise InvalidInput("usual_price", "must be more than zero; please check the comma")


def _same(row: DiaryLine, line: Line) -> DiaryLine:
    told = (line.branch_id, line.produce_id, line.day, line.came, line.bought_g, line.fen_per_kg)
    kept = (row.branch_id, row.produce_id, row.day, row.came, row.bought_g, row.fen_per_kg)
    if told != kept:
        raise KeyReused("this line was sent before with other contents; write a new one")
    return row


def _audit(actor: Actor, what: str, about: str, now: datetime, after: Mapping[str, Any]) -> None:
    audit.write(actor, what, about, now=now, after=dict(after))
