"""Kilometres and hours."""

import numpy as np
import pytest

from postharvest.engines.travel import (
    EARTH_RADIUS_KM,
    TravelModel,
    chord_km,
    great_circle_km,
    unit_vectors,
)


def test_a_quarter_of_the_equator_is_a_quarter_of_the_sphere():
    km = great_circle_km(np.array(0.0), np.array(0.0), np.array(0.0), np.array(90.0))
    assert km == pytest.approx(EARTH_RADIUS_KM * np.pi / 2)


def test_chords_and_haversines_agree():
    draw = np.random.default_rng(1)
    lat, lon = draw.uniform(-80, 80, 50), draw.uniform(-180, 180, 50)
    points = unit_vectors(lat, lon)
    km = great_circle_km(lat[:, None], lon[:, None], lat[None], lon[None])
    chords = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert chord_km(chords) == pytest.approx(km, abs=1e-6)


@pytest.mark.parametrize(
    ("road_km", "hours"), [(0, 0), (20, 2 / 3), (100, 2 / 3 + 1.6), (170, 2 / 3 + 1.6 + 1)]
)
def test_three_speeds_apply_one_after_another(road_km, hours):
    model = TravelModel()
    assert model.hours(np.array(road_km / model.detour)) == pytest.approx(hours)


def test_an_impossible_model_is_refused():
    with pytest.raises(ValueError, match="detour"):
        TravelModel(detour=0.9)
    with pytest.raises(ValueError, match="speeds_km_h"):
        TravelModel(speeds_km_h=(0.0, 1.0, 1.0))
