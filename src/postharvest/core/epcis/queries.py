"""Reading the log: the simple event query, single events, capture jobs, and the two traces."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet

from postharvest.core.epcis import documents
from postharvest.core.epcis.models import CaptureJob, DocumentContext, Event, Flow, Reference
from postharvest.core.epcis.question import Question, understood
from postharvest.core.epcis.vocabulary import CONTEXT
from postharvest.core.errors import InvalidInput, Refused

_ASK_AT_ONCE = 500
_TOO_LONG = 2**63


class ResultTooLarge(Refused):
    """The answer would have more events than the asker allows."""

    code = "epcis_result_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """One event of the log as the repository shows it: as it came, with number and record time."""

    number: int
    event_id: str
    body: dict[str, Any]
    context: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some events of an answer; ``next_token`` asks for those after them."""

    events: tuple[FoundEvent, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a trace: the event that led from what was known to this identifier."""

    identifier: str
    event_id: str
    event_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """What became of a capture, in the standard's own names."""

    capture_id: str
    report: dict[str, Any]


def event_by_id(event_id: str) -> FoundEvent | None:
    """Return the event of this identifier, or the declaration if only that is known."""
    row = Event.objects.filter(event_id=event_id).order_by("declaration", "number").first()
    return _shown([row])[0] if row else None


def is_declared_wrong(event_id: str) -> bool:
    """Whether somebody has declared this event an error."""
    return Event.objects.filter(event_id=event_id).exclude(declaration="").exists()


def capture_job(capture_id: str) -> JobReport | None:
    """Return the report of one capture."""
    try:
        key = uuid.UUID(capture_id)
    except ValueError:
        return None
    row = CaptureJob.objects.filter(capture_id=key).first()
    return _report(row) if row else None


def capture_jobs(*, before: int | None, per_page: int) -> tuple[list[JobReport], int | None]:
    """Return the latest captures and where the older ones begin."""
    rows = CaptureJob.objects.order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: per_page + 1])
    more = found[per_page - 1].pk if len(found) > per_page else None
    return [_report(row) for row in found[:per_page]], more


def _report(row: CaptureJob) -> JobReport:
    return JobReport(
        capture_id=str(row.capture_id),
        report={
            "captureID": str(row.capture_id),
            "createdAt": row.created_at.isoformat(),
            "finishedAt": row.finished_at.isoformat(),
            "running": False,
            "success": row.success,
            "captureErrorBehaviour": row.error_behaviour,
            "errors": row.errors,
        },
    )


def simple_event_query(parameters: Mapping[str, Sequence[str]]) -> Page:
    """Answer a SimpleEventQuery.

    Raises
    ------
    InvalidInput
        A parameter nobody knows, or a value that can't be.
    NotImplementedParameter
        A parameter of the standard that we do not offer.
    ResultTooLarge
        More events than ``maxEventCount`` allows.
    """
    asked = understood(parameters)
    events = Event.objects.filter(*asked.filters)
    if asked.max_event_count is not None:
        _refuse_too_many(events, asked.max_event_count)
    return _page(events, asked)


def _refuse_too_many(events: QuerySet[Event], most: int) -> None:
    if events.values("number")[: most + 1].count() > most:
        raise ResultTooLarge(f"the answer has more than {most} events; narrow the question")


def _page(events: QuerySet[Event], asked: Question) -> Page:
    skipped = 0
    ordered = events.order_by(*_order(asked))
    if asked.token is not None:
        skipped, after = _read_token(asked)
        ordered = ordered.filter(after)
    size = asked.per_page
    if asked.event_count_limit is not None:
        size = min(size, asked.event_count_limit - skipped)
    rows = list(ordered[: size + 1])
    shown = rows[:size]
    ended = asked.event_count_limit is not None and skipped + size >= asked.event_count_limit
    more = len(rows) > size and not ended
    token = _write_token(asked, shown[-1], skipped + size) if more and shown else None
    return Page(events=tuple(_shown(shown)), next_token=token)


def _order(asked: Question) -> tuple[str, str]:
    sign = "" if asked.ascending else "-"
    return f"{sign}{asked.order_by}", f"{sign}number"


