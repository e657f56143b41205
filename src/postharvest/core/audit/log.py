"""The one way to write an audit row."""

from datetime import datetime
from typing import Any

from django.db import connection

from postharvest.core.audit.actor import Actor
from postharvest.core.audit.models import AuditEntry
from postharvest.core.bulk import insert_rows


def write(
    actor: Actor,
    action: str,
    subject: str,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    base_id: int | None = None,
) -> None:
    """Add who did what to which subject ("sale 12"), in the caller's transaction.

    A hot action writes one row for its batch, with the ids in ``after``.

    Raises
    ------
    RuntimeError
        Called outside a transaction: the row must commit with the deed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{action} audited outside a transaction")
    entry = AuditEntry(
        at=now,
        party=actor.party,
        role=actor.role,
        action=action,
        subject=subject,
        before=before,
        after=after,
        base_id=base_id,
    )
    insert_rows(AuditEntry, [entry])
