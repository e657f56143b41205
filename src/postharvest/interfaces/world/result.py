"""What came of a story: one page of figures, and the checks of the final database."""

from typing import Any

from postharvest.core.units import FEN_PER_YUAN, kilograms, yuan
from postharvest.decisions.planning import queries as plans
from postharvest.interfaces.world.demo import Telling
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.settlement import queries as settlement

SCHEMA = "postharvest.demo/1"
FROM_THE_ARTICLE = {
    "fuping": "persimmons in Shaanxi, 2016: almost 25,000 kg sold in 10 days with a postal "
    "worker's help; the article names neither village nor day",
    "muge": "sugar cane in Muge, Guangxi, 2019: rain, 1,000,000 kg in 10 days, 14 points, more "
    "than 500 packers a day; the article names no day",
}
ASSUMED = {
    "fuping": "the village (ours is Fuping-like), the day, positions, people, wages, cartons, "
    "postage, transit, demand and its elasticity",
    "muge": "the day, positions, wages, cartons, postage, transit, demand and its elasticity",
}


def result_of(telling: Telling, *, seconds: float) -> dict[str, Any]:
    """Return the result as ``postharvest.demo/1``; what that does not ask for is in ``story``."""
    plan = plans.approved_plan(telling.surplus_id)
    plan = plan or next(iter(plans.plans_of(telling.surplus_id)), None)
    out: dict[str, Any] = {
        "schema": SCHEMA,
        "simulated": True,
        "case": telling.place.story.name,
        "seed": telling.seed,
        "seconds": round(seconds, 1),
    }
    story: dict[str, Any] = {
        "from_the_article": FROM_THE_ARTICLE[telling.place.story.name],
        "assumed": ASSUMED[telling.place.story.name],
    }
    if plan is not None:
        out["plan"] = {name: plan.plan[name] for name in ("net_income_yuan", "bound_yuan", "gap")}
        story["risk"] = plan.plan["risk"]
    if telling.sale_id:
        out |= _sale_figures(telling)
        out["invariants"] = invariants(telling)
        story |= _more_figures(telling)
    return out | {"story": story}


def invariants(telling: Telling) -> list[dict[str, Any]]:
    """Check stock, money, mass, parcels and teams on the database as it is."""
    sale_id = telling.sale_id
    return [
        *_stock_checks(sale_id),
        *_mass_checks(telling),
        *_parcel_checks(sale_id),
        *_team_checks(sale_id),
        *settlement.invariants(sale_id),
    ]


def _sale_figures(telling: Telling) -> dict[str, Any]:
    sale_id = telling.sale_id
    listing = max(campaigns.shop_listings(sale_id), key=lambda row: row.net_g)
    money = settlement.sale_totals(sale_id)
    on_time, delivered = parcels.on_time(sale_id)
    teams = orders.team_counts(sale_id)
    days = packing.boxes_by_day(sale_id)
    used = {s.point_id for s in packing.shifts_of(sale_id) if s.state == "closed"}
    return {
        "days": (max(days) - telling.place.start).days + 1 if days else 0,
        "price": {
            "team_yuan": yuan(listing.team_fen),
            "solo_yuan": yuan(listing.solo_fen),
            "pack_kg": kilograms(listing.net_g),
        },
        "kg": {name: kilograms(value) for name, value in _mass_g(telling).items()},
        "orders": sum(orders.counts_by_state(sale_id).values()),
        "teams": {"formed": teams.get("formed", 0), "refunded": teams.get("failed", 0)},
        "parcels": sum(parcels.counts_by_status(sale_id).values()),
        "on_time_share": round(on_time / delivered, 4) if delivered else 0.0,
        "claims": orders.claims_of_sale(sale_id).count(),
        "points": len(used),
        "peak_packers": telling.peak_packers,
        "money": {
            "gmv_yuan": yuan(money["gmv_fen"]),
            "growers_net_yuan": yuan(money["growers_net_fen"]),
            "uplift_yuan_per_kg": money["uplift_fen_per_kg"] / FEN_PER_YUAN,
            "wages_yuan": yuan(money["wages_fen"]),
            "postage_yuan": yuan(money["postage_fen"]),
            "packaging_yuan": yuan(money["packaging_fen"]),
            "refunds_yuan": yuan(money["refunds_fen"]),
        },
    }


