"""A request with a key is acted on once, however often it is sent, even at the same time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from postharvest.core.errors import Refused
from postharvest.core.tokens.models import KeptAnswer
from postharvest.core.vault.seal import seal_text, unseal_text

KEPT_FOR = timedelta(days=30)


class KeyReused(Refused):
    """The key belongs to a request with other contents."""

    code = "key_reused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the requester gets, as bytes, so that he gets the same again."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def answer_once(
    *, party: str, key: str, request: bytes, act: Callable[[], Answer], now: datetime
) -> tuple[Answer, bool]:
    """Act and keep the answer, or return the one that is kept, and say which.

    Acting and keeping commit together.  Whoever comes with the same key meanwhile waits at the
    key's row (on SQLite at the write lock) and then gets the same answer; a refusal keeps nothing.

    Raises
    ------
    KeyReused
        The key came with another request before.
    """
    digest = sha256(request).hexdigest()
    with transaction.atomic():
        kept, is_new = KeptAnswer.objects.select_for_update().get_or_create(
            party=party, key=key, defaults={"request_hash": digest, "made_at": now}
        )
        if not is_new:
            if kept.request_hash != digest:
                raise KeyReused("this Idempotency-Key came with another request before")
            body = unseal_text(bytes(kept.body)).encode()
            return Answer(status=kept.status, body=body, headers=kept.headers), True
        answer = act()
        kept.status, kept.headers = answer.status, answer.headers
        kept.body = seal_text(answer.body.decode())  # it may hold a secret
        kept.save()
        return answer, False


def forget_answers(*, now: datetime) -> int:
    """Drop answers that nobody will ask for again."""
    return KeptAnswer.objects.filter(made_at__lt=now - KEPT_FOR).delete()[0]
