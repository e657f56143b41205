"""The open sale of the operations' tests, seen from the API."""

import json

import pytest
from tests.operations.conftest import NEAR, OPENS, make_stall


@pytest.fixture
def stall(db, monkeypatch):
    """A small sale, and a clock that stands at its opening wherever the API reads it."""
    from postharvest.interfaces.api.front import intake
    from postharvest.interfaces.api.v1 import payments, resource

    for module in (intake, payments, resource.clock):
        monkeypatch.setattr(module, "now", lambda: OPENS)
    largest = resource._REQUESTS._largest  # every test is another minute
    monkeypatch.setattr(resource, "_REQUESTS", resource.Throttle(largest=largest))
    return make_stall()


@pytest.fixture
def body(stall):
    def make(**given):
        wanted = {
            "listing": stall.listing.pk,
            "quantity": 1,
            "offer": "solo",
            "team": None,
            "buyer": {"name": "王小明", "phone": "13800000001"},
            "address": {"county": NEAR, "line": "人民路1号"},
            "payment": "sandbox",
        }
        return json.dumps({**wanted, **given})

    return make
