"""Who is reached: villages and households near a foothold, growers who sold, and who came again.

Kilometres are great circles and hours those of the planner's own travel model, so that the share
measured is the share planned for.
"""

import math
from datetime import date

import ibis
from ibis import _
from ibis.expr.types import Table, Value

from postharvest.decisions.measures.expressions.rows import named, rows
from postharvest.decisions.measures.facts import table
from postharvest.engines.travel import EARTH_RADIUS_KM, TravelModel

KM_PER_DEGREE = math.pi * EARTH_RADIUS_KM / 180
FARTHEST_HOURS = 4
NEVER = 24
"""Hours written for a place that has no foothold within four."""


def nearness(on: date) -> Table:
    """Each place with its begun quarter hours to the nearest foothold open on a day."""
    places, footholds = table("places"), table("footholds")
    day = ibis.literal(on)
    standing = footholds.filter(
        footholds.opened_on <= day, footholds.closed_on.isnull() | (footholds.closed_on > day)
    ).select(at_lat="lat", at_lon="lon")
    reach = _farthest_km()
    near = places.join(
        standing,
        [
            (places.lat - standing.at_lat).abs() * KM_PER_DEGREE <= reach,
            (places.lon - standing.at_lon).abs() <= 2 * reach / KM_PER_DEGREE,
        ],
    )
    hours = _hours(near)
    nearest = near.group_by("place_id").agg(quarters=(hours * 4).ceil().cast("int64").min())
    joined = places.left_join(nearest, "place_id").drop("place_id_right")
    return joined.mutate(quarters=joined.quarters.fill_null(NEVER * 4))


def access(on: date, *, hours: int, weight: str) -> Table:
    """Each place; ``d`` its villages or households, ``n`` those of it within the hours."""
    near = nearness(on)
    weighed = near[weight]
    return rows(
        near, item=ibis.literal("place:") + near.place_id, day=ibis.literal(on),
        place=near.county, bin=near.quarters,
        n=ibis.ifelse(near.quarters <= hours * 4, weighed, 0), d=weighed,
    )  # fmt: skip


def households_reached() -> Table:
    """Each grower who had something cut for a sale, beside the households of each county."""
    sellers = _seasons().group_by("grower_id", "origin").agg(day=_.day.min())
    counties = table("counties")
    return ibis.union(
        rows(
            sellers, item=named("grower", sellers.grower_id), day=sellers.day,
            grower_id=sellers.grower_id, place=sellers.origin, n=1, d=0,
        ),
        rows(
            counties, item=ibis.literal("county:") + counties.code, place=counties.code,
            n=0, d=counties.households,
        ),
    )  # fmt: skip


def repeat_sellers() -> Table:
    """Each grower's season that another season of the place's crop followed.

    ``n`` is 1 where he sold then, too.
    """
    seasons = _seasons()
    held = seasons.select("origin", "produce", "season").distinct()
    following = seasons.select("grower_id", "origin", "produce", season=_.season - 1).mutate(
        again=ibis.literal(1)
    )
    next_held = held.select("origin", "produce", season=_.season - 1)
    asked = seasons.semi_join(next_held, ["origin", "produce", "season"])
    joined = asked.left_join(following, ["grower_id", "origin", "produce", "season"])
    return rows(
        joined, item=named("grower", joined.grower_id), day=joined.day,
        grower_id=joined.grower_id, place=joined.origin, produce=joined.produce,
        part=joined.season.cast("string"), n=joined.again.fill_null(0), d=1,
    )  # fmt: skip


def _seasons() -> Table:
    """A grower's crop of a year, from what was cut of his for a sale."""
    lots = table("lots").mutate(season=_.day.year().cast("int64"))
    return lots.group_by("grower_id", "origin", "produce", "season").agg(day=_.day.min())


def _farthest_km() -> float:
    """Great-circle kilometres driven in the farthest hours that are asked for."""
    model = TravelModel()
    slow, middle = model.legs_km
    first, second, rest = model.speeds_km_h
    left = FARTHEST_HOURS - slow / first - middle / second
    return (slow + middle + left * rest) / model.detour


def _hours(near: Table) -> Value:
    """`engines.travel`'s haversine and travel model, said as an expression."""
    model = TravelModel()
    half_lat = (near.lat - near.at_lat).radians() / 2
    half_lon = (near.lon - near.at_lon).radians() / 2
    cosines = near.lat.radians().cos() * near.at_lat.radians().cos()
    h = half_lat.sin().pow(2) + cosines * half_lon.sin().pow(2)
    road = 2 * EARTH_RADIUS_KM * model.detour * ibis.least(h.sqrt(), 1.0).asin()
    slow, middle = model.legs_km
    first, second, rest = model.speeds_km_h
    none = ibis.literal(0.0)
    hours: Value = (
        ibis.least(road, slow) / first
        + ibis.least(ibis.greatest(road - slow, none), middle) / second
        + ibis.greatest(road - slow - middle, none) / rest
    )
    return hours
