"""Sealing personal data (AES-256-GCM) and finding it again by a blind index (HMAC-SHA256).

A sealed row begins with the name of its key, so that keys can be changed: new rows take the newest
(POSTHARVEST_VAULT_KEY), old ones open with those that are still listed in
POSTHARVEST_VAULT_OLD_KEYS until `postharvest vault rotate` has sealed them anew.  The blind index
has a key of its own that does not change with them: equal phones must stay equal.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NAME_BYTES, NONCE_BYTES = 4, 12
_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a parcel needs to reach somebody, or a payout to be paid."""

    name: str
    phone: str
    line: str = ""
    payee: str = ""
    resident_id: str = ""


NOBODY = Person(name="", phone="")
"""What is left of somebody who asked to be forgotten."""


def seal(person: Person) -> bytes:
    """Encrypt a person's data."""
    facts = {
        "name": person.name, "phone": person.phone, "line": person.line, "payee": person.payee,
    }  # fmt: skip
    if person.resident_id:
        facts["resident_id"] = person.resident_id
    return seal_text(_encode(facts))


def unseal(sealed: bytes) -> Person:
    """Decrypt what `seal` made.

    Raises
    ------
    cryptography.exceptions.InvalidTag
        The bytes were changed, or sealed with a key that is not listed.
    """
    return Person(**json.loads(unseal_text(sealed)))


def seal_text(text: str) -> bytes:
    """Encrypt a text that nobody may read from the database: key's name, nonce, the rest."""
    secret, nonce = vault_secret(), os.urandom(NONCE_BYTES)
    return key_name(secret) + nonce + _cipher(secret).encrypt(nonce, text.encode(), None)


def unseal_text(sealed: bytes) -> str:
    """Decrypt what `seal_text` made; raises as `unseal`."""
    blob = bytes(sealed)
    name, nonce = blob[:NAME_BYTES], blob[NAME_BYTES : NAME_BYTES + NONCE_BYTES]
    secret = _listed().get(name)
    if secret is None:
        raise InvalidTag
    return _cipher(secret).decrypt(nonce, blob[NAME_BYTES + NONCE_BYTES :], None).decode()


def phone_index(phone: str) -> str:
    """Return the blind index of a phone number: equal for equal phones, useless without the key."""
    digits = "".join(c for c in phone if c.isdigit())
    return _index("index", digits)


def payee_index(payee: str) -> str:
    """Return the blind index of the account that somebody is paid to; "" if he has none."""
    number = "".join(c for c in payee if c.isalnum()).upper()
    return _index("payee", number) if number else ""


def _index(purpose: str, text: str) -> str:
    secret = os.environ.get("POSTHARVEST_INDEX_KEY") or settings.SECRET_KEY
    return hmac.digest(_derived(secret, purpose), text.encode(), "sha256").hex()[:32]


def vault_secret() -> str:
    """Return what the newest of the vault's keys is made of."""
    return os.environ.get("POSTHARVEST_VAULT_KEY") or settings.SECRET_KEY


@cache
def key_name(secret: str) -> bytes:
    """Return the name of a secret's key, as it stands before what it sealed."""
    return _derived(secret, "name")[:NAME_BYTES]


def _listed() -> dict[bytes, str]:
    old = [s for s in os.environ.get("POSTHARVEST_VAULT_OLD_KEYS", "").split(",") if s]
    return {key_name(secret): secret for secret in (vault_secret(), *old)}


@cache
def _cipher(secret: str) -> AESGCM:
    return AESGCM(_derived(secret, "seal"))


@cache
def _derived(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"postharvest vault {purpose} {secret}".encode()).digest()
