"""News out, signed: who is owed which message, sending it, trying again for a day, replaying."""

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from postharvest.core import signing
from postharvest.core.bulk import insert_rows
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.outbox import readers
from postharvest.core.outbox.models import Event
from postharvest.core.vault.seal import seal_text, unseal_text
from postharvest.core.webhooks.models import Message, Subscription
from postharvest.core.webhooks.sending import Answer, checked_url

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=8),
    timedelta(hours=8, minutes=30),
)
"""After each failure; the last try is a day after the first."""
LEASE = timedelta(minutes=2)
MOST_KINDS = 50
READ_AT_ONCE = 200
SEND_AT_ONCE = 50
_SECRET_BYTES = 32
_OK, _REDIRECT, _GONE = 200, 300, 410

Post = Callable[[str, dict[str, str], bytes], Answer]


@transaction.atomic
def subscribe(
    *,
    party: str,
    url: str,
    kinds: Sequence[str],
    region: str,
    allow_private: bool,
    now: datetime,
) -> tuple[Subscription, str]:
    """Take a subscription to news from now on; returns it with its secret, which is told once.

    Raises
    ------
    InvalidInput
        The address is not one of a public host, or a kind of news does not exist.
    """
    checked_url(url, allow_private=allow_private)
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds or len(kinds) > MOST_KINDS:
        wrong = f"{unknown[0][:80]!r} is unknown; " if unknown else ""
        raise InvalidInput("kinds", f"{wrong}use one or more of {', '.join(KINDS)}")
    secret = signing.PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    row = Subscription.objects.create(
        party=party,
        url=url,
        kinds=sorted(set(kinds)),
        region=region,
        sealed_secret=seal_text(secret),
        created_at=now,
        starts_after=outbox.newest_id(),
    )
    return row, secret


KINDS = (
    "harvest.surplus_reported",
    "harvest.lots_cut",
    "campaigns.sale_opened",
    "campaigns.sale_changed",
    "campaigns.sale_closed",
    "orders.confirmed",
    "orders.released",
    "orders.delivered",
    "orders.teams_formed",
    "orders.claim_decided",
    "orders.refunds_sent",
    "packing.boxes_packed",
    "packing.shift_closed",
    "packing.people_missing",
    "parcels.posted",
    "parcels.flagged",
    "network.base_opened",
    "network.capacity_changed",
)
"""What may be subscribed to: ids and figures, never somebody's data."""


@transaction.atomic
def change(
    *, subscription_id: int, party: str, url: str, kinds: Sequence[str], allow_private: bool
) -> None:
    """Send to another address, or other kinds of news, from now on; raises as `subscribe`."""
    checked_url(url, allow_private=allow_private)
    if not kinds or any(kind not in KINDS for kind in kinds):
        raise InvalidInput("kinds", f"use one or more of {', '.join(KINDS)}")
    rows = Subscription.objects.filter(pk=subscription_id, party=party)
    rows.update(url=url, kinds=sorted(set(kinds)))


def pause(*, subscription_id: int, because: str, now: datetime) -> None:
    """Keep the messages that come, and send none."""
    rows = Subscription.objects.filter(pk=subscription_id, paused_at=None)
    rows.update(paused_at=now, paused_because=because[:120])


@transaction.atomic
def resume(*, subscription_id: int, now: datetime) -> None:
    """Send again, first what has waited."""
    Subscription.objects.filter(pk=subscription_id).update(paused_at=None, paused_because="")
    waiting = Message.objects.filter(
        subscription_id=subscription_id, taken_at=None, given_up_at=None
    )
    waiting.update(due_at=now, attempts=0)


def unsubscribe(*, subscription_id: int) -> None:
    """Forget a subscription and what it is still owed."""
    Subscription.objects.filter(pk=subscription_id).delete()


@transaction.atomic
def replay(*, subscription_id: int, since: datetime, now: datetime) -> int:
    """Send everything that happened since then once more, under the same ids; returns how many."""
    rows = Message.objects.filter(subscription_id=subscription_id, event__occurred_at__gte=since)
    return rows.update(due_at=now, attempts=0, taken_at=None, given_up_at=None, last_error="")


def fan_out(*, region_of: Callable[[int], str], now: datetime) -> int:
    """Write one message per subscription for the next news; returns how much news was read."""

    def take(news: list[Event]) -> None:
        subscriptions = list(Subscription.objects.all())
        insert_rows(
            Message,
            [
                Message(subscription=one, event=event, due_at=now, last_error="")
                for event in news
                for one in subscriptions
                if event.pk > one.starts_after
                and event.kind in one.kinds
                and (not one.region or region_of(event.base_id or 0).startswith(one.region))
            ],
        )

    return readers.read_news("webhooks", now=now, kinds=KINDS, limit=READ_AT_ONCE, take=take)


def send_due(*, post: Post, now: datetime) -> int:
    """Send messages that are due, oldest first; returns how many were taken.

    An address that fails is left alone for the rest of the round: the others do not wait for it.
    """
    due = Message.objects.filter(
        taken_at=None, given_up_at=None, due_at__lte=now, subscription__paused_at=None
    )
    taken, failing = 0, set[int]()
    rows = due.order_by("due_at", "id").values_list("pk", "subscription_id")
    for pk, subscription_id in list(rows[:SEND_AT_ONCE]):
        if subscription_id in failing:
            continue
        if _send(pk, post=post, now=now):
            taken += 1
        else:
            failing.add(subscription_id)
    return taken


def _send(pk: int, *, post: Post, now: datetime) -> bool:
    """Lease a message by one UPDATE, post it outside any transaction, note what became of it."""
    leased = Message.objects.filter(pk=pk, taken_at=None, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    if not leased:  # another worker has it
        return False
    message = Message.objects.select_related("subscription", "event").get(pk=pk)
    answer = post(message.subscription.url, *_signed(message, now))
    message.last_status = answer.status or None
    message.last_error = answer.error
    if _OK <= answer.status < _REDIRECT:
        message.taken_at = now
    elif answer.status == _GONE:
        message.given_up_at = now
        pause(subscription_id=message.subscription_id, because="the address is gone (410)", now=now)
    elif message.attempts > len(PAUSES):
        message.given_up_at = now
        why = "nothing was taken for a day"
        pause(subscription_id=message.subscription_id, because=why, now=now)
    else:
        message.due_at = now + max(PAUSES[message.attempts - 1], _asked_to_wait(answer))
    message.save(update_fields=["last_status", "last_error", "taken_at", "given_up_at", "due_at"])
    return message.taken_at is not None


def _signed(message: Message, now: datetime) -> tuple[dict[str, str], bytes]:
    event = message.event
    body = json.dumps(
        {"type": event.kind, "timestamp": event.occurred_at.isoformat(), "data": event.body},
        ensure_ascii=False,
    ).encode()
    secret = unseal_text(bytes(message.subscription.sealed_secret))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "PostHarvest-Webhooks/1",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signing.signature(
            secret, message_id=message.message_id, at=now, body=body
        ),
    }
    return headers, body


def _asked_to_wait(answer: Answer) -> timedelta:
    seconds = answer.retry_after
    if not seconds.isdecimal():
        return timedelta(0)
    return min(timedelta(seconds=int(seconds[:6])), timedelta(days=1))
