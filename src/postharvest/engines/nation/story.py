"""One surplus in many worlds, by the same fast planner: what a story is held against."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.planner import Surplus, plan_one
from postharvest.engines.nation.problem import Floats, Produce
from postharvest.engines.nation.simulate import LADDER, WAGE_STEPS
from postharvest.engines.nation.transit import served_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of one surplus; everything else comes from the world.

    ``zone_share`` (Z,) is where the nation's buyers live as seen from there; ``people`` live in
    the villages that have the surplus, ``hub_people`` around the post office that sends it.
    """

    kg: float
    days: float
    wet: bool
    crop: int
    people: float
    hub_people: float
    zone_share: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """Per world: kilograms online and to merchants, packers a day, price and growers' net."""

    online_kg: Floats
    merchant_kg: Floats
    packers: Floats
    price: Floats
    net_yuan: Floats


def told(story: Story, produce: Produce, worlds: Sequence[Assumptions], *, seed: int) -> Told:
    """Plan the story's surplus once in each world."""
    moods = np.random.default_rng([seed, 11]).standard_normal(len(worlds))
    rows = [_one(story, produce, world, mood) for world, mood in zip(worlds, moods, strict=True)]
    columns = np.array(rows).T
    return Told(
        online_kg=columns[0],
        merchant_kg=columns[1],
        packers=columns[2],
        price=columns[3],
        net_yuan=columns[4],
    )


def _one(story: Story, produce: Produce, world: Assumptions, mood: float) -> tuple[float, ...]:
    spread = np.sqrt(np.log1p(world.demand_cv_campaign**2))
    crop = story.crop
    served = story.zone_share * served_zones(produce, world)[crop]
    wanted = story.kg * world.reference_demand * float(served.sum())
    postage = float(served @ produce.postage[crop]) / max(1e-12, float(served.sum()))
    rate = float(produce.rate[crop]) * world.packing_rate
    hands = story.people * world.labour_share_available * world.attendance
    merchants = min(1.0, world.merchant_share_per_day * story.days)
    if story.wet:
        hands *= world.wet_attendance_factor
        merchants *= world.wet_merchant_factor
    parcels = world.hub_parcels_per_day_per_1000_people * story.hub_people / 1000
    price = world.reference_price * float(produce.retail[crop])
    wage = world.labour_wage_base * WAGE_STEPS / rate
    kept = 1 - world.fee_share - world.refund_share
    cost = world.postage * postage + float(produce.carton[crop]) + wage
    cost += world.harvest_cost + world.point_cost
    merchant_yuan = world.merchant_price_share * float(produce.farm_gate[crop])
    sold, paid = plan_one(
        Surplus(
            story.kg,
            wanted * float(np.exp(spread * mood - spread**2 / 2)),
            price,
            world.listing_elasticity,
            cost,
            kept,
            merchant_yuan,
            story.kg * merchants,
            min(hands * rate, parcels * float(produce.pack_kg[crop])) * story.days,
            LADDER[0] * price,
            LADDER[1] * price,
            world.clear_share,
        )
    )
    taken = min(story.kg - sold, story.kg * merchants)
    net = sold * (kept * paid - cost) + taken * merchant_yuan
    return sold, taken, sold / rate / story.days, paid, net
