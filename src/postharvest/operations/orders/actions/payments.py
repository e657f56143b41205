"""Money coming in: asked for, reported by its provider, in any order and more than once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import refunds, teams
from postharvest.operations.orders.events import (
    OrdersConfirmed,
    OrdersReleased,
    PaymentsCaptured,
)
from postharvest.operations.orders.models import Order, Payment, PaymentNotice
from postharvest.operations.orders.providers import provider_of
from postharvest.operations.orders.rows import Asked, FreshOrder

CAPTURED, FAILED = "captured", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a provider reports: that a payment was captured, or failed.

    ``trouble`` is ours: why it can't be counted (`PaymentNotice.Trouble`).
    """

    provider: str
    notice_id: str
    reference: str
    outcome: str
    amount_fen: int
    trouble: str = ""

    def body(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {
            "reference": self.reference,
            "outcome": self.outcome,
            "amount_fen": self.amount_fen,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One line of a bank statement: the bank's number, what the payer wrote, how much."""

    number: str
    reference: str
    amount_fen: int


def asked_of(orders: Sequence[FreshOrder]) -> list[Asked]:
    """Return what is asked of the providers for fresh orders; cash comes at the door, later."""
    return [
        Asked(order=order, provider=provider.name, reference=provider.reference(order.pk))
        for order in orders
        if order.payment != _AT_THE_DOOR
        for provider in (provider_of(order.payment),)
    ]


def news_of(asked: Sequence[Asked]) -> list[PaymentsCaptured]:
    """Return the news of money that is there at once (play money), for the caller to record."""
    captured: dict[int, list[int]] = {}
    for one in asked:
        if one.order.paid_at:
            captured.setdefault(one.order.base_id, []).append(one.order.payment_id)
    return [PaymentsCaptured(base_id=base, payment_ids=pks) for base, pks in captured.items()]


@transaction.atomic
def take_notices(*, notices: Sequence[Notice], now: datetime) -> int:
    """Take providers' messages; each counts once, whatever comes twice or late.

    A capture confirms a held order or gives its buyer a place in a team.  One that comes after
    the hold ran out, the order ended or the team filled is refunded.  Returns how many were new.
    """
    fresh = _fresh(notices, now=now)
    captures = {n.reference for n in fresh if n.outcome == CAPTURED and not n.trouble}
    failures = {n.reference for n in fresh if n.outcome == FAILED and not n.trouble}
    Payment.objects.filter(reference__in=failures, state=Payment.State.PENDING).update(
        state=Payment.State.FAILED
    )
    paid = _capture(captures, now=now)
    _settle(paid, now=now)
    return len(fresh)


@transaction.atomic
def record_transfers(*, lines: Sequence[Transfer], actor: Actor, now: datetime) -> int:
    """Take lines of the branch's bank statement; each counts once, by the bank's own number.

    Returns how many were new.  A line that fits no order stays in trouble until somebody deals
    with it (`resolve_notice`).
    """
    actor.require(Role.DESK)
    notices = [
        Notice(
            provider=Order.Payment.BANK,
            notice_id=line.number,
            reference=line.reference,
            outcome=CAPTURED,
            amount_fen=line.amount_fen,
        )
        for line in lines
    ]
    new = take_notices(notices=notices, now=now)
    audit.write(
        actor,
        "orders.record_transfers",
        f"transfers {len(lines)}",
        now=now,
        after={"numbers": [line.number for line in lines][:50], "new": new},
    )
    return new


@transaction.atomic
def resolve_notice(*, notice_id: int, resolution: str, actor: Actor, now: datetime) -> None:
    """Write down what was done about money that nobody had asked for; once.

    Raises
    ------
    InvalidInput
        Nothing is said of what was done.
    Refused
        There is no such trouble, or somebody has dealt with it.
    """
    actor.require(Role.DESK)
    if not resolution.strip():
        raise InvalidInput("resolution", "say what was done, such as: sent back on 3 May")
    open_ones = PaymentNotice.objects.exclude(trouble="").filter(resolved_at__isnull=True)
    said = resolution.strip()[:200]
    if not open_ones.filter(pk=notice_id).update(resolution=said, resolved_at=now):
        raise Refused("this notice needs nothing any more")
    audit.write(
        actor, "orders.resolve_notice", f"notice {notice_id}", now=now, after={"resolution": said}
    )


_AT_THE_DOOR = str(Order.Payment.CASH_ON_DELIVERY)


def _fresh(notices: Sequence[Notice], *, now: datetime) -> list[Notice]:
    ids = {(n.provider, n.notice_id): n for n in notices}
    known = set(
        PaymentNotice.objects.filter(notice_id__in=[i for _, i in ids]).values_list(
            "provider", "notice_id"
        )
    )
    new = [notice for key, notice in ids.items() if key not in known]
    asked = {
        (provider, reference): amount
        for provider, reference, amount in Payment.objects.filter(
            reference__in=[n.reference for n in new]
        ).values_list("provider", "reference", "amount_fen")
    }
    fresh = [replace(n, trouble=_trouble(n, asked.get((n.provider, n.reference)))) for n in new]
    PaymentNotice.objects.bulk_create(
        PaymentNotice(
            provider=n.provider,
            notice_id=n.notice_id,
            body=n.body(),
            received_at=now,
            trouble=n.trouble,
        )
        for n in fresh
    )
    return fresh


def _trouble(notice: Notice, asked_fen: int | None) -> str:
    """Return why a notice can't be counted; a provider speaks of its own payments only."""
    if asked_fen is None:
        return PaymentNotice.Trouble.UNKNOWN
    if notice.outcome == CAPTURED and notice.amount_fen != asked_fen:
        return PaymentNotice.Trouble.AMOUNT
    return ""


def _capture(references: Collection[str], *, now: datetime) -> list[Order]:
    shelf.lock_sales_of(Order.objects.filter(payments__reference__in=references))
    rows = list(
        Payment.objects.select_for_update()
        .filter(reference__in=references)
        .exclude(state=Payment.State.CAPTURED)
        .order_by("pk")
    )
    ids = [p.pk for p in rows]
    Payment.objects.filter(pk__in=ids).update(state=Payment.State.CAPTURED, captured_at=now)
    _tell_captured(rows, now=now)
    orders = Order.objects.select_for_update(of=("self",)).select_related("sale", "listing")
    return list(orders.filter(pk__in=[p.order_id for p in rows]).order_by("pk"))


def _settle(paid: Sequence[Order], *, now: datetime) -> None:
    """Confirm, seat or refund orders whose money has just come."""
    living = [o for o in paid if o.state == Order.State.HELD]
    late = [o for o in paid if o.state != Order.State.HELD]
    ids = [o.pk for o in living]
    Order.objects.filter(pk__in=ids).update(paid_at=now, hold_until=None)
    for order in living:
        order.paid_at = now
    solo = [o for o in living if not o.wants_team]
    Order.objects.filter(pk__in=[o.pk for o in solo]).update(state=Order.State.CONFIRMED)
    outbox.record_all(
        (
            OrdersConfirmed(base_id=order.base_id, sale_id=order.sale_id, order_ids=[order.pk])
            for order in solo
        ),
        now=now,
    )
    homeless = teams.seat([o for o in living if o.wants_team], now=now)
    Order.objects.filter(pk__in=[o.pk for o in homeless]).update(
        state=Order.State.CANCELLED, closed_at=now
    )
    if homeless:
        shelf.release(homeless)
        outbox.record_all(
            (
                OrdersReleased(base_id=order.base_id, order_ids=[order.pk], reason="team_full")
                for order in homeless
            ),
            now=now,
        )
    refunds.owe(homeless, reason="team_full", now=now)
    refunds.owe(late, reason="paid_too_late", now=now)


def _tell_captured(rows: Sequence[Payment], *, now: datetime) -> None:
    for base_id in sorted({p.base_id for p in rows}):
        ids = [p.pk for p in rows if p.base_id == base_id]
        outbox.record(PaymentsCaptured(base_id=base_id, payment_ids=ids), now=now)
