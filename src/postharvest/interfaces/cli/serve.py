"""`postharvest serve`: site, API and worker in one process."""

import argparse
import hashlib
import os
import sys
import threading
from pathlib import Path
from types import FrameType

from postharvest.core.errors import InvalidInput

OPENS_AT_HOUR = 7
"""When the story opens its sale."""
SUMMARY = "site, API and worker in one process (--demo: the living demo; --practice: play money)"
LAST_PORT = 65_535
SHUTDOWN_S = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which database is served and where."""
    parser.add_argument("--demo", action="store_true", help="serve the demo's own database")
    parser.add_argument(
        "--practice",
        action="store_true",
        help="the same screens with play money, in a home of its own",
    )
    parser.add_argument("--paused", action="store_true", help="without the simulated crowd")
    parser.add_argument(
        "--https",
        action="store_true",
        help="with a certificate of this machine's own, for phones on the office's net",
    )
    parser.add_argument("--host", help="127.0.0.1 by default, with --https every address")
    parser.add_argument("--port", type=int, default=8000)


def run(options: argparse.Namespace) -> int:
    """Prepare the database, start the worker, serve until stopped."""
    if not 0 < options.port <= LAST_PORT:
        raise InvalidInput("--port", f"must lie between 1 and {LAST_PORT}")
    if options.paused and not options.demo:
        raise InvalidInput("--paused", "goes with --demo")
    if options.practice and options.demo:
        raise InvalidInput("--practice", "does not go with --demo; choose one")
    tick = None
    if options.practice:
        _prepare_practice()
    elif options.demo:
        tick = _prepare_demo(paused=options.paused)
    else:
        _prepare()
    _collect_static_files()
    import uvicorn

    from postharvest.interfaces.api.front.streams import close_streams
    from postharvest.interfaces.worker import start_beside, work_until

    stop = threading.Event()
    worker = threading.Thread(target=work_until, args=(stop, tick), name="worker", daemon=True)
    worker.start()
    start_beside(stop)
    host = options.host or ("0.0.0.0" if options.https else "127.0.0.1")  # noqa: S104  (asked for)
    if options.https:
        os.environ.setdefault("POSTHARVEST_HTTPS", "local")
    chain, key = _show_certificate(options.port) if options.https else (None, None)
    scheme = "https" if options.https else "http"
    print(f"PostHarvest on {scheme}://{host}:{options.port}  (stop with Ctrl-C)", flush=True)
    config = uvicorn.Config(
        "postharvest.asgi:application",
        host=host,
        port=options.port,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=SHUTDOWN_S,
        access_log=False,
        ssl_certfile=chain,
        ssl_keyfile=key,
    )

    class Server(uvicorn.Server):
        """Ends the open event streams first: the server would wait for them to end."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            close_streams()
            super().handle_exit(sig, frame)

    Server(config).run()
    stop.set()
    worker.join(SHUTDOWN_S)
    return 0


def _show_certificate(port: int) -> tuple[str, str]:
    """Make this machine's certificate, show what a phone needs, return it for the server."""
    import socket

    import segno
    from django.conf import settings

    from postharvest.interfaces.cli.local_https import lan_address, local_certificate, now_utc

    address = lan_address()
    names = tuple(dict.fromkeys(("localhost", "127.0.0.1", socket.gethostname(), address)))
    made = local_certificate(Path(settings.HOME) / "https", names=names, now=now_utc())
    url = f"https://{address}:{port}"
    print(f"certificate for {', '.join(made.names)}")
    print(f"authority {made.authority}")
    print(f"SHA-256 {made.fingerprint}")
    print(f"On the phone: open {url}/authority.crt, compare the print, install it; then {url}")
    segno.make(url, error="m").terminal(out=sys.stdout, compact=True)
    return str(made.chain), str(made.key)


def _prepare() -> None:
    """Migrate the operator's database and load the shipped tables; both are repeatable."""
    from postharvest.interfaces.cli import database

    database.load_django()
    database.migrate()
    from django.utils import timezone

    from postharvest.operations.harvest.actions.produce import load_produce
    from postharvest.operations.network.actions.tables import load_shipped_tables

    load_shipped_tables(
        now=timezone.now(), progress=lambda title, n, of: print(f"… {title} ({n + 1} of {of})")
    )
    load_produce()


def _prepare_practice() -> None:
    """Open the practice home's database; a new one starts with a sale that opens today.

    Everything of practice (database, photos, keys) lies in a folder of its own, so that nothing
    can reach the books; the address of their database is forgotten before Django is loaded.
    """
    home = Path(os.environ.get("POSTHARVEST_HOME", "var")).resolve()
    from postharvest.interfaces.world import database

    is_new = not (home / "practice" / "practice.sqlite3").exists()
    database.open_practice_django(home)
    if is_new:
        _tell_opening()
    else:
        _migrate()


def _prepare_demo(*, paused: bool):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Open the demo's database, making it (sale open, dated today) if there is none."""
    home = Path(os.environ.get("POSTHARVEST_HOME", "var")).resolve()
    from postharvest.interfaces.world import database

    database.open_demo_django(home, durable=True)
    if (home / "demo.sqlite3").exists():
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)  # made by an earlier version
    if not (home / "demo.sqlite3").exists():
        _tell_opening()
    if paused:
        return None
    from postharvest.interfaces.world.living import Living

    return Living().tick


def _tell_opening() -> None:
    """Make a fresh database of play in which a sale has opened at seven, before seven yesterday.

    Practice runs on the real clock: with today's date it would have nothing on sale all night.
    """
    from datetime import datetime, timedelta

    from postharvest.core.clock.time import CHINA
    from postharvest.interfaces.world import database
    from postharvest.interfaces.world.demo import run_story

    database.make_fresh_database(lambda text: print(f"… {text}", file=sys.stderr))
    now = datetime.now(CHINA)  # noqa: TID251  (a command reads the clock)
    opened_on = (now - timedelta(hours=OPENS_AT_HOUR)).date()
    run_story("fuping", until="open", seed=7, say=print, start=opened_on)


def _migrate() -> None:
    from postharvest.interfaces.cli import database

    database.migrate()


def _collect_static_files() -> None:
    """Collect and compress the static files, unless they are what was collected last time."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = Path(settings.STATIC_ROOT) / ".collected"
    present = _static_fingerprint()
    if stamp.exists() and stamp.read_text() == present:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(present)


def _static_fingerprint() -> str:
    from django.contrib.staticfiles.finders import get_finders

    found = sorted(
        f"{name} {Path(storage.path(name)).stat().st_mtime_ns}"
        for finder in get_finders()
        for name, storage in finder.list([])
    )
    return hashlib.sha256("\n".join(found).encode()).hexdigest()
