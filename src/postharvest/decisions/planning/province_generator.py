"""Seeded provinces: hundreds of villages, dozens of crops, shared people, post offices and lanes.

Counties lie in a square of 400 km, villages around their seats; lots, people and points are drawn
as `docs/rescue.md` says.  Nothing in them is data.
"""

import math

import numpy as np

from postharvest.engines.rescue.many import ManyProblem
from postharvest.engines.rescue.problem import Floats, Ints

DAYS, NEAR_POINTS = 14, 2
_SIDE_KM, _SPREAD_KM, _CIRCUITY = 400.0, 12.0, 1.3
_PACK_KG = np.array([2.5, 4.5])
_ZONES = (  # share, median and sd of the days on the road, postage of the two packs
    (0.08, 2.0, 0.7, 3.0, 4.0),
    (0.18, 3.0, 0.8, 3.6, 5.0),
    (0.38, 3.5, 1.0, 3.9, 5.5),
    (0.22, 4.2, 1.1, 4.5, 6.5),
    (0.12, 5.3, 1.2, 5.5, 8.0),
    (0.02, 7.5, 1.8, 11.0, 18.0),
)
_LADDER = np.linspace(1.6, 0.6, 8)
_SHAPE = (0.70, 0.95, 1.10, 1.15, 1.15, 1.10, 1.05, 1.00, 0.95, 0.85)
_LOTS, _LOT_KG = 6, 9000.0
_PROMISE_DAYS, _AGES = 3, 2


def generated_province(
    seed: int, *, counties: int = 60, villages: int = 500, crops: int = 30, points: int = 250
) -> ManyProblem:
    """Return a province; same seed and sizes, same province."""
    rng = np.random.default_rng([seed, counties, villages, crops, points])
    seats = rng.uniform(0, _SIDE_KM, (counties, 2))
    village_county = np.arange(villages) % counties
    village_at = seats[village_county] + rng.normal(0, _SPREAD_KM, (villages, 2))
    point_county = np.arange(points) % counties
    point_at = seats[point_county] + rng.normal(0, _SPREAD_KM, (points, 2))
    lot_village = np.repeat(np.arange(villages), _LOTS)
    lot_crop = rng.integers(0, crops, lot_village.size)
    lot_kg = np.round(_LOT_KG * rng.lognormal(0, 0.6, lot_village.size), 1)
    length = rng.integers(4, 13, lot_village.size)
    first = rng.integers(0, DAYS - length + 1)
    near, km = nearest_points(village_at, point_at, village_county, point_county)
    lots, keep = lot_village.size, near.shape[1]
    people = rng.integers(8, 29, villages).astype(float)
    price = rng.uniform(15, 35, crops)
    crop_kg = np.bincount(lot_crop, weights=lot_kg, minlength=crops)
    demand = crop_kg * rng.uniform(0.5, 1.4, crops)
    county_kg = np.bincount(village_county[lot_village], weights=lot_kg, minlength=counties)
    return ManyProblem(
        lot_crop=lot_crop,
        lot_kg=lot_kg,
        lot_first_day=first,
        lot_last_day=first + length - 1,
        harvest_cost_yuan_per_kg=np.full(lots, 0.25),
        haul_lot=np.repeat(np.arange(lots), keep),
        haul_point=near[lot_village].ravel(),
        haul_yuan_per_kg=0.02 * km[lot_village].ravel(),
        point_district=point_county,
        stations=np.full(points, 40),
        min_crew=np.full(points, 5),
        setup_yuan=np.full(points, 2500.0),
        day_cost_yuan=np.full(points, 150.0),
        point_to_post_yuan_per_kg=np.full(points, 0.03),
        pool_people=np.repeat(people[:, None], DAYS, axis=1),
        wage_share=np.tile([0.7, 0.3], (villages, 1)),
        wage_yuan_per_day=np.tile([105.0, 136.5], (villages, 1)),
        commute_pool=np.repeat(np.arange(villages), keep),
        commute_point=near.ravel(),
        commute_yuan=1.0 * km.ravel(),
        district_origin=np.zeros(counties, dtype=np.int64),
        post_parcels_per_day=np.repeat(
            np.ceil(0.8 * county_kg / DAYS / _PACK_KG.mean())[:, None], DAYS, axis=1
        ),
        pack_kg=_PACK_KG,
        pack_material_yuan=np.array([1.2, 1.7]),
        pack_kg_per_worker_day=np.array([140.0, 175.0]),
        pack_price_factor=(_PACK_KG / 4.5) ** 0.85,
        postage_yuan=np.array([[z[3:] for z in _ZONES]]),
        lane_parcels_per_day=_lanes(float(lot_kg.sum())),
        late_share=_late_shares(rng.integers(7, 16, crops)),
        refund_yuan_per_kg=price / 4.5,
        ladder_yuan=np.round(price[:, None] * _LADDER, 1),
        demand_kg=demand[:, None, None, None]
        * np.array([z[0] for z in _ZONES])[None, :, None, None]
        * day_shapes(rng, crops, DAYS)[:, None, :, None]
        * np.array([0.4, 0.6]),
        reference_price_yuan=price,
        elasticity=rng.uniform(1.6, 2.6, crops),
        net_factor=(0.85 + 0.15 * 1.15) * 0.982,
        return_share=0.35,
        max_late_share=0.05,
        ship_within_days=2,
    )


