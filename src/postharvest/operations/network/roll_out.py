"""Where the programme runs: the regions that headquarters has switched on.

A region is a province, a prefecture or a county.  The narrowest that was ever switched decides for
a county.  As long as nothing was switched at all, the whole country is on, so that a branch which
runs this alone never meets the question.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from postharvest.core.clock.time import local_day
from postharvest.core.errors import Refused
from postharvest.operations.network.models import (
    Base,
    BaseFitting,
    BaseStep,
    County,
    Prefecture,
    Province,
    RegionSwitch,
)

_WIDTHS = (6, 4, 2)
"""Digits that count of a county's, a prefecture's and a province's code (GB/T 2260)."""


class NotSwitchedOn(Refused):
    """The programme does not run in the county yet, or no longer."""

    code = "network.not_switched_on"


def switches() -> dict[str, RegionSwitch]:
    """Return the row that holds of every region ever switched, by code."""
    return {row.code: row for row in RegionSwitch.objects.order_by("pk")}


def history() -> list[RegionSwitch]:
    """Return every switching, the latest first."""
    return list(RegionSwitch.objects.order_by("-pk"))


def deciding(county_code: str, known: Mapping[str, RegionSwitch]) -> RegionSwitch | None:
    """Return the switch that decides for a county, or none."""
    for width in _WIDTHS:
        found = known.get(county_code[:width].ljust(6, "0"))
        if found is not None:
            return found
    return None


def is_on(county_code: str, known: Mapping[str, RegionSwitch]) -> bool:
    """Whether the programme runs in a county, given the `switches`."""
    found = deciding(county_code, known)
    return found.on if found is not None else not known


def require_on(county_code: str) -> None:
    """Refuse what would begin something new in a county where the programme does not run.

    Raises
    ------
    NotSwitchedOn
        Neither the county nor its prefecture or province is switched on.
    """
    if not is_on(county_code, switches()):
        raise NotSwitchedOn(
            f"county {county_code} is not switched on; headquarters does that under roll-out",
            county=county_code,
        )


def pilots() -> list[RegionSwitch]:
    """Return the pilot regions that are on, by code."""
    return [row for _code, row in sorted(switches().items()) if row.pilot and row.on]


def pilot_of(county_code: str, known: Mapping[str, RegionSwitch]) -> bool:
    """Whether a county lies in a pilot region that is on."""
    found = deciding(county_code, known)
    return found is not None and found.on and found.pilot


def region_names(code: str) -> tuple[str, str] | None:
    """Return the Chinese and English name of a region, or none where there is no such code."""
    for table in (Province, Prefecture, County):
        row = table.objects.filter(pk=code).values_list("name_zh", "name_en").first()
        if row is not None:
            return row
    return None


def regions_by_name(name: str) -> list[tuple[str, str]]:
    """Return (code, Chinese name) of the regions of a name in either language, widest first."""
    found: list[tuple[str, str]] = []
    for table in (Province, Prefecture, County):
        rows = table.objects.filter(Q(name_zh__startswith=name) | Q(name_en__istartswith=name))
        found += rows.order_by("pk").values_list("pk", "name_zh")
        exact = [row for row in found if row[1] == name]
        if exact:
            return exact
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceRow:
    """How far a province is: counties on, bases by state, rural people and those reached."""

    code: str
    name_zh: str
    name_en: str
    counties: int
    counties_on: int
    pilot: bool
    bases: int
    open_bases: int
    rural_people: int


def provinces() -> list[ProvinceRow]:
    """Return every province with counties and bases, those that are furthest first."""
    known = switches()
    names = {row.code: row for row in Province.objects.all()}
    sums: dict[str, list[int]] = {code: [0, 0, 0, 0, 0, 0] for code in names}
    for code, province, people in County.objects.values_list(
        "code", "province_id", "rural_population"
    ):
        mine = sums[province]
        mine[0] += 1
        mine[1] += is_on(code, known)
        mine[2] += pilot_of(code, known)
        mine[5] += people
    for state, province in Base.objects.values_list("state", "county__province_id"):
        sums[province][3] += state != Base.State.CLOSED
        sums[province][4] += state == Base.State.OPEN
    rows = [
        ProvinceRow(
            code=code,
            name_zh=names[code].name_zh,
            name_en=names[code].name_en,
            counties=counties,
            counties_on=on,
            pilot=pilot > 0,
            bases=bases,
            open_bases=opened,
            rural_people=people,
        )
        for code, (counties, on, pilot, bases, opened, people) in sums.items()
        if counties
    ]
    return sorted(rows, key=lambda row: (-row.open_bases, -row.bases, -row.counties_on, row.code))


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOfBases:
    """Bases planned to open in a year, those that opened, those that closed, and open at its end.

    ``planned_in_all`` and ``open_in_all`` are sums up to the year's end (today's for this year).
    """

    year: int
    planned: int
    opened: int
    closed: int
    planned_in_all: int
    open_in_all: int


def bases_by_year(scope: str, *, today: date) -> list[YearOfBases]:
    """Return planned and actual bases of a region by year, the earliest first."""
    planned: dict[int, int] = {}
    opened: dict[int, int] = {}
    closed: dict[int, int] = {}
    dates = BaseFitting.objects.filter(
        base__county__code__startswith=scope, planned_open_on__isnull=False
    )
    for day in dates.values_list("planned_open_on", flat=True):
        if day is not None:
            planned[day.year] = planned.get(day.year, 0) + 1
    was_open: set[int] = set()
    steps = BaseStep.objects.filter(base__county__code__startswith=scope).order_by("at", "pk")
    for base_id, state, at in steps.values_list("base_id", "state", "at"):
        year = local_day(at).year
        if state == Base.State.OPEN and base_id not in was_open:
            was_open.add(base_id)
            opened[year] = opened.get(year, 0) + 1
        elif state == Base.State.CLOSED and base_id in was_open:
            was_open.discard(base_id)
            closed[year] = closed.get(year, 0) + 1
    years = {*planned, *opened, *closed}
    if not years:
        return []
    rows: list[YearOfBases] = []
    plan = live = 0
    for year in range(min(years), max(*years, today.year) + 1):
        plan += planned.get(year, 0)
        live += opened.get(year, 0) - closed.get(year, 0)
        rows.append(
            YearOfBases(
                year=year,
                planned=planned.get(year, 0),
                opened=opened.get(year, 0),
                closed=closed.get(year, 0),
                planned_in_all=plan,
                open_in_all=live,
            )
        )
    return rows
