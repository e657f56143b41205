"""The API's description, made of the operations and of the types that read and write them.

It is committed as ``docs/openapi.json`` so that changes show; `postharvest api describe` writes it.
"""

import json
import re
from functools import cache
from http import HTTPStatus
from typing import Any

import msgspec

from postharvest.core.tokens.scopes import SCOPES
from postharvest.interfaces.api.problems import TYPE
from postharvest.interfaces.api.v1.operations import OPERATIONS
from postharvest.interfaces.api.v1.payments import NoticeIn
from postharvest.interfaces.api.v1.resource import BYTES, JSON, LARGEST_ID, Operation

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_REF = "#/components/schemas/{name}"
_AUDIENCES = {
    "shop": "buyers, and shops built on this",
    "village": "villages and co-operatives: surplus reports",
    "packing": "packing points",
    "desk": "the branch's desk",
    "carrier": "carriers",
    "integration": "whoever wants to be told",
}


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    types = [one for op in OPERATIONS for one in (op.body, op.takes, op.answer) if one]
    _, schemas = msgspec.json.schema_components([*types, NoticeIn], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PostHarvest",
            "version": "1",
            "description": "From a village's surplus to boxes, parcels and payouts.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": what} for name, what in _AUDIENCES.items()],
        "paths": {**_paths(), **_by_hand()},
        "components": {
            "schemas": {**schemas, "Problem": _PROBLEM, "Noticed": _NOTICED},
            "securitySchemes": {
                "order": {"type": "http", "scheme": "bearer", "description": "the order's access"},
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`postharvest token create NAME --scope …`; scopes: "
                    + ", ".join(SCOPES),
                },
            },
        },
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for one in OPERATIONS:
        paths.setdefault(f"/api/v1/{one.path}", {})[one.method.lower()] = _operation(one)
    return paths


def _operation(one: Operation) -> dict[str, Any]:
    out: dict[str, Any] = {
        "operationId": f"{one.method.lower()}_{re.sub(r'[^a-z]+', '_', one.path).strip('_')}",
        "summary": one.summary,
        "tags": [one.audience],
        "parameters": [*_path_parameters(one), *_query_parameters(one), *_header_parameters(one)],
        "responses": _responses(one),
    }
    if one.reads == BYTES:
        out["requestBody"] = {"required": True, "content": {BYTES: {}}}
    elif body := one.body or one.takes:
        schema = _ref(body.__name__)
        out["requestBody"] = {"required": True, "content": {one.reads: {"schema": schema}}}
        if one.reads != JSON:  # one object a line: no validator takes the whole for one
            out["requestBody"]["content"][one.reads] = {"schema": _TEXT, "x-line": schema}
    if scheme := one.security or ("token" if one.scope else ""):
        out["security"] = [{scheme: []}]
        out["x-scope"] = one.scope
    return out


def _path_parameters(one: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {**_WHOLE, "minimum": 0, "maximum": LARGEST_ID}
            if name.endswith("id")
            else {**_TEXT, "minLength": 1, "maxLength": 80},
        }
        for name in re.findall(r"{(\w+)}", one.path)
    ]


def _query_parameters(one: Operation) -> list[dict[str, Any]]:
    if one.query is None:
        return []
    (_,), known = msgspec.json.schema_components([one.query], ref_template=_REF)
    described = known[one.query.__name__]
    needed = described.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _of_query(schema)}
        for name, schema in described["properties"].items()
    ]


def _of_query(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave "null" out: in a query what is not given is left out."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    return kinds[0] if kinds else schema


def _header_parameters(one: Operation) -> list[dict[str, Any]]:
    out = []
    if one.is_once or one.needs_key:
        out.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {**_TEXT, "minLength": 8, "maxLength": 80, "pattern": "^[ -~]+$"},
                "description": "new for every request that means something new; the same key "
                "and request again get the same answer",
            }
        )
    if one.shown_by is not None:
        out.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "schema": _TEXT,
                "description": "the ETag that was last seen",
            }
        )
    return out


def _responses(one: Operation) -> dict[str, Any]:
    phrase = HTTPStatus(one.status).phrase
    done: dict[str, Any] = {"description": phrase}
    if one.answer is not None:
        done["content"] = {one.answers: {"schema": _ref(one.answer.__name__)}}
    elif one.answers != JSON:
        done["content"] = {one.answers: {}}
    out = {str(one.status): done}
    if one.needs_key and one.answer:
        out["200"] = {**done, "description": "It stood already (Idempotent-Replayed: true)"}
    if one.method == "GET":
        out["304"] = {"description": "As you know it (If-None-Match)"}
    return out | {"4XX": _problem("see code"), "503": _problem("busy: the same again, soon")}


def _by_hand() -> dict[str, Any]:
    """Describe what is answered elsewhere: the front's live news, the providers' notices."""
    provider = {"name": "provider", "in": "path", "required": True, "schema": _TEXT}
    signed = [
        {"name": name, "in": "header", "required": True, "schema": _TEXT}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ]
    return {
        "/api/v1/sales/{id}/events": {
            "get": {
                "operationId": "get_sales_events",
                "summary": "Live news of a sale (server-sent events)",
                "tags": ["shop"],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": _WHOLE},
                    {"name": "Last-Event-ID", "in": "header", "schema": _WHOLE},
                ],
                "responses": {
                    "200": {"description": "events", "content": {"text/event-stream": {}}},
                    "404": _problem("no such sale"),
                },
            }
        },
        "/api/v1/payments/{provider}": {
            "post": {
                "operationId": "post_payments",
                "summary": "A payment provider's notice, signed by the Standard Webhooks rules",
                "tags": ["integration"],
                "parameters": [provider, *signed],
                "requestBody": {"required": True, "content": {JSON: {"schema": _ref("NoticeIn")}}},
                "responses": {
                    "200": {
                        "description": "whether it was new",
                        "content": {JSON: {"schema": _ref("Noticed")}},
                    },
                    "4XX": _problem("not signed just now, not JSON, or no such provider"),
                },
            }
        },
    }


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457; `pointer` names the field that is wrong, `code` never changes",
    "properties": {
        "type": {**_TEXT, "format": "uri"},
        "title": _TEXT,
        "status": _WHOLE,
        "code": _TEXT,
        "detail": _TEXT,
        "pointer": _TEXT,
    },
    "required": ["type", "title", "status", "code", "detail"],
}
_NOTICED = {
    "type": "object",
    "properties": {"new": {"type": "boolean"}},
    "required": ["new"],
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(name=name)}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {TYPE: {"schema": _ref("Problem")}}}


def document_text() -> str:
    """Return the document as it is committed."""
    return json.dumps(openapi_document(), indent=1, ensure_ascii=False) + "\n"
