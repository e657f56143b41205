"""Closing a sale's books and paying people, once."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import SYSTEM, Actor, Role
from postharvest.core.errors import Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.orders.models import BulkOrder, Claim, Order
from postharvest.operations.packing.models import Shift
from postharvest.operations.settlement import accounts, contract_money, ledger, suspicions
from postharvest.operations.settlement.doubts import raise_doubts, without_doubt
from postharvest.operations.settlement.events import PayoutsApproved
from postharvest.operations.settlement.ledger import Draft
from postharvest.operations.settlement.models import Line, Payee, Payout

_ON_THE_WAY = (
    Order.State.HELD,
    Order.State.CONFIRMED,
    Order.State.PACKED,
    Order.State.POSTED,
)


class SaleNotFinished(Refused):
    """Orders of the sale are still on their way, or their news has not reached the books."""

    code = "settlement.sale_not_finished"


class OwedLess(Refused):
    """Less is owed by now than was proposed: settle the sale again, then approve."""

    code = "settlement.owed_less"


class SamePerson(Refused):
    """A payout takes two people: one proposes, another approves."""

    code = "settlement.same_person"


class InDoubt(Refused):
    """Everything that would be paid waits on the review list."""

    code = "settlement.in_doubt"


class PaidMeanwhile(Refused):
    """Somebody else pays the same payouts at the same moment."""

    code = "settlement.paid_meanwhile"


@transaction.atomic
def settle_sale(*, sale_id: int, actor: Actor, now: datetime) -> list[Payout]:
    """Credit growers with their share of the pool and propose everybody's payout.

    Growers share by the grams that went into boxes.  Run again it answers with the same payouts;
    one that is not paid yet is brought to what is owed by now.

    Raises
    ------
    SaleNotFinished
        The sale is not closed, orders have not arrived or been given back yet, or days at the
        points and claims are not in the books.
    """
    sale = Sale.objects.select_for_update(of=("self",)).select_related("branch").get(pk=sale_id)
    actor.require(Role.DESK, region=sale.branch.county_id)
    _check_finished(sale)
    ledger.post([_wages_rest(sale)], now=now)
    ledger.post([_pool_shares(sale)], now=now)
    proposed = propose_owed(sale, actor, now=now)
    if proposed:
        audit.write(
            actor,
            "settlement.settle_sale",
            f"sale {sale_id}",
            now=now,
            after={"payouts": len(proposed), "fen": sum(p.amount_fen for p in proposed)},
        )
    return list(Payout.objects.filter(sale=sale).order_by("pk"))


@transaction.atomic
def propose_hand_over(*, sale_id: int, actor: Actor, now: datetime) -> list[Payout]:
    """Propose what growers are owed at hand-over by their contracts, while the sale runs.

    Run again it brings what is not paid yet up to date.
    """
    sale = Sale.objects.select_for_update(of=("self",)).select_related("branch").get(pk=sale_id)
    actor.require(Role.DESK, region=sale.branch.county_id)
    proposed = propose_owed(sale, actor, now=now, only=contract_money.growers_owed(sale_id))
    if proposed:
        audit.write(
            actor,
            "settlement.propose_hand_over",
            f"sale {sale_id}",
            now=now,
            after={"payouts": len(proposed), "fen": sum(p.amount_fen for p in proposed)},
        )
    return proposed


@transaction.atomic
def approve_payouts(*, payout_ids: Sequence[int], actor: Actor, now: datetime) -> int:
    """Pay what another person proposed; each payout is paid once, however often it is approved.

    What the review list stops is left out and stays proposed.

    Raises
    ------
    InDoubt
        The review list stops all of them.
    SamePerson
        The one who approves proposed one of them.
    OwedLess
        A claim or correction has come in between.
    PaidMeanwhile
        The database says that one of them was paid although its lock showed it was not.
    """
    locked = Payout.objects.select_for_update(of=("self",)).select_related("base", "sale")
    rows = list(locked.filter(pk__in=payout_ids).order_by("pk"))
    for county in sorted({row.base.county_id for row in rows}):
        actor.require(Role.DESK, region=county)
    if any(row.proposed_by == actor.party for row in rows):
        raise SamePerson("somebody else must approve what you proposed")
    due = [row for row in rows if row.state == Payout.State.PROPOSED]
    asked, due = due, without_doubt(due)
    if asked and not due:
        raise InDoubt("these wait on the review list; a second person decides there first")
    owed = {sale_id: _owed(sale_id) for sale_id in {row.sale_id for row in due}}
    for row in due:
        owed_fen = owed[row.sale_id].get(row.account, 0)
        if row.amount_fen > owed_fen:
            raise OwedLess(
                f"{row.account} is owed {owed_fen} fen by now, not {row.amount_fen}; settle again",
                payout=row.pk,
            )
    due_rows = Payout.objects.filter(pk__in=[r.pk for r in due], state=Payout.State.PROPOSED)
    paid = due_rows.update(state=Payout.State.PAID, paid_at=now, approved_by=actor.party)
    if paid != len(due):
        raise PaidMeanwhile("somebody else pays these at this moment; look again")
    ledger.post([_paid(row) for row in due if row.amount_fen], now=now)
    audit.write(
        actor,
        "settlement.approve_payouts",
        f"payouts {len(due)}",
        now=now,
        after={"payouts": [row.pk for row in due], "fen": sum(r.amount_fen for r in due)},
    )
    for base_id in sorted({row.base_id for row in due}):
        ids = [row.pk for row in due if row.base_id == base_id]
        outbox.record(PayoutsApproved(base_id=base_id, payout_ids=ids), now=now)
    return len(due)


def _check_finished(sale: Sale) -> None:
    if sale.state != Sale.State.CLOSED:
        raise SaleNotFinished("the sale still takes orders; close it first")
    _check_points(sale)
    open_orders = Order.objects.filter(sale=sale, state__in=_ON_THE_WAY).count()
    if open_orders:
        raise SaleNotFinished(
            f"{open_orders} orders have not arrived yet; wait, or cancel and refund them",
            orders=open_orders,
        )
    _check_bulk(sale)
    if contract_money.not_booked(sale.pk):
        raise SaleNotFinished("what growers handed over is not in the books yet; try again shortly")
    delivered = Order.objects.filter(sale=sale, state=Order.State.DELIVERED).count()
    split_orders = sale.entries.filter(kind="split").count()
    if delivered != split_orders:
        raise SaleNotFinished(
            f"{delivered - split_orders} deliveries are not in the books yet; try again shortly"
        )


def _check_bulk(sale: Sale) -> None:
    """Refuse while bundles wait for their truck, or those that left are not in the books."""
    bulk = BulkOrder.objects.filter(sale=sale)
    waiting = bulk.filter(state=BulkOrder.State.AGREED).count()
    if waiting:
        raise SaleNotFinished(f"{waiting} bulk orders wait for their truck; load or cancel them")
    gone = bulk.filter(state__in=[BulkOrder.State.LOADED, BulkOrder.State.PAID]).count()
    if gone != sale.entries.filter(kind="bulk").count():
        raise SaleNotFinished("bulk orders are not in the books yet; try again shortly")


def _check_points(sale: Sale) -> None:
    """Refuse while days at the points or claims are not in the books."""
    running = Shift.objects.filter(sale=sale, state=Shift.State.RUNNING).count()
    if running:
        raise SaleNotFinished(f"{running} days at packing points are not closed", shifts=running)
    closed = Shift.objects.filter(sale=sale, state=Shift.State.CLOSED).count()
    claims = Claim.objects.filter(order__sale=sale, state=Claim.State.APPROVED).count()
    waiting = closed - sale.entries.filter(kind="wages").count()
    waiting += claims - sale.entries.filter(kind="claim").count()
    if waiting:
        raise SaleNotFinished(f"{waiting} days or claims are not in the books yet; try again")


def _wages_rest(sale: Sale) -> Draft:
    """Move what orders set aside for packing beyond the wages (or lack) to the growers' pool."""
    fund = accounts.wages(sale.pk)
    rest_fen = -ledger.balance_fen(fund)
    return Draft(
        key=f"wages_rest:{sale.pk}",
        kind="wages_rest",
        base_id=sale.base_id,
        sale_id=sale.pk,
        lines=[(fund, rest_fen), (accounts.pool(sale.pk), -rest_fen)],
    )


