"""Tables out with their dictionary, and in, in two phases; lanes as a timetable and as a map."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

import msgspec

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.tables import catalogue, writing
from postharvest.core.tables.catalogue import Column, Shape
from postharvest.core.tables.checking import Fault
from postharvest.core.tables.parquet import about_column, parquet_bytes
from postharvest.interfaces.api.v1.resource import BYTES, Blocked, Call, NotFound, Operation, Reply
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions import take_table
from postharvest.operations.parcels.schedules import lane_timetable, network_features
from postharvest.operations.parcels.timetable_files import unpacked
from postharvest.operations.parcels.timetables import take_timetable

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"
GEOJSON = "application/geo+json"
ZIP = "application/zip"
MOST_FAULTS = 1000


class ColumnOut(msgspec.Struct, kw_only=True):
    """One line of the data dictionary."""

    name: str
    zh: str
    kind: str
    unit: str
    rule: str


class TableOut(msgspec.Struct, kw_only=True):
    name: str
    title_en: str
    title_zh: str
    source: str
    licence: str
    key: list[str]
    columns: list[ColumnOut]


class TablesOut(msgspec.Struct, kw_only=True):
    items: list[TableOut]


class FormatIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    format: Literal["csv", "xlsx", "parquet"] = "csv"


class PhaseIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Without ``commit`` nothing is written: the answer says what would happen."""

    commit: bool = False
    merge: bool = False
    source: Annotated[str, msgspec.Meta(max_length=200)] = ""


class FaultOut(msgspec.Struct, kw_only=True):
    line: int
    column: str
    value: str
    rule: str
    hint: str


class ImportOut(msgspec.Struct, kw_only=True):
    rows: int
    added: int
    changed: int
    removed: int
    committed: bool
    faults: list[FaultOut]


class SpanIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    first: date | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30


class CommitIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Without ``commit`` nothing is written: the answer says what would happen."""

    commit: bool = False


class FileFaultOut(FaultOut, kw_only=True):
    file: str


class TimetableOut(msgspec.Struct, kw_only=True):
    trips: int
    changes: list[str]
    committed: bool
    faults: list[FileFaultOut]


def tables(_call: Call) -> Reply:
    shapes = [shape for shape in catalogue.shapes().values() if not shape.is_map]
    return Reply(content=TablesOut(items=[_described(shape) for shape in shapes]))


def table(call: Call) -> Reply:
    shape = _shape(call)
    rows = network.read_table(shape.name)
    if call.query(FormatIn).format == "xlsx":
        return Reply(content=writing.xlsx_bytes([(shape, rows)]), media_type=XLSX)
    if call.query(FormatIn).format == "parquet":
        return Reply(content=parquet_bytes(shape, rows), media_type=PARQUET)
    return Reply(content=writing.csv_bytes(shape, rows), media_type="text/csv")


def replace(call: Call) -> Reply:
    """Hold a file to a table's rules, and put it in force only if asked to."""
    shape, asked = _shape(call), call.query(PhaseIn)
    if (call.request.content_type or BYTES) not in ("text/csv", XLSX, BYTES):
        raise Blocked("unsupported_media_type", f"send text/csv, {XLSX} or {BYTES}")
    told = take_table(
        name=shape.name,
        raw=call.request.body,
        file_name=f"{shape.name} by API",
        dry_run=not asked.commit,
        merge=asked.merge,
        source=asked.source,
        actor=Actor(party=call.party, role=Role.PLANNER, scope=call.region),
        now=call.now,
    )
    return Reply(
        content=ImportOut(
            rows=told.rows,
            added=told.added,
            changed=told.changed,
            removed=told.removed,
            committed=told.is_committed,
            faults=[_fault(one) for one in told.faults[:MOST_FAULTS]],
        ),
        status=422 if told.faults else 200,
    )


def timetable(call: Call) -> Reply:
    asked = call.query(SpanIn)
    first = asked.first or call.now.date()
    if not 2000 <= first.year < 2200:  # noqa: PLR2004  (a timetable of our time)
        raise NotFound("there is no timetable of that time")
    content = lane_timetable(scope=call.region, first=first, days=asked.days)
    return Reply(content=content, media_type=ZIP)


def take(call: Call) -> Reply:
    """Hold a timetable to our lanes, and put it in force only if asked to."""
    asked = call.query(CommitIn)
    if (call.request.content_type or BYTES) not in (ZIP, BYTES):
        raise Blocked("unsupported_media_type", f"send {ZIP} or {BYTES}")
    told = take_timetable(
        files=unpacked(call.request.body),
        dry_run=not asked.commit,
        actor=Actor(party=call.party, role=Role.PLANNER, scope=call.region),
        now=call.now,
    )
    return Reply(
        content=TimetableOut(
            trips=told.trips,
            changes=list(told.changes),
            committed=told.is_committed,
            faults=[
                FileFaultOut(file=one.file, **asdict(one.fault))
                for one in told.faults[:MOST_FAULTS]
            ],
        ),
        status=422 if told.faults else 200,
    )


def features(call: Call) -> Reply:
    content = msgspec.json.encode(network_features(call.region))
    return Reply(content=content, media_type=GEOJSON)


def _shape(call: Call) -> Shape:
    shape = catalogue.shapes().get(call.path["name"])
    if shape is None or shape.is_map:
        raise NotFound("there is no such table; GET /api/v1/tables lists them")
    return shape


def _described(shape: Shape) -> TableOut:
    return TableOut(
        name=shape.name,
        title_en=shape.title_en,
        title_zh=shape.title_zh,
        source=shape.source,
        licence=shape.licence,
        key=list(shape.key),
        columns=[_column(column) for column in shape.columns],
    )


def _column(column: Column) -> ColumnOut:
    return ColumnOut(name=column.name, **about_column(column))


def _fault(one: Fault) -> FaultOut:
    return FaultOut(line=one.line, column=one.column, value=one.value, rule=one.rule, hint=one.hint)


_AUDIENCE = "integration"
OPERATIONS = (
    Operation(
        method="GET",
        path="tables",
        summary="The data dictionary: every reference table, its columns, units and rules",
        audience=_AUDIENCE,
        handler=tables,
        answer=TablesOut,
    ),
    Operation(
        method="GET",
        path="tables/{name}",
        summary="A reference table in force, as CSV, XLSX or Parquet",
        audience=_AUDIENCE,
        handler=table,
        scope="api:read",
        query=FormatIn,
        answers="*/*",
    ),
    Operation(
        method="PUT",
        path="tables/{name}",
        summary="Check a CSV or XLSX file against a table's rules; commit=true puts it in force",
        audience=_AUDIENCE,
        handler=replace,
        scope="tables:write",
        query=PhaseIn,
        reads=BYTES,
        answer=ImportOut,
    ),
    Operation(
        method="GET",
        path="network/timetable.zip",
        summary="The region's lanes as a timetable, GTFS-shaped",
        audience=_AUDIENCE,
        handler=timetable,
        scope="api:read",
        query=SpanIn,
        answers=ZIP,
    ),
    Operation(
        method="PUT",
        path="network/timetable.zip",
        summary="Check a GTFS-shaped timetable against the lanes; commit=true puts it in force",
        audience=_AUDIENCE,
        handler=take,
        scope="tables:write",
        query=CommitIn,
        reads=BYTES,
        answer=TimetableOut,
    ),
    Operation(
        method="GET",
        path="network/map.geojson",
        summary="The region's post offices and lanes as GeoJSON",
        audience=_AUDIENCE,
        handler=features,
        scope="api:read",
        answers=GEOJSON,
    ),
)
