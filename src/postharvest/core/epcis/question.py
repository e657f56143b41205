"""Understanding a SimpleEventQuery: every parameter is obeyed or refused, none is ignored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from postharvest.core.epcis import documents
from postharvest.core.epcis.models import Reference, Role
from postharvest.core.epcis.vocabulary import ACTIONS, bare
from postharvest.core.errors import InvalidInput, Refused

DEFAULT_PER_PAGE = 30
MOST_PER_PAGE = 1000
LARGEST_RESULT = 100_000
"""The largest ``eventCountLimit`` and ``maxEventCount`` that may be asked for."""


class NotImplementedParameter(Refused):
    """A parameter of the standard that this repository does not offer."""

    code = "epcis_not_implemented"


@dataclass(slots=True, kw_only=True)
class Question:
    """A question as it has been understood so far."""

    filters: list[Q] = field(default_factory=list)
    order_by: str = "event_time_us"
    ascending: bool = False
    per_page: int = DEFAULT_PER_PAGE
    token: str | None = None
    event_count_limit: int | None = None
    max_event_count: int | None = None


_Reader = Callable[[Question, str, list[str]], None]


def understood(parameters: Mapping[str, Sequence[str]]) -> Question:
    """Turn the parameters of a query into a question to the log.

    Raises
    ------
    InvalidInput
        A parameter nobody knows, or a value that can't be.
    NotImplementedParameter
        A parameter of the standard that we do not offer.
    """
    asked = Question()
    for name, values in parameters.items():
        _understand(asked, name, [value for value in values if value != ""])
    if asked.event_count_limit is not None and asked.max_event_count is not None:
        raise InvalidInput("eventCountLimit", "can't be given together with maxEventCount")
    return asked


def _understand(asked: Question, name: str, values: list[str]) -> None:
    if name in _BARE_PARAMETERS:
        _BARE_PARAMETERS[name](asked, values)
        return
    if _is_standard(name):
        raise NotImplementedParameter(f"{name}: this repository does not offer this parameter")
    if not values:
        raise InvalidInput(name, "needs a value")
    if name in _PARAMETERS:
        _PARAMETERS[name](asked, name, values)
        return
    for prefix, role in _TYPED.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            kind = bare(name.removeprefix(prefix))
            asked.filters.append(_refers(Q(role=role, kind=kind, value__in=_split(values))))
            return
    raise InvalidInput(name, "is not a parameter of the simple event query")


def _refers(condition: Q) -> Q:
    return Q(number__in=Reference.objects.filter(condition).values("event"))


def _split(values: Iterable[str]) -> list[str]:
    """Read lists as they are met: repeated, or separated by commas or bars."""
    parts = [part for value in values for bar in value.split("|") for part in bar.split(",")]
    return [part for part in parts if part]


def _words_of(column: str) -> _Reader:
    def understand(asked: Question, name: str, values: list[str]) -> None:
        words = [bare(word) for word in _split(values)]
        if column == "action" and not set(words) <= set(ACTIONS):
            raise InvalidInput(name, f"must be among {', '.join(ACTIONS)}")
        asked.filters.append(Q((f"{column}__in", words)))

    return understand


def _instant_of(column: str, comparison: str) -> _Reader:
    def understand(asked: Question, name: str, values: list[str]) -> None:
        # A plus sign that was not escaped arrives as a space.
        text = _only(name, values).replace(" ", "+")
        try:
            at = documents.microseconds(text)
        except (ValueError, OverflowError):
            raise InvalidInput(
                name, "must be an instant with its offset, like 2026-10-08T09:30:00+08:00"
            ) from None
        asked.filters.append(Q((f"{column}__{comparison}", at)))

    return understand


def _match(*roles: Role) -> _Reader:
    def understand(asked: Question, name: str, values: list[str]) -> None:
        matches = Q()
        for value in _split(values):
            matches |= _identifier(name, value)
        asked.filters.append(_refers(matches & Q(role__in=[int(role) for role in roles])))

    return understand


def _identifier(name: str, value: str) -> Q:
    """Match one identifier, or those that share the part before a final ``*``."""
    head, star, tail = value.partition("*")
    if not star:
        return Q(value=value)
    if tail.strip(".*"):
        raise NotImplementedParameter(f"{name}: a pattern may only end in *, not {value!r}")
    head = head.replace("urn:epc:idpat:", "urn:epc:id:", 1)
    if not head:
        raise InvalidInput(name, "a pattern needs something before the *")
    return Q(value__gte=head, value__lt=head[:-1] + chr(ord(head[-1]) + 1))


def _refers_by(role: Role) -> _Reader:
    def understand(asked: Question, name: str, values: list[str]) -> None:
        words = [bare(value) for value in _split(values)]
        asked.filters.append(_refers(Q(role=role, value__in=words)))

    return understand


def _number(attribute: str, *, most: int) -> _Reader:
    def understand(asked: Question, name: str, values: list[str]) -> None:
        text = _only(name, values)
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:12]) <= most):
            raise InvalidInput(name, f"must be a whole number from 1 to {most}")
        setattr(asked, attribute, int(text))

    return understand


def _order_by(asked: Question, name: str, values: list[str]) -> None:
    columns = {"eventTime": "event_time_us", "recordTime": "record_time_us"}
    text = _only(name, values)
    if text not in columns:
        raise NotImplementedParameter("orderBy: only eventTime and recordTime are offered")
    asked.order_by = columns[text]


def _order_direction(asked: Question, name: str, values: list[str]) -> None:
    text = _only(name, values)
    if text not in {"ASC", "DESC"}:
        raise InvalidInput(name, "must be ASC or DESC")
    asked.ascending = text == "ASC"


def _token(asked: Question, name: str, values: list[str]) -> None:
    asked.token = _only(name, values)


def _declared(asked: Question, values: list[str]) -> None:
    wanted = {(): True, ("true",): True, ("false",): False}.get(tuple(values))
    if wanted is None:
        raise InvalidInput("EXISTS_errorDeclaration", "takes no value, or true or false")
    asked.filters.append(~Q(declaration="") if wanted else Q(declaration=""))


def _only(name: str, values: list[str]) -> str:
    if len(values) != 1:
        raise InvalidInput(name, "may be given once")
    return values[0]


_EPC_ROLES = (Role.EPC, Role.CHILD)
_CLASS_ROLES = (Role.EPC_CLASS, Role.CHILD_CLASS)
_BARE_PARAMETERS: dict[str, Callable[[Question, list[str]], None]] = {
    "EXISTS_errorDeclaration": _declared
}
_PARAMETERS: dict[str, _Reader] = {
    "eventType": _words_of("event_type"),
    "EQ_eventType": _words_of("event_type"),
    "EQ_action": _words_of("action"),
    "EQ_bizStep": _words_of("biz_step"),
    "EQ_disposition": _words_of("disposition"),
    "EQ_readPoint": _words_of("read_point"),
    "EQ_bizLocation": _words_of("biz_location"),
    "EQ_eventID": _words_of("event_id"),
    "EQ_errorReason": _words_of("error_reason"),
    "GE_eventTime": _instant_of("event_time_us", "gte"),
    "LT_eventTime": _instant_of("event_time_us", "lt"),
    "GE_recordTime": _instant_of("record_time_us", "gte"),
    "LT_recordTime": _instant_of("record_time_us", "lt"),
    "GE_errorDeclarationTime": _instant_of("declared_time_us", "gte"),
    "LT_errorDeclarationTime": _instant_of("declared_time_us", "lt"),
    "EQ_correctiveEventID": _refers_by(Role.CORRECTIVE_EVENT),
    "EQ_transformationID": _refers_by(Role.TRANSFORMATION),
    "EQ_persistentDisposition_set": _refers_by(Role.DISPOSITION_SET),
    "EQ_persistentDisposition_unset": _refers_by(Role.DISPOSITION_UNSET),
    "MATCH_epc": _match(*_EPC_ROLES),
    "MATCH_parentID": _match(Role.PARENT),
    "MATCH_inputEPC": _match(Role.INPUT),
    "MATCH_outputEPC": _match(Role.OUTPUT),
    "MATCH_anyEPC": _match(*_EPC_ROLES, Role.PARENT, Role.INPUT, Role.OUTPUT),
    "MATCH_epcClass": _match(*_CLASS_ROLES),
    "MATCH_inputEPCClass": _match(Role.INPUT_CLASS),
    "MATCH_outputEPCClass": _match(Role.OUTPUT_CLASS),
    "MATCH_anyEPCClass": _match(*_CLASS_ROLES, Role.INPUT_CLASS, Role.OUTPUT_CLASS),
    "orderBy": _order_by,
    "orderDirection": _order_direction,
    "eventCountLimit": _number("event_count_limit", most=LARGEST_RESULT),
    "maxEventCount": _number("max_event_count", most=LARGEST_RESULT),
    "perPage": _number("per_page", most=MOST_PER_PAGE),
    "nextPageToken": _token,
}
_TYPED = {
    "EQ_bizTransaction_": Role.TRANSACTION,
    "EQ_source_": Role.SOURCE,
    "EQ_destination_": Role.DESTINATION,
}
_NOT_OFFERED = frozenset(
    """