def _pool_shares(sale: Sale) -> Draft:
    """Share the pool out by what was sold of each grower, as his contract says."""
    pool_fen = -ledger.balance_fen(accounts.pool(sale.pk))
    return Draft(
        key=f"pool:{sale.pk}",
        kind="pool",
        base_id=sale.base_id,
        sale_id=sale.pk,
        lines=contract_money.pool_lines(sale.pk, pool_fen),
    )


def _owed(sale_id: int) -> dict[str, int]:
    """What growers and packers of a sale are owed by now, in fen."""
    rows = Line.objects.filter(accounts.OF_PEOPLE, entry__sale_id=sale_id)
    sums = rows.values_list("account").annotate(n=Sum("amount_fen")).order_by("account")
    return {account: -fen for account, fen in sums}


def propose_owed(
    sale: Sale, actor: Actor, *, now: datetime, only: Collection[str] | None = None
) -> list[Payout]:
    """Propose what is owed: a payout still waiting is brought up to date, a paid one stays.

    ``only`` names the accounts that are paid now; none: everybody's.
    """
    waiting = {p.account: p for p in Payout.objects.filter(sale=sale, state="proposed")}
    settled = Payout.objects.filter(sale=sale).exclude(state=Payout.State.PROPOSED)
    paid = Counter(settled.values_list("account", flat=True))
    payees = {row.account: row for row in Payee.objects.filter(base=sale.base, ended_at=None)}
    changed, fresh = [], []
    owed = {
        account: fen for account, fen in _owed(sale.pk).items() if only is None or account in only
    }
    seen = suspicions.of_sale(sale, {one for one, fen in owed.items() if fen > 0}, now=now)
    raise_doubts(seen, base_id=sale.base_id, actor=SYSTEM, now=now)
    for account, fen in owed.items():
        row = waiting.get(account)
        if row is not None:
            if row.amount_fen != fen:
                row.amount_fen = max(0, fen)
                row.proposed_by = actor.party
                row.payee = payees.get(account)
                row.way = _way(account, row.payee)
                row.save(update_fields=["amount_fen", "proposed_by", "payee", "way"])
                changed.append(row)
        elif fen > 0:
            fresh.append(
                Payout(
                    key=f"{sale.pk}:{account}:{paid[account]}",
                    base_id=sale.base_id,
                    sale=sale,
                    account=account,
                    amount_fen=fen,
                    payee=payees.get(account),
                    way=_way(account, payees.get(account)),
                    proposed_at=now,
                    proposed_by=actor.party,
                )
            )
    return changed + Payout.objects.bulk_create(fresh)


def _way(account: str, payee: Payee | None) -> str:
    """Return how an account is paid: as its payee says, else packers in cash, growers by bank."""
    if payee is not None:
        return payee.way
    return Payee.Way.CASH if account.startswith("packer:") else Payee.Way.BANK


def _paid(payout: Payout) -> Draft:
    return Draft(
        key=f"payout:{payout.pk}",
        kind="payout",
        base_id=payout.base_id,
        sale_id=payout.sale_id,
        lines=[(payout.account, payout.amount_fen), (accounts.BANK, -payout.amount_fen)],
    )
