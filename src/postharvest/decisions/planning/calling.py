"""From the plan to tomorrow's harvest calls: who shall cut how much, and for which point."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock.time import CHINA, local_day
from postharvest.core.money import split
from postharvest.core.units import grams
from postharvest.decisions.planning import queries
from postharvest.decisions.planning.gather import day_of
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.calls import Call, call_growers

CALL_FROM_HOUR = 16
"""Growers hear in the afternoon what is to be cut on the next day."""


def call_growers_due(*, now: datetime) -> int:
    """Call growers of every running sale for tomorrow (today, too, if that was missed).

    Safe to run every second: who is called for a day is not called again.
    """
    today = local_day(now)
    days = [today]
    if now.astimezone(CHINA).hour >= CALL_FROM_HOUR:
        days.append(today + timedelta(days=1))
    called = 0
    for sale in campaigns.sales_open(now):
        for day in days:
            if sale.first_day <= day <= sale.last_day and not _is_called(sale, day):
                called += len(
                    call_growers(
                        base_id=sale.base_id, day=day, calls=calls_of(sale, day),
                        actor=SYSTEM, now=now,
                    )
                )  # fmt: skip
    return called


def calls_of(sale: Sale, day: date) -> list[Call]:
    """Share the plan's kilograms of a day among the growers of each village group.

    By what each still has on offer, to the gram; a group that has nothing left is not called.
    """
    plan = queries.approved_plan(sale.surplus_id)
    if plan is None:
        return []
    wanted: dict[str, int] = defaultdict(int)
    points: dict[str, str] = {}
    names = {one["id"]: str(one.get("name") or one["id"]) for one in plan.case["points"]}
    for row in plan.plan["harvest"]:
        if day_of(plan.case, row["day"]) == day:
            wanted[row["lot"]] += grams(row["kg"])
            points.setdefault(row["lot"], names.get(row["point"], ""))
    calls = []
    for part in harvest.parts_of(sale.surplus_id):
        offers = sorted(part.offers.all(), key=lambda offer: offer.pk)
        left = [offer.offered_g - offer.called_g - offer.wholesale_g for offer in offers]
        weight_g = min(wanted.get(part.code, 0), sum(left))
        if weight_g <= 0:
            continue
        calls += [
            Call(offer_id=offer.pk, weight_g=share, point_name=points[part.code])
            for offer, share in zip(offers, split(weight_g, left), strict=True)
            if share
        ]
    return calls


def _is_called(sale: Sale, day: date) -> bool:
    return harvest.calls_of_surplus(sale.surplus_id, day).exists()
