"""One county in a scenario: who serves it, what its base is worth, what a pin or a ban costs."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.decisions.planning.base_gather import Wishes, question_of
from postharvest.decisions.planning.base_scenarios import ask_scenario, document_of
from postharvest.decisions.planning.base_warm import BaseExplained, change_cost, explain_base
from postharvest.interfaces.web import planner_view as view
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.forms.planner import NameForm
from postharvest.interfaces.web.refusals import detail_of, sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.views.planner import PLANNERS, scenario_or_404

BAN = "ban"
MINUTES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Who serves the county in one phase."""

    phase: int
    count: int
    base: str
    base_url: str
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A change one may ask for, with the word of its button."""

    key: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a change costs, in words and figures."""

    key: str
    sentence: str
    refusal: str = ""
    extra_share: float = 0.0
    gap: float = 0.0
    means: tuple[tuple[int, float, float, float], ...] = ()
    opened: tuple[tuple[str, int], ...] = ()
    dropped: tuple[tuple[str, int], ...] = ()
    moved: tuple[tuple[str, int, int], ...] = ()


@require_http_methods(["GET", "POST"])
@only_for(*PLANNERS)
def county(request: HttpRequest, scenario_id: int, code: str) -> HttpResponse:
    """Show a county, the cost of a change, and on a POST keep the change as a new scenario."""
    row = scenario_or_404(scenario_id)
    names = view.county_names()
    if row.state != "ready" or code not in names:
        raise Http404(_("there is no such county in this plan"))
    document, wishes = document_of(row), Wishes.of_json(row.wishes)
    key = request.GET.get("do", "")
    asked = key and code not in row.committed
    cost = _cost(row, wishes, document, names, code=code, key=key) if asked else None
    if request.headers.get("HX-Request"):
        context = {"row": row, "code": code, "cost": cost, "form": _name_form(row, names, code)}
        return render(request, "web/network/plan_cost.html", context)
    form = _name_form(row, names, code)
    if request.method == "POST" and cost and not cost.refusal:
        form = NameForm(request.POST)
        kept = form.is_valid() and _keep(request, form, row, _wished(wishes, code, key))
        if kept:
            return redirect("web:base-plan", kept)
    base = next((base for base in document["bases"] if base["id"] == code), None)
    return render(
        request,
        "web/network/plan_county.html",
        {
            "row": row,
            "code": code,
            "name": names[code],
            "base": base,
            "sure_tone": view.sure_tone(base.get("stability_share") if base else None),
            "served": _served(document, names, code=code, scenario_id=scenario_id),
            "told": _told(document, wishes, row, names, code) if base else None,
            "choices": _choices(document, wishes, code, key),
            "settled": code in row.committed,
            "cost": cost,
            "form": form,
        },
    )


def _name_form(row: Row, names: view.Names, code: str) -> NameForm:
    return NameForm(initial={"name": f"{row.name} · {names[code]}"[:80]})


def _keep(request: HttpRequest, form: NameForm, row: Row, wishes: Wishes) -> int:
    """Save the change as a scenario; 0 when it was refused, with the reason at the form."""
    try:
        made = ask_scenario(
            name=form.cleaned_data["name"], wishes=wishes, actor=actor_of(request),
            now=time.now(), parent_id=row.pk,
        )  # fmt: skip
    except InvalidInput as error:
        form.add_error(None, detail_of(error))
        return 0
    except Refused as error:
        form.add_error(None, sentence_of(error))
        return 0
    return int(made.pk)


def _choices(document: dict[str, Any], wishes: Wishes, code: str, key: str) -> list[Wish]:
    count = len(document["question"]["phases"])
    pins = [
        Wish(
            key=f"pin-{phase}",
            label=_("Open it by phase %(k)s") % {"k": phase},
            current=key == f"pin-{phase}",
        )
        for phase in range(1, count + 1)
        if wishes.pins.get(code) != phase
    ]
    ban = Wish(key=BAN, label=_("Never open it"), current=key == BAN)
    return pins if code in wishes.bans else [*pins, ban]


def _wished(wishes: Wishes, code: str, key: str) -> Wishes:
    if key == BAN:
        return wishes.banned(code)
    word, _dash, phase = key.partition("-")
    if word != "pin" or not phase.isdecimal() or not 1 <= int(phase) <= len(wishes.phases):
        raise Http404(_("there is no such wish"))
    return wishes.pinned(code, int(phase))


def _cost(
    row: Row, wishes: Wishes, document: dict[str, Any], names: view.Names, *, code: str, key: str
) -> Cost:
    wished = _wished(wishes, code, key)
    sentence = (
        _("Without a base in %(c)s") % {"c": names[code]}
        if key == BAN
        else _("With a base in %(c)s by phase %(k)s") % {"c": names[code], "k": wished.pins[code]}
    )
    try:
        found = change_cost(document, question_of(wished, row.committed), seed=wished.seed)
    except InvalidInput as error:
        return Cost(key=key, sentence=sentence, refusal=detail_of(error))
    return Cost(
        key=key,
        sentence=sentence,
        extra_share=found.extra_share,
        gap=found.gap,
        means=tuple(
            (count, before, after, MINUTES * (after - before))
            for count, (before, after) in found.mean_hours.items()
        ),
        opened=tuple((names.get(c, c), phase) for c, phase in found.opened),
        dropped=tuple((names.get(c, c), phase) for c, phase in found.dropped),
        moved=tuple((names.get(c, c), old, new) for c, old, new in found.moved),
    )


def _served(
    document: dict[str, Any], names: view.Names, *, code: str, scenario_id: int
) -> list[Served]:
    phases = document["question"]["phases"]
    return [
        Served(
            phase=row["phase"],
            count=phases[row["phase"] - 1],
            base=names.get(row["base"], row["base"]),
            base_url=view.county_url(scenario_id, row["base"]) if row["base"] != code else "",
            hours=row["hours"],
        )
        for row in document["allocation"]
        if row["demand"] == code
    ]


def _told(
    document: dict[str, Any], wishes: Wishes, row: Row, names: view.Names, code: str
) -> dict[str, Any]:
    told: BaseExplained = explain_base(document, question_of(wishes, row.committed), code)
    return {
        "served": told.served,
        "weight": told.weight,
        "loss_minutes": None if told.loss_hours is None else told.loss_hours * MINUTES,
        "substitute": names.get(told.substitute, told.substitute),
        "substitute_url": view.county_url(row.pk, told.substitute) if told.substitute else "",
        "substitute_minutes": None
        if told.substitute_loss_hours is None
        else told.substitute_loss_hours * MINUTES,
        "gainers": [
            (names.get(c.code, c.code), view.county_url(row.pk, c.code), c.weight, c.hours,
             c.saved_hours)
            for c in told.gainers
        ],
    }  # fmt: skip
