"""The page for a county: a worksheet until the place has its own records."""

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.crop_advice import crop_page, find_county, page_text

FUPING = "610528"


def records(tmp_path, *, crops, seasons=3):
    path = tmp_path / "records.csv"
    rows = ["produce_id,year,yield_kg_mu,cost_yuan_mu,price_yuan_kg"]
    for crop in crops:
        rows += [f"{crop},{2017 + k},1800,1500,{2.5 + k / 10}" for k in range(seasons)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_without_own_records_the_page_does_not_recommend():
    page = crop_page(FUPING, mu=10, risk=0.6, seed=1)
    text = page_text(page, rows=5)
    assert not page.recommends
    assert text.startswith("Crop worksheet (ranges, not advice): 富平县")
    assert "does not recommend" in text
    assert "plant" not in text.split("It cannot promise")[0]


def test_with_three_seasons_of_what_it_mixes_the_page_recommends(tmp_path):
    mixed = [o.key for o in crop_page(FUPING, mu=10, risk=0.6, seed=1).plan.outlooks]
    page = crop_page(FUPING, mu=10, risk=0.6, seed=1, records=records(tmp_path, crops=mixed))
    assert page.recommends
    assert "Of 10 mu plant" in page_text(page, rows=5)


def test_two_seasons_are_not_enough(tmp_path):
    mixed = [o.key for o in crop_page(FUPING, mu=10, risk=0.6, seed=1).plan.outlooks]
    file = records(tmp_path, crops=mixed, seasons=2)
    assert not crop_page(FUPING, mu=10, risk=0.6, seed=1, records=file).recommends


def test_registered_plantings_lower_a_crops_margin(tmp_path):
    path = tmp_path / "intentions.csv"
    path.write_text("produce_id,mu\npear,40000\npear,60000\n", encoding="utf-8")
    free = crop_page(FUPING, mu=10, risk=0.6, seed=1)
    full = crop_page(FUPING, mu=10, risk=0.6, seed=1, intentions=path)
    mean = [next(o.mean for o in p.plan.outlooks if o.key == "pear") for p in (free, full)]
    assert mean[1] < mean[0]
    assert "registered" in page_text(full, rows=60)


def test_a_village_is_told_who_plants_what():
    page = crop_page(FUPING, mu=10, risk=0.6, seed=1, growers=50)
    assert sum(page.growers.values()) <= 50
    for outlook in page.plan.outlooks:
        assert abs(page.growers.get(outlook.key, 0) - 50 * outlook.share) <= 1
    assert "Spread over" in page_text(page, rows=5)


def test_tropical_fruit_is_not_offered_to_shaanxi():
    keys = {o.key for o in crop_page(FUPING, mu=10, risk=0.6, seed=1).plan.outlooks}
    assert not keys & {"banana", "mango", "pineapple", "sugarcane_fresh", "litchi"}
    assert {"persimmon_soft", "pear"} <= keys
    guigang = {o.key for o in crop_page("450803", mu=10, risk=0.6, seed=1).plan.outlooks}
    assert "sugarcane_fresh" in guigang


@pytest.mark.parametrize("asked", ["610528", "富平县", "Fuping County"])
def test_a_county_is_found_by_code_or_name(asked):
    if asked == "Fuping County":
        with pytest.raises(InvalidInput, match="is several"):
            find_county(asked)
    else:
        assert find_county(asked)["code"] == FUPING


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"county": "Atlantis"}, "county"),
        ({"mu": 0}, "mu"),
        ({"growers": 0}, "growers"),
        ({"risk": 1.5}, "risk"),
    ],
)
def test_settings_out_of_range_are_refused(change, field):
    asked = {"county": FUPING, "mu": 10, "risk": 0.6, "seed": 1} | change
    with pytest.raises(InvalidInput) as refused:
        crop_page(asked.pop("county"), **asked)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("unicorn,2019,1,1,1", "not in the crop table"),
        ("pear,2019,0,1,1", "must be above 0"),
        ("pear,2019,many,1,1", "not a plain number"),
        ("pear,2018,1,1,1", "twice"),
        ("pear,2019,1,1", "4 cells"),
    ],
)
def test_a_faulty_record_is_named_by_row(tmp_path, row, says):
    path = records(tmp_path, crops=["pear"], seasons=2)
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="row 4") as refused:
        crop_page(FUPING, mu=10, risk=0.6, seed=1, records=path)
    assert says in refused.value.detail
