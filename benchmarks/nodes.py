"""A PostgreSQL and app processes of our own, for what is measured and what is killed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
SETUP = textwrap.dedent(
    """
    import sys, django; django.setup()
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    from tests.operations.conftest import OPENS, make_stall
    from postharvest.core.clock.time import set_demo_clock
    from postharvest.operations.campaigns.models import PackingDay, Sale
    from postharvest.operations.network.models import HubDay, LaneDay
    capacity_g = int(sys.argv[1])
    stall = make_stall(capacity_g=min(capacity_g, 10**9), crew=1000)
    HubDay.objects.update(capacity_parcels=10**9)
    LaneDay.objects.update(capacity_parcels=10**9)
    if capacity_g > 10**9:
        Sale.objects.update(capacity_g=capacity_g)
        PackingDay.objects.update(capacity_crew_s=10**12)
    set_demo_clock(shown_at=OPENS, pace=0)
    print(stall.listing.pk, stall.big.pk)
    """
)


def make_stall(environment, capacity_g):
    """Migrate and open one sale; return the ids of its two listings."""
    made = subprocess.run(
        [sys.executable, "-c", SETUP, str(capacity_g)],
        env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [int(pk) for pk in made.stdout.split()[-2:]]


def environment(home, *, url=""):
    """What a node of a demo at a home, on SQLite or on a PostgreSQL, is started with."""
    return {
        **os.environ, "POSTHARVEST_DATABASE_URL": url, "POSTHARVEST_DEMO": "1",
        "POSTHARVEST_HOME": str(home), "DJANGO_SETTINGS_MODULE": "postharvest.settings",
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
    }  # fmt: skip


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    """A PostgreSQL of our own, as durable as it comes."""

    def __init__(self, folder, options=""):
        self.options = options
        os.makedirs(folder, exist_ok=True)
        places = [*Path("/usr/lib/postgresql").glob("*/bin")]
        found = shutil.which("initdb")
        self.programs = next((p for p in places if (p / "initdb").exists()), None) or (
            Path(found).parent if found else None
        )
        if self.programs is None:
            raise SystemExit("PostgreSQL is not installed: sudo apt-get install postgresql")
        self.folder, self.port = folder, free_port()
        self.url = f"postgresql://post@127.0.0.1:{self.port}/postgres"
        os.chmod(folder, 0o777)
        self.run("initdb", "-D", f"{folder}/data", "-U", "post", "-A", "trust", "-E", "UTF8")
        self.start()

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        options = f"{options} {self.options}"
        where = ["-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log"]
        self.run("pg_ctl", *where, "start", "-o", options)

    def kill(self):
        pid = int(Path(f"{self.folder}/data/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGSTOP)  # no child is born while they are counted
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def start_again(self):
        """Start after a kill; its shared memory is free when the last child is buried."""
        for _ in range(30):
            try:
                self.start()
            except subprocess.CalledProcessError:
                time.sleep(0.5)
            else:
                return
        raise SystemExit(Path(f"{self.folder}/log").read_text()[-2000:])

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def run(self, program, *arguments):
        # initdb refuses to run as root.
        as_user = {"user": "nobody"} if os.geteuid() == 0 else {}
        command = [self.programs / program, *arguments]
        subprocess.run(
            command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, **as_user,
        )  # fmt: skip


class Node:
    """One app process."""

    def __init__(self, environment):
        self.environment, self.port = environment, free_port()
        self.start()

    def command(self):
        asgi = [sys.executable, "-m", "uvicorn", "postharvest.asgi:application"]
        return [*asgi, "--port", str(self.port), "--log-level", "critical"]

    def start(self):
        self.process = subprocess.Popen(
            self.command(),
            env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait(self):
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit("a node did not come up")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def cpu_s(self):
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / TICKS


class Proxy:
    """HAProxy in front of two nodes, by `cluster/haproxy.cfg`; none where it is not installed."""

    def __init__(self, nodes):
        self.port = free_port()
        first, second = (str(node.port) for node in nodes)
        self.process = subprocess.Popen(
            ["haproxy", "-f", ROOT / "benchmarks" / "cluster" / "haproxy.cfg"],
            env={**os.environ, "PORT": str(self.port), "NODE_A": first, "NODE_B": second},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    @staticmethod
    def is_there():
        return shutil.which("haproxy") is not None

    def stop(self):
        self.process.kill()
        self.process.wait()


class Served(Node):
    """`postharvest serve`: site, API and worker in one process."""

    def command(self):
        served = [sys.executable, "-m", "postharvest.interfaces.cli.main", "serve", "--demo"]
        return [*served, "--paused", "--port", str(self.port)]
