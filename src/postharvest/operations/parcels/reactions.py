"""What the road does on news of orders."""

from datetime import datetime
from typing import Any

from django.db import transaction

from postharvest.core.outbox.log import reacts_to
from postharvest.operations.orders.actions.delays import REASON
from postharvest.operations.orders.events import DelayRefused
from postharvest.operations.parcels.actions.recalls import withdraw_undelivered


@reacts_to(DelayRefused, "parcels.delay_refused")
def withdraw_refused(body: dict[str, Any], now: datetime) -> None:
    with transaction.atomic():
        withdraw_undelivered(
            order_ids=body["order_ids"], cause=body["cause"], reason=REASON, now=now
        )
