"""Where things are, and what they are called."""

import pytest
from tests.operations.network.conftest import NOW

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.geo import great_circle_km
from postharvest.operations.network import actions, queries
from postharvest.operations.network.models import PlanningDefault, Township, Village

pytestmark = pytest.mark.django_db


def test_a_village_without_a_position_lies_near_its_townships_seat_and_says_it_is_modelled(places):
    township = Township.objects.filter(code__startswith="4508", lat__isnull=False).first()
    village = Village.objects.filter(township_code=township.code).first()
    position = queries.position_of_village(village.code)
    km = great_circle_km(lat1=township.lat, lon1=township.lon, lat2=position.lat, lon2=position.lon)
    assert 0 < km <= 3.05
    assert position.is_modelled
    assert "township" in position.status
    assert position == queries.position_of_village(village.code)


def test_without_a_township_position_it_lies_near_the_county_seat(places):
    township = Township.objects.filter(county_id="610528", lat=None).first()
    village = Village.objects.filter(township_code=township.code).first()
    position = queries.position_of_village(village.code)
    seat = village.county
    assert great_circle_km(lat1=seat.lat, lon1=seat.lon, lat2=position.lat, lon2=position.lon) < 3.1
    assert "county" in position.status


def test_villages_of_one_township_do_not_lie_on_one_spot(places):
    codes = Village.objects.filter(county_id="610528").values_list("code", flat=True)
    spots = {queries.position_of_village(code) for code in codes}
    assert len(spots) == len(codes)


def test_a_village_whose_position_was_entered_lies_there(places, tmp_path):
    code = "610528001001"
    row = next(r for r in queries.read_table("villages_pilot") if r["code"] == code)
    file = tmp_path / "villages.csv"
    head = "code,name_zh,kind,township_code,county_code,lat,lon"
    cells = [row[name] for name in head.split(",")[:5]]
    file.write_text(f"{head}\n{','.join(map(str, cells))},34.8123,109.1456\n", "utf-8")
    done = actions.import_table(
        name="villages_pilot", path=file, dry_run=False, merge=True, actor=SYSTEM, now=NOW
    )
    assert done.faults == ()
    position = queries.position_of_village(code)
    assert (position.lat, position.lon) == (34.8123, 109.1456)
    assert not position.is_modelled
    assert queries.position_of_village("610528001002").is_modelled


def test_the_spread_is_the_planning_default(places):
    PlanningDefault.objects.filter(field="position_jitter").update(value="0")
    position = queries.position_of_village("610528001001")
    county = Village.objects.get(code="610528001001").county
    assert (position.lat, position.lon) == pytest.approx((county.lat, county.lon))


def test_a_village_of_an_unlisted_province_lies_in_its_county(places):
    assert queries.position_of_village("440117999001").is_modelled
    with pytest.raises(queries.UnknownPlace):
        queries.position_of_village("999999999001")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("富平县", "610528"),
        ("富平", "610528"),
        ("610528", "610528"),
        ("Gangnan District", "450803"),
        ("gangnan", "450803"),
        ("港南", "450803"),
    ],
)
def test_counties_are_found_by_name_in_both_languages_and_by_code(places, text, first):
    assert queries.counties_by_name(text)[0].code == first


def test_namesakes_are_all_offered_and_nothing_is_found_for_nothing(places):
    assert {county.code for county in queries.counties_by_name("fuping county")} == {
        "130624",
        "610528",
        "610730",
    }
    assert queries.counties_by_name("  ") == []
    assert queries.counties_by_name("nowhere at all") == []


def test_the_nearest_county_is_that_of_the_nearest_seat(places):
    assert queries.nearest_county(34.75, 109.18).code == "610528"
    assert queries.nearest_county(23.07, 109.6).prefecture_id == "450800"


def test_every_market_comes_with_its_province(places, django_assert_num_queries):
    with django_assert_num_queries(1):
        names = {market.province.name_en for market in queries.markets()}
    assert len(names) == 31


def test_nothing_is_collected_on_the_countrys_and_the_countys_stops(base):
    from datetime import date

    from postharvest.core.audit.actor import SYSTEM

    new_year, local, elsewhere = date(2027, 2, 6), date(2027, 2, 7), date(2027, 2, 8)
    for day, county in ((new_year, None), (local, "610528"), (elsewhere, "450803")):
        actions.mark_calendar_day(
            day=day, kind="collection_stop", county_code=county, actor=SYSTEM, now=NOW
        )
    days = [new_year, local, elsewhere]
    assert queries.days_without_collection("610528", days) == {new_year, local}
