"""The relay to JetStream: killed between publishing and marking, and a node of three killed."""

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.operations.conftest import OPENS

from postharvest.core.outbox import log as outbox
from postharvest.core.outbox.models import Event
from postharvest.operations.orders.events import OrdersConfirmed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("nats") is None, reason="NATS is an extra"),
]
TOGETHER, AFTER = 5, OPENS.replace(year=OPENS.year + 1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program():
    near = Path(sys.executable).with_name("nats-server")
    import nats

    beside = Path(nats.__file__).parent.parent / "bin" / "nats-server"
    return next(
        str(p) for p in (near, beside, Path(shutil.which("nats-server") or "")) if p.exists()
    )


class Cluster:
    """NATS servers of our own; an acknowledgement means that it is on the disk."""

    def __init__(self, folder, size):
        self.ports = [free_port() for _ in range(size)]
        routes = [free_port() for _ in range(size)]
        joined = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes)
        self.files = []
        for n, (port, route) in enumerate(zip(self.ports, routes, strict=True)):
            file = folder / f"{n}.conf"
            cluster = f'cluster {{name: c, listen: "127.0.0.1:{route}", routes: [{joined}]}}\n'
            file.write_text(
                f'server_name: n{n}\nlisten: "127.0.0.1:{port}"\n'
                f'jetstream {{store_dir: "{folder}/{n}", sync_interval: always}}\n'
                + (cluster if size > 1 else "")
            )
            self.files.append(file)
        self.running = [self.start(n) for n in range(size)]

    def start(self, n):
        return subprocess.Popen(
            [program(), "-c", self.files[n]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self, n):
        self.running[n].send_signal(signal.SIGKILL)
        self.running[n].wait()

    def stop(self):
        for one in self.running:
            one.kill()
            one.wait()

    @property
    def servers(self):
        return [f"nats://127.0.0.1:{port}" for port in self.ports]


@pytest.fixture
def cluster(request, tmp_path):
    made = Cluster(tmp_path, request.param)
    yield made
    made.stop()


def tell(many):
    for n in range(many):
        outbox.record(OrdersConfirmed(base_id=1, sale_id=1, order_ids=[n]), now=OPENS)


async def connected(cluster, replicas):
    import nats
    from nats import errors

    from postharvest.interfaces.relay import open_stream

    client = await nats.connect(cluster.servers, max_reconnect_attempts=-1)
    js = client.jetstream()
    for _ in range(100):  # a cluster first has to choose its leader
        try:
            await open_stream(js, replicas=replicas)
        except (OSError, errors.Error):  # no leader yet, or nobody there
            await asyncio.sleep(0.2)
        else:
            return client, js
    raise AssertionError("no JetStream")


async def stored(js, many):
    from nats import errors

    consumer = await js.pull_subscribe("postharvest.>", durable=f"d{time.monotonic_ns()}")
    out = []
    for _ in range(60):
        if len(out) == many:
            break
        try:
            out += await consumer.fetch(many - len(out), timeout=2)
        except (OSError, errors.Error):
            await asyncio.sleep(0.5)
    return [int(m.headers["Nats-Msg-Id"]) for m in out]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cluster", [1], indirect=True)
def test_killed_between_publish_and_mark_each_event_is_there_once(cluster, monkeypatch):
    from postharvest.interfaces import relay

    _tell_committed(TOGETHER)

    async def story():
        client, js = await connected(cluster, 1)

        def die(_after_id):
            raise RuntimeError("killed")

        with monkeypatch.context() as context:
            context.setattr(relay, "_mark", die)
            with pytest.raises(RuntimeError, match="killed"):
                await relay.relay_once(js, now=AFTER)
        assert await relay.relay_once(js, now=AFTER) == TOGETHER
        assert await relay.relay_once(js, now=AFTER) == 0
        state = (await js.stream_info(relay.STREAM)).state
        ids = await stored(js, TOGETHER)
        await client.close()
        return state.messages, ids

    messages, ids = asyncio.run(story())
    assert messages == TOGETHER
    assert ids == list(Event.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cluster", [3], indirect=True)
def test_a_node_of_three_killed_loses_and_doubles_nothing(cluster):
    from nats import errors

    from postharvest.interfaces import relay

    async def story():
        client, js = await connected(cluster, 3)
        for n in range(3):
            await asyncio.to_thread(_tell_committed, TOGETHER)
            cluster.kill(n)
            for _ in range(60):
                try:
                    await relay.relay_once(js, now=AFTER)
                except (OSError, errors.Error):  # no leader yet, or nobody there
                    await asyncio.sleep(0.5)
                else:
                    break
            cluster.running[n] = cluster.start(n)
            await asyncio.sleep(2)
        ids = await stored(js, 3 * TOGETHER)
        state = (await js.stream_info(relay.STREAM)).state
        await client.close()
        return state.messages, ids

    messages, ids = asyncio.run(story())
    assert messages == 3 * TOGETHER
    assert ids == list(Event.objects.order_by("pk").values_list("pk", flat=True))


def _tell_committed(many):
    from django.db import connections, transaction

    with transaction.atomic():
        tell(many)
    connections.close_all()


def test_an_effect_happens_once_and_only_with_its_id(tmp_path):
    from postharvest.interfaces.relay import Effects

    effects = Effects(tmp_path / "kept.sqlite3")
    done = []

    def breaks(_kept):
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        effects.take(7, breaks)
    assert effects.take(7, lambda _kept: done.append(7))
    assert not effects.take(7, lambda _kept: done.append(7))
    assert done == [7]
