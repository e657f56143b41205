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
from datetime import date, datetime

from postharvest.decisions.measures import sources
from postharvest.decisions.measures.catalogue import MEASURES, Measure
from postharvest.decisions.measures.facts import COUNTED_SMALL, HOT, KEYS, SCHEMAS
from postharvest.decisions.measures.store import State, Store, columns_sql, quoted, sql_of
from postharvest.decisions.measures.summary import cube

OVERLAP = 50_000
"""Numbers before the last one that are read again: nothing commits so late."""
_MONTH = "strftime(day, '%Y-%m')"


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


def merge(store: Store, name: str) -> set[str]:
    """Put incoming rows of a hot table into their months; return the months that changed."""
    sql, key = store.connection, KEYS[name]
    columns = ", ".join(SCHEMAS[name])
    touched = [m for (m,) in sql.execute(
        f"SELECT DISTINCT {_MONTH} FROM incoming_{name} ORDER BY 1"
    ).fetchall()]  # fmt: skip
    changed = set()
    for month in touched:
        coming = f"SELECT {columns} FROM incoming_{name} WHERE {_MONTH} = {quoted(month)}"
        file = store.file_of(name, month)
        if file.is_file():
            there = f"SELECT {columns} FROM read_parquet({quoted(file)}, hive_partitioning=false)"
            if not sql.execute(f"{coming} EXCEPT {there} LIMIT 1").fetchone():
                continue
            kept = f"({there} WHERE {key} NOT IN (SELECT {key} FROM incoming_{name}))"
            coming = f"{kept} UNION ALL ({coming})"
        store.write(f"SELECT * FROM ({coming}) ORDER BY base_id, day, {key}", file)
        changed.add(month)
    sql.execute(f"DROP TABLE incoming_{name}")
    return changed


def add_up(
    store: Store, *, months: Mapping[str, Collection[str]], anew: Collection[str] = ()
) -> int:
    """Make the cubes of changed months again, and all of what counts a table that is ``anew``.

    Small tables are added up in the cube of their own month, so all their months are made too:
    they are a few rows of each sale.
    """
    made = 0
    for measure in MEASURES:
        if not measure.hot:
            continue
        every = {month for name in measure.hot for month in store.months_of(name)}
        if set(measure.hot) & set(anew):
            todo = every
        else:
            todo = {month for name in measure.hot for month in months.get(name, ())}
        for month in sorted(todo):
            _add_up_month(store, measure, month)
            made += 1
        _add_up_small(store, measure)
    store.see()
    return made


def _add_up_month(store: Store, measure: Measure, month: str) -> None:
    """Add one month of the hot tables up, the small ones left out but for what they explain."""
    store.see(months=[month], without=COUNTED_SMALL)
    query = sql_of(cube(measure, on=date.min))
    store.write(query, store.cube_file(measure.name, month))


def _add_up_small(store: Store, measure: Measure) -> None:
    """Add the small tables up by themselves."""
    store.see(months=[])
    query = sql_of(cube(measure, on=date.min))
    store.write(query, store.cube_file(measure.name, "small"))


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
