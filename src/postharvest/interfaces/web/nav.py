"""The areas of the site, one per audience, and the links inside each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A page that the bars of an area lead to."""

    route: str
    label: Promise
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A target as one page shows it."""

    url: str
    label: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Part of the site for one audience.

    ``layout`` is "tabs" for phones with a bar below, "side" for desks with a column on the left,
    "plain" for the shop.
    """

    name: Promise
    layout: str
    targets: Sequence[Target] = ()


AREAS = {
    "shop": Area(name=_("Post field market"), layout="plain"),
    "village": Area(
        name=_("Village service point"),
        layout="tabs",
        targets=(
            Target(route="village-report", label=_("Report"), icon="leaf"),
            Target(route="village-diary", label=_("Diary"), icon="check"),
            Target(route="village-alerts", label=_("Ahead"), icon="chart"),
            Target(route="village-reports", label=_("Mine"), icon="list"),
            Target(route="village-calls", label=_("Harvest"), icon="box"),
            Target(route="village-payouts", label=_("Payouts"), icon="yuan"),
        ),
    ),
    "packing": Area(
        name=_("Packing point"),
        layout="tabs",
        targets=(
            Target(route="packing", label=_("Packing"), icon="box"),
            Target(route="desk-parcels", label=_("Parcels"), icon="truck"),
        ),
    ),
    "desk": Area(
        name=_("Branch desk"),
        layout="side",
        targets=(
            Target(route="desk", label=_("Reports"), icon="list"),
            Target(route="desk-plans", label=_("Rescue plans"), icon="plan"),
            Target(route="desk-sales", label=_("Live"), icon="live"),
            Target(route="packing", label=_("Packing points"), icon="box"),
            Target(route="desk-parcels", label=_("Parcels"), icon="truck"),
            Target(route="desk-hand-over", label=_("Hand-over"), icon="scan"),
            Target(route="desk-claims", label=_("Claims"), icon="shield"),
            Target(route="desk-payments", label=_("Money coming in"), icon="yuan"),
            Target(route="desk-trouble", label=_("Trouble"), icon="alert"),
            Target(route="desk-settlement", label=_("Settlement"), icon="yuan"),
            Target(route="desk-payouts", label=_("Payouts"), icon="people"),
            Target(route="desk-doubts", label=_("Review list"), icon="shield"),
            Target(route="desk-tax", label=_("Papers and tax"), icon="print"),
            Target(route="desk-own-data", label=_("Own data"), icon="list"),
            Target(route="desk-look", label=_("A person in full"), icon="people"),
            Target(route="desk-phones", label=_("Phones"), icon="people"),
            Target(route="desk-calendar", label=_("Calendar"), icon="clock"),
            Target(route="desk-channels", label=_("Channels"), icon="share"),
            Target(route="desk-alerts", label=_("Glut warning"), icon="alert"),
            Target(route="desk-prices", label=_("Prices here"), icon="yuan"),
            Target(route="desk-grow", label=_("What to grow"), icon="leaf"),
            Target(route="own-surplus", label=_("My own surplus"), icon="leaf"),
            Target(route="bases", label=_("Bases"), icon="map"),
        ),
    ),
    "network": Area(
        name=_("Headquarters"),
        layout="side",
        targets=(
            Target(route="bases", label=_("Bases"), icon="map"),
            Target(route="base-plans", label=_("Base plans"), icon="pin"),
            Target(route="base-board", label=_("Planned and actual"), icon="chart"),
            Target(route="roll-out", label=_("Roll-out"), icon="share"),
            Target(route="measures", label=_("Measures"), icon="chart"),
            Target(route="nation", label=_("The nation, simulated"), icon="chart"),
            Target(route="desk-sales", label=_("Live"), icon="live"),
            Target(route="desk-plans", label=_("Rescue plans"), icon="plan"),
            Target(route="desk-settlement", label=_("Settlement"), icon="yuan"),
            Target(route="machine", label=_("Machine room"), icon="live"),
            Target(route="looks", label=_("Who saw whose data"), icon="shield"),
            Target(route="sources", label=_("Sources"), icon="list"),
        ),
    ),
}


def area_of(path: str) -> str:
    """Return the area a path lies in: its first word, or the shop."""
    first = path.strip("/").split("/", 1)[0]
    return first if first in AREAS else "shop"


def links_of(area: Area, *, path: str) -> list[Link]:
    """Return the links of an area; the longest that leads to this page is marked."""
    urls = [reverse(f"web:{target.route}") for target in area.targets]
    current = max((url for url in urls if path.startswith(url)), key=len, default="")
    return [
        Link(url=url, label=str(target.label), icon=target.icon, current=url == current)
        for url, target in zip(urls, area.targets, strict=True)
    ]
