"""Audit rows linked by hashes, so that changing or taking away an old one shows.

A row is written inside the action's own transaction and sealed soon after by the worker: each seal
covers the row's content and the seal before it.  Sealing in its own order, not by the row's id,
lets transactions commit in any order.  Who keeps an old head (`verify` prints it) can later prove
that nothing before it was rewritten.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from postharvest.core.audit import queries
from postharvest.core.audit.models import AuditEntry, AuditSeal

GENESIS = "0" * 64
BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check of the chain found; ``faults`` is empty if it holds."""

    sealed: int
    unsealed: int
    head: str
    faults: tuple[str, ...]


@transaction.atomic
def seal_entries(*, now: datetime) -> int:
    """Seal the rows that have no seal yet, at most `BATCH`; returns how many."""
    last = AuditSeal.objects.select_for_update().order_by("-pk").first()
    rows = list(queries.unsealed().order_by("pk")[:BATCH])
    previous = last.digest if last else GENESIS
    seals = []
    for row in rows:
        previous = digest_of(row, previous)
        seals.append(AuditSeal(entry=row, digest=previous, sealed_at=now))
    AuditSeal.objects.bulk_create(seals)
    return len(seals)


def digest_of(entry: AuditEntry, previous: str) -> str:
    """Return the hash of a row's content and the seal before it."""
    content = [
        previous,
        entry.pk,
        entry.base_id,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.party,
        entry.role,
        entry.action,
        entry.subject,
        entry.before,
        entry.after,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify_chain(*, known_head: str = "") -> Verdict:
    """Walk the chain from its beginning; with ``known_head``, look for that seal, too."""
    faults: list[str] = []
    previous, sealed, seen = GENESIS, 0, not known_head
    for seal in _seals():
        expected = digest_of(seal.entry, previous)
        if seal.digest != expected:
            faults.append(
                f"row {seal.entry_id} ({seal.entry.action}, {seal.entry.at:%F %T}) was changed, "
                "or a row before it was taken away"
            )
        previous, sealed = seal.digest, sealed + 1
        seen = seen or seal.digest == known_head
    if not seen:
        faults.append(f"the head {known_head[:16]}… that you kept is not in the chain any more")
    return Verdict(
        sealed=sealed,
        unsealed=queries.unsealed().count(),
        head=previous,
        faults=tuple(faults),
    )


def _seals() -> Iterator[AuditSeal]:
    return AuditSeal.objects.select_related("entry").order_by("pk").iterator(chunk_size=BATCH)
