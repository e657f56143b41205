"""A buyer may have an account; who has none buys just as well."""

import pytest
from django.contrib.auth import get_user_model

from postharvest.operations.orders.models import Order

pytestmark = pytest.mark.django_db
PASSWORD = "ripe persimmons in november"


def order(browser, sale, **more):
    page = browser.get(f"/sale/{sale.pk}/buy/?mode=solo")
    key = page.context["form"].initial["key"]
    data = {
        "key": key, "quantity": "1", "recipient": "林晓雨", "phone": "13800138000",
        "county": "310104", "address": "虹桥路 1 号", "payment": "sandbox", **more,
    }  # fmt: skip
    return browser.post(f"/sale/{sale.pk}/buy/?mode=solo", {**data, "payment": "bank"})


def test_a_member_signs_up_buys_and_finds_it_again_elsewhere(client, demo, sale):
    client.cookies["django_language"] = "en"
    joined = client.post("/join/", {"name": "xiaoyu", "password": PASSWORD, "next": "/orders/"})
    assert joined.headers["Location"] == "/orders/"
    assert order(client, sale).status_code == 302
    [row] = Order.objects.filter(buyer=Order.objects.latest("pk").buyer)
    elsewhere = type(client)()
    elsewhere.cookies["django_language"] = "en"
    assert elsewhere.get("/orders/").context["rows"] == []
    signed = elsewhere.post("/login/", {"username": "xiaoyu", "password": PASSWORD, "next": "/"})
    assert signed.status_code == 302
    assert len(elsewhere.get("/orders/").context["rows"]) == 1
    again = elsewhere.get(f"/sale/{sale.pk}/buy/?mode=solo").content.decode()
    assert 'value="13800138000"' in again  # not asked twice
    assert 'value="虹桥路 1 号"' in again
    assert row.state == "held"


def test_a_guest_is_asked_for_no_account_and_sees_nobodys_orders(client, demo, sale):
    assert order(client, sale).status_code == 302
    assert len(client.get("/orders/").context["rows"]) == 1
    assert type(client)().get("/orders/").context["rows"] == []


def test_what_is_wrong_stands_beside_its_field(client, demo):
    client.cookies["django_language"] = "en"
    get_user_model().objects.create_user("taken", password=PASSWORD)
    taken = client.post("/join/", {"name": "taken", "password": PASSWORD})
    assert taken.status_code == 422
    assert "is taken; choose another one" in taken.content.decode()
    assert 'value="taken"' in taken.content.decode()
    easy = client.post("/join/", {"name": "somebody", "password": "12345678"})
    assert easy.status_code == 422
    assert not get_user_model().objects.filter(username="somebody").exists()


def test_signing_up_leads_nowhere_else(client, demo):
    away = {"name": "abc", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/join/", away).headers["Location"] == "/"


def test_the_page_to_sign_in_stands_in_the_frame(client, demo):
    page = client.get("/login/?next=/orders/").content.decode()
    assert "/sheet/shop/" in page
    assert 'href="/join/?next=/orders/"' in page
