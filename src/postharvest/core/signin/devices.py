"""Phones of village agents and point leaders: enrolled once by the desk's code, opened by a PIN.

The phone keeps a long random key in a cookie that no script reads; the server keeps its hash and
the PIN's.  The PIN opens this phone and no other, so what somebody sees over a shoulder is worth
nothing without the phone.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.signin.actions import LOCKED_FOR, MOST_TRIES, Locked, SignInRefused
from postharvest.core.signin.models import Device, DeviceCode
from postharvest.core.signin.roles import BY_DEVICE, role_of

_logger = logging.getLogger("postharvest.signin")
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10
CODE_LIVES = timedelta(hours=24)
PIN_DIGITS = 6
MOST_WRONG = 20
"""Wrong PINs in a row after which the phone has to be enrolled anew."""
FEWEST_DIFFERENT = 3
_KEY_BYTES = 32


class CodeWrong(SignInRefused):
    """The desk's code is none, was used, or has ended."""

    code = "signin.code_wrong"


class NotEnrolled(SignInRefused):
    """This phone opens nothing (any more)."""

    code = "signin.not_enrolled"


class PinWrong(SignInRefused):
    """Another PIN opens this phone."""

    code = "signin.pin_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Whose phone it is now, and the key that it keeps."""

    device: Device
    key: str


@transaction.atomic
def make_device_code(*, user_id: int, actor: Actor, now: datetime) -> str:
    """Return a code that enrols one phone of somebody within a day; earlier codes end.

    Raises
    ------
    NotAllowed
        The person works outside the actor's region, or in a role that takes a password.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    _require(actor, user)
    DeviceCode.objects.filter(user=user, used_at=None).delete()
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    DeviceCode.objects.create(
        user=user,
        code_hash=_hash(code),
        made_at=now,
        made_by=actor.party,
        expires_at=now + CODE_LIVES,
    )
    audit.write(actor, "signin.make_device_code", f"user {user_id}", now=now)
    half = CODE_LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


@transaction.atomic
def enrol_device(*, code: str, pin: str, label: str, now: datetime) -> Enrolled:
    """Bind a phone to the person of a code, with the PIN that he chose.

    Raises
    ------
    InvalidInput
        The PIN is one that many people choose, or no six digits.
    CodeWrong
        It is none, was used, or is older than a day.
    """
    _check_pin(pin)
    tidy = "".join(c for c in code.upper() if c.isalnum())
    row = (
        DeviceCode.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(code_hash=_hash(tidy), used_at=None, expires_at__gt=now)
        .first()
    )
    if row is None or not row.user.is_active or role_of(row.user)[0] not in BY_DEVICE:
        raise CodeWrong("the code is wrong, was used, or is older than a day")
    DeviceCode.objects.filter(pk=row.pk).update(used_at=now)
    key = secrets.token_urlsafe(_KEY_BYTES)
    device = Device.objects.create(
        user=row.user,
        key_hash=_hash(key),
        pin=make_password(pin),
        label=label.strip()[:40],
        enrolled_at=now,
        enrolled_by=row.made_by,
    )
    audit.write(_self(row.user), "signin.enrol_device", f"device {device.pk}", now=now)
    return Enrolled(device=device, key=key)


def sign_in_by_pin(*, key: str, pin: str, now: datetime) -> Device:
    """Return the phone whose key and PIN these are.

    Raises
    ------
    Locked
        Five PINs were wrong; the phone waits a quarter of an hour.
    NotEnrolled
        The phone was never enrolled, or was taken away.
    PinWrong
        The PIN is another one.
    """
    device = device_of(key)
    if device is None or role_of(device.user)[0] not in BY_DEVICE:
        raise NotEnrolled("this phone is not enrolled; ask your branch for a code")
    if device.locked_until and device.locked_until > now:
        raise Locked("too many wrong PINs; wait a quarter of an hour")
    if not check_password(pin, device.pin):
        _count(device, now=now)
        _logger.warning("wrong PIN on device %s", device.pk)
        raise PinWrong("the PIN is wrong")
    Device.objects.filter(pk=device.pk).update(failed=0, locked_until=None, used_at=now)
    _logger.info("signed in: user-%s on device %s", device.user_id, device.pk)
    return device


@transaction.atomic
def revoke_device(*, device_id: int, actor: Actor, now: datetime) -> None:
    """Take a phone out of use, at once: who is signed in on it is out with the next page.

    Raises
    ------
    NotAllowed
        Its owner works outside the actor's region.
    """
    device = Device.objects.select_for_update(of=("self",)).select_related("user").get(pk=device_id)
    _require(actor, device.user)
    Device.objects.filter(pk=device_id, revoked_at=None).update(
        revoked_at=now, revoked_by=actor.party
    )
    audit.write(actor, "signin.revoke_device", f"device {device_id}", now=now)


def device_of(key: str) -> Device | None:
    """The phone a key belongs to, if it is in use."""
    rows = Device.objects.filter(key_hash=_hash(key), revoked_at=None, user__is_active=True)
    return rows.select_related("user").first()


def is_in_use(device_id: int) -> bool:
    """Whether a phone is enrolled and was not taken away."""
    return Device.objects.filter(pk=device_id, revoked_at=None, user__is_active=True).exists()


def people(scope: str) -> list[tuple[User, Role, str]]:
    """Return who may work from a phone in a region, with role and region."""
    named = User.objects.filter(is_active=True, is_superuser=False).order_by("username")
    known = [(user, *role_of(user)) for user in named.prefetch_related("groups")]
    return [one for one in known if one[1] in BY_DEVICE and one[2].startswith(scope)]


def devices(user_ids: list[int]) -> QuerySet[Device]:
    """Phones of these people, the newest first."""
    return Device.objects.filter(user__in=user_ids).select_related("user").order_by("-pk")


def _require(actor: Actor, user: User) -> None:
    role, region = role_of(user)
    if role not in BY_DEVICE:
        raise NotAllowed(f"a {role} signs in with a password and a second factor", role=role)
    actor.require(Role.DESK)
    if not region.startswith(actor.scope):
        raise NotAllowed(f"this belongs to region {region}, outside {actor.scope}", region=region)


def _check_pin(pin: str) -> None:
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise InvalidInput("pin", "has six digits")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(steps) == 1 or len(set(pin)) < FEWEST_DIFFERENT:
        raise InvalidInput("pin", "is one that many people choose; mix the digits")


def _count(device: Device, *, now: datetime) -> None:
    """Note a wrong PIN: every fifth locks for a while, the twentieth for good."""
    rows = Device.objects.filter(pk=device.pk)
    rows.update(failed=F("failed") + 1)
    device.refresh_from_db(fields=["failed"])
    if device.failed >= MOST_WRONG:
        rows.update(revoked_at=now, revoked_by="wrong PINs")
    elif device.failed % MOST_TRIES == 0:
        rows.update(locked_until=now + LOCKED_FOR)


def _self(user: User) -> Actor:
    role, scope = role_of(user)
    return Actor(party=f"user-{user.pk}", role=role, scope=scope)


def _hash(secret: str) -> str:
    """Hash what is long and random: one round is enough."""
    return sha256(secret.encode()).hexdigest()
