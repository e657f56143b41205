"""What arrivals do when they hear of something."""

from datetime import datetime
from typing import Any

from postharvest.core.outbox.log import reacts_to
from postharvest.decisions.arrivals import actions
from postharvest.operations.parcels.events import ParcelsPosted


@reacts_to(ParcelsPosted, "arrivals.windows")
def give_first_windows(body: dict[str, Any], now: datetime) -> None:
    """Tell buyers when it comes, by what the lanes have shown so far."""
    actions.issue_windows(base_id=body["base_id"], despatch_id=body["despatch_id"], now=now)
