"""What a person may ask of us: everything we keep of him, and to be forgotten.

The ledger, the parcels and the events stay whole: they name rows, never people.  What is forgotten
is the one place that says who the rows were (the vault), the photos and words he sent, and the
index by which his orders could be found together.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Sum

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import Refused
from postharvest.core.photos.actions import forget_photos
from postharvest.core.vault.actions import contacts_of, forget
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import unseal, unseal_text
from postharvest.operations.harvest.models import Grower
from postharvest.operations.members.models import Member
from postharvest.operations.notices.models import Preference
from postharvest.operations.orders.actions.claims import CLAIM_DAYS
from postharvest.operations.orders.models import BulkOrder, Claim, Order
from postharvest.operations.packing.models import Packer
from postharvest.operations.settlement import accounts
from postharvest.operations.settlement.models import InvoiceRequest, Line, Payee, Payout

DONE = (Order.State.CANCELLED, Order.State.REFUNDED, Order.State.DELIVERED)
OLD_BATCH = 500


class StillNeeded(Refused):
    """Something is not finished for which we must know the person."""

    code = "people.still_needed"


def export_person(*, phone: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return everything that is kept of the person of a phone number; being asked is audited."""
    actor.require(Role.ADMINISTRATOR)
    contacts = contacts_of(phone)
    people = [unseal(bytes(row.sealed)) for row in contacts]
    indexes = {row.phone_index for row in contacts}
    with transaction.atomic():
        audit.write(actor, "people.export_person", f"contacts {len(contacts)}", now=now)
    return {
        "schema": "postharvest.person/1",
        "contacts": [
            {
                "name": person.name,
                "phone": person.phone,
                "address": person.line,
                "payee": person.payee,
                "resident_id": person.resident_id,
                "since": row.created_at.isoformat(),
            }
            for row, person in zip(contacts, people, strict=True)
        ],
        "orders": [_order(row) for row in Order.objects.filter(contact__in=contacts)],
        "claims": [_claim(row) for row in Claim.objects.filter(order__contact__in=contacts)],
        "invoices": [
            {"title": who.name, "tax_number": who.payee, "sent_to": who.line}
            for who in (unseal(bytes(row.sealed)) for row in _invoice_contacts(contacts))
        ],
        "member": [
            {"name": row.user.get_username(), "joined_at": row.joined_at.isoformat()}
            for row in Member.objects.filter(contact__in=contacts).select_related("user")
        ],
        "notices": [_wish(row) for row in Preference.objects.filter(phone_index__in=indexes)],
        "accounts": {account: _payouts(account) for account in _accounts_of(contacts)},
    }


@transaction.atomic
def erase_person(*, phone: str, actor: Actor, now: datetime) -> int:
    """Forget the person of a phone number; returns how many contacts he had.

    Raises
    ------
    StillNeeded
        An order is on its way or may still be claimed, or money is owed to the person.
    """
    actor.require(Role.ADMINISTRATOR)
    contacts = contacts_of(phone)
    if open_order := _open_orders(contacts, now=now).first():
        raise StillNeeded(f"order {open_order.pk} is not finished; ask again when it is")
    if BulkOrder.objects.filter(contact__in=contacts, state__in=["agreed", "loaded"]).exists():
        raise StillNeeded("a bulk order is not paid; ask again when it is")
    for account in _accounts_of(contacts):
        if owed := _owed_fen(account):
            raise StillNeeded(f"{owed} fen are owed on {account}; pay them out first")
    _forget(contacts, actor=actor, now=now)
    return len(contacts)


@transaction.atomic
def forget_old_buyers(*, keep_days: int, actor: Actor, now: datetime) -> int:
    """Forget buyers whose orders all ended longer ago; a batch at a time, returns how many."""
    old = Contact.objects.exclude(phone_index="").filter(
        created_at__lt=now - timedelta(days=keep_days)
    )
    busy = _unfinished(now=now).values("contact_id")
    buyers = Order.objects.values("contact_id")
    rows = list(old.filter(pk__in=buyers).exclude(pk__in=busy).order_by("pk")[:OLD_BATCH])
    if rows:
        _forget(rows, actor=actor, now=now)
    return len(rows)


