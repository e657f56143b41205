"""Reference tables: loaded as they ship, replaced by the operator's own, put back."""

import gzip
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.tables import catalogue, outlines, shipped
from postharvest.core.tables.catalogue import Row, Shape, Value
from postharvest.core.tables.checking import Checked, Fault, check
from postharvest.core.tables.reading import read_lines
from postharvest.core.tables.writing import csv_text
from postharvest.operations.network import queries
from postharvest.operations.network.actions import places
from postharvest.operations.network.events import TableReplaced
from postharvest.operations.network.models import Table, TableText

Progress = Callable[[str, int, int], None]
"""Told the title of the table in hand, how many are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import did, or would do: rows of the new table, and how they differ from the old."""

    table: str
    rows: int
    added: int
    changed: int
    removed: int
    faults: tuple[Fault, ...]
    is_committed: bool


def _silent(title: str, done: int, total: int) -> None:
    """Tell nobody."""


@transaction.atomic
def load_shipped_tables(
    *, now: datetime, actor: Actor = SYSTEM, progress: Progress = _silent
) -> list[str]:
    """Load every shipped table that is new or has changed; leave the operator's own alone.

    Returns the names of the tables that were loaded: none on the second run.
    """
    shapes = catalogue.shapes()
    loaded = {table.name: table for table in Table.objects.all()}
    stale = [shape for shape in shapes.values() if _is_stale(shape, loaded.get(shape.name))]
    for done, shape in enumerate(stale):
        progress(shape.title_en, done, len(stale))
        _record_shipped(shape, now=now, actor=actor)
        if not (shape.name == "villages_guangxi_shaanxi" and "villages_pilot" in _names(stale)):
            places.rebuild(shape.name)  # the second table of villages builds both
    if stale:
        audit.write(
            actor, "network.load_shipped_tables", "tables", now=now, after={"names": _names(stale)}
        )
    return _names(stale)


def import_table(*, path: Path, **given: Any) -> Import:  # noqa: ANN401  (as `take_table` says)
    """Replace a table by the file at a path; see `take_table`."""
    return take_table(raw=path.read_bytes(), file_name=path.name, **given)


def take_table(
    *,
    name: str,
    raw: bytes,
    file_name: str,
    dry_run: bool,
    actor: Actor,
    now: datetime,
    merge: bool = False,
    source: str = "",
    licence: str = "",
) -> Import:
    """Replace a table by the operator's file, or only say what that would do.

    With ``merge`` the file's rows take the place of those with the same key and the rest stays.
    A dry run does everything and then takes it back, so what it reports is what would happen; if
    there are faults, nothing is written either way.

    Raises
    ------
    InvalidInput
        There is no such table, the file can't be read, or a row in use would go.
    NotAllowed
        The actor does not plan for the whole country.
    """
    actor.require(Role.PLANNER)
    if actor.scope:
        raise NotAllowed("a national table is replaced by an actor of the whole country")
    shape = catalogue.shape(name)
    if shape.is_map:
        text, outcome = _outlines(shape, raw, merge=merge)
    else:
        checked = _checked(shape, raw, merge=merge)
        text, outcome = csv_text(shape, checked.rows), _difference(shape, checked)
    if outcome.faults:
        return outcome
    with transaction.atomic():
        _store(
            shape,
            text,
            rows=outcome.rows,
            actor=actor,
            now=now,
            source=source or f"the operator's file {file_name}",
            licence=licence or "the operator's own",
        )
        _tell(shape, outcome, actor=actor, now=now)
        transaction.set_rollback(dry_run)
    return replace(outcome, is_committed=not dry_run)


@transaction.atomic
def restore_table(*, name: str, actor: Actor, now: datetime) -> None:
    """Put a table back to what ships.

    Raises
    ------
    InvalidInput
        There is no such table, or a row in use would go.
    """
    actor.require(Role.PLANNER)
    shape = catalogue.shape(name)
    TableText.objects.filter(table_id=name).delete()
    _record_shipped(shape, now=now, actor=actor)
    places.rebuild(name)
    audit.write(actor, "network.restore_table", f"table {name}", now=now)
    outbox.record(TableReplaced(table=name, content_hash=shipped.shipped_hash(name)), now=now)


def _names(shapes: Iterable[Shape]) -> list[str]:
    return [shape.name for shape in shapes]


def _is_stale(shape: Shape, loaded: Table | None) -> bool:
    if loaded is None:
        return True
    return not loaded.is_operator and loaded.content_hash != shipped.shipped_hash(shape.name)


def _record_shipped(shape: Shape, *, now: datetime, actor: Actor) -> None:
    Table.objects.update_or_create(
        name=shape.name,
        defaults={
            "title_en": shape.title_en,
            "title_zh": shape.title_zh,
            "source": shape.source,
            "licence": shape.licence,
            "status": shape.status,
            "rows": shipped.shipped_row_count(shape.name),
            "content_hash": shipped.shipped_hash(shape.name),
            "loaded_at": now,
            "loaded_by": actor.party,
            "is_operator": False,
        },
    )


