import io
import re
from datetime import timedelta

import pytest
from PIL import Image

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.teams import close_expired_teams

pytestmark = pytest.mark.django_db


def buyer(key, **changed):
    return {
        "key": f"test-{key:08d}",
        "quantity": "1",
        "recipient": "林小雨",
        "phone": f"138 0013 {8000 + key}",
        "county": "鼓楼区 320106",
        "address": "中山北路 1 号",
        "payment": "cashier",
        **changed,
    }


def buy(browser, sale, key, query="mode=team", **changed):
    return browser.post(f"/sale/{sale.pk}/buy/?{query}", buyer(key, **changed))


def pay(browser, answer):
    return browser.post(answer["Location"], {"outcome": "paid"})


def test_the_front_finds_two_chinese_characters(as_, sale):
    browser = as_("shop", "zh-hans")
    assert "苹果" in browser.get("/").content.decode()
    assert "曹村" in browser.get("/?q=苹果").content.decode()
    assert "曹村" in browser.get("/?q=apple").content.decode()
    assert "曹村" in browser.get("/?q=富平").content.decode()
    assert "没有找到“榴莲”" in browser.get("/?q=榴莲").content.decode()


def test_the_address_decides_what_is_promised(as_, sale):
    browser = as_("shop")
    page = browser.get(f"/sale/{sale.pk}/?to=310104").content.decode()
    assert re.search(r"Order now: in .*Xuhui.* between \d+ Oct and \d+ Oct", page)
    assert "Xuhui" in browser.get(f"/sale/{sale.pk}/").content.decode()
    page = browser.get(f"/sale/{sale.pk}/?to=鼓楼区").content.decode()
    assert "Which one do you mean?" in page
    assert "320302" in page
    assert "we know no county" in browser.get(f"/sale/{sale.pk}/?to=Atlantis").content.decode()


def test_three_friends_form_a_team(as_, sale):
    browser = as_("shop")
    first = buy(browser, sale, 1)
    assert first["Location"].startswith("/pay/cashier-")
    window = browser.get(first["Location"]).content.decode()
    assert "arrives in" in window
    order_page = browser.get(pay(browser, first)["Location"]).content.decode()
    assert "team is filling" in order_page

    [team] = orders.open_teams([one.pk for one in campaigns.listings_of(sale.pk)], time.now())
    page = browser.get(f"/team/{team.pk}/").content.decode()
    assert "2 to go" in page
    assert "林" in page
    assert "林小雨" not in page
    assert "svg" in page

    for key in (2, 3):
        pay(browser, buy(browser, sale, key, query=f"team={team.pk}"))
    page = browser.get(f"/team/{team.pk}/").content.decode()
    assert "The team is complete" in page
    late = buy(browser, sale, 4, query=f"team={team.pk}")
    assert late.status_code == 422
    assert "This team is full or over" in late.content.decode()


def test_a_team_that_does_not_fill_is_paid_back_and_says_so(as_, sale):
    browser = as_("shop")
    order_url = pay(browser, buy(browser, sale, 1))["Location"]
    later = time.now() + timedelta(hours=25)
    time.set_demo_clock(shown_at=later, pace=0)
    close_expired_teams(now=later)
    page = browser.get(order_url).content.decode()
    assert "Your money is on its way back" in page
    team_url = re.search(r"/team/\d+/", page).group()
    assert "This team did not fill" in browser.get(team_url).content.decode()


def test_a_payment_that_fails_charges_nothing_and_may_be_tried_again(as_, sale):
    browser = as_("shop")
    asked = buy(browser, sale, 1, query="mode=solo")
    failed = browser.post(asked["Location"], {"outcome": "failed"}, follow=True)
    page = failed.content.decode()
    assert "The payment failed" in page
    assert 'href="/pay/cashier-' in page
    assert "will be packed" in browser.get(pay(browser, asked)["Location"]).content.decode()


