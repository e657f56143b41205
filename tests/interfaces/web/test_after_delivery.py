import io
import re

import pytest
from PIL import Image

from postharvest.interfaces.web.order_refs import order_ref
from postharvest.operations.orders import queries as orders
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.settlement import queries as settlement

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def photo():
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    file.seek(0)
    file.name = "../../bad name.png"
    return file


def test_the_buyer_sees_that_it_arrived_and_where_the_money_went(as_, delivered):
    page = as_("shop").get(f"/order/{order_ref(delivered.pk)}/").content.decode()
    for words in ("It has arrived", "Delivered", "Accepted", "Growers of 曹村 got", "Packers"):
        assert words in page, words
    split = settlement.money_split_of_order(delivered.pk)
    assert f"¥{split['growers'] / 100:,.2f}" in page
    assert sum(split.values()) == delivered.total_fen


def test_the_code_on_the_box_tells_where_it_grew_and_nothing_of_the_buyer(as_, delivered):
    parcel = parcels.parcels_of_order(delivered.pk)[0]
    page = as_("shop").get(f"/parcel/{parcel.number}/").content.decode()
    assert "曹村" in page
    assert "Picked" in page
    assert "陈明" not in page
    assert "虹桥路" not in page
    assert as_("shop").get("/parcel/XX000000000CN/").status_code == 404


def test_a_claim_is_proposed_by_rule_and_decided_once_by_the_desk(as_, delivered):
    browser = as_("shop")
    ref = order_ref(delivered.pk)
    data = {"key": "claim-00000001", "box": "2", "bad_percent": "30", "photo": photo()}
    page = browser.post(f"/order/{ref}/claim/", data, follow=True).content.decode()
    assert "By the rule you get" in page
    [claim] = orders.claims_of(delivered.pk)
    assert claim.photo.startswith("claims/")
    assert ".." not in claim.photo

    desk = as_("desk")
    page = desk.get("/desk/claims/").content.decode()
    assert "30% of box 2 is bad" in page
    shown = desk.get(f"/desk/claims/{claim.pk}/photo/")
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    shown.close()
    yuan = f"{claim.proposed_fen / 100:.2f}"
    decision = {"decision": "approve", "yuan": yuan, "cause": "packer"}
    page = desk.post(f"/desk/claims/{claim.pk}/", decision, follow=True).content.decode()
    assert f"¥{yuan} go back to the buyer." in page
    again = desk.post(f"/desk/claims/{claim.pk}/", decision, follow=True)
    assert 'class="alert bad"' in again.content.decode()
    assert as_("shop").get(f"/desk/claims/{claim.pk}/photo/").status_code == 403


def test_an_amount_that_is_none_pays_nothing(as_, delivered):
    as_("shop").post(
        f"/order/{order_ref(delivered.pk)}/claim/",
        {"key": "claim-00000001", "box": "1", "bad_percent": "30", "photo": photo()},
    )
    [claim] = orders.claims_of(delivered.pk)
    decision = {"decision": "approve", "yuan": "lots", "cause": "packer"}
    page = as_("desk").post(f"/desk/claims/{claim.pk}/", decision, follow=True).content.decode()
    assert "The amount is not a number" in page
    assert orders.claims_of(delivered.pk).get().state == "open"


def test_settling_is_worked_out_by_one_and_paid_by_another(as_, delivered):
    browser = as_("desk")
    here = f"/desk/settlement/{delivered.sale_id}/"
    assert "The books add up to the fen." in browser.get("/desk/settlement/").content.decode()
    early = browser.post(here, {"step": "propose"}, follow=True).content.decode()
    assert "Something is not finished" in early
    page = browser.post(here, {"step": "close"}, follow=True).content.decode()
    assert "The sale is closed." in page
    page = browser.post(here, {"step": "propose"}, follow=True).content.decode()
    assert "Worked out." in page
    assert "K1 韦**" in page
    assert "韦桂芳" not in page
    page = browser.post(here, {"step": "pay"}, follow=True).content.decode()
    assert re.search(r"[1-9]\d* payouts are on their way", page)
    page = browser.post(here, {"step": "pay"}, follow=True).content.decode()
    assert "0 payouts are on their way." in page
    assert all(check["ok"] for check in settlement.invariants(delivered.sale_id))


def test_labels_and_lists_are_printed_or_the_missing_font_is_named(as_, delivered, shift):
    browser = as_("packing")
    for name in ("labels", "packed"):
        answer = browser.get(f"/packing/{shift.pk}/{name}.pdf", follow=True)
        if answer["Content-Type"] == "application/pdf":
            assert answer.content.startswith(b"%PDF")
        else:
            assert "install fonts-wqy-microhei" in answer.content.decode()
