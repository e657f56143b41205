"""Headquarters plan the bases: scenarios, their map and table, exports, the plan in force."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postharvest.core.audit.actor import Role
from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.tables.writing import harmless
from postharvest.decisions.planning import queries as planning
from postharvest.decisions.planning.base_geojson import to_geojson
from postharvest.decisions.planning.base_scenarios import (
    RUNS,
    adopt_scenario,
    ask_scenario,
    document_of,
    remove_scenario,
    replan_rest,
)
from postharvest.interfaces.web import planner_view as view
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.forms.planner import CountyForm, ScenarioForm
from postharvest.interfaces.web.lane_maps import outline_url
from postharvest.interfaces.web.refusals import detail_of, sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.operations.network import queries as network

PLANNERS = (Role.PLANNER, Role.AUDITOR)
MOST_SCENARIOS = 60
CSV_COLUMNS = (
    "order", "id", "name", "phase", "lat", "lon", "load", "mean_hours", "market_hours",
    "stability_share", "chosen_share",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """One scenario in the list."""

    id: int
    name: str
    made_at: Any
    state: str
    tone: str
    phases: str
    mean_hours: float | None
    within: float | None
    gap: float | None
    adopted: bool


@require_http_methods(["GET", "POST"])
@only_for(*PLANNERS)
def scenarios(request: HttpRequest) -> HttpResponse:
    """List the scenarios, and ask for another."""
    form = ScenarioForm(request.POST or None, request.FILES or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = ask_scenario(
                name=form.cleaned_data["name"], wishes=form.wishes, actor=actor_of(request),
                now=time.now(),
            )  # fmt: skip
        except InvalidInput as error:
            refusal = _refuse(form, error)
        except Refused as error:
            refusal = sentence_of(error)
        else:
            return redirect("web:base-plan", made.pk)
    rows = [_scenario_row(row) for row in planning.scenarios()[:MOST_SCENARIOS]]
    context = {"rows": rows, "form": form, "refusal": refusal, "first": rows[0].id if rows else 0}
    return render(request, "web/network/plans.html", context)


@require_GET
@only_for(*PLANNERS)
def scenario(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Show one scenario: where, in which order, how near, how sure."""
    row = scenario_or_404(scenario_id)
    if request.headers.get("HX-Request"):  # the waiting page asks whether it may go on
        return HttpResponse(
            status=204, headers={} if row.state == "asked" else {"HX-Refresh": "true"}
        )
    context: dict[str, Any] = {"row": row, "line": _scenario_row(row), "runs": RUNS}
    if row.state != "ready":
        return render(request, "web/network/plan_waits.html", context)
    document, names = document_of(row), view.county_names()
    return render(
        request,
        "web/network/plan.html",
        context
        | {
            "stats": view.stats(document),
            "phases": view.phase_lines(document),
            "lines": view.base_lines(document, names, scenario_id=scenario_id),
            "curve": view.curve(document),
            "map": view.plan_map(document["bases"], names),
            "sure": "stability" in document,
            "wishes": _wish_lines(row, names),
            "form": CountyForm(),
            "outline_url": outline_url(),
            "features_url": reverse("web:base-plan-features", args=[scenario_id]),
            "others": [one for one in planning.scenarios()[:MOST_SCENARIOS] if one.pk != row.pk],
        },
    )


