"""A site under mixed load for some minutes: do memory and open files stay flat, is nothing lost?

python benchmarks/soak.py [--minutes 8] [--users 6] [--write]

One `serve --demo --paused` with its own worker.  Users buy, look at pages, ask the API, send what
makes no sense, listen to a sale's news and hang up, report with a photo.  Every ten seconds the
memory (RSS) and the open files of the server's processes are read from /proc.  In the end every
order that was acknowledged must be there once, and the books of the database must hold.
"""

import argparse
import collections
import http.client
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "soak.md"
COMMAND = [sys.executable, "-m", "postharvest.interfaces.cli.main"]
PAGES = ("/", "/login/", "/sources/", "/desk/", "/desk/sales/", "/packing/", "/village/report/",
         "/desk/payouts/", "/my-surplus/", "/nothing-here/")  # fmt: skip
NONSENSE = (b"", b"{", b"[]", b'{"listing": -1}', b"\xff\xfe", b'{"listing": 1e99}', b"null" * 999)
EVERY_S = 10


class Users:
    """What they were told, and what went wrong."""

    def __init__(self, port, seed):
        self.port, self.seed, self.stop = port, seed, threading.Event()
        self.answers, self.told, self.wrong = collections.Counter(), {}, []
        self.lock = threading.Lock()
        self.sale, self.listings = self._sale()

    def _sale(self):
        [sale, *_] = json.loads(self.ask("GET", "/api/v1/sales")[1])["sales"]
        return sale["id"], [one["id"] for one in sale["listings"]]

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=given)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def live(self, number):
        rng = random.Random(self.seed * 100 + number)
        deeds = [(self.buy, 5), (self.look, 6), (self.program, 3), (self.nonsense, 2),
                 (self.listen, 1), (self.sign_in_wrongly, 1)]  # fmt: skip
        while not self.stop.is_set():
            deed = rng.choices([d for d, _ in deeds], [w for _, w in deeds])[0]
            try:
                status = deed(rng)
            except OSError as error:
                status = f"no answer ({type(error).__name__})"
            with self.lock:
                self.answers[deed.__name__, status] += 1
                if isinstance(status, int) and status >= 500 and status != 503:
                    self.wrong.append(f"{deed.__name__}: {status}")
            time.sleep(rng.random() * 0.2)

    def buy(self, rng):
        key = str(uuid.UUID(int=rng.getrandbits(128)))
        body = {
            "listing": rng.choice(self.listings), "quantity": 1,
            "buyer": {"name": "测试", "phone": f"138{rng.randrange(10**8):08d}"},
            "address": {"county": "310101", "line": "解放路1号"}, "payment": "sandbox",
        }  # fmt: skip
        status, raw, _ = self.ask("POST", "/api/v1/orders", json.dumps(body), Idempotency_Key=key)
        if status in (200, 201):
            with self.lock:
                self.told[key] = (body, json.loads(raw)["order"])
        return status

    def look(self, rng):
        return self.ask("GET", rng.choice([*PAGES, f"/sale/{self.sale}/"]))[0]

    def program(self, rng):
        paths = ["/api/v1/sales", f"/api/v1/sales/{self.sale}", "/healthz", "/readyz",
                 "/api/v1/openapi.json",
                 f"/api/v1/tracking/RR{rng.randrange(10**8):08d}1CN?phone=1234"]  # fmt: skip
        return self.ask("GET", rng.choice(paths))[0]

    def nonsense(self, rng):
        path = rng.choice(["/api/v1/orders", "/api/v1/scans", "/epcis/v2/capture", "/login/"])
        return self.ask("POST", path, rng.choice(NONSENSE), Idempotency_Key="nonsense-1")[0]

    def sign_in_wrongly(self, rng):
        status, page, headers = self.ask("GET", "/login/")
        token = re.search(rb'csrfmiddlewaretoken" value="(\w+)"', page)
        cookie = "; ".join(one.split(";")[0] for one in headers.get_all("Set-Cookie") or [])
        if token is None:
            return status
        body = f"csrfmiddlewaretoken={token[1].decode()}&username=u{rng.randrange(50)}&password=x"
        return self.ask("POST", "/login/", body, Cookie=cookie,
                        Content_Type="application/x-www-form-urlencoded")[0]  # fmt: skip

    def listen(self, rng):
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            path = f"/api/v1/sales/{self.sale}/events"
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            status = int(line.recv(200).split()[1])
            self.stop.wait(rng.random() * 3)  # and hang up in the middle
        return status

    def ask_again(self):
        """Return the orders that are not answered as they were acknowledged."""
        lost = []
        for key, (body, number) in self.told.items():
            status, raw, _ = self.ask(
                "POST", "/api/v1/orders", json.dumps(body), Idempotency_Key=key
            )
            while status in (429, 503):
                time.sleep(1)
                status, raw, _ = self.ask(
                    "POST", "/api/v1/orders", json.dumps(body), Idempotency_Key=key
                )
            if status != 200 or json.loads(raw)["order"] != number:
                lost.append(key)
        return lost


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--users", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        lines, fine = soak(options, Path(home))
    print("\n".join(lines))
    if options.write:
        RESULTS.write_text("\n".join(lines) + "\n")
    return 0 if fine else 1


