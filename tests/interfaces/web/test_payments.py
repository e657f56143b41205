"""The desk's incoming money."""

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.interfaces.web.order_refs import order_ref
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.providers import provider_of
from postharvest.operations.orders.requests import OrderRequest

pytestmark = pytest.mark.django_db
LINES = "/desk/payments/lines/"


@pytest.fixture
def transfer(sale):
    request = OrderRequest(
        key="by-transfer", listing_id=campaigns.listings_of(sale.pk)[0].pk, quantity=1,
        wants_team=False, team_id=None, name="陈明", phone="13800138000", county_code="310104",
        line="虹桥路 1 号", payment="bank",
    )  # fmt: skip
    [placed] = place_orders(requests=[request], actor=SYSTEM, now=time.now())
    return placed.order


def test_a_statement_line_pays_the_order_once(as_, transfer):
    desk = as_("desk")
    reference = provider_of("bank").reference(transfer.pk)
    assert f">{reference}<" in desk.get("/desk/payments/").content.decode()
    line = f"BK1, {reference}, {transfer.total_fen / 100:.2f}"
    for said in ("1 transfer was new", "0 transfers were new"):
        assert said in desk.post(LINES, {"lines": line}, follow=True).content.decode()
    row = orders.order(transfer.pk)
    assert row is not None
    assert row.state == "confirmed"
    assert f">{reference}<" not in desk.get("/desk/payments/").content.decode()


@pytest.mark.parametrize("line", ["BK1 bank-1", "BK1 bank-1 zehn", "BK1 bank-1 -3", "", "a b 0"])
def test_a_bad_line_takes_nothing_and_keeps_what_was_typed(as_, transfer, line):
    good = f"BK0 {provider_of('bank').reference(transfer.pk)} {transfer.total_fen / 100:.2f}"
    typed = f"{good}\n{line}" if line else ""
    page = as_("desk").post(LINES, {"lines": typed})
    assert page.status_code == 422
    assert typed in page.content.decode()
    row = orders.order(transfer.pk)
    assert row is not None
    assert row.paid_at is None


def test_money_that_fits_no_order_stays_until_somebody_deals_with_it(as_, transfer):
    desk = as_("desk")
    reference = provider_of("bank").reference(transfer.pk)
    desk.post(LINES, {"lines": f"BK1 {reference} 0.01\nBK2 bank-999999 5"})
    page = desk.get("/desk/payments/").content.decode()
    assert "is not what" in page
    assert "bank-999999" in page
    for notice in list(orders.notices_in_trouble()):
        desk.post(f"/desk/payments/{notice.pk}/", {"resolution": "sent back"})
    assert not orders.notices_in_trouble().exists()


def test_a_buyer_by_transfer_is_told_account_and_reference(as_, transfer, settings):
    settings.POSTHARVEST_BANK_ACCOUNT = "邮政支局 6210 0000"
    page = as_("shop").get(f"/order/{order_ref(transfer.pk)}/").content.decode()
    assert "邮政支局 6210 0000" in page
    assert provider_of("bank").reference(transfer.pk) in page


def test_play_money_is_not_offered_where_money_is_real(as_, sale, settings):
    settings.POSTHARVEST_PAYMENTS = ("cod", "bank")
    page = as_("shop").get(f"/sale/{sale.pk}/buy/?mode=solo").content.decode()
    assert 'value="bank"' in page
    assert 'value="cashier"' not in page