def _more_figures(telling: Telling) -> dict[str, Any]:
    money = settlement.sale_totals(telling.sale_id)
    return {
        "redecisions": telling.redecisions,
        "orders_by_state": orders.counts_by_state(telling.sale_id),
        "prices_shown": [
            {
                "from": shown.shown_from.isoformat(),
                "pack_kg": kilograms(shown.listing.net_g),
                "team_yuan": yuan(shown.team_fen),
            }
            for shown in campaigns.prices_shown(telling.sale_id)
        ],
        "money": {
            f"{name}_yuan": yuan(money[f"{name}_fen"])
            for name in ("fee", "points", "wholesale", "subsidy")
        },
    }


def _mass_g(telling: Telling) -> dict[str, int]:
    """Where every reported gram went; what was never cut, or lies unboxed, is left."""
    stock = packing.stock_g(telling.sale_id)
    reported = harvest.surplus(telling.surplus_id).reported_g
    wholesale = harvest.wholesale_g(telling.surplus_id) + stock["wholesale_g"]
    never_cut = harvest.not_taken_g(telling.surplus_id)
    unboxed = stock["received_g"] - sum(
        stock[name] for name in ("boxed_g", "culled_g", "wholesale_g")
    )
    not_received = harvest.cut_g(telling.surplus_id) - stock["received_g"]
    return {
        "reported": reported,
        "online": stock["boxed_g"],
        "wholesale": wholesale,
        "culled": stock["culled_g"],
        "left": never_cut + unboxed + not_received,
    }


def _stock_checks(sale_id: int) -> list[dict[str, Any]]:
    sale = campaigns.sale(sale_id)
    assert sale is not None  # noqa: S101  (the sale was opened)
    living = orders.living_totals(sale_id)
    days = campaigns.packing_days(sale_id)
    lane_ids = [row.lane_id for row in campaigns.lanes_of(sale_id)]
    posted = network.reserved_parcels(lane_ids)
    return [
        _check("stock claimed is what living orders hold (g)", living["weight_g"], sale.reserved_g),
        _check("grams sold beyond the lot", 0, max(0, sale.reserved_g - sale.capacity_g)),
        _check(
            "packing time claimed is what living orders need (s)",
            living["crew_s"],
            sum(day.reserved_crew_s for day in days),
        ),
        _check(
            "packing days overbooked",
            0,
            sum(day.reserved_crew_s > day.capacity_crew_s for day in days),
        ),
        _check("lane places claimed are living orders' boxes", living["boxes"], posted),
    ]


def _mass_checks(telling: Telling) -> list[dict[str, Any]]:
    mass = _mass_g(telling)
    boxed = packing.boxed_g(telling.sale_id)
    return [
        _check(
            "reported = online + wholesale + culled + left (g)",
            mass["reported"],
            sum(mass[name] for name in ("online", "wholesale", "culled", "left")),
        ),
        _check("boxes hold what left the points' stock (g)", mass["online"], boxed),
    ]


def _parcel_checks(sale_id: int) -> list[dict[str, Any]]:
    boxes = sum(packing.boxes_by_day(sale_id).values())
    by_status = parcels.counts_by_status(sale_id)
    return [
        _check("every box has one parcel", boxes, sum(by_status.values())),
        _check("parcel numbers given twice", 0, parcels.doubled_numbers(sale_id)),
        _check(
            "delivered boxes in orders are delivered parcels",
            by_status.get("delivered", 0),
            orders.boxes_delivered(sale_id),
        ),
    ]


def _team_checks(sale_id: int) -> list[dict[str, Any]]:
    return [
        _check("formed teams that lack a paid member", 0, orders.formed_short(sale_id)),
        _check("failed teams whose members hold goods or money", 0, orders.failed_owing(sale_id)),
    ]


def _check(name: str, expected: int, found: int) -> dict[str, Any]:
    return {"name": name, "ok": expected == found, "expected": expected, "found": found}
