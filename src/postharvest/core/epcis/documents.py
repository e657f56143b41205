"""Reading EPCIS documents: JSON in, checked events out, every fault named by its pointer."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any

import jsonschema_rs
import msgspec

from postharvest.core.epcis import schema
from postharvest.core.epcis.vocabulary import bare
from postharvest.core.errors import Refused

Json = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MOST_FAULTS = 50


_sorted_json = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, and where: ``pointer`` is a JSON pointer into the document (RFC 6901)."""

    pointer: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"pointer": self.pointer, "detail": self.message}


class InvalidDocument(Refused):
    """The document is not EPCIS 2.0; ``faults`` says why."""

    code = "epcis_invalid"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{faults[0].pointer or '/'}: {faults[0].message}")
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedEvent:
    """An event that keeps the rules.

    ``raw`` is its JSON exactly as it came; ``content_hash`` is over its content in canonical
    order, without the times and the number that a repository adds.
    """

    place: int
    raw: str
    body: Json
    event_id: str
    content_hash: str
    event_time_us: int
    declared_time_us: int | None

    @property
    def is_declaration(self) -> bool:
        return "errorDeclaration" in self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDocument:
    """A document whose frame is right; its events are right or have faults by their place."""

    context: Any
    events: list[CheckedEvent]
    faults: dict[int, list[Fault]]
    received: int


class _Body(msgspec.Struct):
    eventList: list[msgspec.Raw]  # noqa: N815


class _Frame(msgspec.Struct):
    epcisBody: _Body  # noqa: N815


def read_document(raw: bytes) -> CheckedDocument:
    """Read an ``EPCISDocument``; raises ``InvalidDocument`` when its frame is wrong."""
    document = _parsed(raw)
    faults = list(_faults(_document_validator(), document, ""))
    if faults:
        raise InvalidDocument(faults)
    bodies = document["epcisBody"]["eventList"]
    raws = msgspec.json.decode(raw, type=_Frame).epcisBody.eventList
    events: list[CheckedEvent] = []
    wrong: dict[int, list[Fault]] = {}
    for place, body in enumerate(bodies):
        checked = _checked(place, body, bytes(raws[place]), f"/epcisBody/eventList/{place}")
        if isinstance(checked, CheckedEvent):
            events.append(checked)
        else:
            wrong[place] = checked
    return CheckedDocument(
        context=document["@context"], events=events, faults=wrong, received=len(bodies)
    )


def read_event(raw: bytes) -> tuple[Any, CheckedEvent]:
    """Read a single event that brings its own ``@context``; return the context and the event."""
    body = _parsed(raw)
    if "@context" not in body:
        raise InvalidDocument([Fault(pointer="/@context", message="is required with one event")])
    checked = _checked(0, body, raw, "")
    if isinstance(checked, list):
        raise InvalidDocument(checked)
    return body["@context"], checked


def check_event(body: Mapping[str, Any]) -> CheckedEvent:
    """Check an event of our own making; raises ``InvalidDocument``."""
    raw = msgspec.json.encode(body)
    checked = _checked(0, dict(body), raw, "")
    if isinstance(checked, list):
        raise InvalidDocument(checked)
    return checked


def microseconds(text: str) -> int:
    """Convert an RFC 3339 instant to microseconds since 1970; raises ``ValueError``."""
    at = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return (at - _EPOCH) // _MICROSECOND


def instant(at_us: int) -> str:
    """Write microseconds since 1970 as an RFC 3339 instant."""
    at = _EPOCH + at_us * _MICROSECOND
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def content_hash(body: Mapping[str, Any]) -> str:
    """Hash an event's content, whatever the order of its fields."""
    content = {name: value for name, value in body.items() if name not in _ADDED_BY_REPOSITORIES}
    return blake2b(_sorted_json.encode(content), digest_size=16).hexdigest()


_ADDED_BY_REPOSITORIES = frozenset({"eventID", "recordTime", "@context"})


def same_content(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two events say the same, also when one writes 26 and the other 26.0."""
    names = (one.keys() | other.keys()) - _ADDED_BY_REPOSITORIES
    return all(name in one and name in other and one[name] == other[name] for name in names)


def _parsed(raw: bytes) -> Json:
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidDocument([Fault(pointer="", message=f"is not JSON: {error}")]) from error
    if not isinstance(document, dict):
        raise InvalidDocument([Fault(pointer="", message="must be a JSON object")])
    return document


def _checked(place: int, body: Json, raw: bytes, pointer: str) -> CheckedEvent | list[Fault]:
    validator = _validator_of(body)
    if not validator.is_valid(body):
        return list(_faults(validator, body, pointer))[:_MOST_FAULTS]
    try:
        digest = content_hash(body)
        declaration = body.get("errorDeclaration")
        return CheckedEvent(
            place=place,
            raw=raw.decode(),
            body=body,
            event_id=body.get("eventID") or f"urn:uuid:{uuid.UUID(digest)}",
            content_hash=digest,
            event_time_us=microseconds(body["eventTime"]),
            declared_time_us=microseconds(declaration["declarationTime"]) if declaration else None,
        )
    except (ValueError, OverflowError) as error:
        return [Fault(pointer=f"{pointer}/eventTime", message=str(error))]


def _validator_of(body: object) -> jsonschema_rs.Draft7Validator:
    validators = _event_validators()
    kind = body.get("type") if isinstance(body, dict) else None
    return validators.get(kind if isinstance(kind, str) else "", validators[""])


@cache
def _document_validator() -> jsonschema_rs.Draft7Validator:
    return _compiled(schema.document_schema())


def _compiled(rules: schema.Schema) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(rules, validate_formats=True)


@cache
def _event_validators() -> dict[str, jsonschema_rs.Draft7Validator]:
    return {kind: _compiled(rules) for kind, rules in schema.event_schemas().items()}


def _faults(
    validator: jsonschema_rs.Draft7Validator, value: object, pointer: str
) -> Iterator[Fault]:
    for count, error in enumerate(validator.iter_errors(value)):
        if count == _MOST_FAULTS:
            return
        path = "".join(f"/{_escaped(str(step))}" for step in error.instance_path)
        yield Fault(pointer=pointer + path, message=_explained(error))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _explained(error: jsonschema_rs.ValidationError) -> str:
    where = list(error.schema_path)
    field = str(error.instance_path[-1]) if error.instance_path else ""
    if where and where[-1] == "anyOf" and field in _WORDS:
        return f"{bare(str(error.instance))!r} is neither a CBV 2.0 word nor a URI"
    if where and where[-1] == "anyOf" and not error.instance_path:
        return "names no goods: " + _NEEDS_GOODS
    return str(error.message)[:300]


_WORDS = frozenset({"bizStep", "disposition", "type", "reason", "component", "exception"})
_NEEDS_GOODS = "give identifiers or quantities (or, for readings alone, sensors and a readPoint)"
