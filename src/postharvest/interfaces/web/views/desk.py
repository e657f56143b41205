"""The branch's desk: reports, plans, approval, the running sale."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.decisions.planning import queries as planning
from postharvest.decisions.planning.actions import approve_plan, propose_frontier
from postharvest.decisions.planning.cash import cash_need
from postharvest.decisions.planning.what_if import plan_otherwise
from postharvest.interfaces.web import charts
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.assumptions import assumption_rows
from postharvest.interfaces.web.cards import name_of, photo_urls, place_of, produce_name
from postharvest.interfaces.web.cash_view import cash_view
from postharvest.interfaces.web.formats import day, money, percent
from postharvest.interfaces.web.forms.what_if import RulesForm, WhatIfForm
from postharvest.interfaces.web.lane_maps import lanes_map, outline_url
from postharvest.interfaces.web.plan_view import PlanView, goal_name, plan_view
from postharvest.interfaces.web.plan_words import risk_of
from postharvest.interfaces.web.refusals import detail_of, sentence_of, state_of_surplus
from postharvest.interfaces.web.rows import Row
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network

MOST_ROWS = 60
SEED = 1
WHAT_IF_CPU_SECONDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A report as the desk sees it: what it is, and what to do next."""

    id: int
    title: str
    note: str
    produce_id: str
    weight_g: int
    window: str
    wholesale: str
    state: str
    tone: str
    urgent: bool
    may_plan: bool
    plan_url: str
    action: str
    photos: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One plan in a list or on the frontier."""

    id: int
    title: str
    goal: str
    current: bool
    cleared_share: float
    net_fen: int
    expected_fen: int
    p_clear: float | None
    price_yuan: float
    people: int
    points: int
    wages_fen: int
    rules_fen: int | None
    made_at: datetime
    state: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The answer to a what-if; without figures where there is none."""

    form: WhatIfForm
    refusal: str = ""
    net_fen: int | None = None
    difference_fen: int = 0
    cleared_share: float = 0.0
    price_yuan: float = 0.0
    sells_online: bool = True


@require_GET
@only_for(*DESK)
def reports(request: HttpRequest) -> HttpResponse:
    """Show what needs the desk now: reports without a plan first."""
    rows = [_report_row(row) for row in harvest.reports(actor_of(request).scope)[:MOST_ROWS]]
    rows.sort(key=lambda row: not row.urgent)
    return render(request, "web/desk/reports.html", {"rows": rows})


@require_POST
@only_for(*DESK)
def propose(request: HttpRequest, surplus_id: int) -> HttpResponse:
    """Work out plans from most income to most cleared, and show them."""
    rules = RulesForm(request.POST)
    if not rules.is_valid():
        messages.error(request, _("Not planned: the rules must lie between 0 and 100%."))
        return redirect("web:desk")
    try:
        plans = propose_frontier(
            surplus_id=surplus_id,
            actor=actor_of(request),
            now=time.now(),
            seed=SEED,
            max_unsold_spread=rules.spread,
            wage_weight=rules.wage_weight,
        )
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:desk")
    return redirect("web:desk-plan", plans[0].pk)


@require_GET
@only_for(*DESK)
def plans(request: HttpRequest) -> HttpResponse:
    """List the plans that stand."""
    surpluses = harvest.reports(actor_of(request).scope)[:MOST_ROWS]
    rows = [
        _plan_row(plan, surplus=surplus)
        for surplus in surpluses
        for plan in planning.plans_of(surplus.pk)
    ]
    return render(request, "web/desk/plans.html", {"rows": rows})


