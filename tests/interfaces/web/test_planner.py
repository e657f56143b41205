"""Headquarters plan the bases on pages: ask, look, pin, compare, adopt, follow a base's life."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.planning.base_gather import Wishes
from postharvest.decisions.planning.base_scenarios import (
    adopt_scenario,
    ask_scenario,
    document_of,
    plan_scenario,
)
from postharvest.decisions.planning.models import BaseScenario
from postharvest.operations.network import base_queries
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions import open_base
from postharvest.operations.network.models import Base, Supplier

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 0, tzinfo=UTC)
SMALL = Wishes(phases=(4, 8))
FUPING = "610528"


@pytest.fixture(autouse=True)
def one_province(monkeypatch):
    """Shaanxi is the whole country: quick to plan."""
    whole = network.table_rows

    def rows(name):
        found = whole(name)
        return [r for r in found if r["code"][:2] == "61"] if name == "counties" else found

    monkeypatch.setattr(network, "table_rows", rows)


def planned(name="First", wishes=SMALL, parent=None):
    made = ask_scenario(
        name=name, wishes=wishes, actor=SYSTEM, now=NOW, parent_id=parent and parent.pk
    )
    plan_scenario(scenario_id=made.pk, now=NOW, runs=0)
    made.refresh_from_db()
    return made


def page(browser, url):
    answer = browser.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def ask(browser, **given):
    wanted = {"name": "Thirds", "phases": "4,8", "weight": "people", "effort": "quick"}
    return browser.post("/network/plans/", {**wanted, **given})


def test_a_plan_is_asked_for_waited_for_and_shown(as_, places):
    browser = as_("headquarters")
    answer = ask(browser)
    scenario = BaseScenario.objects.get()
    assert answer.url == f"/network/plans/{scenario.pk}/"
    assert "being worked out" in page(browser, answer.url)
    asks = {"headers": {"HX-Request": "true"}}
    assert "HX-Refresh" not in browser.get(answer.url, **asks)
    plan_scenario(scenario_id=scenario.pk, now=NOW, runs=0)
    assert browser.get(answer.url, **asks)["HX-Refresh"] == "true"
    shown = page(browser, answer.url)
    assert "Thirds" in shown
    assert shown.count("/county/61") == 8
    assert "<script>" not in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("phases", "8,4"),
        ("phases", "four"),
        ("phases", "9999"),
        ("region_min", "61=x"),
        ("region_min", "990000=1"),
        ("weight", "poor"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_its_field_and_kept(as_, places, field, value):
    answer = ask(as_("headquarters"), **{field: value})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'role="alert"' in shown
    assert "Thirds" in shown or field == "name"
    assert not BaseScenario.objects.exists()


def test_an_own_table_of_poor_counties_is_the_weight(as_, places):
    table = io.BytesIO(f"id,weight\n{FUPING},5\n".encode())
    table.name = "poor.csv"
    ask(as_("headquarters"), weight="poor", poor=table)
    assert BaseScenario.objects.get().wishes["poor"] == {FUPING: 5.0}


def test_a_pin_says_what_it_costs_and_is_kept_as_a_new_plan(as_, places):
    scenario, browser = planned(), as_("headquarters")
    codes = {base["id"] for base in document_of(scenario)["bases"]}
    code = min({str(r["code"]) for r in network.table_rows("counties")} - codes)
    url = f"/network/plans/{scenario.pk}/county/{code}/"
    assert "Open it by phase 1" in page(browser, url)
    assert "mean way from" in page(browser, f"{url}?do=pin-1")
    part = browser.get(f"{url}?do=pin-2", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Keep it as a new plan" in part
    assert browser.get(f"{url}?do=pin-9").status_code == 404
    answer = browser.post(f"{url}?do=pin-1", {"name": "With it"})
    kept = BaseScenario.objects.get(name="With it")
    assert answer.url == f"/network/plans/{kept.pk}/"
    assert kept.wishes["pins"] == {code: 1}
    assert kept.parent == scenario


def test_a_base_is_explained_and_a_standing_one_is_not_moved(as_, places, branch):
    scenario, browser = planned(), as_("headquarters")
    standing = page(browser, f"/network/plans/{scenario.pk}/county/{FUPING}/?do=ban")
    assert "every plan keeps it" in standing
    other = next(b["id"] for b in document_of(scenario)["bases"] if b["id"] != FUPING)
    told = page(browser, f"/network/plans/{scenario.pk}/county/{other}/?do=ban")
    assert "best substitute" in told
    assert "Leaves:" in told


def test_two_plans_and_what_is_open_are_compared(as_, places, branch):
    first = planned()
    some = next(b["id"] for b in document_of(first)["bases"] if b["id"] != FUPING)
    second = planned("Second", SMALL.banned(some), parent=first)
    browser = as_("headquarters")
    url = f"/network/plans/compare/?first={first.pk}"
    both = page(browser, f"{url}&second={second.pk}")
    assert "Only in Second" in both
    assert f"/county/{some}/" in both
    beside = page(browser, url)
    assert "open today" in beside
    assert "Fuping County" in beside.split("Opened as planned")[1].split("Opened elsewhere")[0]
    assert browser.get(f"{url}&second=999").status_code == 404


def test_a_plan_is_taken_along_in_three_forms(as_, places):
    scenario, browser = planned(), as_("headquarters")
    url = f"/network/plans/{scenario.pk}/bases"
    rows = list(csv.DictReader(browser.get(f"{url}.csv").content.decode("utf-8-sig").splitlines()))
    assert [row["order"] for row in rows] == [str(k) for k in range(1, 9)]
    assert len(json.loads(browser.get(f"{url}.geojson").content)["features"]) == 8
    assert json.loads(browser.get(f"{url}.json").content)["schema"] == "postharvest.base-plan/1"
    shapes = json.loads(browser.get(f"/network/plans/{scenario.pk}/counties.json").content)
    kinds = [shape["properties"]["kind"] for shape in shapes["features"]]
    assert (kinds.count("phase1"), kinds.count("phase2")) == (4, 4)
    assert len(kinds) == len([r for r in shipped_rows("counties") if r["code"][:2] == "61"])


def test_a_county_is_found_by_name(as_, places):
    scenario, browser = planned(), as_("headquarters")
    url = f"/network/plans/{scenario.pk}/find/"
    assert browser.get(url, {"county": "Fuping County"}).url.endswith(f"/county/{FUPING}/")
    assert "No county has this name" in page(browser, f"{url}?county=Atlantis")


def test_the_board_follows_the_plan_in_force(as_, places, branch):
    browser = as_("headquarters")
    assert "No plan is in force" in page(browser, "/network/board/")
    scenario = planned()
    browser.post(f"/network/plans/{scenario.pk}/adopt/")
    board = page(browser, "/network/board/")
    assert "phase 1, number 1" in board
    assert "open today" in board
    assert browser.post("/network/plans/replan/").url == "/network/board/"
    assert browser.post(f"/network/plans/{scenario.pk}/remove/").url.endswith(f"/{scenario.pk}/")
    assert BaseScenario.objects.count() == 1


def test_a_base_lives_on_its_page(as_, places):
    browser = as_("headquarters")
    answer = browser.post(
        "/network/bases/new/",
        {"county": FUPING, "code": "fp", "name_zh": "富平", "name_en": "Fuping"},
    )
    base = Base.objects.get()
    url = answer.url
    assert (base.state, url) == ("candidate", f"/network/bases/{base.pk}/")
    assert browser.post(f"{url}state/", {"state": "open"}).status_code == 422
    browser.post(f"{url}state/", {"state": "agreed"})
    browser.post(f"{url}fitting/", {"cold_room": "5,000", "parcels": "900"})
    browser.post(f"{url}catchment/", {"counties": "富平县, 610502"})
    browser.post(f"{url}year/", {"year": "2026", "planned": "1000", "budget": "800000"})
    contract = {
        "contract_no": "FP-1", "supplier": "Doucun co-operative", "village": "窦村",
        "produce": "persimmon_soft", "yearly": "90000", "first_month": "10", "last_month": "12",
        "floor": "1.20", "signed_on": "2026-03-01", "ends_on": "2028-03-01",
    }  # fmt: skip
    browser.post(f"{url}supplier/", contract)
    shown = page(browser, url)
    for words in ("agreed", "900", "Linwei District", "Doucun co-operative", "¥1.20"):
        assert words in shown, words
    assert base_queries.fitting(base.pk).cold_room_g == 5_000_000
    wrong = browser.post(f"{url}supplier/", {**contract, "contract_no": "FP-2", "yearly": "x"})
    assert wrong.status_code == 422
    assert "FP-2" in wrong.content.decode()
    supplier = Supplier.objects.get()
    browser.post(f"{url}end/", {"supplier": supplier.pk})
    assert base_queries.produce_by_month(base.pk, on=datetime(2027, 1, 1).date()) == []


def test_a_catchment_is_taken_from_the_plan_in_force(as_, places, branch):
    scenario = planned()
    adopt_scenario(scenario_id=scenario.pk, actor=SYSTEM, now=NOW)
    base = Base.objects.get(county_id=FUPING)
    as_("headquarters").post(
        f"/network/bases/{base.pk}/catchment/", {"counties": "", "as_planned": "1"}
    )
    served = {county.code for county in base_queries.catchment(base.pk)}
    wanted = {
        r["demand"] for r in document_of(scenario)["allocation"]
        if r["base"] == FUPING and r["phase"] == 2
    }  # fmt: skip
    assert FUPING in served
    assert served <= wanted


def test_buyers_and_villages_do_not_plan_bases(as_, places):
    scenario = planned()
    for url in ("/network/plans/", f"/network/plans/{scenario.pk}/", "/network/board/"):
        assert as_("shop").get(url).status_code == 403
    assert as_("desk").post(f"/network/plans/{scenario.pk}/adopt/").status_code == 403
    open_base(code="b", name_zh="b", name_en="b", county_code="610502", actor=SYSTEM, now=NOW)
    assert as_("village").get(f"/network/bases/{Base.objects.get().pk}/").status_code == 403
