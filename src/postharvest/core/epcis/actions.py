"""Taking events into the log: all or none, or those that are right; each once."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from django.db import connection, transaction
from django.db.models import F

from postharvest.core.epcis import documents
from postharvest.core.epcis.documents import CheckedDocument, CheckedEvent, Fault, InvalidDocument
from postharvest.core.epcis.models import CaptureJob, DocumentContext, Event, Reference, Ticket
from postharvest.core.epcis.references import references
from postharvest.core.epcis.vocabulary import CONTEXT, bare
from postharvest.core.errors import Refused

CAPTURE_LIMIT_EVENTS = 20_000
CAPTURE_LIMIT_BYTES = 10_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ASK_AT_ONCE = 500
_WRITE_AT_ONCE = 5_000

_Row = TypeVar("_Row")
_Values = tuple[str | int | None, ...]


class ErrorBehaviour(StrEnum):
    """What one wrong event does to the others of its document."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class TooLarge(Refused):
    """More events or bytes in one capture than the log takes at once."""

    code = "epcis_too_large"


class ConflictingEvent(Refused):
    """An event bears the identifier of another event with other content."""

    code = "epcis_conflict"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{faults[0].pointer}: {faults[0].message}")
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What a capture came to."""

    capture_id: uuid.UUID
    received: int
    stored: int
    event_ids: tuple[str, ...]


def capture_document(
    raw: bytes, *, party: str, now: datetime, behaviour: ErrorBehaviour = ErrorBehaviour.ROLLBACK
) -> Captured:
    """Take a document's events into the log.

    An event that is known with the same content is accepted once.  With ``ROLLBACK`` one wrong
    event refuses all; with ``PROCEED`` the others are stored and the job tells of the wrong ones.

    Raises
    ------
    TooLarge, InvalidDocument, ConflictingEvent
    """
    if len(raw) > CAPTURE_LIMIT_BYTES:
        raise TooLarge(f"a document may have {CAPTURE_LIMIT_BYTES:,} bytes, this has {len(raw):,}")
    document = documents.read_document(raw)
    return _capture(document, party=party, now=now, behaviour=behaviour)


def capture_event(raw: bytes, *, party: str, now: datetime) -> Captured:
    """Take one event that brings its own context; raises as ``capture_document``."""
    context, event = documents.read_event(raw)
    document = CheckedDocument(context=context, events=[event], faults={}, received=1)
    return _capture(document, party=party, now=now, behaviour=ErrorBehaviour.ROLLBACK)


def record_events(
    bodies: Iterable[Mapping[str, Any]],
    *,
    namespaces: Mapping[str, str],
    party: str,
    now: datetime,
) -> Captured:
    """Write our own events, checked by the same rules as everybody's."""
    checked = [documents.check_event(body) for body in bodies]
    context = [CONTEXT, dict(namespaces)] if namespaces else [CONTEXT]
    document = CheckedDocument(context=context, events=checked, faults={}, received=len(checked))
    return _capture(document, party=party, now=now, behaviour=ErrorBehaviour.ROLLBACK)


def _capture(
    document: CheckedDocument, *, party: str, now: datetime, behaviour: ErrorBehaviour
) -> Captured:
    if document.received > CAPTURE_LIMIT_EVENTS:
        raise TooLarge(
            f"a capture may have {CAPTURE_LIMIT_EVENTS:,} events, this has {document.received:,}"
        )
    if document.faults and behaviour is ErrorBehaviour.ROLLBACK:
        raise InvalidDocument([fault for faults in document.faults.values() for fault in faults])
    _give_room()
    with transaction.atomic():
        first = _take_numbers(len(document.events))
        known = _known(document.events)
        declared = {event_id for event_id, declaration in known if declaration}
        fresh, conflicts = _fresh(document.events, known)
        if conflicts and behaviour is ErrorBehaviour.ROLLBACK:
            raise ConflictingEvent(conflicts)
        faults = [fault for faults in document.faults.values() for fault in faults] + conflicts
        job = CaptureJob.objects.create(
            capture_id=uuid.uuid4(),
            created_at=now,
            finished_at=now,
            party=party,
            error_behaviour=behaviour,
            success=not faults,
            received=document.received,
            stored=len(fresh),
            errors=[fault.as_json() for fault in faults],
        )
        context_id = _context_id(document.context)
        record_time_us = (now - _EPOCH) // timedelta(microseconds=1)
        _write_events(fresh, first, (record_time_us, context_id, job.pk))
        _write_references(fresh, first)
        _retract(fresh, declared)
    return Captured(
        capture_id=job.capture_id,
        received=document.received,
        stored=len(fresh),
        event_ids=tuple(event.event_id for event in document.events),
    )