@require_GET
@only_for(*DESK)
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Show which plan, and why."""
    row = _plan(plan_id)
    lanes = list(network.lanes_for_origin(row.surplus.branch_id))
    names = {lane.zone: name_of(lane) for lane in lanes}
    view = plan_view(row.case, row.plan, zone_names=names)
    frontier = [
        _plan_row(one, surplus=row.surplus, current=plan_id)
        for one in planning.plans_of(row.surplus_id)
    ]
    sale = campaigns.sale_of_surplus(row.surplus_id)
    return render(
        request,
        "web/desk/plan.html",
        {
            "plan": view,
            "plan_id": plan_id,
            "title": _("%(crop)s: rescue plan") % {"crop": view.name},
            "frontier": _different(frontier),
            "frontier_figure": _frontier_figure(_different(frontier)),
            "map": _plan_map(row, view, lanes=lanes),
            "assumptions": assumption_rows(row.assumptions),
            "what_if": WhatIf(form=WhatIfForm()),
            "rules": RulesForm.of_plan(row.plan),
            "has_rules": any(one.rules_fen is not None for one in frontier),
            "cash": cash_view(cash_need(row)),
            "surplus_id": row.surplus_id,
            "may_approve": row.state == "proposed" and view.sells_online,
            "state_label": _state_of_plan(row.state)[0],
            "sale_url": reverse("web:desk-live", args=[sale.pk])
            if sale and row.state == "approved"
            else "",
        },
    )


@require_GET
@only_for(*DESK)
def what_if(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Answer what the plan would become otherwise: a fragment, or the whole page without htmx."""
    row = _plan(plan_id)
    context = {"plan_id": plan_id, "what_if": _what_if(row, request), "back": True}
    if request.headers.get("HX-Request"):
        return render(request, "web/parts/what_if_answer.html", context)
    return render(request, "web/desk/what_if.html", context)


def _what_if(row: Row, request: HttpRequest) -> WhatIf:
    form = WhatIfForm(request.GET)
    if not form.is_valid():
        return WhatIf(form=form)
    goal = row.plan["goal"]
    try:
        plan = plan_otherwise(
            raw=row.case,
            otherwise=form.otherwise,
            clear_share=float(goal.get("clear_share", 0.0)),
            seed=SEED,
            cpu_seconds=WHAT_IF_CPU_SECONDS,
        )
    except InvalidInput as error:
        return WhatIf(form=form, refusal=detail_of(error))
    return WhatIf(
        form=form,
        net_fen=round(plan["net_income_yuan"] * 100),
        difference_fen=round(plan["net_income_yuan"] * 100) - row.net_fen,
        cleared_share=plan["cleared_share"],
        price_yuan=plan["price_reference_yuan"],
        sells_online=plan["sells_online"],
    )


