"""Deciding again while a sale runs: what is proposed for the days to come, and why."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.decisions.planning import queries as plans
from postharvest.decisions.planning.redeciding import Redecision, carry_out, propose_redecision
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.formats import day, number, percent, yuan
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.campaigns import queries as campaigns

SEED = 1
TELLING = 0.08
"""Demand that strays less than this from what was assumed is no reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChange:
    """People called for one day to come, before and proposed."""

    day: str
    before: int
    proposed: int


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def again(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Propose the days to come anew; nothing changes before a person says yes."""
    sale = campaigns.sale(sale_id)
    if sale is None:
        raise Http404(_("there is no such sale"))
    now = time.now()
    proposed = propose_redecision(sale_id=sale_id, now=now, seed=SEED)
    if request.method == "POST" and proposed:
        try:
            carry_out(redecision=proposed, actor=actor_of(request), now=now)
        except Refused as error:
            messages.error(request, sentence_of(error))
        else:
            done = _("Changed: prices, people and kilograms of the days to come.")
            messages.success(request, done)
            return redirect("web:desk-live", sale_id)
    return render(
        request,
        "web/desk/again.html",
        {
            "title": produce_name(sale.surplus.produce),
            "sale_id": sale_id,
            "proposed": proposed,
            "stats": _stats(proposed) if proposed else [],
            "days": _days(proposed) if proposed else [],
            "why": " ".join([*_asked_by(sale_id), _why(proposed)]) if proposed else "",
        },
    )


def _stats(proposed: Redecision) -> list[Stat]:
    before, after = proposed.team_price_before_yuan, proposed.team_price_yuan
    same = abs(before - after) < 0.005  # noqa: PLR2004  (half a fen)
    return [
        Stat(
            label=_("Team price from now on"),
            value=yuan(after),
            note=_("as before") if same else _("before: %(y)s") % {"y": yuan(before)},
        ),
        Stat(
            label=_("Demand so far"),
            value=percent(proposed.demand_level),
            note=_("of what the plan assumed"),
            tone="up" if proposed.demand_level >= 1 else "dn",
        ),
        Stat(
            label=_("Still to earn"),
            value=yuan(proposed.expected_rest_yuan, 0),
            note=_("by growers, on the days to come"),
        ),
        *_worth(proposed),
        Stat(
            label=_("Will be left"),
            value=number(proposed.left_kg),
            unit=_(" kg"),
            note=_("in the field at the end"),
            tone="dn" if proposed.left_kg else "up",
        ),
    ]


def _worth(proposed: Redecision) -> list[Stat]:
    if proposed.gain_yuan is None:
        return []
    return [
        Stat(
            label=_("Worth"),
            value=yuan(proposed.gain_yuan, 0),
            note=_("more than keeping price and people as announced"),
            tone="up",
        )
    ]


def _days(proposed: Redecision) -> list[DayChange]:
    every = sorted({*proposed.people, *proposed.people_before})
    return [
        DayChange(
            day=_named(name),
            before=proposed.people_before.get(name, 0),
            proposed=proposed.people.get(name, 0),
        )
        for name in every
    ]


def _named(name: str) -> str:
    try:
        return day(date.fromisoformat(name))
    except ValueError:
        return name


def _asked_by(sale_id: int) -> list[str]:
    """Say which news has asked for a new plan."""
    row = plans.latest_replan(sale_id)
    words = {
        "orders": _("Orders stray from what was assumed."),
        "people": _("Too few packers came."),
        "point": _("A packing point has failed."),
        "capacity": _("A lane or the post office takes more or fewer parcels than before."),
        "delay": _("Parcels come later than promised."),
    }
    return [words[reason] for reason in row.reasons if reason in words] if row else []


def _why(proposed: Redecision) -> str:
    level = proposed.demand_level
    if level >= 1 + TELLING:
        return _("More buyers came than assumed: the price may rise or more people may pack.")
    if level <= 1 - TELLING:
        return _("Fewer buyers came than assumed: a lower price clears more before it spoils.")
    return _("Buyers came about as assumed: only people and kilograms are shifted.")
