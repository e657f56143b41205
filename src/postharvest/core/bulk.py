"""Many small INSERTs and UPDATEs as one prepared statement.

Django's `bulk_update` builds one CASE per field: at wide rows that costs 10 ms a row, far more
than the database needs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection, models

from postharvest.core import sql


def update_rows(
    model: type[models.Model], rows: Iterable[models.Model], fields: Sequence[str]
) -> None:
    """Write fields of rows by primary key, inside the caller's transaction."""
    columns: list[Any] = [model._meta.get_field(name) for name in fields]
    getters = [_getter(column, connection.vendor) for column in columns]
    values = [[*(get(row) for get in getters), row.pk] for row in rows]
    sql.update(model._meta.db_table, [column.column for column in columns], values)


def insert_rows(
    model: type[models.Model], rows: Iterable[models.Model], *, once: bool = False
) -> None:
    """Insert rows whose ids nobody asks for, inside the caller's transaction.

    With ``once`` a row whose key is there already is left as it is.
    """
    columns: list[Any] = [c for c in model._meta.concrete_fields if not c.primary_key]
    getters = [_getter(column, connection.vendor) for column in columns]
    values = [[get(row) for get in getters] for row in rows]
    sql.insert(model._meta.db_table, [c.column for c in columns], values, once=once)


def insert_new(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert new rows and give each its id beforehand, inside the caller's transaction.

    It is `bulk_create` for the hot path, without what Django does for every value again.  The
    caller sets every field; on SQLite the write lock must be held (IMMEDIATE transactions do).
    """
    if not rows:
        return
    for row, pk in zip(rows, sql.next_ids(model._meta.db_table, len(rows)), strict=True):
        row.pk = pk
    insert_keyed(model, rows)


def insert_keyed(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert new rows that bear their keys already, inside the caller's transaction."""
    names, getters = _plain_columns(model, connection.vendor)
    sql.insert(model._meta.db_table, names, [[get(row) for get in getters] for row in rows])
    for row in rows:
        row._state.adding = False  # noqa: SLF001  (as bulk_create does)


@cache
def _plain_columns(
    model: type[models.Model], vendor: str
) -> tuple[list[str], list[Callable[[Any], Any]]]:
    columns: list[Any] = list(model._meta.concrete_fields)
    return [c.column for c in columns], [_getter(c, vendor) for c in columns]


_AS_IT_IS: tuple[type, ...] = (
    models.IntegerField,
    models.FloatField,
    models.BooleanField,
    models.ForeignKey,
)


def _getter(column: Any, vendor: str) -> Callable[[Any], Any]:  # noqa: ANN401  (any field)
    """Return what reads a column's value as the database driver wants it."""
    read = attrgetter(column.attname)
    if isinstance(column, models.DateTimeField):
        return lambda row: sql.stored(read(row), vendor)
    if isinstance(column, models.DateField):
        return lambda row: connection.ops.adapt_datefield_value(read(row))
    if isinstance(column, models.CharField | models.TextField):  # choices are enums: drivers differ
        return lambda row: None if (value := read(row)) is None else str(value)
    if isinstance(column, _AS_IT_IS):
        return read
    return lambda row: column.get_db_prep_save(read(row), connection)


def add_to(model: type[models.Model], field: str, amounts: Mapping[int, int]) -> None:
    """Add an amount to one counter of each row, inside the caller's transaction."""
    column: Any = model._meta.get_field(field)
    name = _quoted(column.column)
    statement = f"UPDATE {_quoted(model._meta.db_table)} SET {name} = {name} + %s WHERE id = %s"  # noqa: S608
    sql.run_many(statement, [[amount, pk] for pk, amount in sorted(amounts.items())])


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
