"""Shared by all tests: a fixed clock, Hypothesis profiles, and what a missing program means."""

import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

NO_SKIPS = os.environ.get("POSTHARVEST_NO_SKIPS") == "1"
EVERY_WAY = ("sandbox", "cashier", "cod", "bank")
os.environ.setdefault("POSTHARVEST_PAYMENTS", ",".join(EVERY_WAY))  # for what tests start
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


@pytest.fixture
def now():
    return datetime(2020, 11, 1, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _every_way_to_pay(settings):
    settings.POSTHARVEST_PAYMENTS = EVERY_WAY


MOST_TRIES = 100
_FROZEN: dict[str, str] = {}
"""Triggers that a test that commits has taken off, by name."""


@pytest.fixture(autouse=True)
def _frozen_rows_can_be_flushed(request):
    """Let a test that commits be cleaned up: books and audit rows refuse to be deleted.

    Its clean-up comes after this, so the triggers are taken off here and put back before the next
    test that needs the database.
    """
    names = set(request.fixturenames)
    commits = bool({"transactional_db", "live_server"} & names)
    if _FROZEN and (commits or "db" in names or request.node.get_closest_marker("django_db")):
        request.getfixturevalue("django_db_setup")
        with request.getfixturevalue("django_db_blocker").unblock():
            _put_back()
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        _take_off()


def _take_off():
    """Drop every trigger; the live server may still be answering a browser that has gone."""
    from django.db import OperationalError, connection

    for patience in reversed(range(MOST_TRIES)):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                for name, statement in cursor.fetchall():
                    _FROZEN[name] = statement
                    cursor.execute(f"DROP TRIGGER {name}")
        except OperationalError as error:
            if "locked" not in str(error) or not patience:
                raise
            time.sleep(0.1)
        else:
            return


def _put_back():
    """Make what is missing: a module's own transaction may have taken an earlier try back."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {name for (name,) in cursor.fetchall()}
        for name in _FROZEN.keys() - there:
            cursor.execute(_FROZEN[name])


def pytest_runtest_setup(item):
    """Skip what lacks its system program; where everything is installed a skip is a failure."""
    for marker, found in (
        ("browser", shutil.which("chromium") or shutil.which("google-chrome")),
        ("postgres", any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))),
        ("font", _has_font()),
    ):
        if item.get_closest_marker(marker) and not found:
            if NO_SKIPS:
                pytest.fail(f"{marker}: its system program is missing", pytrace=False)
            pytest.skip(f"{marker}: its system program is missing")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn every other skip into a failure, too, in the mode that allows none.

    What needs an optional extra (Ray) says so and may be skipped: the lock does not install it.
    """
    outcome = yield
    report = outcome.get_result()
    extra = "is an extra" in str(report.longrepr)
    if NO_SKIPS and report.skipped and not extra and not hasattr(report, "wasxfail"):
        report.outcome = "failed"


def _has_font():
    return any(
        any(folder.rglob(pattern))
        for folder in FONT_FOLDERS
        for pattern in ("*wqy*", "*CJK*")
        if folder.exists()
    )


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL server of our own on a free port, thrown away afterwards."""
    places = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        Path(shutil.which("initdb") or "/").parent,
    ]
    programs = next((place for place in places if (place / "initdb").exists()), None)
    if programs is None:
        pytest.skip("PostgreSQL is not installed: sudo apt-get install postgresql")
    # initdb refuses to run as root, as continuous integration does.
    as_user = {"user": "nobody"} if os.geteuid() == 0 else {}
    with TemporaryDirectory() as folder, socket.socket() as probe:
        os.chmod(folder, 0o777)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        data = f"{folder}/data"
        start = [programs / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "start", "-o"]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        for command in (
            [programs / "initdb", "-D", data, "-U", "post", "-A", "trust", "-E", "UTF8", "-N"],
            [*start, options],
        ):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)
        yield f"postgresql://post@127.0.0.1:{port}/postgres"
        stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)


@pytest.fixture
def postgres_url(postgres_server):
    """An empty database of its own for a test."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgres_server.rpartition('/')[0]}/{name}"
