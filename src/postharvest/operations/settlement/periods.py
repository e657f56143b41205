"""Closing days of the books; what is found afterwards is corrected by a new entry."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput
from postharvest.operations.network.models import Base
from postharvest.operations.settlement import accounts, ledger
from postharvest.operations.settlement.ledger import Draft
from postharvest.operations.settlement.models import ClosedPeriod, Entry

KINDS = frozenset(
    {
        "deposit", "carrier", "postage", "packaging", "fee", "points", "team_places", "shortfall",
        "platform_loss", "packing_loss", "cash", "pool", "wages", "grower", "packer", "channel",
        "freight", "goods", "advances", "margin", "floor",
    }
)  # fmt: skip
"""Kinds of account that a person may post a correction to."""


@transaction.atomic
def close_period(*, base_id: int, through: date, actor: Actor, now: datetime) -> ClosedPeriod:
    """Close a base's books through a day that is over; closing it again changes nothing.

    Raises
    ------
    InvalidInput
        The day is not over, or lies before what is closed already.
    """
    base = Base.objects.select_for_update().get(pk=base_id)
    actor.require(Role.DESK, region=base.county_id)
    if through >= local_day(now):
        raise InvalidInput("through", f"{through} is not over; close at most through yesterday")
    last = ClosedPeriod.objects.filter(base=base).order_by("-through").first()
    if last is not None and through < last.through:
        raise InvalidInput("through", f"the books are closed through {last.through} already")
    row, fresh = ClosedPeriod.objects.get_or_create(
        base=base, through=through, defaults={"closed_at": now, "closed_by": actor.party}
    )
    if fresh:
        audit.write(
            actor,
            "settlement.close_period",
            f"base {base_id}",
            now=now,
            after={"through": str(through)},
        )
    return row


@transaction.atomic
def post_correction(
    *,
    key: str,
    base_id: int,
    sale_id: int | None,
    lines: Sequence[tuple[str, int]],
    reason: str,
    actor: Actor,
    now: datetime,
) -> Entry:
    """Correct the books by an entry of its own, today; what is posted stays as it is.

    The key names the correction, so that sending the form twice posts once.

    Raises
    ------
    InvalidInput
        The lines do not sum to zero, name an account that is none, or no reason is given.
    settlement.ledger.PeriodClosed
        Today's books are closed.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, region=base.county_id)
    if not reason.strip():
        raise InvalidInput("reason", "say why the books are corrected")
    if unknown := [a for a, _ in lines if accounts.kind_of(a) not in KINDS]:
        raise InvalidInput("account", f"{unknown[0]} is no account of these books")
    if all(fen == 0 for _, fen in lines) or sum(fen for _, fen in lines) != 0:
        raise InvalidInput("amount", "what one account loses another must gain; amounts sum to 0")
    draft = Draft(
        key=f"correction:{key}",
        kind="correction",
        base_id=base_id,
        sale_id=sale_id,
        lines=lines,
        note=reason.strip()[:200],
    )
    if ledger.post([draft], now=now):
        audit.write(
            actor,
            "settlement.post_correction",
            draft.key,
            now=now,
            after={"lines": [list(line) for line in lines], "reason": draft.note},
        )
    return Entry.objects.get(key=draft.key)


def closed_through(base_id: int) -> date | None:
    """The last day of a base whose books are closed, or none."""
    return (
        ClosedPeriod.objects.filter(base_id=base_id)
        .order_by("-through")
        .values_list("through", flat=True)
        .first()
    )
