"""The outbox relayed to NATS JetStream (an extra): one message an event, its id the outbox's id.

A message is published, its storing acknowledged, and only then the bookmark moved.  Who is killed
in between publishes the same ids again: JetStream drops those it has seen within its window, and a
consumer must drop the rest (`Effects`).
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec
from django.db import connections
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from postharvest.core.outbox import readers

READER, STREAM = "nats", "postharvest"
WINDOW = timedelta(hours=2)
"""How long JetStream remembers ids: longer than a relay is ever down unnoticed."""
PAUSE_S = 0.5
_ATTEMPT_S = 10.0


class Event(Protocol):
    """A row of the outbox."""

    pk: int
    kind: str
    base_id: int | None
    occurred_at: datetime
    body: Any


async def open_stream(js: JetStreamContext, *, replicas: int) -> None:
    """Make the stream, or leave it as it is; three copies survive the loss of a node."""
    await js.add_stream(
        StreamConfig(
            name=STREAM,
            subjects=[f"{STREAM}.>"],
            num_replicas=replicas,
            duplicate_window=WINDOW.total_seconds(),
        )
    )


async def relay_once(js: JetStreamContext, *, now: datetime, limit: int = 500) -> int:
    """Publish what is not read yet and move the bookmark; return how many events that were."""
    events = await asyncio.to_thread(_unread, now, limit)
    if events:
        await asyncio.gather(*(_publish(js, event) for event in events))
        await asyncio.to_thread(_mark, events[-1].pk)
    return len(events)


async def relay_until(
    stop: asyncio.Event, js: JetStreamContext, *, clock: Callable[[], datetime]
) -> None:
    """Relay until asked to stop; a publication that is not acknowledged is tried again."""
    while not stop.is_set():
        try:
            sent = await relay_once(js, now=clock())
        except (OSError, TimeoutError, NatsError):
            sent = 0
        if not sent:
            await asyncio.sleep(PAUSE_S)


class Effects:
    """A consumer that bears the same message twice: effect and id in one transaction.

    The smallest one that is right, for consumers that keep a SQLite file; others do the same.
    """

    def __init__(self, path: Path) -> None:
        self._kept = sqlite3.connect(path, isolation_level=None)
        self._kept.execute("PRAGMA journal_mode=WAL")
        self._kept.execute("CREATE TABLE IF NOT EXISTS seen (event_id INTEGER PRIMARY KEY)")

    def take(self, event_id: int, effect: Callable[[sqlite3.Connection], None]) -> bool:
        """Let a message have its effect once; say whether it was new."""
        self._kept.execute("BEGIN IMMEDIATE")
        try:
            known = "INSERT OR IGNORE INTO seen VALUES (?)"
            is_new = bool(self._kept.execute(known, [event_id]).rowcount)
            if is_new:
                effect(self._kept)
        except BaseException:
            self._kept.execute("ROLLBACK")
            raise
        self._kept.execute("COMMIT")
        return is_new


async def _publish(js: JetStreamContext, event: Event) -> None:
    body: dict[str, Any] = {
        "id": event.pk,
        "kind": event.kind,
        "base_id": event.base_id,
        "at": event.occurred_at,
        "body": event.body,
    }
    await js.publish(
        f"{STREAM}.{event.base_id or 0}.{event.kind}",
        msgspec.json.encode(body),
        headers={"Nats-Msg-Id": str(event.pk)},
        timeout=_ATTEMPT_S,
    )


def _unread(now: datetime, limit: int) -> Sequence[Event]:
    try:
        return readers.unread_news(READER, now=now, limit=limit)
    finally:
        _give_back()


def _mark(after_id: int) -> None:
    try:
        readers.mark_read(READER, after_id=after_id)
    finally:
        _give_back()


def _give_back() -> None:
    if not connections["default"].in_atomic_block:
        connections.close_all()
