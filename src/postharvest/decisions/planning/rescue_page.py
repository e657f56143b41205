"""The rescue plan's one page as headings, sentences and tables; text and HTML both print it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from postharvest.decisions.planning.case_file import RescueCase
from postharvest.decisions.planning.rescue_words import say

Plan = dict[str, Any]
_BEST, _SHOWN_GROWERS = 3, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with sentences and at most one table (first row: the head)."""

    key: str
    heading: str
    sentences: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()


def plan_page(case: RescueCase, plans: Sequence[Plan], *, lang: str) -> list[Section]:
    """Return the page of the first plan; the others are the choice beside it."""
    plan = plans[0]
    page = _Page(case, plan, lang)
    sections = [page.headline()]
    if len(plans) > 1:
        sections.append(choice(case, plans, lang=lang))
    if plan["sells_online"]:
        sections += [page.points(), page.sheet(), page.zones()]
    sections += [page.growers(), page.help(), page.risk(), page.assumed()]
    return sections


def _goal_words(plan: Plan, lang: str) -> str:
    goal = plan["goal"]
    if goal["kind"] == "clear":
        return say(lang, "clear", share=goal["clear_share"])
    if goal.get("price_fixed"):
        return say(lang, "at_price", price=plan["price_reference_yuan"])
    return say(lang, "income")


def choice(case: RescueCase, plans: Sequence[Plan], *, lang: str) -> Section:
    """Return the frontier as a table: what each goal costs and brings."""
    rows = [tuple(say(lang, "choice_head").split(" | "))]
    for plan in plans:
        risk = plan["risk"]
        most = max(_by_day(plan["crew"], "day", "people").values(), default=0)
        rows.append(
            (
                _goal_words(plan, lang),
                f"{plan['price_reference_yuan']:g}",
                f"{plan['net_income_yuan']:,.0f}",
                f"{plan['cleared_share']:.1%}",
                str(len(plan["open_points"])),
                f"{most:,.0f}",
                f"{risk['mean']:,.0f} ({risk['p5']:,.0f})",
                f"{risk['p_clear']:.0%}",
                f"{-plan['items_yuan']['wages']:,.0f}",
            )
        )
    return Section(key="choice", heading=say(lang, "choice"), table=tuple(rows))


