"""One province through every scenario and world: harvests, the programme's decisions, the sums.

A province needs nothing of another: the national market is divided beforehand by what each has in
reach.  So provinces may run one by one, on processes or on a cluster, with the same numbers.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from postharvest.engines.nation.access import hours_and_offer, households_within
from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.planner import Surplus, plan_one
from postharvest.engines.nation.problem import (
    WEEKS_PER_YEAR,
    Floats,
    Ints,
    Masks,
    Produce,
    Province,
    Run,
    Scenario,
    month_of_week,
)
from postharvest.engines.nation.surplus import Events, drawn_events
from postharvest.engines.nation.transit import FIRST_MILE_BINS, first_mile_bin, served_zones

FLOWS = (
    "surplus_kg",
    "offered_kg",
    "rescued_kg_online",
    "rescued_kg_wholesaler",
    "waste_kg",
    "gmv_yuan",
    "growers_net_yuan",
    "uplift_yuan",
    "wages_yuan",
    "postage_yuan",
    "parcels",
    "sales",
)
DAYS = 7.0
LADDER = (0.6, 1.6)
"""Lowest and highest price against the reference."""
WAGE_STEPS = 1.09
"""Mean of the wage steps: the last 30 % of the people come at 1.3 times the wage."""
CHOICE_KG = 1000.0
"""Least kilograms of a crop that a province must sell in a week to count as choice."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProvinceRun:
    """A province's sums: S scenarios, W worlds, M months.

    Attributes
    ----------
    flows : (S, W, M, len(FLOWS)).
    hours_kg : (S, W, M, Z, first-mile bins) kg online by zone and drive to the base.
    crops : (S, W, weeks) bit c is set where crop c was sold online.
    near : (S, W, M, 3) rural households within 2, 3, 4 h of a base at the month's end.
    reached : (S, W, M) rural households that sold online at least once so far.
    """

    code: int
    households: float
    flows: Floats
    hours_kg: Floats
    crops: Masks
    near: Floats
    reached: Floats


