"""Requests that nobody would write: every answer is as described, and none is a fault of ours."""

import json

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.operations.conftest import OPENS

from postharvest.core.tokens.actions import create_token
from postharvest.core.tokens.scopes import SCOPES
from postharvest.interfaces.api.v1 import resource
from postharvest.interfaces.api.v1.openapi import openapi_document

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = 12
FRONT = "/api/v1/sales/{id}/events"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)


DESCRIBED = openapi_document()
OPERATIONS = [
    (method, path)
    for path, methods in DESCRIBED["paths"].items()
    for method in methods
    if path != FRONT
]


@schemathesis.serializer("application/jsonl")
def as_it_is(_context, value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@pytest.fixture
def described(stall, monkeypatch):
    monkeypatch.setattr(resource, "_REQUESTS", resource.Throttle(largest=10**6))
    monkeypatch.setattr(resource, "LOOKUPS_A_MINUTE", 10**6)
    schema = schemathesis.openapi.from_dict(DESCRIBED)
    schema.app = get_wsgi_application()
    return schema


@pytest.fixture
def token(stall):
    return create_token(name="fuzz", scopes=list(SCOPES), now=OPENS)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described(described, token, method, path, mode):
    operation = described[path][method]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # a request without parameters can't be wrong
