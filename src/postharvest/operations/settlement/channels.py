"""What marketplaces and brokers owe and keep, and what they pay over."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.operations.campaigns.models import Channel
from postharvest.operations.settlement import accounts, ledger
from postharvest.operations.settlement.ledger import Draft
from postharvest.operations.settlement.models import Entry, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatement:
    """The money of a channel in fen; ``due_fen`` is what it must pay over today."""

    taken_fen: int
    refunded_fen: int
    fees_fen: int
    open_fees_fen: int
    received_fen: int
    due_fen: int


def statement_of_channel(channel_id: int) -> ChannelStatement:
    """What came in through a channel, what it gave back and keeps, and what is still due."""
    money, fee = accounts.channel(channel_id), accounts.channel_fee(channel_id)
    by_kind = dict(
        Line.objects.filter(account=money).values_list("entry__kind").annotate(n=Sum("amount_fen"))
    )
    fees = dict(
        Line.objects.filter(account=fee).values_list("entry__kind").annotate(n=Sum("amount_fen"))
    )
    open_fees = -sum(fees.values())
    received = Line.objects.filter(
        account=accounts.BANK, amount_fen__gt=0, entry__lines__account=money
    ).aggregate(n=Sum("amount_fen"))
    return ChannelStatement(
        taken_fen=by_kind.get("payment", 0) + by_kind.get("bulk", 0),
        refunded_fen=-by_kind.get("refund", 0),
        fees_fen=-fees.get("split", 0) - fees.get("bulk", 0),
        open_fees_fen=open_fees,
        received_fen=received["n"] or 0,
        due_fen=sum(by_kind.values()) - open_fees,
    )


@transaction.atomic
def settle_channel(
    *, channel_id: int, reference: str, received_fen: int, actor: Actor, now: datetime
) -> ChannelStatement:
    """Book what a marketplace paid over: it kept the fees that are open, the rest stays due.

    A broker of bulk is the other way round: buyers pay us, and we pay him his fees, so nothing
    is received.  The same reference is booked once.

    Raises
    ------
    InvalidInput
        There is no reference, the reference came with another amount, or more is received than
        is due.
    """
    channel = Channel.objects.select_for_update(of=("self",)).select_related("base")
    row = channel.get(pk=channel_id)
    actor.require(Role.DESK, region=row.base.county_id)
    if not reference.strip():
        raise InvalidInput("reference", "enter the number of the channel's statement")
    key = f"channel:{channel_id}:{reference}"[:80]
    if Entry.objects.filter(key=key).exists():
        _check_same(key, received_fen)
        return statement_of_channel(channel_id)
    now_due = statement_of_channel(channel_id)
    ledger.post([_settled(row, key, now_due, received_fen)], now=now)
    audit.write(
        actor,
        "settlement.settle_channel",
        f"channel {channel_id}",
        now=now,
        after={"reference": reference, "received_fen": received_fen},
    )
    return statement_of_channel(channel_id)


def _settled(row: Channel, key: str, due: ChannelStatement, received_fen: int) -> Draft:
    fee = accounts.channel_fee(row.pk)
    if row.kind == Channel.Kind.BULK:
        if received_fen:
            raise InvalidInput("received", "bulk buyers pay order by order; enter it there")
        lines = [(fee, due.open_fees_fen), (accounts.BANK, -due.open_fees_fen)]
    else:
        if not 0 <= received_fen <= max(0, due.due_fen):
            raise InvalidInput(
                "received", f"{due.due_fen} fen are due, not {received_fen}; check the statement"
            )
        kept = received_fen + due.open_fees_fen
        money = accounts.channel(row.pk)
        lines = [(accounts.BANK, received_fen), (fee, due.open_fees_fen), (money, -kept)]
    return Draft(key=key, kind="channel", base_id=row.base_id, sale_id=None, lines=lines)


def _check_same(key: str, received_fen: int) -> None:
    bank = Line.objects.filter(entry__key=key, account=accounts.BANK, amount_fen__gt=0)
    booked = bank.aggregate(n=Sum("amount_fen"))["n"] or 0
    if booked != received_fen:
        raise InvalidInput("reference", f"is booked already, with {booked} fen")
