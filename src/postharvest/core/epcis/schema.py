"""The JSON of EPCIS 2.0 as JSON Schema, in our own words.

One schema for the document around the events and one for each type of event, so that an event is
checked once, against the rules of its own type.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from postharvest.core.epcis import vocabulary as cbv

Schema = dict[str, Any]

URI: Schema = {"type": "string", "format": "uri"}
TIME: Schema = {"type": "string", "format": "date-time"}
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}

_URI_PART = r"(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
EXTENSION_NAME = rf"^[A-Za-z][A-Za-z0-9+.\-]*:{_URI_PART}(?:#{_URI_PART})?$"
"""A name with a namespace: anybody may add those, nobody may add others."""

_OFFSET = r"^[+\-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)$"
_UNIT = r"^[A-Z0-9]{2,3}$"
_HEXADECIMAL = r"^[0-9A-Fa-f]+$"
_VERSION = r"^[0-9]+(?:\.[0-9]+)*$"
_NOT_CBV = r"^(?!urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)"
_NOT_GS1_VOCABULARY = r"^(?!https?://(?:www\.)?gs1\.org/voc/)"


def document_schema() -> Schema:
    """Return the rules for the document around the events; the events are checked one by one."""
    header = _open_object(
        {
            "epcisMasterData": {
                "type": "object",
                "properties": {"vocabularyList": _list_of(_VOCABULARY)},
            }
        }
    )
    body = {
        "type": "object",
        "properties": {"eventList": {"type": "array"}},
        "required": ["eventList"],
    }
    return _open_object(
        {
            "@context": CONTEXT_SCHEMA,
            "id": URI,
            "type": {"const": "EPCISDocument"},
            "schemaVersion": {"type": "string", "pattern": _VERSION},
            "creationDate": TIME,
            "instanceIdentifier": TEXT,
            "sender": TEXT,
            "receiver": TEXT,
            "epcisHeader": header,
            "epcisBody": body,
        },
        required=["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
    )


def event_schemas() -> dict[str, Schema]:
    """Return the rules by event type; ``""`` holds those for types from other namespaces."""
    return {
        "ObjectEvent": _object_event(),
        "AggregationEvent": _parent_event([]),
        "AssociationEvent": _parent_event(["parentID"]),
        "TransactionEvent": _transaction_event(),
        "TransformationEvent": _transformation_event(),
        "": {
            "type": "object",
            "properties": {**_COMMON, "type": URI},
            "required": ["type", *_ALWAYS],
        },
    }


def _word(words: Iterable[str], foreign: str) -> Schema:
    """Allow a word of the vocabulary, or a URI from somebody else's."""
    return {"anyOf": [{"enum": list(words)}, {**URI, "pattern": foreign}]}


def _list_of(items: Schema, **rules: object) -> Schema:
    return {"type": "array", "items": items, **rules}


def _open_object(properties: Mapping[str, Schema], *, required: Iterable[str] = ()) -> Schema:
    """Allow these properties and any that carry a namespace."""
    return {
        "type": "object",
        "properties": dict(properties),
        "patternProperties": {EXTENSION_NAME: {}},
        "additionalProperties": False,
        "required": list(required),
    }


def _closed_object(properties: Mapping[str, Schema], *, required: Iterable[str]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
        "required": list(required),
    }


def _place() -> Schema:
    return {"type": "object", "properties": {"id": URI}, "required": ["id"]}


CONTEXT_SCHEMA: Schema = {
    "anyOf": [
        URI,
        {"type": "object"},
        _list_of({"anyOf": [URI, {"type": "object"}]}, uniqueItems=True),
    ]
}

_ATTRIBUTE: Schema = {
    "type": "object",
    "properties": {"id": URI, "attribute": {"type": ["number", "string", "object"]}},
    "required": ["id"],
}
_VOCABULARY: Schema = {
    "type": "object",
    "properties": {
        "type": URI,
        "vocabularyElementList": _list_of(
            {
                "type": "object",
                "properties": {
                    "id": URI,
                    "attributes": _list_of(_ATTRIBUTE),
                    "children": _list_of(URI),
                },
                "required": ["id"],
            }
        ),
    },
    "required": ["type"],
}

_DISPOSITION = _word(cbv.DISPOSITIONS, _NOT_CBV)
_PARTY_TYPE = _word(cbv.PARTY_TYPES, _NOT_CBV)
_QUANTITY = _closed_object(
    {"epcClass": URI, "quantity": NUMBER, "uom": {"type": "string", "pattern": _UNIT}},
    required=["epcClass"],
)
_QUANTITIES = _list_of(_QUANTITY)
_URIS = _list_of(URI)
_UNIQUE_URIS = _list_of(URI, uniqueItems=True)

_SENSOR_METADATA = _open_object(
    {
        "time": TIME,
        "startTime": TIME,
        "endTime": TIME,
        "deviceID": URI,
        "deviceMetadata": URI,
        "rawData": URI,
        "dataProcessingMethod": URI,
        "bizRules": URI,
    }
)
_SENSOR_REPORT = _open_object(
    {
        "type": _word(cbv.MEASUREMENTS, _NOT_GS1_VOCABULARY),
        "exception": _word(cbv.SENSOR_ALERTS, _NOT_GS1_VOCABULARY),
        "component": _word(cbv.COMPONENTS, _NOT_CBV),
        "time": TIME,
        "stringValue": TEXT,
        "uom": TEXT,
        "booleanValue": {"type": "boolean"},
        "hexBinaryValue": {"type": "string", "pattern": _HEXADECIMAL},
        **dict.fromkeys(
            ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), NUMBER
        ),
        **dict.fromkeys(
            (
                "deviceID",
                "deviceMetadata",
                "rawData",
                "dataProcessingMethod",
                "bizRules",
                "microorganism",
                "chemicalSubstance",
                "coordinateReferenceSystem",
                "uriValue",
            ),
            URI,
        ),
    },
    required=["type"],
)
_SENSORS = _list_of(
    _open_object(
        {
            "sensorMetadata": _SENSOR_METADATA,
            "sensorReport": _list_of(_SENSOR_REPORT, minItems=1),
        },
        required=["sensorReport"],
    )
)

