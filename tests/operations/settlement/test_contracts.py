"""A contract decides who is paid when, and who bears which risk."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.operations.conftest import DESK, OPENS, START

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.campaigns.models import Listing
from postharvest.operations.harvest.actions.contracts import (
    DEDUCTIONS,
    ContractBound,
    ContractTerms,
    offer_contracts,
    sign_contract,
    withdraw_contract,
)
from postharvest.operations.harvest.actions.lots import Cut, MoreThanOffered, cut_lots
from postharvest.operations.harvest.models import Contract, Offer
from postharvest.operations.packing.actions.shifts import close_shift
from postharvest.operations.settlement import accounts, ledger, queries
from postharvest.operations.settlement.actions import (
    SaleNotFinished,
    approve_payouts,
    propose_hand_over,
    settle_sale,
)
from postharvest.operations.settlement.contract_money import risk_of_sale
from postharvest.operations.settlement.models import Payout

OTHER = Actor(party="desk:2", role=Role.DESK, scope="610528")
PURCHASE = {"kind": "purchase", "price_fen_per_kg": 300}
SHARE = {"kind": "share", "floor_fen_per_kg": 150, "advance_fen_per_kg": 100}


def offers():
    return list(Offer.objects.order_by("pk"))


def agree(offer, terms, *, signed=True):
    [row] = offer_contracts(
        terms=[ContractTerms(offer_id=offer.pk, weight_g=offer.offered_g, **terms)],
        actor=DESK, now=OPENS,
    )  # fmt: skip
    if signed:
        sign_contract(contract_id=row.pk, how="paper", reference="slip 1", actor=DESK, now=OPENS)
    return row


def owed(offer):
    return -ledger.balance_fen(accounts.grower(offer.grower_id))


@pytest.fixture
def run(stall, settle_news):
    """Twelve kilograms of two growers come in, boxes are sold and arrive, the sale is settled."""

    def whole(*, boxes=4, settle=True):
        Listing.objects.update(team_fen=20_000, solo_fen=25_000)
        shift = stall.shift_at_work(kg=12)
        settle_news()
        for _ in range(boxes):
            stall.place()
        stall.arrive(stall.post(stall.pack(shift, boxes), now=OPENS), at=OPENS)
        close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
        close_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
        settle_news()
        if settle:
            settle_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
            wrong = [c for c in queries.invariants(stall.sale.pk) if not c["ok"]]
            assert wrong == []
        return shift

    return whole


def test_a_purchase_is_owed_at_hand_over_and_its_risk_is_the_branchs(stall, run):
    first, second = offers()
    agree(first, PURCHASE)
    run()
    sale = stall.sale.pk
    assert owed(first) == 300 * 6
    assert ledger.balance_fen(accounts.goods(sale)) == 0
    risk = risk_of_sale(sale)
    assert (risk.bought_g, risk.without_contract_g) == (6000, 6000)
    assert risk.margin_fen == owed(second) - 300 * 6  # its half of the pool less what it cost


def test_a_purchase_is_paid_at_hand_over_and_once(stall, settle_news, run):
    first, _ = offers()
    agree(first, PURCHASE)
    stall.shift_at_work(kg=12)
    settle_news()
    for _ in range(2):
        propose_hand_over(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    [payout] = Payout.objects.all()
    assert (payout.account, payout.amount_fen) == (accounts.grower(first.grower_id), 1800)
    for _ in range(2):
        approve_payouts(payout_ids=[payout.pk], actor=OTHER, now=OPENS)
    assert owed(first) == 0
    assert propose_hand_over(sale_id=stall.sale.pk, actor=DESK, now=OPENS) == []


def test_an_advance_is_taken_off_the_share_and_the_rest_is_paid_after(stall, settle_news, run):
    first, second = offers()
    agree(first, {**SHARE, "floor_fen_per_kg": 0})
    run()
    assert owed(first) == owed(second) > 600  # the same share; one got a part of it early
    assert ledger.balance_fen(accounts.advances(stall.sale.pk)) == 0
    assert risk_of_sale(stall.sale.pk).floor_fen == 0


def test_no_grower_gets_less_than_his_floor_for_what_was_sold(stall, run):
    first, second = offers()
    agree(first, {**SHARE, "floor_fen_per_kg": 20_000})
    run(boxes=3)
    sold_g = 6000  # first to spoil, so his go first
    assert owed(first) == 20_000 * sold_g // 1000
    assert risk_of_sale(stall.sale.pk).floor_fen > 0
    assert owed(second) < 20_000 * 3


@pytest.mark.parametrize(("who", "paid_g"), [("grower", 3000), ("branch", 6000)])
def test_who_bears_what_is_not_sold_stands_in_the_contract(stall, run, who, paid_g):
    first, _ = offers()
    agree(first, {**SHARE, "floor_fen_per_kg": 20_000, "if_unsold": who})
    run(boxes=1)
    assert owed(first) == 20_000 * paid_g // 1000


def test_an_advance_is_not_asked_back_when_nothing_is_sold(stall, settle_news):
    first, _ = offers()
    agree(first, SHARE)
    shift = stall.shift_at_work(kg=12)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    settle_news()
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    assert owed(first) == 600
    assert risk_of_sale(stall.sale.pk).floor_fen == 600


def test_books_are_not_closed_before_hand_overs_are_in_them(stall, settle_news):
    agree(offers()[0], PURCHASE)
    shift = stall.shift_at_work(kg=12)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)
    with pytest.raises(SaleNotFinished):
        settle_sale(sale_id=stall.sale.pk, actor=DESK, now=OPENS)


def test_a_signed_contract_binds(stall):
    first, second = offers()
    row = agree(first, PURCHASE)
    sign_contract(contract_id=row.pk, how="paper", reference="slip 1", actor=DESK, now=OPENS)
    with pytest.raises(ContractBound):
        agree(first, SHARE)
    with pytest.raises(ContractBound):
        withdraw_contract(contract_id=row.pk, actor=DESK, now=OPENS)
    with pytest.raises(ContractBound):
        sign_contract(contract_id=row.pk, how="code", reference="other", actor=DESK, now=OPENS)
    draft = agree(second, SHARE, signed=False)
    assert draft.deductions == list(DEDUCTIONS)
    assert agree(second, PURCHASE, signed=False).deductions == []
    withdraw_contract(contract_id=draft.pk, actor=DESK, now=OPENS)
    assert Contract.objects.get(pk=draft.pk).state == "withdrawn"


def test_fruit_cut_without_a_contract_gets_none_afterwards(stall):
    row = agree(offers()[0], PURCHASE, signed=False)
    stall.shift_at_work(kg=12)
    with pytest.raises(ContractBound, match="cut already"):
        sign_contract(contract_id=row.pk, how="paper", reference="late", actor=DESK, now=OPENS)


def test_no_more_is_called_than_the_contract_covers(stall):
    first, _ = offers()
    [row] = offer_contracts(
        terms=[ContractTerms(offer_id=first.pk, weight_g=5000, **PURCHASE)], actor=DESK, now=OPENS
    )
    sign_contract(contract_id=row.pk, how="code", reference="4711", actor=DESK, now=OPENS)

    def cut(weight_g, day):
        return cut_lots(
            base_id=stall.sale.base_id, day=START + timedelta(days=day),
            cuts=[Cut(offer_id=first.pk, weight_g=weight_g)], actor=DESK, now=OPENS,
        )  # fmt: skip

    cut(3000, 0)
    with pytest.raises(MoreThanOffered, match="covers 5000 g"):
        cut(2001, 1)
    cut(2000, 1)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"kind": "gift"}, "kind"),
        ({"kind": "purchase"}, "price"),
        ({"kind": "purchase", "price_fen_per_kg": 100, "floor_fen_per_kg": 1}, "floor"),
        ({"kind": "share", "price_fen_per_kg": 100}, "price"),
        ({"kind": "share", "floor_fen_per_kg": -1}, "price"),
        ({"kind": "share", "if_unsold": "nobody"}, "if_unsold"),
    ],
)
def test_terms_that_cannot_be_are_refused_and_nothing_is_written(stall, terms, field):
    first, second = offers()
    good = ContractTerms(offer_id=second.pk, weight_g=1000, **SHARE)
    bad = ContractTerms(offer_id=first.pk, weight_g=1000, **terms)
    for wrong in (bad, replace(good, offer_id=first.pk, weight_g=first.offered_g + 1)):
        with pytest.raises(InvalidInput) as refusal:
            offer_contracts(terms=[good, wrong], actor=DESK, now=OPENS)
        assert refusal.value.field in {field, "weight"}
    assert not Contract.objects.exists()


def test_a_signature_needs_something_to_show(stall):
    row = agree(offers()[0], PURCHASE, signed=False)
    for how, reference in (("paper", " "), ("pigeon", "1")):
        with pytest.raises(InvalidInput):
            sign_contract(contract_id=row.pk, how=how, reference=reference, actor=DESK, now=OPENS)
