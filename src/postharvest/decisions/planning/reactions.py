"""What planning does when it hears of something."""

from datetime import datetime
from typing import Any

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.outbox.log import reacts_to
from postharvest.decisions.planning import actions, base_scenarios
from postharvest.decisions.planning.events import BasePlanAsked, BaseRunsAsked
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.events import SurplusReported
from postharvest.operations.harvest.models import Surplus
from postharvest.operations.network.events import BaseOpened


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
