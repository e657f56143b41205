"""Raw statements of the hot paths, worded once and understood by SQLite and PostgreSQL.

``x AMONG %s`` takes a list; what locks rows on PostgreSQL is left out on SQLite, where a writing
transaction holds the only lock there is.
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connection

_LOCKS = (" FOR NO KEY UPDATE", " FOR UPDATE")


def fetch(statement: str, *values: Any) -> list[Any]:  # noqa: ANN401  (what a database holds)
    """Run a statement that reads (and may lock) and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(worded(statement, connection.vendor), [_given(value) for value in values])
        rows: list[Any] = cursor.fetchall()
        return rows


def run(statement: str, *values: Any) -> int:  # noqa: ANN401
    """Run a statement that writes and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(worded(statement, connection.vendor), [_given(value) for value in values])
        return int(cursor.rowcount)


def run_many(statement: str, values: Sequence[Sequence[Any]]) -> int:
    """Run one statement for many rows and return how many it touched in all."""
    if not values:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
        return int(cursor.rowcount)


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert plain tuples: prepared once on SQLite, by COPY on PostgreSQL."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            copying: Any = cursor
            with copying.copy(_copy(table, tuple(columns))) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.executemany(_insert(table, tuple(columns)), rows)


def next_ids(table: str, count: int) -> Sequence[int]:
    """Take ids for new rows, inside the caller's transaction.

    On SQLite the write lock must be held: IMMEDIATE transactions do.
    """
    if connection.vendor == "postgresql":
        statement = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return [pk for (pk,) in fetch(statement, table, count)]
    last = fetch("SELECT seq FROM sqlite_sequence WHERE name = %s", table)
    first = (last[0][0] if last else 0) + 1
    return range(first, first + count)


def instant(at: datetime | None) -> Any:  # noqa: ANN401  (text or an instant)
    """Return an instant as the database's driver stores it."""
    return _stored(at, connection.vendor)


@lru_cache(maxsize=4096)
def _stored(at: datetime | None, _vendor: str) -> Any:  # noqa: ANN401
    """Remember the last ones: the rows of a batch mostly bear the same few."""
    return connection.ops.adapt_datetimefield_value(at)


def day(day: date) -> Any:  # noqa: ANN401  (text or a day)
    """Return a day as the database's driver stores it."""
    return connection.ops.adapt_datefield_value(day)


def aware(at: datetime) -> datetime:
    """Return an instant as it was meant: SQLite gives it back without its zone."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@cache
def worded(statement: str, vendor: str) -> str:
    """Return a statement in a database's own words."""
    if vendor == "postgresql":
        return statement.replace("AMONG %s", "= ANY(%s)")
    for lock in _LOCKS:
        statement = statement.replace(lock, "")
    return statement.replace("AMONG %s", "IN (SELECT value FROM json_each(%s))")


@cache
def _copy(table: str, columns: tuple[str, ...]) -> str:
    return f"COPY {table} ({_names(columns)}) FROM STDIN"


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks})"  # noqa: S608


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(connection.ops.quote_name(column) for column in columns)


def _given(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, date):  # an instant is one, too
        return instant(value) if isinstance(value, datetime) else value
    if not isinstance(value, Collection) or isinstance(value, str | bytes):
        return value
    plain = list(value)
    return plain if connection.vendor == "postgresql" else json.dumps(plain)
