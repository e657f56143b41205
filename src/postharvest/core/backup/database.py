"""Copying a database while it is in use, and putting a copy in its place."""

import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path

from django.apps import apps
from django.db import connection, connections

from postharvest.core.errors import InvalidInput

SQLITE, POSTGRESQL = "database.sqlite3", "database.pgdump"


def member_name() -> str:
    """Return under which name this database lies in an archive."""
    return SQLITE if connection.vendor == "sqlite" else POSTGRESQL


def copy_to(target: Path) -> None:
    """Write a consistent copy of the database; buyers and packers go on meanwhile.

    Raises
    ------
    InvalidInput
        The copy does not hold what it should, or pg_dump is not there or fails.
    """
    if connection.vendor == "sqlite":
        _copy_sqlite(str(connection.settings_dict["NAME"]), target)
    else:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={target}", _pg_name())


def put_in_place(source: Path, *, now: datetime) -> Path | None:
    """Let a copy take the database's place; returns where the old one went (SQLite).

    Raises
    ------
    InvalidInput
        The copy is damaged, or pg_restore is not there or fails.
    """
    connections.close_all()
    if connection.vendor != "sqlite":
        words = ("--clean", "--if-exists", "--no-owner", "--exit-on-error", "--single-transaction")
        _run("pg_restore", *words, f"--dbname={_pg_name()}", str(source))
        return None
    check_sqlite(source)
    name = Path(str(connection.settings_dict["NAME"]))
    name.parent.mkdir(parents=True, exist_ok=True)
    kept = None
    if name.exists():
        kept = name.with_name(f"{name.name}.before-{now:%Y%m%dT%H%M%S}")
        _copy_sqlite(str(name), kept)  # a copy of its own: it takes the WAL along
    fresh = name.with_name(f".{name.name}.restoring")
    _copy_sqlite(str(source), fresh)
    for suffix in ("-wal", "-shm"):
        Path(f"{name}{suffix}").unlink(missing_ok=True)
    os.replace(fresh, name)
    return kept


def check_sqlite(path: Path) -> None:
    """Ask SQLite itself whether a file is whole.

    Raises
    ------
    InvalidInput
        It is not.
    """
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as copy:
            [said] = copy.execute("PRAGMA integrity_check").fetchone()
            broken = copy.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise InvalidInput("database", f"the copy can't be read: {error}") from None
    if said != "ok" or broken:
        raise InvalidInput("database", f"the copy is damaged: {said if said != 'ok' else broken}")


def check_copy(path: Path) -> None:
    """Read a copy through.

    Raises
    ------
    InvalidInput
        It is damaged.
    """
    if path.name == SQLITE:
        check_sqlite(path)
    else:
        _run("pg_restore", "--file=/dev/null", str(path))


def row_counts() -> dict[str, int]:
    """Count the rows of every table."""
    models = sorted(apps.get_models(), key=lambda model: model._meta.db_table)
    return {m._meta.db_table: m._default_manager.count() for m in models}


def _copy_sqlite(source: str, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        # All pages in one step: in smaller ones a busy writer would make it begin again and again.
        old.backup(new)
    check_sqlite(target)


def _pg_name() -> str:
    given = connection.settings_dict
    host, port = given["HOST"] or "localhost", given["PORT"] or "5432"
    return f"postgresql://{given['USER']}@{host}:{port}/{given['NAME']}"


def _run(*words: str) -> None:
    given = connection.settings_dict
    try:
        done = subprocess.run(  # noqa: S603  (no shell; words of ours)
            words,
            env={**os.environ, "PGPASSWORD": str(given["PASSWORD"] or "")},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise InvalidInput(
            words[0], "is not installed: apt-get install postgresql-client"
        ) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["failed"])[-1]
        raise InvalidInput(words[0], last)
