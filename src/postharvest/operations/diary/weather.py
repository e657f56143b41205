"""The weather that a county is told: by form, by file, or from a service somebody plugs in.

Nothing is fetched by default.  An operator who wants a forecast service names a class with one
method in ``POSTHARVEST_WEATHER``; the worker then asks it once a day for each county with a base.
"""

import csv
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Protocol

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import SYSTEM, Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput
from postharvest.operations.diary.models import WeatherDay
from postharvest.operations.network.models import County

COLUMNS = ("county", "told_on", "day", "rain_mm")
MOST_MM = 2000.0
FURTHEST_DAYS = 16
MOST_ROWS = 100_000
_logger = logging.getLogger("postharvest.weather")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rain:
    """Millimetres foretold (or measured, on the day itself) for a day."""

    county_code: str
    told_on: date
    day: date
    rain_mm: float


class WeatherService(Protocol):
    """An open forecast service: give the rain of the coming days at a point."""

    name: str

    def rain_ahead(self, *, lat: float, lon: float, today: date) -> Sequence[tuple[date, float]]:
        """Return (day, millimetres) from today on; raise OSError where it can't be reached."""


@transaction.atomic
def take_weather(*, rain: Iterable[Rain], source: str, actor: Actor, now: datetime) -> int:
    """Write what was foretold; what is told again for the same days replaces it.

    Raises
    ------
    InvalidInput
        A county, day or figure that can't be; names the row (the first is row 1).
    NotAllowed
        The actor works elsewhere.
    """
    rows = list(rain)
    known = set(
        County.objects.filter(pk__in={row.county_code for row in rows}).values_list("pk", flat=True)
    )
    for number, row in enumerate(rows, start=1):
        _check(row, f"row {number}", known, today=local_day(now))
        actor.require(Role.VILLAGE_AGENT, Role.DESK, Role.PLANNER, region=row.county_code)
    WeatherDay.objects.bulk_create(
        [
            WeatherDay(
                county_id=row.county_code,
                told_on=row.told_on,
                day=row.day,
                rain_mm=row.rain_mm,
                source=source,
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["county", "told_on", "day"],
        update_fields=["rain_mm", "source"],
    )
    audit.write(actor, "diary.take_weather", source[:80], now=now, after={"rows": len(rows)})
    return len(rows)


def rain_of_text(text: str) -> list[Rain]:
    """Read `county,told_on,day,rain_mm`.

    Raises
    ------
    InvalidInput
        Wrong columns, no rows, a day that is none, text in numbers, or a day told twice: by row.
    """
    reading = csv.reader(StringIO(text.removeprefix("\ufeff")))
    header = [name.strip() for name in next(reading, [])]
    if header != list(COLUMNS):
        raise InvalidInput("row 1", f"must be {','.join(COLUMNS)}; found {','.join(header)}")
    found: dict[tuple[str, date, date], int] = {}
    rows: list[Rain] = []
    for number, cells in enumerate(reading, start=2):
        if not cells:
            continue
        if len(rows) >= MOST_ROWS:
            raise InvalidInput(f"row {number}", f"is beyond the {MOST_ROWS:,} a file may have")
        if len(cells) != len(COLUMNS):
            raise InvalidInput(f"row {number}", f"has {len(cells)} cells instead of {len(COLUMNS)}")
        county, told_on, day, rain_mm = (cell.strip() for cell in cells)
        row = Rain(
            county_code=county,
            told_on=_day(told_on, number, "told_on"),
            day=_day(day, number, "day"),
            rain_mm=_millimetres(rain_mm, number),
        )
        key = (row.county_code, row.told_on, row.day)
        if key in found:
            raise InvalidInput(f"row {number}", f"{row.day} is told twice (also row {found[key]})")
        found[key] = number
        rows.append(row)
    if not rows:
        raise InvalidInput("file", "has a header but no rows")
    return rows


def rain_from(service: WeatherService, *, county: County, today: date) -> list[Rain]:
    """Ask a service for a county's coming days, at most as far as anybody can foretell."""
    last = today + timedelta(days=FURTHEST_DAYS)
    return [
        Rain(county_code=county.code, told_on=today, day=day, rain_mm=float(mm))
        for day, mm in service.rain_ahead(lat=county.lat, lon=county.lon, today=today)
        if today <= day <= last
    ]


def ask_service(*, service: WeatherService, now: datetime) -> int:
    """Ask for each county with a base that was not told today; returns the days written.

    A service that can't be reached is logged and asked again with the next round.
    """
    today = local_day(now)
    told = set(WeatherDay.objects.filter(told_on=today).values_list("county_id", flat=True))
    counties = County.objects.filter(bases__isnull=False).exclude(pk__in=told).distinct()
    written = 0
    for county in counties.order_by("pk"):
        try:
            rain = rain_from(service, county=county, today=today)
        except (OSError, ValueError):
            _logger.exception("%s did not tell the weather of %s", service.name, county.pk)
            continue
        written += take_weather(rain=rain, source=service.name, actor=SYSTEM, now=now)
    return written


def _check(row: Rain, name: str, known: set[str], *, today: date) -> None:
    if row.county_code not in known:
        raise InvalidInput(name, f"county {row.county_code!r} is not known; give its six digits")
    if row.told_on > today:
        raise InvalidInput(name, f"told_on {row.told_on} has not come yet (today is {today})")
    if not 0 <= (row.day - row.told_on).days <= FURTHEST_DAYS:
        raise InvalidInput(name, f"day {row.day} must lie within {FURTHEST_DAYS} days of told_on")
    if not 0 <= row.rain_mm <= MOST_MM:
        raise InvalidInput(name, f"rain_mm {row.rain_mm:g} must lie from 0 to {MOST_MM:g}")


def _day(written: str, number: int, name: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise InvalidInput(
            f"row {number}", f"{name} {written!r} is not a day like 2020-03-09"
        ) from None


def _millimetres(written: str, number: int) -> float:
    try:
        return float(written)
    except ValueError:
        raise InvalidInput(f"row {number}", f"rain_mm {written!r} is not a number") from None
