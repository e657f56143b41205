"""A mass delay: every buyer is asked whether he waits or wants his money back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import SYSTEM, Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import ending
from postharvest.operations.orders.events import DelayAnnounced, DelayRefused
from postharvest.operations.orders.models import Claim, DelayChoice, Order

REASON = "delayed"
_LATE = (Order.State.CONFIRMED, Order.State.PACKED, Order.State.POSTED)


class NothingToChoose(Refused):
    """The buyer has chosen already, the deadline has passed, or the order has arrived."""

    code = "orders.nothing_to_choose"


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayTerms:
    """What buyers are told: why, when it comes instead, until when to answer, and what else.

    ``cause`` is who bears what a refund costs, ``default`` what holds for who does not answer.
    """

    reason: str
    cause: str
    arrives_earliest: date
    arrives_latest: date
    answer_by: datetime
    default: str


@transaction.atomic
def announce_delay(
    *, order_ids: Collection[int], terms: DelayTerms, actor: Actor, now: datetime
) -> list[DelayChoice]:
    """Tell buyers that their orders come later, and let each choose until a deadline.

    Who does not answer gets the default, which he is told.  Orders that have ended or arrived are
    passed over, and so are those whose buyer is being asked already.

    Raises
    ------
    InvalidInput
        No reason, a window or deadline that lies behind us, or a default that is no choice.
    """
    _check(terms, now=now)
    shelf.lock_sales_of(Order.objects.filter(pk__in=order_ids))
    rows = list(
        Order.objects.select_for_update(of=("self",))
        .select_related("sale__branch")
        .filter(pk__in=order_ids, state__in=_LATE)
        .exclude(delays__choice="")
        .order_by("pk")
    )
    for county in sorted({row.sale.branch.county_id for row in rows}):
        actor.require(Role.DESK, region=county)
    asked = DelayChoice.objects.bulk_create(
        DelayChoice(
            base_id=row.base_id,
            order=row,
            reason=terms.reason.strip()[:200],
            cause=terms.cause,
            arrives_earliest=terms.arrives_earliest,
            arrives_latest=terms.arrives_latest,
            answer_by=terms.answer_by,
            default=terms.default,
            asked_at=now,
        )
        for row in rows
    )
    audit.write(
        actor,
        "orders.announce_delay",
        f"orders {len(rows)}",
        now=now,
        after={
            "reason": terms.reason,
            "latest": str(terms.arrives_latest),
            "default": terms.default,
        },
    )
    for base_id in sorted({row.base_id for row in rows}):
        ids = [row.pk for row in rows if row.base_id == base_id]
        outbox.record(DelayAnnounced(base_id=base_id, order_ids=ids), now=now)
    return asked


@transaction.atomic
def choose(*, order_id: int, choice: str, actor: Actor, now: datetime) -> DelayChoice:
    """Wait, or have the money back; chosen once.

    Raises
    ------
    NothingToChoose
        Nobody asked, the deadline has passed, or another choice was made.
    InvalidInput
        It is no choice.
    """
    if choice not in DelayChoice.Choice.values:
        raise InvalidInput("choice", "wait, or have the money back")
    shelf.lock_sales_of(Order.objects.filter(pk=order_id))
    row = DelayChoice.objects.select_for_update().filter(order_id=order_id).order_by("-pk").first()
    if row is not None and row.choice == choice:
        return row
    if row is None or row.choice or now > row.answer_by:
        raise NothingToChoose("there is nothing to choose any more", order=order_id)
    _settle([row], choice, by=actor.party, now=now)
    audit.write(actor, "orders.choose", f"order {order_id}", now=now, after={"choice": choice})
    row.refresh_from_db()
    return row


@transaction.atomic
def apply_defaults(*, now: datetime, limit: int = 1000) -> int:
    """Let the default stand for buyers who did not answer in time."""
    overdue = DelayChoice.objects.filter(choice="", answer_by__lt=now)
    ids = list(overdue.order_by("pk").values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    shelf.lock_sales_of(Order.objects.filter(delays__in=ids))
    rows = list(overdue.select_for_update().filter(pk__in=ids).order_by("pk"))
    for choice in DelayChoice.Choice.values:
        _settle([row for row in rows if row.default == choice], choice, by=SYSTEM.party, now=now)
    audit.write(SYSTEM, "orders.apply_defaults", f"orders {len(rows)}", now=now)
    return len(rows)


def _check(terms: DelayTerms, *, now: datetime) -> None:
    first, last = terms.arrives_earliest, terms.arrives_latest
    if not terms.reason.strip():
        raise InvalidInput("reason", "tell buyers why it comes later")
    if terms.cause not in Claim.Cause.values:
        raise InvalidInput("cause", f"{terms.cause!r} is none of {', '.join(Claim.Cause.values)}")
    if last < first or last < local_day(now):
        raise InvalidInput("arrives", f"a window from {first} to {last} can't be promised")
    if terms.answer_by <= now:
        raise InvalidInput("answer_by", "lies behind us; give buyers some hours")
    if terms.default not in DelayChoice.Choice.values:
        raise InvalidInput("default", "must be wait or refund")


def _settle(rows: Sequence[DelayChoice], choice: str, *, by: str, now: datetime) -> None:
    if not rows:
        return
    DelayChoice.objects.filter(pk__in=[row.pk for row in rows], choice="").update(
        choice=choice, chosen_at=now, chosen_by=by
    )
    if choice == DelayChoice.Choice.WAIT:
        for row in rows:
            Order.objects.filter(pk=row.order_id).update(
                arrives_earliest=row.arrives_earliest, arrives_latest=row.arrives_latest
            )
        return
    _pay_back(rows, now=now)


def _pay_back(rows: Sequence[DelayChoice], *, now: datetime) -> None:
    """End what is not packed at once; what is packed is taken out by those who hold it."""
    orders = list(
        Order.objects.select_for_update(of=("self",))
        .select_related("listing", "sale")
        .filter(pk__in=[row.order_id for row in rows], state__in=_LATE)
        .order_by("pk")
    )
    ending.end_unpacked(orders, reason=REASON, now=now)
    cause_of = {row.order_id: row.cause for row in rows}
    packed: dict[tuple[int, str], list[int]] = {}
    for order in orders:
        if order.boxes_packed:
            packed.setdefault((order.base_id, cause_of[order.pk]), []).append(order.pk)
    for (base_id, cause), ids in sorted(packed.items()):
        outbox.record(DelayRefused(base_id=base_id, order_ids=ids, cause=cause), now=now)
