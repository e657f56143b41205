"""The API's description: schemas come from the types that read the requests."""

from functools import cache
from typing import Any

import msgspec

from postharvest.interfaces.api.orders import OrderIn
from postharvest.interfaces.api.problems import STATUS, TYPE

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_DATE = {"type": "string", "format": "date"}
_NUMBER = {"name": "number", "in": "path", "required": True, "schema": _TEXT}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 8, "maxLength": 80},
    "description": "new for every order; the same key and body again get the same order",
}


@cache
def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    (_,), orders = msgspec.json.schema_components(
        [OrderIn], ref_template="#/components/schemas/{name}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "PostHarvest", "version": "1"},
        "paths": _paths(),
        "components": {
            "schemas": {**orders, **_schemas()},
            "securitySchemes": {
                "order": {"type": "http", "scheme": "bearer", "description": "the order's access"},
                "token": {"type": "http", "scheme": "bearer", "description": "scope scans:write"},
            },
        },
    }


def _paths() -> dict[str, Any]:
    order = {"200": _answer("the order", "Order"), "401": _problem("not yours")}
    return {
        "/api/v1/sales": {
            "get": {"summary": "Open sales", "responses": {"200": _answer("sales", "Sales")}}
        },
        "/api/v1/sales/{id}/events": {
            "get": {
                "summary": "Live news of a sale (server-sent events)",
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
        "/api/v1/orders": {"post": _place()},
        "/api/v1/orders/{number}": {
            "get": {
                "summary": "One's own order",
                "security": [{"order": []}],
                "parameters": [_NUMBER],
                "responses": order,
            }
        },
        "/api/v1/orders/{number}/cancel": {
            "post": {
                "summary": "Cancel one's own order before it is packed",
                "security": [{"order": []}],
                "parameters": [_NUMBER],
                "responses": {**order, "409": _problem("too late")},
            }
        },
        "/api/v1/payments/{provider}": {
            "post": {
                "summary": "A payment provider's notice, signed by the Standard Webhooks rules",
                "parameters": [
                    {"name": "provider", "in": "path", "required": True, "schema": _TEXT},
                    *(
                        {"name": name, "in": "header", "required": True, "schema": _TEXT}
                        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
                    ),
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("NoticeIn")}},
                },
                "responses": {
                    "200": _answer("whether it was new", "Noticed"),
                    "400": _problem("not JSON"),
                    "401": _problem("not signed with this provider's secret, or not just now"),
                    "404": _problem("no such provider"),
                    "422": _problem("a field is wrong"),
                },
            }
        },
        "/api/v1/scans": {
            "post": {
                "summary": "A carrier's scans, one JSON object a line",
                "security": [{"token": []}],
                "requestBody": {"required": True, "content": {"application/jsonl": {}}},
                "responses": {
                    "200": _answer("what became of each line", "Lines"),
                    "401": _problem("no token"),
                },
            }
        },
    }


def _place() -> dict[str, Any]:
    return {
        "summary": "Place an order",
        "parameters": [_KEY],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("OrderIn")}},
        },
        "responses": {
            "201": _answer("the order stands", "Order"),
            "200": _answer("it stood already (header Idempotent-Replayed: true)", "Order"),
            **{
                str(status): _problem("see code")
                for status in sorted({*STATUS.values(), 409} - {401})
            },
        },
    }


def _schemas() -> dict[str, Any]:
    window = _object({"earliest": _DATE, "latest": _DATE})
    listing = dict.fromkeys(("id", "pack_g", "left", "solo_fen", "team_fen"), _WHOLE)
    sale = {"id": _WHOLE, "produce": _TEXT, "left_g": _WHOLE, "closes_at": _TEXT}
    sale_out = _object({**sale, "listings": _list(_object(listing))})
    statuses = ["held", "confirmed", "packed", "posted", "delivered", "cancelled", "refunded"]
    line = {"line": _WHOLE, "stored": {"type": "boolean"}, "problem": {"type": ["string", "null"]}}
    return {
        "Order": _object(
            {
                "order": _TEXT,
                "access": _TEXT,
                "status": {"enum": statuses},
                "team": {"type": ["integer", "null"]},
                "quantity": _WHOLE,
                "total_fen": _WHOLE,
                "arrives": window,
            }
        ),
        "NoticeIn": _object(
            {"reference": _TEXT, "outcome": {"enum": ["captured", "failed"]}, "amount_fen": _WHOLE}
        ),
        "Noticed": _object({"new": {"type": "boolean"}}),
        "Sales": _object({"sales": _list(sale_out)}),
        "Lines": _object({"lines": _list(_object(line))}),
        "Problem": _object({n: _WHOLE if n == "status" else _TEXT for n in _PROBLEM}),
    }


_PROBLEM = ("type", "title", "status", "code", "detail")


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": _ref(schema)}},
    }


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {TYPE: {"schema": _ref("Problem")}}}
