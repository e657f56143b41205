"""Pages of the village's postal worker: report a surplus, and what became of the reports."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.units import FEN_PER_YUAN
from postharvest.decisions.insight import queries as insight
from postharvest.interfaces.web import photos
from postharvest.interfaces.web.access import DESK, VILLAGE, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import name_of, produce_name
from postharvest.interfaces.web.formats import day, moment
from postharvest.interfaces.web.forms import fields
from postharvest.interfaces.web.forms.surplus import ReportForm
from postharvest.interfaces.web.refusals import detail_of, sentence_of, state_of_surplus
from postharvest.interfaces.web.rows import Row
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.surpluses import SurplusReport, report_surplus
from postharvest.operations.network import queries as network

QUICK_CROPS = 4
RECENT = 6
MOST_REPORTS = 200
PREFILLED = (
    "branch", "produce", "amount", "unit", "harvest_from", "harvest_to", "floor_price",
    "wholesale_price",
)  # fmt: skip
"""What a link may fill in: an alert offers a report to correct."""
_FIELD_OF = {"weight": "amount", "price": "floor_price"}
"""Where a refusal's field stands on the form under another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickCrop:
    """A crop as a picture to tap."""

    id: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One report and what became of it."""

    village: str
    produce: str
    produce_id: str
    weight_g: int
    when: str
    note: str
    state: str
    tone: str


@require_http_methods(["GET", "POST"])
@only_for(*VILLAGE)
def report(request: HttpRequest) -> HttpResponse:
    """Take a report; it works without JavaScript, and sent twice it is one report."""
    form = _form(request)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            surplus = report_surplus(report=_report(form), actor=actor_of(request), now=time.now())
        except InvalidInput as error:
            refusal = _blame(form, error)
        except Refused as error:
            refusal = sentence_of(error)
            if _is_sync(request):
                return JsonResponse({"message": refusal}, status=409)
        else:
            if request.headers.get("X-Sync") != "queue":
                done = _("Saved. Report %(n)s is with the branch.") % {"n": surplus.pk}
                messages.success(request, done)
            if _is_sync(request):
                return JsonResponse({"id": surplus.pk}, status=201)
            return redirect("web:village-report")
    if _is_sync(request):
        return JsonResponse({"message": _first_fault(form, refusal)}, status=422)
    return _report_page(request, form=form, refusal=refusal)


@require_GET
@only_for(*VILLAGE)
def reports(request: HttpRequest) -> HttpResponse:
    """Show every report of the actor's region."""
    rows = harvest.reports(actor_of(request).scope)[:MOST_REPORTS]
    return render(request, "web/village/reports.html", {"rows": [report_row(row) for row in rows]})


