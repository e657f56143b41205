"""The description is what is there: routes, types, and the file that is committed."""

import json
import re
from pathlib import Path

import pytest
from django.urls import resolve

from postharvest.interfaces.api.front.app import EVENTS
from postharvest.interfaces.api.v1.openapi import document_text, openapi_document
from postharvest.interfaces.api.v1.operations import OPERATIONS
from postharvest.interfaces.api.v1.urls import urlpatterns
from postharvest.interfaces.api.v1.views import unknown

FILE = Path(__file__).parents[4] / "docs" / "openapi.json"
UNDESCRIBED = {"openapi.json", r"^[\s\S]*$"}


@pytest.fixture
def described(client):
    return client.get("/api/v1/openapi.json").json()


def test_the_committed_file_is_what_is_served(described):
    """If this fails: postharvest api describe docs/openapi.json."""
    assert FILE.read_text("utf-8") == document_text()
    assert json.loads(FILE.read_text("utf-8")) == described


def test_every_described_path_is_there_and_every_path_is_described(described):
    for path in described["paths"]:
        real = re.sub(r"{\w*id}", "1", path)
        real = re.sub(r"{\w+}", "x", real)
        if not EVENTS.fullmatch(real):
            assert resolve(real).func is not unknown, path
    routes = {str(route.pattern) for route in urlpatterns} - UNDESCRIBED
    assert len(routes) == len(described["paths"]) - 1  # the front's live news


def test_every_reference_leads_to_a_schema(described):
    schemas = described["components"]["schemas"]
    wanted = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described))
    assert wanted
    assert set(wanted) <= set(schemas)


def test_operations_have_names_of_their_own_and_an_audience_that_is_described():
    described = openapi_document()
    names = [op["operationId"] for path in described["paths"].values() for op in path.values()]
    assert len(names) == len(set(names))
    audiences = {tag["name"] for tag in described["tags"]}
    assert {op.audience for op in OPERATIONS} == audiences


def test_everything_that_makes_something_or_moves_money_needs_a_key():
    safe = {"orders/{number}/cancel", "shifts/{shift_id}/sign-ins", "scans",
            "webhooks/{webhook_id}/replay"}  # fmt: skip
    for op in OPERATIONS:
        if op.method == "POST" and op.path not in safe:
            assert op.is_once or op.needs_key, op.path


def test_an_order_needs_a_key_and_its_four_parts(described):
    post = described["paths"]["/api/v1/orders"]["post"]
    assert [p["name"] for p in post["parameters"] if p["required"]] == ["Idempotency-Key"]
    needed = described["components"]["schemas"]["OrderIn"]["required"]
    assert set(needed) == {"listing", "quantity", "buyer", "address"}
