"""The diary and the pages of insight, as a village and a desk meet them."""

import io
import re
import uuid
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.core.vault.seal import Person
from postharvest.decisions.insight.models import LearntDemand
from postharvest.decisions.insight.watching import watch_base
from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.gather import rescue_case
from postharvest.decisions.planning.risk_block import params_of
from postharvest.engines.rescue.risk import RiskParams
from postharvest.operations.diary import queries as diary
from postharvest.operations.diary.actions import Line, Season, expect_season, write_diary
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.growers import GrowerEntry, register_growers

pytestmark = pytest.mark.django_db
PAGES = ("alerts", "prices", "grow")


def answers(branch, **changed):
    return {
        "key": str(uuid.UUID(int=1)), "branch": branch.pk, "village": "窦村",
        "produce": "persimmon_soft", "day": "2026-10-20", "came": "yes", "amount": "1,800",
        "unit": "jin", "price": "0.60", "witness": "", **changed,
    }  # fmt: skip


def test_a_line_in_jin_is_kept_in_grams_and_fen_per_kg(as_, branch):
    page = as_("village").post("/village/diary/", answers(branch), follow=True)
    assert "Written down" in page.content.decode()
    line = diary.lines("").get()
    assert (line.bought_g, line.fen_per_kg, line.came) == (900_000, 120, True)


