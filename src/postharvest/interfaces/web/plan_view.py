"""A rescue plan as a page shows it, read from the two files everybody knows: case and plan.

Only sums and words are made here; what the plan decides stands in its file.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from postharvest.interfaces.web import charts
from postharvest.interfaces.web.cards import without_varieties
from postharvest.interfaces.web.formats import day, in_chinese, number, percent, yuan
from postharvest.interfaces.web.limit_words import standstill
from postharvest.interfaces.web.plan_words import Risk, Sentence, helps, honest, risk_of
from postharvest.interfaces.web.tables import Heat, HeatRow, heat_cell

Row = Mapping[str, Any]
UNLIMITED = float("inf")
MANY_POINTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class PackPrice:
    """One box size with both prices, and how many cartons to order."""

    label: str
    net_kg: float
    team_yuan: float
    solo_yuan: float
    boxes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRow:
    """Where it goes: boxes, postage of the larger box, days on the road."""

    zone: str
    name: str
    boxes: int
    kg: float
    postage_yuan: float
    transit: str
    offered: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    """One village group: how much, when to cut, what goes where."""

    village: str
    growers: int
    kg: float
    online_kg: float
    wholesale_kg: float
    left_kg: float
    first_cut: date | None
    last_cut: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """One packing point: from when, how many people at most, how many boxes."""

    name: str
    first_day: date
    open_days: int
    peak_people: int
    stations: int
    boxes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """Everything the plan page prints."""

    name: str
    produce_id: str
    start: date
    horizon_days: int
    goal: str
    total_kg: float
    online_kg: float
    wholesale_kg: float
    left_kg: float
    net_yuan: float
    net_yuan_per_kg: float
    gap: float | None
    prices: Sequence[PackPrice]
    peak_people: int
    person_days: float
    points: Sequence[PointRow]
    heat: Heat
    people: charts.Figure
    clearing: charts.Figure
    lanes: Sequence[LaneRow]
    not_offered: Sequence[LaneRow]
    lots: Sequence[LotRow]
    wages_yuan: float
    risk: Risk | None
    honest: Sequence[Sentence]
    helps: Sequence[Sentence]
    stopped: str

    @property
    def sold_share(self) -> float:
        """Share of all that leaves the field."""
        return (self.online_kg + self.wholesale_kg) / self.total_kg if self.total_kg else 0.0

    @property
    def sells_online(self) -> bool:
        """Whether anything goes by post; "don't" is an answer too."""
        return self.online_kg > 1


def plan_view(case: Row, plan: Row, *, zone_names: Mapping[str, str] | None = None) -> PlanView:
    """Gather the sums of a plan for its page; zones may have better names than the case gives."""
    sums = _Sums(case, plan)
    lanes = _lanes(sums, zone_names or {}, why_not=_why_not(plan))
    total_kg = sum(float(lot["kg"]) for lot in sums.lots)
    wholesale_kg = sum(sums.wholesale_kg.values())
    online_kg = sum(sums.packed_kg.values())
    net = float(plan["net_income_yuan"])
    return PlanView(
        name=_name(case["produce"]) or str(case["name"]),
        produce_id=str(case["produce"]["id"]),
        start=sums.start,
        horizon_days=sums.days,
        goal=goal_name(plan["goal"]),
        total_kg=total_kg,
        online_kg=online_kg,
        wholesale_kg=wholesale_kg,
        left_kg=max(0.0, total_kg - online_kg - wholesale_kg),
        net_yuan=net,
        net_yuan_per_kg=net / total_kg if total_kg else 0.0,
        gap=plan.get("gap"),
        prices=_prices(sums),
        peak_people=max(sums.people_by_day, default=0),
        person_days=float(sum(sums.people_by_day)),
        points=_points(sums),
        heat=_heat(sums),
        people=_people(sums),
        clearing=_clearing(sums, total_kg=total_kg, risk=plan.get("risk") or {}),
        lanes=[row for row in lanes if row.offered],
        not_offered=[row for row in lanes if not row.offered],
        lots=_lots(sums),
        wages_yuan=-float(plan.get("items_yuan", {}).get("wages", 0.0)),
        risk=risk_of(plan),
        honest=honest(plan, risk_of(plan)),
        helps=helps(plan, point_names={name: sums.point_name(name) for name in sums.points}),
        stopped=standstill(plan.get("why", {}).get("nothing_online", ())),
    )


class _Sums:
    """The plan's rows added up the ways the page needs."""

    def __init__(self, case: Row, plan: Row) -> None:
        self.case, self.plan = case, plan
        start = case["start_date"]
        self.start: date = start if isinstance(start, date) else date.fromisoformat(start)
        self.days = int(case["horizon_days"])
        self.lots = _with_defaults(case, "lots")
        self.points = {str(p["id"]): p for p in _with_defaults(case, "points")}
        self.packs = {str(p["id"]): p for p in _with_defaults(case, "packs")}
        self.zones = {str(z["id"]): z for z in _with_defaults(case, "zones")}
        self.packed_kg = _total(plan["pack"], "pack")
        self.shipped_kg = _total(plan["ship"], "zone")
        self.shipped_boxes = self._boxes(plan["ship"], "zone")
        self.point_day_boxes = self._boxes(plan["pack"], "point", "pack_day")
        self.crew = {(r["point"], r["day"]): int(r["people"]) for r in plan["crew"]}
        self.wholesale_kg = _total(plan["outlet"], "lot")
        self.people_by_day = [
            sum(n for (_point, d), n in self.crew.items() if d == day) for day in self.every_day
        ]

    @property
    def every_day(self) -> range:
        return range(1, self.days + 1)

    def date_of(self, number_of_day: int) -> date:
        return self.start + timedelta(days=number_of_day - 1)

    def point_name(self, point: str) -> str:
        return str(self.points[point].get("name") or point)

    def _boxes(self, rows: Iterable[Row], *keys: str) -> dict[Any, float]:
        """Boxes = kilograms over the net weight of their pack."""
        found: dict[Any, float] = defaultdict(float)
        for row in rows:
            key = tuple(row[k] for k in keys) if len(keys) > 1 else row[keys[0]]
            found[key] += float(row["kg"]) / float(self.packs[row["pack"]]["net_kg"])
        return dict(found)


