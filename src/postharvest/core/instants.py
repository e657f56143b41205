"""Arithmetic with instants by the database's own functions.

Django's truncating and subtracting call back into Python for every row on SQLite; over a sale's
hundred thousand rows that is a second.
"""

from datetime import UTC, datetime
from typing import Any

from django.db.models import CharField, FloatField, Func


class DaysBetween(Func):
    """Days from the second instant to the first."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # noqa: ANN401
        """Subtract Julian days."""
        return super().as_sql(
            compiler,
            connection,
            template="(julianday(%(expressions)s))",
            arg_joiner=") - julianday(",
            **context,
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # noqa: ANN401
        """Divide the seconds of the interval."""
        return super().as_sql(
            compiler,
            connection,
            template="(EXTRACT(EPOCH FROM (%(expressions)s)) / 86400.0)",
            arg_joiner=" - ",
            **context,
        )


class HourOfUtc(Func):
    """The hour of an instant as text, such as 2026-10-20 09; read it with `hour_from`."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # noqa: ANN401
        """Cut the stored text."""
        template = "substr(%(expressions)s, 1, 13)"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # noqa: ANN401
        """Write the instant as text."""
        template = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
        return super().as_sql(compiler, connection, template=template, **context)


def hour_from(text: str) -> datetime:
    """Return the instant at which an hour begins."""
    return datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC)
