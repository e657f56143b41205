import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.core.geo import EARTH_RADIUS_KM, great_circle_km, spread

latitude, longitude = st.floats(3, 54), st.floats(73, 136)


@given(latitude, longitude, latitude, longitude)
def test_distance_agrees_with_the_law_of_cosines(lat1, lon1, lat2, lon2):
    a, b, turn = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    by_cosines = EARTH_RADIUS_KM * math.acos(max(-1.0, min(1.0, cosine)))
    km = great_circle_km(lat1=lat1, lon1=lon1, lat2=lat2, lon2=lon2)
    assert km == pytest.approx(by_cosines, abs=0.2)  # cosines lose digits near 0
    assert km == great_circle_km(lat1=lat2, lon1=lon2, lat2=lat1, lon2=lon1)


@given(latitude, longitude, st.floats(0, 20), st.text(max_size=12))
def test_a_spread_point_lies_within_the_radius_and_never_moves(lat, lon, radius_km, seed):
    there = spread(lat=lat, lon=lon, radius_km=radius_km, seed=seed)
    assert there == spread(lat=lat, lon=lon, radius_km=radius_km, seed=seed)
    km = great_circle_km(lat1=lat, lon1=lon, lat2=there[0], lon2=there[1])
    assert km <= radius_km * 1.02 + 1e-9  # a degree of longitude shrinks towards the pole


def test_spread_fills_the_disc_evenly():
    inner = 0
    for number in range(2000):
        lat, lon = spread(lat=34, lon=109, radius_km=10, seed=str(number))
        inner += great_circle_km(lat1=34, lon1=109, lat2=lat, lon2=lon) < 10 / math.sqrt(2)
    assert 920 < inner < 1080