@require_POST
@only_for(*DESK)
def approve(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Turn the plan into a sale with one click."""
    try:
        sale = approve_plan(plan_id=plan_id, actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:desk-plan", plan_id)
    messages.success(request, _("The sale is open. People are called and lanes are reserved."))
    return redirect("web:desk-live", sale.pk)


@require_GET
@only_for(*DESK)
def plan_map(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Show the plan's places on a map to pan."""
    row = _plan(plan_id)
    return render(
        request,
        "web/desk/map.html",
        {
            "title": _("%(crop)s: where everything is")
            % {"crop": produce_name(row.surplus.produce)},
            "back_url": reverse("web:desk-plan", args=[plan_id]),
            "outline_url": outline_url(),
            "features_url": reverse("web:desk-plan-features", args=[plan_id]),
        },
    )


@require_GET
@only_for(*DESK)
def plan_features(_request: HttpRequest, plan_id: int) -> HttpResponse:
    """Give the plan's places as GeoJSON."""
    row = _plan(plan_id)
    tables = {"lots": "lot", "points": "point", "labour": "labour"}
    features = [
        _feature(kind, place)
        for table, kind in tables.items()
        for place in row.case.get(table, ())
        if "lat" in place
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _feature(kind: str, place: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
        "properties": {
            "kind": kind,
            "near": True,
            "label": str(place.get("name") or place.get("village") or place["id"]),
        },
    }


def _plan(plan_id: int) -> Row:
    row = planning.plan(plan_id)
    if row is None:
        raise Http404(_("there is no such plan"))
    return row


def _report_row(surplus: Row) -> ReportRow:
    state, tone = state_of_surplus(surplus.state)
    standing = planning.plans_of(surplus.pk)
    approved = next((one for one in standing if one.state == "approved"), None)
    first = approved or (standing[0] if standing else None)
    return ReportRow(
        id=surplus.pk,
        title=produce_name(surplus.produce),
        note=place_of(surplus, county=surplus.county),
        produce_id=surplus.produce_id,
        weight_g=surplus.reported_g,
        window=_("cut %(a)s–%(b)s")
        % {"a": day(surplus.harvest_from), "b": day(surplus.harvest_to)},
        wholesale=_("town pays %(y)s/kg") % {"y": money(surplus.wholesale_fen_per_kg)}
        if surplus.wholesale_fen_per_kg
        else "",
        state=state,
        tone=tone,
        urgent=surplus.state in ("reported", "planned"),
        may_plan=surplus.state in ("reported", "planned") and first is None,
        plan_url=reverse("web:desk-plan", args=[first.pk]) if first else "",
        action=_("See the plan") if approved else _("Choose a plan"),
        photos=photo_urls(surplus),
    )


def _plan_row(plan: Row, *, surplus: Row, current: int | None = None) -> PlanRow:
    state, tone = _state_of_plan(plan.state)
    people: dict[int, int] = {}
    risk = risk_of(plan.plan)
    for row in plan.plan["crew"]:
        people[row["day"]] = people.get(row["day"], 0) + row["people"]
    return PlanRow(
        id=plan.pk,
        title=f"{produce_name(surplus.produce)} · {surplus.village}",
        goal=goal_name(plan.plan["goal"]),
        current=plan.pk == current,
        cleared_share=plan.cleared_share,
        net_fen=plan.net_fen,
        expected_fen=round(risk.mean_yuan * 100) if risk else plan.net_fen,
        p_clear=risk.p_clear if risk else None,
        price_yuan=plan.plan["price_reference_yuan"],
        people=max(people.values(), default=0),
        points=len(plan.plan["open_points"]),
        wages_fen=round(-100 * plan.plan["items_yuan"]["wages"]),
        rules_fen=None
        if "price_of_rules_yuan" not in plan.plan
        else round(100 * plan.plan["price_of_rules_yuan"]),
        made_at=plan.made_at,
        state=state,
        tone=tone,
    )


def _different(rows: list[PlanRow]) -> list[PlanRow]:
    """Leave out goals that came to the same plan as another; the one looked at stays."""
    kept: dict[tuple[int, float], PlanRow] = {}
    for row in rows:
        same = (row.net_fen, row.price_yuan)
        if same not in kept or row.current:
            kept[same] = row
    return list(kept.values())


def _state_of_plan(state: str) -> tuple[str, str]:
    known = {
        "proposed": (_("proposed"), "sky"),
        "approved": (_("approved"), "ok"),
        "superseded": (_("replaced"), ""),
    }
    return known[state]


def _frontier_figure(rows: list[PlanRow]) -> charts.Figure | None:
    if len(rows) < 2:  # noqa: PLR2004  (one plan is no choice)
        return None
    best = max(rows, key=lambda row: row.net_fen)
    return charts.frontier(
        [
            charts.Choice(
                cleared_share=row.cleared_share, net_yuan=row.net_fen / 100, chosen=row.current
            )
            for row in rows
        ],
        caption=_("Yuan that growers keep, by the share that leaves the field; orange: this plan"),
        sentence=_("Most income clears %(share)s") % {"share": percent(best.cleared_share)},
    )


def _plan_map(row: Row, view: PlanView, *, lanes: list[Row]) -> str:
    by_zone = {lane.zone: lane.boxes for lane in view.lanes}
    boxes = {lane.pk: float(by_zone.get(lane.zone, 0)) for lane in lanes}
    if not any(boxes.values()):
        return ""
    return lanes_map(origin=row.surplus.branch, lanes=lanes, boxes=boxes)
