"""What planning does when it hears of something."""

from datetime import datetime
from typing import Any

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.outbox.log import reacts_to
from postharvest.decisions.planning import actions
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.events import SurplusReported
from postharvest.operations.harvest.models import Surplus


@reacts_to(SurplusReported, "planning.propose")
def propose(body: dict[str, Any], now: datetime) -> None:
    """Lay the choice of plans on the desk; one that is decided already is left alone."""
    surplus = harvest.surplus(body["surplus_id"])
    if surplus.state in (Surplus.State.REPORTED, Surplus.State.PLANNED):
        actions.propose_frontier(surplus_id=surplus.pk, actor=SYSTEM, now=now)