def _outlines(shape: Shape, raw: bytes, *, merge: bool) -> tuple[str, Import]:
    """Check a map of outlines; return its text and how its features differ from those in force."""
    if merge:
        raise InvalidInput("merge", f"{shape.name} is a map; import the whole of it")
    faults = tuple(outlines.faults_of(raw))
    old = outlines.features_by_id(queries.table_text(shape.name).encode())
    new = {} if faults else outlines.features_by_id(raw)
    outcome = Import(
        table=shape.name,
        rows=len(new),
        added=0 if faults else len(new.keys() - old.keys()),
        changed=sum(old[code] != new[code] for code in old.keys() & new.keys()),
        removed=0 if faults else len(old.keys() - new.keys()),
        faults=faults,
        is_committed=False,
    )
    return ("" if faults else raw.decode("utf-8-sig")), outcome


def _checked(shape: Shape, raw: bytes, *, merge: bool) -> Checked:
    checked = check(shape, read_lines(raw), known=queries.table_keys)
    if checked.faults:
        return checked
    rows = _merged(shape, checked.rows) if merge else checked.rows
    return Checked(rows=rows, faults=_orphans(shape, rows))


def _merged(shape: Shape, rows: list[Row]) -> list[Row]:
    if not shape.key:
        raise InvalidInput("merge", f"rows of {shape.name} have no key; import the whole table")
    merged = {_key(shape, row): row for row in queries.read_table(shape.name)}
    merged |= {_key(shape, row): row for row in rows}
    return list(merged.values())


def _key(shape: Shape, row: Row) -> tuple[Value, ...]:
    return tuple(row[name] for name in shape.key)


def _orphans(shape: Shape, rows: list[Row]) -> list[Fault]:
    """Name the keys that other tables in force still refer to and the new rows no longer hold."""
    if len(shape.key) != 1:
        return []
    kept = {row[shape.key[0]] for row in rows}
    faults = []
    for other in catalogue.shapes().values():
        for column in other.columns:
            if column.refers != shape.name or other.name == shape.name:
                continue
            named = {row.get(column.name) for row in queries.read_table(other.name)} - {None}
            faults += [
                Fault(
                    line=0,
                    column=shape.key[0],
                    value=str(missing),
                    rule=f"is missing, but {other.name}.{column.name} names it",
                    hint=f"keep the row, or import {other.name} first",
                )
                for missing in sorted(map(str, named - kept))
            ]
    return faults


def _difference(shape: Shape, checked: Checked) -> Import:
    faults = tuple(checked.faults)
    before = [] if faults else queries.read_table(shape.name)
    old = _by_key(shape, before)
    new = _by_key(shape, [] if faults else checked.rows)
    both = old.keys() & new.keys()
    return Import(
        table=shape.name,
        rows=len(checked.rows),
        added=len(new.keys() - old.keys()),
        changed=sum(1 for key in both if _differs(shape, old[key], new[key])),
        removed=len(old.keys() - new.keys()),
        faults=faults,
        is_committed=False,
    )


def _by_key(shape: Shape, rows: list[Row]) -> dict[tuple[Value, ...], Row]:
    """Index rows by their key; a table without one compares whole rows."""
    names = shape.key or tuple(shape.column_names)
    return {tuple(row.get(name) for name in names): row for row in rows}


def _differs(shape: Shape, old: Row, new: Row) -> bool:
    return any(old.get(name) != new.get(name) for name in shape.column_names)


def _store(
    shape: Shape, text: str, *, rows: int, actor: Actor, now: datetime, source: str, licence: str
) -> None:
    content = text.encode("utf-8")
    table, _ = Table.objects.update_or_create(
        name=shape.name,
        defaults={
            "title_en": shape.title_en,
            "title_zh": shape.title_zh,
            "source": source,
            "licence": licence,
            "status": "the operator's own",
            "rows": rows,
            "content_hash": hashlib.sha256(content).hexdigest(),
            "loaded_at": now,
            "loaded_by": actor.party,
            "is_operator": True,
        },
    )
    TableText.objects.update_or_create(
        table=table, defaults={"text_gz": gzip.compress(content, mtime=0)}
    )
    places.rebuild(shape.name)


def _tell(shape: Shape, outcome: Import, *, actor: Actor, now: datetime) -> None:
    table = Table.objects.get(name=shape.name)
    counts = {"added": outcome.added, "changed": outcome.changed, "removed": outcome.removed}
    audit.write(
        actor,
        "network.import_table",
        f"table {shape.name}",
        now=now,
        after={"source": table.source, "hash": table.content_hash, **counts},
    )
    outbox.record(TableReplaced(table=shape.name, content_hash=table.content_hash), now=now)