def nearest_points(
    villages: Floats, points: Floats, village_county: Ints, point_county: Ints
) -> tuple[Ints, Floats]:
    """(villages, near) the nearest points of each village's own county, and the km by road."""
    km = _CIRCUITY * np.hypot(*(villages[:, None] - points[None]).transpose(2, 0, 1))
    km = np.where(village_county[:, None] == point_county[None], km, np.inf)
    keep = min(NEAR_POINTS, int(np.bincount(point_county).min()))
    near = np.argsort(km, axis=1, kind="stable")[:, :keep]
    return near, np.take_along_axis(km, near, axis=1)


def _lanes(total_kg: float) -> Floats:
    """(1, M, T) a lane carries 1.1 times its zone's share of everything, spread over the days."""
    share = np.array([z[0] for z in _ZONES])
    parcels = np.ceil(1.1 * share * total_kg / DAYS / _PACK_KG.mean())
    return np.repeat(parcels[None, :, None], DAYS, axis=2)


def _late_shares(shelf_life_days: Ints) -> Floats:
    """(Q, 1, A, M) share arriving with less than the promised days left."""
    out = np.zeros((shelf_life_days.size, 1, _AGES, len(_ZONES)))
    for zone, (_, median, sd, _, _) in enumerate(_ZONES):
        for age in range(_AGES):
            left = shelf_life_days - _PROMISE_DAYS - age
            out[:, 0, age, zone] = late_chance(median, sd, left)
    return out


def late_chance(median_days: float, sd_days: float, left_days: Ints) -> Floats:
    """(Q,) chance that a parcel is on the road for more days than are left."""
    day = np.arange(1, 13)
    weight = np.where(
        day >= max(1.0, median_days - 1), np.exp(-(((day - median_days) / sd_days) ** 2) / 2), 0
    )
    chance = weight / weight.sum()
    return np.asarray((chance * (day > left_days[:, None])).sum(axis=1))


def day_shapes(rng: np.random.Generator, crops: int, days: int) -> Floats:
    """(Q, T) how each crop's demand falls on the days; campaigns start on different days."""
    at = np.linspace(0, len(_SHAPE) - 1, days)
    shape = np.interp(at, np.arange(len(_SHAPE)), _SHAPE)
    wave = np.array([1 + 0.1 * np.sin(at + phase) for phase in rng.uniform(0, math.tau, crops)])
    rows = shape * wave
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))
