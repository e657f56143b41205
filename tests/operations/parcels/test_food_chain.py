"""A sale's rows told as EPCIS: published once, traceable from the parcel to the growers."""

from datetime import UTC, datetime

import pytest

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.epcis import flow, queries
from postharvest.core.epcis.documents import check_event
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.models import Lot
from postharvest.operations.packing.models import Shift
from postharvest.operations.parcels import food_chain

NOW = datetime(2026, 10, 12, 2, tzinfo=UTC)
NAMES = flow.Names(base="https://post.example/id")
DESK = Actor(party="desk-1", role=Role.DESK, scope="610528")

pytestmark = pytest.mark.django_db


def test_every_step_is_told_by_a_valid_event_and_masses_balance(posted_sale: Sale) -> None:
    events = list(food_chain.food_chain(sale_id=posted_sale.pk, names=NAMES))
    for event in events:
        check_event(event)
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


def test_publishing_again_adds_only_what_is_new(posted_sale: Sale) -> None:
    first = food_chain.publish_food_chain(sale_id=posted_sale.pk, names=NAMES, actor=DESK, now=NOW)
    assert first == len(list(food_chain.food_chain(sale_id=posted_sale.pk, names=NAMES)))
    again = food_chain.publish_food_chain(sale_id=posted_sale.pk, names=NAMES, actor=DESK, now=NOW)
    assert again == 0


def test_a_topped_up_parcel_leads_back_to_both_growers(posted_sale: Sale) -> None:
    food_chain.publish_food_chain(sale_id=posted_sale.pk, names=NAMES, actor=DESK, now=NOW)
    raw = {NAMES.lot(str(pk)) for pk in Lot.objects.values_list("pk", flat=True)}
    reached = {step.identifier for step in queries.back_trace(NAMES.parcel("PA000000028CN"))}
    assert raw <= reached
    one = {step.identifier for step in queries.back_trace(NAMES.parcel("PA000000014CN"))}
    assert len(raw & one) == 1
    recall = {step.identifier for step in queries.forward_trace(min(raw - one))}
    assert NAMES.parcel("PA000000028CN") in recall
    assert NAMES.parcel("PA000000014CN") not in recall


def test_a_trace_is_told_line_by_line(posted_sale: Sale) -> None:
    food_chain.publish_food_chain(sale_id=posted_sale.pk, names=NAMES, actor=DESK, now=NOW)
    lines = food_chain.trace_lines(NAMES.parcel("PA000000014CN"), is_recall=False)
    assert [line.step for line in lines] == ["creating_class_instance", "packing"]
    assert lines[1].result == NAMES.parcel("PA000000014CN")


def test_a_shift_that_is_still_packing_is_not_told(posted_sale: Sale) -> None:
    Shift.objects.update(state="running", closed_at=None)
    steps = {
        event["bizStep"] for event in food_chain.food_chain(sale_id=posted_sale.pk, names=NAMES)
    }
    assert not steps & {"receiving", "creating_class_instance", "packing"}


def test_a_desk_elsewhere_may_not_publish(posted_sale: Sale) -> None:
    elsewhere = Actor(party="desk-9", role=Role.DESK, scope="4508")
    with pytest.raises(NotAllowed):
        food_chain.publish_food_chain(sale_id=posted_sale.pk, names=NAMES, actor=elsewhere, now=NOW)