def simulate_province(province: Province, produce: Produce, run: Run) -> ProvinceRun:
    """Simulate a province; the result depends on nothing but the arguments."""
    s, w, m = len(run.scenarios), len(run.worlds), run.months
    flows = np.zeros((s, w, m, len(FLOWS)))
    hours_kg = np.zeros((s, w, m, produce.zone_days.size, FIRST_MILE_BINS))
    crops = np.zeros((s, w, run.weeks), np.uint64)
    near, reached = np.zeros((s, w, m, 3)), np.zeros((s, w, m))
    for number, world in enumerate(run.worlds):
        events = drawn_events(province, produce, run, world, run.numbers()[number])
        for at, scenario in enumerate(run.scenarios):
            one = _Step(province, produce, run, world, events, scenario, run.served_share[at])
            cell = (at, number)
            told = one.told()
            flows[cell], hours_kg[cell], crops[cell], near[cell], reached[cell] = told
    return ProvinceRun(
        code=province.code,
        households=float(province.households.sum()),
        flows=flows,
        hours_kg=hours_kg,
        crops=crops,
        near=near,
        reached=reached,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """One province, world and scenario."""

    province: Province
    produce: Produce
    run: Run
    world: Assumptions
    events: Events
    scenario: Scenario
    served_share: Floats

    def told(self) -> tuple[Floats, Floats, Masks, Floats, Floats]:
        """Decide every surplus and sum up."""
        hours, offer = hours_and_offer(self.province, self.scenario, self.run, self.world)
        month_end = np.flatnonzero(
            np.diff(month_of_week(np.arange(self.run.weeks + 1)), append=self.run.months)
        )[: self.run.months]
        near = households_within(self.province, hours)[np.minimum(month_end, self.run.weeks - 1)]
        events = self.events
        share = offer[events.county, events.week]
        sold, price, cost = self._sold(share, offer)
        month = month_of_week(events.week)
        flows = self._flows(share, sold, price, cost, month)
        bins = first_mile_bin(hours[events.county, events.week]).astype(np.int64)
        return (
            flows,
            self._hours_kg(sold, month, bins),
            self._crops(sold),
            near,
            self._reached(sold, month),
        )

    def _sold(self, share: Floats, offer: Floats) -> tuple[Floats, Floats, Floats]:
        events, world, produce = self.events, self.world, self.produce
        reach, postage = _reach_and_postage(self.province, produce, world)
        reached = reach[events.hub, events.crop]
        offered = events.kg * share
        wanted = offered * world.reference_demand * reached * events.mood * self._growth()
        wanted *= self._market_factor(wanted, offer)
        price = world.reference_price * produce.retail[events.crop]
        wage = world.labour_wage_base * WAGE_STEPS
        cost = (
            postage[events.hub, events.crop]
            + produce.carton[events.crop]
            + wage / (produce.rate[events.crop] * world.packing_rate)
            + world.harvest_cost
            + world.point_cost
        )
        starts = _groups(events)
        sold, paid = _decide(
            starts,
            offered,
            wanted,
            price,
            cost,
            _merchant_yuan(produce, world)[events.crop],
            offered * self._merchant_share(),
            self._packable(share),
            produce.pack_kg[events.crop],
            self._parcels_a_week(events.hub[starts[:-1]], events.week[starts[:-1]]),
            world.listing_elasticity,
            1 - world.fee_share - world.refund_share,
            np.array(LADDER),
            world.clear_share,
        )
        return sold, paid, cost

    def _growth(self) -> Floats:
        growth: Floats = self.world.demand_growth ** (self.events.week / WEEKS_PER_YEAR)
        return growth

    def _merchant_share(self) -> Floats:
        calm = min(1.0, self.world.merchant_share_per_day * DAYS)
        share: Floats = np.where(self.events.wet, calm * self.world.wet_merchant_factor, calm)
        return share

    def _packable(self, share: Floats) -> Floats:
        """Return kilograms that the villages' people can pack in the window."""
        events, world, province = self.events, self.world, self.province
        people = province.rural_people / np.maximum(1.0, province.villages)
        hands = events.villages * share * people[events.county] * world.labour_share_available
        hands = hands * world.attendance * np.where(events.wet, world.wet_attendance_factor, 1.0)
        kg: Floats = hands * self.produce.rate[events.crop] * world.packing_rate * DAYS
        return kg

    def _market_factor(self, wanted: Floats, offer: Floats) -> Floats:
        """Cut what is wanted where a crop's week asks more of the online market than there is."""
        events, province, run = self.events, self.province, self.run
        crops, weeks = self.produce.retail.size, run.weeks
        in_reach = np.zeros((crops, weeks))
        kg = province.pair_kg[:, None] * offer[province.pair_county]
        np.add.at(in_reach, province.pair_crop, kg)
        in_reach *= np.tile(province.season, (1, run.years))
        served = np.repeat(self.served_share, WEEKS_PER_YEAR, axis=1) * self.world.participation
        growth = self.world.demand_growth ** (np.arange(weeks) / WEEKS_PER_YEAR)
        market = self.world.online_share * growth * in_reach / np.maximum(served, 1e-12)
        cell = events.crop * weeks + events.week
        asked = np.bincount(cell, weights=wanted, minlength=crops * weeks)
        factor = np.minimum(1.0, market.ravel() / np.maximum(asked, 1e-9))
        of_event: Floats = factor[cell]
        return of_event

    def _parcels_a_week(self, hub: Ints, week: Ints) -> Floats:
        world, province = self.world, self.province
        daily = world.hub_parcels_per_day_per_1000_people * province.hub_people / 1000
        base_hub = province.base_hub[self.scenario.base]
        opened = np.zeros((daily.size, self.run.weeks + 1))
        inside = base_hub >= 0
        opens = np.clip(self.scenario.opens[inside], 0, self.run.weeks)  # the last column: too late
        np.add.at(opened, (base_hub[inside], opens), 1.0)
        bases = np.cumsum(opened, axis=1)[:, :-1]
        parcels: Floats = DAYS * (daily[hub] + world.base_parcels_per_day * bases[hub, week])
        return parcels

    def _flows(
        self, share: Floats, sold: Floats, price: Floats, cost: Floats, month: Ints
    ) -> Floats:
        events, world, produce = self.events, self.world, self.produce
        merchant_yuan = _merchant_yuan(produce, world)[events.crop]
        taken = np.minimum(events.kg - sold, events.kg * self._merchant_share())
        gmv = sold * price
        net = (1 - world.fee_share - world.refund_share) * gmv - cost * sold
        wage = world.labour_wage_base * WAGE_STEPS / produce.rate[events.crop] / world.packing_rate
        _, postage = _reach_and_postage(self.province, produce, world)
        columns = (
            events.kg,
            events.kg * share,
            sold,
            taken,
            events.kg - sold - taken,
            gmv,
            net + taken * merchant_yuan,
            net - sold * merchant_yuan,
            sold * wage,
            sold * postage[events.hub, events.crop],
            sold / produce.pack_kg[events.crop],
            (sold > 0).astype(np.float64),
        )
        months = self.run.months
        return np.stack(
            [np.bincount(month, weights=column, minlength=months) for column in columns], axis=1
        )

    def _hours_kg(self, sold: Floats, month: Ints, bins: Ints) -> Floats:
        events, produce = self.events, self.produce
        served = served_zones(produce, self.world)
        share = self.province.zone_share[events.hub] * served[events.crop]
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
        zones = produce.zone_days.size
        cell = (month * zones)[:, None] + np.arange(zones)
        cell = cell * FIRST_MILE_BINS + bins[:, None]
        size = self.run.months * zones * FIRST_MILE_BINS
        kg = np.bincount(cell.ravel(), weights=(share * sold[:, None]).ravel(), minlength=size)
        return kg.reshape(self.run.months, zones, FIRST_MILE_BINS).astype(np.float64)

    def _crops(self, sold: Floats) -> Masks:
        events, weeks = self.events, self.run.weeks
        crops = self.produce.retail.size
        kg = np.bincount(events.crop * weeks + events.week, weights=sold, minlength=crops * weeks)
        sold_well = kg.reshape(crops, weeks) >= CHOICE_KG
        bits = np.left_shift(np.uint64(1), np.arange(crops, dtype=np.uint64))
        masks: Masks = np.bitwise_or.reduce(np.where(sold_well, bits[:, None], np.uint64(0)))
        return masks

    def _reached(self, sold: Floats, month: Ints) -> Floats:
        """Return households with a sale so far: sellers fall on a county's households at random."""
        events, months = self.events, self.run.months
        n = self.province.households.size
        sellers = sold / self.produce.household_kg[events.crop]
        by = np.bincount(events.county * months + month, weights=sellers, minlength=n * months)
        so_far = np.cumsum(by.reshape(n, months), axis=1)
        households = np.maximum(1.0, self.province.households)[:, None]
        reached: Floats = (households * -np.expm1(-so_far / households)).sum(axis=0)
        return reached


def _merchant_yuan(produce: Produce, world: Assumptions) -> Floats:
    yuan: Floats = world.merchant_price_share * produce.farm_gate
    return yuan


def _reach_and_postage(
    province: Province, produce: Produce, world: Assumptions
) -> tuple[Floats, Floats]:
    """Return the share of buyers a crop can promise to, and mean postage a kg; both (H, C)."""
    served = served_zones(produce, world)
    reach = province.zone_share @ served.T
    paid = province.zone_share @ (served * produce.postage).T
    return reach, world.postage * paid / np.maximum(reach, 1e-12)


def _groups(events: Events) -> Ints:
    """Return where each (week, hub) begins among the events; the last entry is their number."""
    key = events.week * (int(events.hub.max(initial=0)) + 1) + events.hub
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    return np.append(starts, key.size)


@njit(cache=True, nogil=True)
def _decide(  # noqa: PLR0917  (compiled code takes no keywords)
    starts: np.ndarray,
    offered: np.ndarray,
    wanted: np.ndarray,
    price: np.ndarray,
    cost: np.ndarray,
    merchant_yuan: np.ndarray,
    merchant_kg: np.ndarray,
    packable: np.ndarray,
    pack_kg: np.ndarray,
    parcels: np.ndarray,
    elasticity: float,
    kept: float,
    ladder: np.ndarray,
    clear_share: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Plan each surplus; where a hub's week is full, raise the worth of a parcel until it fits."""
    sold = np.zeros(offered.size)
    paid = np.zeros(offered.size)
    for g in range(starts.size - 1):
        low, high, worth = 0.0, 0.0, 0.0
        for step in range(40):
            count = 0.0
            for e in range(starts[g], starts[g + 1]):
                s = Surplus(
                    offered[e], wanted[e], price[e], elasticity, cost[e] + worth / pack_kg[e],
                    kept, merchant_yuan[e], merchant_kg[e], packable[e],
                    ladder[0] * price[e], ladder[1] * price[e], clear_share,
                )  # fmt: skip
                sold[e], paid[e] = plan_one(s)
                count += sold[e] / pack_kg[e]
                if step == 0:
                    high = max(high, ladder[1] * price[e] * pack_kg[e])
            if count <= parcels[g] and (step == 0 or count > 0.995 * parcels[g]):
                break
            low, high = (worth, high) if count > parcels[g] or step == 0 else (low, worth)
            worth = 0.5 * (low + high)
        if count > parcels[g]:
            for e in range(starts[g], starts[g + 1]):
                sold[e] *= parcels[g] / count
    return sold, paid
