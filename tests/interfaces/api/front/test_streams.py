"""Live streams over an outbox that the test writes by hand."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from postharvest.core.outbox import log as outbox
from postharvest.core.outbox.models import Event
from postharvest.interfaces.api.front import streams
from tests.operations.conftest import OPENS


@dataclass(frozen=True)
class Row:
    pk: int
    body: dict
    base_id: int = 1
    kind: str = "orders.confirmed"


@dataclass
class Table:
    """What the outbox holds; ids that are missing below the newest are commits on their way."""

    ids: list[int] = field(default_factory=list)
    reads: int = 0

    def standing(self, sale_id):
        newest = max(self.ids, default=0)
        return streams.Standing(base_id=1, left_g=500, newest_id=newest) if sale_id < 9 else None

    def news_after(self, after_id):
        self.reads += 1
        out, expected = [], after_id + 1
        while expected in self.ids:
            out.append(Row(expected, {"sale_id": 1 + (expected % 10 == 0)}))
            expected += 1
        return out


@pytest.fixture
def table(monkeypatch):
    table = Table()
    monkeypatch.setattr(streams, "_standing", table.standing)
    monkeypatch.setattr(streams, "_news_after", table.news_after)
    return table


class Client:
    """One browser that listens until it has heard something."""

    def __init__(self, room, *, last_id=None, sale_id=1, until=None):
        self.heard, self.status, self.until = b"", 0, until
        self.ready, self.gone = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(room.serve(sale_id, last_id, self._receive, self._send))

    async def _receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        self.status = message.get("status", self.status)
        self.heard += message.get("body", b"")
        self.ready.set()
        if self.until is not None and self.until in self.heard:
            self.gone.set()

    async def to_the_end(self):
        await asyncio.wait_for(self.task, 20)
        return [line for line in self.heard.split(b"\n\n") if line.startswith(b"id:")]


def room(**given):
    return streams.Streams(poll_s=0.01, **{"heartbeat_s": 0.5, **given})


def ids(frames):
    return [int(frame.split(b"\n")[0][4:]) for frame in frames]


def test_a_client_hears_how_it_stands_and_what_happens_after_it_came(table):
    table.ids = [1, 2, 3]

    async def scene():
        client = Client(room(), until=b"id: 4")
        await client.ready.wait()
        table.ids.append(4)
        return await client.to_the_end()

    standing, confirmed = asyncio.run(scene())
    assert standing == b'id: 3\nevent: standing\ndata: {"kind":"standing","left_g":500}'
    assert confirmed.startswith(b"id: 4\nevent: orders.confirmed\n")


def test_one_that_comes_back_misses_nothing_and_hears_nothing_twice(table):
    table.ids = [1, 2, 3, 4, 5]

    async def scene():
        return await Client(room(), last_id=2, until=b"id: 5").to_the_end()

    assert ids(asyncio.run(scene())) == [3, 4, 5]


def test_an_event_waits_for_a_commit_with_a_lower_id(table):
    table.ids = [1]

    async def scene():
        client = Client(room(), until=b"id: 3")
        await client.ready.wait()
        table.ids.append(3)
        before = table.reads
        while table.reads < before + 3:
            await asyncio.sleep(0.01)
        assert b"id: 3" not in client.heard
        table.ids.append(2)
        return await client.to_the_end()

    assert ids(asyncio.run(scene())) == [1, 2, 3]


def test_silence_is_filled_with_heartbeats(table):
    async def scene():
        client = Client(room(heartbeat_s=0.02), until=b": still here")
        await client.to_the_end()

    asyncio.run(scene())


def test_all_clients_together_cost_one_reader(table):
    async def scene():
        shared = room()
        clients = [Client(shared, until=b"id: 1") for _ in range(200)]
        await asyncio.gather(*(client.ready.wait() for client in clients))
        before = table.reads
        table.ids.append(1)
        heard = [await client.to_the_end() for client in clients]
        return heard, table.reads - before

    heard, reads = asyncio.run(scene())
    assert [ids(frames)[-1] for frames in heard] == [1] * 200
    assert reads < 100  # a read per client would be 200


def test_another_sales_news_is_not_heard(table):
    table.ids = list(range(1, 12))  # the tenth is the other sale's

    async def scene():
        return await Client(room(), last_id=8, until=b"id: 11").to_the_end()

    assert ids(asyncio.run(scene())) == [9, 11]


def test_an_unknown_sale_is_not_found(table):
    async def scene():
        client = Client(room(), sale_id=9)
        await client.to_the_end()
        return client.status, client.heard

    status, document = asyncio.run(scene())
    assert status == 404
    assert b'"not_found"' in document


def test_open_streams_end_when_the_process_stops(table):
    async def scene():
        shared = room(heartbeat_s=60)
        client = Client(shared)
        await client.ready.wait()
        shared.end()
        await client.to_the_end()

    asyncio.run(scene())


def test_a_client_too_slow_to_listen_is_ended_and_may_come_back():
    slow = streams.Listener(sale_id=1, sent_id=0)
    streams._offer(slow, [(n, b"x") for n in range(1, streams.LONGEST_BACKLOG + 2)])
    assert slow.waiting.get_nowait() is None
    assert slow.sent_id == 0


def test_the_feed_passes_a_gap_only_after_it_has_settled(db):
    for pk in (5, 7):
        Event.objects.create(pk=pk, kind="x", base_id=1, body={}, occurred_at=OPENS)

    def fed(seconds):
        rows = outbox.feed(after_id=4, now=OPENS + timedelta(seconds=seconds))
        return [event.pk for event in rows]

    assert fed(1) == [5]
    assert fed(3) == [5, 7]
