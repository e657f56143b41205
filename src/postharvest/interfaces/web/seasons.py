"""What is in season, when and where: the table of seasons and what branches noted themselves."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from postharvest.interfaces.web.cards import name_of, produce_name
from postharvest.interfaces.web.formats import in_chinese, months
from postharvest.interfaces.web.rows import Row
from postharvest.operations.diary import queries as diary
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network

EVERY_MONTH = tuple(range(1, 13))
_KIND_OF_REGION = re.compile(r"(省|市|(壮族|回族|维吾尔)?自治区)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One region's season of a crop; ``own`` was noted by a branch there."""

    name: str
    region: str
    when: str
    months: frozenset[int]
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """One crop: where it ripens when, and whether it does now."""

    produce_id: str
    name: str
    places: tuple[Place, ...]
    now: bool

    @property
    def months(self) -> frozenset[int]:
        """Every month in which it ripens somewhere."""
        return frozenset().union(*(place.months for place in self.places))


def seasons(*, today: date, month: int, query: str = "", region: str = "") -> list[Season]:
    """List crops with their seasons, those of the month first, by name.

    ``query`` is part of a crop's or a region's name in either language, ``region`` a province.
    """
    provinces = _provinces()
    places = _noted(today) + _listed(provinces)
    found = []
    for produce in harvest.produce():
        by_name = _is_in((produce.name_zh, produce.name_en), query)
        of_crop = dict.fromkeys(
            place
            for pk, place in places
            if pk == produce.pk
            and region in ("", place.region)
            and (by_name or _is_in((place.name, *provinces.get(place.region, ())), query))
        )
        if of_crop:
            now = any(month in place.months for place in of_crop)
            name = produce_name(produce)
            found.append(Season(produce_id=produce.pk, name=name, places=tuple(of_crop), now=now))
    return sorted(found, key=lambda one: (not one.now, one.name))


def regions() -> list[tuple[str, str]]:
    """List provinces by code with their names."""
    return [(code, _chosen(names)) for code, names in _provinces().items()]


def _provinces() -> dict[str, tuple[str, str]]:
    return {str(row["code"]): _both(row) for row in network.table_rows("provinces")}


def _listed(provinces: Mapping[str, tuple[str, str]]) -> list[tuple[str, Place]]:
    """Return the table of seasons."""
    smaller = {
        str(row["code"]): _both(row)
        for table in ("prefectures", "counties")
        for row in network.table_rows(table)
    }
    rows = []
    for row in network.table_rows("produce_regions"):
        province, area = str(row["province_code"]), str(row["area_code"] or "")
        first, last = int(row["harvest_from_month"] or 0), int(row["harvest_to_month"] or 0)
        names = smaller.get(area) or provinces.get(province, (province, province))
        place = Place(
            name=_chosen(names),
            region=province,
            when=months(first, last),
            months=frozenset(_span(first, last)),
        )
        rows.append((str(row["produce_id"]), place))
    return rows


def _noted(today: date) -> list[tuple[str, Place]]:
    """Return the seasons that branches noted and that are not over."""
    return [
        (
            row.produce_id,
            Place(
                name=name_of(row.branch),
                region=row.branch.county_id[:2] + "0000",
                when=months(row.first_day.month, row.last_day.month),
                months=frozenset(_span(row.first_day.month, row.last_day.month)),
                own=True,
            ),
        )
        for row in diary.seasons("").filter(last_day__gte=today)
    ]


def _span(first: int, last: int) -> list[int]:
    """Return the months from one to another, over the new year if need be."""
    count = (last - first) % 12 + 1
    return [(first - 1 + n) % 12 + 1 for n in range(count)]


def _is_in(words: Iterable[str], query: str) -> bool:
    return any(query.casefold() in word.casefold() for word in words)


def _both(row: Row) -> tuple[str, str]:
    return str(row["name_zh"]), str(row["name_en"])


def _chosen(names: tuple[str, str]) -> str:
    return _KIND_OF_REGION.sub("", names[0]) if in_chinese() else names[1]
