"""Headquarters sees what waits and may try a parked delivery again."""

import pytest

from postharvest.core.audit.models import AuditEntry
from postharvest.core.outbox.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def parked(surplus):
    delivery = Delivery.objects.filter(done_at=None).first()
    Delivery.objects.filter(pk=delivery.pk).update(attempts=8, last_error="ValueError: broken")
    return delivery


def test_a_parked_delivery_is_shown_and_tried_again(as_, parked):
    page = as_("headquarters")
    assert "ValueError: broken" in page.get("/network/machine/").content.decode()
    page.post(f"/network/machine/{parked.pk}/")
    parked.refresh_from_db()
    assert parked.attempts == 0
    assert AuditEntry.objects.filter(action="outbox.retry").count() == 1
    assert "Nothing is parked" in page.get("/network/machine/").content.decode()


def test_others_do_not_see_the_machine_room(as_, parked):
    for area in ("shop", "desk", "village", "packing"):
        assert as_(area).get("/network/machine/").status_code == 403
        assert as_(area).post(f"/network/machine/{parked.pk}/").status_code == 403
    parked.refresh_from_db()
    assert parked.attempts == 8
