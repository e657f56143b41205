"""`postharvest relay`: the outbox's news to NATS JetStream, beside the worker."""

import argparse
import asyncio
import signal
from importlib.util import find_spec

from postharvest.core.errors import InvalidInput

SUMMARY = "relay the outbox to NATS JetStream (extra: pip install postharvest[nats])"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the servers are and how many copies the stream keeps."""
    parser.add_argument("--nats", default="nats://127.0.0.1:4222", help="servers, by commas")
    parser.add_argument("--replicas", type=int, default=3, choices=(1, 3, 5))


def run(options: argparse.Namespace) -> int:
    """Relay until stopped."""
    if find_spec("nats") is None:
        raise InvalidInput("relay", "needs the extra: pip install 'postharvest[nats]'")
    from postharvest.interfaces.cli import database

    database.load_django()
    asyncio.run(_relay(options.nats.split(","), options.replicas))
    return 0


async def _relay(servers: list[str], replicas: int) -> None:
    import nats

    from postharvest.core.clock.time import now
    from postharvest.interfaces.relay import open_stream, relay_until

    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    client = await nats.connect(servers, max_reconnect_attempts=-1)
    js = client.jetstream()
    await open_stream(js, replicas=replicas)
    print("relaying; stop with Ctrl-C", flush=True)
    await relay_until(stop, js, clock=now)
    await client.close()
