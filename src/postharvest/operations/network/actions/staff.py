"""People who sign in: their names, and the role and region they work in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group, User
from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.signin.roles import role_of

ROLES = ("village_agent", "point_leader", "desk", "planner", "auditor")
"""Roles that can be given here; the administrator's is given on the machine itself."""
OF_A_DESK = ("village_agent", "point_leader")
"""A desk gives no roles that handle money: the second person must not be its own invention."""


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
        The actor gives a role outside his own region, a desk one that handles money, or somebody
        known has a role that the actor could not give.
    """
    actor.require(Role.DESK, Role.PLANNER)
    fresh = []
    for entry in entries:
        if entry.role not in ROLES:
            raise InvalidInput(f"staff.{entry.username}", f"the role is none of {', '.join(ROLES)}")
        if not entry.region.startswith(actor.scope):
            raise NotAllowed(f"{entry.region or 'the whole country'} lies outside {actor.scope}")
        if entry.role not in OF_A_DESK and not actor.may(Role.PLANNER):
            raise NotAllowed(f"a desk enters {' and '.join(OF_A_DESK)}; ask headquarters for more")
        if _enter(entry, actor):
            fresh.append(entry.username)
    audit.write(
        actor,
        "network.enter_staff",
        f"staff {len(entries)}",
        now=now,
        after={"entered": [[one.username, one.role, one.region] for one in entries]},
    )
    return fresh


def _enter(entry: StaffEntry, actor: Actor) -> bool:
    user = User.objects.select_for_update().filter(username=entry.username).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(entry.username, password=entry.first_password)
    elif user.is_superuser:
        raise InvalidInput(f"staff.{entry.username}", "is the administrator; choose another name")
    else:
        role, region = role_of(user)
        reaches = region.startswith(actor.scope) and (role in OF_A_DESK or actor.may(Role.PLANNER))
        if role is not Role.BUYER and not reaches:
            raise NotAllowed(f"{entry.username} works elsewhere, or in a role you can't give")
    user.first_name = entry.name[:150]
    user.save(update_fields=["first_name"])
    group, _ = Group.objects.get_or_create(name=f"{entry.role} {entry.region}".strip())
    user.groups.set([group])
    return is_new
