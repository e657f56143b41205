"""Sealing personal data (AES-256-GCM) and finding it again by a blind index (HMAC-SHA256)."""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a parcel needs to reach somebody, or a payout to be paid."""

    name: str
    phone: str
    line: str = ""
    payee: str = ""
    resident_id: str = ""


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
        The bytes were changed, or sealed with another key.
    """
    return Person(**json.loads(unseal_text(sealed)))


def seal_text(text: str) -> bytes:
    """Encrypt a text that nobody may read from the database; the nonce comes first."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher().encrypt(nonce, text.encode(), None)


def unseal_text(sealed: bytes) -> str:
    """Decrypt what `seal_text` made; raises as `unseal`."""
    blob = bytes(sealed)
    return _cipher().decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], None).decode()


def phone_index(phone: str) -> str:
    """Return the blind index of a phone number: equal for equal phones, useless without the key."""
    digits = "".join(c for c in phone if c.isdigit())
    return hmac.digest(_key("index"), digits.encode(), "sha256").hex()[:32]


def _cipher() -> AESGCM:
    return _cipher_of(_key("seal"))


@cache
def _cipher_of(key: bytes) -> AESGCM:
    return AESGCM(key)


def vault_secret() -> str:
    """Return what the vault's keys are made of."""
    return os.environ.get("POSTHARVEST_VAULT_KEY") or settings.SECRET_KEY


def _key(purpose: str) -> bytes:
    return _derived(vault_secret(), purpose)


@cache
def _derived(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"postharvest vault {purpose} {secret}".encode()).digest()
