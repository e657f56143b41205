"""Five thousand listeners on one process, and three times more buyers than it can serve.

python benchmarks/live.py [--clients 5000] [--seconds 8] [--write]

Listeners open event streams of one sale; orders are placed, and each listener notes when it heard
of them (delay counts from the order's answer, so from after its commit).  Then the process is told
to stop with all streams open.  Then a flood: what is served, what is refused, and how quickly.
"""

import argparse
import asyncio
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import loads
from benchmarks.nodes import Served, environment, make_stall

RESULTS = Path(__file__).parent / "results" / "live.md"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--write", action="store_true", help="write results/live.md")
    asked = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as home:
        around = environment(home)
        listings = make_stall(around, 10**13)
        node = Served(around)
        node.wait()
        delays, heard, stop_s = asyncio.run(listen(node, listings, asked))
        node.start()
        node.wait()
        options = {"seconds": asked.seconds, "folder": home}
        loads.flood(node, listings, connections=8, seconds=1, folder=home)
        full = loads.flood(node, listings, connections=256, **options)
        over = loads.flood(node, listings, connections=3000, offered=3 * full.rate, **options)
        node.stop()
    text = "\n".join([
        "# Live, and too much", "",
        f"`python benchmarks/live.py --clients {asked.clients} --seconds {asked.seconds} --write`,"
        " `postharvest serve`, SQLite FULL, one process; load average"
        f" {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, which listeners and buyers share.",
        "",
        f"- {asked.clients:,} event streams: {heard:,} messages heard; delay after the order's"
        f" answer p50 {delays[len(delays) // 2] * 1e3:,.0f} ms,"
        f" p99 {delays[int(len(delays) * 0.99)] * 1e3:,.0f} ms.",
        f"- Told to stop with all of them open it ended after {stop_s:.1f} s.",
        f"- At capacity (256 connections) {full.rate:,.0f} orders/s, {full.refused} refused.",
        f"- 3,000 connections offer {(over.orders + over.refused) / over.seconds:,.0f} requests/s,"
        f" {(over.orders + over.refused) / over.seconds / full.rate:.1f} × capacity:"
        f" {over.rate:,.0f} orders/s are served ({over.rate / full.rate:.2f} of capacity),"
        f" {over.refused:,} answered 503; half of all answers within {over.p50_ms:,.0f} ms.", "",
    ])  # fmt: skip
    print(text)
    if asked.write:
        RESULTS.write_text(text, encoding="utf-8")


async def listen(node, listings, asked):
    """Return the sorted delays, how many messages were heard, and how long stopping took."""
    told, heard = {}, []
    open_now = asyncio.Semaphore(200)
    ready, ended = [], []

    async def client():
        async with open_now:
            reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
            writer.write(b"GET /api/v1/sales/1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"retry:")
        ready.append(1)
        try:
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    heard.append((int(line[4:]), time.perf_counter()))
        except OSError:
            pass
        ended.append(1)
        writer.close()

    clients = [asyncio.create_task(client()) for _ in range(asked.clients)]
    while len(ready) < asked.clients:
        await asyncio.sleep(0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    rng, times = random.Random(), []
    for _ in range(asked.seconds):
        writer.write(loads.order(rng, listings))
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
        times.append(time.perf_counter())
        await asyncio.sleep(1)
    await asyncio.sleep(3)
    for event_id, at in heard:
        told.setdefault(event_id, []).append(at)
    delays = []
    for event_id, first in zip(sorted(told), times, strict=False):
        delays += [at - first for at in told[event_id]]
    started = time.perf_counter()
    node.process.terminate()
    await asyncio.to_thread(node.process.wait, 60)
    stop_s = time.perf_counter() - started
    for one in clients:
        one.cancel()
    return sorted(delays), len(heard), stop_s


if __name__ == "__main__":
    main()
