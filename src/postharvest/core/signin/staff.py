"""The administrator: made on the machine itself, by whoever may run commands there."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.signin.actions import take_second_factor_away


@transaction.atomic
def make_administrator(*, username: str, password: str, actor: Actor, now: datetime) -> None:
    """Make an administrator, or give one a new password and let him begin a new second factor."""
    actor.require(Role.ADMINISTRATOR)
    user, _made = User.objects.get_or_create(username=username)
    user.is_superuser = True
    user.set_password(password)
    user.save()
    take_second_factor_away(username=username, actor=actor, now=now)
    audit.write(actor, "signin.make_administrator", f"user {user.pk}", now=now)