_ALWAYS = ("eventTime", "eventTimeZoneOffset")
_COMMON: dict[str, Schema] = {
    "@context": CONTEXT_SCHEMA,
    "type": TEXT,
    "eventTime": TIME,
    "recordTime": TIME,
    "eventTimeZoneOffset": {"type": "string", "pattern": _OFFSET},
    "eventID": URI,
    "certificationInfo": {"anyOf": [URI, _URIS]},
    "errorDeclaration": _open_object(
        {
            "declarationTime": TIME,
            "reason": _word(cbv.ERROR_REASONS, _NOT_CBV),
            "correctiveEventIDs": _URIS,
        },
        required=["declarationTime"],
    ),
}
_BUSINESS: dict[str, Schema] = {
    "bizStep": _word(cbv.BUSINESS_STEPS, _NOT_CBV),
    "disposition": _DISPOSITION,
    "persistentDisposition": {
        **_closed_object(
            {
                "set": _list_of(_DISPOSITION, minItems=1, uniqueItems=True),
                "unset": _list_of(_DISPOSITION, minItems=1, uniqueItems=True),
            },
            required=[],
        ),
        "minProperties": 1,
    },
    "readPoint": _place(),
    "bizLocation": _place(),
    "bizTransactionList": _list_of(
        _closed_object(
            {"type": _word(cbv.TRANSACTION_TYPES, _NOT_CBV), "bizTransaction": URI},
            required=["bizTransaction"],
        )
    ),
    "sourceList": _list_of(
        _closed_object({"type": _PARTY_TYPE, "source": URI}, required=["type", "source"])
    ),
    "destinationList": _list_of(
        _closed_object({"type": _PARTY_TYPE, "destination": URI}, required=["type", "destination"])
    ),
    "sensorElementList": _SENSORS,
}
_ACTION: Schema = {"enum": list(cbv.ACTIONS)}
_ILMD: Schema = {
    "type": "object",
    "patternProperties": {EXTENSION_NAME: {}},
    "additionalProperties": False,
}
_IS_DELETE: Schema = {"properties": {"action": {"const": "DELETE"}}, "required": ["action"]}


def _event(properties: Mapping[str, Schema], required: Iterable[str]) -> Schema:
    return _open_object(
        {**_COMMON, **_BUSINESS, **properties}, required=["type", *_ALWAYS, *required]
    )


def _object_event() -> Schema:
    event = _event(
        {"action": _ACTION, "epcList": _UNIQUE_URIS, "quantityList": _QUANTITIES, "ilmd": _ILMD},
        ["action"],
    )
    event["anyOf"] = [
        {"required": ["epcList"]},
        {"required": ["quantityList"], "properties": {"quantityList": {"minItems": 1}}},
        {
            "required": ["sensorElementList", "readPoint"],
            "properties": {"sensorElementList": {"minItems": 1}},
        },
    ]
    event["if"] = {"required": ["ilmd"]}
    event["then"] = {"properties": {"action": {"const": "ADD"}}}
    return event


def _parent_event(required: list[str]) -> Schema:
    event = _event(
        {
            "action": _ACTION,
            "parentID": URI,
            "childEPCs": _URIS,
            "childQuantityList": _QUANTITIES,
        },
        ["action", *required],
    )
    event["anyOf"] = [
        {"required": ["childEPCs"], "properties": {"childEPCs": {"minItems": 1}}},
        {"required": ["childQuantityList"], "properties": {"childQuantityList": {"minItems": 1}}},
        _IS_DELETE,
    ]
    return event


def _transaction_event() -> Schema:
    event = _event(
        {"action": _ACTION, "parentID": URI, "epcList": _URIS, "quantityList": _QUANTITIES},
        ["action", "bizTransactionList"],
    )
    event["properties"]["bizTransactionList"] = {
        **_BUSINESS["bizTransactionList"],
        "minItems": 1,
    }
    event["anyOf"] = [
        {"required": ["epcList"]},
        {"required": ["quantityList"], "properties": {"quantityList": {"minItems": 1}}},
        _IS_DELETE,
    ]
    return event


def _transformation_event() -> Schema:
    event = _event(
        {
            "inputEPCList": _UNIQUE_URIS,
            "inputQuantityList": _QUANTITIES,
            "outputEPCList": _UNIQUE_URIS,
            "outputQuantityList": _QUANTITIES,
            "transformationID": URI,
            "ilmd": _ILMD,
        },
        [],
    )
    inputs = _any_filled("inputEPCList", "inputQuantityList")
    outputs = _any_filled("outputEPCList", "outputQuantityList")
    event["anyOf"] = [
        {"allOf": [inputs, outputs]},
        {"required": ["transformationID"], "anyOf": [inputs, outputs]},
    ]
    return event


def _any_filled(*names: str) -> Schema:
    return {
        "anyOf": [{"required": [name], "properties": {name: {"minItems": 1}}} for name in names]
    }
