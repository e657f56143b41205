"""Paying out: packers by the day, batches for the bank, the counter and the cash box, returns."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.tables.writing import harmless
from postharvest.core.units import FEN_PER_YUAN
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.network.models import Base
from postharvest.operations.packing.models import Shift, SignIn
from postharvest.operations.settlement import accounts, ledger
from postharvest.operations.settlement.actions import propose_owed
from postharvest.operations.settlement.doubts import without_doubt
from postharvest.operations.settlement.ledger import Draft
from postharvest.operations.settlement.models import BankFormat, Entry, Payee, Payout, PayoutBatch
from postharvest.operations.settlement.payees import person_of

BANK_FIELDS = ("number", "name", "bank_account", "amount_yuan", "amount_fen", "phone", "purpose")
"""What a column of a bank file may hold."""
USUAL_COLUMNS = (
    {"title": "序号", "field": "number"},
    {"title": "收款人", "field": "name"},
    {"title": "收款账号", "field": "bank_account"},
    {"title": "金额(元)", "field": "amount_yuan"},
    {"title": "用途", "field": "purpose"},
)
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")


class NotPaidOut(Refused):
    """The payout was not paid, or came back already."""

    code = "settlement.not_paid_out"


class WagesNotReady(Refused):
    """A point's day is not closed, or its wages have not reached the books."""

    code = "settlement.wages_not_ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """One payout of a batch as it is printed or sent."""

    payout_id: int
    number: int
    name: str
    phone: str
    bank_account: str
    amount_fen: int
    purpose: str
    kind: str
    line: str


@transaction.atomic
def propose_wages(*, sale_id: int, day: date, actor: Actor, now: datetime) -> list[Payout]:
    """Propose the wages of the packers who worked on a day; proposing again changes nothing.

    Raises
    ------
    WagesNotReady
        A point that worked that day is not closed, or its wages are not in the books.
    """
    sale = Sale.objects.select_for_update(of=("self",)).select_related("branch").get(pk=sale_id)
    actor.require(Role.DESK, region=sale.branch.county_id)
    shifts = Shift.objects.filter(sale=sale, day=day)
    if shifts.filter(state=Shift.State.RUNNING).exists():
        raise WagesNotReady(f"a point has not closed {day} yet", day=str(day))
    closed = list(shifts.filter(state=Shift.State.CLOSED).values_list("pk", flat=True))
    if Entry.objects.filter(key__in=[f"wages:{pk}" for pk in closed]).count() < len(closed):
        raise WagesNotReady("the day's wages are not in the books yet; try again shortly")
    packers = SignIn.objects.filter(shift__in=closed).values_list("packer_id", flat=True)
    rows = propose_owed(sale, actor, now=now, only={accounts.packer(packer) for packer in packers})
    if rows:
        audit.write(
            actor,
            "settlement.propose_wages",
            f"sale {sale_id}",
            now=now,
            after={"day": str(day), "payouts": len(rows), "fen": sum(r.amount_fen for r in rows)},
        )
    return rows


@transaction.atomic
def return_payout(*, payout_id: int, reason: str, actor: Actor, now: datetime) -> Payout:
    """Note that a payout failed or came back: the money is owed again, the next has a new key.

    Raises
    ------
    InvalidInput
        No reason is given.
    NotPaidOut
        It was never paid, or came back already.
    """
    rows = Payout.objects.select_for_update(of=("self",)).select_related("base")
    row = rows.get(pk=payout_id)
    actor.require(Role.DESK, region=row.base.county_id)
    if not reason.strip():
        raise InvalidInput("reason", "say why it came back: wrong account, not collected, …")
    back = Payout.objects.filter(pk=payout_id, state=Payout.State.PAID).update(
        state=Payout.State.RETURNED, returned_at=now, return_reason=reason.strip()[:200]
    )
    if not back:
        raise NotPaidOut(f"payout {payout_id} was not paid, or came back already", payout=payout_id)
    draft = Draft(
        key=f"returned:{payout_id}",
        kind="payout",
        base_id=row.base_id,
        sale_id=row.sale_id,
        lines=[(accounts.BANK, row.amount_fen), (row.account, -row.amount_fen)],
        note=reason.strip()[:200],
    )
    ledger.post([draft], now=now)
    audit.write(
        actor,
        "settlement.return_payout",
        f"payout {payout_id}",
        now=now,
        after={"reason": reason.strip(), "fen": row.amount_fen},
    )
    row.refresh_from_db()
    return row


@transaction.atomic
def make_batch(*, base_id: int, way: str, actor: Actor, now: datetime) -> PayoutBatch:
    """Put the approved payouts of one way that are in no batch yet together, to be handed over.

    A payout is in one batch for good, so that no file pays it twice.

    Raises
    ------
    InvalidInput
        There is none, or a bank payout has no account to go to.
    """
    base = Base.objects.select_for_update().get(pk=base_id)
    actor.require(Role.DESK, region=base.county_id)
    waiting = Payout.objects.select_for_update(of=("self",)).filter(
        base=base, way=way, state=Payout.State.PAID, batch=None, amount_fen__gt=0
    )
    rows = without_doubt(list(waiting.select_related("payee__contact", "sale").order_by("pk")))
    if not rows:
        raise InvalidInput("way", "no approved payout of this way waits without a doubt")
    if way == Payee.Way.BANK:
        lacking = [r.account for r in rows if not ((p := person_of(r)) and p.payee)]
        if lacking:
            raise InvalidInput(
                "bank_account",
                f"{len(lacking)} have no bank account, {lacking[0]} first; enter their payees",
                accounts=lacking[:50],
            )
    batch = PayoutBatch.objects.create(base=base, way=way, made_at=now, made_by=actor.party)
    Payout.objects.filter(pk__in=[row.pk for row in rows], batch=None).update(batch=batch)
    audit.write(
        actor,
        "settlement.make_batch",
        f"batch {batch.pk}",
        now=now,
        after={"way": way, "payouts": len(rows), "fen": sum(row.amount_fen for row in rows)},
    )
    return batch


@transaction.atomic
def set_bank_format(
    *,
    base_id: int,
    columns: Sequence[Mapping[str, str]],
    delimiter: str,
    encoding: str,
    with_titles: bool,
    actor: Actor,
    now: datetime,
) -> BankFormat:
    """Say which columns the base's bank wants, in which order and encoding.

    Raises
    ------
    InvalidInput
        A column holds nothing we know, the account or amount is missing, or the rest can't be.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, region=base.county_id)
    fields = [str(column.get("field", "")) for column in columns]
    if unknown := [f for f in fields if f not in BANK_FIELDS]:
        raise InvalidInput(
            "columns", f"{unknown[0]!r} is unknown; there are {', '.join(BANK_FIELDS)}"
        )
    if "bank_account" not in fields or not {"amount_yuan", "amount_fen"} & set(fields):
        raise InvalidInput("columns", "a bank file needs at least bank_account and an amount")
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in '".':
        raise InvalidInput("delimiter", "must be one character such as , ; | or a tab")
    if encoding not in ENCODINGS:
        raise InvalidInput("encoding", f"must be one of {', '.join(ENCODINGS)}")
    row, _ = BankFormat.objects.update_or_create(
        base=base,
        defaults={
            "columns": [{"title": str(c.get("title", "")), "field": c["field"]} for c in columns],
            "delimiter": delimiter,
            "encoding": encoding,
            "with_titles": with_titles,
        },
    )
    audit.write(
        actor, "settlement.set_bank_format", f"base {base_id}", now=now, after={"columns": fields}
    )
    return row


