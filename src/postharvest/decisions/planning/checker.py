"""Checks a plan file against its case, rule by rule, knowing nothing of the solver.

Every rule of the format's page is written out once more from the page; only the reading of the
case file is shared.  A finding names the rule, the place and the size of the excess.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import RescueCase
from postharvest.decisions.planning.plan_rows import ROWS, Key, read_rows
from postharvest.engines.rescue.problem import Floats

KG_SLACK = 0.02
PERSON_SLACK = 0.001
RELATIVE_SLACK = 1e-6
NEGATIVE_SLACK = -1e-6
NET_SLACK = 1e-4
PRICE_SLACK = 0.01
WHOLE_SLACK = 1e-6
GAP_SLACK = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule that the plan breaks, and by how much."""

    rule: str
    text: str
    size: float


@dataclass(slots=True, kw_only=True)
class CheckReport:
    """What the checker found and recomputed."""

    findings: list[Finding] = field(default_factory=list)
    items_yuan: dict[str, float] = field(default_factory=dict)
    net_income_yuan: float = 0.0
    stated_net_yuan: float | None = None
    cleared_share: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.findings


def check_plan(case: RescueCase, plan: dict[str, Any]) -> CheckReport:
    """Check one plan; raises `InvalidInput` when it is not a plan file at all."""
    if plan.get("schema") != "postharvest.rescue-plan/1":
        raise InvalidInput("schema", "must be 'postharvest.rescue-plan/1'")
    return _Check(case, plan).run()


