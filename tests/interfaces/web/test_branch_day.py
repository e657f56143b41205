"""The desk's pages of a branch's day: trouble, payouts, papers, claims; the buyer's choice."""

import re
from datetime import timedelta

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.core.outbox import log as outbox
from postharvest.interfaces.web.order_refs import order_ref
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
from postharvest.operations.packing.models import Box, PointStock
from postharvest.operations.settlement import queries as settlement

pytestmark = pytest.mark.django_db


def send(browser, url, step, language="en", **data):
    return browser.post(url, {"step": step, **data}, follow=True).content.decode()


def test_a_sale_is_paused_and_resumed(as_, sale):
    browser = as_("desk")
    assert "What goes wrong today?" in browser.get("/desk/trouble/").content.decode()
    page = send(browser, "/desk/trouble/", "state", sale=sale.pk, state="pause")
    assert "What was ordered before is still sent" in page
    assert campaigns.sale(sale.pk).state == "paused"
    send(browser, "/desk/trouble/", "state", sale=sale.pk, state="resume")
    assert campaigns.sale(sale.pk).state == "open"


def test_a_lot_is_stopped_found_and_paid_back(as_, delivered):
    browser = as_("desk")
    lot = harvest.lots_cut(delivered.sale.surplus_id).first()
    page = send(browser, "/desk/trouble/", "stop", lot=lot.pk, reason="")
    assert "Nothing was saved yet" in page
    page = send(browser, "/desk/trouble/", "stop", lot=lot.pk, reason="rot")
    assert "Stopped: 5 boxes hold some of it." in page
    page = send(
        browser, "/desk/trouble/", "withdraw", lot=lot.pk, verdict="bad", cause="grower",
        reason="residue",
    )  # fmt: skip
    assert "5 boxes are paid back; the lot came from" in page
    assert orders.refunds_due().count() == 5


def test_buyers_are_asked_and_one_wants_his_money_back(as_, shift):
    browser = as_("desk")
    [order_id] = orders.not_posted(shift.sale_id)
    today = time.local_day(time.now())
    told = {
        "sale": shift.sale_id, "lane": 0, "reason": "the truck did not come", "cause": "carrier",
        "arrives_earliest": today + timedelta(days=3), "arrives_latest": today + timedelta(days=4),
        "answer_by": f"{today + timedelta(days=1)}T12:00", "default": "refund",
    }  # fmt: skip
    page = send(browser, "/desk/trouble/", "delay", **{**told, "answer_by": "2020-01-01T00:00"})
    assert "Nothing was saved yet" in page
    assert "the truck did not come" in page  # what was typed is kept
    assert "1 buyers are asked." in send(browser, "/desk/trouble/", "delay", **told)
    here = f"/order/{order_ref(order_id)}/"
    page = browser.get(here).content.decode()
    assert "It comes later. Wait, or have the money back?" in page
    assert "your money goes back" in page
    page = browser.post(f"{here}delay/", {"choice": "refund"}, follow=True).content.decode()
    assert "Your money is on its way back" in page
    assert orders.order(order_id).state == "cancelled"


def test_wages_are_worked_out_approved_by_another_and_signed_for(as_, delivered):
    browser = as_("desk")
    day = Box.objects.first().shift.day
    page = send(browser, "/desk/payouts/", "wages", sale=delivered.sale_id, day=day)
    assert "1 payouts wait for a second person." in page
    page = send(browser, "/desk/payouts/", "approve", way="cash")
    assert "1 payouts are on their way." in page
    page = send(browser, "/desk/payouts/", "batch", way="cash")
    [url] = re.findall(r'href="(/desk/payouts/batch/\d+/)"', page)
    paper = browser.get(url)
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    payout = settlement.payouts_of(delivered.sale_id).get()
    page = send(browser, "/desk/payouts/", "back", payout=payout.pk, reason="not collected")
    assert "It is owed again." in page


def test_a_payee_and_a_bank_format_that_can_not_be_are_said_beside_the_field(as_, delivered):
    browser = as_("desk")
    grower = harvest.growers_of_base(delivered.base_id).first()
    account = f"grower:{grower.pk}"
    usual = {"account": account, "kind": "self", "way": "bank", "name": "张一", "phone": "1"}
    page = send(browser, "/desk/payouts/", "payee", **usual, bank_account="6228480402564890019")
    assert "the check digit is wrong" in page
    assert "6228480402564890019" in page
    page = send(browser, "/desk/payouts/", "payee", **usual, bank_account="6228480402564890018")
    assert "It is entered." in page
    page = send(
        browser, "/desk/payouts/", "format", columns="户名=shoe", delimiter=",", encoding="utf-8"
    )
    assert "is unknown" in page


