"""What makes the village's and the packing point's pages apps: a manifest and a service worker."""

from dataclasses import dataclass
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

SHELL = (
    "postharvest/postharvest.css",
    "postharvest/queue.js",
    "postharvest/logo.svg",
    "postharvest/produce/apple.svg",
    "postharvest/produce/basket.svg",
    "postharvest/produce/kiwi.svg",
    "postharvest/produce/persimmon.svg",
    "postharvest/produce/sugarcane.svg",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One app: its name, where it starts, and what is kept from the start."""

    key: str
    name: Promise
    short: Promise
    start: str
    pages: tuple[str, ...]
    files: tuple[str, ...]


VILLAGE = App(
    key="village",
    name=_("PostHarvest village"),
    short=_("Report"),
    start="village-report",
    pages=("village-report", "village-diary"),
    files=("postharvest/photos.js", "postharvest/lost.js"),
)
PACKING = App(
    key="packing",
    name=_("PostHarvest packing"),
    short=_("Packing"),
    start="packing",
    pages=(),  # a point's own page is kept when it is first seen
    files=("postharvest/packing.js",),
)
APPS = {app.key: app for app in (VILLAGE, PACKING)}


@require_GET
def worker(request: HttpRequest, *, app: str) -> HttpResponse:
    """Serve the service worker: what a phone keeps for when there is no net."""
    one = APPS[app]
    pages = [reverse(f"web:{name}") for name in one.pages]
    shell = [*pages, *(static(name) for name in (*SHELL, *one.files))]
    version = sha256("".join(shell).encode()).hexdigest()[:10]
    return render(
        request,
        "web/parts/worker.js",
        {"app": app, "shell": shell, "version": version, "home": pages[0] if pages else ""},
        content_type="text/javascript",
    )


@require_GET
def manifest(_request: HttpRequest, *, app: str) -> HttpResponse:
    """Let a phone install the pages like an app."""
    one = APPS[app]
    icon = {"src": static("postharvest/logo.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JsonResponse(
        {
            "name": str(one.name),
            "short_name": str(one.short),
            "start_url": reverse(f"web:{one.start}"),
            "scope": f"/{one.key}/",
            "display": "standalone",
            "background_color": "#FAF6EE",
            "theme_color": "#0A6B4B",
            "icons": [icon],
        },
        content_type="application/manifest+json",
    )
