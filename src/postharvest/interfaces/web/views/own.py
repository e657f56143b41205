"""*My own surplus*: twelve questions or one sheet, answered with a page to print."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.own_surplus import OwnPlan, OwnSurplus, plan_own_surplus
from postharvest.interfaces.web.assumptions import assumption_rows
from postharvest.interfaces.web.formats import full_day, in_chinese, number
from postharvest.interfaces.web.forms import fields
from postharvest.interfaces.web.forms.surplus import OwnSurplusForm, SheetForm
from postharvest.interfaces.web.own_sheet import empty_sheet, read_sheet
from postharvest.interfaces.web.plan_view import PlanView, plan_view
from postharvest.interfaces.web.promises import county_name
from postharvest.interfaces.web.refusals import detail_of
from postharvest.interfaces.web.views.village import produce_choices

CPU_SECONDS = 3.0
SEED = 1
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHEET_BYTES = 1024 * 1024
_FIELD_OF = {"weight": "amount", "price": "floor_price"}


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the questions, or answer with the plan."""
    now = time.now()
    if request.method == "GET":
        return _page(request, form=_form(None, now=now))
    posted = {key: str(value) for key, value in request.POST.items()}
    if code := posted.get("county_code"):
        posted["county"] = code
    return _answer(request, _form(posted, now=now), now=now)


@require_POST
def sheet(request: HttpRequest) -> HttpResponse:
    """Take the answers from a filled-in sheet; what is wrong in it is shown on the form."""
    now = time.now()
    sheet_form = SheetForm(request.POST, request.FILES)
    if not sheet_form.is_valid():
        return _page(request, form=_form(None, now=now), sheet_form=sheet_form)
    file = sheet_form.cleaned_data["sheet"]
    try:
        if file.size > MOST_SHEET_BYTES:
            raise InvalidInput("sheet", _("is larger than 1 MB; send our sheet alone"))
        answers = read_sheet(file)
    except InvalidInput as error:
        sheet_form.add_error("sheet", error.detail)
        return _page(request, form=_form(None, now=now), sheet_form=sheet_form)
    return _answer(request, _form(answers, now=now), now=now)


@require_GET
def template(_request: HttpRequest) -> HttpResponse:
    """Give the empty sheet."""
    form = _form(None, now=time.now())
    response = HttpResponse(empty_sheet(form), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="my-surplus.xlsx"'
    return response


def _form(data: Mapping[str, str] | None, *, now: datetime) -> OwnSurplusForm:
    return OwnSurplusForm(data, produce=produce_choices(), today=time.local_day(now))


def _answer(request: HttpRequest, form: OwnSurplusForm, *, now: datetime) -> HttpResponse:
    if not form.is_valid():
        return _page(request, form=form)
    try:
        found = plan_own_surplus(own=_own(form), now=now, seed=SEED, cpu_seconds=CPU_SECONDS)
    except InvalidInput as error:
        return _page(request, form=form, refusal=_blame(form, error))
    return _plan_page(request, form, found)


def _own(form: OwnSurplusForm) -> OwnSurplus:
    data = form.cleaned_data
    unit = data["unit"]
    return OwnSurplus(
        county_code=data["county"],
        village=data["village"],
        produce_id=data["produce"],
        grade="first",
        weight_g=form.weight_g,
        harvest_from=data["harvest_from"],
        harvest_to=data["harvest_to"],
        growers=data["growers"],
        shelf_life_days=float(data["shelf_life_days"]) if data["shelf_life_days"] else None,
        floor_fen_per_kg=_fen_per_kg(data["floor_price"], unit),
        wholesale_fen_per_kg=_fen_per_kg(data["wholesale_price"], unit),
        wholesale_g_per_day=(
            fields.grams(data["wholesale_per_day"], unit) if data["wholesale_per_day"] else 0
        ),
        people_per_day=data["packers"],
        clear=data["goal"] == "clear",
    )


def _fen_per_kg(price: Any, unit: str) -> int:  # noqa: ANN401  (a decimal, or nothing)
    return fields.fen_per_kg(price, unit) if price else 0


def _blame(form: OwnSurplusForm, error: InvalidInput) -> str:
    name = _FIELD_OF.get(error.field, error.field)
    if name in form.fields:
        form.add_error(name, detail_of(error))
        return ""
    return detail_of(error)


def _plan_page(request: HttpRequest, form: OwnSurplusForm, found: OwnPlan) -> HttpResponse:
    names = found.zone_names_zh if in_chinese() else None
    plan = plan_view(found.case, found.plan, zone_names=names)
    place = f"{county_name(form.cleaned_data['county'])} · {form.cleaned_data['village']}"
    return render(
        request,
        "web/own/plan.html",
        {
            "plan": plan,
            "headline": _headline(plan),
            "subline": _("%(place)s: %(kg)s kg, %(n)s days from %(day)s")
            % {
                "place": place,
                "kg": number(plan.total_kg),
                "n": plan.horizon_days,
                "day": full_day(plan.start),
            },
            "assumptions": assumption_rows(found.assumptions),
            "place_note": place,
        },
    )


def _headline(plan: PlanView) -> str:
    if not plan.sells_online:
        return _("%(crop)s: keep to the local buyer") % {"crop": plan.name}
    return _("%(crop)s: sell %(kg)s kg by post") % {
        "crop": plan.name,
        "kg": number(plan.online_kg),
    }


def _page(
    request: HttpRequest,
    *,
    form: OwnSurplusForm,
    refusal: str = "",
    sheet_form: SheetForm | None = None,
) -> HttpResponse:
    county = form.fields["county"]
    wrong = bool(form.errors or refusal or (sheet_form and sheet_form.errors))
    return render(
        request,
        "web/own/ask.html",
        {
            "form": form,
            "refusal": refusal,
            "sheet_form": sheet_form or SheetForm(),
            "county_choices": county.choices if isinstance(county, fields.CountyField) else [],
        },
        status=422 if wrong else 200,
    )