class _Check:
    def __init__(self, case: RescueCase, plan: Mapping[str, Any]) -> None:
        self.case, self.plan, self.p = case, plan, case.problem
        self.report = CheckReport()
        self.names = {
            "lot": case.lot_ids,
            "point": case.point_ids,
            "pool": case.pool_ids,
            "pack": case.pack_ids,
            "zone": case.zone_ids,
            "outlet": case.outlet_ids,
        }
        self.rows: dict[str, dict[Key, float]] = {}

    def run(self) -> CheckReport:
        for name in ROWS:
            self.rows[name] = read_rows(
                name, self.plan, self.names, days=self.p.days, ages=self.p.ages, say=self._say
            )
        self._price()
        self._points()
        self._field()
        self._packing()
        self._people()
        self._posting()
        self._demand_and_promise()
        self._goal()
        self._money()
        return self.report

    # saying ------------------------------------------------------------------------------

    def _say(self, rule: str, text: str, size: float = 1.0) -> None:
        self.report.findings.append(Finding(rule=rule, text=text, size=abs(float(size))))

    def _most(self, rule: str, where: str, used: float, most: float, slack: float) -> None:
        scale = max(abs(used), abs(most)) if math.isfinite(most) else abs(used)
        if used > most + slack + RELATIVE_SLACK * scale:
            self._say(rule, f"{where}: {used:.6g} is more than {most:.6g}", used - most)

    def _equal(self, rule: str, where: str, one: float, other: float, slack: float) -> None:
        if abs(one - other) > slack + RELATIVE_SLACK * max(abs(one), abs(other)):
            self._say(rule, f"{where}: {one:.6g} against {other:.6g}", one - other)

    # rules -------------------------------------------------------------------------------

    def _price(self) -> None:
        stated = self.plan.get("price_reference_yuan")
        ladder = [float(x) for x in self.p.ladder_yuan]
        if not _is_number(stated):
            self._say("price", f"price_reference_yuan is {stated!r}, not a number")
            stated = ladder[0]
        self.level = min(range(len(ladder)), key=lambda j: abs(ladder[j] - stated))
        if abs(ladder[self.level] - stated) > WHOLE_SLACK:
            self._say("price", f"{stated:g} is not on the ladder", ladder[self.level] - stated)
        if self.plan.get("case") != self.case.name:
            self._say("case", f"the plan is for {self.plan.get('case')!r}")
        prices = self.plan.get("price")
        self.prices = ladder[self.level] * self.p.pack_price_factor
        for pack, price in zip(self.case.pack_ids, self.prices, strict=True):
            given = prices.get(pack) if isinstance(prices, Mapping) else None
            if not _is_number(given) or abs(given - price) > PRICE_SLACK:
                self._say("price", f"price of {pack}: {given!r}, the formula gives {price:.4f}")

    def _points(self) -> None:
        named = self.plan.get("open_points", [])
        if not isinstance(named, list) or len({str(n) for n in named}) != len(named):
            self._say("open_points", "must be a list of different ids")
            named = list(dict.fromkeys(str(n) for n in named)) if isinstance(named, list) else []
        for name in named:
            if name not in self.case.point_ids:
                self._say("unknown id", f"open_points: {name!r}")
        self.set_up = {n for n in named if n in self.case.point_ids}
        for point, day in self.rows["open_days"]:
            i = self.case.point_ids.index(point)
            if point not in self.set_up:
                self._say("not set up", f"{point} is open on day {day}")
            if not self.p.point_may_open[i, day - 1]:
                self._say("closed day", f"{point} is open on day {day}")
        self._crews()

    def _crews(self) -> None:
        opened, crew = self.rows["open_days"], self.rows["crew"]
        for (point, day), people in crew.items():
            if abs(people - round(people)) > WHOLE_SLACK:
                self._say("whole crew", f"{point} day {day}: {people:g} people", people % 1)
            if people > WHOLE_SLACK and (point, day) not in opened:
                self._say("crew at a closed point", f"{point} day {day}: {people:g}", people)
            stations = float(self.p.stations[self.case.point_ids.index(point)])
            self._most("stations", f"{point} day {day}", people, stations, WHOLE_SLACK)
        for point, day in opened:
            least = float(self.p.min_crew[self.case.point_ids.index(point)])
            people = crew.get((point, day), 0.0)
            if people < least - WHOLE_SLACK:
                self._say(
                    "least crew", f"{point} day {day}: {people:g} of {least:g}", least - people
                )

    def _field(self) -> None:
        near = {
            (self.case.lot_ids[i], self.case.point_ids[q])
            for i, q in zip(self.p.haul_lot, self.p.haul_point, strict=True)
        }
        taken: dict[str, float] = defaultdict(float)
        for (lot, point, day, pack_day), kg in self.rows["harvest"].items():
            taken[lot] += kg
            if kg <= KG_SLACK:
                continue
            self._window(lot, day, kg)
            if not 0 <= pack_day - day < self.p.ages:
                self._say("age", f"{lot}: cut on day {day}, packed on day {pack_day}", kg)
            if (lot, point) not in near:
                self._say("far point", f"{lot} to {point}", kg)
        self._outlets(taken)
        for lot, kg in taken.items():
            limit = float(self.p.lot_kg[self.case.lot_ids.index(lot)])
            self._most("lot", f"{lot}: kg", kg, limit, KG_SLACK)
        self.cleared_kg = math.fsum(taken.values())

    def _window(self, lot: str, day: int, kg: float) -> None:
        i = self.case.lot_ids.index(lot)
        if not self.p.lot_first_day[i] <= day - 1 <= self.p.lot_last_day[i]:
            self._say("harvest window", f"{lot}: {kg:.6g} kg on day {day}", kg)

    def _outlets(self, taken: dict[str, float]) -> None:
        limits = {
            (self.case.outlet_ids[o], self.case.lot_ids[i]): cap
            for o, i, cap in zip(
                self.p.offer_outlet, self.p.offer_lot, self.p.offer_kg_per_day, strict=True
            )
        }
        together: dict[tuple[str, int], float] = defaultdict(float)
        for (outlet, lot, day), kg in self.rows["outlet"].items():
            taken[lot] += kg
            together[outlet, day] += kg
            cap = limits.get((outlet, lot))
            if cap is None:
                if kg > KG_SLACK:
                    self._say("outlet", f"{outlet} does not take {lot}", kg)
                continue
            if kg > KG_SLACK:
                self._window(lot, day, kg)
            self._most("outlet", f"{outlet} {lot} day {day}: kg", kg, float(cap[day - 1]), KG_SLACK)
        for (outlet, day), kg in together.items():
            least = float(self.p.outlet_least_kg[self.case.outlet_ids.index(outlet)])
            if KG_SLACK < kg < least * (1 - RELATIVE_SLACK) - KG_SLACK:
                self._say(
                    "least order", f"{outlet} day {day}: {kg:.6g} of {least:g} kg", least - kg
                )
            most = float(self.p.outlet_kg_per_day[self.case.outlet_ids.index(outlet), day - 1])
            self._most("outlet", f"{outlet} day {day}: kg", kg, most, KG_SLACK)

    def _packing(self) -> None:
        arrived: dict[Key, float] = defaultdict(float)
        for (_, point, day, pack_day), kg in self.rows["harvest"].items():
            arrived[point, pack_day, pack_day - day] += kg
        packed: dict[Key, float] = defaultdict(float)
        work: dict[Key, float] = defaultdict(float)
        parcels: dict[Key, float] = defaultdict(float)
        hub: dict[int, float] = defaultdict(float)
        for (point, day, age, pack), kg in self.rows["pack"].items():
            k = self.case.pack_ids.index(pack)
            packed[point, day, age] += kg
            work[point, day] += kg / float(self.p.pack_kg_per_worker_day[k])
            parcels[point, day] += kg / float(self.p.pack_kg[k])
            hub[day] += kg / float(self.p.pack_kg[k])
        for key in {*packed, *arrived}:
            where = f"{key[0]} day {key[1]} age {key[2]}: kg packed and arrived"
            self._equal("packing balance", where, packed[key], arrived[key], KG_SLACK)
        for (point, day), people in work.items():
            crew = self.rows["crew"].get((point, day), 0.0)
            self._most("crew's work", f"{point} day {day}: person-days", people, crew, PERSON_SLACK)
        for (point, day), count in parcels.items():
            i = self.case.point_ids.index(point)
            most = float(self.p.point_parcels_per_day[i, day - 1])
            self._most("point parcels", f"{point} day {day}", count, most, KG_SLACK)
        for day, count in hub.items():
            most = float(self.p.hub_parcels_per_day[day - 1])
            self._most("post office parcels", f"day {day}", count, most, KG_SLACK)

    def _people(self) -> None:
        near = {
            (self.case.pool_ids[i], self.case.point_ids[q])
            for i, q in zip(self.p.commute_pool, self.p.commute_point, strict=True)
        }
        at_point: dict[Key, float] = defaultdict(float)
        self.from_pool: dict[tuple[str, int], float] = defaultdict(float)
        for (pool, point, day), people in self.rows["labour"].items():
            if people > PERSON_SLACK and (pool, point) not in near:
                self._say("far point", f"people of {pool} at {point}", people)
            at_point[point, day] += people
            self.from_pool[pool, day] += people
        for key in {*at_point, *self.rows["crew"]}:
            crew = self.rows["crew"].get(key, 0.0)
            where = f"{key[0]} day {key[1]}: people sent and crew"
            self._equal("labour balance", where, at_point[key], crew, PERSON_SLACK)
        for (pool, day), people in self.from_pool.items():
            most = float(self.p.pool_people[self.case.pool_ids.index(pool), day - 1])
            self._most("pool", f"{pool} day {day}: people", people, most, PERSON_SLACK)

    def _posting(self) -> None:
        packed: dict[Key, float] = defaultdict(float)
        for (_, day, age, pack), kg in self.rows["pack"].items():
            packed[day, age, pack] += kg
        posted: dict[Key, float] = defaultdict(float)
        lane: dict[tuple[str, int], float] = defaultdict(float)
        for (zone, day, age, pack), kg in self.rows["ship"].items():
            m, k = self.case.zone_ids.index(zone), self.case.pack_ids.index(pack)
            late = float(self.p.late_share[age, m])
            if kg > KG_SLACK and late > self.p.max_late_share + 1e-12:
                where = f"{zone} day {day} age {age}: {kg:.6g} kg with late share {late:.4f}"
                self._say("freshness", where, kg)
            posted[day, age, pack] += kg
            lane[zone, day] += kg / float(self.p.pack_kg[k])
        for key in {*posted, *packed}:
            where = f"day {key[0]} age {key[1]} {key[2]}: kg posted and packed"
            self._equal("posting balance", where, posted[key], packed[key], KG_SLACK)
        for (zone, day), count in lane.items():
            m = self.case.zone_ids.index(zone)
            most = float(self.p.zone_parcels_per_day[m, day - 1])
            self._most("zone parcels", f"{zone} day {day}", count, most, KG_SLACK)

    def _demand_and_promise(self) -> None:
        wanted = self.p.wanted_kg(self.level)
        shipped: dict[Key, float] = defaultdict(float)
        for (zone, day, _, pack), kg in self.rows["ship"].items():
            shipped[zone, day, pack] += kg
        for m, zone in enumerate(self.case.zone_ids):
            for k, pack in enumerate(self.case.pack_ids):
                days = range(1, self.p.days + 1)
                orders = [self.rows["orders"].get((zone, t, pack), 0.0) for t in days]
                posted = [shipped.get((zone, t, pack), 0.0) for t in days]
                self._spill_over(f"{zone} {pack}", orders, [float(x) for x in wanted[m, :, k]])
                self._promise(f"{zone} {pack}", orders, posted)

    def _spill_over(self, where: str, orders: list[float], wanted: list[float]) -> None:
        unserved = 0.0
        for day, (order, new) in enumerate(zip(orders, wanted, strict=True), 1):
            most = new + self.p.return_share * unserved
            self._most("demand", f"{where} day {day}: kg ordered", order, most, KG_SLACK)
            unserved = max(0.0, most - order)

    def _promise(self, where: str, orders: list[float], posted: list[float]) -> None:
        within, last = self.p.ship_within_days, len(orders)
        for day in range(1, last + 1):
            ordered = math.fsum(orders[:day])
            waiting = ordered - math.fsum(posted[:day])
            if waiting < -KG_SLACK - RELATIVE_SLACK * ordered:
                self._say("posted before ordered", f"{where} day {day}", waiting)
            recent = math.fsum(orders[max(0, day - within) : day])
            allowed = recent if day < last else 0.0
            rule = "promise" if day < last else "never posted"
            slack = KG_SLACK + RELATIVE_SLACK * ordered
            self._most(rule, f"{where} day {day}: kg waiting", waiting, allowed, slack)

    def _goal(self) -> None:
        goal = self.plan.get("goal")
        kind = goal.get("kind") if isinstance(goal, Mapping) else None
        share = goal.get("clear_share") if isinstance(goal, Mapping) and kind == "clear" else 0.0
        if kind not in ("income", "clear") or not _is_number(share) or not 0 <= share <= 1:
            self._say("goal", f"{goal!r} is neither income nor clear with a share")
            share = 0.0
        total = self.p.total_kg
        self.report.cleared_share = self.cleared_kg / total if total else 1.0
        least = share * total
        if self.cleared_kg < least - KG_SLACK - RELATIVE_SLACK * total:
            short = least - self.cleared_kg
            self._say("goal", f"{self.cleared_kg:.6g} kg leave the field of {least:.6g}", short)

    # money -------------------------------------------------------------------------------

    def _money(self) -> None:
        items = _Ledger(self.case, self.rows, self.prices, self.set_up, self.from_pool).items()
        net = math.fsum(items.values())
        self.report.items_yuan, self.report.net_income_yuan = items, net
        stated = self.plan.get("net_income_yuan")
        slack = max(0.01, NET_SLACK * abs(net))
        if not _is_number(stated):
            self._say("net income", f"stated {stated!r}, not a number")
            return
        self.report.stated_net_yuan = float(stated)
        if abs(stated - net) > slack:
            self._say("net income", f"stated {stated:.4f}, recomputed {net:.4f}", stated - net)
        self._bound(float(stated), net, slack)

    def _bound(self, stated: float, net: float, slack: float) -> None:
        bound, gap = self.plan.get("bound_yuan"), self.plan.get("gap")
        if bound is None:
            if gap is not None:
                self._say("gap", "a gap without a bound")
            return
        if not _is_number(bound) or bound < net - slack:
            self._say("bound", f"{bound!r} lies below the net income {net:.4f}")
        elif not _is_number(gap) or abs(gap - (bound - stated) / max(1.0, abs(stated))) > GAP_SLACK:
            self._say("gap", f"{gap!r} does not follow from bound and net income")


