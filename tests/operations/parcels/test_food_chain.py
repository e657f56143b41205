"""What happened told as EPCIS as news of it comes: once, traceable from parcel to growers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.epcis import actions as epcis
from postharvest.core.epcis import flow, queries
from postharvest.core.epcis.models import Event
from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Lot
from postharvest.operations.orders.events import ClaimsDecided
from postharvest.operations.orders.models import Claim
from postharvest.operations.packing.actions.boxes import clear_leftovers
from postharvest.operations.packing.events import ShiftClosed
from postharvest.operations.packing.models import PointStock, Shift
from postharvest.operations.parcels import food_chain
from postharvest.operations.parcels.events import ParcelsPosted
from postharvest.operations.parcels.models import Despatch

NOW = datetime(2026, 10, 13, 2, tzinfo=UTC)
SITE = "https://post.example"
NAMES = flow.Names(base=f"{SITE}/id")

pytestmark = pytest.mark.django_db


@pytest.fixture
def happened(posted_sale: Sale) -> Sale:
    """The sale's news as its actions record it."""
    base = posted_sale.base_id
    news = [
        *(ShiftClosed(base_id=base, shift_id=shift.pk) for shift in Shift.objects.all()),
        *(ParcelsPosted(base_id=base, despatch_id=row.pk) for row in Despatch.objects.all()),
        *(ClaimsDecided(base_id=base, claim_ids=[claim.pk]) for claim in Claim.objects.all()),
    ]
    with transaction.atomic():
        outbox.record_all(news, now=NOW - timedelta(hours=1))
    return posted_sale


def tell() -> int:
    told = 0
    while some := food_chain.tell_food_chain(site=SITE, now=NOW):
        told += some
    return told


def bodies() -> list[dict]:
    numbers = Event.objects.values_list("number", flat=True)
    return [found.body for found in queries.events_by_number(numbers)]


def test_every_step_is_told_and_masses_balance(happened: Sale) -> None:
    told = tell()
    events = bodies()
    assert len(events) == told
    steps = [event["bizStep"] for event in events]
    assert steps.count("commissioning") == steps.count("receiving") == 2
    assert steps.count("packing") == 2
    assert steps.count("arriving") == steps.count("departing") == 1
    assert steps.count("accepting") == 2
    assert steps.count("inspecting") == 1
    [shipping] = [event for event in events if event["bizStep"] == "shipping"]
    assert len(shipping["epcList"]) == 2
    for graded in (event for event in events if event["type"] == "TransformationEvent"):
        inputs = sum(part["quantity"] for part in graded["inputQuantityList"])
        assert sum(part["quantity"] for part in graded["outputQuantityList"]) == inputs == 500
        assert any("culls" in part["epcClass"] for part in graded["outputQuantityList"])


def test_what_was_told_is_not_told_again(happened: Sale) -> None:
    assert tell() > 0
    assert tell() == 0
    with transaction.atomic():
        outbox.record(
            ShiftClosed(base_id=happened.base_id, shift_id=Shift.objects.get().pk), now=NOW
        )
    assert tell() == 0  # the same news again says the same


def test_who_fails_to_tell_reads_it_again(happened: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:

        def fail(*_args: object, **_given: object) -> None:
            raise OSError("the disk is full")

        broken.setattr(epcis, "record_events", fail)
        with pytest.raises(OSError, match="full"):
            food_chain.tell_food_chain(site=SITE, now=NOW)
    assert tell() > 0
    assert len(bodies()) == 14


def test_a_topped_up_parcel_leads_back_to_both_growers(happened: Sale) -> None:
    tell()
    raw = {NAMES.lot(str(pk)) for pk in Lot.objects.values_list("pk", flat=True)}
    reached = {step.identifier for step in queries.back_trace(NAMES.parcel("PA000000028CN"))}
    assert raw <= reached
    one = {step.identifier for step in queries.back_trace(NAMES.parcel("PA000000014CN"))}
    assert len(raw & one) == 1
    recall = {step.identifier for step in queries.forward_trace(min(raw - one))}
    assert NAMES.parcel("PA000000028CN") in recall
    assert NAMES.parcel("PA000000014CN") not in recall


def test_a_trace_is_told_line_by_line(happened: Sale) -> None:
    tell()
    lines = food_chain.trace_lines(NAMES.parcel("PA000000014CN"), is_recall=False)
    assert [line.step for line in lines] == ["creating_class_instance", "packing"]
    assert lines[1].result == NAMES.parcel("PA000000014CN")


def test_what_is_written_off_leaves_the_chain_by_an_event(happened: Sale) -> None:
    tell()
    stock = PointStock.objects.order_by("pk")[0]
    clear_leftovers(stocks_g={stock.pk: 2_000}, to_wholesaler=False, actor=SYSTEM, now=NOW)
    assert tell() == 1
    [gone] = [event for event in bodies() if event["bizStep"] == "destroying"]
    assert gone["quantityList"] == [
        {"epcClass": NAMES.lot(f"{stock.lot_id}-sorted"), "quantity": 2.0, "uom": "KGM"}
    ]
