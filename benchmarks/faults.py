"""Two app nodes on one PostgreSQL sell one hot lot while nodes and database are killed.

python benchmarks/faults.py [--kills 20] [--buyers 24] [--write]

Where HAProxy is installed half of the buyers ask it (it sends the orders of one sale to one node,
`cluster/haproxy.cfg`), the others either node.  They hang up on some before the answer comes, and
ask again with the same key, often at the other node, whenever they do not know what became of it.
Meanwhile `kill -9` strikes a node or the whole database.  In the end every acknowledged order must
be there once, and stock, orders, payments and news must tell the same story.  (`kill -9` does not
test loss of power: the page cache survives.)
"""

import argparse
import asyncio
import collections
import json
import random
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.nodes import Database, Node, Proxy, environment, make_stall

RESULTS = Path(__file__).parent / "results" / "faults.md"
CAPACITY_G = 60_000_000


class Crowd:
    """Buyers, what they were told and what they do not know."""

    def __init__(self, ports, listings, seed):
        self.ports, self.listings, self.rng = ports, listings, random.Random(seed)
        self.told, self.open, self.wrong = {}, {}, []
        self.answers = collections.Counter()

    async def buy(self, until):
        while time.monotonic() < until:
            if self.open and self.rng.random() < 0.3:
                key = self.rng.choice(list(self.open))
            elif self.told and self.rng.random() < 0.1:
                key = self.rng.choice(list(self.told))
            else:
                key = str(uuid.UUID(int=self.rng.getrandbits(128)))
                self.open[key] = self.body()
            await self.ask(key, hang_up=self.rng.random() < 0.05)

    def body(self):
        return {
            "listing": self.rng.choice(self.listings), "quantity": self.rng.choice([1, 1, 2, 3]),
            "buyer": {"name": "测试", "phone": f"138{self.rng.randrange(10**8):08d}"},
            "address": {"county": "310101", "line": "解放路1号"},
        }  # fmt: skip

    async def ask(self, key, *, hang_up=False):
        body = self.open.get(key) or self.told[key][1]
        raw = json.dumps(body).encode()
        try:
            port = self.rng.choice(self.ports)
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 3)
            writer.write(
                f"POST /api/v1/orders?sale=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                f"Idempotency-Key: {key}\r\nContent-Length: {len(raw)}\r\n\r\n".encode()
                + raw
            )
            if hang_up:
                await writer.drain()
                writer.close()
                return
            data = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            status = int(data.split()[1])
            answer = json.loads(data.partition(b"\r\n\r\n")[2])
        except (OSError, TimeoutError, IndexError, ValueError):
            self.answers["no answer"] += 1
            await asyncio.sleep(0.1)
            return
        self.answers[status if status < 300 else f"{status} {answer['code']}"] += 1
        if status in (200, 201):
            if key in self.told and self.told[key][0] != answer["order"]:
                self.wrong.append(f"one key, two orders: {key}")
            self.told[key] = (answer["order"], body)
            self.open.pop(key, None)
        elif status >= 500:
            await asyncio.sleep(0.05)
        elif answer["code"] == "sold_out":  # the end of the lot is a part of the story
            self.open.pop(key, None)
        else:
            self.wrong.append(f"{status} {answer}")
            self.open.pop(key, None)

    async def settle(self):
        for _ in range(5):
            for key in [*self.open, *list(self.told)[-200:]]:
                await self.ask(key)
            if not self.open:
                return
        self.wrong.append(f"{len(self.open)} requests never got an answer")


async def strike(kills, database, nodes, rng, done):
    """Kill something, bring it back, and again."""
    try:
        for n in range(kills):
            await asyncio.sleep(rng.uniform(0.3, 1.2))
            if n % 5 == 4:
                await asyncio.to_thread(database.kill)
                await asyncio.to_thread(database.start_again)
                continue
            node = rng.choice(nodes)
            await asyncio.to_thread(node.kill)
            node.start()
            await asyncio.to_thread(node.wait)
    finally:
        done.set()


