"""The page "integrate in an hour" does what it says: its Python is run, in order."""

import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.operations.conftest import OPENS

from postharvest.core.tokens.actions import create_token
from postharvest.core.vault.seal import unseal
from postharvest.core.webhooks import actions
from postharvest.core.webhooks.sending import Answer
from postharvest.operations.orders.models import Order
from postharvest.operations.parcels.models import Parcel

ROOT = Path(__file__).parents[4]
SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/integrate.md").read_text("utf-8"), re.S)
POSTED_AT = OPENS + timedelta(hours=10)


@pytest.fixture
def names(live_server, stall, monkeypatch):
    """What the page takes for granted, and a branch that packs and posts between its chapters."""
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    token = create_token(
        name="page", scopes=["api:read", "api:write", "scans:write", "webhooks:manage"], now=OPENS
    )
    return {"BRANCH": live_server.url, "TOKEN": token, "POSTED_AT": POSTED_AT}


def post_what_was_ordered(stall, names, monkeypatch):
    from postharvest.interfaces.api.v1 import resource

    shift = stall.shift_at_work()
    stall.post(stall.pack(shift, 2), now=POSTED_AT)
    order = Order.objects.get()
    names["PHONE"] = unseal(bytes(order.contact.sealed)).phone
    monkeypatch.setattr(resource.clock, "now", lambda: POSTED_AT + timedelta(days=1))


def receive(_secret):
    """Play the receiving end: what is owed is sent here."""
    got = []

    def post(_url, headers, body):
        got.append((headers, body))
        return Answer(status=204)

    from django.db import transaction

    from postharvest.core.outbox import log as outbox
    from postharvest.operations.parcels.events import ParcelsPosted

    with transaction.atomic():
        outbox.record(
            ParcelsPosted(base_id=Parcel.objects.first().base_id, despatch_id=1), now=POSTED_AT
        )
    later = POSTED_AT + timedelta(days=9)
    actions.fan_out(region_of=lambda _base: "610528", now=later)
    assert actions.send_due(post=post, now=later) == 1
    return got[0]


@pytest.mark.django_db(transaction=True)
def test_the_page_does_what_it_says(names, stall, monkeypatch):
    assert len(SNIPPETS) >= 8
    names["RECEIVE"] = receive
    for snippet in SNIPPETS:
        if "despatches()" in snippet:
            post_what_was_ordered(stall, names, monkeypatch)
        exec(compile(snippet, "docs/integrate.md", "exec"), names)
    assert Order.objects.count() == 1
    sys.modules.pop("postharvest_client", None)


def test_the_clients_types_hold():
    from mypy import api

    told, _, status = api.run(
        ["--strict", "--no-incremental", str(ROOT / "examples/postharvest_client.py")]
    )
    assert status == 0, told
