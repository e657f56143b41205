"""Our own food chain: every event of it is valid, balances, and can be traced both ways."""

from datetime import UTC, date, datetime, timedelta

import pytest

from postharvest.core.epcis import actions, flow, queries
from postharvest.core.epcis.documents import check_event

NAMES = flow.Names(base="https://post.example/id")
START = datetime(2026, 10, 8, 0, 30, tzinfo=UTC)
RAW, GRADE_A, CULLS = (NAMES.lot(code) for code in ("raw 1", "A", "culls"))
PARCEL, BAG = NAMES.parcel("PA000000014CN"), NAMES.bag("B/7")
FIELD, POINT, HUB, DOOR = (NAMES.place(code) for code in ("field", "point", "hub", "4406"))


def hour(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def chain() -> list[flow.Event]:
    grower, branch = NAMES.party("g-104"), NAMES.party("branch")
    return [
        flow.harvested(
            at=hour(0),
            field=FIELD,
            lot=RAW,
            mass_kg=1000.0,
            picked_on=date(2026, 10, 8),
            variety="富平尖柿",
            grower=grower,
        ),
        flow.received(
            at=hour(2),
            place=POINT,
            lot=RAW,
            mass_kg=1000.0,
            giver=grower,
            taker=branch,
            slip=NAMES.paper("intake", "17"),
        ),
        flow.stored(
            at=hour(3), place=POINT, lot=RAW, mass_kg=1000.0, measured_at=hour(3), celsius=4.5
        ),
        flow.graded(
            at=hour(4),
            place=POINT,
            grading=NAMES.paper("grading", "1"),
            inputs_kg={RAW: 1000.0},
            outputs_kg={GRADE_A: 930.0, CULLS: 70.0},
        ),
        flow.packed(at=hour(5), place=POINT, parcel=PARCEL, contents_kg={GRADE_A: 4.5}),
        flow.bagged(at=hour(6), place=POINT, bag=BAG, parcels=[PARCEL]),
        flow.shipped(
            at=hour(7),
            place=POINT,
            goods=[BAG],
            despatch=NAMES.paper("despatch", "5"),
            destination=HUB,
        ),
        flow.arrived(at=hour(12), place=HUB, goods=[BAG]),
        flow.unbagged(at=hour(13), place=HUB, bag=BAG, parcels=[PARCEL]),
        flow.departed(at=hour(14), place=HUB, goods=[PARCEL]),
        flow.delivered(at=hour(50), place=DOOR, parcel=PARCEL),
        flow.claimed(at=hour(51), place=DOOR, parcel=PARCEL, claim=NAMES.paper("claim", "3")),
        flow.written_off(at=hour(60), place=POINT, lot=CULLS, mass_kg=70.0),
    ]


def test_every_event_of_the_flow_is_valid() -> None:
    events = chain()
    for event in events:
        check_event(event)
    steps = [event["bizStep"] for event in events]
    assert "collecting" not in steps
    assert events[0]["eventTime"].startswith("2026-10-08T08:30")


@pytest.mark.django_db
def test_recorded_twice_it_is_stored_once_and_traced_both_ways() -> None:
    for _ in range(2):
        captured = actions.record_events(
            chain(), namespaces=flow.NAMESPACES, party="branch", now=hour(70)
        )
    assert captured.stored == 0
    forward = {step.identifier for step in queries.forward_trace(RAW)}
    assert forward == {GRADE_A, CULLS, PARCEL, BAG, NAMES.paper("grading", "1")}
    back = {step.identifier for step in queries.back_trace(PARCEL)}
    assert back == {GRADE_A, RAW, NAMES.paper("grading", "1")}


def test_masses_that_do_not_balance_are_refused() -> None:
    with pytest.raises(ValueError, match="70 kg went astray"):
        flow.graded(
            at=START,
            place=POINT,
            grading="x:1",
            inputs_kg={RAW: 1000.0},
            outputs_kg={GRADE_A: 930.0},
        )


def test_a_reading_from_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="later"):
        flow.stored(at=START, place=POINT, lot=RAW, mass_kg=1.0, measured_at=hour(1), celsius=4.0)
