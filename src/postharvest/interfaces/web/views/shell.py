"""Pages around the pages: theme, the land of all maps, and the demo's controls."""

from datetime import timedelta

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock import time
from postharvest.core.clock.disturbances import KNOWN, disturb, disturbances
from postharvest.core.play import all_is_play
from postharvest.interfaces.web import actors, maps
from postharvest.interfaces.web.codes import qr
from postharvest.interfaces.web.context import THEME_COOKIE, THEMES
from postharvest.interfaces.web.role_sheets import SHEETS

A_YEAR_SECONDS = 365 * 24 * 3600
PACE_DAY_IN_30_SECONDS = 24 * 3600 / 30


def safe_next(request: HttpRequest) -> str:
    """Return where the person came from, if that is on this site."""
    target = request.POST.get("next", "/")
    here = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if here else "/"


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light or dark, so that the server renders it."""
    response = HttpResponseRedirect(safe_next(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=A_YEAR_SECONDS, samesite="Lax")
    return response


@require_GET
def authority(_request: HttpRequest) -> FileResponse:
    """Give phones the authority that `serve --https` made; it holds no secret."""
    file = settings.HOME / "https" / "authority.pem"
    if not file.exists():
        raise Http404
    return FileResponse(file.open("rb"), content_type="application/x-x509-ca-cert")


@require_GET
def sheet(request: HttpRequest, role: str) -> HttpResponse:
    """Show one role's sheet of paper, with a code that leads to its first page."""
    if role not in SHEETS:
        raise Http404
    url = request.build_absolute_uri(reverse(f"web:{SHEETS[role].route}"))
    context = {
        "sheet": SHEETS[role],
        "url": url,
        "qr": qr(url),
        "others": [(key, one.title) for key, one in SHEETS.items() if key != role],
    }
    return render(request, "web/sheet.html", context)


@require_GET
def land(_request: HttpRequest, version: str) -> HttpResponse:
    """Serve the outlines that every map refers to; the address changes when they do."""
    if version != maps.land_version():
        raise Http404
    response = HttpResponse(maps.land_file(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_SECONDS}, immutable"
    return response


@require_GET
def outline(_request: HttpRequest, version: str) -> HttpResponse:
    """Serve the same outlines as GeoJSON for the map to pan."""
    if version != maps.land_version():
        raise Http404
    response = HttpResponse(maps.outline_file(), content_type="application/geo+json")
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_SECONDS}, immutable"
    return response


@require_POST
def demo_clock(request: HttpRequest) -> HttpResponse:
    """Stop the demo's clock, let it run, or put it to eight o'clock the next morning."""
    _only_in_demo()
    now = time.now()
    wish = request.POST.get("clock", "")
    if wish == "pause":
        time.set_demo_clock(shown_at=now, pace=0)
    elif wish == "run":
        time.set_demo_clock(shown_at=now, pace=PACE_DAY_IN_30_SECONDS)
    elif wish == "next-day":
        morning = time.at_hour(time.local_day(now) + timedelta(days=1), 8)
        time.set_demo_clock(shown_at=morning, pace=time.pace())
    return HttpResponseRedirect(safe_next(request))


@require_POST
def demo_event(request: HttpRequest) -> HttpResponse:
    """Let it rain, keep packers at home, double the orders; pressed again, it ends."""
    _only_in_demo()
    what = request.POST.get("event", "")
    if what not in KNOWN:
        raise Http404
    disturb(what=what, on=what not in disturbances(), now=time.now())
    return HttpResponseRedirect(safe_next(request))


@require_POST
def demo_role(request: HttpRequest) -> HttpResponse:
    """Walk into another area as the person who works there."""
    if not all_is_play():
        raise Http404
    area = request.POST.get("area", "")
    if area not in actors.DEMO_ROLES:
        raise Http404
    actors.take_demo_area(request, area)
    if "next" in request.POST:
        return HttpResponseRedirect(safe_next(request))
    return redirect(f"web:{_HOMES[area]}")


_HOMES = {
    "village": "village-report",
    "packing": "packing",
    "desk": "desk",
    "shop": "front",
    "headquarters": "bases",
}


def _only_in_demo() -> None:
    if not settings.POSTHARVEST_DEMO:
        raise Http404
