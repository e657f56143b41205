"""Who looks at whose data: shown in full only with a reason, and written down for the auditor."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, unseal
from postharvest.operations.harvest.models import Grower
from postharvest.operations.network.models import Base
from postharvest.operations.orders.access import order_id_of
from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Packer

LOOK, PRINT = "people.look", "people.print"
LOOKS = (LOOK, PRINT, "settlement.read_batch", "people.export_person")
SHORTEST_REASON = 5


class NobodyThere(Refused):
    """No such grower, packer or order in the region."""

    code = "people.nobody_there"


@transaction.atomic
def look_at(*, number: str, reason: str, actor: Actor, now: datetime) -> Person:
    """Show a person in full: a grower or packer by his code, a buyer by his order's number.

    Raises
    ------
    InvalidInput
        No reason is given that another person could check.
    NobodyThere
        There is nobody of that number in the actor's region.
    """
    actor.require(Role.DESK)
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput("reason", "say what you need it for, so that somebody can check it")
    subject, contact, base = _find(number.strip(), actor.scope)
    _write(LOOK, subject, reason.strip()[:200], base_id=base.pk, actor=actor, now=now)
    return unseal(bytes(contact.sealed))


@transaction.atomic
def note_printed(*, what: str, base_id: int, actor: Actor, now: datetime) -> None:
    """Write down that a paper or list with full names was made ("voucher 3")."""
    _write(PRINT, what, what, base_id=base_id, actor=actor, now=now)


def looks(scope: str = "") -> QuerySet[AuditEntry]:
    """Who saw whose data in a region, the newest first; what has no region is the country's."""
    rows = AuditEntry.objects.filter(action__in=LOOKS)
    if scope:
        bases = Base.objects.filter(county__code__startswith=scope).values_list("pk", flat=True)
        rows = rows.filter(Q(base_id__in=list(bases)))
    return rows.order_by("-pk")


def _write(
    action: str, subject: str, reason: str, *, base_id: int, actor: Actor, now: datetime
) -> None:
    audit.write(actor, action, subject[:80], now=now, after={"reason": reason}, base_id=base_id)


def _find(number: str, scope: str) -> tuple[str, Contact, Base]:
    """Return what is noted of a person, his contact and base."""
    order_id = order_id_of(number)
    if order_id is not None:
        order = Order.objects.filter(pk=order_id).select_related("contact", "base").first()
        if order is not None and order.base.county_id.startswith(scope):
            return f"order {order.pk}", order.contact, order.base
    for model, name in ((Grower, "grower"), (Packer, "packer")):
        row = model._default_manager.filter(code=number).select_related("contact", "base").first()
        if row is not None and row.contact is not None and row.base.county_id.startswith(scope):
            return f"{name} {row.pk}", row.contact, row.base
    raise NobodyThere("there is nobody of this number in your region", number=number[:40])