def test_sending_the_form_twice_makes_one_order(as_, sale):
    browser = as_("shop")
    answers = [buy(browser, sale, 1, query="mode=solo") for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert sum(orders.counts_by_state(sale.pk).values()) == 1


def test_cancelling_brings_the_money_back_and_frees_the_fruit(as_, sale):
    browser = as_("shop")
    order_url = pay(browser, buy(browser, sale, 1, query="mode=solo"))["Location"]
    assert campaigns.sale(sale.pk).reserved_g > 0
    page = browser.post(f"{order_url}cancel/", follow=True).content.decode()
    assert "Cancelled. What you paid goes back" in page
    assert campaigns.sale(sale.pk).reserved_g == 0


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("phone", "call me", "is not a phone number"),
        ("quantity", "0", "greater than or equal to 1"),
        ("quantity", "999", "less than or equal to 20"),
        ("county", "Atlantis", "we know no county"),
        ("recipient", "", "This field is required"),
        ("payment", "iou", "Select a valid choice"),
        ("payment", "cod", "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_an_order_stands_beside_the_field(as_, sale, field, value, says):
    answer = buy(as_("shop"), sale, 1, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert "中山北路 1 号" in page
    assert not orders.counts_by_state(sale.pk)


def test_an_order_opens_with_its_own_key_only(as_, sale):
    browser = as_("shop")
    order_url = pay(browser, buy(browser, sale, 1, query="mode=solo"))["Location"]
    number, _, token = order_url.strip("/").split("/")[-1].partition("-")
    assert browser.get(order_url).status_code == 200
    assert browser.get(order_url)["Cache-Control"] == "no-store"
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert browser.get(f"/order/{number}-{wrong}/").status_code == 404
    assert browser.get(f"/order/{number}/").status_code == 404


def test_a_claim_needs_a_photo_and_an_arrived_box(as_, sale):
    browser = as_("shop")
    order_url = pay(browser, buy(browser, sale, 1, query="mode=solo"))["Location"]
    data = {"key": "claim-00000001", "box": "1", "bad_percent": "30"}
    without = browser.post(f"{order_url}claim/", data)
    assert without.status_code == 422
    assert "This field is required" in without.content.decode()
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    picture.seek(0)
    picture.name = "bad.png"
    early = browser.post(f"{order_url}claim/", {**data, "photo": picture})
    assert early.status_code == 422
    assert "within 7 days of its arrival" in early.content.decode()


def test_a_closed_sale_takes_no_orders_and_says_so(as_, sale):
    from postharvest.operations.campaigns.actions import close_sale

    close_sale(sale_id=sale.pk, actor=SYSTEM, now=time.now())
    answer = buy(as_("shop"), sale, 1)
    assert answer.status_code == 422
    assert "takes no orders now" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "query", "seen"),
    [
        ("zh-hans", "柿子", ("陕西", "9–11 月")),
        ("zh-hans", "广西", ("果蔗",)),
        ("en", "persimmon", ("Shaanxi", "Oct–Nov")),
        ("en", "GUANGXI", ("sugar cane",)),
    ],
)
def test_a_search_says_when_and_where_a_crop_is_ripe(as_, places, language, query, seen):
    page = as_("shop", language).get("/", {"q": query}).content.decode()
    for words in seen:
        assert words in page


def test_the_front_names_what_is_ripe_this_month_and_nothing_else(as_, places):
    page = as_("shop").get("/").content.decode()  # October
    assert "In season now" in page
    ripe = page.split("In season now")[1].split("</section>")[0]
    assert "Persimmon" in ripe
    assert "Litchi" not in ripe


def test_seasons_are_found_by_month_and_region_and_over_the_new_year(as_, places):
    browser = as_("shop")
    page = browser.get("/seasons/", {"month": "1", "region": "450000"}).content.decode()
    ripe, _later = page.split("In other months")
    assert "Ripe in Jan" in ripe
    assert "Guangxi" in ripe
    assert "Shaanxi" not in ripe.split("</form>")[1]
    assert browser.get("/seasons/", {"month": "13", "q": "no such crop"}).status_code == 200


def test_a_season_that_a_post_office_noted_stands_first_and_is_marked(as_, branch):
    village = as_("village")
    season = {
        "what": "season", "branch": branch.pk, "produce": "litchi", "first_day": "2026-10-20",
        "last_day": "2026-12-20", "amount": "100000", "unit": "kg",
        "usual_share": "95", "usual_price": "1.2",
    }  # fmt: skip
    assert village.post("/village/season/", season).status_code == 302
    page = as_("shop").get("/seasons/", {"q": "litchi"}).content.decode()
    assert "Ripe in Oct" in page
    assert "noted there" in page
    assert "Fuping county post" in page
