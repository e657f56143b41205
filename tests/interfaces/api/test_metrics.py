"""What monitoring reads, and that nobody else does."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.operations.conftest import make_stall

from postharvest.core.clock import time
from postharvest.core.outbox.models import Delivery
from postharvest.core.tokens.actions import create_token

pytestmark = pytest.mark.django_db


def read(client, scope="metrics:read"):
    key = create_token(name="prometheus", scopes=[scope], now=time.now())
    return client.get("/metrics", headers={"Authorization": f"Bearer {key}"})


def value_of(answer, name, **labels):
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    raise AssertionError(f"no {name} {labels}")


def test_it_takes_a_token_of_its_own(client):
    assert client.get("/metrics").status_code == 401
    assert read(client, "api:read").status_code == 403
    assert read(client).status_code == 200


def test_what_waits_is_counted(client):
    make_stall()
    Delivery.objects.update(due_at=time.now() - timedelta(seconds=60))
    answer = read(client)
    waiting = Delivery.objects.filter(done_at=None).count()
    assert value_of(answer, "postharvest_outbox_due") == waiting > 0
    assert value_of(answer, "postharvest_outbox_parked") == 0
    Delivery.objects.update(attempts=8)
    assert value_of(read(client), "postharvest_outbox_parked") == waiting
    assert value_of(answer, "postharvest_disk_free_bytes") > 0


def test_requests_are_counted_by_route_and_name_nobody(client):
    client.get("/order/PO0000000001-secretsecret/")
    name = "postharvest_http_requests_total"
    answer = read(client)
    assert value_of(answer, name, route="order/<str:ref>/", status="404") >= 1
    assert "secretsecret" not in answer.content.decode()
