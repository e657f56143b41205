"""Many surpluses at once: crops that share people, points, post offices and lanes.

Letters of shapes: ``N`` lots, ``H`` lot-point pairs, ``P`` points, ``D`` districts (one post office
each), ``L`` labour pools, ``C`` pool-point pairs, ``W`` wage steps, ``K`` packs, ``Q`` crops, ``G``
tariff origins, ``M`` markets, ``T`` days, ``A`` ages at packing, ``J`` price levels.  The rules are
those of one case (``model``): every crop has one price of its own, from its own ladder.
"""

from dataclasses import dataclass

import numpy as np

from postharvest.engines.rescue.axes import hold_to
from postharvest.engines.rescue.problem import Bools, Floats, Ints

_SHAPES = {
    "lot_crop": "N",
    "lot_kg": "N",
    "lot_first_day": "N",
    "lot_last_day": "N",
    "harvest_cost_yuan_per_kg": "N",
    "haul_lot": "H",
    "haul_point": "H",
    "haul_yuan_per_kg": "H",
    "point_district": "P",
    "stations": "P",
    "min_crew": "P",
    "setup_yuan": "P",
    "day_cost_yuan": "P",
    "point_to_post_yuan_per_kg": "P",
    "pool_people": "LT",
    "wage_share": "LW",
    "wage_yuan_per_day": "LW",
    "commute_pool": "C",
    "commute_point": "C",
    "commute_yuan": "C",
    "district_origin": "D",
    "post_parcels_per_day": "DT",
    "pack_kg": "K",
    "pack_material_yuan": "K",
    "pack_kg_per_worker_day": "K",
    "pack_price_factor": "K",
    "postage_yuan": "GMK",
    "lane_parcels_per_day": "GMT",
    "late_share": "QGAM",
    "refund_yuan_per_kg": "Q",
    "ladder_yuan": "QJ",
    "demand_kg": "QMTK",
    "reference_price_yuan": "Q",
    "elasticity": "Q",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyProblem:
    """Many surpluses as arrays; see the module for the letters, ``RescueProblem`` for the words.

    Attributes
    ----------
    lot_crop : (N,) crop of each lot.
    point_district : (P,) the post office that a point brings its parcels to.
    district_origin : (D,) the tariff origin that a post office belongs to.
    late_share : (Q, G, A, M) probability that a crop packed at that age arrives too old.
    lane_parcels_per_day : (G, M, T) what a lane carries over all crops; ``inf`` without a limit.
    demand_kg : (Q, M, T, K) kg newly wanted at the crop's reference price.
    """

    lot_crop: Ints
    lot_kg: Floats
    lot_first_day: Ints
    lot_last_day: Ints
    harvest_cost_yuan_per_kg: Floats
    haul_lot: Ints
    haul_point: Ints
    haul_yuan_per_kg: Floats
    point_district: Ints
    stations: Ints
    min_crew: Ints
    setup_yuan: Floats
    day_cost_yuan: Floats
    point_to_post_yuan_per_kg: Floats
    pool_people: Floats
    wage_share: Floats
    wage_yuan_per_day: Floats
    commute_pool: Ints
    commute_point: Ints
    commute_yuan: Floats
    district_origin: Ints
    post_parcels_per_day: Floats
    pack_kg: Floats
    pack_material_yuan: Floats
    pack_kg_per_worker_day: Floats
    pack_price_factor: Floats
    postage_yuan: Floats
    lane_parcels_per_day: Floats
    late_share: Floats
    refund_yuan_per_kg: Floats
    ladder_yuan: Floats
    demand_kg: Floats
    reference_price_yuan: Floats
    elasticity: Floats
    net_factor: float
    return_share: float
    max_late_share: float
    ship_within_days: int

    def __post_init__(self) -> None:
        hold_to(self, _SHAPES)
        if (np.diff(self.ladder_yuan, axis=1) >= 0).any():
            raise ValueError("ladder_yuan: each crop's prices must fall, dearest first")

    @property
    def days(self) -> int:
        return int(self.demand_kg.shape[2])

    @property
    def crops(self) -> int:
        return int(self.ladder_yuan.shape[0])

    @property
    def districts(self) -> int:
        return int(self.district_origin.shape[0])

    @property
    def ages(self) -> int:
        return int(self.late_share.shape[2])

    @property
    def packs(self) -> int:
        return int(self.pack_kg.shape[0])

    @property
    def link_shape(self) -> tuple[int, ...]:
        """(Q, G, T, A, K): what districts hand over to the lanes, by crop, origin, day, age."""
        return (
            self.crops,
            int(self.postage_yuan.shape[0]),
            self.days,
            self.ages,
            self.packs,
        )

    def fresh_enough(self) -> Bools:
        """(Q, G, A, M): which ages may be posted where."""
        return self.late_share <= self.max_late_share + 1e-12

    def wanted_kg(self) -> Floats:
        """(Q, J, M, T, K) kg newly wanted at every price."""
        ratio = self.ladder_yuan / self.reference_price_yuan[:, None]
        factor = ratio ** -self.elasticity[:, None]
        return np.asarray(factor[:, :, None, None, None] * self.demand_kg[:, None])

    def revenue_yuan_per_kg(self) -> Floats:
        """(Q, J, K) what growers receive per kg ordered."""
        price = self.ladder_yuan[:, :, None] * self.pack_price_factor
        return np.asarray(price / self.pack_kg * self.net_factor)

    def post_yuan_per_kg(self) -> Floats:
        """(Q, G, A, M, K) postage and expected late refunds per kg posted."""
        postage = (self.postage_yuan / self.pack_kg)[None, :, None]
        late = self.late_share * self.refund_yuan_per_kg[:, None, None, None]
        return np.asarray(postage + late[..., None])


@dataclass(frozen=True, slots=True, kw_only=True)
class ManySchedule:
    """The decisions.

    Attributes
    ----------
    level : (Q,) price of each crop; set_up : (P,); open_, crew : (P, T); labour : (C, T).
    hauled_kg : (X,) kg, and hauled_at : their pair, pack day, age and pack.
    posted_kg : (Q, G, M, T, A, K); ordered_kg : (Q, M, T, K).
    """

    level: Ints
    set_up: Bools
    open_: Bools
    crew: Ints
    labour: Floats
    hauled_at: tuple[Ints, Ints, Ints, Ints]
    hauled_kg: Floats
    posted_kg: Floats
    ordered_kg: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyPlan:
    """A schedule for all, what it earns, and a bound no schedule at any prices can beat."""

    schedule: ManySchedule
    net_income_yuan: float
    bound_yuan: float
    seed: int

    @property
    def gap(self) -> float:
        """(bound - net) / max(1, |net|)."""
        return (self.bound_yuan - self.net_income_yuan) / max(1.0, abs(self.net_income_yuan))
