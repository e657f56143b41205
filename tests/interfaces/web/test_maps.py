import json
import math
import xml.etree.ElementTree as ET

import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.interfaces.web import maps
from postharvest.operations.network.actions.tables import import_table, restore_table

FUPING, SHANGHAI, BEIJING = (109.2, 34.75), (121.47, 31.23), (116.4, 39.9)
EARTH_KM = 6371.0


def area_km2(corners):
    points = [maps.albers(c) for c in corners]
    shoelace = sum(
        x1 * y2 - x2 * y1
        for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True)
    )
    return abs(shoelace) / 2 * (EARTH_KM / maps.UNITS_PER_RADIUS) ** 2


@pytest.mark.parametrize("place", [(85, 30), (105, 36), (125, 50), (110, 20)])
def test_the_projection_keeps_areas(place):
    lon, lat = place
    d = 0.25
    corners = [(lon - d, lat - d), (lon + d, lat - d), (lon + d, lat + d), (lon - d, lat + d)]
    radians = math.radians
    on_the_sphere = (
        EARTH_KM**2 * radians(2 * d) * (math.sin(radians(lat + d)) - math.sin(radians(lat - d)))
    )
    assert area_km2(corners) == pytest.approx(on_the_sphere, rel=1e-4)


def test_north_is_up_and_east_is_right():
    view = maps.view_of([FUPING, SHANGHAI, BEIJING], width=600, height=400)
    assert view.at(BEIJING)[1] < view.at(FUPING)[1] < view.at(SHANGHAI)[1]
    assert view.at(FUPING)[0] < view.at(BEIJING)[0] < view.at(SHANGHAI)[0]
    for x, y in map(view.at, [FUPING, SHANGHAI, BEIJING]):
        assert 0 <= x <= 600
        assert 0 <= y <= 400


def test_one_place_alone_makes_a_map_of_its_surroundings():
    view = maps.view_of([FUPING], width=600, height=400)
    assert view.at(FUPING) == pytest.approx((300, 200))


@pytest.mark.django_db
def test_the_land_is_one_valid_file_with_a_name_that_follows_it():
    root = ET.fromstring(maps.land_file())
    group = root.find("{http://www.w3.org/2000/svg}g")
    assert group.get("id") == "land"
    assert len(group) == 31
    assert len(maps.land_version()) == 12


@pytest.mark.django_db
def test_an_operator_brings_his_own_outlines(tmp_path, now):
    shipped = maps.land_version()
    square = [[100, 30], [110, 30], [110, 40], [100, 40], [100, 30]]
    feature = {
        "type": "Feature",
        "id": "610000",
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    file = tmp_path / "mine.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = import_table(name="province_outlines", path=file, dry_run=False, actor=SYSTEM, now=now)
    assert (done.rows, done.changed, done.removed, done.faults) == (1, 1, 30, ())
    assert maps.land_file().count("<path") == 1
    assert maps.land_version() != shipped
    restore_table(name="province_outlines", actor=SYSTEM, now=now)
    assert maps.land_version() == shipped
