"""What a base does: its fitting, the counties it serves, its suppliers, its years."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.network.models import (
    Base,
    BaseFitting,
    BaseYear,
    CatchmentCounty,
    County,
    Supplier,
)

FIRST_YEAR, LAST_YEAR = 2000, 2100
MONTHS = range(1, 13)


class CountyTaken(Refused):
    """Another base serves the county already."""

    code = "network.county_taken"


class ContractExists(Refused):
    """The base has a contract of this number already."""

    code = "network.contract_exists"


class BaseIsClosed(Refused):
    """A closed base takes on nothing new."""

    code = "network.base_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What a base can do on a day; zero means: not there, or not known."""

    planned_open_on: date | None = None
    grading_g_per_day: int = 0
    cold_room_g: int = 0
    capacity_g_per_day: int = 0
    parcels_per_day: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Who delivers what, how much of it a year, in which months, at which floor price."""

    contract_no: str
    name: str
    village: str
    produce_id: str
    yearly_g: int
    first_month: int
    last_month: int
    floor_fen_per_kg: int
    signed_on: date
    ends_on: date
    grower: str = ""


@transaction.atomic
def fit_out(*, base_id: int, fitting: Fitting, actor: Actor, now: datetime) -> None:
    """Enter what a base can do, or when it shall open.

    Raises
    ------
    InvalidInput
        A figure is below zero.
    BaseIsClosed
        The base is closed.
    NotAllowed
        The actor does not plan for this county.
    """
    base = _base(base_id, actor)
    figures = asdict(fitting)
    for name, value in figures.items():
        if isinstance(value, int) and value < 0:
            raise InvalidInput(name, f"{value}: give 0 or more")
    before = BaseFitting.objects.filter(base=base).values().first()
    BaseFitting.objects.update_or_create(base=base, defaults=figures)
    _tell(actor, "network.fit_out", base, now=now, before=before, after=figures)


@transaction.atomic
def set_catchment(
    *, base_id: int, county_codes: Sequence[str], actor: Actor, now: datetime
) -> None:
    """Say which counties a base serves; those left out are free again.

    Raises
    ------
    InvalidInput
        A county is unknown.
    CountyTaken
        Another base serves a county.
    BaseIsClosed
        The base is closed.
    """
    base = _base(base_id, actor)
    wanted = set(county_codes)
    unknown = wanted - set(County.objects.in_bulk(list(wanted)))
    if unknown:
        raise InvalidInput("counties", f"there is no county {min(unknown)!r}")
    others = CatchmentCounty.objects.filter(county__in=wanted).exclude(base=base)
    for other in others.select_related("base").order_by("county_id")[:1]:
        raise CountyTaken(
            f"county {other.county_id} is served by base {other.base.code}",
            county=other.county_id,
            base=other.base.code,
        )
    mine = CatchmentCounty.objects.filter(base=base)
    before = sorted(mine.values_list("county_id", flat=True))
    mine.exclude(county__in=wanted).delete()
    CatchmentCounty.objects.bulk_create(
        CatchmentCounty(base=base, county_id=code) for code in sorted(wanted - set(before))
    )
    _tell(
        actor, "network.set_catchment", base, now=now,
        before={"counties": before}, after={"counties": sorted(wanted)},
    )  # fmt: skip


@transaction.atomic
def sign_supplier(*, base_id: int, contract: Contract, actor: Actor, now: datetime) -> Supplier:
    """Enter a contract with a supplier.

    Raises
    ------
    InvalidInput
        A month, an amount or the dates can't be.
    ContractExists
        The number is taken.
    BaseIsClosed
        The base is closed.
    """
    base = _base(base_id, actor)
    _check_contract(contract)
    if Supplier.objects.filter(base=base, contract_no=contract.contract_no).exists():
        raise ContractExists(
            f"base {base.code} has a contract {contract.contract_no} already",
            contract=contract.contract_no,
        )
    supplier = Supplier.objects.create(base=base, **asdict(contract))
    _tell(actor, "network.sign_supplier", base, now=now, after={"contract": contract.contract_no})
    return supplier


@transaction.atomic
def end_supplier(*, supplier_id: int, ends_on: date, actor: Actor, now: datetime) -> None:
    """End a contract on a day; what was promised until then stays.

    Raises
    ------
    InvalidInput
        The day is before the contract began.
    """
    supplier = Supplier.objects.select_for_update().select_related("base").get(pk=supplier_id)
    actor.require(Role.PLANNER, Role.DESK, region=supplier.base.county_id)
    if ends_on < supplier.signed_on:
        raise InvalidInput("ends_on", f"{ends_on} is before the contract began")
    before = {"ends_on": supplier.ends_on.isoformat()}
    Supplier.objects.filter(pk=supplier_id).update(ends_on=ends_on)
    _tell(
        actor, "network.end_supplier", supplier.base, now=now, before=before,
        after={"contract": supplier.contract_no, "ends_on": ends_on.isoformat()},
    )  # fmt: skip


@transaction.atomic
def plan_year(
    *, base_id: int, year: int, planned_g: int, budget_fen: int, actor: Actor, now: datetime,
    spent_fen: int | None = None,
) -> None:  # fmt: skip
    """Enter a base's year: planned kilograms, budget, and what was spent once it is known.

    Raises
    ------
    InvalidInput
        The year or a figure can't be.
    """
    base = _base(base_id, actor)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput("year", f"{year}: give {FIRST_YEAR} to {LAST_YEAR}")
    for name, value in (
        ("planned_g", planned_g), ("budget_fen", budget_fen), ("spent_fen", spent_fen or 0),
    ):  # fmt: skip
        if value < 0:
            raise InvalidInput(name, f"{value}: give 0 or more")
    figures = {"planned_g": planned_g, "budget_fen": budget_fen, "spent_fen": spent_fen}
    before = BaseYear.objects.filter(base=base, year=year).values(*figures).first()
    BaseYear.objects.update_or_create(base=base, year=year, defaults=figures)
    _tell(actor, "network.plan_year", base, now=now, before=before, after={"year": year, **figures})


def _base(base_id: int, actor: Actor) -> Base:
    """Lock a base that still lives, for somebody who may change it."""
    base = Base.objects.select_for_update().get(pk=base_id)
    actor.require(Role.PLANNER, Role.DESK, region=base.county_id)
    if base.state == Base.State.CLOSED:
        raise BaseIsClosed(f"base {base.code} is closed; open it again first", base=base.code)
    return base


def _check_contract(contract: Contract) -> None:
    for name in ("contract_no", "name", "village", "produce_id"):
        if not getattr(contract, name).strip():
            raise InvalidInput(name, "is empty")
    for name in ("first_month", "last_month"):
        if getattr(contract, name) not in MONTHS:
            raise InvalidInput(name, f"{getattr(contract, name)}: give 1 to 12")
    if contract.yearly_g <= 0:
        raise InvalidInput("yearly_g", "must be above 0")
    if contract.floor_fen_per_kg < 0:
        raise InvalidInput("floor_fen_per_kg", "must be 0 or more")
    if contract.ends_on < contract.signed_on:
        raise InvalidInput("ends_on", f"{contract.ends_on} is before the contract begins")


def _tell(
    actor: Actor, action: str, base: Base, *, now: datetime, after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    audit.write(
        actor, action, f"base {base.pk}", now=now,
        before=_plain(before or {}), after=_plain(after),
    )  # fmt: skip


def _plain(figures: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in figures.items()
    }
