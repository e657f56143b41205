"""What is printed and what the code on a box opens: the right facts, and nobody's."""

import re

import pypdfium2
import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.core.vault.seal import unseal
from postharvest.interfaces.worker import work_once
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.packing import queries as packing
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.settlement import queries as settlement
from postharvest.operations.settlement.actions import settle_sale
from postharvest.operations.settlement.statements import settlement_statement

pytestmark = [pytest.mark.django_db, pytest.mark.font]


def text_of(answer):
    assert answer["Content-Type"] == "application/pdf"
    with pypdfium2.PdfDocument(answer.content) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def person_of(order):
    return unseal(bytes(order.contact.sealed))


def test_the_days_papers_are_listed_and_each_prints(as_, delivered, shift):
    browser = as_("packing")
    page = browser.get(f"/packing/{shift.pk}/papers/").content.decode()
    papers = re.findall(r'href="(/packing/[^"]+\.(?:pdf|zpl))"', page)
    assert len(papers) >= 5
    for path in papers:
        answer = browser.get(path)
        assert answer.status_code == 200
        assert answer.content.startswith((b"%PDF", b"^XA"))
    assert as_("shop").get(f"/packing/{shift.pk}/papers/").status_code == 403


def test_a_slip_names_the_grower_by_number_and_what_was_weighed(as_, delivered, shift):
    [stock, *_] = packing.intakes(shift.pk)
    told = text_of(as_("packing").get(f"/packing/slips/{stock.pk}.pdf"))
    assert stock.lot.grower.code in told
    assert f"{stock.received_g / 1000:g}" in told


def test_a_statement_adds_up_to_its_payout(as_, delivered):
    close_sale(sale_id=delivered.sale_id, actor=SYSTEM, now=time.now())
    work_once(time.now())
    settle_sale(sale_id=delivered.sale_id, actor=SYSTEM, now=time.now())
    rows = list(settlement.payouts_of(delivered.sale_id))
    assert rows
    for row in rows:
        content = settlement_statement(payout_id=row.pk, now=time.now(), ribbon="")
        assert content.total_fen == row.amount_fen
        assert (content.uplift_fen_per_kg is None) == row.account.startswith("packer")
    told = text_of(as_("desk").get(f"/desk/settlement/payouts/{rows[0].pk}.pdf"))
    assert f"{rows[0].amount_fen / 100:,.2f}" in told
    assert as_("packing").get(f"/desk/settlement/payouts/{rows[0].pk}.pdf").status_code == 403


def test_a_trace_report_is_made_of_the_event_log(as_, delivered):
    work_once(time.now())
    [parcel, *_] = parcels.parcels_of_order(delivered.pk)
    back = text_of(as_("desk").get(f"/desk/trace/back/{parcel.number}.pdf"))
    assert "packing" in back
    forward = text_of(as_("desk").get(f"/desk/trace/forward/{parcel.box.lot_id}.pdf"))
    assert parcel.number[2:10] in forward.replace("\r\n", "").replace("\n", "")


@pytest.mark.parametrize("path", ["back/nothing", "forward/0"])
def test_a_trace_of_what_nobody_knows_is_empty(as_, delivered, path):
    assert text_of(as_("desk").get(f"/desk/trace/{path}.pdf"))


def test_the_codes_page_tells_village_checks_and_money_and_nobodys_data(client, delivered):
    [parcel, *_] = parcels.parcels_of_order(delivered.pk)
    page = client.get(
        f"/parcel/{parcel.number}/", headers={"Accept-Language": "en"}
    ).content.decode()
    person = person_of(delivered)
    for private in (person.name, person.phone, person.line):
        assert private not in page
    assert parcel.box.lot.grower.village in page
    assert "weighed in at" in page
    split = settlement.money_split_of_order(delivered.pk)
    assert sum(split.values()) == delivered.total_fen
    for fen in split.values():
        assert f"{fen / 100:.2f}" in page
    grower = parcel.box.lot.grower
    assert grower.code not in page
    if grower.contact:
        assert unseal(bytes(grower.contact.sealed)).name not in page
