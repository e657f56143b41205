"""Who is asking: the role a demo visitor picked, or the groups of a signed-in person."""

from django.contrib.auth.models import User
from django.http import HttpRequest

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.play import all_is_play

DEMO_ROLES = {
    "village": Role.VILLAGE_AGENT,
    "packing": Role.POINT_LEADER,
    "desk": Role.DESK,
    "shop": Role.BUYER,
    "headquarters": Role.PLANNER,
}
"""The area a visitor of the demo walks into, and who he is there."""

NEEDS_FACTOR = "needs_second_factor"
"""In the session of staff who signed in by password alone: a buyer until he has a factor."""
_ROLE_KEY = "demo_area"
_ROLE_NAMES = frozenset(Role)


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts; somebody unknown is a buyer.  Where all is play, visitors pick a role."""
    if all_is_play():
        return Actor(party="demo-visitor", role=DEMO_ROLES[demo_area(request)])
    if request.user.is_authenticated and not request.session.get(NEEDS_FACTOR):
        return _actor_of_groups(request)
    return Actor(party="guest", role=Role.BUYER)


def demo_area(request: HttpRequest) -> str:
    """Return the area whose role the visitor of a demo has taken."""
    area = request.session.get(_ROLE_KEY, "shop")
    return area if area in DEMO_ROLES else "shop"


def take_demo_area(request: HttpRequest, area: str) -> None:
    """Remember the role the visitor picked."""
    request.session[_ROLE_KEY] = area


def works_here(user: User) -> bool:
    """Whether somebody has more to see than a buyer."""
    names = user.groups.values_list("name", flat=True)
    return user.is_superuser or any(name.partition(" ")[0] in _ROLE_NAMES for name in names)


def _actor_of_groups(request: HttpRequest) -> Actor:
    """Read a group named "desk 610528" as: works at the desk of county 610528."""
    party = f"user-{request.user.pk}"
    if getattr(request.user, "is_superuser", False):
        return Actor(party=party, role=Role.ADMINISTRATOR)
    for name in request.user.groups.values_list("name", flat=True).order_by("name"):
        role, _, scope = name.partition(" ")
        if role in _ROLE_NAMES:
            return Actor(party=party, role=Role(role), scope=scope)
    return Actor(party=party, role=Role.BUYER)
