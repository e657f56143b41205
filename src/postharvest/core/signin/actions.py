"""Checking who signs in, and giving staff a second factor."""

import hashlib
import logging
from datetime import datetime, timedelta

import pyotp
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.signin.models import SecondFactor, Tries
from postharvest.core.vault.seal import seal_text, unseal_text

_logger = logging.getLogger("postharvest.signin")
MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
STEP_S = 30
WINDOW = 1
"""Steps before and after ours that a phone's clock may be off."""
ISSUER = "PostHarvest"


class SignInRefused(Refused):
    """Wrong name, password or code; the answer does not tell which."""

    code = "signin.refused"


class Locked(Refused):
    """Too many failed tries for this name; wait."""

    code = "signin.locked"


def sign_in(*, username: str, password: str, code: str, now: datetime) -> User:
    """Return who it is.

    Raises
    ------
    Locked
        Five tries failed; the name may be tried again a quarter of an hour later.
    SignInRefused
        Something is wrong.
    """
    name_hash = _hash_of(username)
    tries, _ = Tries.objects.get_or_create(name_hash=name_hash)
    if tries.locked_until and tries.locked_until > now:
        raise Locked("too many failed tries; wait a quarter of an hour")
    user = authenticate(username=username, password=password)
    if not isinstance(user, User) or not _code_fits(user, code, now=now):
        _count(tries, now=now)
        _logger.warning("sign-in refused for name %s", name_hash[:12])
        raise SignInRefused("name, password or code is wrong")
    Tries.objects.filter(pk=tries.pk).update(failed=0, locked_until=None)
    _logger.info("signed in: user-%s", user.pk)
    return user


def has_second_factor(user_id: int) -> bool:
    """Whether a user signs in with a code as well."""
    return SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists()


def begin_second_factor(*, user: User) -> str:
    """Return the address that an authenticator app reads; nothing holds until it is confirmed.

    Raises
    ------
    SignInRefused
        There is one already: the administrator takes it away first.
    """
    if has_second_factor(user.pk):
        raise SignInRefused("there is a second factor already")
    row, _ = SecondFactor.objects.get_or_create(
        user=user, defaults={"sealed_secret": seal_text(pyotp.random_base32())}
    )
    totp = pyotp.TOTP(unseal_text(bytes(row.sealed_secret)))
    return totp.provisioning_uri(name=user.username, issuer_name=ISSUER)


@transaction.atomic
def confirm_second_factor(*, user: User, code: str, now: datetime) -> None:
    """From now on the user signs in with a code.

    Raises
    ------
    SignInRefused
        The code is not the app's.
    """
    row = SecondFactor.objects.select_for_update().get(user=user)
    if not _spend(row, code, now=now):
        raise SignInRefused("the code is wrong; look at the app again")
    SecondFactor.objects.filter(pk=row.pk).update(confirmed_at=now)
    actor = Actor(party=f"user-{user.pk}", role=Role.BUYER)
    audit.write(actor, "signin.confirm_second_factor", f"user {user.pk}", now=now)


def change_password(*, user: User, old: str, new: str, now: datetime) -> None:
    """Give oneself a new password; whoever is signed in elsewhere is out.

    Raises
    ------
    InvalidInput
        The new one is too easy, or the same as before.
    Locked
        The old one was tried wrongly too often.
    SignInRefused
        The old one is wrong.
    """
    tries, _ = Tries.objects.get_or_create(name_hash=_hash_of(user.username))
    if tries.locked_until and tries.locked_until > now:
        raise Locked("too many failed tries; wait a quarter of an hour")
    if not user.check_password(old):
        _count(tries, now=now)
        raise SignInRefused("the old password is wrong")
    if old == new:
        raise InvalidInput("new", "is the old one; choose another")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise InvalidInput("new", " ".join(error.messages)) from None
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        actor = Actor(party=f"user-{user.pk}", role=Role.BUYER)
        audit.write(actor, "signin.change_password", f"user {user.pk}", now=now)


@transaction.atomic
def take_second_factor_away(*, username: str, actor: Actor, now: datetime) -> bool:
    """Let somebody who lost his phone begin anew; says whether there was one."""
    actor.require(Role.ADMINISTRATOR)
    gone, _ = SecondFactor.objects.filter(user__username=username).delete()
    if gone:
        audit.write(actor, "signin.take_second_factor_away", f"user {username}"[:80], now=now)
    return bool(gone)


def _hash_of(username: str) -> str:
    return hashlib.sha256(username.casefold().encode()).hexdigest()


def _code_fits(user: User, code: str, *, now: datetime) -> bool:
    row = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
    return row is None or _spend(row, code, now=now)


def _spend(row: SecondFactor, code: str, *, now: datetime) -> bool:
    """Let a code count once: the step it belongs to must lie after the last that was used."""
    totp = pyotp.TOTP(unseal_text(bytes(row.sealed_secret)))
    step = int(now.timestamp()) // STEP_S
    for one in range(step - WINDOW, step + WINDOW + 1):
        if pyotp.utils.strings_equal(totp.at(one * STEP_S), code.replace(" ", "")):
            fresh = SecondFactor.objects.filter(pk=row.pk, last_step__lt=one)
            return bool(fresh.update(last_step=one))
    return False


def _count(tries: Tries, *, now: datetime) -> None:
    Tries.objects.filter(pk=tries.pk).update(failed=F("failed") + 1)
    Tries.objects.filter(pk=tries.pk, failed__gte=MOST_TRIES).update(
        failed=0, locked_until=now + LOCKED_FOR
    )