def test_a_line_sent_three_times_is_one_and_the_phone_s_queue_is_told(as_, branch):
    browser, sync = as_("village"), {"HTTP_X_SYNC": "queue"}
    sent = [browser.post("/village/diary/", answers(branch), **sync) for _ in range(3)]
    assert [answer.status_code for answer in sent] == [201, 201, 201]
    assert diary.lines("").count() == 1
    other = browser.post("/village/diary/", answers(branch, amount="9"), **sync)
    assert other.status_code == 409
    wrong = browser.post("/village/diary/", answers(branch, amount="some"), **sync)
    assert wrong.status_code == 422
    assert "some" in wrong.json()["message"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"day": "2026-10-21"}, "has not come yet"),
        ({"day": "2026-08-01"}, "more than 60 days ago"),
        ({"amount": ""}, "how much did he take?"),
        ({"came": "no"}, "leave it empty"),
        ({"price": "-1"}, "must be more than zero"),
        ({"came": ""}, "This field is required"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(as_, branch, changed, says):
    page = as_("village").post("/village/diary/", answers(branch, **changed))
    assert page.status_code == 422
    assert says in unescape(page.content.decode())
    assert 'value="窦村"' in page.content.decode()
    assert not diary.lines("").exists()


def test_nobody_came_is_a_line_too_and_the_next_form_remembers_the_place(as_, branch):
    browser = as_("village")
    browser.post("/village/diary/", answers(branch, came="no", amount="", price=""))
    page = browser.get("/village/diary/").content.decode()
    assert "nobody came" in page
    assert 'value="窦村"' in page
    assert re.search(r'value="persimmon_soft" selected', page)


def test_a_line_s_photo_is_shown_to_its_region_alone(as_, branch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "PNG")
    slip = SimpleUploadedFile("slip.png", picture.getvalue(), "image/png")
    browser = as_("village")
    browser.post("/village/diary/", {**answers(branch, witness="accountant"), "photos": slip})
    page = browser.get("/village/diary/").content.decode()
    [url] = set(re.findall(r'href="(/village/diary/\d+/photo/1/)"', page))
    assert "seen by accountant" in page
    shown = browser.get(url)
    assert b"".join(shown.streaming_content)[:2] == b"\xff\xd8"
    assert browser.get(url.replace("photo/1", "photo/2")).status_code == 404
    assert as_("shop").get(url).status_code == 403


def dated(case):
    return {**case, "start_date": date.fromisoformat(case["start_date"])}


def test_the_next_plan_takes_what_the_finished_sale_taught(sale):
    learnt = LearntDemand.objects.create(
        base_id=sale.base_id, produce_id="apple", sale_id=sale.pk, yuan_per_kg=8.0,
        kg_per_day=700.0, kg_per_day_low=500.0, kg_per_day_high=1000.0, elasticity=-1.7,
        elasticity_low95=-2.1, elasticity_high95=-1.3, level="listing", rows=24, sales=2,
        sold_kg=7000.0, learnt_at=time.now(),
    )  # fmt: skip
    case, assumptions = rescue_case(sale.surplus_id, now=time.now())
    demand = case["demand"]
    assert demand["reference_kg"] == case["horizon_days"] * learnt.kg_per_day
    assert demand["elasticity"] == 1.7
    noted = {one["field"]: one for one in assumptions}
    assert noted["demand.reference_kg"]["status"] == "learnt"
    params = params_of(parse_case(dated(case)))
    assert params.demand_cv_campaign == demand["kg_cv"] != RiskParams().demand_cv_campaign
    assert params.elasticity_sd == demand["elasticity_sd"]
    LearntDemand.objects.all().delete()
    case, _ = rescue_case(sale.surplus_id, now=time.now())
    assert case["demand"]["kg_cv"] == RiskParams().demand_cv_campaign
    assert params_of(parse_case(dated(case))) == RiskParams()


def test_the_worker_keeps_the_diary_for_when_there_is_no_net(as_, branch):
    kept = as_("village").get("/village/worker.js").content.decode()
    assert "/village/diary/" in kept.replace("\\u002D", "-")


def test_season_and_rain_are_noted_and_faults_named(as_, branch):
    browser = as_("village")
    season = {
        "what": "season", "branch": branch.pk, "produce": "persimmon_soft",
        "first_day": "2026-10-20", "last_day": "2026-12-20", "amount": "100000", "unit": "kg",
        "usual_share": "95", "usual_price": "1.2",
    }  # fmt: skip
    assert browser.post("/village/season/", season).status_code == 302
    wrong = browser.post("/village/season/", {**season, "last_day": "2026-10-01"})
    assert "before the first day" in wrong.content.decode()
    rain = {"what": "rain", "told-branch": branch.pk, "told-rain": "0 3 12.5"}
    assert browser.post("/village/season/", rain).status_code == 302
    today = time.local_day(time.now())
    told = diary.rain_told(county_code=branch.county_id, since=today, until=today)
    assert told == {today: [0.0, 3.0, 12.5]}
    for typed, says in (("wet", "write numbers only"), ("", "choose a file"), ("-4", "row 1")):
        page = browser.post("/village/season/", {**rain, "told-rain": typed})
        assert page.status_code == 422
        assert says in page.content.decode()


@pytest.fixture
def alarmed(branch, demo):
    """Three weeks in which merchants hardly came and the price slid."""
    today = time.local_day(time.now())
    first = today - timedelta(days=21)
    expect_season(
        season=Season(
            branch_id=branch.pk, produce_id="persimmon_soft", first_day=first,
            last_day=first + timedelta(days=60), expected_g=90_000_000, usual_share=0.95,
            usual_fen_per_kg=200,
        ),
        actor=SYSTEM, now=time.now(),
    )  # fmt: skip
    for n in range(22):
        write_diary(
            line=Line(
                key=uuid.uuid4(), branch_id=branch.pk, produce_id="persimmon_soft", village="窦村",
                day=first + timedelta(days=n), came=True, bought_g=50_000, fen_per_kg=200 - 2 * n,
            ),
            actor=SYSTEM, now=time.now(),
        )  # fmt: skip
    watch_base(base_id=branch.base_id, now=time.now())


def test_an_alert_says_why_and_how_sure_and_its_report_comes_filled(as_, branch, alarmed):
    browser = as_("village")
    page = browser.get("/village/alerts/").content.decode()
    assert "merchants buy less than usual" in page or "piling up" in page
    assert re.search(r"\d+%", page)
    assert "n = 22 days written" in page
    assert "simulated seasons" in page
    [link] = re.findall(r'href="(/village/report/\?[^"]+)"', page)
    form = browser.get(unescape(link)).content.decode()
    assert re.search(r'name="produce" value="persimmon_soft" checked', form)
    assert re.search(r'name="wholesale_price"[^>]*value="1\.58"', form)
    amount = re.search(r'name="amount"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="amount"', form)
    assert int(amount.group(1) or amount.group(2)) > 1000
    assert 'value="2026-10-20"' in form


def test_prices_show_n_method_and_back_test(as_, branch, alarmed):
    page = as_("desk").get("/desk/prices/").content.decode()
    assert "weighted median of the last 7 days, n = 7" in page
    assert "n = 4 weeks" in page
    assert "not yet tested here" in page
    assert "¥1.62" in page


def test_a_report_without_the_town_s_price_takes_it_from_the_diary(as_, branch, alarmed):
    answer = as_("village").post(
        "/village/report/",
        {
            "key": str(uuid.UUID(int=9)), "branch": branch.pk, "village": "窦村",
            "produce": "persimmon_soft", "amount": "5000", "unit": "jin", "grade": "first",
            "harvest_from": "2026-10-20", "harvest_to": "2026-10-29",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    report = harvest.reports("").get()
    assert report.wholesale_fen_per_kg == 162
    assert report.wholesale_source == "the diary's last 7 days, n = 7"


def test_without_own_seasons_the_page_is_a_worksheet_and_counts_them(as_, branch):
    browser = as_("village")
    page = browser.get("/village/grow/").content.decode()
    assert "A worksheet" in page
    assert "recommends nothing" in page
    record = {
        "what": "record", "produce": "apple", "year": "2025", "yield_kg_mu": "2000",
        "cost": "4000", "price": "3.5",
    }  # fmt: skip
    assert browser.post("/village/grow/", record).status_code == 302
    page = browser.get("/village/grow/").content.decode()
    assert re.search(r"foretold here: 1; inside their band of eight in ten: [01]\.", page)
    wrong = browser.post("/village/grow/", {**record, "yield_kg_mu": "lots"})
    assert wrong.status_code == 422
    assert "lots" in wrong.content.decode()
    assert browser.get("/village/grow/?mu=-3&risk=0.6&growers=1").status_code == 422


def test_plantings_registered_lower_what_the_next_grower_is_shown(as_, branch):
    browser = as_("village")

    address = "/village/grow/?mu=10&risk=0&growers=1"
    best = browser.get(address).context["rows"][0]
    answer = browser.post(
        "/village/grow/",
        {"what": "planting", "key": str(uuid.UUID(int=3)), "produce": best.produce_id,
         "year": "2027", "village": "窦村", "mu": "90000"},
    )  # fmt: skip
    assert answer.status_code == 302
    after = {row.produce_id: row.mean for row in browser.get(address).context["rows"]}
    assert after.get(best.produce_id, -1e9) < best.mean
    assert "Registered for 2027:" not in browser.get("/village/grow/").content.decode()
    for n in range(4):  # one grower's word is his; the sum of five may be shown
        browser.post(
            "/village/grow/",
            {"what": "planting", "key": str(uuid.UUID(int=10 + n)), "produce": best.produce_id,
             "year": "2027", "village": "窦村", "mu": "5"},
        )  # fmt: skip
    assert "Registered for 2027:" in browser.get("/village/grow/").content.decode()


@pytest.mark.parametrize("area", ["village", "desk"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens_in_both_languages(as_, alarmed, area, language):
    browser = as_(area, language)
    for name in PAGES:
        page = browser.get(f"/{area}/{name}/")
        assert page.status_code == 200, name
        if language != "en":
            main = page.content.decode().split("<main", 1)[1].split("</main", 1)[0]
            assert "days written" not in main
            assert "Chance" not in main


def test_others_are_kept_out(as_, alarmed):
    for address in ("/village/alerts/", "/village/diary/", "/village/season/", "/desk/grow/"):
        assert as_("shop").get(address).status_code == 403


def homes(branch, count):
    register_growers(
        base_id=branch.base_id,
        entries=[
            GrowerEntry(
                code=f"K{n}", village="窦村", person=Person(name=f"王{n}", phone=f"1390000{n:04d}")
            )
            for n in range(count)
        ],
        actor=SYSTEM,
        now=time.now(),
    )


@pytest.mark.parametrize(("growers", "shown"), [(4, False), (5, True)])
def test_outside_the_branch_no_figure_rests_on_fewer_than_five_growers(
    as_, branch, alarmed, growers, shown
):
    homes(branch, growers)
    for page, mark in (("prices", "weighted median"), ("alerts", "n = 22 days written")):
        outside = as_("headquarters").get(f"/desk/{page}/").content.decode()
        assert (mark in outside) == shown
        assert "fewer than 5 growers is left out" in outside
        inside = as_("desk").get(f"/desk/{page}/").content.decode()
        assert mark in inside
        assert "fewer than 5 growers" not in inside
