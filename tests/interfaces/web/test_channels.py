"""The desk enters channels, sets shares aside, agrees bulk orders, and sees what is due."""

from datetime import timedelta

import pytest

from postharvest.core.clock import time
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.orders import queries as orders

pytestmark = pytest.mark.django_db


def entered(browser, **given):
    asked = {"name": "县食堂", "code": "canteens", "kind": "bulk", "fee_percent": "2", **given}
    return browser.post("/desk/channels/", asked)


def channel_of(sale):
    return next(one for one in campaigns.channels_of(sale.base_id) if one.kind == "bulk")


def test_a_channel_is_entered_and_a_wrong_one_keeps_what_was_typed(as_, sale):
    browser = as_("desk")
    page = entered(browser, code="no spaces").content.decode()
    assert 'value="县食堂"' in page
    assert 'aria-invalid="true"' in page
    assert entered(browser).status_code == 302
    assert "县食堂" in browser.get("/desk/channels/").content.decode()
    assert channel_of(sale).fee_bp == 200


def test_shares_terms_listings_and_bulk_orders_are_entered_on_its_page(as_, sale):
    browser = as_("desk")
    entered(browser)
    channel = channel_of(sale)
    url = f"/desk/channels/{channel.pk}/"
    until = (time.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    steps = [
        {"step": "share", "sale": sale.pk, "lot_percent": "10", "flows_back_at": until},
        {"step": "terms", "produce": "apple", "price": "3.20", "kg_per_day": "500",
         "bundle_kg": "20", "bundles_per_pallet": "40"},
        {"step": "listing", "sale": sale.pk, "net_kg": "20", "price": "64", "packed_kg": "4000",
         "least_quantity": "2"},
        {"step": "fees", "fee_percent": "3", "fee_yuan": ""},
        {"step": "settle", "reference": "B-1"},
    ]  # fmt: skip
    for asked in steps:
        assert browser.post(url, asked).status_code == 302, asked
    listing = next(one for one in campaigns.listings_of(sale.pk) if one.channel_id == channel.pk)
    order = {
        "step": "order", "key": "bulk-key-1", "listing": listing.pk, "quantity": "1",
        "load_day": sale.last_day.isoformat(), "buyer": "县中学", "phone": "13900000000",
        "line": "学府路",
    }  # fmt: skip
    page = browser.post(url, order).content.decode()
    assert "least order is 2" in page
    assert 'value="县中学"' in page
    day = next(one.day for one in campaigns.packing_days(sale.pk) if one.capacity_crew_s > 2000)
    answer = browser.post(url, order | {"quantity": "2", "load_day": day.isoformat()})
    assert answer.status_code == 302, answer.content.decode()
    page = browser.get(url).content.decode()
    assert "agreed" in page
    assert "¥128.00" in page
    [row] = orders.bulk_orders(sale.pk)
    page = browser.post(f"/desk/bulk/{row.pk}/", {"step": "load"}, follow=True).content.decode()
    assert 'class="alert bad"' in page  # no number plate
    browser.post(f"/desk/bulk/{row.pk}/", {"step": "cancel"})
    assert orders.bulk_order(row.pk).state == "cancelled"


def test_only_the_desk_sees_channels(as_, sale):
    assert as_("shop").get("/desk/channels/").status_code == 403


def test_the_shop_does_not_show_what_is_listed_elsewhere(as_, sale):
    browser = as_("desk")
    entered(browser)
    browser.post(
        f"/desk/channels/{channel_of(sale).pk}/",
        {"step": "listing", "sale": sale.pk, "net_kg": "20", "price": "64", "packed_kg": "4000",
         "least_quantity": "2"},
    )  # fmt: skip
    assert len(campaigns.shop_listings(sale.pk)) < len(campaigns.listings_of(sale.pk))
    assert "¥64" not in as_("shop").get(f"/sale/{sale.pk}/").content.decode()