@require_GET
@only_for(*PLANNERS)
def find_county(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Find a county by its name or code and go there."""
    row = scenario_or_404(scenario_id)
    form = CountyForm(request.GET)
    found = network.counties_by_name(form.cleaned_data["county"]) if form.is_valid() else []
    if len(found) == 1:
        return redirect("web:plan-county", scenario_id, found[0].code)
    return render(request, "web/network/plan_find.html", {"row": row, "form": form, "found": found})


@require_POST
@only_for(Role.PLANNER)
def adopt(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Make this the plan in force."""
    scenario_or_404(scenario_id)
    try:
        adopt_scenario(scenario_id=scenario_id, actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("This plan is in force. When a base opens, the rest is "
                                    "planned again."))  # fmt: skip
    return redirect("web:base-plan", scenario_id)


@require_POST
@only_for(Role.PLANNER)
def remove(request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Throw a scenario away."""
    scenario_or_404(scenario_id)
    try:
        remove_scenario(scenario_id=scenario_id, actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:base-plan", scenario_id)
    return redirect("web:base-plans")


@require_POST
@only_for(Role.PLANNER)
def replan(request: HttpRequest) -> HttpResponse:
    """Plan the rest of the plan in force around the bases that stand."""
    try:
        made = replan_rest(actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:base-board")
    if made is None:
        messages.info(request, _("Nothing has changed since it was planned."))
        return redirect("web:base-board")
    return redirect("web:base-plan", made.pk)


@require_GET
@only_for(*PLANNERS)
def features(_request: HttpRequest, scenario_id: int) -> HttpResponse:
    """Give all counties for the map to click."""
    document = document_or_404(scenario_id)
    return JsonResponse(view.features(document, view.county_names(), scenario_id=scenario_id))


@require_GET
@only_for(*PLANNERS)
def export(_request: HttpRequest, scenario_id: int, kind: str) -> HttpResponse:
    """Hand the plan out as CSV, GeoJSON or JSON."""
    document = document_or_404(scenario_id)
    if kind == "csv":
        body, content_type = "\ufeff" + _csv(document), "text/csv"
    elif kind == "geojson":
        body = json.dumps(to_geojson(document), ensure_ascii=False)
        content_type = "application/geo+json"
    else:
        body, content_type = json.dumps(document, ensure_ascii=False), "application/json"
    answer = HttpResponse(body, content_type=f"{content_type}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bases-{scenario_id}.{kind}"'
    return answer


def scenario_or_404(scenario_id: int) -> Row:
    """Return a scenario that there is."""
    row = planning.scenario(scenario_id)
    if row is None:
        raise Http404(_("there is no such scenario"))
    return row


def document_or_404(scenario_id: int) -> dict[str, Any]:
    """Return the plan of a scenario that has one."""
    row = scenario_or_404(scenario_id)
    if row.state != "ready":
        raise Http404(_("this scenario has no plan yet"))
    return document_of(row)


def _scenario_row(row: Row) -> ScenarioRow:
    states = {
        "asked": (_("being planned"), "sky"),
        "ready": (_("ready"), "ok"),
        "failed": (_("can't be planned"), "bad"),
    }
    state, tone = states[row.state]
    phases = row.figures.get("phases", {})
    last = list(phases.values())[-1] if phases else {}
    return ScenarioRow(
        id=row.pk,
        name=row.name,
        made_at=row.made_at,
        state=_("in force") if row.is_adopted else state,
        tone="kaki" if row.is_adopted else tone,
        phases=" · ".join(str(count) for count in row.wishes["phases"]),
        mean_hours=last.get("mean_hours"),
        within=last.get("share_within_3h"),
        gap=row.figures.get("gap"),
        adopted=row.is_adopted,
    )


def _wish_lines(row: Row, names: view.Names) -> list[str]:
    wishes = row.wishes
    kinds = {
        "people": _("rural people"), "surplus": _("expected surplus"), "poor": _("poor counties"),
    }  # fmt: skip
    lines = [_("Near to: %(w)s") % {"w": kinds[wishes["weight"]]}]
    lines += [
        _("%(c)s must be open by phase %(k)s") % {"c": names.get(code, code), "k": phase}
        for code, phase in wishes["pins"].items()
    ]
    lines += [_("%(c)s must not open") % {"c": names.get(code, code)} for code in wishes["bans"]]
    lines += [
        _("%(n)s in province %(p)s in phase 1") % {"n": count, "p": code}
        for code, count in wishes["region_min"].items()
    ]
    if row.committed:
        lines.append(_("%(n)s bases stood already when it was planned")
                     % {"n": len(row.committed)})  # fmt: skip
    return lines


def _refuse(form: ScenarioForm, error: InvalidInput) -> str:
    """Put a refusal beside its field, or above the form where it belongs to none."""
    if error.field in form.fields:
        form.add_error(error.field, error.detail)
        return ""
    return detail_of(error)


def _csv(document: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(
        {name: harmless(value) for name, value in row.items()} for row in document["bases"]
    )
    return out.getvalue()
