"""What runs beside the site: the outbox, what times out, refunds, and in a demo the world."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.module_loading import import_string

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.audit.chain import seal_entries
from postharvest.core.clock.time import now
from postharvest.core.outbox import log as outbox
from postharvest.core.signin.limits import forget_hits
from postharvest.core.tokens.answers import forget_answers
from postharvest.core.webhooks import sending
from postharvest.core.webhooks.actions import fan_out, send_due
from postharvest.decisions.arrivals.actions import watch_bases
from postharvest.decisions.insight.watching import watch_diaries
from postharvest.decisions.planning.calling import call_growers_due
from postharvest.operations.campaigns.channels import let_shares_flow_back
from postharvest.operations.diary.weather import ask_service
from postharvest.operations.members.people import forget_old_buyers
from postharvest.operations.network import queries as network
from postharvest.operations.notices.actions import send_notices
from postharvest.operations.orders.actions.delays import apply_defaults
from postharvest.operations.orders.actions.ending import expire_holds
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.actions.teams import close_expired_teams
from postharvest.operations.parcels.food_chain import tell_food_chain
from postharvest.operations.standing.actions import Remembering

PAUSE_S = 1.0
WATCH_EVERY_S = 600.0
"""Learning and flagging are by the night and by the hour; more often would find nothing new."""
_logger = logging.getLogger("postharvest.worker")
Tick = Callable[[datetime], None]


def work_once(at: datetime) -> None:
    """Do what is due at an instant."""
    outbox.drain_all(now=at)
    let_shares_flow_back(now=at)
    expire_holds(now=at)
    close_expired_teams(now=at)
    apply_defaults(now=at)
    send_refunds(now=at)
    outbox.drain_all(now=at)
    send_notices(now=at)
    seal_entries(now=at)
    tell_food_chain(site=settings.POSTHARVEST_SITE, now=at)


def start_beside(stop: threading.Event) -> None:
    """Send webhooks and add figures up beside the other work: neither holds anybody up."""
    for name, work in (("webhooks", _send_until), ("figures", _add_up_until)):
        threading.Thread(target=work, args=(stop,), name=name, daemon=True).start()


def _add_up_until(stop: threading.Event) -> None:
    remembering = Remembering(clock_s=time.monotonic, cpu_s=time.thread_time)
    while not stop.wait(PAUSE_S):
        try:
            remembering.refresh(now=now())
        except Exception:
            _logger.exception("a round of adding figures up failed")
        finally:
            connections.close_all()


def _send_until(stop: threading.Event) -> None:
    """Work by the wall's clock, in a demo too: receivers check the time of a signature."""
    while not stop.wait(PAUSE_S):
        try:
            while fan_out(region_of=network.county_of_base, now=timezone.now()):
                pass
            send_due(post=_post, now=timezone.now())
        except Exception:
            _logger.exception("a round of webhooks failed")
        finally:
            connections.close_all()


def _post(url: str, headers: dict[str, str], body: bytes) -> sending.Answer:
    allow_private = settings.POSTHARVEST_PRIVATE_WEBHOOKS
    return sending.post(url, headers, body, allow_private=allow_private)


def work_until(stop: threading.Event, tick: Tick | None = None) -> None:
    """Work until asked to stop; a failure is logged and the next round goes on."""
    called_in = None
    watched_s = -WATCH_EVERY_S
    while not stop.wait(PAUSE_S):
        try:
            at = now()
            if tick is not None:
                tick(at)
            if called_in != (hour := at.replace(minute=0, second=0, microsecond=0)):
                call_growers_due(now=at)
                called_in = hour
            work_once(at)
            if time.monotonic() - watched_s >= WATCH_EVERY_S:
                watched_s = time.monotonic()
                watch_bases(now=at)
                if settings.POSTHARVEST_WEATHER:
                    ask_service(service=import_string(settings.POSTHARVEST_WEATHER)(), now=at)
                watch_diaries(now=at)
                forget_old_buyers(
                    keep_days=settings.POSTHARVEST_KEEP_BUYERS_DAYS, actor=SYSTEM, now=at
                )
                forget_answers(now=at)
                forget_hits(now=at)
        except Exception:
            _logger.exception("a round of work failed")
        finally:
            connections.close_all()
