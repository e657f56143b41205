"""Buyers' invoices and growers' vouchers: asked for, issued, refused, each once."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, seal
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.orders.models import Order
from postharvest.operations.settlement import accounts, bookings
from postharvest.operations.settlement.models import InvoiceRequest, Line, PurchaseVoucher

TAX_NUMBER_LENGTHS = (15, 18, 20)
_PAID_FOR = (
    Order.State.CONFIRMED,
    Order.State.PACKED,
    Order.State.POSTED,
    Order.State.DELIVERED,
)


class InvoiceDecided(Refused):
    """The request was decided already."""

    code = "settlement.invoice_decided"


class NothingToInvoice(Refused):
    """The order is not paid, or was paid back."""

    code = "settlement.nothing_to_invoice"


@transaction.atomic
def request_invoice(
    *, order_id: int, title: str, tax_number: str, email: str, actor: Actor, now: datetime
) -> InvoiceRequest:
    """Ask for the invoice of a paid order; asking again answers with the first request.

    Raises
    ------
    InvalidInput
        No title, a tax number that can't be one, or no address to send it to.
    NothingToInvoice
        The order is not paid, or was paid back.
    """
    order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
    known = InvoiceRequest.objects.filter(order=order).first()
    if known is not None:
        return known
    title, number = title.strip(), tax_number.strip().upper()
    if not 1 <= len(title) <= 100:  # noqa: PLR2004
        raise InvalidInput("title", "write the name the invoice is made out to")
    if number and (len(number) not in TAX_NUMBER_LENGTHS or not number.isalnum()):
        raise InvalidInput("tax_number", "has 15, 18 or 20 letters and digits; copy it again")
    if "@" not in email or len(email) > 100:  # noqa: PLR2004
        raise InvalidInput("email", "say where the invoice is sent to")
    if order.paid_at is None or order.state not in _PAID_FOR:
        raise NothingToInvoice("there is nothing to invoice", order=order_id)
    person = Person(name=title, phone="", line=email.strip(), payee=number)
    contact = Contact.objects.create(sealed=seal(person), phone_index="", created_at=now)
    row = InvoiceRequest.objects.create(
        base_id=order.base_id,
        order=order,
        contact=contact,
        is_company=bool(number),
        requested_at=now,
    )
    audit.write(actor, "settlement.request_invoice", f"order {order_id}", now=now)
    return row


@transaction.atomic
def issue_invoice(*, request_id: int, number: str, actor: Actor, now: datetime) -> InvoiceRequest:
    """Note the number of the invoice that was issued.

    Raises
    ------
    InvalidInput
        No number is given.
    InvoiceDecided
        It was issued or refused before.
    """
    if not number.strip():
        raise InvalidInput("number", "write the number of the invoice")
    return _decide(
        request_id, InvoiceRequest.State.ISSUED, actor, now=now, number=number.strip()[:40]
    )


@transaction.atomic
def refuse_invoice(*, request_id: int, reason: str, actor: Actor, now: datetime) -> InvoiceRequest:
    """Say why an invoice is not issued.

    Raises
    ------
    InvalidInput
        No reason is given.
    InvoiceDecided
        It was issued or refused before.
    """
    if not reason.strip():
        raise InvalidInput("reason", "say why no invoice is issued")
    return _decide(
        request_id, InvoiceRequest.State.REFUSED, actor, now=now, reason=reason.strip()[:200]
    )


@transaction.atomic
def issue_vouchers(*, sale_id: int, actor: Actor, now: datetime) -> list[PurchaseVoucher]:
    """Issue a numbered purchase voucher to every grower of a settled sale; again: the same ones.

    Raises
    ------
    NothingToInvoice
        The sale is not settled: nobody's share is known yet.
    """
    sale = (
        Sale.objects.select_for_update(of=("self",))
        .select_related("branch", "base")
        .get(pk=sale_id)
    )
    actor.require(Role.DESK, region=sale.branch.county_id)
    if not sale.entries.filter(kind="pool").exists():
        raise NothingToInvoice("settle the sale first; then everybody's share is known")
    have = set(PurchaseVoucher.objects.filter(sale=sale).values_list("grower_id", flat=True))
    weights = bookings.boxed_by_grower(sale_id)
    year = local_day(now).year
    serial = PurchaseVoucher.objects.filter(base=sale.base, number__contains=f"-{year}-").count()
    rows = []
    for grower_id, fen in sorted(_credited(sale_id).items()):
        if grower_id in have or fen <= 0:
            continue
        serial += 1
        rows.append(
            PurchaseVoucher(
                base_id=sale.base_id,
                sale=sale,
                grower_id=grower_id,
                number=f"SG-{sale.base.code}-{year}-{serial:06d}",
                weight_g=weights.get(grower_id, 0),
                amount_fen=fen,
                issued_at=now,
                issued_by=actor.party,
            )
        )
    PurchaseVoucher.objects.bulk_create(rows)
    if rows:
        audit.write(
            actor,
            "settlement.issue_vouchers",
            f"sale {sale_id}",
            now=now,
            after={"numbers": [row.number for row in rows]},
        )
    return list(vouchers_of(sale_id))


def vouchers_of(sale_id: int) -> QuerySet[PurchaseVoucher]:
    """Vouchers of a sale by number, with all that is printed on them."""
    rows = PurchaseVoucher.objects.filter(sale_id=sale_id).select_related(
        "grower__contact", "sale__branch", "sale__surplus__produce", "sale__surplus__county"
    )
    return rows.order_by("number")


def requests(scope: str = "", *, state: str = "") -> QuerySet[InvoiceRequest]:
    """Invoice requests of a region, those that wait first."""
    rows = InvoiceRequest.objects.filter(
        order__sale__branch__county__code__startswith=scope
    ).select_related("order__sale__surplus__produce", "contact")
    return (rows.filter(state=state) if state else rows).order_by("-state", "pk")


def request_of(order_id: int) -> InvoiceRequest | None:
    """The invoice request of an order, or none."""
    return InvoiceRequest.objects.filter(order_id=order_id).first()


def _decide(
    request_id: int, state: str, actor: Actor, *, now: datetime, **noted: str
) -> InvoiceRequest:
    rows = InvoiceRequest.objects.select_for_update(of=("self",))
    row = rows.select_related("order__sale__branch").get(pk=request_id)
    actor.require(Role.DESK, region=row.order.sale.branch.county_id)
    waiting = InvoiceRequest.objects.filter(pk=request_id, state=InvoiceRequest.State.REQUESTED)
    if not waiting.update(state=state, decided_at=now, decided_by=actor.party, **noted):
        raise InvoiceDecided(f"the request is {row.get_state_display()}", request=request_id)
    audit.write(
        actor, f"settlement.invoice_{state}", f"request {request_id}", now=now, after=dict(noted)
    )
    row.refresh_from_db()
    return row


def _credited(sale_id: int) -> dict[int, int]:
    """Fen that each grower was credited in a sale for his goods, payouts left out."""
    prefix = accounts.grower(0)[:-1]
    lines = Line.objects.filter(entry__sale_id=sale_id, account__startswith=prefix)
    sums = lines.exclude(entry__kind="payout").values_list("account").order_by()
    return {
        int(account.removeprefix(prefix)): -fen
        for account, fen in sums.annotate(n=Sum("amount_fen"))
    }


def voucher(voucher_id: int) -> PurchaseVoucher | None:
    """One voucher with all that is printed on it, or none."""
    rows = PurchaseVoucher.objects.select_related(
        "grower__contact", "sale__branch", "sale__surplus__produce", "sale__surplus__county"
    )
    return rows.filter(pk=voucher_id).first()
