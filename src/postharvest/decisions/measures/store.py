"""The folder of facts and cubes, and DuckDB asked about it.

Ibis writes the SQL and DuckDB's own client runs it: that takes neither pandas nor pyarrow, 250 MB
that a branch can do without.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from ibis.backends.sql.compilers.duckdb import compiler
from ibis.expr.types import Table

from postharvest.decisions.measures.expressions.rows import COLUMNS
from postharvest.decisions.measures.facts import HOT, SCHEMAS

SQL_TYPES = {
    "string": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE", "date": "DATE",
    "boolean": "BOOLEAN",
}  # fmt: skip
CUBE_COLUMNS = {**COLUMNS, "items": "int64"}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far the facts have been read, and what the cubes rest on."""

    marks: Mapping[str, int] = field(default_factory=dict)
    counties: str = ""
    database: str = ""
    read_at: str = ""


class Store:
    """Facts and cubes as Parquet files in one folder, and a connection to ask them."""

    def __init__(self, folder: Path, *, threads: int = 2, memory: str = "2GB") -> None:
        self.folder = folder
        self.connection = duckdb.connect(config={"threads": threads, "memory_limit": memory})
        self.connection.execute("SET preserve_insertion_order = false")
        self.connection.execute(f"SET temp_directory = {quoted(folder / 'spill')}")
        self.see()

    def see(self, *, months: Sequence[str] | None = None, without: Sequence[str] = ()) -> None:
        """Lay a view over each table: hot ones with these months, those ``without`` empty."""
        for name, schema in SCHEMAS.items():
            files = [] if name in without else self._files(name, months)
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_over(files, schema)}")

    def ask(self, expression: Table) -> list[Row]:
        """Return the rows of an expression."""
        cursor = self.connection.execute(sql_of(expression))
        names = [one[0] for one in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def write(self, query: str, file: Path, *, form: str = "parquet, COMPRESSION zstd") -> None:
        """Write what a query returns to a file, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(f".{os.getpid()}.new")
        self.connection.execute(f"COPY ({query}) TO {quoted(new)} (FORMAT {form})")
        new.replace(file)

    def file_of(self, name: str, month: str = "") -> Path:
        """Return where a table lies, or one month of a hot one."""
        facts = self.folder / "facts"
        return (
            facts / name / f"month={month}" / "rows.parquet" if month else facts / f"{name}.parquet"
        )

    def months_of(self, name: str) -> list[str]:
        """Return the months in which a hot table has rows."""
        found = (self.folder / "facts" / name).glob("month=*/rows.parquet")
        return sorted(file.parent.name.removeprefix("month=") for file in found)

    def cube_file(self, name: str, month: str) -> Path:
        """Return where a month of a measure lies, added up."""
        return self.folder / "cubes" / name / f"month={month}.parquet"

    def cube_view(self, name: str) -> str:
        """Lay a view over all months of a measure and return its name."""
        files = sorted((self.folder / "cubes" / name).glob("month=*.parquet"))
        view = f"cube_{name}"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW {view} AS {_over(files, CUBE_COLUMNS)}"
        )
        return view

    def state(self) -> State:
        """Return how far the facts have been read."""
        file = self.folder / "state.json"
        return State(**json.loads(file.read_text())) if file.is_file() else State()

    def keep(self, state: State) -> None:
        """Note how far the facts have been read: the last thing that a reading does."""
        new = self.folder / f"state.{os.getpid()}.new"
        new.write_text(json.dumps(asdict(state)))
        new.replace(self.folder / "state.json")

    def forget(self) -> None:
        """Begin from nothing: the facts are another database's, or somebody doubts them."""
        (self.folder / "state.json").unlink(missing_ok=True)
        for name in ("facts", "cubes"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.see()

    def _files(self, name: str, months: Sequence[str] | None) -> list[Path]:
        if name not in HOT:
            file = self.file_of(name)
            return [file] if file.is_file() else []
        kept = [m for m in self.months_of(name) if months is None or m in months]
        return [self.file_of(name, month) for month in kept]


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Open a store and close it whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder)
    try:
        yield store
    finally:
        store.connection.close()


def sql_of(expression: Table) -> str:
    """Return an expression in DuckDB's words."""
    return str(compiler.to_sqlglot(expression).sql("duckdb"))


def quoted(value: object) -> str:
    """Return a text as SQL writes it."""
    text = str(value).replace("'", "''")
    return f"'{text}'"


def columns_sql(schema: Mapping[str, str]) -> str:
    """Return names and types as a table is declared with."""
    return ", ".join(f"{name} {SQL_TYPES[kind]}" for name, kind in schema.items())


def _over(files: Sequence[Path], schema: Mapping[str, str]) -> str:
    if files:
        listed = ", ".join(quoted(file) for file in files)
        return f"SELECT {', '.join(schema)} FROM read_parquet([{listed}], hive_partitioning=false)"
    nothing = ", ".join(f"CAST(NULL AS {SQL_TYPES[k]}) AS {name}" for name, k in schema.items())
    return f"SELECT {nothing} WHERE false"