def lines_of_batch(*, batch_id: int, actor: Actor, now: datetime) -> list[PayoutLine]:
    """Unseal who is paid in a batch, for its file or paper; who looked is written down."""
    batch = PayoutBatch.objects.select_related("base").get(pk=batch_id)
    actor.require(Role.DESK, region=batch.base.county_id)
    rows = batch.payouts.select_related("payee__contact", "sale__surplus__produce").order_by("pk")
    out = []
    for number, row in enumerate(rows, 1):
        person = person_of(row)
        purpose = "打包工资" if row.account.startswith("packer:") else "农产品货款"
        out.append(
            PayoutLine(
                payout_id=row.pk,
                number=number,
                name=person.name if person else row.account,
                phone=person.phone if person else "",
                bank_account=(person.payee if person else "").replace(" ", ""),
                amount_fen=row.amount_fen,
                purpose=f"{purpose} {row.sale.surplus.produce.name_zh}",
                kind=row.payee.kind if row.payee else Payee.Kind.SELF,
                line=person.line if person else "",
            )
        )
    audit.write(actor, "settlement.read_batch", f"batch {batch_id}", now=now, base_id=batch.base_id)
    return out


def bank_file(*, batch_id: int, actor: Actor, now: datetime) -> tuple[str, bytes]:
    """Write the bank's file of a batch: its name and content, the same whenever it is asked for.

    Raises
    ------
    InvalidInput
        The batch is not for the bank.
    """
    batch = PayoutBatch.objects.select_related("base").get(pk=batch_id)
    if batch.way != Payee.Way.BANK:
        raise InvalidInput("batch", "only payouts by bank transfer go into a bank file")
    lines = lines_of_batch(batch_id=batch_id, actor=actor, now=now)
    row = bank_format_of(batch.base_id)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=row.delimiter, lineterminator="\r\n")
    if row.with_titles:
        writer.writerow([column["title"] for column in row.columns])
    for line in lines:
        writer.writerow([_cell(line, column["field"]) for column in row.columns])
    name = f"bank-{batch.base.code}-{local_day(batch.made_at):%Y%m%d}-{batch_id}.csv"
    return name, out.getvalue().encode(row.encoding)


def batches(scope: str = "") -> QuerySet[PayoutBatch]:
    """Batches of a region, the newest first."""
    rows = PayoutBatch.objects.filter(base__county__code__startswith=scope).select_related("base")
    return rows.order_by("-pk")


def _cell(line: PayoutLine, field: str) -> str:
    if field == "amount_yuan":
        return f"{line.amount_fen / FEN_PER_YUAN:.2f}"
    return str(harmless(str(getattr(line, field))))


def batch(batch_id: int) -> PayoutBatch | None:
    """One batch with its base, or none."""
    return PayoutBatch.objects.select_related("base").filter(pk=batch_id).first()


def bank_format_of(base_id: int) -> BankFormat:
    """The columns of a base's bank file, or the usual ones."""
    known = BankFormat.objects.filter(base_id=base_id).first()
    return known or BankFormat(base_id=base_id, columns=list(USUAL_COLUMNS))
