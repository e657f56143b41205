"""Every statement of the hot path that touches a base's own rows names the base.

So a cluster that distributes these tables by base can run each where its rows live.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.operations.conftest import BUYER, OPENS

from postharvest.operations.orders.actions.placing import place_orders

pytestmark = pytest.mark.django_db
HOT = (
    "campaigns_sale", "campaigns_packingday", "campaigns_channelshare", "campaigns_channelday",
    "network_laneday", "network_hubday", "orders_order", "orders_team", "orders_payment",
    "vault_contact", "outbox_event", "outbox_delivery", "audit_auditentry",
)  # fmt: skip
REFERENCE = ("campaigns_listing", "campaigns_channel", "campaigns_salelane", "network_county")
"""Read-mostly tables that every node of a cluster holds whole: they say where the base is."""


def hot_tables(statement):
    return [t for t in HOT if re.search(rf'["\s]{t}["\s(]', statement + " ")]


def names_base(statement):
    """In its condition, or among the columns it fills."""
    if "INSERT INTO" in statement:
        return "base_id" in statement
    return "base_id" in statement.partition(" WHERE ")[2]


def test_each_statement_of_a_batch_names_the_base(stall):
    # seen to fail with `base_id` left out of the guarded UPDATE
    leader = stall.place(wants_team=True)
    requests = [
        stall.ask(),
        stall.ask(payment="cashier"),
        stall.ask(wants_team=True),
        stall.ask(wants_team=True, team_id=leader.team_id),
    ]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        place_orders(requests=requests, actor=BUYER, now=OPENS)
    statements = [q["sql"] for q in captured if not re.search("SAVEPOINT|_sequence", q["sql"])]
    touching = [s for s in statements if hot_tables(s)]
    assert len(touching) > 12
    assert [s for s in touching if not names_base(s)] == []
    others = [s for s in statements if not hot_tables(s)]
    assert all(any(table in s for table in REFERENCE) for s in others), others