class _Page:
    def __init__(self, case: RescueCase, plan: Plan, lang: str) -> None:
        self.case, self.plan, self.lang = case, plan, lang
        self.kg = {i: float(k) for i, k in zip(case.pack_ids, case.problem.pack_kg, strict=True)}

    def headline(self) -> Section:
        case, plan = self.case, self.plan
        total = case.problem.total_kg
        outlet = sum(row["kg"] for row in plan["outlet"])
        online = sum(row["kg"] for row in plan["harvest"])
        shown = plan["shown"][case.reference_pack]
        stops = plan["why"].get("nothing_online", ())
        sentence = self._say(
            "online" if plan["sells_online"] else "stopped" if stops else "offline",
            why=self._say("and").join(self._say(f"stop_{one['kind']}", **one) for one in stops),
            team=shown["team_yuan"],
            solo=shown["solo_yuan"],
            pack=case.reference_pack,
            kg=online,
            share=online / total if total else 0.0,
            outlet=outlet,
            left=max(0.0, total - online - outlet),
        )
        net = plan["net_income_yuan"]
        keeps = self._say(
            "keeps",
            net=net,
            per_kg=net / total if total else 0.0,
            base=plan["baseline"]["nothing_online_yuan"],
        )
        proven = plan["objective"]
        proof = self._say("proof", gap=max(0.0, proven["gap"]), bound=proven["bound_yuan"])
        produce = case.produce_name_zh if self.lang == "zh" else case.produce_name_en
        heading = self._say(
            "title", kg=total, produce=produce, days=case.days, start=case.start_date
        )
        sentences = [sentence, *self._bulk(), keeps, proof]
        if "price_of_rules_yuan" in plan:
            sentences.append(self._say("price_of_rules", yuan=plan["price_of_rules_yuan"]))
        return Section(key="headline", heading=heading, sentences=tuple(sentences))

    def _bulk(self) -> list[str]:
        """Say who takes how much in bulk, and when."""
        case, p = self.case, self.case.problem
        found = []
        for number, (outlet, kind) in enumerate(
            zip(case.outlet_ids, case.outlet_kinds, strict=True)
        ):
            rows = [row for row in self.plan["outlet"] if row["outlet"] == outlet]
            if kind != "bulk" or not rows:
                continue
            price = float(p.outlet_yuan_per_kg[number])
            cost = p.outlet_freight_yuan_per_kg[number] + p.outlet_labour_yuan_per_kg[number]
            found.append(
                self._say(
                    "bulk",
                    name=case.outlet_names[number],
                    kg=sum(row["kg"] for row in rows),
                    days=_ranges(sorted({row["day"] for row in rows})),
                    price=price,
                    net=price - float(cost),
                )
            )
        return found

    def points(self) -> Section:
        names = dict(zip(self.case.point_ids, self.case.point_names, strict=True))
        rows = [self._head("points_head")]
        for point in self.plan["open_points"]:
            crew = {r["day"]: r["people"] for r in self.plan["crew"] if r["point"] == point}
            if not crew:
                continue
            label = point if names[point] == point else f"{point} {names[point]}"
            rows.append(
                (
                    label,
                    str(min(crew)),
                    str(len(crew)),
                    str(max(crew.values())),
                    f"{sum(crew.values()):,}",
                )
            )
        boxes: dict[str, float] = defaultdict(float)
        for row in self.plan["pack"]:
            boxes[row["pack"]] += row["kg"] / self.kg[row["pack"]]
        cartons = ", ".join(f"{count:,.0f} × {pack}" for pack, count in sorted(boxes.items()))
        items = self.plan["items_yuan"]
        wages = self._say(
            "wages", wages=-items["wages"], days=sum(r["people"] for r in self.plan["crew"])
        )
        return Section(
            key="points",
            heading=self._say("points"),
            sentences=(self._say("cartons", cartons=cartons), wages),
            table=tuple(rows),
        )

    def sheet(self) -> Section:
        people = _by_day(self.plan["crew"], "day", "people")
        cut = _by_day(self.plan["harvest"], "day", "kg")
        taken = _by_day(self.plan["outlet"], "day", "kg")
        boxes: dict[int, float] = defaultdict(float)
        for row in self.plan["pack"]:
            boxes[row["pack_day"]] += row["kg"] / self.kg[row["pack"]]
        rows = [self._head("sheet_head")]
        rows += [
            (
                str(day),
                f"{people.get(day, 0):,.0f}",
                f"{cut.get(day, 0):,.0f}",
                f"{boxes.get(day, 0):,.0f}",
                f"{taken.get(day, 0):,.0f}",
            )
            for day in range(1, self.case.days + 1)
        ]
        return Section(key="sheet", heading=self._say("sheet"), table=tuple(rows))

    def zones(self) -> Section:
        names = dict(zip(self.case.zone_ids, self.case.zone_names, strict=True))
        kg: dict[str, float] = defaultdict(float)
        boxes: dict[str, float] = defaultdict(float)
        for row in self.plan["ship"]:
            kg[row["zone"]] += row["kg"]
            boxes[row["zone"]] += row["kg"] / self.kg[row["pack"]]
        rows = [self._head("zones_head")]
        for zone, transit in zip(self.case.zone_ids, self.case.transit, strict=True):
            if kg[zone] > 1.0:
                first, last = _usual_days(transit)
                rows.append(
                    (names[zone], f"{kg[zone]:,.0f}", f"{boxes[zone]:,.0f}", f"{first}–{last}")
                )
        left_out = tuple(
            self._say(
                row["reason"],
                zone=names[row["zone"]],
                late=row.get("late_share", 0.0),
                margin=row.get("margin_yuan_per_kg", 0.0),
                promise=self.case.promise_days,
            )
            for row in self.plan["why"]["zones_not_offered"]
        )
        return Section(
            key="zones", heading=self._say("zones"), sentences=left_out, table=tuple(rows)
        )

    def growers(self) -> Section:
        online = _by_day(self.plan["harvest"], "lot", "kg")
        taken = _by_day(self.plan["outlet"], "lot", "kg")
        days: dict[str, set[int]] = defaultdict(set)
        for row in (*self.plan["harvest"], *self.plan["outlet"]):
            days[row["lot"]].add(row["day"])
        gone = sum(online.values()) + sum(taken.values())
        per_kg = self.plan["net_income_yuan"] / gone if gone else 0.0
        rows = [self._head("growers_head")]
        for lot, kg in list(zip(self.case.lot_ids, self.case.problem.lot_kg, strict=True))[
            :_SHOWN_GROWERS
        ]:
            sold = online.get(lot, 0.0) + taken.get(lot, 0.0)
            rows.append(
                (
                    lot,
                    f"{kg:,.0f}",
                    f"{online.get(lot, 0.0):,.0f}",
                    f"{taken.get(lot, 0.0):,.0f}",
                    _ranges(sorted(days[lot])),
                    f"{per_kg * sold:,.0f}",
                )
            )
        against = ", ".join(
            f"{self._say(row['name'])} {row['net_yuan']:,.0f}"
            for row in self.plan["why"]["baselines"]
        )
        return Section(
            key="growers",
            heading=self._say("growers"),
            sentences=(f"{self._say('baselines')}: {against}",),
            table=tuple(rows),
        )

    def help(self) -> Section:
        sentences = tuple(
            self._say(
                f"help_{row['kind']}",
                amount=row["amount"],
                where=row.get("where", ""),
                day=row.get("day", 0),
                worth=row["worth_yuan"],
            )
            for row in self.plan["why"]["relaxations"]
        )
        return Section(key="help", heading=self._say("help"), sentences=sentences)

    def risk(self) -> Section:
        risk = self.plan["risk"]
        mean = self._say(
            "risk_mean",
            **{name: risk[name] for name in ("mean", "p5", "p50", "p95", "p_clear", "scenarios")},
            clear=risk["clear_share"],
            blind=risk["blind"]["mean"],
        )
        flips = tuple(
            self._say(f"flip_{row['assumption']}", factor=row["factor"])
            for row in self.plan["why"]["flips"][:_BEST]
        )
        return Section(
            key="risk", heading=self._say("risk"), sentences=(mean, *flips, self._say("watch"))
        )

    def assumed(self) -> Section:
        rows = [self._head("assumed_head")]
        rows += [
            (
                str(row["field"]),
                str(row["value"]),
                str(row.get("unit", "")),
                str(row.get("source", "")),
                str(row.get("as_of", "")),
            )
            for row in self.plan["assumptions"]
        ]
        return Section(key="assumed", heading=self._say("assumed"), table=tuple(rows))

    def _say(self, key: str, **facts: Any) -> str:  # noqa: ANN401
        return say(self.lang, key, **facts)

    def _head(self, key: str) -> tuple[str, ...]:
        return tuple(self._say(key).split(" | "))


def _by_day(rows: Sequence[Plan], key: str, value: str) -> dict[Any, float]:
    total: dict[Any, float] = defaultdict(float)
    for row in rows:
        total[row[key]] += row[value]
    return dict(total)


def _usual_days(transit: Sequence[float]) -> tuple[int, int]:
    """Days on the road between which nine parcels of ten arrive."""
    running, first, last = 0.0, 0, len(transit)
    for day, share in enumerate(transit, 1):
        running += share
        if not first and running > 0.05:  # noqa: PLR2004  the earliest twentieth
            first = day
        if running >= 0.95:  # noqa: PLR2004  the latest twentieth
            last = day
            break
    return first, last


def _ranges(days: Sequence[int]) -> str:
    """Write 1, 2, 3, 6 as 1–3, 6."""
    parts: list[list[int]] = []
    for day in days:
        if parts and day == parts[-1][-1] + 1:
            parts[-1].append(day)
        else:
            parts.append([day])
    return ", ".join(f"{p[0]}–{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)
