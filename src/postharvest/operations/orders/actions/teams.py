"""Teams: opened by a leader's payment, formed at the n-th paid member, or refunded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from django.db import transaction
from django.db.models import F

from postharvest.core import sql
from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.bulk import insert_new
from postharvest.core.outbox import log as outbox
from postharvest.operations.orders import shelf
from postharvest.operations.orders.actions import refunds
from postharvest.operations.orders.events import (
    OrdersConfirmed,
    OrdersReleased,
    TeamCompletedByPlatform,
    TeamsFailed,
    TeamsFormed,
)
from postharvest.operations.orders.models import Order, Team
from postharvest.operations.orders.rows import CONFIRMED, FreshOrder, TeamTerms
from postharvest.operations.orders.transitions import TEAM, IllegalTransition, after

Paid = TypeVar("Paid", Order, FreshOrder)


def deadline(sale: TeamTerms, *, opened_at: datetime) -> datetime:
    """When a team opened now must be full: its own hours, never later than the sale's end."""
    return min(opened_at + timedelta(hours=sale.team_hours), sale.closes_at)


def seat(paid: Sequence[Paid], *, now: datetime) -> list[Paid]:
    """Give paid orders their places: a new team for a leader, a place for a member.

    Returns the orders for which there was none (the team is full, formed or over): their money
    must go back.  Runs inside the caller's transaction, under the locks of the orders' sales.
    """
    if not paid:
        return []
    founders = [o for o in paid if o.team_id is None]
    members = [o for o in paid if o.team_id is not None]
    _open(founders, now=now)
    seated, homeless = _join(members, now=now)
    touched = {o.team_id or 0 for o in seated}
    touched |= {o.team_id or 0 for o in founders if o.sale.team_size == 1}
    confirmed = _form(touched, bases={o.base_id for o in paid}, now=now)
    for order in paid:
        if order.pk in confirmed:
            order.state = CONFIRMED
    return homeless


@transaction.atomic
def close_expired_teams(*, now: datetime, limit: int = 500) -> int:
    """Fail the teams whose deadline has passed; every member gets his money back once."""
    overdue = Team.objects.filter(state=Team.State.OPEN, deadline_at__lte=now)
    shelf.lock_sales(overdue.order_by().values_list("listing__sale_id", flat=True).distinct())
    due = overdue.select_for_update()
    ids = list(due.order_by("pk").values_list("pk", flat=True)[:limit])
    _fail(ids, reason="team_failed", now=now)
    return len(ids)


@transaction.atomic
def complete_team(*, team_id: int, actor: Actor, now: datetime) -> Team:
    """Let the platform fill the places that are missing, at its own cost, and say so.

    The cost is what the members save against the solo price for every missing place; no row
    stands for a person who is not there.

    Raises
    ------
    IllegalTransition
        The team is formed or failed.
    NotAllowed
        The team buys in another county.
    """
    shelf.lock_sales_of(Order.objects.filter(team_id=team_id))
    locked = Team.objects.select_for_update(of=("self",)).select_related("listing", "base")
    team = locked.get(pk=team_id)
    actor.require(Role.DESK, region=team.base.county_id)
    after(TEAM, "complete", team.state)
    if now >= team.deadline_at:
        raise IllegalTransition("complete is not possible after the deadline", team=team_id)
    missing = team.size - team.paid_members
    cost_fen = missing * (team.listing.solo_fen - team.listing.team_fen)
    rows = Team.objects.filter(pk=team_id, state=Team.State.OPEN, paid_members=team.paid_members)
    if not rows.update(platform_places=missing):
        raise IllegalTransition("somebody joined meanwhile; look again", team=team_id)
    _form({team_id}, bases={team.base_id}, now=now)
    audit.write(
        actor, "orders.complete_team", f"team {team_id}", now=now, after={"cost_fen": cost_fen}
    )
    outbox.record(
        TeamCompletedByPlatform(base_id=team.base_id, team_id=team_id, cost_fen=cost_fen), now=now
    )
    team.refresh_from_db()
    return team


