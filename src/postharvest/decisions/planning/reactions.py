"""What planning does when it hears of something."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.outbox.log import reacts_jointly_to, reacts_to
from postharvest.decisions.planning import actions, base_scenarios, proposing
from postharvest.decisions.planning.events import BasePlanAsked, BaseRunsAsked
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.events import SurplusReported
from postharvest.operations.harvest.models import Surplus
from postharvest.operations.network.events import BaseOpened, CapacityChanged
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.events import DelayAnnounced
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.events import PeopleMissing, PointLost, ShiftClosed


@reacts_to(SurplusReported, "planning.propose")
def propose(body: dict[str, Any], now: datetime) -> None:
    """Lay the choice of plans on the desk; one that is decided already is left alone."""
    surplus = harvest.surplus(body["surplus_id"])
    if surplus.state in (Surplus.State.REPORTED, Surplus.State.PLANNED):
        actions.propose_frontier(surplus_id=surplus.pk, actor=SYSTEM, now=now)


@reacts_to(BasePlanAsked, "planning.plan_scenario")
def plan_scenario(body: dict[str, Any], now: datetime) -> None:
    """Plan the bases of a scenario."""
    base_scenarios.plan_scenario(scenario_id=body["scenario_id"], now=now)


@reacts_to(BaseRunsAsked, "planning.perturb_scenario")
def perturb_scenario(body: dict[str, Any], now: datetime) -> None:
    """Make the next few perturbed runs of a scenario."""
    base_scenarios.perturb_scenario(
        scenario_id=body["scenario_id"], first_run=body["first_run"], now=now
    )


@reacts_to(BaseOpened, "planning.replan_bases")
def replan_bases(_body: dict[str, Any], now: datetime) -> None:
    """Plan the rest of the bases around the one that opened."""
    base_scenarios.replan_rest(now=now)


@reacts_jointly_to(ShiftClosed, "planning.orders_stray")
def orders_stray(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    """Look in the evening whether buyers came as assumed: once a sale, however many points."""
    for sale_id in _sales_of_shifts(bodies):
        proposing.propose_if_orders_stray(sale_id=sale_id, now=now)


@reacts_jointly_to(PeopleMissing, "planning.people_missing")
def people_missing(bodies: Sequence[dict[str, Any]], now: datetime) -> None:
    """Propose the days to come anew when too few packers came."""
    for sale_id in _sales_of_shifts(bodies):
        proposing.propose_because(sale_id=sale_id, reason=proposing.PEOPLE, now=now)


def _sales_of_shifts(bodies: Sequence[dict[str, Any]]) -> list[int]:
    shifts = [packing.shift(body["shift_id"]) for body in bodies]
    return sorted({shift.sale_id for shift in shifts if shift is not None})


@reacts_to(PointLost, "planning.point_lost")
def point_lost(body: dict[str, Any], now: datetime) -> None:
    """Propose the days to come anew when a point has failed."""
    shift = packing.shift(body["shift_id"])
    if shift is not None:
        proposing.propose_because(sale_id=shift.sale_id, reason=proposing.POINT, now=now)


@reacts_to(CapacityChanged, "planning.capacity_changed")
def capacity_changed(body: dict[str, Any], now: datetime) -> None:
    """Propose the days to come anew when a road closes, or a lane or post office takes less."""
    for sale_id in proposing.open_sales_of(body["base_id"]):
        proposing.propose_if_capacity_differs(sale_id=sale_id, now=now)


@reacts_to(DelayAnnounced, "planning.lane_late")
def lane_late(body: dict[str, Any], now: datetime) -> None:
    """Propose the days to come anew when orders come later than promised."""
    found = {row.sale_id for row in map(orders.order, body["order_ids"][:1]) if row is not None}
    for sale_id in found:
        proposing.propose_because(sale_id=sale_id, reason=proposing.DELAY, now=now)
