"""What the harvest room does when it hears of something."""

from datetime import datetime
from typing import Any

from postharvest.core.outbox.log import reacts_to
from postharvest.operations.harvest.actions.produce import load_produce
from postharvest.operations.network.events import TableReplaced


@reacts_to(TableReplaced, "harvest.load_produce")
def follow_the_table(body: dict[str, Any], now: datetime) -> None:
    """Bring the kinds of produce in line with an operator's own table."""
    if body["table"] == "produce":
        load_produce()