def leave(order: Order, *, now: datetime) -> None:
    """Take a paid member out of his team; runs under the lock of the caller, who ends the order.

    A formed team stays formed.  In an open team the next member leads and the deadline stands;
    the last to leave closes it.
    """
    team = Team.objects.select_for_update().get(orders=order)
    if team.state == Team.State.FORMED:
        Team.objects.filter(pk=team.pk).update(settled_at=now, paid_members=F("paid_members") - 1)
        return
    if team.state != Team.State.OPEN:
        return
    others = Order.objects.filter(team=team, paid_at__isnull=False, state=Order.State.HELD)
    next_leader = others.exclude(pk=order.pk).order_by("paid_at", "pk").first()
    if next_leader is None:
        Team.objects.filter(pk=team.pk, state=Team.State.OPEN).update(
            state=Team.State.FAILED, paid_members=0, settled_at=now
        )
        outbox.record(TeamsFailed(base_id=team.base_id, team_ids=[team.pk]), now=now)
        return
    Team.objects.filter(pk=team.pk, state=Team.State.OPEN).update(
        paid_members=F("paid_members") - 1,
        leader_order_id=next_leader.pk
        if team.leader_order_id == order.pk
        else team.leader_order_id,
    )


def _open(founders: Sequence[Paid], *, now: datetime) -> None:
    teams = [
        Team(
            base_id=order.base_id,
            listing_id=order.listing_id,
            size=order.sale.team_size,
            paid_members=1,
            leader_order_id=order.pk,
            opened_at=now,
            deadline_at=deadline(order.sale, opened_at=now),
        )
        for order in founders
    ]
    insert_new(Team, teams)
    for order, team in zip(founders, teams, strict=True):
        order.team_id = team.pk
    sql.run_many(_ENTER, [(o.team_id, o.base_id, o.pk) for o in founders])


_ENTER = "UPDATE orders_order SET team_id = %s WHERE base_id = %s AND id = %s"
_SEAT = (
    "UPDATE orders_team SET paid_members = paid_members + %s WHERE base_id = %s AND id = %s"
    " AND state = 'open' AND deadline_at > %s AND paid_members + %s <= size - platform_places"
    " RETURNING id"
)


def _join(members: Sequence[Paid], *, now: datetime) -> tuple[list[Paid], list[Paid]]:
    """Return who found a place and who did not: one guarded UPDATE per team."""
    asking: dict[tuple[int, int], list[Paid]] = {}
    for order in members:
        asking.setdefault((order.base_id, order.team_id or 0), []).append(order)
    seated: list[Paid] = []
    homeless: list[Paid] = []
    for (base_id, team_id), orders in sorted(asking.items()):
        places = len(orders)
        while places and not sql.fetch(_SEAT, places, base_id, team_id, now, places):
            places -= 1
        seated += orders[:places]
        homeless += orders[places:]
    return seated, homeless


def _form(team_ids: set[int], *, bases: set[int], now: datetime) -> set[int]:
    """Form the teams that are full and return the orders that this confirms."""
    if not team_ids:
        return set()
    formed = sorted(sql.fetch(_FORM, bases, team_ids))
    if not formed:
        return set()
    confirmed = sorted(sql.fetch(_CONFIRM, bases, [pk for _, pk in formed]))
    news: list[outbox.News] = [
        OrdersConfirmed(base_id=base, sale_id=sale, order_ids=[pk for *_, pk in rows])
        for (base, sale), rows in groupby(confirmed, key=itemgetter(0, 1))
    ]
    news += [
        TeamsFormed(base_id=base, team_ids=[pk for _, pk in rows])
        for base, rows in groupby(formed, key=itemgetter(0))
    ]
    outbox.record_all(news, now=now)
    return {pk for *_, pk in confirmed}


_FORM = (
    "UPDATE orders_team SET state = 'formed' WHERE base_id AMONG %s AND id AMONG %s"
    " AND state = 'open' AND paid_members = size - platform_places RETURNING base_id, id"
)
_CONFIRM = (
    "UPDATE orders_order SET state = 'confirmed' WHERE base_id AMONG %s AND team_id AMONG %s"
    " AND state = 'held' AND paid_at IS NOT NULL RETURNING base_id, sale_id, id"
)


def _fail(team_ids: Sequence[int], *, reason: str, now: datetime) -> None:
    if not team_ids:
        return
    Team.objects.filter(pk__in=team_ids, state=Team.State.OPEN).update(
        state=Team.State.FAILED, settled_at=now
    )
    members = list(
        Order.objects.select_related("listing", "sale")
        .filter(team_id__in=team_ids, state=Order.State.HELD, paid_at__isnull=False)
        .order_by("pk")
    )
    Order.objects.filter(pk__in=[o.pk for o in members]).update(
        state=Order.State.CANCELLED, closed_at=now, hold_until=None
    )
    shelf.release(members)
    refunds.owe(members, reason=reason, now=now)
    for base_id in sorted({o.base_id for o in members}):
        ids = [o.pk for o in members if o.base_id == base_id]
        outbox.record(OrdersReleased(base_id=base_id, order_ids=ids, reason=reason), now=now)
        outbox.record(TeamsFailed(base_id=base_id, team_ids=list(team_ids)), now=now)
