"""Batches decide as the plain oracle does, one request at a time."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.operations.conftest import BUYER, FAR, NEAR, OPENS, make_stall
from tests.operations.orders.oracle import expected

from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.models import Order, Team
from postharvest.operations.orders.requests import Declined

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "quantity": st.integers(1, 6),
            "big": st.booleans(),
            "offer": st.sampled_from(["solo", "solo", "lead", "join"]),
            "payment": st.sampled_from(["sandbox", "sandbox", "cod", "cashier"]),
            "county": st.sampled_from([NEAR, NEAR, NEAR, FAR]),
            "buyer": st.integers(0, 3),
            "key": st.integers(0, 40),
            "hours": st.sampled_from([0, 0, 1, 5, 20]),
            "cancel": st.booleans(),
        }
    ),
    min_size=4,
    max_size=14,
)


def told(answer) -> str:
    if isinstance(answer, Declined):
        return answer.code
    return f"again {answer.order.pk}" if answer.replayed else f"taken {answer.order.pack_day}"


def play(steps) -> None:
    """Play the steps, every answer held against the oracle's."""
    stall = make_stall(capacity_g=60_000, crew=0.3, parcels=9)
    now = OPENS
    for step in steps:
        now += timedelta(hours=step["hours"])
        last_team = Team.objects.order_by("-pk").first()
        joins = step["offer"] == "join" and last_team is not None
        request = stall.ask(
            key=f"key-{step['key']:08d}",
            listing_id=(stall.big if step["big"] else stall.listing).pk,
            quantity=step["quantity"],
            wants_team=step["offer"] == "lead" or joins,
            team_id=last_team.pk if joins else None,
            phone=f"1390000000{step['buyer']}",
            county_code=step["county"],
            payment=step["payment"],
        )
        if Order.objects.filter(key=request.key).exists():
            continue  # replays are told apart by the whole body: tests of their own
        must = expected(request, now=now)
        [answer] = place_orders(requests=[request], actor=BUYER, now=now)
        assert told(answer) == must, (request, now)
        if step["cancel"]:
            open_order = Order.objects.filter(state__in=["held", "confirmed"]).first()
            if open_order is not None:
                cancel_order(order_id=open_order.pk, actor=BUYER, now=now)
        assert stall.claimed() == stall.held()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_answer_is_the_oracles(db, steps):
    with transaction.atomic():
        play(steps)
        transaction.set_rollback(True)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.lists(
        st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 3)), min_size=2, max_size=25
    )
)
def test_one_batch_answers_as_its_requests_would_one_by_one(db, wanted):
    with transaction.atomic():
        stall = make_stall(capacity_g=60_000, crew=0.3, parcels=9)
        requests = [
            stall.ask(
                quantity=quantity,
                listing_id=(stall.big if big else stall.listing).pk,
                phone=f"1390000000{buyer}",
            )
            for quantity, big, buyer in wanted
        ]
        plain = []
        with transaction.atomic():
            for request in requests:
                plain.append(expected(request, now=OPENS))
                place_orders(requests=[request], actor=BUYER, now=OPENS)
            transaction.set_rollback(True)
        batch = place_orders(requests=requests, actor=BUYER, now=OPENS)
        assert [told(answer) for answer in batch] == plain
        assert stall.claimed() == stall.held()
        transaction.set_rollback(True)
