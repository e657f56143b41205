from datetime import timedelta

import pytest

from postharvest.core.clock import time
from postharvest.decisions.planning import queries as planning
from postharvest.operations.campaigns import queries as campaigns

pytestmark = pytest.mark.django_db


def test_a_report_waits_until_the_desk_makes_a_plan(as_, apples):
    browser = as_("desk")
    assert "Make a plan" in browser.get("/desk/").content.decode()
    answer = browser.post(f"/desk/reports/{apples.pk}/plan/")
    page = browser.get(answer["Location"]).content.decode()
    for words in (
        "Apple: rescue plan",
        "Which plan?",
        "Approve and open sale",
        "How many boxes at each point each day?",
        "Where does it go?",
        "What is assumed?",
        "No plan can earn more than",
    ):
        assert words in page, words
    assert "Choose a plan" in browser.get("/desk/").content.decode()


def test_one_click_turns_the_plan_into_a_sale(as_, apples):
    browser = as_("desk")
    plan_url = browser.post(f"/desk/reports/{apples.pk}/plan/")["Location"]
    page = browser.post(f"{plan_url}approve/", follow=True).content.decode()
    assert "The sale is open." in page
    assert campaigns.sale_of_surplus(apples.pk) is not None


def test_the_prices_on_the_plan_are_the_prices_on_sale(as_, sale, apples):
    plan = planning.approved_plan(apples.pk)
    shown = {round(p["team_yuan"] * 100) for p in plan.plan["shown"].values()}
    assert {one.team_fen for one in campaigns.listings_of(sale.pk)} == shown
    page = as_("shop").get(f"/sale/{sale.pk}/").content.decode()
    assert all(f"{fen / 100:.2f}" in page for fen in shown)


def test_an_approved_plan_leads_to_the_running_sale(as_, sale, apples):
    plan = planning.approved_plan(apples.pk)
    page = as_("desk").get(f"/desk/plans/{plan.pk}/").content.decode()
    assert "See it live" in page
    assert "Approve and open sale" not in page


def test_a_second_click_opens_no_second_sale(as_, sale, apples):
    plan = planning.approved_plan(apples.pk)
    answer = as_("desk").post(f"/desk/plans/{plan.pk}/approve/", follow=True)
    assert 'class="alert bad"' in answer.content.decode()
    assert campaigns.sales().count() == 1


def test_only_the_desk_approves(as_, apples):
    plan_url = as_("desk").post(f"/desk/reports/{apples.pk}/plan/")["Location"]
    for area in ("shop", "village", "packing"):
        assert as_(area).post(f"{plan_url}approve/").status_code == 403
    assert campaigns.sales().count() == 0


def test_the_live_page_shows_the_sale_and_its_moving_part_alone(as_, sale):
    browser = as_("desk")
    whole = browser.get(f"/desk/sales/{sale.pk}/").content.decode()
    part = browser.get(f"/desk/sales/{sale.pk}/now/").content.decode()
    assert "Will it clear on time?" in whole
    assert "The sale opened" in part
    assert "<html" not in part
    assert "hx-get" in whole


def test_the_sales_and_plans_are_listed(as_, sale):
    browser = as_("desk")
    assert "Apple" in browser.get("/desk/sales/").content.decode()
    assert "approved" in browser.get("/desk/plans/").content.decode()


def test_the_map_to_pan_has_every_place_of_the_plan(as_, apples):
    browser = as_("desk")
    url = browser.post(f"/desk/reports/{apples.pk}/plan/")["Location"]
    assert "leaflet" in browser.get(f"{url}map/").content.decode()
    features = browser.get(f"{url}places.json").json()["features"]
    assert {one["properties"]["kind"] for one in features} == {"lot", "point", "labour"}


def test_a_plan_that_is_not_there_is_not_found(as_, branch):
    assert as_("desk").get("/desk/plans/4711/").status_code == 404
    assert as_("desk").get("/desk/sales/4711/").status_code == 404


def test_the_houses_rules_are_planned_with_and_their_price_is_shown(as_, apples):
    browser = as_("desk")
    ask = f"/desk/reports/{apples.pk}/plan/"
    plain = browser.get(browser.post(ask)["Location"]).content.decode()
    assert "Wages" in plain
    assert "Price of the rules" not in plain
    url = browser.post(ask, {"fair": "5", "wages": "50"})["Location"]
    page = browser.get(url).content.decode()
    assert "Price of the rules" in page
    assert 'name="wages" value="50"' in page
    plans = planning.plans_of(apples.pk)
    assert len({(p.net_fen, p.plan["price_reference_yuan"]) for p in plans}) >= 5
    for plan in plans:
        assert plan.plan["objective"]["wage_weight"] == 0.5
        assert "price_of_rules_yuan" in plan.plan
    refused = browser.post(ask, {"fair": "500"}, follow=True).content.decode()
    assert "between 0 and 100%" in refused


def test_a_what_if_is_answered_and_nothing_is_stored(as_, apples):
    browser = as_("desk")
    url = browser.post(f"/desk/reports/{apples.pk}/plan/")["Location"]
    before = [plan.pk for plan in planning.plans_of(apples.pk)]
    asked = f"{url}what-if/?people=60&demand=50&postage=150"
    part = browser.get(asked, HTTP_HX_REQUEST="true").content.decode()
    assert "Then growers keep" in part
    assert "people 60%, buyers 50%, postage 150%" in part
    assert "<html" not in part
    assert "Then growers keep" in browser.get(asked).content.decode()
    assert [plan.pk for plan in planning.plans_of(apples.pk)] == before
    fixed = f"{url}what-if/?people=100&demand=100&postage=100&price=21.5&points=1&days=6"
    part = browser.get(fixed, HTTP_HX_REQUEST="true").content.decode()
    assert "price ¥21.50" in part
    assert "at most 1 points · only 6 days" in " ".join(part.split())
    assert "more than the case has" not in part
    refused = browser.get(f"{url}what-if/?people=100&demand=100&postage=100&days=20")
    assert "must be between 1 and 10" in refused.content.decode()
    nonsense = browser.get(f"{url}what-if/?people=9999&demand=1&postage=")
    assert nonsense.status_code == 200
    assert "Then growers keep" not in nonsense.content.decode()


def test_the_desk_may_decide_again_and_only_a_yes_changes_anything(as_, sale):
    browser = as_("desk")
    time.set_demo_clock(shown_at=time.now() + timedelta(days=2), pace=0)
    before = [(one.team_fen, one.solo_fen) for one in campaigns.listings_of(sale.pk)]
    page = browser.get(f"/desk/sales/{sale.pk}/again/").content.decode()
    assert "Fewer buyers came than assumed" in page
    assert [(one.team_fen, one.solo_fen) for one in campaigns.listings_of(sale.pk)] == before
    page = browser.post(f"/desk/sales/{sale.pk}/again/", follow=True).content.decode()
    assert "Changed: prices, people and kilograms" in page
    assert [(one.team_fen, one.solo_fen) for one in campaigns.listings_of(sale.pk)] != before