def _give_room() -> None:
    """Let SQLite keep the indexes of a million events in memory; it takes what it needs."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")


_CACHE_KIB = 256 * 1024


def _take_numbers(count: int) -> int:
    """Take the next numbers of the log; whoever else writes waits here until we commit."""
    taken = Ticket.objects.filter(pk=1).update(next_number=F("next_number") + count)
    if not taken:
        Ticket.objects.get_or_create(pk=1, defaults={"next_number": 1})
        Ticket.objects.filter(pk=1).update(next_number=F("next_number") + count)
    return Ticket.objects.values_list("next_number", flat=True).get(pk=1) - count


def _fresh(
    events: Sequence[CheckedEvent], known: dict[tuple[str, str], str]
) -> tuple[list[CheckedEvent], list[Fault]]:
    """Tell new events from known ones, and from those that contradict a known one."""
    fresh: list[CheckedEvent] = []
    conflicts: list[Fault] = []
    for event in events:
        key = _key(event)
        if key not in known:
            fresh.append(event)
            known[key] = event.content_hash
        elif known[key] != event.content_hash and not _says_the_same(event, fresh):
            conflicts.append(
                Fault(
                    pointer=f"/epcisBody/eventList/{event.place}/eventID",
                    message=f"{event.event_id} is known with other content; declare an error "
                    "(errorDeclaration) and give the corrected event an identifier of its own",
                )
            )
    return fresh, conflicts


def _key(event: CheckedEvent) -> tuple[str, str]:
    return event.event_id, event.content_hash if event.is_declaration else ""


def _known(events: Sequence[CheckedEvent]) -> dict[tuple[str, str], str]:
    """Look the events' identifiers up: (identifier, declaration) → hash of the content."""
    known: dict[tuple[str, str], str] = {}
    columns = f'SELECT event_id, declaration, content_hash FROM "{Event._meta.db_table}"'  # noqa: S608
    with connection.cursor() as cursor:
        for some in _batches(sorted({event.event_id for event in events}), _ASK_AT_ONCE):
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(f"{columns} WHERE event_id IN ({marks})", some)
            known.update({(row[0], row[1]): row[2] for row in cursor.fetchall()})
    return known


def _says_the_same(event: CheckedEvent, fresh: list[CheckedEvent]) -> bool:
    """Compare values where the texts differ: 26 and 26.0 are one number."""
    for other in fresh:
        if _key(other) == _key(event):
            return documents.same_content(event.body, other.body)
    stored = Event.objects.get(event_id=event.event_id, declaration=_key(event)[1])
    return documents.same_content(event.body, msgspec.json.decode(stored.body))


def _context_id(context: object) -> int:
    body = msgspec.json.encode(context, order="sorted")
    digest = blake2b(body, digest_size=16).hexdigest()
    row, _ = DocumentContext.objects.get_or_create(
        content_hash=digest, defaults={"body": body.decode()}
    )
    return row.pk


_EVENT_COLUMNS = (
    "number event_id declaration content_hash event_type event_time_us declared_time_us "
    "error_reason action biz_step disposition read_point biz_location body "
    "record_time_us context_id job_id"
)
_REFERENCE_COLUMNS = "event_id role flow kind value"


def _write_events(events: Sequence[CheckedEvent], first: int, shared: tuple[int, int, int]) -> None:
    _insert(
        Event._meta.db_table,
        _EVENT_COLUMNS,
        # In the order of the index: its pages are then visited once each.
        sorted(
            ((number, *_columns(event), *shared) for number, event in enumerate(events, first)),
            key=itemgetter(1),
        ),
    )


def _columns(event: CheckedEvent) -> _Values:
    body = event.body
    declaration = body.get("errorDeclaration") or {}
    return (
        event.event_id,
        event.content_hash if event.is_declaration else "",
        event.content_hash,
        body["type"],
        event.event_time_us,
        event.declared_time_us,
        bare(declaration.get("reason", "")),
        body.get("action", ""),
        bare(body.get("bizStep", "")),
        bare(body.get("disposition", "")),
        _place(body, "readPoint"),
        _place(body, "bizLocation"),
        event.raw,
    )


def _place(body: Mapping[str, Any], field: str) -> str:
    place = body.get(field)
    return str(place["id"]) if place else ""


def _write_references(events: Sequence[CheckedEvent], first: int) -> None:
    _insert(
        Reference._meta.db_table,
        _REFERENCE_COLUMNS,
        sorted(
            (
                (number, *named)
                for number, event in enumerate(events, first)
                for named in references(event.body)
            ),
            key=itemgetter(-1),
        ),
    )


def _insert(table: str, columns: str, rows: Iterable[_Values]) -> None:
    """Write rows without building a model for each: scans come in by the ten thousand."""
    names = columns.split()
    marks = ", ".join(["%s"] * len(names))
    statement = f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({marks})'  # noqa: S608
    with connection.cursor() as cursor:
        for some in _batches(rows, _WRITE_AT_ONCE):
            cursor.executemany(statement, some)


def _batches(rows: Iterable[_Row], size: int) -> Iterator[list[_Row]]:
    remaining = iter(rows)
    while some := list(islice(remaining, size)):
        yield some


def _retract(fresh: Sequence[CheckedEvent], declared: set[str]) -> None:
    """Take what has been declared wrong out of the traces, whichever of the two came first."""
    wrong = [
        event.event_id for event in fresh if event.is_declaration or event.event_id in declared
    ]
    for some in _batches(wrong, _ASK_AT_ONCE):
        numbers = Event.objects.filter(event_id__in=some, declaration="").values("number")
        Reference.objects.filter(event__in=numbers, flow__gt=0).update(flow=0)
