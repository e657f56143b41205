"""Live news of a sale as server-sent events; one reader of the outbox serves every listener.

An event's id is its outbox id, so `Last-Event-ID` asks for what came after it.  What is told is
what anybody may know: what kind of thing happened, to how many, and how much is left.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from django.db import connections

from postharvest.core.clock.time import now
from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns import queries as campaigns

SendText = Callable[[bytes], Awaitable[None]]
POLL_S = 0.25
HEARTBEAT_S = 15.0
LONGEST_BACKLOG = 256
PUBLIC = {
    "orders.confirmed",
    "orders.released",
    "orders.delivered",
    "orders.teams_formed",
    "orders.teams_failed",
    "packing.boxes_packed",
    "packing.shift_closed",
    "parcels.posted",
    "parcels.flagged",
    "campaigns.sale_changed",
    "campaigns.sale_closed",
}
"""What anybody may hear."""
_HELLO = b"retry: 2000\n\n"
_closing = threading.Event()
_logger = logging.getLogger("postharvest.front")


class Event(Protocol):
    """A row of the outbox."""

    pk: int
    kind: str
    base_id: int | None
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One event as it is sent; ``sale_id`` is none for what concerns a whole base."""

    event_id: int
    base_id: int | None
    sale_id: int | None
    text: bytes

    @property
    def is_heartbeat(self) -> bool:
        """Whether it only says that the stream lives."""
        return self is _BEAT

    def is_for(self, *, sale_id: int, base_id: int) -> bool:
        """Whether whoever follows this sale hears it."""
        return self.base_id == base_id and self.sale_id in (None, sale_id)


_BEAT = Frame(event_id=0, base_id=None, sale_id=None, text=b": still here\n\n")


@dataclass(slots=True, eq=False)
class _Listener:
    sale_id: int
    base_id: int
    sent_id: int
    waiting: asyncio.Queue[Frame | None] = field(
        default_factory=lambda: asyncio.Queue(LONGEST_BACKLOG)
    )

    def offer(self, frames: Sequence[Frame]) -> None:
        """Queue frames; a client too slow to take them is ended and asks again."""
        try:
            for frame in frames:
                if frame.is_for(sale_id=self.sale_id, base_id=self.base_id):
                    self.waiting.put_nowait(frame)
        except asyncio.QueueFull:
            self.end()

    def beat(self) -> None:
        """Say that the stream lives, unless something waits to be sent anyway."""
        if self.waiting.empty():
            self.waiting.put_nowait(_BEAT)

    def unsent(self, frames: Sequence[Frame | None]) -> Iterator[bytes]:
        """Give the texts of frames that were not sent yet, in order; a heartbeat always is new."""
        for frame in frames:
            if frame is not None and (frame.is_heartbeat or frame.event_id > self.sent_id):
                self.sent_id = max(self.sent_id, frame.event_id)
                yield frame.text

    def end(self) -> None:
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class Streams:
    """Every open stream of this process."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._reader: asyncio.Task[None] | None = None
        self._read_to = 0
        self._bases: dict[int, int] = {}

    async def sale_base(self, sale_id: int) -> int | None:
        """Return the base of a sale, or none if there is no such sale."""
        if sale_id not in self._bases:
            base_id = await asyncio.to_thread(_base_of, sale_id)
            if base_id is None:
                return None
            self._bases[sale_id] = base_id
        return self._bases[sale_id]

    async def follow(
        self,
        *,
        sale_id: int,
        base_id: int,
        last_id: int | None,
        send: SendText,
        gone: asyncio.Event,
    ) -> None:
        """Send a sale's news until the client is gone or the process stops."""
        newest = await self._newest_for(last_id)
        told_to = newest if last_id is None else min(last_id, newest)
        listener = _Listener(sale_id, base_id, told_to)
        self._join(listener, newest)
        try:
            await send(_HELLO)
            await self._catch_up(listener, self._read_to, send, gone)
            leaving = asyncio.create_task(_end_when(gone, listener))
            try:
                await self._relay(listener, send, gone)
            finally:
                leaving.cancel()
        finally:
            self._listeners.discard(listener)

    async def _newest_for(self, last_id: int | None) -> int:
        """Ask the database only if the reader does not know: thousands may come at once."""
        reading = self._reader is not None and not self._reader.done()
        if reading and (last_id is None or last_id <= self._read_to):
            return self._read_to
        return await asyncio.to_thread(_newest)

    def _join(self, listener: _Listener, newest: int) -> None:
        if self._reader is None or self._reader.done():
            self._read_to = newest
            self._reader = asyncio.get_running_loop().create_task(self._read())
        self._listeners.add(listener)

    async def _catch_up(
        self, listener: _Listener, goal: int, send: SendText, gone: asyncio.Event
    ) -> None:
        """Send what lies between a client's last id and where the reader was when it came."""
        while listener.sent_id < goal and not gone.is_set() and not _closing.is_set():
            frames, reached = await asyncio.to_thread(_read, listener.sent_id)
            for frame in frames:
                if frame.is_for(sale_id=listener.sale_id, base_id=listener.base_id):
                    await send(frame.text)
            if reached == listener.sent_id:  # a gap that a commit may still fill
                await asyncio.sleep(POLL_S)
            listener.sent_id = reached

    async def _relay(self, listener: _Listener, send: SendText, gone: asyncio.Event) -> None:
        """Send what the reader queues: frames, heartbeats, and at last nothing more.

        All that waits goes out at once: with thousands of clients each wake-up counts.
        """
        while not gone.is_set():
            frames = [await listener.waiting.get()]
            while not listener.waiting.empty():
                frames.append(listener.waiting.get_nowait())
            text = b"".join(listener.unsent(frames))
            if text and not gone.is_set():
                await send(text)
            if frames[-1] is None:
                return

    async def _read(self) -> None:
        beat_at = time.monotonic() + HEARTBEAT_S
        while self._listeners and not _closing.is_set():
            try:
                frames, self._read_to = await asyncio.to_thread(_read, self._read_to)
            except Exception:
                _logger.exception("reading the news failed")
                frames = []
            if beats := time.monotonic() >= beat_at:
                beat_at = time.monotonic() + HEARTBEAT_S
            for listener in tuple(self._listeners):
                listener.offer(frames)
                if beats:
                    listener.beat()
            await asyncio.sleep(POLL_S)
        for listener in tuple(self._listeners):
            listener.end()


