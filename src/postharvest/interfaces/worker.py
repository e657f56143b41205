"""What runs beside the site: the outbox, what times out, refunds, and in a demo the world."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import connections

from postharvest.core.clock.time import now
from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.channels import let_shares_flow_back
from postharvest.operations.orders.actions.ending import expire_holds
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.actions.teams import close_expired_teams

PAUSE_S = 1.0
_logger = logging.getLogger("postharvest.worker")
Tick = Callable[[datetime], None]


def work_once(at: datetime) -> None:
    """Do what is due at an instant."""
    outbox.drain_all(now=at)
    let_shares_flow_back(now=at)
    expire_holds(now=at)
    close_expired_teams(now=at)
    send_refunds(now=at)
    outbox.drain_all(now=at)


def work_until(stop: threading.Event, tick: Tick | None = None) -> None:
    """Work until asked to stop; a failure is logged and the next round goes on."""
    while not stop.wait(PAUSE_S):
        try:
            at = now()
            if tick is not None:
                tick(at)
            work_once(at)
        except Exception:
            _logger.exception("a round of work failed")
        finally:
            connections.close_all()