WD_readPoint WD_bizLocation EQ_type EQ_quantity GT_quantity GE_quantity LT_quantity LE_quantity
EQ_requestID EQ_captureID EQ_userID GE_startTime LT_startTime GE_endTime LT_endTime EQ_deviceID
EQ_dataProcessingMethod EQ_microorganism EQ_chemicalSubstance EQ_bizRules EQ_stringValue
EQ_booleanValue EQ_hexBinaryValue EQ_uriValue GE_percRank LT_percRank EQ_deviceMetadata
EQ_rawData EQ_component EQ_exception EXISTS_ilmd EXISTS_sensorElementList
""".split()  # noqa: SIM905
)
_NOT_OFFERED_PREFIXES = (
    "HASATTR_",
    "EQATTR_",
    "EXISTS_",
    *(
        f"{comparison}_{part}"
        for comparison in ("EQ", "GT", "GE", "LT", "LE", "EXISTS")
        for part in (
            "INNER_",
            "ILMD_",
            "ERROR_DECLARATION_",
            "SENSORELEMENT_",
            "SENSORMETADATA_",
            "SENSORREPORT_",
            "value_",
            "minValue_",
            "maxValue_",
            "meanValue_",
            "sDev_",
            "percValue_",
            "readPoint_",
            "bizLocation_",
        )
    ),
)


def _is_standard(name: str) -> bool:
    """Whether the standard knows the parameter: its other names, and those of extension fields."""
    comparison, _, field = name.partition("_")
    if name in _PARAMETERS or name.startswith(tuple(_TYPED)):
        return False
    extension = comparison in {"EQ", "GT", "GE", "LT", "LE"} and ":" in field
    return name in _NOT_OFFERED or extension or name.startswith(_NOT_OFFERED_PREFIXES)