async def _end_when(gone: asyncio.Event, listener: _Listener) -> None:
    await gone.wait()
    listener.end()


def close_streams() -> None:
    """End every open stream within one poll, so that the server can stop."""
    _closing.set()


def _newest() -> int:
    try:
        return outbox.newest_id()
    finally:
        _close_unless_in_transaction()


def _read(after_id: int) -> tuple[list[Frame], int]:
    """Return the news after an id as frames, and the id up to which all is told."""
    try:
        events = outbox.feed(after_id=after_id, now=now())
        left_g = {sale: _left_g(sale) for sale in {_sale_of(event) for event in events}}
        frames = [
            _frame(event, left_g[_sale_of(event)]) for event in events if event.kind in PUBLIC
        ]
        return frames, events[-1].pk if events else after_id
    finally:
        _close_unless_in_transaction()


def _frame(event: Event, left_g: int | None) -> Frame:
    many = [value for value in event.body.values() if isinstance(value, list)]
    data: dict[str, Any] = {"kind": event.kind, "count": sum(map(len, many)) if many else 1}
    if left_g is not None:
        data["left_g"] = left_g
    text = b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.pk,
        event.kind.encode(),
        msgspec.json.encode(data),
    )
    return Frame(event_id=event.pk, base_id=event.base_id, sale_id=_sale_of(event), text=text)


def _sale_of(event: Event) -> int | None:
    sale_id = event.body.get("sale_id")
    return sale_id if isinstance(sale_id, int) else None


def _left_g(sale_id: int | None) -> int | None:
    sale = campaigns.sale(sale_id) if sale_id is not None else None
    return None if sale is None else campaigns.left_g(sale)


def _base_of(sale_id: int) -> int | None:
    try:
        sale = campaigns.sale(sale_id)
        return None if sale is None else sale.base_id
    finally:
        _close_unless_in_transaction()


def _close_unless_in_transaction() -> None:
    """Give this thread's connection back; a test's transaction keeps its own."""
    if not connections["default"].in_atomic_block:
        connections.close_all()
