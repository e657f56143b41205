"""News that asks for the days to come to be planned again, and the proposal that follows.

A proposal changes nothing: a person looks at it and carries it out, or not.  One a sale and day;
the same reason twice on a day is the same proposal, so a reaction may run twice.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from postharvest.core.clock.time import local_day
from postharvest.decisions.planning import opening
from postharvest.decisions.planning.models import Replan, RescuePlan
from postharvest.decisions.planning.redeciding import Redecision, propose_redecision
from postharvest.decisions.planning.residual_case import demand_level
from postharvest.operations.campaigns import queries as sales
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.network import queries as network

STRAY = 0.15
"""Orders further from the day's figure than this ask for a new plan."""
ORDERS, PEOPLE, POINT, CAPACITY, DELAY = "orders", "people", "point", "capacity", "delay"
_FIGURES = (
    "demand_level", "demand_low", "demand_high", "team_price_yuan", "team_price_before_yuan",
    "people", "people_before", "expected_rest_yuan", "gain_yuan", "within", "left_kg",
)  # fmt: skip


def propose_because(*, sale_id: int, reason: str, now: datetime) -> Replan | None:
    """Plan the days to come again because of some news, and lay it on the desk.

    None where nothing can be decided any more, or the reason has been answered today.
    """
    day = local_day(now)
    before = Replan.objects.filter(sale_id=sale_id, day=day).first()
    if before is not None and reason in before.reasons:
        return None
    found = propose_redecision(sale_id=sale_id, now=now)
    return None if found is None else _store(found, day=day, reason=reason, now=now)


def propose_if_orders_stray(*, sale_id: int, now: datetime) -> Replan | None:
    """Propose anew when the orders so far lie far from what the plan assumed."""
    sale = sales.sale(sale_id)
    plan = _approved(sale_id)
    if sale is None or plan is None or not opening.days_to_come(plan.case, now):
        return None
    level = demand_level(sale, plan.case, today=local_day(now)).mean
    if abs(level - 1.0) <= STRAY:
        return None
    return propose_because(sale_id=sale_id, reason=ORDERS, now=now)


def propose_if_capacity_differs(*, sale_id: int, now: datetime) -> Replan | None:
    """Propose anew when lanes or post office no longer take what the plan was made with.

    Opening a sale enters the plan's own figures; that news is none.
    """
    sale = sales.sale(sale_id)
    plan = _approved(sale_id)
    if sale is None or plan is None or not (ahead := opening.days_to_come(plan.case, now)):
        return None
    first = date.fromisoformat(plan.case["start_date"])
    days = [first + timedelta(days=n) for n in range(plan.case["horizon_days"])]
    closed = network.days_without_collection(plan.surplus.county_id, days)
    planned = {
        ("hub", day): parcels
        for day, parcels in opening.parcels_taken(plan.case["hub"], days, closed)
    }
    zones = {lane.pk: lane.zone for lane in network.lanes_for_origin(sale.branch_id)}
    for zone in plan.case["zones"]:
        taken = opening.parcels_taken(zone, days, closed)
        planned |= {(zone["id"], day): parcels for day, parcels in taken}
    now_taken = {
        ("hub", row.day): row.capacity_parcels for row in network.hub_days([sale.branch_id], ahead)
    }
    for row in network.lane_days(list(zones), ahead):
        now_taken[zones[row.lane_id], row.day] = row.capacity_parcels
    if all(planned.get(key, parcels) == parcels for key, parcels in now_taken.items()):
        return None
    return propose_because(sale_id=sale_id, reason=CAPACITY, now=now)


def open_sales_of(base_id: int) -> list[int]:
    """Sales of a base whose days to come can still be decided."""
    rows = sales.sales_of_base(base_id).exclude(state=Sale.State.CLOSED)
    return list(rows.values_list("pk", flat=True))


def _approved(sale_id: int) -> RescuePlan | None:
    rows = RescuePlan.objects.select_related("surplus")
    return rows.filter(surplus__sale=sale_id, state="approved").first()


@transaction.atomic
def _store(found: Redecision, *, day: date, reason: str, now: datetime) -> Replan:
    row, _ = Replan.objects.select_for_update().get_or_create(
        sale_id=found.sale_id,
        day=day,
        defaults={"reasons": [], "figures": {}, "made_at": now},
    )
    row.reasons = [*row.reasons, *([] if reason in row.reasons else [reason])]
    row.figures = _figures(found)
    row.made_at = now
    row.save(update_fields=["reasons", "figures", "made_at"])
    return row


def _figures(found: Redecision) -> dict[str, Any]:
    """What changes and what it is worth, as it is shown."""
    return {name: getattr(found, name) for name in _FIGURES}
