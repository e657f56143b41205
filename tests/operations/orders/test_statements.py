"""Every statement of the hot path that touches a base's own rows names the base.

So a cluster that distributes these tables by base can run each where its rows live.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.operations.conftest import BUYER, OPENS

from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans

pytestmark = pytest.mark.django_db
HOT = (
    "campaigns_sale", "campaigns_packingday", "campaigns_channelshare", "campaigns_channelday",
    "network_laneday", "network_hubday", "orders_order", "orders_team", "orders_payment",
    "vault_contact", "outbox_event", "outbox_delivery", "audit_auditentry", "parcels_scan",
    "parcels_parcel",
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


def test_each_statement_of_a_batch_of_scans_names_the_base(stall):
    shift = stall.shift_at_work()
    stall.place()
    [parcel] = stall.post(stall.pack(shift, 1), now=OPENS)
    scan = ScanEntry(parcel=parcel.number, code="EMA", at=OPENS, place="x", source="post")
    with CaptureQueriesContext(connection) as captured:
        assert record_scans(scans=[scan], now=OPENS)[0].stored
    touching = [q["sql"] for q in captured if hot_tables(q["sql"])]
    first, *others = touching
    # A scan names its parcel by its number alone; the row says what base it is of.
    assert '"number" IN' in first
    assert len(others) >= 3
    assert [s for s in others if not names_base(s)] == []
