"""What insight does when it hears of something."""

from datetime import datetime
from typing import Any

from postharvest.core.outbox.log import reacts_to
from postharvest.decisions.insight import finished_sales
from postharvest.operations.campaigns.events import SaleClosed


@reacts_to(SaleClosed, "insight.learn_demand")
def learn_demand(body: dict[str, Any], now: datetime) -> None:
    """Let a finished sale teach the next plan's demand."""
    finished_sales.learn_from_sale(sale_id=body["sale_id"], now=now)
