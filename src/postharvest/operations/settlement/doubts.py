"""The review list: what stops a payout until a second person has looked, and how it is decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.settlement.models import Doubt, Payee, Payout

STOPS = Q(state=Doubt.State.OPEN) | (
    Q(state=Doubt.State.UPHELD) & ~Q(kind=Doubt.Kind.PAYEE_CHANGED)
)
"""An upheld change of account was taken back, so that the right person is paid again."""


class NotDoubted(Refused):
    """The doubt is decided that way already."""

    code = "settlement.not_doubted"


class SameEyes(Refused):
    """Whoever gave rise to a doubt does not decide it."""

    code = "settlement.same_eyes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What was seen; ``key`` tells it from all others of its kind."""

    kind: str
    key: str
    account: str = ""
    surplus_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def raise_doubts(
    suspicions: Iterable[Suspicion], *, base_id: int, actor: Actor, now: datetime
) -> list[Doubt]:
    """Put what was seen on the review list, in the caller's transaction; returns what is new."""
    by_key = {f"{one.kind}:{one.key}"[:120]: one for one in suspicions}
    known = set(Doubt.objects.filter(key__in=list(by_key)).values_list("key", flat=True))
    fresh = [
        Doubt(
            key=key,
            base_id=base_id,
            kind=one.kind,
            account=one.account,
            surplus_id=one.surplus_id,
            facts=one.facts,
            raised_at=now,
            raised_by=actor.party,
        )
        for key, one in by_key.items()
        if key not in known
    ]
    for row in Doubt.objects.bulk_create(fresh):
        audit.write(
            actor,
            "settlement.raise_doubt",
            f"doubt {row.pk}",
            now=now,
            after={"kind": row.kind, "account": row.account, **row.facts},
            base_id=base_id,
        )
    return fresh


def without_doubt(payouts: Sequence[Payout]) -> list[Payout]:
    """Return the payouts that nothing on the review list stops."""
    stopped = Doubt.objects.filter(STOPS, base__in={row.base_id for row in payouts})
    accounts = set(stopped.exclude(account="").values_list("account", flat=True))
    surpluses = set(stopped.exclude(surplus=None).values_list("surplus_id", flat=True))
    return [
        row
        for row in payouts
        if row.account not in accounts and row.sale.surplus_id not in surpluses
    ]


@transaction.atomic
def clear_doubt(*, doubt_id: int, reason: str, actor: Actor, now: datetime) -> Doubt:
    """Say why a doubt is none: payouts go on.

    Raises
    ------
    InvalidInput
        No reason is given.
    SameEyes
        The actor gave rise to it himself.
    NotDoubted
        It is cleared already.
    """
    return _decide(doubt_id, Doubt.State.CLEARED, reason, actor=actor, now=now)


@transaction.atomic
def uphold_doubt(*, doubt_id: int, reason: str, actor: Actor, now: datetime) -> Doubt:
    """Say that a doubt is right: nothing is paid; a changed account goes back to the one before.

    Raises as `clear_doubt`.
    """
    row = _decide(doubt_id, Doubt.State.UPHELD, reason, actor=actor, now=now)
    if row.kind == Doubt.Kind.PAYEE_CHANGED:
        _take_back(row, now=now)
    return row


def doubts(scope: str = "", *, state: str = "") -> QuerySet[Doubt]:
    """The review list of a region, the newest first."""
    rows = Doubt.objects.filter(base__county__code__startswith=scope).select_related("base")
    return (rows.filter(state=state) if state else rows).order_by("-pk")


def base_of_doubt(pk: int) -> int | None:
    """The base a doubt belongs to, or none if there is no such doubt."""
    return Doubt.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def _decide(doubt_id: int, state: str, reason: str, *, actor: Actor, now: datetime) -> Doubt:
    row = Doubt.objects.select_for_update(of=("self",)).select_related("base").get(pk=doubt_id)
    actor.require(Role.DESK, region=row.base.county_id)
    if not reason.strip():
        raise InvalidInput("reason", "say what you looked at and what you found")
    if row.raised_by == actor.party:
        raise SameEyes("somebody else must look at what you changed")
    if row.state in (state, Doubt.State.CLEARED):
        raise NotDoubted("this is decided already", doubt=row.pk)
    before = row.state
    row.state, row.reason = state, reason.strip()[:200]
    row.decided_at, row.decided_by = now, actor.party
    row.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    audit.write(
        actor,
        "settlement.decide_doubt",
        f"doubt {row.pk}",
        now=now,
        before={"state": before},
        after={"state": state, "reason": row.reason},
        base_id=row.base_id,
    )
    return row


def _take_back(doubt: Doubt, *, now: datetime) -> None:
    """End the payee that was entered and let the one before him be paid, or the party himself."""
    Payee.objects.filter(pk=doubt.facts["payee"]).update(ended_at=now)
    before = Payee.objects.filter(pk=doubt.facts.get("before")).first()
    if (
        before is not None
        and not Payee.objects.filter(account=doubt.account, ended_at=None).exists()
    ):
        Payee.objects.filter(pk=before.pk).update(ended_at=None)
    waiting = Payout.objects.filter(
        account=doubt.account, state=Payout.State.PROPOSED, payee=doubt.facts["payee"]
    )
    waiting.update(payee=before, **({"way": before.way} if before else {}))
