"""What a buyer reads about the day of arrival at his address."""

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.translation import gettext as _

from postharvest.interfaces.web.cards import name_of
from postharvest.interfaces.web.formats import day
from postharvest.interfaces.web.forms.fields import CountyField
from postharvest.interfaces.web.rows import Row
from postharvest.operations.network import queries as network
from postharvest.operations.orders.promise import Promise, promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A county that a name could mean."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseView:
    """The answer to "when do I have it?"."""

    asked: str = ""
    county_code: str = ""
    sentence: str = ""
    refusal: str = ""
    choices: tuple[Choice, ...] = ()
    lane_id: int | None = None


def promise_for(*, listing: Row, asked: str, now: datetime) -> PromiseView:
    """Answer for a county as it was typed: a window, a question back, or why not."""
    if not asked:
        return PromiseView()
    field = CountyField(required=False)
    try:
        code = field.clean(asked)
    except forms.ValidationError as error:
        choices = tuple(Choice(code=code, name=name) for code, name in field.choices)
        return PromiseView(
            asked=asked, choices=choices, refusal="" if choices else error.messages[0]
        )
    name = name_of(field.county)
    found = promise(listing=listing, county_code=code, now=now)
    if found.why_not:
        return PromiseView(asked=name, county_code=code, refusal=why_not(found, name=name))
    return PromiseView(
        asked=name,
        county_code=code,
        sentence=window_sentence(found, name=name),
        lane_id=found.lane_id,
    )


def county_name(code: str) -> str:
    """Return a county's name in the page's language, or its code where it is unknown."""
    found = network.counties_by_name(code)
    return name_of(found[0]) if found else code


def window_sentence(found: Promise, *, name: str) -> str:
    """Write the window of a promise."""
    if found.earliest is None or found.latest is None:
        return ""
    return _("Order now: in %(city)s between %(a)s and %(b)s") % {
        "city": name,
        "a": day(found.earliest),
        "b": day(found.latest),
    }


def why_not(found: Promise, *, name: str) -> str:
    """Write why an address gets no offer."""
    known = {
        "closed": _("This sale takes no orders now."),
        "sold_out": _("Everything is sold."),
        "no_lane": _("No postal lane from here reaches %(city)s yet.") % {"city": name},
        "not_fresh": _("It would reach %(city)s too late to stay fresh, so we do not offer it.")
        % {"city": name},
        "needs_cold": _("It must stay cold, and no cooled lane reaches %(city)s yet.")
        % {"city": name},
        "day_full": _("The next days are full; ask again tomorrow at 8:00."),
    }
    return known[found.why_not]
