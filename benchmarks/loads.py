"""Buyers in numbers: `wrk` where it is installed, else (and where the pace is given) asyncio."""

import asyncio
import json
import os
import random
import re
import shutil
import subprocess
import textwrap
import time
import uuid
from dataclasses import dataclass

COUNTY = "310101"
WRK = textwrap.dedent(
    """
    local listings = {%s}
    local thread = 0
    function setup(t) thread = thread + 1; t:set("id", thread) end
    function init(args) math.randomseed(%d + id * 7919); n = 0 end
    function delay() return %d end
    function request()
      n = n + 1
      local key = string.format("w%%d-%%d-%%08x", id, n, math.random(0, 0x7fffffff))
      local phone = string.format("138%%08d", math.random(0, 99999999))
      local body = '{"listing":' .. listings[math.random(#listings)] ..
        ',"quantity":1,"offer":"solo","team":null,"buyer":{"name":"测试","phone":"' .. phone ..
        '"},"address":{"county":"%s","line":"解放路1号"},"payment":"sandbox"}'
      return wrk.format("POST", "/api/v1/orders", {["Idempotency-Key"]=key,
        ["Content-Type"]="application/json"}, body)
    end
    """
)


@dataclass
class Load:
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


def flood(node, listings, *, connections, seconds, folder, offered=None):
    """As fast as the connections allow, or so many a second, whatever becomes of them (`wrk`)."""
    cpu = node.cpu_s()
    if shutil.which("wrk"):
        pause_ms = 1000 * connections / offered if offered else 0
        script = _script(listings, folder, pause_ms)
        orders, refused, took, p50, p99 = _wrk(node, script, connections, seconds)
    else:
        orders, refused, took, p50, p99 = asyncio.run(
            _python(node.port, listings, connections, seconds, rate=None)
        )
    spent = (node.cpu_s() - cpu) / max(1, orders) * 1e6
    return Load(connections, orders, refused, took, spent, p50, p99)


def paced(node, listings, *, connections, seconds, rate):
    """So many orders a second; latency counts from when an order was due, not when it got away."""
    cpu = node.cpu_s()
    orders, refused, took, p50, p99 = asyncio.run(
        _python(node.port, listings, connections, seconds, rate=rate)
    )
    spent = (node.cpu_s() - cpu) / max(1, orders) * 1e6
    return Load(connections, orders, refused, took, spent, p50, p99)


def _script(listings, folder, pause_ms):
    script = os.path.join(folder, "orders.lua")
    with open(script, "w", encoding="utf-8") as file:
        seed = random.SystemRandom().randrange(10**6)
        file.write(WRK % (",".join(map(str, listings)), seed, pause_ms, COUNTY))
    return script


def _wrk(node, script, connections, seconds):
    out = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script,
         f"http://127.0.0.1:{node.port}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    total, took = re.search(r"(\d+) requests in ([\d.]+)s", out).groups()
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    refused = int(refused[1]) if refused else 0
    p50, p99 = (_ms(re.search(rf"{p}%\s+([\d.]+)(us|ms|s)", out)) for p in (50, 99))
    return int(total) - refused, refused, float(took), p50, p99


def _ms(found):
    return float(found[1]) * {"us": 1e-3, "ms": 1, "s": 1e3}[found[2]]


async def _python(port, listings, connections, seconds, *, rate):
    rng, latencies, refused = random.Random(), [], [0]
    start = time.perf_counter()
    due = iter(range(10**9))

    async def buyer():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            at = time.perf_counter()
            if rate:
                at = start + next(due) / rate
                await asyncio.sleep(max(0, at - time.perf_counter()))
            if at > start + seconds:
                break
            writer.write(order(rng, listings))
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
            if head.startswith(b"HTTP/1.1 201"):
                latencies.append(time.perf_counter() - at)
            else:
                refused[0] += 1
        writer.close()

    await asyncio.gather(*(buyer() for _ in range(connections)))
    took = time.perf_counter() - start
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * p)] * 1e3 for p in (0.5, 0.99))
    return len(latencies), refused[0], took, p50, p99


def order(rng, listings, key=None):
    body = json.dumps({
        "listing": rng.choice(listings), "quantity": 1, "offer": "solo", "team": None,
        "buyer": {"name": "测试", "phone": f"138{rng.randrange(10**8):08d}"},
        "address": {"county": COUNTY, "line": "解放路1号"}, "payment": "sandbox",
    }).encode()  # fmt: skip
    key = key or uuid.UUID(int=rng.getrandbits(128))
    head = (
        "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
