"""Which identifiers an event names, in which role, and which way the goods flow through it."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from postharvest.core.epcis.documents import Json
from postharvest.core.epcis.models import Flow, Role
from postharvest.core.epcis.vocabulary import bare


class Named(NamedTuple):
    """One identifier in one event."""

    role: int
    flow: int
    kind: str
    value: str


_NONE, _IN, _OUT = int(Flow.NONE), int(Flow.IN), int(Flow.OUT)
_LISTS = (
    ("epcList", int(Role.EPC), ""),
    ("childEPCs", int(Role.CHILD), ""),
    ("inputEPCList", int(Role.INPUT), ""),
    ("outputEPCList", int(Role.OUTPUT), ""),
    ("quantityList", int(Role.EPC_CLASS), "epcClass"),
    ("childQuantityList", int(Role.CHILD_CLASS), "epcClass"),
    ("inputQuantityList", int(Role.INPUT_CLASS), "epcClass"),
    ("outputQuantityList", int(Role.OUTPUT_CLASS), "epcClass"),
)
_TYPED_LISTS = (
    ("bizTransactionList", int(Role.TRANSACTION), "bizTransaction"),
    ("sourceList", int(Role.SOURCE), "source"),
    ("destinationList", int(Role.DESTINATION), "destination"),
)
_FLOWS = {
    int(Role.CHILD): _IN,
    int(Role.CHILD_CLASS): _IN,
    int(Role.INPUT): _IN,
    int(Role.INPUT_CLASS): _IN,
    int(Role.OUTPUT): _OUT,
    int(Role.OUTPUT_CLASS): _OUT,
}
_PARENT_EVENTS = frozenset({"AggregationEvent", "AssociationEvent"})


def references(body: Json) -> list[Named]:
    """List every identifier that queries and traces may ask for, each once per role."""
    flowing = _flows(body)
    found = [
        Named(role, _FLOWS.get(role, _NONE) if flowing else _NONE, "", value)
        for role, value in _identifiers(body)
    ]
    if "parentID" in body:
        flow = _OUT if flowing and body["type"] in _PARENT_EVENTS else _NONE
        found.append(Named(int(Role.PARENT), flow, "", body["parentID"]))
    found.extend(_typed(body))
    found.extend(_rare(body))
    return list(dict.fromkeys(found))


def _flows(body: Json) -> bool:
    """Goods flow through packing and making, not through unpacking, and not through a retraction.

    An error declaration repeats the event that it takes back, so it moves nothing.
    """
    return body.get("action") != "DELETE" and "errorDeclaration" not in body


def _identifiers(body: Json) -> Iterator[tuple[int, str]]:
    for field, role, inner in _LISTS:
        items = body.get(field)
        if items:
            for item in items:
                yield role, item[inner] if inner else item


def _typed(body: Json) -> Iterator[Named]:
    for field, role, inner in _TYPED_LISTS:
        items = body.get(field)
        if items:
            for item in items:
                yield Named(role, _NONE, bare(item.get("type", "")), item[inner])


def _rare(body: Json) -> Iterator[Named]:
    transformation = body.get("transformationID")
    if transformation:
        # Events of one transformation may tell inputs and outputs apart; its number joins them.
        for flow in (_IN, _OUT) if _flows(body) else (_NONE,):
            yield Named(int(Role.TRANSFORMATION), flow, "", transformation)
    declaration = body.get("errorDeclaration")
    if declaration:
        for event_id in declaration.get("correctiveEventIDs", ()):
            yield Named(int(Role.CORRECTIVE_EVENT), _NONE, "", event_id)
    persistent = body.get("persistentDisposition")
    if isinstance(persistent, dict):
        yield from _dispositions(Role.DISPOSITION_SET, persistent.get("set", ()))
        yield from _dispositions(Role.DISPOSITION_UNSET, persistent.get("unset", ()))


def _dispositions(role: Role, words: Iterable[Any]) -> Iterator[Named]:
    for word in words:
        yield Named(int(role), _NONE, "", bare(word))
