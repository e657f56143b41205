"""Headquarters' measures: figures, maps before and after, paths, rows, files to take along."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.audit.actor import Role
from postharvest.core.clock import time
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.decisions.measures import actions, exporting, nation_paths, queries
from postharvest.interfaces.web import measures_view as view
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.refusals import sentence_of

READERS = (Role.PLANNER, Role.AUDITOR)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json; charset=utf-8",
}
MOST_BYTES = 8 * 1024 * 1024


@require_GET
@only_for(*READERS)
def measures(request: HttpRequest) -> HttpResponse:
    """Show what was promised and what is measured, before and after."""
    if not queries.read_at():
        return render(request, "web/network/measures_waits.html")
    on, scope = _today(), actor_of(request).scope
    kind = request.GET.get("map", "access")
    split = _day(request.GET.get("before", "")) or view.first_opening(on)
    lines = view.all_lines(on, scope)
    return render(
        request,
        "web/network/measures.html",
        {
            "stats": view.stats(lines),
            "kind": kind if kind in view.MAPS else view.MAPS[0],
            "maps": view.pair_of_maps(
                kind if kind in view.MAPS else view.MAPS[0], split=split, on=on, scope=scope
            ),
            "split": split,
            **_tables(on, scope),
            "lines": lines,
        },
    )


@require_GET
@only_for(*READERS)
def national(request: HttpRequest) -> HttpResponse:
    """Show everything on one page to print."""
    if not queries.read_at():
        return render(request, "web/network/measures_waits.html")
    on, scope = _today(), actor_of(request).scope
    lines = view.all_lines(on, scope)
    return render(
        request,
        "web/network/measures_national.html",
        {
            "lines": lines, "today": on, **_tables(on, scope),
            "maps": view.pair_of_maps(
                "access", split=view.first_opening(on), on=on, scope=scope
            ),
        },
    )  # fmt: skip


@require_GET
@only_for(*READERS)
def rows(request: HttpRequest, name: str) -> HttpResponse:
    """Take a figure apart into its rows."""
    scope = actor_of(request).scope
    place = request.GET.get("place", "") or scope
    if not place.startswith(scope):
        raise Http404(_("this lies outside your region"))
    try:
        found = queries.rows_behind(queries.Question(measure=name, on=_today(), place=place))
    except InvalidInput as error:
        raise Http404(str(error)) from None
    except Refused:
        return redirect("web:measures")
    return render(
        request,
        "web/network/measures_rows.html",
        {
            "title": view.titles()[name], "rows": found, "place": place,
            "most": queries.MOST_ROWS, "name": name,
            "prices": queries.witnesses(place) if name == "uplift_yuan_per_kg" else [],
        },
    )  # fmt: skip


@require_GET
@only_for(*READERS)
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand the measures out, no figure of fewer than five households."""
    if not queries.read_at():
        return redirect("web:measures")
    found = exporting.published(on=_today(), place=actor_of(request).scope)
    answer = HttpResponse(exporting.as_file(found, kind), content_type=TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="measures.{kind}"'
    return answer


@require_POST
@only_for(*READERS)
def refresh(request: HttpRequest) -> HttpResponse:
    """Read what has changed."""
    try:
        actions.refresh(actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("The measures say what the books say now."))
    return redirect("web:measures")


@require_POST
@only_for(Role.PLANNER)
def paths(request: HttpRequest) -> HttpResponse:
    """Keep a run of the national simulator."""
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > MOST_BYTES:
        messages.error(request, _("Choose the simulator's JSON file, 8 MB at most."))
        return redirect("web:measures")
    try:
        nation_paths.keep_paths(raw=file.read(), actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
    return redirect("web:measures")


def _tables(on: date, scope: str) -> dict[str, Any]:
    document = nation_paths.kept_paths()
    names = view.titles()
    return {
        "read_at": queries.read_at()[:16].replace("T", " "),
        "columns": [names[name] for name in view.COLUMNS],
        "provinces": view.province_lines(on, scope),
        "channels": view.parts("rescued_kg", "channel", on, scope),
        "stages": view.parts("cost_yuan_per_kg", "stage", on, scope),
        "payers": view.parts("subsidy_yuan", "payer", on, scope),
        "groups": view.parts("uplift_yuan_per_kg", "income_group", on, scope),
        "paths": view.path_figures(document) if document else [],
        "paths_seed": document.get("seed") if document else None,
    }


def _today() -> date:
    return local_day(time.now())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
