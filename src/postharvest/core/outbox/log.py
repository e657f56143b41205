"""News between apps: recorded in the transaction that made it true, delivered later, at least once.

Downstream apps react to upstream news; upstream apps never import downstream ones.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, QuerySet

from postharvest.core import sql
from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor
from postharvest.core.bulk import insert_new
from postharvest.core.outbox.models import Delivery, Event

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=10)
SETTLED = timedelta(seconds=2)
"""A commit may arrive after one with a higher id; a live feed waits this long before it passes a
gap in the ids."""

Body = dict[str, Any]
Reaction = Callable[[Body, datetime], None]
JointReaction = Callable[[Sequence[Body], datetime], None]
_logger = logging.getLogger("postharvest.outbox")


class News(Protocol):
    """A frozen dataclass of ids and plain values, named ``app.what_happened``."""

    kind: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much waits: deliveries due, the age of the oldest, and what was parked."""

    due: int
    oldest_seconds: float
    parked: int


_reactions: dict[str, dict[str, Reaction]] = defaultdict(dict)
_joint: dict[str, dict[str, JointReaction]] = defaultdict(dict)


def reacts_to(news: type[News], name: str) -> Callable[[Reaction], Reaction]:
    """Register a reaction under a name that outlives any move of the code.

    A reaction must be safe to run twice.
    """

    def register(reaction: Reaction) -> Reaction:
        _reactions[news.kind][name] = reaction
        return reaction

    return register


def reacts_jointly_to(news: type[News], name: str) -> Callable[[JointReaction], JointReaction]:
    """Register a reaction that takes all the news of its kind that is due, in one go.

    If it fails, it is given each piece alone, so that one bad piece holds up no other.
    """

    def register(reaction: JointReaction) -> JointReaction:
        _joint[news.kind][name] = reaction
        return reaction

    return register


def record(news: News, *, now: datetime) -> None:
    """Write the news and one delivery per reaction, inside the caller's transaction."""
    record_all([news], now=now)


def record_all(news: Iterable[News], *, now: datetime) -> None:
    """Write a batch of news; the hot actions' form of `record`.

    Raises
    ------
    RuntimeError
        Called outside a transaction: news must commit with what made it true.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("news recorded outside a transaction")
    events = [
        Event(
            kind=one.kind,
            body=(body := {f.name: getattr(one, f.name) for f in fields(one)}),
            base_id=body.get("base_id"),
            occurred_at=now,
        )
        for one in news
    ]
    if events and sql.has_functions():
        _send(events, now=now)
        return
    insert_new(Event, events)
    deliveries = [
        Delivery(event=event, base_id=event.base_id, reaction=name, due_at=now)
        for event in events
        for name in (*_reactions[event.kind], *_joint[event.kind])
    ]
    insert_new(Delivery, deliveries)


def _send(events: Iterable[Event], *, now: datetime) -> None:
    """Write news and its deliveries in one statement of which nothing is asked."""
    document = [
        {
            "kind": event.kind,
            "base_id": event.base_id,
            "body": event.body,
            "reactions": (*_reactions[event.kind], *_joint[event.kind]),
        }
        for event in events
    ]
    sql.send(_TELL, sql.encoded(document), now, now)


_TELL = (
    "WITH told AS MATERIALIZED ("
    " SELECT nextval('outbox_event_id_seq') AS id, kind, base_id, body, reactions"
    " FROM json_to_recordset(%s::json)"
    " AS t(kind text, base_id bigint, body jsonb, reactions json)"
    "), event AS ("
    " INSERT INTO outbox_event (id, kind, base_id, body, occurred_at)"
    " SELECT id, kind, base_id, body, %s FROM told)"
    " INSERT INTO outbox_delivery (event_id, base_id, reaction, due_at, attempts, last_error)"
    " SELECT id, base_id, reaction, %s, 0, ''"
    " FROM told, json_array_elements_text(reactions) AS reaction"
)


def drain(*, now: datetime, limit: int = 100) -> int:
    """Run the reactions that are due, oldest first; return how many were done."""
    done = 0
    due = Delivery.objects.filter(done_at=None, due_at__lte=now, attempts__lt=MAX_ATTEMPTS)
    rows = due.order_by("due_at", "id").values_list("pk", "event__kind", "reaction")[:limit]
    for kind, reaction, ids in _groups(rows):
        done += _deliver(kind, reaction, ids, now=now)
    return done


def drain_all(*, now: datetime) -> int:
    """Drain until nothing is due: news may make news."""
    total = 0
    while done := drain(now=now, limit=1000):
        total += done
    return total


def parked() -> QuerySet[Delivery]:
    """Deliveries that failed too often: kept for a person to look at, never dropped."""
    return Delivery.objects.filter(done_at=None, attempts__gte=MAX_ATTEMPTS).order_by("id")


def depth(*, now: datetime) -> Depth:
    """How much news waits to be heard, and how long the oldest has waited."""
    due = Delivery.objects.filter(done_at=None, due_at__lte=now, attempts__lt=MAX_ATTEMPTS)
    count, oldest = due.aggregate(n=Count("pk"), oldest=Min("event__occurred_at")).values()
    waited = (now - oldest).total_seconds() if oldest else 0.0
    return Depth(due=count, oldest_seconds=max(0.0, waited), parked=parked().count())


@transaction.atomic
def retry(*, delivery_id: int, actor: Actor, now: datetime) -> None:
    """Give a parked delivery its attempts back; one that is done by now is left alone."""
    if Delivery.objects.filter(pk=delivery_id, done_at=None).update(attempts=0, due_at=now):
        audit.write(actor, "outbox.retry", f"delivery {delivery_id}", now=now)


def feed(
    *, after_id: int, now: datetime, base_id: int | None = None, limit: int = 500
) -> list[Event]:
    """News after an id, in the order of ids, stopping at a gap that may still be filled."""
    rows = Event.objects.filter(pk__gt=after_id).order_by("pk")[:limit]
    out: list[Event] = []
    expected = after_id + 1
    for event in rows:
        if event.pk != expected and now - event.occurred_at < SETTLED:
            break
        expected = event.pk + 1
        if base_id is None or event.base_id == base_id:
            out.append(event)
    return out


def newest_id() -> int:
    """Return the id after which a live feed that starts now begins."""
    newest: int | None = Event.objects.aggregate(newest=Max("pk"))["newest"]
    return newest or 0


def latest(*, base_id: int, limit: int) -> list[Event]:
    """Return the last news of a base, newest first: for a page, not for a feed."""
    return list(Event.objects.filter(base_id=base_id).order_by("-pk")[:limit])


def last_of(base_id: int) -> int:
    """Return the id of a base's last news, 0 where there is none."""
    last = Event.objects.filter(base_id=base_id).order_by("-pk").values_list("pk", flat=True)
    return last.first() or 0


