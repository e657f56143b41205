"""The page of a marketplace: mapping saved, a file checked, then placed; numbers go out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.operations.campaigns.actions import ListingTerms, add_listing
from postharvest.operations.campaigns.channels import ChannelEntry, set_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(sale):
    channel = set_channel(
        base_id=sale.base_id, entry=ChannelEntry(code="lotus", name="Lotus", kind="marketplace"),
        actor=SYSTEM, now=time.now(),
    )  # fmt: skip
    terms = ListingTerms(
        net_g=2500, team_fen=0, solo_fen=2400, material_fen=160, packed_g_per_day=100_000,
        channel="lotus",
    )  # fmt: skip
    listing = add_listing(sale_id=sale.pk, terms=terms, actor=SYSTEM, now=time.now())
    return channel, listing


def orders(text):
    head = "No,Article,quantity,name,phone,county,address\n"
    return SimpleUploadedFile("orders.csv", (head + text).encode())


def test_orders_come_in_by_the_mapping_and_numbers_go_out(as_, market):
    channel, listing = market
    desk, here = as_("desk"), f"/desk/marketplace/{channel.pk}/"
    assert "Say first how" in desk.get(here).content.decode()
    mapping = {"step": "mapping", "order": "No", "article": "Article", f"listing-{listing.pk}": "A"}
    page = desk.post(here, mapping, follow=True).content.decode()
    assert "The mapping is saved." in page
    assert 'value="No"' in page
    bad = {"step": "place", "file": orders("1,A,x,Wang,13800000001,310104,Road 1")}
    page = desk.post(here, bad).content.decode()
    assert "0 new orders" in page
    assert "write digits only" in page
    good = "T1,A,2,Wang,13800000001,310104,Road 1"
    page = desk.post(here, {"step": "check", "file": orders(good)}).content.decode()
    assert "Nothing was written: 1 new orders" in page
    page = desk.post(here, {"step": "place", "file": orders(good)}).content.decode()
    assert "1 orders placed, 0 known already" in page
    for kind in ("csv", "xlsx"):
        assert desk.get(f"{here}numbers.{kind}").status_code == 200
    assert as_("shop").get(here).status_code == 403
    assert as_("desk").get("/desk/marketplace/999/").status_code == 404
