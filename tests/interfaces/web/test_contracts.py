"""Terms are offered, printed and signed on the desk, and the plan says how much cash they take."""

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.decisions.planning.actions import propose_rescue
from postharvest.decisions.planning.cash import cash_need
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.contracts import ContractTerms, offer_contracts
from postharvest.operations.settlement.models import Payout

pytestmark = pytest.mark.django_db


def offered(browser, surplus, **given):
    asked = {"offer": "", "kind": "purchase", "price": "2.40", "if_unsold": "grower", **given}
    return browser.post(f"/desk/contracts/{surplus.pk}/", asked)


def test_terms_are_offered_signed_and_shown(as_, apples):
    browser = as_("desk")
    page = offered(browser, apples, price="").content.decode()
    assert "a purchase needs its price" in page
    assert offered(browser, apples).status_code == 302
    [row] = harvest.contracts_of(apples.pk)
    sign = f"/desk/contract/{row.pk}/"
    page = browser.post(sign, {"how": "paper", "reference": ""}, follow=True).content.decode()
    assert 'class="alert bad"' in page
    browser.post(sign, {"how": "paper", "reference": "slip 7"})
    page = browser.get(f"/desk/contracts/{apples.pk}/").content.decode()
    assert "bought at ¥2.40/kg" in page
    assert "signed" in page
    assert harvest.contract(row.pk).signature_ref == "slip 7"


@pytest.mark.font
def test_the_paper_is_one_page_and_only_the_desks(as_, apples):
    browser = as_("desk")
    offered(browser, apples)
    [row] = harvest.contracts_of(apples.pk)
    paper = browser.get(f"/desk/contract/{row.pk}/paper.pdf")
    assert paper.content.startswith(b"%PDF")
    assert as_("shop").get(f"/desk/contract/{row.pk}/paper.pdf").status_code == 403


def test_a_purchase_is_cash_on_the_days_of_cutting(as_, apples):
    now = time.now()
    plan = propose_rescue(surplus_id=apples.pk, actor=SYSTEM, now=now, cpu_seconds=0.1)
    before = cash_need(plan)
    assert (before.growers, before.under_contract) == (1, 0)
    assert sum(day.growers_fen for day in before.days) == 0
    assert sum(day.wages_fen for day in before.days) > 0
    [offer] = harvest.offers_of(apples.pk)
    offer_contracts(
        terms=[ContractTerms(offer_id=offer.pk, kind="purchase", weight_g=offer.offered_g,
                             price_fen_per_kg=240)],
        actor=SYSTEM, now=now,
    )  # fmt: skip
    after = cash_need(plan)
    cut_kg = sum(row["kg"] for row in plan.plan["harvest"])
    assert sum(day.growers_fen for day in after.days) == pytest.approx(cut_kg * 240, rel=1e-3)
    assert after.peak_fen > before.peak_fen
    balance = 0
    for day in after.days:
        balance += day.goes_out_fen - day.comes_in_fen
        assert day.need_fen == max(0, balance)
    page = as_("desk").get(f"/desk/plans/{plan.pk}/").content.decode()
    assert "How much cash, when?" in page
    assert "1 of 1 growers have written terms" in page


def test_what_was_paid_at_hand_over_does_not_stop_the_sale_from_being_settled(as_, delivered):
    sale = delivered.sale
    close_sale(sale_id=sale.pk, actor=SYSTEM, now=time.now())
    Payout.objects.create(
        key="early", base_id=sale.base_id, sale=sale, account="grower:1", amount_fen=0,
        state="paid", proposed_at=time.now(), proposed_by="x",
    )  # fmt: skip
    page = as_("desk").get(f"/desk/settlement/?sale={sale.pk}").content.decode()
    assert "Work out what is owed" in page
