"""Changing the vault's key, and forgetting people."""

from collections.abc import Iterable
from datetime import datetime

from django.apps import apps
from django.db import transaction
from django.db.models import BinaryField, Model
from django.db.models.functions import Substr

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import (
    NAME_BYTES,
    NOBODY,
    Person,
    key_name,
    payee_index,
    phone_index,
    seal,
    seal_text,
    unseal_text,
    vault_secret,
)

BATCH = 500
SEALED = (
    ("vault.Contact", "sealed"),
    ("tokens.KeptAnswer", "body"),
    ("webhooks.Subscription", "sealed_secret"),
    ("signin.SecondFactor", "sealed_secret"),
    ("notices.Preference", "sealed_email"),
)
"""Every column that is sealed, by model."""


@transaction.atomic
def rotate(*, actor: Actor, now: datetime) -> int:
    """Seal up to `BATCH` values of each sealed column anew that an older key sealed.

    Returns how many.

    Raises
    ------
    cryptography.exceptions.InvalidTag
        A value's key is not listed in POSTHARVEST_VAULT_OLD_KEYS; nothing is changed.
    """
    actor.require(Role.ADMINISTRATOR)
    done = sum(_sealed_anew(apps.get_model(label), field) for label, field in SEALED)
    if done:
        audit.write(actor, "vault.rotate", f"values {done}", now=now)
    return done


def _sealed_anew(model: type[Model], field: str) -> int:
    begins = Substr(field, 1, NAME_BYTES, output_field=BinaryField())
    filled = model._default_manager.filter(**{f"{field}__isnull": False}).exclude(**{field: b""})
    old = filled.annotate(sealed_by=begins)
    old = old.exclude(sealed_by=key_name(vault_secret()))
    rows = list(old.select_for_update().order_by("pk")[:BATCH])
    for row in rows:
        setattr(row, field, seal_text(unseal_text(getattr(row, field))))
    model._default_manager.bulk_update(rows, [field])
    return len(rows)


def contact_of(person: Person, *, now: datetime) -> Contact:
    """Return a contact that is not stored yet: sealed, and found by phone or account."""
    return Contact(
        sealed=seal(person),
        phone_index=phone_index(person.phone),
        payee_index=payee_index(person.payee),
        created_at=now,
    )


def contacts_of(phone: str) -> list[Contact]:
    """Return every contact of a phone number."""
    return list(Contact.objects.filter(phone_index=phone_index(phone)).order_by("pk"))


def forget(contacts: Iterable[Contact], *, actor: Actor, now: datetime) -> None:
    """Put nobody in the place of these people, inside the caller's transaction."""
    rows = list(contacts)
    for row in rows:
        row.sealed, row.phone_index, row.payee_index = seal(NOBODY), "", ""
    Contact.objects.bulk_update(rows, ["sealed", "phone_index", "payee_index"])
    audit.write(actor, "vault.forget", f"contacts {len(rows)}", now=now)
