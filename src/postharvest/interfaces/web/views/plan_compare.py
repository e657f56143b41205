"""Two plans of bases side by side, or one beside what was really opened."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from postharvest.decisions.planning import queries as planning
from postharvest.decisions.planning.base_gather import Wishes, question_of
from postharvest.decisions.planning.base_scenarios import document_of
from postharvest.decisions.planning.base_warm import difference, what_stands
from postharvest.interfaces.web import planner_view as view
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.views.planner import (
    MOST_SCENARIOS,
    PLANNERS,
    document_or_404,
    scenario_or_404,
)
from postharvest.operations.network import base_queries

OPENED = "open"


@require_GET
@only_for(*PLANNERS)
def compare(request: HttpRequest) -> HttpResponse:
    """Compare a scenario with another, or with the bases that are open."""
    first_id = request.GET.get("first", "")
    if not first_id.isdecimal():
        raise Http404(_("there is no such scenario"))
    first = scenario_or_404(int(first_id))
    document = document_or_404(first.pk)
    second = request.GET.get("second", OPENED)
    names = view.county_names()
    ready = [row for row in planning.scenarios()[:MOST_SCENARIOS] if row.state == "ready"]
    context: dict[str, Any] = {
        "first": first, "second": second, "others": [r for r in ready if r.pk != first.pk],
    }  # fmt: skip
    if second == OPENED:
        context |= beside_the_open(first, document, names)
        return render(request, "web/network/plan_and_open.html", context)
    if not second.isdecimal():
        raise Http404(_("there is no such scenario"))
    other = scenario_or_404(int(second))
    context |= {"other": other, **_two(document, document_or_404(other.pk), names, first, other)}
    return render(request, "web/network/plan_compare.html", context)


def beside_the_open(row: Row, document: dict[str, Any], names: view.Names) -> dict[str, Any]:
    """Lay a plan beside the bases that are open: how far, which as planned, which not."""
    states = base_queries.committed_counties()
    opened = sorted(code for code, state in states.items() if state == "open")
    planned = {base["id"]: base for base in document["bases"]}
    wishes = Wishes.of_json(row.wishes)
    now = what_stands(question_of(wishes, row.committed), opened)
    return {
        "now": now,
        "opened": len(opened),
        "curve": view.curve(document, also=now or None),
        "phases": view.phase_lines(document),
        "as_planned": [names.get(c, c) for c in opened if c in planned],
        "otherwise": [names.get(c, c) for c in opened if c not in planned],
        "next": [
            {"order": base["order"], "name": names.get(base["id"], base["name"]),
             "phase": base["phase"], "state": states.get(base["id"], ""),
             "url": view.county_url(row.pk, base["id"])}
            for base in document["bases"] if states.get(base["id"]) != "open"
        ][:20],
    }  # fmt: skip


def _two(
    first: Mapping[str, Any], second: Mapping[str, Any], names: view.Names, a: Row, b: Row
) -> dict[str, Any]:
    found = difference(first, second)

    def named(codes: tuple[str, ...], row: Row) -> list[tuple[str, str]]:
        return [(names.get(code, code), view.county_url(row.pk, code)) for code in codes]

    return {
        "lines": [
            (one, other)
            for one, other in zip(view.phase_lines(first), view.phase_lines(second), strict=False)
        ],
        "both": found.both,
        "only_first": named(found.only_first, a),
        "only_second": named(found.only_second, b),
        "nearer": [(names.get(c, c), x, y) for c, x, y in found.nearer],
        "farther": [(names.get(c, c), x, y) for c, x, y in found.farther],
    }


def in_force() -> tuple[Row, dict[str, Any]] | None:
    """Return the plan in force and its document, or none."""
    row = planning.scenario_in_force()
    return None if row is None or row.state != "ready" else (row, document_of(row))