def _forget(contacts: Sequence[Contact], *, actor: Actor, now: datetime) -> None:
    orders = Order.objects.filter(contact__in=contacts)
    claims = Claim.objects.filter(order__in=orders)
    photos = [name for name in claims.values_list("photo", flat=True) if name]
    indexes = {row.phone_index for row in contacts} - {""}
    claims.update(note="", photo="")
    Preference.objects.filter(phone_index__in=indexes).delete()
    get_user_model().objects.filter(member__contact__in=contacts).delete()
    orders.update(buyer="")
    forget([*contacts, *_invoice_contacts(contacts)], actor=actor, now=now)
    transaction.on_commit(lambda: _delete(photos))


def _delete(photos: Sequence[str]) -> None:
    """Take photos off the disk, unless the same picture lies under somebody else's claim."""
    kept = set(Claim.objects.filter(photo__in=photos).values_list("photo", flat=True))
    for name in photos:
        if name not in kept:
            default_storage.delete(name)
            forget_photos([name])


def _unfinished(*, now: datetime) -> Any:  # noqa: ANN401  (a query set of orders)
    claimable = Order.objects.filter(
        state=Order.State.DELIVERED, closed_at__gt=now - timedelta(days=CLAIM_DAYS)
    )
    return Order.objects.exclude(state__in=DONE) | claimable


def _open_orders(contacts: Sequence[Contact], *, now: datetime) -> Any:  # noqa: ANN401
    return _unfinished(now=now).filter(contact__in=contacts).order_by("pk")


def _accounts_of(contacts: Sequence[Contact]) -> list[str]:
    growers = Grower.objects.filter(contact__in=contacts).values_list("pk", flat=True)
    packers = Packer.objects.filter(contact__in=contacts).values_list("pk", flat=True)
    paid_for = Payee.objects.filter(contact__in=contacts, ended_at=None)
    return list(
        dict.fromkeys(
            [
                *(accounts.grower(pk) for pk in growers),
                *(accounts.packer(pk) for pk in packers),
                *paid_for.values_list("account", flat=True),
            ]
        )
    )


def _invoice_contacts(contacts: Sequence[Contact]) -> list[Contact]:
    """Return what buyers wrote on requests for an invoice: titles, tax numbers, mailboxes."""
    asked = InvoiceRequest.objects.filter(order__contact__in=contacts)
    return list(Contact.objects.filter(pk__in=asked.values("contact")).order_by("pk"))


def _owed_fen(account: str) -> int:
    balance = Line.objects.filter(account=account).aggregate(n=Sum("amount_fen"))["n"] or 0
    return -int(balance)


def _order(row: Order) -> dict[str, Any]:
    return {
        "order": row.pk,
        "placed_at": row.placed_at.isoformat(),
        "county": row.county_code,
        "boxes": row.quantity,
        "total_fen": row.total_fen,
        "state": row.state,
    }


def _wish(row: Preference) -> dict[str, Any]:
    email = unseal_text(bytes(row.sealed_email)) if row.sealed_email else ""
    return {"language": row.language, "ways": row.ways, "muted": row.muted, "email": email}


def _claim(row: Claim) -> dict[str, Any]:
    return {
        "order": row.order_id,
        "filed_at": row.filed_at.isoformat(),
        "note": row.note,
        "photo": row.photo,
        "state": row.state,
        "refund_fen": row.decided_fen,
    }


def _payouts(account: str) -> list[dict[str, Any]]:
    rows = Payout.objects.filter(account=account).order_by("pk")
    return [{"amount_fen": row.amount_fen, "way": row.way, "state": row.state} for row in rows]
