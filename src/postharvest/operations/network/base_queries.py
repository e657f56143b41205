"""What others may ask of a base's life: its steps, fitting, catchment, suppliers and years."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from postharvest.operations.network.models import (
    Base,
    BaseFitting,
    BaseStep,
    BaseYear,
    CatchmentCounty,
    County,
    Supplier,
)

COMMITTED = (Base.State.AGREED, Base.State.FITTED_OUT, Base.State.OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfProduce:
    """What suppliers have promised of one produce for one month."""

    month: int
    produce_id: str
    promised_g: int


def base(base_id: int) -> Base | None:
    """Return one base with its county, or none."""
    return Base.objects.select_related("county__prefecture").filter(pk=base_id).first()


def steps(base_id: int) -> QuerySet[BaseStep]:
    """Return the states a base came to, the first first."""
    return BaseStep.objects.filter(base_id=base_id).order_by("at", "pk")


def opened_at(base_ids: Iterable[int]) -> dict[int, date]:
    """Return the day on which each base opened first."""
    rows = BaseStep.objects.filter(base_id__in=list(base_ids), state=Base.State.OPEN)
    first: dict[int, date] = {}
    for base_id, at in rows.order_by("at").values_list("base_id", "at"):
        first.setdefault(base_id, at.date())
    return first


def fitting(base_id: int) -> BaseFitting | None:
    """Return what a base can do, or none where nobody has said."""
    return BaseFitting.objects.filter(base_id=base_id).first()


def fittings() -> dict[int, BaseFitting]:
    """Return what every base can do, by base."""
    return BaseFitting.objects.in_bulk()


def catchment(base_id: int) -> list[County]:
    """Return the counties a base serves, by code."""
    rows = CatchmentCounty.objects.filter(base_id=base_id).select_related("county")
    return [row.county for row in rows.order_by("county_id")]


def free_counties(codes: Iterable[str], *, for_base: int) -> list[str]:
    """Return which of the counties there are and no other base serves."""
    wanted = list(codes)
    taken = CatchmentCounty.objects.filter(county__in=wanted).exclude(base_id=for_base)
    known = County.objects.filter(code__in=wanted).values_list("code", flat=True)
    return sorted(set(known) - set(taken.values_list("county_id", flat=True)))


def suppliers(base_id: int) -> QuerySet[Supplier]:
    """Return a base's contracts, the newest first."""
    return Supplier.objects.filter(base_id=base_id).order_by("-signed_on", "-pk")


def years(base_id: int) -> QuerySet[BaseYear]:
    """Return a base's years, the newest first."""
    return BaseYear.objects.filter(base_id=base_id).order_by("-year")


def produce_by_month(base_id: int, *, on: date) -> list[MonthOfProduce]:
    """Return what the contracts in force on a day promise, spread evenly over their months."""
    promised: dict[tuple[int, str], int] = {}
    rows = Supplier.objects.filter(base_id=base_id, signed_on__lte=on, ends_on__gte=on)
    for row in rows.order_by("pk"):
        months = months_of(row.first_month, row.last_month)
        for month, amount in zip(months, _shares(row.yearly_g, len(months)), strict=True):
            key = (month, row.produce_id)
            promised[key] = promised.get(key, 0) + amount
    return [
        MonthOfProduce(month=month, produce_id=produce, promised_g=amount)
        for (month, produce), amount in sorted(promised.items())
    ]


def months_of(first: int, last: int) -> list[int]:
    """Return the months from one to another, over the new year if need be."""
    return [(first - 1 + k) % 12 + 1 for k in range((last - first) % 12 + 1)]


def committed_counties() -> dict[str, str]:
    """Return the counties with a base agreed, fitted out or open, and the furthest state there."""
    rank = {state: k for k, state in enumerate(COMMITTED)}
    found: dict[str, str] = {}
    for code, state in Base.objects.filter(state__in=COMMITTED).values_list("county_id", "state"):
        if code not in found or rank[Base.State(state)] > rank[Base.State(found[code])]:
            found[code] = state
    return found


def given_up_counties() -> set[str]:
    """Return the counties where every base that there was has closed."""
    closed = Base.objects.filter(state=Base.State.CLOSED).values_list("county_id", flat=True)
    alive = Base.objects.exclude(state=Base.State.CLOSED).values_list("county_id", flat=True)
    return set(closed) - set(alive)


def _shares(whole_g: int, parts: int) -> list[int]:
    """Split grams evenly and lose none."""
    return [whole_g * (k + 1) // parts - whole_g * k // parts for k in range(parts)]
