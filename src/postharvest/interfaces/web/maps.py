"""Maps to look at: Albers equal-area SVG with the land as one shared, cached symbol.

Conic with standard parallels 25° and 47° N and central meridian 105° E on the sphere; WGS 84 in.
One unit of the plane is one ten-thousandth of the earth's radius, 0.637 km.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from postharvest.operations.network import queries as network

OUTLINES = "province_outlines"
"""The table whose outlines are the land."""
Place = tuple[float, float]
"""Longitude and latitude in degrees."""

UNITS_PER_RADIUS = 10_000
_SOUTH, _NORTH, _MIDDLE = (math.radians(degrees) for degrees in (25, 47, 105))
_N = (math.sin(_SOUTH) + math.sin(_NORTH)) / 2
_C = math.cos(_SOUTH) ** 2 + 2 * _N * math.sin(_SOUTH)
_RHO_0 = math.sqrt(_C) / _N
_FINEST = 14.0
"""Bends of the coast finer than this many units (9 km) are left out."""
_RING = 4
_OUTLINE_PLACES = 2

Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a label in pixels."""
_EM, _PHONE_EM = 16.0, 30.0
"""How large the sheet writes on a map: what is shown on phones must have room there too."""
_LAST_LATIN = 0x2E7F
CHINA: tuple[Place, ...] = ((73.5, 39.5), (134.8, 48.4), (123.0, 53.5), (109.5, 18.2))


