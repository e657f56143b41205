"""How each part of a sale's standing is added up; plain values that survive JSON."""

from collections.abc import Callable
from typing import Any

from postharvest.operations.orders import queries as orders
from postharvest.operations.packing import queries as packing
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.settlement import queries as settlement

FLOW, MONEY, CHECKS = "flow", "money", "checks"


def _flow(sale_id: int) -> dict[str, Any]:
    by_lane: dict[str, dict[str, int]] = {}
    late: dict[str, int] = {}
    sums = {"delivered": 0, "in_time": 0, "timed": 0, "days_sum": 0.0}
    for row in parcels.counts(sale_id):
        by_lane.setdefault(str(row.lane_id), {})[row.status] = row.parcels
        if row.late:
            late[str(row.lane_id)] = late.get(str(row.lane_id), 0) + row.late
        for name in sums:
            sums[name] += getattr(row, name)
    return {
        "ordered_g": {day.isoformat(): g for day, g in orders.ordered_g(sale_id).items()},
        "packed": {day.isoformat(): n for day, n in packing.boxes_by_day(sale_id).items()},
        "orders": sum(orders.counts_by_state(sale_id).values()),
        "by_lane": by_lane,
        "late_by_lane": late,
        **sums,
    }


def _money(sale_id: int) -> dict[str, Any]:
    return settlement.sale_totals(sale_id)


def _checks(sale_id: int) -> dict[str, Any]:
    return {"checks": settlement.invariants(sale_id)}


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    FLOW: _flow,
    MONEY: _money,
    CHECKS: _checks,
}
