import os
import shutil
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
import pytest

from postharvest.core.audit.actor import SYSTEM
from postharvest.operations.network import actions

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def places(django_db_setup, django_db_blocker):
    """Every shipped table, loaded once for a module and taken away after it."""
    from django.db import transaction

    with django_db_blocker.unblock():
        loading = transaction.atomic()
        loading.__enter__()
        actions.load_shipped_tables(now=NOW)
        yield
        transaction.set_rollback(True)
        loading.__exit__(None, None, None)


@pytest.fixture
def base(places, db):
    return actions.open_base(
        code="fuping-1",
        name_zh="富平基地",
        name_en="Fuping base",
        county_code="610528",
        actor=SYSTEM,
        now=NOW,
    )


@pytest.fixture
def branch(base):
    return actions.open_branch(
        base_id=base.pk,
        code="fuping-post",
        name_zh="富平邮政局",
        name_en="Fuping post office",
        actor=SYSTEM,
        now=NOW,
    )


@pytest.fixture
def lanes(branch):
    return actions.build_lanes(branch_id=branch.pk, actor=SYSTEM, now=NOW)


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
