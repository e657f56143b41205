"""Seeded nations: bases in origin regions, every market of the country, one week.

Regions and markets lie in 3,600 × 2,800 km; a base's villages and points lie around it.  Nothing
in them is data.
"""

import numpy as np

from postharvest.decisions.planning.province_generator import (
    day_shapes,
    late_chance,
    nearest_points,
)
from postharvest.engines.rescue.many import ManyProblem
from postharvest.engines.rescue.problem import Floats, Ints

DAYS = 7
_SIDES_KM, _REGION_KM, _VILLAGE_KM = np.array([3600.0, 2800.0]), 150.0, 15.0
_PACK_KG = np.array([2.5, 4.5])
_LADDER = np.linspace(1.6, 0.6, 8)
_LOTS, _LOT_KG, _POINTS = 5, 60_000.0, 3
_PROMISE_DAYS, _AGES = 3, 2
_KM_PER_DAY, _FIRST_DAYS, _DAYS_SD = 800.0, 2.0, 0.8
_POSTAGE_YUAN, _POSTAGE_YUAN_PER_1000_KM = np.array([2.8, 3.8]), np.array([1.1, 1.8])


def generated_nation(
    seed: int, *, bases: int = 150, regions: int = 22, markets: int = 31, crops: int = 60
) -> ManyProblem:
    """Return a national week; same seed and sizes, same week.

    A base is a district with five villages of one lot each, three points of 120 stations, 45 to
    130 people a village and a post office for 80 % of what its lots need.  A parcel takes two
    days and one for every 800 km.
    """
    rng = np.random.default_rng([seed, bases, regions, markets, crops])
    region_at = rng.uniform(0, 1, (regions, 2)) * _SIDES_KM
    market_at = rng.uniform(0, 1, (markets, 2)) * _SIDES_KM
    base_region = np.arange(bases) % regions
    base_at = region_at[base_region] + rng.normal(0, _REGION_KM, (bases, 2))
    lot_base = np.repeat(np.arange(bases), _LOTS)
    lot_at = base_at[lot_base] + rng.normal(0, _VILLAGE_KM, (lot_base.size, 2))
    point_base = np.repeat(np.arange(bases), _POINTS)
    point_at = base_at[point_base] + rng.normal(0, _VILLAGE_KM, (point_base.size, 2))
    near, km = nearest_points(lot_at, point_at, lot_base, point_base)
    lots, keep = lot_base.size, near.shape[1]
    lot_crop = rng.integers(0, crops, lots)
    lot_kg = np.round(_LOT_KG * rng.lognormal(0, 0.6, lots), 1)
    length = rng.integers(3, DAYS + 1, lots)
    first = rng.integers(0, DAYS - length + 1)
    people = rng.integers(45, 131, lots).astype(float)
    price = rng.uniform(15, 35, crops)
    crop_kg = np.bincount(lot_crop, weights=lot_kg, minlength=crops)
    base_kg = np.bincount(lot_base, weights=lot_kg, minlength=bases)
    region_kg = np.bincount(base_region, weights=base_kg, minlength=regions)
    road_km = np.hypot(*(region_at[:, None] - market_at[None]).transpose(2, 0, 1))
    market_share = rng.dirichlet(np.full(markets, 4.0))
    return ManyProblem(
        lot_crop=lot_crop,
        lot_kg=lot_kg,
        lot_first_day=first,
        lot_last_day=first + length - 1,
        harvest_cost_yuan_per_kg=np.full(lots, 0.25),
        haul_lot=np.repeat(np.arange(lots), keep),
        haul_point=near.ravel(),
        haul_yuan_per_kg=0.02 * km.ravel(),
        point_district=point_base,
        stations=np.full(point_base.size, 120),
        min_crew=np.full(point_base.size, 10),
        setup_yuan=np.full(point_base.size, 6000.0),
        day_cost_yuan=np.full(point_base.size, 400.0),
        point_to_post_yuan_per_kg=np.full(point_base.size, 0.03),
        pool_people=np.repeat(people[:, None], DAYS, axis=1),
        wage_share=np.tile([0.7, 0.3], (lots, 1)),
        wage_yuan_per_day=np.tile([105.0, 136.5], (lots, 1)),
        commute_pool=np.repeat(np.arange(lots), keep),
        commute_point=near.ravel(),
        commute_yuan=1.0 * km.ravel(),
        district_origin=base_region,
        post_parcels_per_day=np.repeat(
            np.ceil(0.8 * base_kg / DAYS / _PACK_KG.mean())[:, None], DAYS, axis=1
        ),
        pack_kg=_PACK_KG,
        pack_material_yuan=np.array([1.2, 1.7]),
        pack_kg_per_worker_day=np.array([140.0, 175.0]),
        pack_price_factor=(_PACK_KG / 4.5) ** 0.85,
        postage_yuan=_POSTAGE_YUAN + _POSTAGE_YUAN_PER_1000_KM * road_km[:, :, None] / 1000,
        lane_parcels_per_day=_lanes(region_kg.astype(float), market_share),
        late_share=_late_shares(road_km, rng.integers(7, 16, crops)),
        refund_yuan_per_kg=price / 4.5,
        ladder_yuan=np.round(price[:, None] * _LADDER, 1),
        demand_kg=(crop_kg * rng.uniform(0.5, 1.4, crops))[:, None, None, None]
        * market_share[None, :, None, None]
        * day_shapes(rng, crops, DAYS)[:, None, :, None]
        * np.array([0.4, 0.6]),
        reference_price_yuan=price,
        elasticity=rng.uniform(1.6, 2.6, crops),
        net_factor=(0.85 + 0.15 * 1.15) * 0.982,
        return_share=0.35,
        max_late_share=0.05,
        ship_within_days=2,
    )


def _lanes(region_kg: Floats, market_share: Floats) -> Floats:
    """(G, M, T) a lane carries 1.5 times its market's share of the region, and 50 a day more."""
    parcels = 1.5 * region_kg[:, None] * market_share / DAYS / _PACK_KG.mean() + 50
    return np.repeat(np.ceil(parcels)[:, :, None], DAYS, axis=2)


def _late_shares(road_km: Floats, shelf_life_days: Ints) -> Floats:
    """(Q, G, A, M) share arriving with less than the promised days left."""
    usual = np.rint(_FIRST_DAYS + road_km / _KM_PER_DAY)
    out = np.zeros((shelf_life_days.size, road_km.shape[0], _AGES, road_km.shape[1]))
    for age in range(_AGES):
        left = shelf_life_days - _PROMISE_DAYS - age
        for days in np.unique(usual):
            late = late_chance(float(days), _DAYS_SD, left)
            out[:, :, age] = np.where(usual == days, late[:, None, None], out[:, :, age])
    return out
