import uuid

import pytest
from django.contrib.staticfiles import finders

from postharvest.operations.harvest import queries as harvest

pytestmark = pytest.mark.django_db


def answers(branch, **changed):
    return {
        "key": str(uuid.UUID(int=1)),
        "branch": branch.pk,
        "village": "窦村",
        "produce": "persimmon_soft",
        "amount": "5,000",
        "unit": "jin",
        "harvest_from": "2026-10-20",
        "harvest_to": "2026-10-29",
        "grade": "first",
        "floor_price": "1.00",
        "wholesale_price": "0.8",
        **changed,
    }


def test_a_report_in_jin_is_stored_in_grams(as_, branch):
    answer = as_("village").post("/village/report/", answers(branch), follow=True)
    assert "Saved. Report" in answer.content.decode()
    report = harvest.reports("").get()
    assert report.reported_g == 2_500_000
    assert (report.floor_fen_per_kg, report.wholesale_fen_per_kg) == (200, 160)
    assert (str(report.harvest_from), str(report.harvest_to)) == ("2026-10-20", "2026-10-29")


def test_a_report_sent_three_times_is_one(as_, branch):
    browser = as_("village")
    for _ in range(3):
        assert browser.post("/village/report/", answers(branch)).status_code == 302
    assert harvest.reports("").count() == 1


def test_the_phone_s_queue_is_told_what_became_of_each(as_, branch):
    browser = as_("village")
    sync = {"HTTP_X_SYNC": "queue"}
    first = browser.post("/village/report/", answers(branch), **sync)
    again = browser.post("/village/report/", answers(branch), **sync)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = browser.post("/village/report/", answers(branch, amount="9"), **sync)
    assert other.status_code == 409
    wrong = browser.post("/village/report/", answers(branch, amount="many"), **sync)
    assert wrong.status_code == 422
    assert "many" in wrong.json()["message"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("amount", "many", "“many” is not a number"),
        ("amount", "-5", "must be more than zero"),
        ("amount", "9999999999", "please check the zeros"),
        ("harvest_from", "2026-10-01", "is in the past"),
        ("harvest_to", "2026-10-19", "lies before the first day"),
        ("harvest_to", "2027-10-19", "more than 60 days"),
        ("produce", "unobtainium", "Select a valid choice"),
        ("village", "", "This field is required"),
        ("branch", "999", "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_is_kept(
    as_, branch, field, value, says
):
    answer = as_("village").post("/village/report/", {**answers(branch), field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert 'value="窦村"' in page or field == "village"
    assert 'id="errors"' in page
    assert harvest.reports("").count() == 0


def test_full_width_digits_are_digits(as_, branch):
    as_("village").post("/village/report/", answers(branch, amount="５０００．５"))
    assert harvest.reports("").get().reported_g == 2_500_250


def test_a_crop_from_the_list_counts_where_no_picture_was_tapped(as_, branch):
    data = answers(branch, other_produce="garlic")
    del data["produce"]
    as_("village").post("/village/report/", data)
    assert harvest.reports("").get().produce_id == "garlic"


def test_a_buyer_cannot_report(as_, branch):
    assert as_("shop").post("/village/report/", answers(branch)).status_code == 403
    assert harvest.reports("").count() == 0


def test_the_reports_say_what_became_of_them(as_, surplus):
    page = as_("village", "zh-hans").get("/village/reports/").content.decode()
    assert "窦村" in page
    assert "50,000 斤" in page


def test_the_worker_keeps_files_that_exist(as_, branch, client):
    script = client.get("/village/worker.js")
    assert script["Content-Type"] == "text/javascript"
    for line in script.content.decode().splitlines():
        if line.startswith("const SHELL"):
            urls = [u for u in line.split('"') if u.startswith("/static/")]
            assert len(urls) >= 5
            for url in urls:
                assert finders.find(url.replace("\\u002D", "-").removeprefix("/static/")), url
