"""The description names what is there, and every schema it points to."""

import json
import re

import pytest

from postharvest.interfaces.api.front.app import EVENTS
from postharvest.interfaces.api.v1.urls import urlpatterns

UNDESCRIBED = {"openapi.json"}


@pytest.fixture
def described(client):
    return client.get("/api/v1/openapi.json").json()


def test_every_path_is_described_and_every_described_path_is_there(described):
    routes = {re.sub(r"<\w+:(\w+)>", r"{\1}", str(p.pattern)) for p in urlpatterns} - UNDESCRIBED
    paths = {path.removeprefix("/api/v1/") for path in described["paths"]}
    front = {
        path
        for path in paths
        if EVENTS.fullmatch(f"/api/v1/{path.format(id=1, number=1, provider='x')}")
    }
    assert front == {"sales/{id}/events"}
    assert paths - front == routes


def test_every_reference_leads_to_a_schema(described):
    schemas = described["components"]["schemas"]
    wanted = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described))
    assert wanted
    assert set(wanted) <= set(schemas)


def test_an_order_needs_a_key_and_its_four_parts(described):
    post = described["paths"]["/api/v1/orders"]["post"]
    assert [p["name"] for p in post["parameters"] if p["required"]] == ["Idempotency-Key"]
    needed = described["components"]["schemas"]["OrderIn"]["required"]
    assert set(needed) == {"listing", "quantity", "buyer", "address"}
