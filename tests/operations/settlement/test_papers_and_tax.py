"""Vouchers, invoices, certificates, the journal: what the tax office and the accountant read."""

import csv
import io
from datetime import timedelta

import pypdfium2
import pytest
from tests.operations.conftest import BUYER, DESK, OPENS, START
from tests.operations.settlement.test_payouts import SECOND, settled  # noqa: F401

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.money_words import in_capitals
from postharvest.core.vault.seal import unseal
from postharvest.operations.harvest.actions.lots import set_certificate
from postharvest.operations.harvest.models import Lot
from postharvest.operations.members.people import erase_person, export_person
from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.settlement import journal, papers
from postharvest.operations.settlement.actions import approve_payouts
from postharvest.operations.settlement.invoices import (
    InvoiceDecided,
    NothingToInvoice,
    issue_invoice,
    issue_vouchers,
    refuse_invoice,
    request_invoice,
    requests,
)
from postharvest.operations.settlement.models import Line, Payout
from postharvest.operations.settlement.payouts import lines_of_batch, make_batch

pytestmark = pytest.mark.django_db
ARRIVED = OPENS + timedelta(days=3)
ADMIN = Actor(party="admin", role=Role.ADMINISTRATOR)
LAST = START + timedelta(days=9)


def text_of(pdf):
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"), (100, "壹元整"), (5, "伍分"), (50, "伍角整"), (105, "壹元零伍分"),
        (1_00203, "壹仟零贰元零叁分"), (10_000_00, "壹万元整"), (100_010_00, "壹拾万零壹拾元整"),
        (1_000_000_56, "壹佰万元伍角陆分"), (-2_30, "负贰元叁角整"),
        (100_000_001_00, "壹亿零壹元整"),
    ],
)  # fmt: skip
def test_amounts_are_written_in_capitals(fen, words):
    assert in_capitals(fen) == words


def test_every_grower_gets_a_numbered_voucher_once(settled):  # noqa: F811
    rows = issue_vouchers(sale_id=settled.sale.pk, actor=DESK, now=ARRIVED)
    assert [row.number for row in rows] == ["SG-B1-2026-000001"]
    again = issue_vouchers(sale_id=settled.sale.pk, actor=DESK, now=ARRIVED)
    assert [row.pk for row in again] == [row.pk for row in rows]
    [row] = rows
    assert row.amount_fen == Payout.objects.get(account=f"grower:{row.grower_id}").amount_fen
    assert row.weight_g == 9_000
    told = text_of(papers.voucher_pdf(row, ribbon=""))
    for words in ("农产品收购凭证", row.number, "免税", in_capitals(row.amount_fen), "张"):
        assert words in told


def test_no_voucher_before_the_share_is_known(stall):
    with pytest.raises(NothingToInvoice):
        issue_vouchers(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)


def ask(order, **given):
    usual = {"title": "西安某某公司", "tax_number": "91610000MA6TXXXX0X", "email": "a@b.cn"}
    return request_invoice(order_id=order.pk, actor=BUYER, now=ARRIVED, **{**usual, **given})


def test_a_buyer_asks_for_an_invoice_once_and_it_is_issued_or_refused_once(stall):
    first, second = stall.place(), stall.place()
    row = ask(first)
    assert ask(first, title="other").pk == row.pk
    issue_invoice(request_id=row.pk, number="25612000000012345678", actor=DESK, now=ARRIVED)
    with pytest.raises(InvoiceDecided):
        refuse_invoice(request_id=row.pk, reason="x", actor=DESK, now=ARRIVED)
    other = refuse_invoice(request_id=ask(second).pk, reason="paid back", actor=DESK, now=ARRIVED)
    assert other.state == "refused"
    assert [one.state for one in requests("61")] == ["refused", "issued"]
    told = text_of(papers.invoice_request_pdf(requests("61", state="issued")[0], ribbon=""))
    for words in ("开票申请单", "西安某某公司", "91610000MA6TXXXX0X", "25612000000012345678"):
        assert words in told


