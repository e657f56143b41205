"""Facts written by hand into a store, by the way that a reading takes."""

from datetime import date

from postharvest.decisions.measures.facts import HOT, SCHEMAS
from postharvest.decisions.measures.reading import _load, add_up, merge
from postharvest.decisions.measures.store import Store

DAY = date(2026, 11, 2)
BLANK = {"int64": 0, "float64": 0.0, "string": "x", "date": DAY, "boolean": True}


def line(name, **given):
    return tuple(given.get(column, BLANK[kind]) for column, kind in SCHEMAS[name].items())


def write(store: Store, **tables):
    months = {}
    for name, rows in tables.items():
        _load(store, name, [line(name, **row) for row in rows])
        if name in HOT:
            months[name] = merge(store, name)
        else:
            store.write(f"SELECT * FROM incoming_{name}", store.file_of(name))
    store.see()
    add_up(store, months=months)
    return months
