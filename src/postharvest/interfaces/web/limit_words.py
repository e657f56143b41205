"""What keeps a goal out of reach, and what keeps everything from being sold online, in words."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from postharvest.interfaces.web.formats import number, percent

MOST_SAID = 3


def would_do(limits: Iterable[Mapping[str, Any]]) -> list[str]:
    """Say how much more of what would do, the least doubtful first; else how far it would lift."""
    found = list(limits)
    enough = [one for one in found if one["lacking"] is not None][:MOST_SAID]
    if enough:
        return [_("At least %(more)s would do.") % {"more": _more(one)} for one in enough]
    return [
        _("Without a limit on %(what)s it would be %(share)s.")
        % {"what": _what(str(one["requirement"])), "share": percent(one["share_without"], 0)}
        for one in found[:MOST_SAID]
    ]


def _more(limit: Mapping[str, Any]) -> str:
    whole = limit["requirement"] != "shelf_life"
    lacking = math.ceil(limit["lacking"] - 1e-6) if whole else limit["lacking"]
    facts = {"n": number(lacking, 1), "there": number(limit["there_is"], 1)}
    return {
        "people": _("%(n)s more person-days of packing (there are %(there)s)"),
        "post_office": _("%(n)s more parcels through the post office (it takes %(there)s)"),
        "lanes": _("%(n)s more parcels on the lanes (they take %(there)s)"),
        "point_parcels": _("%(n)s more parcels out of the points (they give %(there)s)"),
        "shelf_life": _("%(n)s more days of keeping (assumed are %(there)s)"),
        "demand": _("%(n)s kg more demand (%(there)s kg at the cheapest price)"),
        "closed_days": _("%(n)s point-days opened that are closed (open are %(there)s)"),
    }[str(limit["requirement"])] % facts


def _what(requirement: str) -> str:
    return {
        "people": _("packers"),
        "post_office": _("parcels through the post office"),
        "lanes": _("parcels on the lanes"),
        "point_parcels": _("parcels out of the points"),
        "shelf_life": _("keeping"),
        "demand": _("buyers"),
        "closed_days": _("open days"),
    }[requirement]


def standstill(stops: Iterable[Mapping[str, Any]]) -> str:
    """Say what alone keeps everything from being sold online; nothing where it is only money."""
    return " ".join(_stop(one) for one in stops)


def _stop(one: Mapping[str, Any]) -> str:
    known = {
        "people": _("There is nobody to pack on any day."),
        "closed_days": _("Every point is closed on every day."),
        "post_office": _("The post office takes no parcels."),
        "lanes": _("No lane takes a parcel."),
        "demand": _("Nobody wants to buy."),
    }
    if one["kind"] != "shelf_life":
        return known[str(one["kind"])]
    return _(
        "It keeps %(there)s days; even the nearest buyers could be reached in time only if it kept "
        "%(n)s days longer."
    ) % {"there": number(one["there_is"], 1), "n": number(one["lacking"], 1)}
