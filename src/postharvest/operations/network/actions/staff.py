"""People who sign in: their names, and the role and region they work in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group, User
from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput

ROLES = ("village_agent", "point_leader", "desk", "planner", "auditor")
"""Roles that a branch may give; the administrator's is given on the machine itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffEntry:
    """Somebody who signs in; the password is the first, to be changed by its owner."""

    username: str
    name: str
    role: str
    region: str
    first_password: str


@transaction.atomic
def enter_staff(*, entries: Sequence[StaffEntry], actor: Actor, now: datetime) -> list[str]:
    """Enter people and what they may do; returns who is new, as only they have a new password.

    Somebody known keeps his password and gets the role and region that are given.

    Raises
    ------
    InvalidInput
        A role that a branch can't give, or a name that is no user name.
    NotAllowed
        The actor gives a role outside his own region.
    """
    actor.require(Role.DESK, Role.PLANNER)
    fresh = []
    for entry in entries:
        if entry.role not in ROLES:
            raise InvalidInput(f"staff.{entry.username}", f"the role is none of {', '.join(ROLES)}")
        if not entry.region.startswith(actor.scope):
            raise NotAllowed(f"{entry.region or 'the whole country'} lies outside {actor.scope}")
        if _enter(entry):
            fresh.append(entry.username)
    audit.write(
        actor,
        "network.enter_staff",
        f"staff {len(entries)}",
        now=now,
        after={"entered": [[one.username, one.role, one.region] for one in entries]},
    )
    return fresh


def _enter(entry: StaffEntry) -> bool:
    user = User.objects.select_for_update().filter(username=entry.username).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(entry.username, password=entry.first_password)
    elif user.is_superuser:
        raise InvalidInput(f"staff.{entry.username}", "is the administrator; choose another name")
    user.first_name = entry.name[:150]
    user.save(update_fields=["first_name"])
    group, _ = Group.objects.get_or_create(name=f"{entry.role} {entry.region}".strip())
    user.groups.set([group])
    return is_new
