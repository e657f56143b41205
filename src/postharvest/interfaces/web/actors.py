"""Who is asking: the role a demo visitor picked, or the groups of a signed-in person."""

from django.contrib.auth.models import User
from django.http import HttpRequest

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.play import all_is_play
from postharvest.core.signin.devices import is_in_use
from postharvest.core.signin.roles import BY_DEVICE, role_of

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
DEVICE = "device"
"""In the session of whoever signed in by his phone's PIN; in a cookie, the phone's key."""
GUEST = "guest"
_ROLE_KEY = "demo_area"


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts; somebody unknown is a buyer.  Where all is play, visitors pick a role."""
    if all_is_play():
        return Actor(party="demo-visitor", role=DEMO_ROLES[demo_area(request)])
    if isinstance(request.user, User) and not request.session.get(NEEDS_FACTOR):
        return _actor_of_user(request, request.user)
    return Actor(party=GUEST, role=Role.BUYER)


def demo_area(request: HttpRequest) -> str:
    """Return the area whose role the visitor of a demo has taken."""
    area = request.session.get(_ROLE_KEY, "shop")
    return area if area in DEMO_ROLES else "shop"


def take_demo_area(request: HttpRequest, area: str) -> None:
    """Remember the role the visitor picked."""
    request.session[_ROLE_KEY] = area


def works_here(user: User) -> bool:
    """Whether somebody has more to see than a buyer."""
    return role_of(user)[0] is not Role.BUYER


def _actor_of_user(request: HttpRequest, user: User) -> Actor:
    """Let a phone do only what its owner may do from a phone, and nothing once it is taken away."""
    role, scope = role_of(user)
    device_id = request.session.get(DEVICE)
    if device_id is not None and not (role in BY_DEVICE and is_in_use(device_id)):
        return Actor(party=GUEST, role=Role.BUYER)
    return Actor(party=f"user-{user.pk}", role=role, scope=scope)