def soak(options, home):
    environment = {**os.environ, "POSTHARVEST_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    made = [*COMMAND, "demo", "fuping", "--until", "open", "--seed", "5"]
    subprocess.run(made, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [*COMMAND, "serve", "--demo", "--paused", "--port", str(port)],
        env=environment, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=(home / "log").open("wb"),
    )  # fmt: skip
    try:
        _wait(server, port, home)
        users = Users(port, options.seed)
        threads = [threading.Thread(target=users.live, args=(n,)) for n in range(options.users)]
        began, samples = time.monotonic(), []
        [one.start() for one in threads]
        while time.monotonic() - began < options.minutes * 60:
            time.sleep(EVERY_S)
            samples.append((time.monotonic() - began, *_measured(server.pid)))
        users.stop.set()
        [one.join() for one in threads]
        cpu_s = _cpu_s(server.pid)
        lost = users.ask_again()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    faults = (home / "log").read_text(errors="replace").count("Traceback")
    return _told(options, users, samples, lost=lost, faults=faults, cpu_s=cpu_s)


def _wait(server, port, home):
    for _ in range(900):
        if server.poll() is not None:
            raise SystemExit((home / "log").read_text(errors="replace")[-2000:])
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


def _group(pid):
    """The server and what it started."""
    found = [pid]
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if after[3] == str(pid) and entry.parent.name != str(pid):
            found.append(int(entry.parent.name))
    return found


def _measured(pid):
    """Return MB of memory and the number of open files, over all of the server's processes."""
    memory_kb = files = 0
    for one in _group(pid):
        try:
            status = Path(f"/proc/{one}/status").read_text()
            files += len(os.listdir(f"/proc/{one}/fd"))
        except OSError:
            continue
        memory_kb += int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    return memory_kb / 1024, files


def _cpu_s(pid):
    ticks = 0
    for one in _group(pid):
        after = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(after[11]) + int(after[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _told(options, users, samples, *, lost, faults, cpu_s):
    third = max(1, len(samples) // 3)
    middle, end = samples[third : 2 * third], samples[-third:]
    memory = [statistics.median(mb for _, mb, _ in part) for part in (middle, end)]
    files = [statistics.median(n for _, _, n in part) for part in (middle, end)]
    minutes = (end[-1][0] - middle[0][0]) / 60 / 2
    total = sum(users.answers.values())
    flat = memory[1] - memory[0] < 0.03 * memory[0] and files[1] <= files[0] + 5
    fine = flat and not lost and not users.wrong
    by_status = collections.Counter()
    for (_deed, status), n in users.answers.items():
        by_status[str(status)] += n
    rows = [
        ("requests", f"{total:,} in {options.minutes:g} minutes by {options.users} users"),
        ("CPU of the server", f"{cpu_s:.0f} s, {1000 * cpu_s / total:.1f} ms a request"),
        ("memory, first sample", f"{samples[0][1]:.0f} MB"),
        ("memory, middle and last third (medians)", f"{memory[0]:.1f} and {memory[1]:.1f} MB"),
        ("growth between them", f"{(memory[1] - memory[0]) / minutes:+.2f} MB a minute"),
        ("open files, middle third and last third", f"{files[0]:g} and {files[1]:g}"),
        ("orders acknowledged", f"{len(users.told):,}"),
        ("of these not there, or another", f"{len(lost)}"),
        ("answers 500", f"{len(users.wrong)} {users.wrong[:3] or ''}".strip()),
        ("tracebacks in the log", f"{faults}"),
        ("answers", ", ".join(f"{s}: {n:,}" for s, n in sorted(by_status.items()))),
    ]  # fmt: skip
    command = f"python benchmarks/soak.py --minutes {options.minutes:g} --users {options.users}"
    return [
        "# Soak", "", f"`{command}`: one `serve --demo --paused`, mixed load.", "",
        "| | |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows), "",
        f"Flat (memory within 3 %, files within 5): {'yes' if flat else 'NO'}.",
    ], fine  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
