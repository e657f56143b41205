"""The nation, simulated: the run that `simulate nation --keep` kept."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from postharvest.core.audit.actor import Role
from postharvest.decisions.nation.stored import latest_run
from postharvest.interfaces.web import nation_view as view
from postharvest.interfaces.web.access import only_for


@require_GET
@only_for(Role.PLANNER, Role.AUDITOR)
def nation(request: HttpRequest) -> HttpResponse:
    """Show paths with bands, the conditions of the goal and where the model is wrong."""
    document = latest_run(settings.MEASURES_ROOT / "nation.json")
    if document is None:
        return render(request, "web/network/nation.html", {"kept": False})
    context = {"kept": True, "legend": view.legend(document), **view.nation_context(document)}
    return render(request, "web/network/nation.html", context)
