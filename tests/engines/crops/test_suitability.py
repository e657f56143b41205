"""Trapezoids, frost, and the best month to sow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.engines.crops.suitability import Climate, Requirements, suitability, trapezoid

TEMPERATE = Climate(
    temperature_c=np.array([-2, 1, 7, 14, 19, 24, 26, 24, 19, 13, 6, 0.0]),
    rain_mm=np.array([8, 12, 25, 40, 55, 60, 100, 90, 85, 55, 20, 7.0]),
)


def crop(**change):
    fields = {
        "life": "annual",
        "temperature_c": (8.0, 16.0, 24.0, 32.0),
        "rain_mm": (100.0, 200.0, 700.0, 1100.0),
        "kill_growing_c": -2.0,
        "kill_dormant_c": None,
        "cycle_days": 90,
        "coldest_month_max_c": None,
        "coldest_month_min_c": None,
    }
    return Requirements(**(fields | change))


@given(st.floats(-20, 60), st.floats(-20, 60))
def test_the_trapezoid_stays_between_0_and_1_and_changes_no_faster_than_its_sides(a, b):
    limits = (8.0, 16.0, 24.0, 32.0)
    assert 0 <= trapezoid(a, limits) <= 1
    assert abs(trapezoid(a, limits) - trapezoid(b, limits)) <= abs(a - b) / 8 + 1e-12


def test_an_annual_is_sown_when_it_suits():
    found = suitability(TEMPERATE, crop(), dry_floor=0.6)
    assert found.score == 1.0
    assert found.limit == ""
    assert 5 <= found.from_month <= 7


def test_frost_while_growing_kills():
    hot = crop(cycle_days=365, kill_growing_c=0.0)
    found = suitability(TEMPERATE, hot, dry_floor=0.6)
    assert found.score == 0
    assert found.limit == "frost while growing"


def test_turning_the_year_changes_no_score():
    turned = Climate(
        temperature_c=np.roll(TEMPERATE.temperature_c, 6), rain_mm=np.roll(TEMPERATE.rain_mm, 6)
    )
    one, other = (suitability(c, crop(), dry_floor=0.6) for c in (TEMPERATE, turned))
    assert (one.score, one.limit) == (other.score, other.limit)


def test_dry_places_score_the_floor_since_water_can_be_brought():
    dry = Climate(temperature_c=TEMPERATE.temperature_c, rain_mm=np.full(12, 1.0))
    found = suitability(dry, crop(), dry_floor=0.6)
    assert found.score == pytest.approx(0.6)
    assert found.limit == "too dry without irrigation"


@pytest.mark.parametrize(
    ("change", "limit"),
    [
        ({"kill_dormant_c": -10.0}, "winter cold kills"),
        ({"coldest_month_min_c": 5.0}, "winter too cold"),
        ({"coldest_month_max_c": -5.0}, "winter too mild for its chill"),
    ],
)
def test_a_trees_winter_can_forbid_it(change, limit):
    found = suitability(TEMPERATE, crop(life="perennial", **change), dry_floor=0.6)
    assert (found.score, found.limit) == (0.0, limit)


def test_under_cover_the_climate_does_not_count():
    assert suitability(TEMPERATE, crop(life="covered or year-round"), dry_floor=0.6).score == 1


def test_a_climate_has_twelve_months():
    with pytest.raises(ValueError, match="twelve"):
        Climate(temperature_c=np.zeros(11), rain_mm=np.zeros(12))