@require_GET
@only_for(*VILLAGE, *DESK)
def photo(request: HttpRequest, surplus_id: int, n: int) -> FileResponse:
    """Show a photo of a report to those who work on it, and to nobody else."""
    row = harvest.reports(actor_of(request).scope).filter(pk=surplus_id).first()
    names = row.photos if row else []
    if not 1 <= n <= len(names) or not default_storage.exists(names[n - 1]):
        raise Http404
    answer = FileResponse(default_storage.open(names[n - 1]), content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def report_row(surplus: Row) -> ReportRow:
    """Write one report for its list."""
    state, tone = state_of_surplus(surplus.state)
    return ReportRow(
        village=surplus.village,
        produce=produce_name(surplus.produce),
        produce_id=surplus.produce_id,
        weight_g=surplus.reported_g,
        when=moment(surplus.reported_at),
        note=_("ready %(a)s–%(b)s")
        % {"a": day(surplus.harvest_from), "b": day(surplus.harvest_to)},
        state=state,
        tone=tone,
    )


def produce_choices() -> list[tuple[str, str]]:
    """List every crop by its name in the page's language."""
    return sorted(
        ((row.pk, produce_name(row)) for row in harvest.produce()), key=lambda item: item[1]
    )


def _is_sync(request: HttpRequest) -> bool:
    """Whether the page's own script is sending, not the browser."""
    return "X-Sync" in request.headers


def _first_fault(form: ReportForm, refusal: str) -> str:
    for name, faults in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        return f"{label}: {faults[0]}" if label else str(faults[0])
    return refusal


def _form(request: HttpRequest) -> ReportForm:
    branches = [
        (branch.pk, name_of(branch)) for branch in network.branches_in(actor_of(request).scope)
    ]
    return ReportForm(
        _posted(request.POST) if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={name: request.GET[name] for name in PREFILLED if name in request.GET},
        produce=produce_choices(),
        branches=branches,
        today=time.local_day(time.now()),
    )


def _posted(data: QueryDict) -> QueryDict:
    """Let the list of all crops stand in where no picture was tapped."""
    posted = data.copy()
    if posted.get("other_produce"):
        posted.setlist("produce", posted.getlist("other_produce"))
    return posted


def _report(form: ReportForm) -> SurplusReport:
    data = form.cleaned_data
    unit = data["unit"]
    county = network.branch(data["branch"]).county_id
    village = network.village_named(county_code=county, name=data["village"])
    wholesale_fen, source = _wholesale(form)
    return SurplusReport(
        key=data["key"],
        branch_id=data["branch"],
        produce_id=data["produce"],
        grade=data["grade"],
        weight_g=form.weight_g,
        harvest_from=data["harvest_from"],
        harvest_to=data["harvest_to"],
        floor_fen_per_kg=fields.fen_per_kg(data["floor_price"], unit) if data["floor_price"] else 0,
        wholesale_fen_per_kg=wholesale_fen,
        wholesale_g_per_day=(
            fields.grams(data["wholesale_per_day"], unit) if data["wholesale_per_day"] else 0
        ),
        wholesale_source=source,
        village=data["village"],
        village_code=village.code if village else "",
        shelf_life_days=float(data["shelf_life_days"]) if data["shelf_life_days"] else None,
        photos=photos.keep(data["photos"], folder="reports"),
    )


def _wholesale(form: ReportForm) -> tuple[int, str]:
    """Return what local buyers pay and who says so: the report, else the village's diary."""
    data = form.cleaned_data
    if data["wholesale_price"]:
        return fields.fen_per_kg(data["wholesale_price"], data["unit"]), _(
            "reported by the village"
        )
    told = insight.told_price(
        branch_id=data["branch"], produce_id=data["produce"], day=time.local_day(time.now())
    )
    if told is None:
        return 0, ""
    return round(told.yuan_kg * FEN_PER_YUAN), _("the diary's last 7 days, n = %(n)s") % {
        "n": told.entries
    }


def _blame(form: ReportForm, error: InvalidInput) -> str:
    """Put a refusal beside its field, or return it for the top of the form."""
    name = _FIELD_OF.get(error.field, error.field)
    if name in form.fields:
        form.add_error(name, detail_of(error))
        return ""
    return detail_of(error)


def _report_page(request: HttpRequest, *, form: ReportForm, refusal: str) -> HttpResponse:
    choices = produce_choices()
    chosen = str(form["produce"].value() or "")
    recent = harvest.reports(actor_of(request).scope)[:RECENT]
    quick = _quick(choices, recent=[row.produce_id for row in recent])
    return render(
        request,
        "web/village/report.html",
        {
            "form": form,
            "refusal": refusal,
            "quick": [QuickCrop(id=pk, name=name, chosen=pk == chosen) for pk, name in quick],
            "other_chosen": "" if chosen in dict(quick) else chosen,
            "recent": [report_row(row) for row in recent],
        },
        status=422 if form.errors or refusal else 200,
    )


def _quick(choices: list[tuple[str, str]], *, recent: list[str]) -> list[tuple[str, str]]:
    """Crops with a picture of their own, the lately reported first."""
    wanted = [*dict.fromkeys(recent), "persimmon_soft", "sugarcane_fresh", "apple", "kiwifruit"]
    names = dict(choices)
    return [(pk, names[pk]) for pk in dict.fromkeys(wanted) if pk in names][:QUICK_CROPS]
