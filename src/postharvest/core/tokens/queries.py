"""Who holds a key."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from postharvest.core.tokens.actions import hash_of
from postharvest.core.tokens.models import AccessToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A program that holds a valid key."""

    name: str
    scopes: frozenset[str]
    region: str

    def may(self, scope: str) -> bool:
        return scope in self.scopes


def bearer_of(authorization: str, *, now: datetime) -> Bearer | None:
    """Return who an ``Authorization: Bearer …`` header speaks for, None if for nobody."""
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return None
    alive = Q(expires_at=None) | Q(expires_at__gt=now)
    row = AccessToken.objects.filter(alive, key_hash=hash_of(key.strip()), revoked_at=None).first()
    if row is None:
        return None
    return Bearer(name=row.name, scopes=frozenset(row.scopes), region=row.region)