async def storm(options, database, nodes, crowd):
    done = asyncio.Event()
    striking = asyncio.create_task(
        strike(options.kills, database, nodes, random.Random(options.seed), done)
    )

    async def buyer():
        while not done.is_set():
            await crowd.buy(time.monotonic() + 0.5)

    await asyncio.gather(*(buyer() for _ in range(options.buyers)))
    await striking
    for node in nodes:
        await asyncio.to_thread(node.wait)
    await crowd.settle()


CHECKS = {
    "orders, and keys of orders": (
        "SELECT count(*) FROM orders_order", "SELECT count(DISTINCT key) FROM orders_order"),
    "grams reserved, and grams of orders": (
        "SELECT sum(reserved_g) FROM campaigns_sale",
        "SELECT sum(o.quantity * l.net_g) FROM orders_order o"
        " JOIN campaigns_listing l ON l.id = o.listing_id"),
    "parcels of the lane's days, and of orders": (
        "SELECT sum(reserved_parcels) FROM network_laneday",
        "SELECT sum(quantity) FROM orders_order"),
    "crew seconds reserved, and of orders": (
        "SELECT sum(reserved_crew_s) FROM campaigns_packingday",
        "SELECT sum(o.quantity * l.box_crew_s) FROM orders_order o"
        " JOIN campaigns_listing l ON l.id = o.listing_id"),
    "payments captured, and orders": (
        "SELECT count(*) FROM orders_payment WHERE state = 'captured'",
        "SELECT count(*) FROM orders_order"),
    "orders told in the outbox, and confirmed": (
        "SELECT sum(json_array_length((body->'order_ids')::json)) FROM outbox_event"
        " WHERE kind = 'orders.confirmed'",
        "SELECT count(*) FROM orders_order WHERE state = 'confirmed'"),
}  # fmt: skip


def hold_to_account(url, crowd):
    """Compare what buyers were told with what is stored; return the lines of the report."""
    lines, wrong = [], list(crowd.wrong)
    with psycopg.connect(url) as connection:
        for what, (one, other) in CHECKS.items():
            a, b = (connection.execute(q).fetchone()[0] for q in (one, other))
            lines.append(f"| {what} | {a} | {b} |")
            if a != b:
                wrong.append(f"{what}: {a} and {b}")
        stored = {k for (k,) in connection.execute("SELECT key FROM orders_order")}
        left = connection.execute("SELECT min(capacity_g - reserved_g) FROM campaigns_sale")
        if left.fetchone()[0] < 0:
            wrong.append("oversold")
    lost = set(crowd.told) - stored
    lines.append(f"| orders acknowledged, and of these stored | {len(crowd.told)} "
                 f"| {len(crowd.told) - len(lost)} |")  # fmt: skip
    if lost:
        wrong.append(f"{len(lost)} acknowledged orders are gone")
    return lines, wrong


def account(title, done, lines, crowd, wrong):
    """Return a run as a page: what was done, what must add up, what was answered."""
    return "\n".join([
        f"# {title}", "", done, "",
        "| | | |", "|---|---|---|", *lines, "",
        f"Answers: {dict(crowd.answers)}. Wrong: {wrong[:5] or 'nothing'}.", "",
    ])  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--buyers", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write results/faults.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        database = Database(folder)
        around = environment(home, url=database.url)
        listings = make_stall(around, CAPACITY_G)
        nodes = [Node(around), Node(around)]
        proxy = Proxy(nodes) if Proxy.is_there() else None
        try:
            for node in nodes:
                node.wait()
            ports = [node.port for node in nodes]
            ports += [proxy.port] * 2 if proxy else []
            crowd = Crowd(ports, listings, options.seed)
            asyncio.run(storm(options, database, nodes, crowd))
            lines, wrong = hold_to_account(database.url, crowd)
        finally:
            if proxy:
                proxy.stop()
            for node in nodes:
                node.kill()
            database.stop()
    done = (
        f"`python benchmarks/faults.py --kills {options.kills} --buyers {options.buyers}`: two app"
        f" nodes, one PostgreSQL, one hot lot, {options.kills} times `kill -9`"
        " (every fifth the database); half of the requests went"
        f" {'through HAProxy, which hashes by sale' if proxy else 'nowhere else: no HAProxy'}."
    )
    text = account("Orders while things die", done, lines, crowd, wrong)
    print(text)
    if options.write and not wrong:
        RESULTS.write_text(text, encoding="utf-8")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
