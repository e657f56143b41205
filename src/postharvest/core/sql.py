"""Raw statements of the hot paths, worded once and understood by SQLite and PostgreSQL.

``x AMONG %s`` takes a list.
"""

import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import Any

import msgspec
import psycopg
from django.db import DatabaseError, connection
from psycopg.types.json import Json, Jsonb


def fetch(statement: str, *values: Any) -> list[Any]:  # noqa: ANN401  (what a database holds)
    """Run a statement that reads (and may lock) and return its rows."""
    return fetch_each((statement, values))[0]


def fetch_each(*questions: tuple[str, Sequence[Any]]) -> list[list[Any]]:
    """Run several statements in this order and return the rows of each: one trip in a pipeline."""
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ in questions]
        out: list[list[Any]] = []
        for cursor, (statement, values) in zip(cursors, questions, strict=True):
            cursor.execute(worded(statement, connection.vendor), [_given(v) for v in values])
            if connection.vendor == "sqlite":
                out.append(cursor.fetchall())
        return out or [cursor.fetchall() for cursor in cursors]


def has_functions() -> bool:
    """Whether the database keeps functions of ours, which do several statements in one trip."""
    return connection.vendor == "postgresql"


@contextmanager
def pipeline(*, meanings: Mapping[str, type[Exception]] | None = None) -> Iterator[None]:
    """Send what needs no answer without waiting for one (PostgreSQL); a transaction is around it.

    ``meanings`` says what the SQLSTATEs mean that our own functions raise.

    Raises
    ------
    Exception
        What `run_exactly` was told to raise, when a statement touched fewer rows than it must; or
        what a function's SQLSTATE means.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    _held.promises = []
    try:
        with connection.connection.pipeline():
            yield
        for cursor, rows, refusal in _held.promises:
            _check(cursor.rowcount, rows, refusal)
    except (psycopg.Error, DatabaseError) as error:
        state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
        if meaning := (meanings or {}).get(str(state)):
            raise meaning(str(error)) from error
        raise
    finally:
        _held.promises = None


def send(statement: str, *values: Any) -> None:  # noqa: ANN401  (what a database holds)
    """Run a statement of which nothing is asked; in a pipeline it is not waited for."""
    connection.cursor().execute(statement, values)


def run_many(statement: str, values: Sequence[Sequence[Any]]) -> None:
    """Run one statement for many rows."""
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)


def update(
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    keys: Sequence[str] = ("id",),
) -> None:
    """Write columns of rows, whose keys come last; one statement for all on PostgreSQL."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        names = (*columns, *keys)
        document = [dict(zip(names, map(_in_document, row), strict=True)) for row in rows]
        send(_update_document(table, tuple(columns), tuple(keys)), encoded(document))
    else:
        sets = ", ".join(f"{connection.ops.quote_name(column)} = %s" for column in columns)
        which = " AND ".join(f"{key} = %s" for key in keys)
        run_many(f"UPDATE {table} SET {sets} WHERE {which}", rows)  # noqa: S608


def run_exactly(statement: str, values: Sequence[Sequence[Any]], refusal: Exception) -> None:
    """Run one statement for many rows; if one of them is not touched, raise.

    In a pipeline the exception comes at its end, before anything is committed.
    """
    for row in values:
        cursor = connection.cursor()
        cursor.execute(statement, row)
        if _held.promises is None:
            _check(cursor.rowcount, 1, refusal)
        else:
            _held.promises.append((cursor, 1, refusal))


def insert(
    table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, once: bool = False
) -> None:
    """Insert plain tuples: prepared once on SQLite, as one document on PostgreSQL.

    With ``once`` a row whose key is there already is left as it is.
    """
    if not rows:
        return
    ending = " ON CONFLICT DO NOTHING" if once else ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            document = [dict(zip(columns, map(_in_document, row), strict=True)) for row in rows]
            statement = _insert_document(table, tuple(columns)) + ending
            cursor.execute(statement, [_encode(document).decode()])
        else:
            cursor.executemany(_insert(table, tuple(columns)) + ending, rows)


def _in_document(value: Any) -> Any:  # noqa: ANN401  (what a column holds)
    """Write bytes as PostgreSQL reads them from text; the encoder would write base64."""
    return "\\x" + value.hex() if isinstance(value, bytes) else value


def next_ids(table: str, count: int) -> Sequence[int]:
    """Take ids for new rows, inside the caller's transaction.

    On SQLite the write lock must be held: IMMEDIATE transactions do.
    """
    return next_ids_of({table: count})[table]


def next_ids_of(counts: Mapping[str, int]) -> dict[str, Sequence[int]]:
    """Take ids for new rows of several tables: one trip in a pipeline."""
    if connection.vendor == "postgresql":
        taken = fetch_each(*((_NEXT, (table, count)) for table, count in counts.items()))
        return {table: [pk for (pk,) in ids] for table, ids in zip(counts, taken, strict=True)}
    last = dict(fetch("SELECT name, seq FROM sqlite_sequence WHERE name AMONG %s", list(counts)))
    return {
        table: range(last.get(table, 0) + 1, last.get(table, 0) + 1 + count)
        for table, count in counts.items()
    }


def encoded(document: Any) -> str:  # noqa: ANN401  (what JSON holds)
    """Return a document for a function of the database: bytes as it reads them."""
    return _encode(document).decode()


def instant(at: datetime | None) -> Any:  # noqa: ANN401  (text or an instant)
    """Return an instant as the database's driver stores it."""
    return stored(at, connection.vendor)


@lru_cache(maxsize=4096)
def stored(at: datetime | None, _vendor: str) -> Any:  # noqa: ANN401
    """Do what `instant` does for a batch that has asked for the vendor once.

    The last ones are remembered: the rows of a batch mostly bear the same few.
    """
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
    return statement.replace("AMONG %s", "IN (SELECT value FROM json_each(%s))")


_NEXT = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"


class _Held(threading.local):
    """What a pipeline of this thread has promised to check."""

    promises: list[tuple[Any, int, Exception]] | None = None


_held = _Held()


def _check(touched: int, rows: int, refusal: Exception) -> None:
    if touched != rows:
        raise refusal


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a value as JSON can hold it for a column."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, Jsonb | Json):
        return value.obj
    raise TypeError(f"no column holds a {type(value).__name__}")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


@cache
def _insert_document(table: str, columns: tuple[str, ...]) -> str:
    names = _names(columns)
    source = f"json_populate_recordset(NULL::{table}, %s::json)"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {source}"  # noqa: S608


@cache
def _update_document(table: str, columns: tuple[str, ...], keys: tuple[str, ...]) -> str:
    sets = ", ".join(f"{name} = v.{name}" for name in map(connection.ops.quote_name, columns))
    source = f"json_populate_recordset(NULL::{table}, %s::json)"
    which = " AND ".join(f"t.{key} = v.{key}" for key in keys)
    return f"UPDATE {table} t SET {sets} FROM {source} v WHERE {which}"  # noqa: S608


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
