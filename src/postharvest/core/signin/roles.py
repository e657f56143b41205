"""What somebody who signs in may be: read from groups named "desk 610528"."""

from django.contrib.auth.models import User

from postharvest.core.audit.actor import Role

BY_DEVICE = frozenset({Role.VILLAGE_AGENT, Role.POINT_LEADER})
"""Who may work from an enrolled phone with a PIN; all others need password and second factor."""
_ROLES = frozenset(Role)


def role_of(user: User) -> tuple[Role, str]:
    """Return a person's role and region; a buyer if no group gives him another role."""
    if user.is_superuser:
        return Role.ADMINISTRATOR, ""
    for name in user.groups.order_by("name").values_list("name", flat=True):
        role, _, scope = name.partition(" ")
        if role in _ROLES:
            return Role(role), scope
    return Role.BUYER, ""
