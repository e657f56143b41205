"""Reading what has changed into the facts, and adding the months it fell into up again.

A hot table is read by number: what came since the last reading, a stretch before it (a commit may
come after one with a higher number), what new scans speak of, and what was open still.  Months in
which nothing differs are left alone.  Whatever breaks a reading off, the next one begins where the
last whole one ended.
"""

import csv
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from postharvest.decisions.measures import sources
from postharvest.decisions.measures.facts import HOT, KEYS, SCHEMAS
from postharvest.decisions.measures.merging import add_up, merge
from postharvest.decisions.measures.store import State, Store, columns_sql, quoted

OVERLAP = 50_000
"""Numbers before the last one that are read again: nothing commits so late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reading found: rows looked at, months that changed, cubes made anew."""

    rows: Mapping[str, int]
    months: Mapping[str, Collection[str]]
    cubes: int


def read_facts(store: Store, *, now: datetime) -> Reading:
    """Bring the facts and the cubes up to what the database says now."""
    marks, database = sources.marks(), sources.database_name()
    if not _goes_on(store.state(), database=database, marks=marks):
        store.forget()
    before = store.state()
    rows: dict[str, int] = {}
    for name, lines in sources.small():
        rows[name] = _load(store, name, lines)
        store.write(f"SELECT * FROM incoming_{name}", store.file_of(name))
        store.connection.execute(f"DROP TABLE incoming_{name}")
    months: dict[str, set[str]] = {}
    for name in HOT:
        ids = sources.new_ids(name, after=_less_overlap(before.marks)) | _open_ids(store, name)
        rows[name] = _load(store, name, sources.READ[name](ids))
        months[name] = merge(store, name)
    store.see()
    counties = _digest(store)
    cubes = add_up(store, months=months, anew={"parcels"} if counties != before.counties else ())
    store.keep(State(marks=marks, counties=counties, database=database, read_at=now.isoformat()))
    return Reading(rows=rows, months=months, cubes=cubes)


def _goes_on(before: State, *, database: str, marks: Mapping[str, int]) -> bool:
    """Whether the facts are this database's: it may have been restored, or begun anew."""
    shrunk = any(marks[name] < mark for name, mark in before.marks.items())
    return not shrunk and before.database in ("", database)


def _load(store: Store, name: str, lines: Iterable[sources.Values]) -> int:
    """Lay rows into a table of incoming ones, by way of a file."""
    file = store.folder / f"incoming-{name}.csv"
    count = 0
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        for line in lines:
            writer.writerow(line)
            count += 1
    sql = store.connection
    sql.execute(f"CREATE OR REPLACE TEMP TABLE incoming_{name} ({columns_sql(SCHEMAS[name])})")
    if count:
        sql.execute(f"COPY incoming_{name} FROM {quoted(file)} (FORMAT csv, HEADER false)")
    file.unlink()
    return count


def _less_overlap(marks: Mapping[str, int]) -> dict[str, int]:
    return {name: max(0, mark - OVERLAP) for name, mark in marks.items()}


def _open_ids(store: Store, name: str) -> set[int]:
    rows = store.connection.execute(
        f"SELECT {KEYS[name]} FROM {name} WHERE {sources.STILL_OPEN[name]}"
    ).fetchall()
    return {number for (number,) in rows}


def _digest(store: Store) -> str:
    """Name what all months of parcels rest on: when the first base of each county opened."""
    rows = store.connection.execute(
        "SELECT code, base_opened_on FROM counties WHERE base_opened_on IS NOT NULL ORDER BY code"
    ).fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()
