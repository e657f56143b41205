"""Pages that only some roles may read, each of its own region."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from postharvest.core.audit.actor import Role
from postharvest.core.play import all_is_play
from postharvest.interfaces.web.actors import DEVICE, GUEST, actor_of
from postharvest.interfaces.web.regions import check_region

_logger = logging.getLogger("postharvest.access")
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
DESK = (Role.DESK, Role.PLANNER, Role.AUDITOR)
PACKING = (Role.POINT_LEADER, Role.DESK, Role.PLANNER, Role.AUDITOR)
VILLAGE = (Role.VILLAGE_AGENT, Role.DESK)


def only_for(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let these roles in to what is theirs; ask others to sign in, or in a demo to switch."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of(request)
            if actor.may(*roles):
                check_region(actor, kwargs)
                response = view(request, *args, **kwargs)
                response.headers.setdefault("Cache-Control", "no-store, private")
                return response
            _logger.warning("refused %s as %s: %s", actor.party, actor.role, request.path)
            taken_away = actor.party == GUEST and DEVICE in request.session
            if all_is_play() or (request.user.is_authenticated and not taken_away):
                return render(request, "web/not_allowed.html", status=403)
            door = "web:pin" if DEVICE in request.COOKIES else "web:login"
            return redirect(f"{reverse(door)}?next={request.path}")

        guarded.roles = roles  # type: ignore[attr-defined]  # read by the table of who may what
        return guarded

    return decorate
