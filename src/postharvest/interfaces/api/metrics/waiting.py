"""What waits: asked of the database when the metrics are read."""

import shutil
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from postharvest.core.audit import queries as audit
from postharvest.core.clock.time import now
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders import queries as orders


class Waiting(Collector):
    """Depths and ages of the queues; a growing one is the first sign of trouble."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, help_text, value in _measured(now()):
            yield GaugeMetricFamily(f"postharvest_{name}", help_text, value=value)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Say nothing beforehand, so that registering asks no database."""
        return iter(())


def _measured(at: datetime) -> Iterator[tuple[str, str, float]]:
    depth = outbox.depth(now=at)
    yield "outbox_due", "Deliveries of news that are due", depth.due
    yield "outbox_oldest_seconds", "How long the oldest due delivery waits", depth.oldest_seconds
    yield "outbox_parked", "Deliveries that failed too often and wait for a person", depth.parked
    yield "refunds_due", "Refunds that are owed and not sent", orders.refunds_due().count()
    yield "payments_in_trouble", "Notices a person must see", orders.notices_in_trouble().count()
    yield "audit_unsealed", "Audit rows that have no seal yet", audit.unsealed().count()
    yield "disk_free_bytes", "Free bytes where the data lies", shutil.disk_usage(settings.HOME).free
