"""Who is paid for an account, and how: the party, a proxy he sent, or his heir."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.check_digits import is_card
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.actions import contact_of
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, payee_index, unseal
from postharvest.operations.harvest.models import Grower
from postharvest.operations.network.models import Base
from postharvest.operations.packing.models import Packer
from postharvest.operations.settlement import accounts
from postharvest.operations.settlement.doubts import Suspicion, raise_doubts
from postharvest.operations.settlement.events import PayeeChanged
from postharvest.operations.settlement.models import Doubt, Payee, Payout

CARD_DIGITS = range(16, 20)
"""Digits of a bank card; the last one is a check digit (Luhn)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeEntry:
    """What is entered: ``person.payee`` is the number of the bank account or card."""

    account: str
    way: str
    person: Person
    kind: str = Payee.Kind.SELF
    proof: str = ""


@transaction.atomic
def set_payee(*, base_id: int, entry: PayeeEntry, actor: Actor, now: datetime) -> Payee:
    """Say who is paid for an account from now on; what is proposed is paid to him too.

    If the money goes elsewhere than before, nothing is paid until a second person has confirmed it,
    and whoever was paid before is told.

    Raises
    ------
    InvalidInput
        No such party at this base, a bank account whose check digit is wrong, or a proxy or heir
        without a proof.
    """
    base = Base.objects.select_for_update().get(pk=base_id)
    actor.require(Role.DESK, region=base.county_id)
    _check(entry, base)
    contact = contact_of(entry.person, now=now)
    contact.save()
    before = Payee.objects.filter(account=entry.account, ended_at=None).first()
    Payee.objects.filter(account=entry.account, ended_at=None).update(ended_at=now)
    payee = Payee.objects.create(
        base=base,
        account=entry.account,
        way=entry.way,
        kind=entry.kind,
        proof=entry.proof.strip()[:120],
        contact=contact,
        entered_at=now,
        entered_by=actor.party,
    )
    Payout.objects.filter(account=entry.account, state=Payout.State.PROPOSED).update(
        payee=payee, way=payee.way, proposed_by=actor.party
    )
    audit.write(
        actor,
        "settlement.set_payee",
        entry.account,
        now=now,
        after={"way": payee.way, "kind": payee.kind, "proof": payee.proof},
    )
    _doubt_change(payee, before, entry.person, actor=actor, now=now)
    return payee


def _doubt_change(
    payee: Payee, before: Payee | None, person: Person, *, actor: Actor, now: datetime
) -> None:
    """Hold payouts of an account that leads elsewhere now, and tell whom it led to before."""
    old = before.contact if before else _own_contact(payee.account)
    if old is None or not _leads_elsewhere(payee, before, unseal(bytes(old.sealed)), person):
        return
    facts = {"payee": payee.pk, "before": before.pk if before else None}
    suspicion = Suspicion(
        kind=Doubt.Kind.PAYEE_CHANGED, key=str(payee.pk), account=payee.account, facts=facts
    )
    raise_doubts([suspicion], base_id=payee.base_id, actor=actor, now=now)
    outbox.record(
        PayeeChanged(base_id=payee.base_id, payee_id=payee.pk, old_contact_id=old.pk), now=now
    )


def _leads_elsewhere(payee: Payee, before: Payee | None, old: Person, new: Person) -> bool:
    """Whether somebody else, or another account, is paid than was known before."""
    if payee.kind != Payee.Kind.SELF or (before is not None and old.name != new.name):
        return True
    return bool(old.payee and new.payee) and payee_index(old.payee) != payee_index(new.payee)


def person_of(payout: Payout) -> Person | None:
    """Unseal who is paid: the payee, or the party's own contact; none if nobody is known."""
    contact = payout.payee.contact if payout.payee else _own_contact(payout.account)
    return unseal(bytes(contact.sealed)) if contact else None


def _check(entry: PayeeEntry, base: Base) -> None:
    kind, _, number = entry.account.partition(":")
    model = {"grower": Grower, "packer": Packer}.get(kind)
    if model is None or not number.isdigit():
        raise InvalidInput("account", f"{entry.account!r} is no grower or packer")
    if not model._default_manager.filter(pk=int(number), base=base).exists():
        raise InvalidInput("account", f"there is no {entry.account} at this base")
    if entry.way not in Payee.Way.values:
        raise InvalidInput("way", f"must be one of {', '.join(Payee.Way.values)}")
    if entry.kind not in Payee.Kind.values:
        raise InvalidInput("kind", f"must be one of {', '.join(Payee.Kind.values)}")
    if entry.kind != Payee.Kind.SELF and not entry.proof.strip():
        raise InvalidInput("proof", "name the slip or certificate that lets somebody else be paid")
    if not entry.person.name.strip():
        raise InvalidInput("name", "who is paid?")
    if entry.way == Payee.Way.BANK:
        _check_bank(entry.person.payee)


def _check_bank(number: str) -> None:
    digits = number.replace(" ", "")
    if not digits.isdigit() or not 8 <= len(digits) <= CARD_DIGITS[-1]:  # noqa: PLR2004
        raise InvalidInput("bank_account", "has 8 to 19 digits; copy it from the card or passbook")
    if len(digits) in CARD_DIGITS and not is_card(digits):
        raise InvalidInput("bank_account", "the check digit is wrong; read the card again")


def _own_contact(account: str) -> Contact | None:
    kind, _, number = account.partition(":")
    if kind == accounts.kind_of(accounts.grower(0)):
        grower = Grower.objects.select_related("contact").filter(pk=int(number)).first()
        return grower.contact if grower else None
    packer = Packer.objects.select_related("contact").filter(pk=int(number)).first()
    return packer.contact if packer else None
