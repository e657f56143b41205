"""Rows that came in, put into their months; and the months that changed, added up again.

Needs no Django: the facts may have come from anywhere.
"""

from collections.abc import Collection, Mapping
from datetime import date

from postharvest.decisions.measures.catalogue import MEASURES, Measure
from postharvest.decisions.measures.facts import COUNTED_SMALL, KEYS, SCHEMAS
from postharvest.decisions.measures.store import Store, quoted, sql_of
from postharvest.decisions.measures.summary import cube

_MONTH = "strftime(day, '%Y-%m')"


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
