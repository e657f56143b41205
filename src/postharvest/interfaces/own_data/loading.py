"""One file of the branch's own data: checked whole, then written whole, or only tried."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from postharvest.core.audit.actor import Actor
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.tables.catalogue import Row, Shape
from postharvest.core.tables.checking import Fault, check
from postharvest.core.tables.reading import Lines, read_lines
from postharvest.interfaces.own_data import writers
from postharvest.interfaces.own_data.shapes import SHAPES
from postharvest.interfaces.own_data.writers import Context
from postharvest.operations.network.actions.calendar import load_calendar

Write = Callable[[list[Row], Context], list[str]]

_WRITERS: dict[str, Write] = {
    "growers": writers.growers,
    "payees": writers.payees,
    "staff": writers.staff,
    "points": writers.points,
    "labour": writers.labour,
    "people": writers.people,
    "packs": writers.packs,
    "prices": writers.prices,
    "contracts": writers.contracts,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnImport:
    """What a file did, or would do; ``notes`` are to be read once, such as first passwords."""

    kind: str
    rows: int
    faults: tuple[Fault, ...]
    is_committed: bool
    notes: tuple[str, ...] = field(default=())


def shape_of(kind: str) -> Shape:
    """Return the columns of a kind of data.

    Raises
    ------
    InvalidInput
        There is no such kind.
    """
    if kind not in SHAPES:
        raise InvalidInput("kind", f"{kind!r} is none of {', '.join(SHAPES)}")
    return SHAPES[kind]


def load_own(
    *, kind: str, raw: bytes, base_id: int, dry_run: bool, actor: Actor, now: datetime
) -> OwnImport:
    """Load a file of the branch's own data, all of it or nothing.

    A dry run does everything and takes it back, so what it reports is what would happen.

    Raises
    ------
    InvalidInput
        There is no such kind, or the file can't be read.
    NotAllowed
        The actor may not enter this.
    """
    shape = shape_of(kind)
    context = Context.of_base(base_id, actor=actor, now=now)
    if kind == "calendar":
        done = load_calendar(
            raw=raw, county_code=context.county_code, dry_run=dry_run, actor=actor, now=now
        )
        return OwnImport(
            kind=kind, rows=done.rows, faults=done.faults, is_committed=done.is_committed
        )
    lines = read_lines(raw)
    checked = check(shape, lines, known=lambda _table: ())
    if checked.faults:
        return _refused(kind, len(checked.rows), checked.faults)
    try:
        with transaction.atomic():
            notes = _WRITERS[kind](checked.rows, context)
            transaction.set_rollback(dry_run)
    except writers.Faulty as faulty:
        return _refused(kind, len(checked.rows), [_at(lines, one) for one in faulty.faults])
    except Refused as refusal:
        if refusal.code == "not_allowed":
            raise
        return _refused(kind, len(checked.rows), [_by_name(lines, checked.rows, shape, refusal)])
    return OwnImport(
        kind=kind,
        rows=len(checked.rows),
        faults=(),
        is_committed=not dry_run,
        notes=() if dry_run else tuple(notes),
    )


def _refused(kind: str, rows: int, faults: Sequence[Fault]) -> OwnImport:
    return OwnImport(kind=kind, rows=rows, faults=tuple(faults), is_committed=False)


def _at(lines: Lines, wrong: writers.Wrong) -> Fault:
    return Fault(
        line=lines[1 + wrong.row][0],
        column=wrong.column,
        value=wrong.value,
        rule=wrong.rule,
        hint=wrong.hint,
    )


def _by_name(lines: Lines, rows: list[Row], shape: Shape, refusal: Refused) -> Fault:
    """Find the line of what an action refused by the key that it names, else blame the file."""
    named = refusal.field.rpartition(".")[2] if isinstance(refusal, InvalidInput) else ""
    keys = [str(row[shape.key[0]]) for row in rows]
    line = lines[1 + keys.index(named)][0] if named in keys else 0
    detail = refusal.detail if isinstance(refusal, InvalidInput) else str(refusal)
    return Fault(
        line=line, column="", value=named, rule=detail, hint="correct it and send it again"
    )