class _Ledger:
    """Growers' net income item by item, from the plan's rows."""

    def __init__(
        self,
        case: RescueCase,
        rows: dict[str, dict[Key, float]],
        prices: Floats,
        set_up: set[str],
        from_pool: dict[tuple[str, int], float],
    ) -> None:
        self.case, self.p, self.rows = case, case.problem, rows
        self.prices, self.set_up, self.from_pool = prices, set_up, from_pool

    def items(self) -> dict[str, float]:
        p, rows = self.p, self.rows
        pack, zone = self.case.pack_ids.index, self.case.zone_ids.index
        point, lot = self.case.point_ids.index, self.case.lot_ids.index
        outlet = self.case.outlet_ids.index
        kg = [float(x) for x in p.pack_kg]
        sums: dict[str, list[float]] = defaultdict(list)
        for (_, _, k), x in rows["orders"].items():
            sums["orders"].append(x * self.prices[pack(k)] / kg[pack(k)] * p.net_factor)
        for (e, i, _), x in rows["outlet"].items():
            sums["outlets"].append(x * p.outlet_yuan_per_kg[outlet(e)])
            sums["harvest"].append(-x * p.harvest_cost_yuan_per_kg[lot(i)])
            sums["bulk_freight"].append(-x * p.outlet_freight_yuan_per_kg[outlet(e)])
            sums["bulk_labour"].append(-x * p.outlet_labour_yuan_per_kg[outlet(e)])
        for (m, _, a, k), x in rows["ship"].items():
            sums["postage"].append(-x / kg[pack(k)] * p.postage_yuan[zone(m), pack(k)])
            sums["refunds"].append(-x * p.late_share[a, zone(m)] * p.refund_yuan_per_kg)
        for (q, _, _, k), x in rows["pack"].items():
            sums["material"].append(-x / kg[pack(k)] * p.pack_material_yuan[pack(k)])
            sums["haul_to_post"].append(-x * p.point_to_post_yuan_per_kg[point(q)])
        haul = self._pair_costs("haul_lot", "haul_point", "haul_yuan_per_kg", self.case.lot_ids)
        for (i, q, _, _), x in rows["harvest"].items():
            sums["harvest"].append(-x * p.harvest_cost_yuan_per_kg[lot(i)])
            sums["haul_to_point"].append(-x * haul.get((i, q), 0.0))
        walk = self._pair_costs("commute_pool", "commute_point", "commute_yuan", self.case.pool_ids)
        for (pool, q, _), x in rows["labour"].items():
            sums["labour_travel"].append(-x * walk.get((pool, q), 0.0))
        sums["wages"] = [-self._wages(pool, day, x) for (pool, day), x in self.from_pool.items()]
        sums["set_up"] = [-p.setup_yuan[point(q)] for q in self.set_up]
        sums["day_costs"] = [-p.day_cost_yuan[point(q)] for q, _ in rows["open_days"]]
        return {name: math.fsum(float(x) for x in values) for name, values in sums.items()}

    def _pair_costs(
        self, rows: str, columns: str, costs: str, ids: tuple[str, ...]
    ) -> dict[tuple[str, str], float]:
        p = self.p
        return {
            (ids[i], self.case.point_ids[q]): float(cost)
            for i, q, cost in zip(
                getattr(p, rows), getattr(p, columns), getattr(p, costs), strict=True
            )
        }

    def _wages(self, pool: str, day: int, people: float) -> float:
        i, left, wages = self.case.pool_ids.index(pool), max(0.0, people), 0.0
        shares, rates = self.p.wage_share[i], self.p.wage_yuan_per_day[i]
        for step, (share, wage) in enumerate(zip(shares, rates, strict=True)):
            room = float(share * self.p.pool_people[i, day - 1])
            take = left if step == len(shares) - 1 else min(left, room)
            wages += take * float(wage)
            left -= take
        return wages


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
