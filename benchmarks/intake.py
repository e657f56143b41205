"""Orders and scans over HTTP, durable, beside what the databases do with the same rows themselves.

python benchmarks/intake.py [--seconds 8] [--connections 64] [--oscar PYTHON] [--write]

One run: a PostgreSQL of its own and a SQLite with synchronous=FULL, one app process each
(`uvicorn`, without the worker), `wrk` as the buyers where it is installed, `pgbench` and plain
`sqlite3` as the ceilings, COPY for scans, and django-oscar's own order creator where a Python that
has it is given.  Everything shares the machine, so read the ratios and the CPU; the load average
is printed.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import loads, raw
from benchmarks.nodes import ROOT, Database, Node, environment, make_stall

RESULTS = Path(__file__).parent / "results" / "intake.md"
ROOM_G = 10**13
LOTS = 1000
BATCH = 50


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--oscar", help="a Python with django-oscar installed")
    parser.add_argument("--write", action="store_true", help="write results/intake.md")
    asked = parser.parse_args()
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        on_postgresql(asked, folder, home, figures)
    with tempfile.TemporaryDirectory() as home:
        on_sqlite(asked, home, figures)
    if asked.oscar:
        figures["oscar"] = oscar(asked.oscar)
    text = report(asked, figures)
    print(text)
    if asked.write:
        RESULTS.write_text(text, encoding="utf-8")


class Figures(dict):
    """What was measured, said as it comes."""

    def __setitem__(self, name, value):
        print(f"… {name}: {value}", file=sys.stderr, flush=True)
        super().__setitem__(name, value)


def on_postgresql(asked, folder, home, figures):
    database = Database(folder)
    try:
        around = environment(home, url=database.url)
        listings = make_stall(around, ROOM_G)
        node = Node(around)
        node.wait()
        with psycopg.connect(database.url, autocommit=True) as connection:
            loads.flood(node, listings, connections=8, seconds=1, folder=folder)
            hot = loads.flood(
                node, listings, connections=asked.connections, seconds=asked.seconds, folder=folder
            )
            figures["pg hot"] = hot
            figures["pg single"] = raw.pgbench(database, connection, batch=1, seconds=asked.seconds)
            figures["pg batch"] = raw.pgbench(
                database, connection, batch=BATCH, seconds=asked.seconds
            )
            figures["pg half"] = loads.paced(
                node, listings, connections=asked.connections, seconds=asked.seconds,
                rate=hot.rate / 2,
            )  # fmt: skip
            many = thousand_lots(connection)
            figures["pg many"] = loads.flood(
                node, many, connections=asked.connections, seconds=asked.seconds, folder=folder
            )
            figures["pg again"] = loads.flood(
                node, listings, connections=asked.connections, seconds=asked.seconds, folder=folder
            )
            time.sleep(1)  # what was in flight when the buyers left
            figures["pg kept"] = kept(lambda q: connection.execute(q).fetchone()[0])
            figures["scans"], figures["copy"] = scans(around, node, connection)
        node.stop()
    finally:
        database.stop()


def on_sqlite(asked, home, figures):
    import sqlite3

    around = environment(home)
    listings = make_stall(around, ROOM_G)
    node = Node(around)
    node.wait()
    options = {"connections": asked.connections, "seconds": asked.seconds}
    loads.flood(node, listings, connections=8, seconds=1, folder=home)
    figures["lite hot"] = loads.flood(node, listings, folder=home, **options)
    half = figures["lite hot"].rate / 2
    figures["lite half"] = loads.paced(node, listings, rate=half, **options)
    node.stop()
    path = Path(home) / "demo.sqlite3"
    with sqlite3.connect(path) as connection:
        figures["lite kept"] = kept(lambda q: connection.execute(q).fetchone()[0])
    for batch in (1, BATCH, 200):
        figures[f"lite {batch}"] = raw.sqlite_limit(path, batch=batch, seconds=4)


def kept(one):
    """Whether what the sales have given away is what their orders hold."""
    held = one(
        "SELECT SUM(o.quantity * l.net_g) FROM orders_order o"
        " JOIN campaigns_listing l ON l.id = o.listing_id WHERE o.key NOT LIKE 'raw-%'"
    )
    raw_g = one("SELECT COUNT(*) FROM orders_payment WHERE reference LIKE 'sandbox-raw-%'") * 3000
    given = one("SELECT SUM(reserved_g) FROM campaigns_sale")
    orders = one("SELECT COUNT(*) FROM orders_order")
    keys = one("SELECT COUNT(DISTINCT key) FROM orders_order")
    return {"held_g": int(held), "given_g": int(given) - raw_g, "orders": orders, "keys": keys}


def thousand_lots(connection):
    """Put a thousand lots like the first beside it and return their listings."""
    copies = (
        ("harvest_surplus", f"harvest_surplus t, generate_series(1, {LOTS - 1})",
         {"key": "gen_random_uuid()"}, ""),
        ("campaigns_sale", "campaigns_sale t, harvest_surplus u",
         {"surplus_id": "u.id", "reserved_g": "0"}, "u.id > t.surplus_id"),
        *((name, f"{name} t, campaigns_sale s", {"sale_id": "s.id"}, "s.id > t.sale_id")
          for name in ("campaigns_listing", "campaigns_packingday", "campaigns_salelane")),
    )  # fmt: skip
    for table, source, own, where in copies:
        first = connection.execute(f"SELECT MIN(id) FROM {table}").fetchone()[0]
        columns = [c for (c,) in connection.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = %s AND column_name <> 'id'", [table])]  # fmt: skip
        values = ", ".join(own.get(column, f't."{column}"') for column in columns)
        names = ", ".join(f'"{column}"' for column in columns)
        only = f"t.sale_id = {first_sale(connection)}" if "sale_id" in own else f"t.id = {first}"
        connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}"
            f" WHERE {only}{' AND ' + where if where else ''}"
        )
    connection.execute("ANALYZE")
    return [pk for (pk,) in connection.execute("SELECT id FROM campaigns_listing ORDER BY id")]


def first_sale(connection):
    return connection.execute("SELECT MIN(id) FROM campaigns_sale").fetchone()[0]


PARCELS = """
import sys, django; django.setup()
from tests.operations.conftest import DESK, OPENS, Stall
from postharvest.core.tokens.actions import create_token
from postharvest.operations.campaigns.models import Listing, Sale
from postharvest.operations.parcels.models import Parcel
stall = Stall(sale=Sale.objects.first(), listing=Listing.objects.order_by("pk").first(), big=None)
shift = stall.shift_at_work(kg=6000)
parcels = stall.post(stall.pack(shift, 1000), now=OPENS)
print("TOKEN", create_token(name="bench", scopes=["scans:write"], now=OPENS))
"""


def scans(around, node, connection):
    """Scans a second over HTTP (JSON lines, 1,000 a request), and by COPY alone."""
    made = subprocess.run(
        [sys.executable, "-c", PARCELS], env=around, cwd=ROOT, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    token = made.stdout.split("TOKEN ")[1].strip()
    numbers = [n for (n,) in connection.execute("SELECT number FROM parcels_parcel ORDER BY id")]
    lines = [
        json.dumps({
            "parcel": number, "code": code, "at": f"2026-11-02T{hour:02d}:{k % 60:02d}:00+08:00",
            "place": "渭南", "source": "post",
        }).encode()
        for hour, code in enumerate(("EMA", "EMB", "EMC", "EMD", "EMF"), 2)
        for k, number in enumerate(numbers)
    ]  # fmt: skip
    started = time.perf_counter()
    stored = asyncio.run(_send_scans(node.port, token, lines))
    rate = stored / (time.perf_counter() - started)
    names = "base_id, parcel_id, code, place, at, reason, source, received_at"
    rows = connection.execute(f"SELECT {names} FROM parcels_scan").fetchall()
    connection.execute("DELETE FROM parcels_scan")
    started = time.perf_counter()
    for first in range(0, len(rows), 1000):
        with connection.cursor().copy(f"COPY parcels_scan ({names}) FROM STDIN") as copy:
            for row in rows[first : first + 1000]:
                copy.write_row(row)
    return rate, len(rows) / (time.perf_counter() - started)


async def _send_scans(port, token, lines):
    requests = iter(range(0, len(lines), 1000))
    stored, answer = 0, {}

    async def carrier():
        nonlocal stored, answer
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for first in requests:
            body = b"\n".join(lines[first : first + 1000])
            writer.write(
                f"POST /api/v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split()[0])
            answer = json.loads(await reader.readexactly(length))
            stored += sum(line["stored"] for line in answer["lines"])
        writer.close()

    await asyncio.gather(*(carrier() for _ in range(2)))
    if not stored:
        raise SystemExit(f"no scan was stored: {answer['lines'][:2]}")
    return stored


def oscar(python):
    done = subprocess.run(
        [python, str(ROOT / "benchmarks" / "oscar_checkout.py")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.strip().splitlines()[-1])


def report(asked, f):
    hot, many, half = f["pg hot"], f["pg many"], f["pg half"]
    lite, lite_half = f["lite hot"], f["lite half"]
    peer = f.get("oscar")
    ratios = [
        ("PostgreSQL, hot lot ÷ pgbench in batches of 50", hot.rate / f["pg batch"], "≥ 0.5"),
        ("PostgreSQL, hot lot ÷ pgbench unbatched", hot.rate / f["pg single"], "≥ 5"),
        ("hot lot ÷ a thousand lots", f["pg again"].rate / many.rate, "0.7–2"),
        ("app CPU, µs an order, PostgreSQL", hot.cpu_us, "≤ 250"),
        ("app CPU, µs an order, SQLite", lite.cpu_us, "≤ 250"),
        ("p99 at half load, ms, PostgreSQL", half.p99_ms, "≤ 50"),
        ("p99 at half load, ms, SQLite", lite_half.p99_ms, "≤ 50"),
        ("SQLite FULL ÷ its own limit in batches of 50", lite.rate / f["lite 50"], "≥ 0.4"),
        ("scans ÷ COPY", f["scans"] / f["copy"], "≥ 0.5"),
    ]
    if peer:
        ratios.append(("÷ django-oscar's order creator", lite.rate / peer["rate"], "≥ 100"))
    lines = [
        "# Intake",
        "",
        f"`python benchmarks/intake.py --seconds {asked.seconds} --connections {asked.connections}"
        f"{' --oscar …' if peer else ''} --write`, Python {platform.python_version()},"
        f" {os.cpu_count()} cores shared with other work: load average"
        f" {os.getloadavg()[0]:.1f} at the end.  Buyers and databases run on the same cores, so"
        " read the ratios and the CPU.",
        "",
        "| figure | measured | wanted |",
        "|---|---|---|",
        *(f"| {what} | {value:,.2f} | {wanted} |" for what, value, wanted in ratios),
        "",
        "| over HTTP, durable before the answer | orders/s | CPU µs/order | p50 ms | p99 ms"
        " | refused |",
        "|---|---|---|---|---|---|",
        *(
            f"| {what} | {r.rate:,.0f} | {r.cpu_us:,.0f} | {r.p50_ms:,.0f} | {r.p99_ms:,.0f}"
            f" | {r.refused} |"
            for what, r in (
                (f"PostgreSQL, one hot lot, {hot.connections} connections", hot),
                ("the same again, beside a thousand lots", f["pg again"]),
                ("PostgreSQL, a thousand lots", many),
                ("PostgreSQL, half that load", half),
                (f"SQLite FULL, one hot lot, {lite.connections} connections", lite),
                ("SQLite FULL, half that load", lite_half),
            )
        ),
        "",
        "| the databases alone, the same rows, indexes and checks | a second |",
        "|---|---|",
        f"| pgbench, 8 clients, hot lot, one order a transaction | {f['pg single']:,.0f} |",
        f"| pgbench, 8 clients, hot lot, batches of 50 | {f['pg batch']:,.0f} |",
        *(f"| sqlite3, FULL, batches of {n} | {f[f'lite {n}']:,.0f} |" for n in (1, BATCH, 200)),
        f"| scans over HTTP, JSON lines, 1,000 a request | {f['scans']:,.0f} |",
        f"| scans by COPY alone, 1,000 a commit | {f['copy']:,.0f} |",
        *([f"| django-oscar {peer['version']}, its order creator, SQLite | {peer['rate']:,.1f} |"]
          if peer else []),
        "",
        *(
            f"{name}: {k['orders']:,} orders ({k['keys']:,} keys) hold {k['held_g']:,} g, the sales"
            f" gave away {k['given_g']:,} g: {'exact' if _exact(k) else 'WRONG'}."
            for name, k in (("PostgreSQL", f["pg kept"]), ("SQLite", f["lite kept"]))
        ),
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _exact(one):
    return one["held_g"] == one["given_g"] and one["orders"] == one["keys"]


if __name__ == "__main__":
    main()
