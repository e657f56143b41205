"""What every page knows: language, theme, the area's links, and in a demo its controls."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from postharvest.core.clock import time
from postharvest.core.clock.disturbances import disturbances
from postharvest.interfaces.web import formats, nav
from postharvest.interfaces.web.actors import demo_area
from postharvest.interfaces.web.order_refs import own_orders

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRole:
    area: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEvent:
    key: str
    label: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    now: datetime
    running: bool
    events: list[DemoEvent]
    roles: list[DemoRole]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    chinese: bool
    theme: str
    area: str
    sheet: str
    area_name: str
    side: bool
    tabs: bool
    links: list[nav.Link]
    my_orders: bool
    demo: Demo | None
    practice: list[DemoRole]


def site(request: HttpRequest) -> dict[str, Site]:
    """Give the templates their ``site``."""
    key = nav.area_of(request.path)
    area = nav.AREAS[key]
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "site": Site(
            chinese=formats.in_chinese(),
            theme=theme if theme in THEMES else "",
            area=key,
            sheet="headquarters" if key == "network" else key,
            area_name=str(area.name),
            side=area.layout == "side",
            tabs=area.layout == "tabs",
            my_orders=bool(own_orders(request)),
            links=nav.links_of(area, path=request.path),
            demo=_demo(request) if settings.POSTHARVEST_DEMO else None,
            practice=_roles(request) if settings.POSTHARVEST_PRACTICE else [],
        )
    }


def _demo(request: HttpRequest) -> Demo:
    events = {
        "rain": _("Rain"),
        "absent": _("40% of packers stay away"),
        "double": _("Orders double"),
    }
    holding = disturbances()
    now, pace = time.now(), time.pace()
    return Demo(
        now=now,
        running=pace > 0,
        events=[DemoEvent(key=key, label=events[key], on=key in holding) for key in events],
        roles=_roles(request),
    )


def _roles(request: HttpRequest) -> list[DemoRole]:
    current = demo_area(request)
    roles = {
        "village": _("Village"),
        "packing": _("Packing point"),
        "desk": _("Desk"),
        "shop": _("Buyer"),
        "headquarters": _("Headquarters"),
    }
    return [
        DemoRole(area=area, label=label, current=area == current) for area, label in roles.items()
    ]
