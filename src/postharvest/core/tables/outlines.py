"""Maps of outlines: an operator's GeoJSON held to what the pictures need."""

import json
from collections.abc import Iterator
from typing import Any

from postharvest.core.tables.checking import Fault

LARGEST_BYTES = 40_000_000
_SHORTEST_RING = 4
_LON, _LAT = (73.0, 136.0), (3.0, 54.0)
_MOST_FAULTS = 50


def faults_of(raw: bytes) -> list[Fault]:
    """Return what is wrong with a FeatureCollection of polygons in WGS 84; none if it is fit.

    ``line`` is the number of the feature, from 1.
    """
    if len(raw) > LARGEST_BYTES:
        return [_fault(0, "", "the file is too large", f"at most {LARGEST_BYTES // 10**6} MB")]
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except ValueError as error:
        return [_fault(0, "", f"is no GeoJSON: {error}", "write a FeatureCollection in UTF-8")]
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        return [_fault(0, "features", "there are none", "write a FeatureCollection of polygons")]
    faults = []
    seen: dict[str, int] = {}
    for number, feature in enumerate(features, 1):
        faults += _of_feature(number, feature, seen)
        if len(faults) >= _MOST_FAULTS:
            break
    return faults


def features_by_id(raw: bytes) -> dict[str, Any]:
    """Return the features of a checked file by their id."""
    return {str(one["id"]): one for one in json.loads(raw.decode("utf-8-sig"))["features"]}


def _of_feature(number: int, feature: Any, seen: dict[str, int]) -> list[Fault]:  # noqa: ANN401
    if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
        return [_fault(number, "geometry", "is missing", "give each feature a polygon")]
    code = str(feature.get("id", ""))
    if not (code.isdecimal() and len(code) == 6):  # noqa: PLR2004  (GB/T 2260)
        return [_fault(number, "id", "is no code of six digits", "use the GB/T 2260 code", code)]
    if code in seen:
        return [_fault(number, "id", f"is feature {seen[code]}'s", "join them", code)]
    seen[code] = number
    return _of_geometry(number, feature["geometry"])


def _of_geometry(number: int, geometry: dict[str, Any]) -> list[Fault]:
    kind, shape = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        return [_fault(number, "geometry/type", "is no polygon", "use Polygon or MultiPolygon")]
    polygons = [shape] if kind == "Polygon" else shape
    try:
        return next(_of_rings(number, polygons), [])
    except (TypeError, ValueError):
        rule, fix = "are no rings of [lon, lat]", "export it as GeoJSON (RFC 7946) again"
        return [_fault(number, "geometry/coordinates", rule, fix)]


def _of_rings(number: int, polygons: Any) -> Iterator[list[Fault]]:  # noqa: ANN401
    """Yield the first fault of a feature's rings, if there is one."""
    where = "geometry/coordinates"
    for ring in (ring for polygon in polygons for ring in polygon):
        points = [(float(lon), float(lat)) for lon, lat, *_ in ring]
        if len(points) < _SHORTEST_RING or points[0] != points[-1]:
            yield [_fault(number, where, "has an open ring", "end each ring where it began")]
        for lon, lat in points:
            if not (_LON[0] <= lon <= _LON[1] and _LAT[0] <= lat <= _LAT[1]):
                fix = "write [longitude, latitude] in WGS 84 degrees"
                yield [_fault(number, where, "lies outside China", fix, f"[{lon}, {lat}]")]


def _fault(number: int, column: str, rule: str, hint: str, value: str = "") -> Fault:
    return Fault(line=number, column=column, value=value, rule=rule, hint=hint)
