"""Orders over HTTP, durable (SQLite, synchronous=FULL), beside what SQLite does with the same rows.

python benchmarks/intake.py [--seconds 10] [--connections 64] [--write]

It makes its own demo world in a temporary folder, gives its sale room for every order, starts
`postharvest serve` on it and orders over kept-alive connections from this process.  Both share the
machine, so read the ratios and the CPU per order; the load average is printed beside them.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "intake.md"
COUNTIES = ("310101", "440103", "320102", "330102", "420102", "110101", "610103")
ROOM = 1_000_000_000
SCARCE = (
    ("campaigns_sale", "capacity_g"),
    ("campaigns_packingday", "capacity_crew_s"),
    ("network_laneday", "capacity_parcels"),
    ("network_hubday", "capacity_parcels"),
)
ROWS = ("vault_contact", "orders_order", "orders_payment")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Run:
    connections: int
    orders: int
    refused: int
    seconds: float
    cpu_us: float
    p50_ms: float
    p99_ms: float

    @property
    def rate(self):
        return self.orders / self.seconds


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--port", type=int, default=8790)
    options.add_argument("--write", action="store_true", help="write results/intake.md")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make_world(home)
        server = start(home, asked.port)
        try:
            listings = wait_for(asked.port)
            runs = [
                asyncio.run(load(server.pid, asked.port, listings, many, asked.seconds))
                for many in (asked.connections, 4, 1)
            ]
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)
        kept = balance(home)
        limits = {size: sqlite_limit(home, size=size, seconds=4) for size in (1, 50, 128)}
    text = report(runs, kept, limits)
    print(text)
    if asked.write:
        RESULTS.write_text(text, encoding="utf-8")


def make_world(home):
    command = [sys.executable, "-m", "postharvest.interfaces.cli.main"]
    made = [*command, "demo", "fuping", "--until", "open", "--seed", "5"]
    subprocess.run(made, env=environment(home), check=True, stdout=subprocess.DEVNULL)
    with sqlite3.connect(home / "demo.sqlite3") as database:
        for table, column in SCARCE:
            database.execute(f"UPDATE {table} SET {column} = {ROOM}")


def environment(home):
    return {**os.environ, "POSTHARVEST_HOME": str(home)}


def start(home, port):
    command = [sys.executable, "-m", "postharvest.interfaces.cli.main", "serve", "--demo"]
    return subprocess.Popen(
        [*command, "--paused", "--port", str(port)],
        env=environment(home), stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def wait_for(port):
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/sales", timeout=5) as got:
                return [one["id"] for one in json.load(got)["sales"][0]["listings"]]
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


async def load(pid, port, listings, connections, seconds):
    rng, latencies, refused = random.Random(connections), [], [0]
    started, cpu = time.perf_counter(), cpu_seconds(pid)
    until = started + seconds

    async def buyer():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            at = time.perf_counter()
            writer.write(order(rng, listings))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
            if head.startswith(b"HTTP/1.1 201"):
                latencies.append(time.perf_counter() - at)
            else:
                refused[0] += 1
        writer.close()

    await asyncio.gather(*(buyer() for _ in range(connections)))
    spent, took = cpu_seconds(pid) - cpu, time.perf_counter() - started
    latencies.sort()
    return Run(
        connections=connections, orders=len(latencies), refused=refused[0], seconds=took,
        cpu_us=spent / max(1, len(latencies)) * 1e6,
        p50_ms=latencies[len(latencies) // 2] * 1e3,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1e3,
    )  # fmt: skip


def order(rng, listings):
    body = json.dumps({
        "listing": rng.choice(listings), "quantity": 1, "offer": "solo", "team": None,
        "buyer": {"name": "测试", "phone": f"138{rng.randrange(10**8):08d}"},
        "address": {"county": rng.choice(COUNTIES), "line": "解放路1号"}, "payment": "sandbox",
    }).encode()  # fmt: skip
    key = uuid.UUID(int=rng.getrandbits(128))
    head = (
        "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def cpu_seconds(pid):
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / TICKS


def balance(home):
    """Say whether what the sale has given away is what its orders hold."""
    with sqlite3.connect(home / "demo.sqlite3") as database:
        held = database.execute(
            "SELECT SUM(o.quantity * l.net_g), COUNT(*), COUNT(DISTINCT o.key) FROM orders_order o"
            " JOIN campaigns_listing l ON l.id = o.listing_id"
        ).fetchone()
        given = database.execute("SELECT SUM(reserved_g) FROM campaigns_sale").fetchone()[0]
    return {"held_g": held[0], "given_g": given, "orders": held[1], "keys": held[2]}


def sqlite_limit(home, *, size, seconds):
    """Write the rows of an order (contact, order, payment) straight to SQLite, in batches."""
    database = sqlite3.connect(home / "limit.sqlite3", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS lot (id INTEGER PRIMARY KEY, reserved INTEGER)")
    database.execute("INSERT OR IGNORE INTO lot VALUES (1, 0)")
    samples = {name: copy_table(home, database, name) for name in ROWS}
    done, started = 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE lot SET reserved = reserved + ? WHERE id = 1", [size])
        for name, row in samples.items():
            marks = ", ".join("?" * len(row))
            rows = [list(row) for _ in range(size)]
            database.executemany(f"INSERT INTO {name}_raw VALUES ({marks})", rows)
        database.execute("COMMIT")
        done += size
    rate = done / (time.perf_counter() - started)
    database.close()
    return rate


def copy_table(home, database, name):
    with sqlite3.connect(home / "demo.sqlite3") as source:
        row = source.execute(f"SELECT * FROM {name} LIMIT 1").fetchone()
    columns = ", ".join(f"c{i}" for i in range(len(row)))
    database.execute(f"CREATE TABLE IF NOT EXISTS {name}_raw ({columns})")
    for i in (1, 2):  # two indexes stand for the real table's
        database.execute(f"CREATE INDEX IF NOT EXISTS {name}_{i} ON {name}_raw (c{i})")
    return row


def report(runs, kept, limits):
    exact = kept["held_g"] == kept["given_g"] and kept["orders"] == kept["keys"]
    lines = [
        "# Order intake",
        "",
        "`python benchmarks/intake.py --write`: `postharvest serve --demo --paused`, one process,",
        "SQLite with synchronous=FULL, the full journey of an order, answered after the commit.",
        f"Load average at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; the client",
        "runs on the same cores.  PostgreSQL is not measured here.",
        "",
        "| connections | orders/s | CPU µs/order | p50 ms | p99 ms | refused |",
        "|---|---|---|---|---|---|",
        *(
            f"| {r.connections} | {r.rate:,.0f} | {r.cpu_us:,.0f} | {r.p50_ms:,.0f}"
            f" | {r.p99_ms:,.0f} | {r.refused} |"
            for r in runs
        ),
        "",
        f"After the run {kept['orders']:,} orders hold {kept['held_g']:,} g, the sale gave away"
        f" {kept['given_g']:,} g, keys {kept['keys']:,}: {'exact' if exact else 'WRONG'}.",
        "",
        "SQLite alone, the same rows (contact, order, payment, one hot row), two indexes a table:",
        "",
        "| orders a commit | orders/s | ours at most connections ÷ this |",
        "|---|---|---|",
        *(f"| {size} | {rate:,.0f} | {runs[0].rate / rate:.2f} |" for size, rate in limits.items()),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
