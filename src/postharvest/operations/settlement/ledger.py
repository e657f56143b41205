"""Posting to the books: entries that sum to zero, each key once, nothing ever changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from postharvest.core.bulk import insert_rows
from postharvest.operations.settlement.models import Entry, Line

Lines = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to be posted.  Amounts in fen: positive is debit, negative is credit."""

    key: str
    kind: str
    base_id: int
    sale_id: int | None
    lines: Lines


def post(drafts: Iterable[Draft], *, now: datetime) -> int:
    """Post a batch inside the caller's transaction; a key that is posted is left alone.

    Two workers with the same key: the unique key lets one through, the other's transaction fails
    and finds the entry when it tries again.

    Raises
    ------
    ValueError
        An entry does not sum to zero: a fault of ours, nothing is posted.
    RuntimeError
        Called outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("posted outside a transaction")
    wanted = {draft.key: draft for draft in drafts}
    for draft in wanted.values():
        if sum(amount for _, amount in draft.lines):
            raise ValueError(f"entry {draft.key} does not sum to zero: {list(draft.lines)}")
    known = _known(list(wanted))
    fresh = [draft for key, draft in wanted.items() if key not in known]
    entries = Entry.objects.bulk_create(
        Entry(key=d.key, kind=d.kind, base_id=d.base_id, sale_id=d.sale_id, posted_at=now)
        for d in fresh
    )
    insert_rows(
        Line,
        (
            Line(entry_id=entry.pk, base_id=entry.base_id, account=account, amount_fen=amount_fen)
            for entry, draft in zip(entries, fresh, strict=True)
            for account, amount_fen in _merged(draft.lines)
        ),
    )
    return len(fresh)


def balance_fen(account: str) -> int:
    """Debits less credits of an account."""
    return Line.objects.filter(account=account).aggregate(n=Sum("amount_fen"))["n"] or 0


def _known(keys: list[str]) -> set[str]:
    out: set[str] = set()
    for start in range(0, len(keys), 5000):
        chunk = keys[start : start + 5000]
        out.update(Entry.objects.filter(key__in=chunk).values_list("key", flat=True))
    return out


def _merged(lines: Lines) -> list[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for account, amount_fen in lines:
        sums[account] += amount_fen
    return [(account, amount_fen) for account, amount_fen in sums.items() if amount_fen]
