"""A standby takes over while two app nodes sell one hot lot, and then the old server takes back.

python benchmarks/failover.py [--seconds 4] [--buyers 16] [--write]

Two PostgreSQL servers, the standby synchronous (`synchronous_standby_names = '*'`), HAProxy in
front (`pgsql-check`: a standby answers no query), two app nodes that know only HAProxy.  The server
in charge is killed with -9, the standby promoted; the killed one is made a standby of the
new one (`pg_basebackup`), and the same happens back.  Buyers ask again with the same key whenever
they do not know.  In the end every acknowledged order must be there once.  This is what Patroni
would do by itself; here a script does it, so that it can be run anywhere.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.faults import CAPACITY_G, Crowd, account, hold_to_account
from benchmarks.nodes import Database, Node, environment, free_port, make_stall

RESULTS = Path(__file__).parent / "results" / "failover.md"
HAPROXY = """
defaults
    mode tcp
    timeout connect 2s
    timeout client 60s
    timeout server 60s
listen database
    bind 127.0.0.1:{port}
    option pgsql-check user post
    default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
    server one 127.0.0.1:{one}
    server two 127.0.0.1:{two}
"""


def standby_of(primary, database):
    """Make a server a standby of another, and let commits wait for it."""
    shutil.rmtree(f"{database.folder}/data", ignore_errors=True)
    database.run(
        "pg_basebackup", "-D", f"{database.folder}/data", "-h", "127.0.0.1",
        "-p", str(primary.port), "-U", "post", "-R", "-c", "fast",
    )  # fmt: skip
    database.start_again()
    with psycopg.connect(primary.url, autocommit=True) as connection:
        while not connection.execute("SELECT count(*) FROM pg_stat_replication").fetchone()[0]:
            time.sleep(0.1)
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")


def take_over(primary, standby):
    """Kill the server in charge and promote the other; return how long it took."""
    started = time.monotonic()
    primary.kill()
    standby.run("pg_ctl", "-D", f"{standby.folder}/data", "-w", "promote")
    return time.monotonic() - started


async def story(one, two, crowd, options):
    """Buyers buy; the standby takes over; the old server becomes its standby and takes back."""
    over = asyncio.Event()

    async def buyer():
        while not over.is_set():
            await crowd.buy(time.monotonic() + 0.5)

    async def strikes():
        took, sold = [], []
        try:
            for primary, standby in ((one, two), (two, one)):
                await asyncio.sleep(options.seconds)
                before = len(crowd.told)
                took.append(await asyncio.to_thread(take_over, primary, standby))
                await asyncio.sleep(options.seconds)
                sold.append(len(crowd.told) - before)
                if primary is one:
                    await asyncio.to_thread(standby_of, standby, primary)
        finally:
            over.set()
        return took, sold

    striking = asyncio.create_task(strikes())
    await asyncio.gather(*(buyer() for _ in range(options.buyers)))
    took = await striking
    await crowd.settle()
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--buyers", type=int, default=16)
    parser.add_argument("--write", action="store_true", help="write results/failover.md")
    options = parser.parse_args()
    if not shutil.which("haproxy"):
        raise SystemExit("HAProxy is not installed: sudo apt-get install haproxy")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        os.chmod(folder, 0o777)
        one, two = (Database(f"{folder}/{name}", "-c hot_standby=off") for name in ("one", "two"))
        two.kill()
        port = free_port()
        Path(f"{folder}/haproxy.cfg").write_text(
            HAPROXY.format(port=port, one=one.port, two=two.port)
        )
        around = environment(home, url=one.url.replace(f":{one.port}/", f":{port}/"))
        proxy = subprocess.Popen(
            ["haproxy", "-f", f"{folder}/haproxy.cfg"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        nodes = []
        try:
            time.sleep(1)
            listings = make_stall(around, CAPACITY_G)
            standby_of(one, two)
            nodes = [Node(around), Node(around)]
            for node in nodes:
                node.wait()
            crowd = Crowd([node.port for node in nodes], listings, 1)
            took, sold = asyncio.run(story(one, two, crowd, options))
            lines, wrong = hold_to_account(one.url, crowd)
        finally:
            proxy.kill()
            for node in nodes:
                node.kill()
            one.kill()
    done = (
        f"`python benchmarks/failover.py --seconds {options.seconds:g} --buyers {options.buyers}`:"
        " two PostgreSQL servers (synchronous standby) behind HAProxy, two app nodes, one hot lot;"
        " `kill -9` of the one in charge, promotion, and the same back."
        f" Promoted after {took[0]:.1f} s and {took[1]:.1f} s;"
        f" in the {options.seconds:g} s after each, {sold[0]} and {sold[1]} orders."
    )
    text = account("A standby takes over, and back", done, lines, crowd, wrong)
    print(text)
    if options.write and not wrong:
        RESULTS.write_text(text, encoding="utf-8")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
