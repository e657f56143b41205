"""A re-decision in the branch's own terms: shifts, working time, prices and kilograms to come."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from postharvest.core.units import CREW_SECONDS_PER_DAY, fen, grams
from postharvest.decisions.planning import gather, opening
from postharvest.decisions.planning.residual_case import everybody, lost_points
from postharvest.operations.campaigns import queries as sales
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.shifts import ShiftTerms

CREW_BUFFER = 1.05


def shifts_to_come(
    sale: Sale,
    case: Mapping[str, Any],
    *,
    raw: Mapping[str, Any],
    answer: Mapping[str, Any],
    days: list[date],
    bound: Mapping[date, int],
    before: Mapping[tuple[int, date], Any],
) -> list[ShiftTerms]:
    """Return shifts that pack both what is promised and what is still to be sold."""
    lost = lost_points(sale)
    points = [point for point in packing.points_of_base(sale.base_id) if point not in lost]
    in_use = {s.point_id for s in packing.shifts_of(sale.pk) if s.planned_people}
    in_use = in_use or {point.pk for point in points[:1]}
    terms = {
        (t.point_id, t.day): t
        for t in opening.shifts_of_crew(raw, answer, base_id=sale.base_id, boxes={})
    }
    late = sum(s for day, s in bound.items() if day < days[0])
    wage = max(
        [s.day_wage_fen for s in before.values()] + [t.day_wage_fen for t in terms.values()],
        default=0,
    )
    if not wage:
        wage = fen(min(step["yuan_per_day"] for step in case["labour"][0]["wage_steps"]))
    most = int(everybody(case))
    out: dict[tuple[int, date], ShiftTerms] = {}
    for day in days:
        needed_s = bound.get(day, 0) + (late if day == days[0] else 0)
        extra = math.ceil(CREW_BUFFER * needed_s / CREW_SECONDS_PER_DAY)
        free = most
        for point in sorted(points, key=lambda p: (p.pk not in in_use, p.code)):
            planned = terms.get((point.pk, day))
            people = planned.people if planned else 0
            room = max(0, min(point.stations, free) - people)
            add = min(extra, room) if point.pk in in_use or people or extra else 0
            total = people + add
            if 0 < total < point.min_crew:
                total = min(point.min_crew, free, point.stations)
            extra -= min(extra, max(0, total - people))
            free -= total
            if total or (point.pk, day) in before:
                out[point.pk, day] = ShiftTerms(
                    point_id=point.pk,
                    day=day,
                    people=total,
                    boxes=planned.boxes if planned else {},
                    day_wage_fen=(planned.day_wage_fen if planned else 0) or wage,
                    travel_fen=planned.travel_fen if planned else 0,
                )
        out |= {
            (point.pk, day): ShiftTerms(
                point_id=point.pk, day=day, people=0, boxes={}, day_wage_fen=wage
            )
            for point in lost
            if (point.pk, day) in before and before[point.pk, day].lost_at is None
        }
    return list(out.values())


def people_by_day(called: Iterable[tuple[date, int]]) -> dict[str, int]:
    """Return packers by ISO day, over all points."""
    out: dict[str, int] = defaultdict(int)
    for day, people in called:
        out[day.isoformat()] += people
    return dict(out)


def crew_s_by_day(sale: Sale, terms: list[ShiftTerms], days: list[date]) -> dict[date, int]:
    """Return each day's working time, never below what orders have claimed."""
    claimed = {row.day: row.reserved_crew_s for row in sales.packing_days(sale.pk)}
    called: dict[date, int] = defaultdict(int)
    for one in terms:
        called[one.day] += one.people * CREW_SECONDS_PER_DAY
    return {day: max(called[day], claimed.get(day, 0)) for day in days}


def prices_to_come(sale: Sale, answer: Mapping[str, Any]) -> dict[int, tuple[int, int]]:
    """Return the prices that change; a price never rises, and stays when nothing is sold online."""
    if not answer["sells_online"]:
        return {}
    out = {}
    for row in sales.shop_listings(sale.pk):
        shown = answer["shown"].get(gather.pack_id(row.net_g))
        if shown and fen(shown["team_yuan"]) < row.team_fen:
            out[row.pk] = fen(shown["team_yuan"]), fen(shown["solo_yuan"])
    return out


def capacity_to_come_g(
    sale: Sale, raw: Mapping[str, Any], wholesale_kg: Mapping[str, Mapping[str, float]]
) -> int:
    """Return what may be sold online in all: sold, and what is free less tomorrow's wholesale."""
    free_kg = sum(lot["kg"] for lot in raw["lots"])
    tomorrow = sum(wholesale_kg.get(raw["start_date"], {}).values())
    return sale.reserved_g + max(0, grams((free_kg - tomorrow) * opening.FIT_SHARE))
