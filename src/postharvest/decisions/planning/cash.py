"""How much cash a plan needs on each day before buyers' money is the branch's.

Money goes out when fruit is handed over (contracts), when people have packed (wages and travel),
for cartons and points as they are used, and for freight to bulk buyers.  Buyers' money is theirs
until their box arrives, so it counts from the mean day of arrival on.  Postage is left out: the
branch is the post.  Bulk buyers pay after loading, on no fixed day, and are not counted.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from postharvest.core.units import fen
from postharvest.decisions.planning import gather, opening
from postharvest.decisions.planning.models import RescuePlan
from postharvest.operations.harvest import queries as harvest

TEAM_SHARE = 0.85
"""Of the boxes, so many are bought in teams where a case says nothing else."""


@dataclass(slots=True, kw_only=True)
class CashDay:
    """What goes out and comes in on a day, in fen; ``need_fen`` is what has gone out beyond."""

    day: date
    growers_fen: int = 0
    wages_fen: int = 0
    packaging_fen: int = 0
    points_fen: int = 0
    freight_fen: int = 0
    comes_in_fen: int = 0
    need_fen: int = 0

    @property
    def goes_out_fen(self) -> int:
        spent = self.growers_fen + self.wages_fen + self.packaging_fen
        return spent + self.points_fen + self.freight_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class CashNeed:
    """The cash need of a plan by day, its peak, and how many growers have written terms."""

    days: list[CashDay]
    peak_fen: int
    peak_day: date | None
    growers: int
    under_contract: int


@dataclass(slots=True)
class _Days:
    """Days as they are first touched."""

    rows: dict[date, CashDay] = field(default_factory=dict)

    def __call__(self, day: date) -> CashDay:
        return self.rows.setdefault(day, CashDay(day=day))


def cash_need(plan: RescuePlan) -> CashNeed:
    """Lay out a plan's cash by day, by the contracts there are now."""
    case, answer = plan.case, plan.plan
    days = _Days()
    for n in range(1, case["horizon_days"] + 1):
        days(gather.day_of(case, n))
    growers, under_contract = _growers(days, plan)
    _people(days, case, answer)
    _goods(days, case, answer)
    _income(days, case, answer)
    rows = [days.rows[day] for day in sorted(days.rows)]
    balance, peak, peak_day = 0, 0, None
    for row in rows:
        balance += row.goes_out_fen - row.comes_in_fen
        row.need_fen = max(0, balance)
        if row.need_fen > peak:
            peak, peak_day = row.need_fen, row.day
    return CashNeed(
        days=rows,
        peak_fen=peak,
        peak_day=peak_day,
        growers=growers,
        under_contract=under_contract,
    )


def _growers(days: _Days, plan: RescuePlan) -> tuple[int, int]:
    """Prices and advances that contracts owe as their fruit is cut, part by part."""
    parts = harvest.parts_of(plan.surplus_id)
    offers = {part.code: list(part.offers.all()) for part in parts}
    contracts = {
        row.offer_id: row
        for row in harvest.contracts_of(plan.surplus_id)
        if row.state != row.State.WITHDRAWN
    }
    fen_per_kg: dict[str, float] = {}
    for code, rows in offers.items():
        whole = sum(offer.offered_g for offer in rows) or 1
        fen_per_kg[code] = sum(
            (one.price_fen_per_kg or one.advance_fen_per_kg) * one.weight_g / whole
            for offer in rows
            if (one := contracts.get(offer.pk)) is not None
        )
    for row in plan.plan["harvest"]:
        owed = round(row["kg"] * fen_per_kg.get(row["lot"], 0.0))
        days(gather.day_of(plan.case, row["day"])).growers_fen += owed
    return sum(len(rows) for rows in offers.values()), len(contracts)


def _people(days: _Days, case: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    pay = opening.pay_by_day(case, answer["labour"])
    for row in answer["crew"]:
        wage_fen, travel_fen = pay.get((row["point"], row["day"]), (0, 0))
        day = days(gather.day_of(dict(case), row["day"]))
        day.wages_fen += wage_fen * round(row["people"]) + travel_fen


def _goods(days: _Days, case: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Cartons and points as they are used, freight and loading as trucks leave."""
    packs = {pack["id"]: pack for pack in case["packs"]}
    points = {point["id"]: point for point in case["points"]}
    set_up: set[str] = set()
    for row in sorted(answer["crew"], key=lambda row: row["day"]):
        point, day = points[row["point"]], days(gather.day_of(dict(case), row["day"]))
        day.points_fen += fen(point["day_cost_yuan"])
        if row["point"] not in set_up:
            day.points_fen += fen(point["setup_yuan"])
            set_up.add(row["point"])
    for row in answer["pack"]:
        day, pack = days(gather.day_of(dict(case), row["pack_day"])), packs[row["pack"]]
        day.packaging_fen += fen(row["kg"] / pack["net_kg"] * pack["material_yuan"])
        day.points_fen += fen(row["kg"] * points[row["point"]]["haul_yuan_per_kg"])
    outlets = {outlet["id"]: outlet for outlet in case["outlets"]}
    for row in answer["outlet"]:
        outlet = outlets[row["outlet"]]
        cost = outlet.get("freight_yuan_per_kg", 0.0) + outlet.get("labour_yuan_per_kg", 0.0)
        days(gather.day_of(dict(case), row["day"])).freight_fen += fen(row["kg"] * cost)


def _income(days: _Days, case: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """What buyers paid becomes the branch's when their box arrives, on average."""
    prices = answer["shown"]
    share = case["demand"].get("team_share", TEAM_SHARE)
    per_kg = {
        pack["id"]: (
            share * prices[pack["id"]]["team_yuan"] + (1 - share) * prices[pack["id"]]["solo_yuan"]
        )
        / pack["net_kg"]
        for pack in case["packs"]
        if pack["id"] in prices
    }
    road = {zone["id"]: _mean_days(zone["transit"]) for zone in case["zones"]}
    arriving: dict[date, float] = defaultdict(float)
    for row in answer["ship"]:
        day = gather.day_of(dict(case), row["day"]) + timedelta(days=road[row["zone"]])
        arriving[day] += row["kg"] * per_kg.get(row["pack"], 0.0)
    for day, amount in arriving.items():
        days(day).comes_in_fen += fen(amount)


def _mean_days(transit: Mapping[str, Any]) -> int:
    if "median_days" in transit:
        return round(float(transit["median_days"]))
    shares = [float(share) for share in transit["pmf"]]
    return round(sum(n * share for n, share in enumerate(shares, 1)) / (sum(shares) or 1.0))
