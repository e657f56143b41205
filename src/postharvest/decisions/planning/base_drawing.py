"""Drawings of a base plan as SVG text, without Django: map by phase, coverage curve.

Albers equal-area conic with standard parallels 25° and 47° N and central meridian 105° E.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from postharvest.decisions.planning.base_tables import SHIPPED

Place = tuple[float, float]  # longitude and latitude, degrees

COLOURS = ("#1f6f4a", "#d9722b", "#2f6fb0", "#8a5aa8", "#7a7f85", "#b23a48")
MAP_WIDTH, MAP_HEIGHT, MARGIN = 720, 560, 12
CURVE_WIDTH, CURVE_HEIGHT = 720, 300
CURVE_HOURS = 8
_SOUTH, _NORTH, _MIDDLE = (math.radians(x) for x in (25, 47, 105))
_N = (math.sin(_SOUTH) + math.sin(_NORTH)) / 2
_C = math.cos(_SOUTH) ** 2 + 2 * _N * math.sin(_SOUTH)
_CORNERS: tuple[Place, ...] = ((73.5, 39.5), (134.8, 48.4), (123.0, 53.5), (109.5, 18.2))
_COARSE_PX = 0.9


def albers(place: Place) -> tuple[float, float]:
    """Project a place; x to the east, y downwards, in earth radii."""
    lon, lat = place
    rho = math.sqrt(_C - 2 * _N * math.sin(math.radians(lat))) / _N
    theta = _N * (math.radians(lon) - _MIDDLE)
    return rho * math.sin(theta), rho * math.cos(theta)


def base_map(bases: Sequence[Mapping[str, Any]], *, title: str, phase_word: str) -> str:
    """The bases on the provinces, coloured by phase; empty when positions are unknown."""
    placed = [base for base in bases if "lat" in base]
    if not placed:
        return ""
    at = _fit([*_CORNERS, *((base["lon"], base["lat"]) for base in placed)])
    heaviest = max(base["load"] for base in placed) or 1.0
    dots = "".join(_dot(base, at, heaviest, phase_word) for base in placed)
    return (
        f'<svg viewBox="0 0 {MAP_WIDTH} {MAP_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<g fill="#f2efe6" stroke="#c9c3b2" stroke-width=".6">{_land(at)}</g>'
        f'<g stroke="#fff" stroke-width=".8">{dots}</g></svg>'
    )


def coverage_curve(
    curves: Mapping[str, Sequence[tuple[float, float]]], *, title: str, axis: str
) -> str:
    """Share of the weight (0 … 1) within so many hours, one line per phase."""

    def x(hours: float) -> float:
        return 48 + hours / CURVE_HOURS * (CURVE_WIDTH - 64)

    def y(share: float) -> float:
        return 14 + (1 - share) * (CURVE_HEIGHT - 54)

    marks = []
    for percent in range(0, 101, 25):
        level = y(percent / 100)
        marks.append(
            f'<line x1="48" x2="{CURVE_WIDTH - 16}" y1="{level:.1f}" y2="{level:.1f}" '
            f'stroke="#ddd8ca"/><text x="42" y="{level + 4:.1f}" text-anchor="end">{percent} %'
            "</text>"
        )
    marks.extend(
        f'<text x="{x(hour):.1f}" y="{CURVE_HEIGHT - 24}" text-anchor="middle">{hour}</text>'
        for hour in range(CURVE_HOURS + 1)
    )
    for k, points in enumerate(curves.values()):
        path = " ".join(f"{x(h):.1f},{y(share):.1f}" for h, share in points if h <= CURVE_HOURS)
        marks.append(
            f'<polyline points="{path}" fill="none" stroke="{colour(k)}" stroke-width="2.5"/>'
        )
    return (
        f'<svg viewBox="0 0 {CURVE_WIDTH} {CURVE_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{"".join(marks)}'
        f'<text x="{CURVE_WIDTH / 2}" y="{CURVE_HEIGHT - 6}" text-anchor="middle">'
        f"{escape(axis)}</text></svg>"
    )


def colour(phase: int) -> str:
    """Colour of a phase, counted from 0."""
    return COLOURS[phase % len(COLOURS)]


def _dot(
    base: Mapping[str, Any], at: Callable[[Place], Place], heaviest: float, phase_word: str
) -> str:
    x, y = at((base["lon"], base["lat"]))
    radius = 2.5 + 4.5 * math.sqrt(base["load"] / heaviest)
    words = f"{base['name']} · {phase_word} {base['phase']} · {base['mean_hours']:.2f} h"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" '
        f'fill="{colour(base["phase"] - 1)}"><title>{escape(words)}</title></circle>'
    )


def _fit(places: Sequence[Place]) -> Callable[[Place], Place]:
    plane = [albers(place) for place in places]
    xs, ys = [p[0] for p in plane], [p[1] for p in plane]
    scale = min(
        (MAP_WIDTH - 2 * MARGIN) / (max(xs) - min(xs)),
        (MAP_HEIGHT - 2 * MARGIN) / (max(ys) - min(ys)),
    )
    left = (MAP_WIDTH - scale * (max(xs) + min(xs))) / 2
    top = (MAP_HEIGHT - scale * (max(ys) + min(ys))) / 2

    def at(place: Place) -> Place:
        x, y = albers(place)
        return left + scale * x, top + scale * y

    return at


def _land(at: Callable[[Place], Place]) -> str:
    features = json.loads((SHIPPED / "provinces.geojson").read_text(encoding="utf-8"))["features"]
    paths: list[str] = []
    for feature in features:
        shape = feature["geometry"]
        polygons = shape["coordinates"]
        paths.extend(
            _outline([at((lon, lat)) for lon, lat in polygon[0]])
            for polygon in (polygons if shape["type"] == "MultiPolygon" else [polygons])
        )
    return f'<path d="{"".join(paths)}"/>'


def _outline(points: Sequence[Place]) -> str:
    kept: list[Place] = []
    for point in points:
        if not kept or math.dist(point, kept[-1]) > _COARSE_PX:
            kept.append(point)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "z"
