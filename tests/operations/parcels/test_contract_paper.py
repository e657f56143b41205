"""The offer fits one page and says in plain Chinese who gets what and who bears what."""

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from tests.operations.conftest import DESK, OPENS, make_stall

from postharvest.operations.harvest.actions.contracts import (
    DEDUCTIONS,
    ContractTerms,
    offer_contracts,
)
from postharvest.operations.harvest.models import Offer
from postharvest.operations.parcels.contract_paper import ContractPaper, contract_pdf, paper_of

pytestmark = pytest.mark.font
SHARE = ContractPaper(
    number="HT-1-2", day=date(2026, 10, 9), branch="富平县曹村支局", grower="王建国",
    village="窦村",
    crop="富平尖柿", grade="一级", weight_g=2_500_000, harvest_from=date(2026, 10, 10),
    harvest_to=date(2026, 10, 19), is_purchase=False, price_fen_per_kg=0, floor_fen_per_kg=180,
    advance_fen_per_kg=100, deductions=DEDUCTIONS, branch_bears_unsold=False,
)  # fmt: skip


def text(paper):
    document = pypdfium2.PdfDocument(contract_pdf(paper))
    assert len(document) == 1
    raw = document[0].get_textpage().get_text_range()
    return "".join(raw.split())


def test_a_share_of_net_names_every_deduction_floor_advance_and_what_is_unsold():
    said = text(SHARE)
    for words in (
        "2,500公斤", "5,000斤", "一级", "不低于每公斤1.80元", "先付每公斤1.00元", "不要求退还",
        "邮费", "纸箱", "打包工钱", "打包点费用", "手续费", "除此以外一律不扣", "由农户取回",
    ):  # fmt: skip
        assert words in said, words
    said = text(replace(SHARE, branch_bears_unsold=True, floor_fen_per_kg=0, advance_fen_per_kg=0))
    assert "没有卖出的，邮政也按保底价付款" in said
    assert "没有保底价" in said
    assert "不预付" in said


def test_a_purchase_says_its_price_and_that_the_risk_is_the_branchs():
    said = text(replace(SHARE, is_purchase=True, price_fen_per_kg=300, deductions=()))
    for words in ("每公斤3.00元", "每斤1.500元", "7,500.00元", "当场结算付款", "由邮政承担"):
        assert words in said, words
    assert "扣除" not in said


@pytest.mark.django_db
def test_the_paper_of_a_row_bears_the_growers_own_name():
    make_stall()
    offer = Offer.objects.order_by("pk")[0]
    terms = ContractTerms(offer_id=offer.pk, kind="purchase", weight_g=90_000, price_fen_per_kg=300)
    [row] = offer_contracts(terms=[terms], actor=DESK, now=OPENS)
    said = text(paper_of(row, ribbon="模拟"))
    assert "张0" in said
    assert "90公斤" in said
