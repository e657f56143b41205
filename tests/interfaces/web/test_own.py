import io

import pytest
from openpyxl import load_workbook

from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network

pytestmark = pytest.mark.django_db

ANSWERS = {
    "county": "富平县",
    "village": "窦村",
    "produce": "apple",
    "amount": "18,000",
    "unit": "jin",
    "harvest_from": "2026-10-20",
    "harvest_to": "2026-10-29",
    "growers": "12",
    "packers": "20",
    "floor_price": "",
    "wholesale_price": "0.8",
    "wholesale_per_day": "1000",
    "shelf_life_days": "",
    "goal": "income",
}


def test_twelve_questions_are_answered_with_a_plan_and_nothing_is_stored(as_, planning_tables):
    answer = as_("shop").post("/my-surplus/", ANSWERS)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Apple: sell" in page
    assert "No plan can earn more than" in page
    assert "wage of a day" in page
    assert harvest.reports("").count() == 0
    assert not network.branches_in("").exists()


def test_a_sheet_filled_in_is_answered_like_the_questions(as_, planning_tables):
    browser = as_("shop")
    empty = browser.get("/my-surplus/sheet.xlsx")
    book = load_workbook(io.BytesIO(empty.content))
    sheet = book.active
    for row in sheet.iter_rows(min_row=3):
        if row[0].value in ANSWERS and ANSWERS[row[0].value]:
            row[2].value = ANSWERS[row[0].value]
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "mine.xlsx"
    answer = browser.post("/my-surplus/sheet/", {"sheet": file})
    assert answer.status_code == 200
    assert "Apple: sell" in answer.content.decode()


def test_a_sheet_that_is_none_says_so_beside_the_field(as_, planning_tables):
    file = io.BytesIO(b"not a workbook")
    file.name = "mine.xlsx"
    answer = as_("shop").post("/my-surplus/sheet/", {"sheet": file})
    assert answer.status_code == 422
    assert "is not an .xlsx workbook" in answer.content.decode()


def test_a_name_that_two_counties_bear_is_asked_back(as_, planning_tables):
    browser = as_("shop", "zh-hans")
    answer = browser.post("/my-surplus/", {**ANSWERS, "county": "鼓楼区"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "南京市鼓楼区" in page
    assert "徐州市鼓楼区" in page
    picked = browser.post("/my-surplus/", {**ANSWERS, "county": "鼓楼区", "county_code": "320106"})
    assert picked.status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("county", "Atlantis", "we know no county"),
        ("amount", "0", "must be more than zero"),
        ("harvest_to", "2026-10-01", "lies before the first day"),
        ("packers", "-3", "greater than or equal to 1"),
        ("growers", "", "This field is required"),
        ("produce", "", "This field is required"),
    ],
)
def test_nonsense_is_named_beside_its_field(as_, planning_tables, field, value, says):
    answer = as_("shop").post("/my-surplus/", {**ANSWERS, field: value})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_what_spoils_before_it_arrives_is_kept_to_the_local_buyer(as_, planning_tables):
    answers = {**ANSWERS, "shelf_life_days": "2"}
    page = as_("shop").post("/my-surplus/", answers).content.decode()
    assert "Don&#x27;t sell this online." in page or "Don't sell this online." in page
