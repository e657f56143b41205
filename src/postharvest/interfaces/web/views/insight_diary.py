"""The village's diary: ten seconds a day, and what the season and the weather should bring."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.interfaces.web import photos
from postharvest.interfaces.web.access import DESK, VILLAGE, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import attempt
from postharvest.interfaces.web.cards import name_of, produce_name
from postharvest.interfaces.web.forms import fields
from postharvest.interfaces.web.forms.diary import DiaryForm, RainForm, SeasonForm
from postharvest.interfaces.web.refusals import detail_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.views.village import produce_choices
from postharvest.operations.diary import actions, weather
from postharvest.operations.diary import queries as diary
from postharvest.operations.network import queries as network

SHOWN = 14
SEASON_DAYS = 60
MOST_FILE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line as it was written."""

    day: object
    village: str
    produce: str
    produce_id: str
    came: bool
    bought_g: int
    fen_per_kg: int | None
    proof: str
    photos: list[str]


@require_http_methods(["GET", "POST"])
@only_for(*VILLAGE)
def diary_page(request: HttpRequest) -> HttpResponse:
    """Take a day's line; it works without signal, and sent twice it is one line."""
    form = _form(request)
    if request.method == "POST" and _written(request, form):
        if "X-Sync" in request.headers:
            return JsonResponse({"saved": True}, status=201)
        messages.success(request, _("Written down. Thank you."))
        return redirect("web:village-diary")
    conflict = bool(form.errors.get("__all__"))
    if "X-Sync" in request.headers:
        return JsonResponse({"message": _first_fault(form)}, status=409 if conflict else 422)
    rows = diary.lines(actor_of(request).scope)[:SHOWN]
    return render(
        request,
        "web/insight/diary.html",
        {"form": form, "rows": [_line_row(row) for row in rows]},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
@only_for(*VILLAGE)
def season_page(request: HttpRequest) -> HttpResponse:
    """Note what a season should bring, and the rain that is foretold."""
    what = request.POST.get("what", "")
    season, rain = _season_form(request, what), _rain_form(request, what)
    if what == "season" and attempt(season, lambda: _expect(request, season)):
        messages.success(request, _("Noted. From tonight on the warning knows what is usual."))
        return redirect("web:village-season")
    if what == "rain" and attempt(rain, lambda: _take_rain(request, rain)):
        messages.success(request, _("The rain is noted."))
        return redirect("web:village-season")
    scope = actor_of(request).scope
    counties = {branch.county_id for branch in network.branches_in(scope)}
    return render(
        request,
        "web/insight/season.html",
        {
            "season": season,
            "rain": rain,
            "seasons": [(row, produce_name(row.produce)) for row in diary.seasons(scope)[:SHOWN]],
            "told": diary.weather(sorted(counties)).first(),
        },
        status=422 if season.errors or rain.errors else 200,
    )


@require_GET
@only_for(*VILLAGE, *DESK)
def photo(request: HttpRequest, line_id: int, n: int) -> FileResponse:
    """Show a line's photo to those who work in its region, and to nobody else."""
    line = diary.lines(actor_of(request).scope).filter(pk=line_id).first()
    names = line.photos if line else []
    if not 1 <= n <= len(names) or not default_storage.exists(names[n - 1]):
        raise Http404
    answer = FileResponse(default_storage.open(names[n - 1]), content_type="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def branch_choices(request: HttpRequest) -> list[tuple[int, str]]:
    """Return the post offices that the person works for."""
    return [(branch.pk, name_of(branch)) for branch in network.branches_in(actor_of(request).scope)]


def _form(request: HttpRequest) -> DiaryForm:
    last = diary.lines(actor_of(request).scope).order_by("-pk").first()
    initial = {}
    if last is not None:
        initial = {"branch": last.branch_id, "produce": last.produce_id, "village": last.village}
    return DiaryForm(
        request.POST or None,
        request.FILES or None,
        initial=initial,
        branches=branch_choices(request),
        produce=produce_choices(),
        today=time.local_day(time.now()),
    )


def _written(request: HttpRequest, form: DiaryForm) -> bool:
    return attempt(form, lambda: _write(request, form))


def _write(request: HttpRequest, form: DiaryForm) -> None:
    data = form.cleaned_data
    price = data["price"]
    actions.write_diary(
        line=actions.Line(
            key=data["key"],
            branch_id=data["branch"],
            produce_id=data["produce"],
            village=data["village"],
            day=data["day"],
            came=data["came"] == "yes",
            bought_g=form.bought_g,
            fen_per_kg=fields.fen_per_kg(price, data["unit"]) if price else None,
            witness=data["witness"],
            photos=photos.keep(data["photos"], folder="diary"),
        ),
        actor=actor_of(request),
        now=time.now(),
    )


def _first_fault(form: DiaryForm) -> str:
    for name, faults in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        return f"{label}: {faults[0]}" if label else str(faults[0])
    return ""


def _line_row(line: Row) -> LineRow:
    proof = _("seen by %(name)s") % {"name": line.witness} if line.witness else ""
    return LineRow(
        day=line.day,
        village=line.village,
        produce=produce_name(line.produce),
        produce_id=line.produce_id,
        came=line.came,
        bought_g=line.bought_g,
        fen_per_kg=line.fen_per_kg,
        proof=proof,
        photos=[
            reverse("web:diary-photo", args=(line.pk, n)) for n in range(1, len(line.photos) + 1)
        ],
    )


def _season_form(request: HttpRequest, what: str) -> SeasonForm:
    today = time.local_day(time.now())
    return SeasonForm(
        request.POST if what == "season" else None,
        initial={
            "first_day": today,
            "last_day": today + timedelta(days=SEASON_DAYS),
            "produce": request.GET.get("produce", ""),
            "branch": request.GET.get("branch", ""),
        },
        branches=branch_choices(request),
        produce=produce_choices(),
    )


def _rain_form(request: HttpRequest, what: str) -> RainForm:
    posted = what == "rain"
    return RainForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        branches=branch_choices(request),
        prefix="told",
    )


def _expect(request: HttpRequest, form: SeasonForm) -> None:
    data = form.cleaned_data
    actions.expect_season(
        season=actions.Season(
            branch_id=data["branch"],
            produce_id=data["produce"],
            first_day=data["first_day"],
            last_day=data["last_day"],
            expected_g=fields.grams(data["amount"], data["unit"]),
            usual_share=data["usual_share"] / 100,
            usual_fen_per_kg=fields.fen_per_kg(data["usual_price"], data["unit"]),
        ),
        actor=actor_of(request),
        now=time.now(),
    )


def _take_rain(request: HttpRequest, form: RainForm) -> None:
    now = time.now()
    told = _rain_of_file(form) if form.cleaned_data["file"] else _rain_typed(form)
    try:
        source = _("a file") if form.cleaned_data["file"] else _("typed by the village")
        weather.take_weather(rain=told, source=source, actor=actor_of(request), now=now)
    except InvalidInput as error:
        raise InvalidInput("file", f"{error.field}: {detail_of(error)}") from error


def _rain_typed(form: RainForm) -> list[weather.Rain]:
    today = time.local_day(time.now())
    county = network.branch(form.cleaned_data["branch"]).county_id
    return [
        weather.Rain(
            county_code=county, told_on=today, day=today + timedelta(days=n), rain_mm=millimetres
        )
        for n, millimetres in enumerate(form.cleaned_data["rain"], start=1)
    ]


def _rain_of_file(form: RainForm) -> list[weather.Rain]:
    file = form.cleaned_data["file"]
    if file.size > MOST_FILE_BYTES:
        raise InvalidInput("file", _("is larger than 4 MB; send fewer days"))
    try:
        return weather.rain_of_text(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidInput("file", _("is no text in UTF-8; save it as CSV UTF-8")) from None
    except InvalidInput as error:
        raise InvalidInput("file", f"{error.field}: {detail_of(error)}") from error
