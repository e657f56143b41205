"""A base plan as GeoJSON (RFC 7946): a point for each base."""

from collections.abc import Mapping
from typing import Any

from postharvest.core.errors import InvalidInput


def to_geojson(document: Mapping[str, Any]) -> dict[str, Any]:
    """Features of the last phase's bases; raises `InvalidInput` where positions are unknown."""
    features = []
    for base in document["bases"]:
        if "lat" not in base:
            raise InvalidInput("geojson", "needs lat and lon of every candidate")
        facts = {key: value for key, value in base.items() if key not in ("lat", "lon")}
        features.append(
            {
                "type": "Feature",
                "id": base["id"],
                "geometry": {"type": "Point", "coordinates": [base["lon"], base["lat"]]},
                "properties": facts,
            }
        )
    return {"type": "FeatureCollection", "features": features}
