"""Which reference tables an engine command reads: the operator's own where there are some.

Without a database the command never loads Django.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from postharvest.core.tables.shipped import shipped_rows
from postharvest.decisions.planning.base_tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesInForce:
    """How to read a table, and the names of those that the operator replaced."""

    rows: Tables
    own: tuple[str, ...]


SHIPPED = TablesInForce(rows=shipped_rows, own=())


def tables_in_force() -> TablesInForce:
    """Return the operator's tables over the shipped ones; the shipped ones without a database."""
    if not _may_have_database():
        return SHIPPED
    from postharvest.interfaces.cli import database

    database.load_django()
    if not database.is_ready():
        print(
            "postharvest: the database is not up to date, so the shipped tables are read; "
            "`postharvest doctor` says more",
            file=sys.stderr,
        )
        return SHIPPED
    from postharvest.operations.network import queries

    own = tuple(table.name for table in queries.tables() if table.is_operator)
    return TablesInForce(rows=queries.table_rows, own=own)


def _may_have_database() -> bool:
    """Look as the settings would, without reading them: they load Django."""
    if os.environ.get("POSTHARVEST_DATABASE_URL"):
        return True
    home = Path(os.environ.get("POSTHARVEST_HOME", "var"))
    demo = os.environ.get("POSTHARVEST_DEMO", "") == "1"
    return (home / ("demo.sqlite3" if demo else "postharvest.sqlite3")).is_file()