def _groups(rows: Iterable[tuple[int, str, str]]) -> list[tuple[str, str, list[int]]]:
    """Put deliveries of one joint reaction together; every other one stays alone, in its place."""
    out: list[tuple[str, str, list[int]]] = []
    joint: dict[tuple[str, str], list[int]] = {}
    for pk, kind, reaction in rows:
        ids = joint.get((kind, reaction))
        if ids is not None:
            ids.append(pk)
            continue
        out.append((kind, reaction, [pk]))
        if reaction in _joint[kind]:
            joint[kind, reaction] = out[-1][2]
    return out


def _deliver(kind: str, reaction: str, ids: Sequence[int], *, now: datetime) -> int:
    if joint := _joint[kind].get(reaction):
        return _deliver_jointly(joint, ids, now=now)
    alone = _reactions[kind][reaction]
    return sum(_deliver_one(pk, lambda body: alone(body, now), now=now) for pk in ids)


def _deliver_jointly(reaction: JointReaction, ids: Sequence[int], *, now: datetime) -> int:
    """Lease many deliveries at once, run their reaction once, and tick them off at once."""
    leased = {pk for (pk,) in sql.fetch(_LEASE, now + LEASE, ids, now)}
    rows = Delivery.objects.filter(pk__in=leased).order_by("pk")
    bodies = list(rows.values_list("event__body", flat=True))
    if not bodies:
        return 0
    try:
        reaction(bodies, now)
    except Exception:
        _logger.exception("a joint reaction to %d pieces of news failed", len(bodies))
        Delivery.objects.filter(pk__in=leased).update(due_at=now, attempts=F("attempts") - 1)
        return sum(_deliver_one(pk, lambda body: reaction([body], now), now=now) for pk in ids)
    Delivery.objects.filter(pk__in=leased).update(done_at=now)
    return len(bodies)


_LEASE = (
    "UPDATE outbox_delivery SET due_at = %s, attempts = attempts + 1"
    " WHERE id AMONG %s AND done_at IS NULL AND due_at <= %s RETURNING id"
)


def _deliver_one(pk: int, react: Callable[[Body], None], *, now: datetime) -> bool:
    """Lease one delivery, run its reaction outside any transaction, and tick it off.

    The lease is a single UPDATE, so of many workers one gets it, on any database, and a
    reaction that computes for minutes locks nobody out.
    """
    leased = Delivery.objects.filter(pk=pk, done_at=None, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    if not leased:  # another worker has it, or had it
        return False
    delivery = Delivery.objects.select_related("event").get(pk=pk)
    try:
        react(delivery.event.body)
    except Exception as error:  # whatever it is, the next delivery must run
        _logger.exception("reaction %s failed", delivery.reaction)
        delivery.due_at = now + timedelta(seconds=2**delivery.attempts)
        delivery.last_error = f"{type(error).__name__}: {error}"
        delivery.save(update_fields=["due_at", "last_error"])
        return False
    delivery.done_at = now
    delivery.save(update_fields=["done_at"])
    return True
