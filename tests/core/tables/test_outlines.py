"""An operator's map: what is wrong is named by feature."""

import json

import pytest

from postharvest.core.tables.outlines import faults_of
from postharvest.core.tables.shipped import shipped_bytes

SQUARE = [[100, 30], [110, 30], [110, 40], [100, 40], [100, 30]]


def collection(**changed) -> bytes:
    shape = {"type": "Polygon", "coordinates": [SQUARE]}
    feature = {"type": "Feature", "id": "610000", "geometry": shape, **changed}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.mark.parametrize("name", ["province_outlines", "county_cells"])
def test_what_ships_is_fit(name):
    assert faults_of(shipped_bytes(name)) == []


@pytest.mark.parametrize(
    ("raw", "column"),
    [
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"[]", "features"),
        (b'{"features": []}', "features"),
        (b'{"features": [7]}', "geometry"),
        (collection(geometry=None), "geometry"),
        (collection(id="Shaanxi"), "id"),
        (collection(geometry={"type": "Point", "coordinates": [100, 30]}), "geometry/type"),
        (collection(geometry={"type": "Polygon"}), "geometry/coordinates"),
        (collection(geometry=polygon(SQUARE[:-1])), "geometry/coordinates"),
        (collection(geometry=polygon([[lat, lon] for lon, lat in SQUARE])), "geometry/coordinates"),
        (collection(geometry=polygon([["a", "b"]] * 5)), "geometry/coordinates"),
        (collection(geometry=polygon([[float("nan"), 30]] * 5)), "geometry/coordinates"),
    ],
)
def test_what_can_not_be_drawn_is_named(raw, column):
    fault = faults_of(raw)[0]
    assert fault.column == column
    assert fault.hint


def test_two_features_of_one_code_are_named():
    one = json.loads(collection())
    fault = faults_of(json.dumps({"features": one["features"] * 2}).encode())[0]
    assert (fault.line, fault.column) == (2, "id")