def albers(place: Place) -> tuple[float, float]:
    """Project onto the plane, y pointing down."""
    longitude, latitude = place
    rho = math.sqrt(_C - 2 * _N * math.sin(math.radians(latitude))) / _N
    theta = _N * (math.radians(longitude) - _MIDDLE)
    return (
        UNITS_PER_RADIUS * rho * math.sin(theta),
        -UNITS_PER_RADIUS * (_RHO_0 - rho * math.cos(theta)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where the plane lies in a picture: pixels = offset + scale × plane."""

    width: float
    height: float
    scale: float
    offset_x: float
    offset_y: float

    def at(self, place: Place) -> tuple[float, float]:
        """Pixels of a place."""
        x, y = albers(place)
        return self.offset_x + self.scale * x, self.offset_y + self.scale * y


def view_of(places: Iterable[Place], *, width: float, height: float, margin: float = 40) -> View:
    """Fit places into a picture, never closer than some 300 km across."""
    points = [albers(place) for place in places]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    scale = min(
        (width - 2 * margin) / max(right - left, 450),
        (height - 2 * margin) / max(bottom - top, 300),
    )
    return View(
        width=width,
        height=height,
        scale=scale,
        offset_x=(width - scale * (left + right)) / 2,
        offset_y=(height - scale * (top + bottom)) / 2,
    )


class Map:
    """A picture of places over the land."""

    def __init__(self, view: View, *, land_url: str) -> None:
        self.view = view
        self._labels: list[Box] = []
        self._marks = [
            f'<rect width="{view.width:g}" height="{view.height:g}" fill="var(--sea)"/>'
            f'<use href="{escape(land_url)}#land" class="land" '
            f'transform="translate({view.offset_x:.1f} {view.offset_y:.1f}) '
            f'scale({view.scale:.5f})"/>'
        ]

    def lane(
        self, start: Place, end: Place, *, colour: str, width: float = 2, dash: str = ""
    ) -> None:
        """Draw a bent line from one place to another."""
        (x1, y1), (x2, y2) = self.view.at(start), self.view.at(end)
        bend_x, bend_y = (x1 + x2) / 2 + (y2 - y1) * 0.18, (y1 + y2) / 2 - (x2 - x1) * 0.18
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._marks.append(
            f'<path d="M{x1:.1f} {y1:.1f}Q{bend_x:.1f} {bend_y:.1f} {x2:.1f} {y2:.1f}" '
            f'fill="none" stroke="{colour}" stroke-width="{width:.1f}" opacity=".55" '
            f'stroke-linecap="round"{dashed}/>'
        )

    def route(self, places: Sequence[Place], *, colour: str, dash: str = "") -> None:
        """Draw straight legs through places."""
        points = " ".join("{:.1f},{:.1f}".format(*self.view.at(place)) for place in places)
        dashed = f' stroke-dasharray="{dash}" stroke-linecap="round"' if dash else ""
        self._marks.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="3.5" '
            f'stroke-linejoin="round"{dashed}/>'
        )

    def mark(
        self, place: Place, *, shape: str = "circle", colour: str, radius: float = 6,
        hollow: bool = False, title: str = "",
    ) -> None:  # fmt: skip
        """Put a symbol: shape and colour say the same thing twice."""
        x, y = self.view.at(place)
        self._marks.append(symbol(shape, x, y, radius=radius, colour=colour, hollow=hollow,
                                  title=title))  # fmt: skip

    def glow(self, place: Place, *, colour: str, radius: float = 18) -> None:
        """Put a pale disc under the mark that matters."""
        x, y = self.view.at(place)
        self._marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}" opacity=".22"/>'
        )

    def label(self, place: Place, text: str, *, css: str = "", above: bool = False) -> bool:
        """Write a name beside a place, unless it would cover one that is there already."""
        x, y = self.view.at(place)
        on_the_left = x > self.view.width * 0.72
        anchor, shift = ("end", -10) if on_the_left else ("start", 10)
        rise = -12 if above else 5
        em = _EM if css == "minor" else _PHONE_EM
        box = _label_box(x + shift, y + rise, text, leftward=on_the_left, em=em)
        if any(_overlap(box, other) for other in self._labels):
            return False
        self._labels.append(box)
        self._marks.append(
            f'<text x="{x + shift:.1f}" y="{y + rise:.1f}" text-anchor="{anchor}" '
            f'class="{css}">{escape(text)}</text>'
        )
        return True

    def svg(self, sentence: str, *, css: str = "") -> SafeString:
        """Return the picture with the sentence that says what it shows."""
        view = self.view
        return mark_safe(  # noqa: S308  (numbers, and texts that went through escape)
            f'<svg class="map {css}" viewBox="0 0 {view.width:g} {view.height:g}" role="img" '
            f'aria-label="{escape(sentence)}">{"".join(self._marks)}</svg>'
        )


def _label_box(x: float, y: float, text: str, *, leftward: bool, em: float) -> Box:
    width = sum(em if ord(c) > _LAST_LATIN else em * 0.56 for c in text)
    left = x - width if leftward else x
    return left, y - em, left + width, y + 3


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def symbol(
    shape: str, x: float, y: float, *, radius: float, colour: str, hollow: bool = False,
    title: str = "",
) -> str:  # fmt: skip
    """One circle, square or triangle around a pixel."""
    paint = (
        f'fill="var(--card)" stroke="{colour}" stroke-width="1.8"'
        if hollow
        else f'fill="{colour}" stroke="var(--card)" stroke-width="1"'
    )
    says = f"<title>{escape(title)}</title>" if title else ""
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" {paint}>{says}</circle>'
    if shape == "square":
        side = 1.8 * radius
        return (
            f'<rect x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" width="{side:.1f}" '
            f'height="{side:.1f}" rx="1" {paint}>{says}</rect>'
        )
    return (
        f'<path d="M{x:.1f} {y - radius * 1.15:.1f}l{radius * 1.1:.1f} {radius * 2:.1f}'
        f'h{-2.2 * radius:.1f}z" {paint}>{says}</path>'
    )


def land_file() -> str:
    """Return the SVG file with the land as a symbol, from the outlines in force."""
    return _land(network.table_version(OUTLINES))


def outline_file() -> str:
    """Return the outlines in force as compact GeoJSON for the map to pan, some 300 m exact."""
    return _outline(network.table_version(OUTLINES))


def land_version() -> str:
    """Return a name that changes when the land does, so that it can be cached for a year."""
    return _land_name(network.table_version(OUTLINES))


@lru_cache(maxsize=2)
def _land(_table_version: str) -> str:
    paths = "".join(
        f'<path d="{path}" vector-effect="non-scaling-stroke"/>'
        for feature in _features()
        if (path := _path(feature))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg"><g id="land" fill="var(--land)" '
        f'stroke="var(--land-line)" stroke-width=".7" stroke-linejoin="round">{paths}</g></svg>'
    )


@lru_cache(maxsize=2)
def _outline(_table_version: str) -> str:
    features = [
        {"type": "Feature", "properties": {}, "geometry": _coarse(feature["geometry"])}
        for feature in _features()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


@lru_cache(maxsize=2)
def _land_name(table_version: str) -> str:
    return sha256(_land(table_version).encode()).hexdigest()[:12]


def _features() -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads(network.table_text(OUTLINES))["features"]
    return features


def _path(feature: dict[str, Any]) -> str:
    geometry = feature["geometry"]
    polygons = (
        geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    )
    return "".join(_ring(polygon[0]) for polygon in polygons)


def _coarse(geometry: dict[str, Any]) -> dict[str, Any]:
    def rounded(part: Any) -> Any:  # noqa: ANN401  (nested lists of any depth)
        if isinstance(part, int | float):
            return round(part, _OUTLINE_PLACES)
        return [rounded(one) for one in part]

    return {"type": geometry["type"], "coordinates": rounded(geometry["coordinates"])}


def _ring(coordinates: Sequence[Sequence[float]]) -> str:
    kept: list[tuple[float, float]] = []
    for longitude, latitude, *_ in coordinates:
        point = albers((longitude, latitude))
        if not kept or math.dist(point, kept[-1]) > _FINEST:
            kept.append(point)
    if len(kept) < _RING:
        return ""
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in kept) + "z"