def test_papers_invoices_certificates_and_rates_are_entered(as_, delivered):
    browser = as_("desk")
    here = f"/order/{order_ref(delivered.pk)}/invoice/"
    asked = {"title": "某某公司", "tax_number": "9161", "email": "a@b.cn"}
    assert "has 15, 18 or 20" in browser.post(here, asked).content.decode()
    asked["tax_number"] = "91610000MA6TXXXX0X"
    page = browser.post(here, asked, follow=True).content.decode()
    assert "The branch has your request." in page
    page = browser.get("/desk/tax/").content.decode()
    [pk] = re.findall(r'name="request"[^>]*>\s*<option value="(\d+)"', page)
    page = send(browser, "/desk/tax/", "invoice", request=pk, number="2561")
    assert "The invoice is noted." in page
    assert browser.get(f"/desk/tax/invoice/{pk}.pdf").content.startswith(b"%PDF")
    assert "2561" in browser.get(here).content.decode()
    lot = harvest.lots_cut(delivered.sale.surplus_id).first()
    send(browser, "/desk/tax/", "certificate", lot=lot.pk, certificate="SX-0001")
    number = orders.order(delivered.pk).parcels.first().number
    assert "SX-0001" in browser.get(f"/parcel/{number}/").content.decode()
    day = time.local_day(time.now())
    rate = {"kind": "postage", "rate": "9", "from_day": day, "source": "notice 7"}
    assert "It is entered." in send(browser, "/desk/tax/", "tax", **rate)
    journal = browser.get("/desk/tax/journal.csv").content.decode("utf-8-sig")
    assert journal.splitlines()[0].startswith("凭证号,日期")
    assert len(journal.splitlines()) > 10
    assert browser.get("/desk/tax/totals.pdf").content.startswith(b"%PDF")
    wrong = {"key": "k", "sale": delivered.sale_id, "debit": "shoe", "credit": "postage"}
    page = send(browser, "/desk/tax/", "correct", **wrong, amount="1.20", reason="x")
    assert "is no account of these books" in page


def test_the_queue_pays_by_rule_and_a_person_decides_the_rest(as_, delivered):
    filed = [
        ClaimFiled(key=f"c{n}", order_id=delivered.pk, box_no=n, bad_bp=1000 * n, photo="p.jpg")
        for n in (1, 2, 3, 4)
    ]
    claims = file_claims(filed=filed, actor=SYSTEM, now=time.now())
    browser = as_("desk")
    assert "Pay back by rule" in browser.get("/desk/claims/").content.decode()
    limits = {"most_yuan": "99", "most_percent": "25", "buyer_claims": "9", "buyer_yuan": "999"}
    rule = f"/desk/claims/rule/{delivered.base_id}/"
    page = browser.post(rule, {**limits, "most_yuan": "much"}, follow=True).content.decode()
    assert "Not set" in page
    page = browser.post(rule, limits, follow=True).content.decode()
    assert "2 claims are paid back by rule" in page
    assert "above the limit" in page
    ticked = {"claim": [one.pk for one in claims], "decision": "approve"}
    page = browser.post("/desk/claims/page/", ticked, follow=True).content.decode()
    assert "2 claims are decided." in page
    assert orders.claims("", state="open").count() == 0


def test_the_point_sorts_out_with_a_photo_and_weighs_again(as_, delivered, picture):
    stock = PointStock.objects.first()
    PointStock.objects.filter(pk=stock.pk).update(received_g=stock.received_g)
    stock.shift.__class__.objects.filter(pk=stock.shift_id).update(state="running")
    browser = as_("packing")
    here = f"/packing/{stock.shift_id}/weights/"
    assert "What lies here" in browser.get(here).content.decode()
    page = send(browser, here, "grade", stock=stock.pk, rejected_kg="5")
    assert "rejected fruit needs a photo" in page
    page = send(browser, here, "grade", stock=stock.pk, rejected_kg="5", photo=picture)
    assert "It is sorted out." in page
    held = (stock.received_g - stock.boxed_g) / 1000 - 5
    page = send(browser, here, "recount", stock=stock.pk, found_kg=f"{held - 2:.1f}")
    assert "have dried away" in page
    page = send(browser, here, "recount", stock=stock.pk, found_kg="1")
    assert "More is missing than fruit loses by drying" in page
    outbox.drain_all(now=time.now())


@pytest.fixture
def picture():
    import io

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), "brown").save(out, "JPEG")
    return SimpleUploadedFile("rot.jpg", out.getvalue(), content_type="image/jpeg")


@pytest.mark.parametrize("page", ["/desk/trouble/", "/desk/payouts/", "/desk/tax/"])
def test_the_pages_are_the_desks_alone(as_, branch, page):
    assert as_("shop").get(page).status_code == 403
    assert as_("desk", "zh-hans").get(page).status_code == 200
