"""The operator's calendar: every day of a period, in one file, or nothing of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.tables.catalogue import Column, Row, Shape
from postharvest.core.tables.checking import Fault, check
from postharvest.core.tables.reading import Lines, read_lines
from postharvest.operations.network.events import CalendarLoaded
from postharvest.operations.network.models import CalendarDay, County

KINDS = ("workday", "rest", "holiday", "makeup_workday")
YES_NO = ("yes", "no", "是", "否")
SHAPE = Shape(
    name="calendar",
    file="",
    title_en="Calendar",
    title_zh="日历",
    source="the operator",
    licence="the operator's own",
    status="own",
    key=("day",),
    columns=(
        Column(name="day", zh="日期", kind="date", required=True),
        Column(name="kind", zh="类别", kind="text", required=True, choices=KINDS),
        Column(name="packs", zh="打包", kind="text", choices=YES_NO),
        Column(name="collects", zh="收寄", kind="text", choices=YES_NO),
        Column(name="market", zh="赶集", kind="text", choices=YES_NO),
        Column(name="cutoff_hour", zh="截单时", kind="int", low=0, high=23, unit="hour"),
        Column(name="truck_times", zh="发车时间", kind="text", longest=60),
        Column(name="note", zh="备注", kind="text", longest=200),
    ),
)
_YES = ("yes", "是")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarImport:
    """What loading a calendar did, or would do."""

    rows: int
    first: date | None
    last: date | None
    faults: tuple[Fault, ...]
    is_committed: bool


def load_calendar(
    *, raw: bytes, county_code: str, dry_run: bool, actor: Actor, now: datetime
) -> CalendarImport:
    """Load a county's calendar, or (without a county) the country's, in place of the days it names.

    The file names every day from its first to its last: a gap could be a holiday that somebody
    forgot.  With a fault nothing is written.

    Raises
    ------
    InvalidInput
        The file can't be read, or there is no such county.
    """
    actor.require(Role.PLANNER, Role.DESK, region=county_code)
    if not county_code and actor.scope:
        raise InvalidInput("county", "choose your county; the country's calendar is headquarters'")
    if county_code and not County.objects.filter(code=county_code).exists():
        raise InvalidInput("county", f"there is no county {county_code!r}")
    lines = read_lines(raw)
    checked = check(SHAPE, lines, known=lambda _table: ())
    faults = checked.faults or [*_gaps(lines, checked.rows), *_wrong_trucks(lines, checked.rows)]
    if faults:
        return CalendarImport(
            rows=len(checked.rows), first=None, last=None, faults=tuple(faults), is_committed=False
        )
    days = [date.fromisoformat(str(row["day"])) for row in checked.rows]
    if not dry_run:
        _replace(checked.rows, county_code, days[0], days[-1], actor=actor, now=now)
    return CalendarImport(
        rows=len(days), first=days[0], last=days[-1], faults=(), is_committed=not dry_run
    )


@transaction.atomic
def _replace(
    rows: list[Row], county_code: str, first: date, last: date, *, actor: Actor, now: datetime
) -> None:
    county = county_code or None
    CalendarDay.objects.filter(county_id=county, day__range=(first, last)).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(county_id=county, **special) for row in rows for special in _rows_of(row)
    )
    audit.write(
        actor,
        "network.load_calendar",
        f"calendar {county_code or 'of the country'}",
        now=now,
        after={"first": first.isoformat(), "last": last.isoformat(), "rows": len(rows)},
    )
    news = CalendarLoaded(county=county_code, first=first.isoformat(), last=last.isoformat())
    outbox.record(news, now=now)


def _rows_of(row: Row) -> list[dict[str, object]]:
    """Return the row of what a day is, and one for each thing that is special about it."""
    day = date.fromisoformat(str(row["day"]))
    main: dict[str, object] = {
        "day": day,
        "kind": row["kind"],
        "cutoff_hour": row["cutoff_hour"],
        "truck_times": row["truck_times"] or "",
        "note": row["note"] or "",
    }
    packs = row["packs"] in _YES if row["packs"] else row["kind"] != CalendarDay.Kind.HOLIDAY
    collects = row["collects"] in _YES if row["collects"] else True
    special = [
        (CalendarDay.Kind.PACKING_STOP, not packs),
        (CalendarDay.Kind.COLLECTION_STOP, not collects),
        (CalendarDay.Kind.MARKET_DAY, row["market"] in _YES),
    ]
    return [main, *({"day": day, "kind": kind} for kind, holds in special if holds)]


def _gaps(lines: Lines, rows: list[Row]) -> list[Fault]:
    """Name the first day that is missing before each line, or that comes too early."""
    faults: list[Fault] = []
    expected: date | None = None
    for (number, _), row in zip(lines[1:], rows, strict=True):
        day = date.fromisoformat(str(row["day"]))
        if expected is not None and day != expected:
            late = day > expected
            faults.append(
                Fault(
                    line=number,
                    column="day",
                    value=day.isoformat(),
                    rule=f"{expected} is missing before it" if late else "is out of order",
                    hint="a calendar names every day, one a line, in order",
                )
            )
        expected = day + timedelta(days=1)
    return faults


def _wrong_trucks(lines: Lines, rows: list[Row]) -> list[Fault]:
    return [
        Fault(
            line=number,
            column="truck_times",
            value=str(row["truck_times"]),
            rule="is no list of times of one day",
            hint="write 14:00 17:30, the earlier first",
        )
        for (number, _), row in zip(lines[1:], rows, strict=True)
        if row["truck_times"] and not _are_times(str(row["truck_times"]).split())
    ]


def _are_times(words: list[str]) -> bool:
    try:
        times = [datetime.strptime(word, "%H:%M").time() for word in words]  # noqa: DTZ007
    except ValueError:
        return False
    return times == sorted(set(times))
