"""Telling people: noted once per event, person and way; sent outside transactions, never twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from postharvest.core.bulk import insert_rows
from postharvest.core.errors import InvalidInput
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import seal_text, unseal, unseal_text
from postharvest.operations.notices.models import Kind, Notice, Preference
from postharvest.operations.notices.providers import (
    PROVIDERS,
    NoAddress,
    NotSent,
    Provider,
    Receiver,
)
from postharvest.operations.notices.words import text_of

LANGUAGES = ("zh-hans", "en")
MOST_ATTEMPTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Somebody to tell something; ``about`` names the event, so that it is told once."""

    kind: Kind
    about: str
    base_id: int
    contact: Contact
    facts: Mapping[str, Any]


@transaction.atomic
def set_preference(
    *,
    phone_index: str,
    language: str,
    ways: Sequence[str],
    muted: Sequence[str],
    email: str,
    now: datetime,
) -> Preference:
    """Note how the owner of a phone wishes to be told.

    Raises
    ------
    InvalidInput
        A language, way or kind we do not know, or e-mail without an address.
    """
    if language not in LANGUAGES:
        raise InvalidInput("language", f"must be one of {', '.join(LANGUAGES)}")
    if unknown := [way for way in ways if way not in settings.POSTHARVEST_NOTICES]:
        raise InvalidInput("ways", f"{unknown[0]} is not offered here")
    if unknown := [kind for kind in muted if kind not in Kind.values]:
        raise InvalidInput("muted", f"there is no kind {unknown[0]}")
    if "email" in ways and not email:
        raise InvalidInput("email", "give an address, or take e-mail away")
    preference, _made = Preference.objects.update_or_create(
        phone_index=phone_index,
        defaults={
            "language": language,
            "ways": list(ways),
            "muted": list(muted),
            "sealed_email": seal_text(email) if email else None,
            "changed_at": now,
        },
    )
    return preference


def note(tellings: Iterable[Telling], *, now: datetime) -> None:
    """Write what is to be told; news that is heard twice writes nothing new."""
    offered = settings.POSTHARVEST_NOTICES
    wanted = list(tellings) if offered else []
    if not wanted:
        return
    indexes = {one.contact.phone_index for one in wanted}
    known = Preference.objects.filter(phone_index__in=indexes)
    preferences = {one.phone_index: one for one in known}
    rows = []
    for one in wanted:
        wish = preferences.get(one.contact.phone_index)
        if wish and one.kind in wish.muted:
            continue
        ways = [way for way in wish.ways if way in offered] if wish else offered[:1]
        rows += [
            Notice(
                key=f"{one.kind}:{one.about}:{one.contact.pk}:{way}",
                base_id=one.base_id,
                kind=one.kind,
                contact=one.contact,
                way=way,
                language=wish.language if wish else LANGUAGES[0],
                facts=dict(one.facts),
                due_at=now,
            )
            for way in ways
        ]
    insert_rows(Notice, rows, once=True)


def send_notices(
    *, now: datetime, limit: int = 200, providers: Mapping[str, Provider] = PROVIDERS
) -> int:
    """Send what is due; return how many went out.

    A notice is taken with one conditional UPDATE before it is sent, so of many workers one sends
    it.  A worker that dies in between leaves it in ``sending``: nobody knows whether it went out,
    and it is not sent again.
    """
    sent = 0
    due = Notice.objects.filter(state=Notice.State.DUE, due_at__lte=now).order_by("due_at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        taken = Notice.objects.filter(pk=pk, state=Notice.State.DUE)
        if taken.update(state=Notice.State.SENDING, attempts=F("attempts") + 1):
            sent += _send(Notice.objects.select_related("contact").get(pk=pk), providers, now=now)
    return sent


def _send(notice: Notice, providers: Mapping[str, Provider], *, now: datetime) -> bool:
    try:
        providers[notice.way].send(
            to=_receiver(notice.contact),
            text=text_of(notice.kind, notice.facts, language=notice.language),
            key=notice.key,
        )
    except NotSent as error:
        again = notice.attempts < MOST_ATTEMPTS
        _note(
            notice, Notice.State.DUE if again else Notice.State.FAILED, error,
            due_at=now + timedelta(minutes=2**notice.attempts),
        )  # fmt: skip
        return False
    except NoAddress as error:
        _note(notice, Notice.State.FAILED, error, due_at=now)
        return False
    except Exception as error:  # noqa: BLE001  (whether it arrived is unknown: kept for a person)
        _note(notice, Notice.State.FAILED, error, due_at=now)
        return False
    Notice.objects.filter(pk=notice.pk).update(state=Notice.State.SENT, sent_at=now)
    return True


def _note(notice: Notice, state: Notice.State, error: Exception, *, due_at: datetime) -> None:
    said = f"{type(error).__name__}: {error}"[:200]
    Notice.objects.filter(pk=notice.pk).update(state=state, last_error=said, due_at=due_at)


def _receiver(contact: Contact) -> Receiver:
    wish = Preference.objects.filter(phone_index=contact.phone_index).first()
    email = unseal_text(bytes(wish.sealed_email)) if wish and wish.sealed_email else ""
    return Receiver(phone=unseal(bytes(contact.sealed)).phone, email=email)
