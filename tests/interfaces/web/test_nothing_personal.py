"""Nobody's data stands in an address, a log, news, an event, an export or a machine's answer."""

import logging
import re
from urllib.parse import unquote

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import BinaryField

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.core.tokens.actions import create_token
from postharvest.core.tokens.scopes import SCOPES
from postharvest.interfaces.web.order_refs import order_ref
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.parcels.food_chain import tell_food_chain
from postharvest.operations.parcels.models import Parcel
from postharvest.operations.settlement.actions import settle_sale

pytestmark = pytest.mark.django_db
PEOPLE = ("陈明", "13800138000", "虹桥路 1 号", "韦桂芳", "13900001000")
"""The buyer, his phone and address; the packer and her phone (conftest)."""
DESK = (
    "/desk/payouts/", "/desk/settlement/", "/desk/parcels/", "/desk/claims/", "/desk/doubts/",
    "/desk/hand-over/", "/desk/tax/", "/desk/trouble/", "/desk/sales/", "/desk/channels/",
)  # fmt: skip


def free_of_people(text, *, where):
    for one in PEOPLE:
        assert one not in text, (one, where)
        assert one not in unquote(text), (one, where)


def rows_of_everything():
    """Every value of every table that is no sealed column, with its place."""
    for model in apps.get_models():
        if model is Session:
            continue
        fields = [f for f in model._meta.concrete_fields if not isinstance(f, BinaryField)]
        for row in model._default_manager.all():
            for field in fields:
                yield f"{model._meta.label}.{field.name}", str(field.value_from_object(row))


@pytest.fixture
def lived_through(as_, delivered, caplog):
    """A sale from report to settlement, with a buyer and a desk that look at their pages."""
    caplog.set_level(logging.DEBUG)
    now = time.now()
    ref = order_ref(delivered.pk)
    pages = {}
    shop = as_("shop")
    number = Parcel.objects.first().number
    for path in ("/", "/orders/", f"/order/{ref}/", f"/order/{ref}/claim/", f"/parcel/{number}/"):
        pages[path] = shop.get(path).content.decode()
    close_sale(sale_id=delivered.sale_id, actor=SYSTEM, now=now)
    settle_sale(sale_id=delivered.sale_id, actor=SYSTEM, now=now)
    tell_food_chain(site="https://post.example", now=now)
    desk = as_("desk")
    for path in DESK:
        pages[path] = desk.get(path).content.decode()
    pages["journal"] = desk.get("/desk/tax/journal.csv").content.decode("utf-8-sig")
    return pages


def test_nobody_s_data_stands_in_addresses_logs_news_events_or_exports(
    client, lived_through, delivered, caplog
):
    for page, text in lived_through.items():
        for address in re.findall(r'(?:href|action|src)="([^"]*)"', text):
            free_of_people(address, where=page)
    free_of_people(lived_through["journal"], where="the journal")
    free_of_people(caplog.text, where="the log")
    for place, value in rows_of_everything():
        free_of_people(value, where=place)
    for session in Session.objects.all():
        free_of_people(str(session.get_decoded()), where="a session")


def test_nobody_s_data_stands_in_what_a_program_is_answered(client, lived_through, delivered):
    token = create_token(name="all", scopes=list(SCOPES), now=time.now())
    sale = delivered.sale_id
    for path in (
        "/api/v1/sales", f"/api/v1/sales/{sale}", "/api/v1/surpluses",
        f"/api/v1/parcels?sale={sale}", f"/api/v1/payouts?sale={sale}",
        f"/api/v1/shifts?sale={sale}", "/api/v1/despatches", "/epcis/v2/events", "/metrics",
        "/api/v1/network/map.geojson",
    ):  # fmt: skip
        answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, path
        free_of_people(answer.content.decode(), where=path)
    events = client.get("/epcis/v2/events", headers={"Authorization": f"Bearer {token}"}).json()
    assert len(events["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) > 3


def test_the_desk_s_pages_show_nobody_in_full(lived_through):
    for page in DESK:
        free_of_people(lived_through[page], where=page)