def _write_token(asked: Question, last: Event, shown: int) -> str:
    return f"{shown}.{getattr(last, asked.order_by)}.{last.number}"


def _read_token(asked: Question) -> tuple[int, Q]:
    try:
        shown, at, number = (int(part) for part in str(asked.token).split("."))
    except ValueError:
        raise InvalidInput("nextPageToken", "take it from the Link header as it is") from None
    if max(abs(shown), abs(at), abs(number)) >= _TOO_LONG:
        raise InvalidInput("nextPageToken", "take it from the Link header as it is")
    side = "gt" if asked.ascending else "lt"
    later = Q((f"{asked.order_by}__{side}", at))
    return shown, later | Q((asked.order_by, at), (f"number__{side}", number))


def _shown(rows: Iterable[Event]) -> list[FoundEvent]:
    rows = list(rows)
    contexts = dict(
        DocumentContext.objects.filter(pk__in={row.context_id for row in rows}).values_list(
            "pk", "body"
        )
    )
    return [
        FoundEvent(
            number=row.number,
            event_id=row.event_id,
            body=msgspec.json.decode(row.body)
            | {"eventID": row.event_id, "recordTime": documents.instant(row.record_time_us)},
            context=msgspec.json.decode(contexts[row.context_id]),
        )
        for row in rows
    ]


def forward_trace(identifier: str) -> list[Step]:
    """Everything that this lot, parcel or bag went into, in one query: for a recall."""
    return _trace(identifier, Flow.IN, Flow.OUT)


def back_trace(identifier: str) -> list[Step]:
    """Everything that went into this lot, parcel or bag, in one query: down to the growers."""
    return _trace(identifier, Flow.OUT, Flow.IN)


def _trace(identifier: str, entry: Flow, way_out: Flow) -> list[Step]:
    table, log = Reference._meta.db_table, Event._meta.db_table
    statement = f"""
        WITH RECURSIVE reached(identifier, event_number) AS (
            SELECT CAST(%s AS text), CAST(0 AS bigint)
            UNION
            SELECT beyond.value, beyond.event_id
            FROM reached
            JOIN "{table}" AS here ON here.value = reached.identifier AND here.flow = %s
            JOIN "{table}" AS beyond
                ON beyond.event_id = here.event_id AND beyond.flow = %s AND beyond.flow > 0
        )
        SELECT reached.identifier, told.event_id, told.number
        FROM reached JOIN "{log}" AS told ON told.number = reached.event_number
        ORDER BY told.event_time_us, told.number, reached.identifier
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [identifier, int(entry), int(way_out)])
        return [
            Step(identifier=row[0], event_id=row[1], event_number=row[2])
            for row in cursor.fetchall()
        ]


def events_by_number(numbers: Iterable[int]) -> list[FoundEvent]:
    """Return events of a trace by their numbers, in the order of event time."""
    wanted = sorted(set(numbers))
    rows: list[Event] = []
    for at in range(0, len(wanted), _ASK_AT_ONCE):
        rows.extend(Event.objects.filter(number__in=wanted[at : at + _ASK_AT_ONCE]))
    rows.sort(key=lambda row: (row.event_time_us, row.number))
    return _shown(rows)


def query_document(events: Sequence[FoundEvent], *, created_at: str) -> dict[str, Any]:
    """Put found events into an ``EPCISQueryDocument``.

    Namespaces of the events' documents are joined; an event whose prefix means something else
    than in another event keeps its own ``@context``.
    """
    joined: dict[str, Any] = {}
    listed = []
    for event in events:
        own = _namespaces(event.context)
        if any(joined.get(prefix, meaning) != meaning for prefix, meaning in own.items()):
            listed.append({"@context": event.context} | event.body)
            continue
        joined |= own
        listed.append(event.body)
    return {
        "@context": [CONTEXT, joined] if joined else [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": created_at,
        "epcisBody": {
            "queryResults": {
                "queryName": "SimpleEventQuery",
                "resultsBody": {"eventList": listed},
            }
        },
    }


def _namespaces(context: object) -> dict[str, Any]:
    parts = context if isinstance(context, list) else [context]
    found: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, dict):
            found |= part
    return found
