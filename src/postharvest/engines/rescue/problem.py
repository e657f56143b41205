"""What a rescue plan is asked about: one surplus as arrays, shapes checked.

Letters used for shapes, here and in the whole package: ``N`` lots, ``H`` lot-point pairs that may
be hauled, ``P`` packing points, ``L`` labour pools, ``C`` pool-point pairs that may be walked,
``W`` wage steps, ``K`` packs, ``M`` zones, ``E`` outlets, ``O`` outlet-lot pairs, ``T`` days,
``A`` ages (pack day minus harvest day, 0 … hold days), ``J`` price levels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.rescue.axes import hold_to

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NO_LIMIT = 1_000_000
_SHAPES = {
    "lot_kg": "N",
    "lot_first_day": "N",
    "lot_last_day": "N",
    "harvest_cost_yuan_per_kg": "N",
    "haul_lot": "H",
    "haul_point": "H",
    "haul_yuan_per_kg": "H",
    "stations": "P",
    "min_crew": "P",
    "setup_yuan": "P",
    "day_cost_yuan": "P",
    "point_to_post_yuan_per_kg": "P",
    "point_parcels_per_day": "PT",
    "point_may_open": "PT",
    "pool_people": "LT",
    "wage_share": "LW",
    "wage_yuan_per_day": "LW",
    "commute_pool": "C",
    "commute_point": "C",
    "commute_yuan": "C",
    "pack_kg": "K",
    "pack_material_yuan": "K",
    "pack_kg_per_worker_day": "K",
    "pack_price_factor": "K",
    "late_share": "AM",
    "zone_parcels_per_day": "MT",
    "postage_yuan": "MK",
    "hub_parcels_per_day": "T",
    "ladder_yuan": "J",
    "demand_kg": "MTK",
    "outlet_yuan_per_kg": "E",
    "outlet_freight_yuan_per_kg": "E",
    "outlet_labour_yuan_per_kg": "E",
    "outlet_least_kg": "E",
    "outlet_kg_per_day": "ET",
    "offer_outlet": "O",
    "offer_lot": "O",
    "offer_kg_per_day": "OT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueProblem:
    """One surplus of one kind of produce, with everything that may be decided about it.

    Days are counted from 0 here (the files count from 1).  Unlimited capacities are ``inf``.

    Attributes
    ----------
    lot_kg : (N,) kg that lie in the field.
    lot_first_day, lot_last_day : (N,) first and last harvest day.
    haul_lot, haul_point, haul_yuan_per_kg : (H,) which lot may go to which point, at what cost.
    stations, min_crew : (P,) most and least people on an open day.
    point_may_open : (P, T) False on closed days.
    pool_people : (L, T) people of a pool that can come on a day.
    wage_share, wage_yuan_per_day : (L, W) convex steps: share of the pool's people, their wage.
    pack_price_factor : (K,) price of a pack = ladder price x factor.
    late_share : (A, M) probability that produce packed at that age arrives with less life left
        than promised.
    demand_kg : (M, T, K) kg newly wanted at ``reference_price_yuan``.
    net_factor : what growers receive of the team price, per yuan (solo sales in, fees out).
    return_share : share of the unserved who come back the next day (rho).
    unserved_before_kg : (M, K) kg wanted but unserved before day 0; None for a fresh surplus.
    waiting_before_kg : (D, M, K) kg ordered before day 0 that must be posted by day d.
    cancel_yuan_per_kg : what an order not kept costs (refund is lost revenue; this is on top).
    outlet_freight_yuan_per_kg, outlet_labour_yuan_per_kg : (E,) what carrying and loading a kg
        for a bulk buyer costs growers; 0 for buyers who collect at the field.
    outlet_least_kg : (E,) least kg a day that an outlet takes, if it takes any; 0 without a limit.
    offer_* : one row per outlet and lot that it takes.
    outlet_kg_per_day : (E, T) limit over all lots of an outlet.
    """

    lot_kg: Floats
    lot_first_day: Ints
    lot_last_day: Ints
    harvest_cost_yuan_per_kg: Floats
    haul_lot: Ints
    haul_point: Ints
    haul_yuan_per_kg: Floats
    stations: Ints
    min_crew: Ints
    setup_yuan: Floats
    day_cost_yuan: Floats
    point_to_post_yuan_per_kg: Floats
    point_parcels_per_day: Floats
    point_may_open: Bools
    pool_people: Floats
    wage_share: Floats
    wage_yuan_per_day: Floats
    commute_pool: Ints
    commute_point: Ints
    commute_yuan: Floats
    pack_kg: Floats
    pack_material_yuan: Floats
    pack_kg_per_worker_day: Floats
    pack_price_factor: Floats
    late_share: Floats
    zone_parcels_per_day: Floats
    postage_yuan: Floats
    hub_parcels_per_day: Floats
    ladder_yuan: Floats
    demand_kg: Floats
    reference_price_yuan: float
    elasticity: float
    net_factor: float
    return_share: float
    refund_yuan_per_kg: float
    max_late_share: float
    ship_within_days: int
    outlet_yuan_per_kg: Floats
    outlet_freight_yuan_per_kg: Floats
    outlet_labour_yuan_per_kg: Floats
    outlet_least_kg: Floats
    outlet_kg_per_day: Floats
    offer_outlet: Ints
    offer_lot: Ints
    offer_kg_per_day: Floats
    unserved_before_kg: Floats | None = None
    waiting_before_kg: Floats | None = None
    cancel_yuan_per_kg: float = 0.0

    def __post_init__(self) -> None:
        hold_to(self, _SHAPES)

    @property
    def days(self) -> int:
        """T, the horizon in days."""
        return int(self.hub_parcels_per_day.shape[0])

    @property
    def ages(self) -> int:
        """A, the number of ages at packing (hold days + 1)."""
        return int(self.late_share.shape[0])

    @property
    def points(self) -> int:
        return int(self.stations.shape[0])

    @property
    def zones(self) -> int:
        return int(self.postage_yuan.shape[0])

    @property
    def packs(self) -> int:
        return int(self.pack_kg.shape[0])

    @property
    def levels(self) -> int:
        return int(self.ladder_yuan.shape[0])

    @property
    def total_kg(self) -> float:
        return float(self.lot_kg.sum())

    @property
    def offer_net_yuan_per_kg(self) -> Floats:
        """(O,) what growers keep per kg of an offer, after freight, loading and harvest."""
        paid = self.outlet_yuan_per_kg - self.outlet_freight_yuan_per_kg
        paid = paid - self.outlet_labour_yuan_per_kg
        return np.asarray(paid[self.offer_outlet] - self.harvest_cost_yuan_per_kg[self.offer_lot])

    def fresh_enough(self) -> Bools:
        """Return (A, M): which ages may be posted to which zones."""
        return self.late_share <= self.max_late_share + 1e-12

    def wanted_kg(self, level: int) -> Floats:
        """(M, T, K) kg newly wanted at one price level: constant elasticity.

        Day 0 includes who comes back from before day 0.
        """
        ratio = float(self.ladder_yuan[level]) / self.reference_price_yuan
        wanted = np.asarray(self.demand_kg * ratio**-self.elasticity)
        if self.unserved_before_kg is not None:
            wanted[:, 0] += self.return_share * self.unserved_before_kg
        return wanted

    def revenue_yuan_per_kg(self, level: int) -> Floats:
        """(K,) what growers receive per kg ordered at one price level."""
        price = self.ladder_yuan[level] * self.pack_price_factor
        return np.asarray(price / self.pack_kg * self.net_factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueParams:
    """What the plan is to be best at, and how long to look.

    Attributes
    ----------
    clear_share : share of all kg that must leave the field; 0 asks for income alone.
    cpu_seconds : effort in nominal CPU seconds.  It is counted in simplex work, not read off a
        clock, so that the same case and seed give the same plan on every machine.
    wanted_gap : stop as soon as the plan is proven this close to the best.
    wage_weight : yuan of objective per yuan of wages paid (0: wages are a cost like any other).
    max_unsold_spread : fairness: no lot's unsold share may lie further above that of all lots
        together (1: no such rule).
    most_points : no more packing points are set up than this.
    only_level : the one price level to plan at; None leaves the price to the plan.
    """

    clear_share: float = 0.0
    cpu_seconds: float = 4.0
    wanted_gap: float = 0.001
    wage_weight: float = 0.0
    max_unsold_spread: float = 1.0
    most_points: int = NO_LIMIT
    only_level: int | None = None

    def __post_init__(self) -> None:
        for name in ("clear_share", "wage_weight", "max_unsold_spread"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0 … 1")
        if self.cpu_seconds <= 0 or self.wanted_gap < 0:
            raise ValueError("cpu_seconds must be above 0 and wanted_gap not below 0")
        if self.most_points < 0:
            raise ValueError("most_points must not be below 0")
