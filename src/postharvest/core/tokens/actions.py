"""Making and revoking keys; a key is shown once and kept only as a hash."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from postharvest.core.errors import InvalidInput
from postharvest.core.tokens.models import AccessToken
from postharvest.core.tokens.scopes import SCOPES

KEY_PREFIX = "ph_"

_KEY_BYTES = 32


def create_token(
    *,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    expires_at: datetime | None = None,
    region: str = "",
    database: str = "default",
) -> str:
    """Make a key with these scopes and return it; nobody can see it again.

    Raises
    ------
    InvalidInput
        No name, an unknown scope, or an end that lies in the past.
    """
    wanted = sorted(set(scopes))
    _check(name, wanted, now, expires_at)
    key = KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    store_key(
        key=key,
        name=name,
        scopes=wanted,
        now=now,
        expires_at=expires_at,
        region=region,
        database=database,
    )
    return key


def store_key(
    *,
    key: str,
    name: str,
    scopes: Iterable[str],
    now: datetime,
    expires_at: datetime | None,
    region: str,
    database: str,
) -> None:
    """Let a key that exists into another database as well (the demo's beside the operator's)."""
    AccessToken.objects.using(database).create(
        name=name,
        key_hash=hash_of(key),
        scopes=list(scopes),
        region=region,
        created_at=now,
        expires_at=expires_at,
    )


def revoke_tokens(*, name: str, now: datetime) -> int:
    """Take every key of this name out of use and say how many there were."""
    return AccessToken.objects.filter(name=name, revoked_at=None).update(revoked_at=now)


def hash_of(key: str) -> str:
    """Hash a key; keys are long and random, so one round of SHA-256 is enough."""
    return sha256(key.encode()).hexdigest()


def _check(name: str, scopes: list[str], now: datetime, expires_at: datetime | None) -> None:
    longest = AccessToken._meta.get_field("name").max_length or 0
    if not name.strip() or len(name) > longest:
        raise InvalidInput("NAME", f"give the token a name of at most {longest} characters")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        wrong = f"{unknown[0]!r} is unknown; " if unknown else ""
        raise InvalidInput("scope", f"{wrong}use one or more of {', '.join(SCOPES)}")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expires", "must lie in the future")
