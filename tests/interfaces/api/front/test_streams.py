"""Live streams over an outbox that the test writes by hand."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from tests.operations.conftest import OPENS

from postharvest.core.outbox import log as outbox
from postharvest.core.outbox.models import Event
from postharvest.interfaces.api.front import streams


def frame(event_id, *, sale_id=1, base_id=1):
    return streams.Frame(
        event_id=event_id, base_id=base_id, sale_id=sale_id, text=b"id: %d\n\n" % event_id
    )


@dataclass
class Table:
    """What the outbox holds; ids that are missing below the newest are commits on their way."""

    ids: list[int] = field(default_factory=list)
    reads: int = 0

    def newest(self):
        return max(self.ids, default=0)

    def read(self, after_id):
        self.reads += 1
        out, expected = [], after_id + 1
        while expected in self.ids:
            out.append(frame(expected, sale_id=2 if expected % 10 == 0 else 1))
            expected += 1
        return out, expected - 1


@pytest.fixture
def table(monkeypatch):
    table = Table()
    monkeypatch.setattr(streams, "_newest", table.newest)
    monkeypatch.setattr(streams, "_read", table.read)
    monkeypatch.setattr(streams, "POLL_S", 0.01)
    streams._closing.clear()
    yield table
    streams._closing.clear()


class Client:
    """One browser that listens until it has heard something."""

    def __init__(self, room, *, last_id=None, until=None):
        self.heard, self.until = b"", until
        self.ready, self.gone = asyncio.Event(), asyncio.Event()
        following = room.follow(
            sale_id=1, base_id=1, last_id=last_id, send=self._hear, gone=self.gone
        )
        self.task = asyncio.create_task(following)

    async def _hear(self, text):
        self.heard += text
        self.ready.set()
        if self.until is not None and self.until in self.heard:
            self.gone.set()

    async def to_the_end(self):
        await asyncio.wait_for(self.task, 20)
        return [int(part[4:]) for part in self.heard.split(b"\n\n") if part.startswith(b"id:")]


def test_a_client_hears_what_happens_after_it_came(table):
    table.ids = [1, 2, 3]

    async def scene():
        client = Client(streams.Streams(), until=b"id: 4")
        await client.ready.wait()
        table.ids.append(4)
        return await client.to_the_end()

    assert asyncio.run(scene()) == [4]


@pytest.mark.parametrize(("last_id", "heard"), [(2, [3, 4, 5, 6]), (999, [6])])
def test_one_that_comes_back_misses_nothing_and_hears_nothing_twice(table, last_id, heard):
    table.ids = [1, 2, 3, 4, 5]

    async def scene():
        client = Client(streams.Streams(), last_id=last_id, until=b"id: 6")
        await client.ready.wait()
        table.ids.append(6)
        return await client.to_the_end()

    assert asyncio.run(scene()) == heard


@pytest.mark.parametrize("last_id", [None, 1])
def test_an_event_waits_for_a_commit_with_a_lower_id(table, last_id):
    table.ids = [1]

    async def scene():
        client = Client(streams.Streams(), last_id=last_id, until=b"id: 3")
        await client.ready.wait()
        table.ids.append(3)
        before = table.reads
        while table.reads < before + 3:
            await asyncio.sleep(0.01)
        assert b"id: 3" not in client.heard
        table.ids.append(2)
        return await client.to_the_end()

    assert asyncio.run(scene()) == [2, 3]


def test_one_that_comes_back_to_a_gap_hears_what_fills_it(table):
    table.ids = [1, 3]

    async def scene():
        client = Client(streams.Streams(), last_id=1, until=b"id: 3")
        await client.ready.wait()
        before = table.reads
        while table.reads < before + 3:
            await asyncio.sleep(0.01)
        table.ids.append(2)
        return await client.to_the_end()

    assert asyncio.run(scene()) == [2, 3]


def test_silence_is_filled_with_heartbeats(table, monkeypatch):
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.02)

    async def scene():
        await Client(streams.Streams(), until=b": still here").to_the_end()

    asyncio.run(scene())


def test_all_clients_together_cost_one_reader(table):
    async def scene():
        shared = streams.Streams()
        clients = [Client(shared, until=b"id: 1") for _ in range(200)]
        await asyncio.gather(*(client.ready.wait() for client in clients))
        before = table.reads
        table.ids.append(1)
        heard = [await client.to_the_end() for client in clients]
        return heard, table.reads - before

    heard, reads = asyncio.run(scene())
    assert heard == [[1]] * 200
    assert reads < 100  # a read per client would be 200


def test_another_sales_news_is_not_heard(table):
    table.ids = list(range(1, 12))  # the tenth is the other sale's

    async def scene():
        return await Client(streams.Streams(), last_id=8, until=b"id: 11").to_the_end()

    assert asyncio.run(scene()) == [9, 11]
    of_the_base = frame(1, sale_id=None)
    assert of_the_base.is_for(sale_id=9, base_id=1)
    assert not of_the_base.is_for(sale_id=9, base_id=2)


def test_open_streams_end_when_the_process_stops(table):
    async def scene():
        client = Client(streams.Streams())
        await client.ready.wait()
        streams.close_streams()
        await client.to_the_end()

    asyncio.run(scene())


def test_what_is_told_counts_orders_and_names_none(stall):
    at = outbox.newest_id()
    stall.place(quantity=2)
    told, reached = streams._read(at)
    assert reached == outbox.newest_id()
    (confirmed,) = told  # that it was paid is for the books, not for the street
    data = confirmed.text.partition(b"data: ")[2]
    assert data == b'{"kind":"orders.confirmed","count":1,"left_g":84000}\n\n'


def test_the_feed_passes_a_gap_only_after_it_has_settled(db):
    for pk in (5, 7):
        Event.objects.create(pk=pk, kind="x", base_id=1, body={}, occurred_at=OPENS)

    def fed(seconds):
        rows = outbox.feed(after_id=4, now=OPENS + timedelta(seconds=seconds))
        return [event.pk for event in rows]

    assert fed(1) == [5]
    assert fed(3) == [5, 7]