def _with_defaults(case: Row, table: str) -> list[dict[str, Any]]:
    defaults = case.get("defaults", {}).get(table, {})
    return [{**defaults, **row} for row in case.get(table, ())]


def _total(rows: Iterable[Row], key: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for row in rows:
        found[str(row[key])] += float(row["kg"])
    return dict(found)


def _name(row: Row) -> str:
    return without_varieties(str(row.get("name_zh" if in_chinese() else "name_en") or ""))


def goal_name(goal: Row) -> str:
    """Write what a plan is best at."""
    if goal.get("price_fixed"):
        return _("most income at this price")
    if goal["kind"] == "income":
        return _("most income")
    return _("clear at least %(share)s") % {"share": percent(float(goal["clear_share"]))}


def _prices(sums: _Sums) -> list[PackPrice]:
    shown = sums.plan["shown"]
    return [
        PackPrice(
            label=_("%(kg)s kg") % {"kg": number(float(pack["net_kg"]), 1)},
            net_kg=float(pack["net_kg"]),
            team_yuan=float(shown[name]["team_yuan"]),
            solo_yuan=float(shown[name]["solo_yuan"]),
            boxes=-int(-sums.packed_kg.get(name, 0.0) // float(pack["net_kg"])),
        )
        for name, pack in sums.packs.items()
        if name in shown
    ]


def _points(sums: _Sums) -> list[PointRow]:
    rows = []
    for point in sums.plan["open_points"]:
        open_days = sorted(d for (p, d), n in sums.crew.items() if p == point and n)
        if not open_days:
            continue
        rows.append(
            PointRow(
                name=sums.point_name(point),
                first_day=sums.date_of(open_days[0]),
                open_days=len(open_days),
                peak_people=max(sums.crew[point, d] for d in open_days),
                stations=int(sums.points[point]["stations"]),
                boxes=round(sum(sums.point_day_boxes.get((point, d), 0.0) for d in open_days)),
            )
        )
    return sorted(rows, key=lambda row: (row.first_day, row.name))


def _heat(sums: _Sums) -> Heat:
    points = sorted({point for point, _day in sums.point_day_boxes})[:MANY_POINTS]
    most = max(sums.point_day_boxes.values(), default=0.0)
    rows = [
        HeatRow(
            label=sums.point_name(point),
            cells=[
                heat_cell(
                    round(sums.point_day_boxes.get((point, d), 0.0)),
                    most=most,
                    at_limit=sums.crew.get((point, d), 0) >= int(sums.points[point]["stations"]),
                )
                for d in sums.every_day
            ],
        )
        for point in points
    ]
    return Heat(
        caption=_("Boxes per point and day"),
        corner=_("Packing point"),
        columns=[day(sums.date_of(d)) for d in sums.every_day],
        rows=rows,
    )


def _people(sums: _Sums) -> charts.Figure:
    peak = max(sums.people_by_day, default=0)
    return charts.bars(
        values=sums.people_by_day,
        labels=[str(d) for d in sums.every_day],
        caption=_("People packing, by day of the sale"),
        sentence=_("People needed each day; at most %(n)s") % {"n": number(peak)},
    )


def _clearing(sums: _Sums, *, total_kg: float, risk: Row) -> charts.Figure:
    gone = [0.0] * (sums.days + 1)
    for row in (*sums.plan["harvest"], *sums.plan["outlet"]):
        gone[int(row["day"])] += float(row["kg"])
    for d in sums.every_day:
        gone[d] += gone[d - 1]
    return charts.cumulative(
        done=charts.Series(label=_("plan"), values=gone),
        low=risk.get("cleared_kg_p10") or (),
        high=risk.get("cleared_kg_p90") or (),
        target=total_kg,
        last_day=sums.days,
        caption=_("Kilograms gone from the field, by day of the sale; dotted: all there is"),
        sentence=_("By day %(day)s %(share)s of it is gone")
        % {"day": sums.days, "share": percent(gone[-1] / total_kg if total_kg else 0)},
    )


def _why_not(plan: Row) -> dict[str, str]:
    """Say of every zone that is not offered why."""
    known = {
        "too_late": _("too late to stay fresh"),
        "postage": _("postage eats the price"),
        "better_elsewhere": _("other places pay better"),
    }
    rows = (plan.get("why") or {}).get("zones_not_offered", ())
    return {row["zone"]: known.get(row["reason"], _("does not pay")) for row in rows}


def _lanes(sums: _Sums, names: Mapping[str, str], *, why_not: Mapping[str, str]) -> list[LaneRow]:
    largest = max(sums.packs, key=lambda name: float(sums.packs[name]["net_kg"]))
    return [
        LaneRow(
            zone=name,
            name=names.get(name) or str(zone.get("name") or name),
            boxes=round(sums.shipped_boxes.get(name, 0.0)),
            kg=sums.shipped_kg.get(name, 0.0),
            postage_yuan=float(zone["postage_yuan"][largest]),
            transit=_transit(zone["transit"]),
            offered=sums.shipped_kg.get(name, 0.0) > 0,
            why_not=why_not.get(name, ""),
        )
        for name, zone in sums.zones.items()
    ]


def _transit(transit: Row) -> str:
    """Write the days on the road: the usual one, or the range of nine in ten."""
    if "median_days" in transit:
        return _("%(n)s days") % {"n": number(float(transit["median_days"]), 1)}
    running, first, last = 0.0, 0, 0
    whole = sum(transit["pmf"]) or 1.0
    for number_of_days, share in enumerate(transit["pmf"], start=1):
        running += share / whole
        if running > 0.05 and not first:  # noqa: PLR2004  (nine in ten lie between)
            first = number_of_days
        if running >= 0.95 and not last:  # noqa: PLR2004
            last = number_of_days
    if first == last:
        return _("%(n)s days") % {"n": first}
    return _("%(from)s–%(to)s days") % {"from": first, "to": last}


def _lots(sums: _Sums) -> list[LotRow]:
    online = _total(sums.plan["harvest"], "lot")
    cut_days: dict[str, list[int]] = defaultdict(list)
    for row in (*sums.plan["harvest"], *sums.plan["outlet"]):
        cut_days[row["lot"]].append(int(row["day"]))
    rows = []
    for lot in sums.lots:
        name = str(lot["id"])
        kg = float(lot["kg"])
        by_post, by_merchant = online.get(name, 0.0), sums.wholesale_kg.get(name, 0.0)
        rows.append(
            LotRow(
                village=str(lot.get("village") or name),
                growers=int(lot.get("growers", 1)),
                kg=kg,
                online_kg=by_post,
                wholesale_kg=by_merchant,
                left_kg=max(0.0, kg - by_post - by_merchant),
                first_cut=sums.date_of(min(cut_days[name])) if cut_days[name] else None,
                last_cut=sums.date_of(max(cut_days[name])) if cut_days[name] else None,
            )
        )
    return rows


def per_kg(amount_yuan: float) -> str:
    """Write yuan per kilogram."""
    return _("%(y)s per kg") % {"y": yuan(amount_yuan)}
