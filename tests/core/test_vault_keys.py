"""Changing the vault's key: old rows open until they are sealed anew, then the old key may go."""

import pytest
from cryptography.exceptions import InvalidTag

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.vault.actions import SEALED, rotate
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, key_name, phone_index, seal, unseal

pytestmark = pytest.mark.django_db
WANG = Person(name="王小明", phone="13800000001", line="人民路1号")


@pytest.fixture
def contact(now, monkeypatch):
    monkeypatch.setenv("POSTHARVEST_VAULT_KEY", "first")
    return Contact.objects.create(
        sealed=seal(WANG), phone_index=phone_index(WANG.phone), created_at=now
    )


def test_a_new_key_is_taken_while_the_old_one_still_opens(contact, monkeypatch, now):
    index = phone_index(WANG.phone)
    monkeypatch.setenv("POSTHARVEST_VAULT_KEY", "second")
    with pytest.raises(InvalidTag):
        unseal(contact.sealed)
    with pytest.raises(InvalidTag):
        rotate(actor=SYSTEM, now=now)
    monkeypatch.setenv("POSTHARVEST_VAULT_OLD_KEYS", "zeroth,first")
    assert unseal(contact.sealed) == WANG
    assert rotate(actor=SYSTEM, now=now) == 1
    assert rotate(actor=SYSTEM, now=now) == 0
    monkeypatch.delenv("POSTHARVEST_VAULT_OLD_KEYS")
    contact.refresh_from_db()
    assert bytes(contact.sealed).startswith(key_name("second"))
    assert unseal(contact.sealed) == WANG
    assert contact.phone_index == index == phone_index(WANG.phone)


def test_only_the_administrator_changes_keys(contact, now):
    with pytest.raises(NotAllowed):
        rotate(actor=Actor(party="desk:1", role=Role.DESK), now=now)


def test_a_changed_byte_opens_nothing(contact):
    blob = bytearray(contact.sealed)
    blob[-1] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(blob))


def test_every_sealed_column_is_named():
    """A BinaryField that is not listed would keep its old key for ever; zipped texts are open."""
    from django.apps import apps
    from django.db.models import BinaryField

    found = {
        (model._meta.label, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, BinaryField) and not field.name.endswith("_gz")
    }
    assert found - {("planning.BaseScenario", "document")} == set(SEALED)