@pytest.mark.parametrize(
    ("given", "field"),
    [({"title": " "}, "title"), ({"tax_number": "123"}, "tax_number"), ({"email": "x"}, "email")],
)
def test_an_invoice_that_can_not_be_is_refused(stall, given, field):
    with pytest.raises(InvalidInput) as told:
        ask(stall.place(), **given)
    assert told.value.field == field


def test_what_is_not_paid_has_no_invoice(stall):
    with pytest.raises(NothingToInvoice):
        ask(stall.place(payment="bank"))


def test_a_lot_bears_one_certificate(stall):
    stall.shift_at_work(kg=40)
    lot = Lot.objects.first()
    set_certificate(lot_id=lot.pk, number="SX-2026-0001", actor=DESK, now=OPENS)
    again = set_certificate(lot_id=lot.pk, number="SX-2026-0001", actor=DESK, now=OPENS)
    assert again.certificate == "SX-2026-0001"
    for number in ("SX-2026-0002", " ", "x" * 61):
        with pytest.raises(InvalidInput, match="certificate"):
            set_certificate(lot_id=lot.pk, number=number, actor=DESK, now=OPENS)


def test_the_journal_holds_every_line_balances_and_says_the_tax(settled):  # noqa: F811
    told = journal.journal_csv(scope="61", first=START, last=LAST).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert len(rows) == Line.objects.count()
    debit = sum(round(float(row["借方(元)"] or 0) * 100) for row in rows)
    credit = sum(round(float(row["贷方(元)"] or 0) * 100) for row in rows)
    assert debit == credit > 0
    postage = next(row for row in rows if row["科目"] == "postage")
    assert (postage["税率(%)"], postage["其中税额(元)"]) == ("6", "0.68")
    assert {row["税率(%)"] for row in rows if row["科目"].startswith("grower")} == {"0"}
    assert journal.journal_csv(scope="45", first=START, last=LAST).count(b"\n") == 1
    totals = journal.account_totals(scope="61", first=START, last=LAST)
    assert sum(t.debit_fen for t in totals) == sum(t.credit_fen for t in totals) == debit
    paper = text_of(
        papers.account_totals_pdf(title="富平", scope="61", first=START, last=LAST, ribbon="")
    )
    assert "科目汇总表" in paper
    assert "应付农户" in paper


def test_cash_is_signed_for_and_postal_orders_are_listed(settled):  # noqa: F811
    packers = Payout.objects.filter(account__startswith="packer:")
    approve_payouts(payout_ids=[p.pk for p in packers], actor=SECOND, now=ARRIVED)
    batch = make_batch(base_id=settled.sale.base_id, way="cash", actor=DESK, now=ARRIVED)
    lines = lines_of_batch(batch_id=batch.pk, actor=DESK, now=ARRIVED)
    told = text_of(papers.batch_pdf(batch, lines, ribbon=""))
    for words in ("现金发放签收表", "签字", in_capitals(sum(line.amount_fen for line in lines))):
        assert words in told
    batch.way = "postal_order"
    assert "邮政汇款清单" in text_of(papers.batch_pdf(batch, lines, ribbon=""))


def test_who_is_forgotten_leaves_no_invoice_title_behind(stall):
    order = stall.place(phone="13800001111")
    row = ask(order, title="西安某某公司")
    told = export_person(phone="13800001111", actor=ADMIN, now=ARRIVED)
    assert told["invoices"] == [
        {"title": "西安某某公司", "tax_number": "91610000MA6TXXXX0X", "sent_to": "a@b.cn"}
    ]
    cancel_order(order_id=order.pk, actor=BUYER, now=ARRIVED)
    erase_person(phone="13800001111", actor=ADMIN, now=ARRIVED)
    row.contact.refresh_from_db()
    assert unseal(bytes(row.contact.sealed)).name != "西安某某公司"
