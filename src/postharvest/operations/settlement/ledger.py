"""Posting to the books: entries that sum to zero, each key once, nothing ever changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from postharvest.core import sql
from postharvest.core.clock.time import local_day
from postharvest.core.errors import Refused
from postharvest.operations.settlement import accounts, taxes
from postharvest.operations.settlement.models import ClosedPeriod, Entry, Line

Lines = Sequence[tuple[str, int]]


class PeriodClosed(Refused):
    """The day's books are closed: post on a later day."""

    code = "settlement.period_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to be posted.  Amounts in fen: positive is debit, negative is credit."""

    key: str
    kind: str
    base_id: int
    sale_id: int | None
    lines: Lines
    note: str = ""


def post(drafts: Iterable[Draft], *, now: datetime) -> int:
    """Post a batch inside the caller's transaction; a key that is posted is left alone.

    Two workers with the same key: the unique key lets one through, the other's transaction fails
    and finds the entry when it tries again.

    Raises
    ------
    ValueError
        An entry does not sum to zero: a fault of ours, nothing is posted.
    PeriodClosed
        The books of the day are closed.
    RuntimeError
        Called outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("posted outside a transaction")
    wanted = {draft.key: draft for draft in drafts}
    for draft in wanted.values():
        if sum(amount for _, amount in draft.lines):
            raise ValueError(f"entry {draft.key} does not sum to zero: {list(draft.lines)}")
    _check_open({draft.base_id for draft in wanted.values()}, now=now)
    known = _known(list(wanted))
    fresh = [(d, _merged(d.lines)) for key, d in wanted.items() if key not in known]
    ids = sql.next_ids(_ENTRY, len(fresh)) if fresh else ()
    at, tax_bp = sql.instant(now), taxes.rates(local_day(now))
    entries = [(pk, draft, lines) for pk, (draft, lines) in zip(ids, fresh, strict=True)]
    sql.insert(
        _ENTRY,
        ("id", "key", "kind", "base_id", "sale_id", "posted_at", "lines_count", "note"),
        [
            (pk, d.key, d.kind, d.base_id, d.sale_id, at, len(lines), d.note)
            for pk, d, lines in entries
        ],
    )
    sql.insert(
        _LINE,
        ("entry_id", "base_id", "account", "amount_fen", "tax_bp"),
        [
            (pk, d.base_id, account, fen, tax_bp.get(accounts.kind_of(account), 0))
            for pk, d, lines in entries
            for account, fen in lines
        ],
    )
    return len(fresh)


def balance_fen(account: str) -> int:
    """Debits less credits of an account."""
    return Line.objects.filter(account=account).aggregate(n=Sum("amount_fen"))["n"] or 0


_ENTRY, _LINE = Entry._meta.db_table, Line._meta.db_table


def _check_open(base_ids: set[int], *, now: datetime) -> None:
    day = local_day(now)
    closed = ClosedPeriod.objects.filter(base_id__in=base_ids, through__gte=day).first()
    if closed is not None:
        raise PeriodClosed(f"the books are closed through {closed.through}; {day} takes no entry")


def _known(keys: list[str]) -> set[str]:
    statement = f"SELECT key FROM {_ENTRY} WHERE key AMONG %s"  # noqa: S608  (a table's name)
    return {key for (key,) in sql.fetch(statement, keys)}


def _merged(lines: Lines) -> list[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for account, amount_fen in lines:
        sums[account] += amount_fen
    return [(account, amount_fen) for account, amount_fen in sums.items() if amount_fen]
