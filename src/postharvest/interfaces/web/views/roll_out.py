"""Roll-out: where the programme runs, bases by year, and set-ups copied to new places."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.audit.actor import Role
from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.decisions.planning import copying
from postharvest.decisions.planning import queries as planning
from postharvest.interfaces.web import roll_out_view as view
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.forms.roll_out import CopyForm, SwitchForm
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.network import actions

READERS = (Role.PLANNER, Role.AUDITOR, Role.DESK)


@require_GET
@only_for(*READERS)
def roll_out(request: HttpRequest) -> HttpResponse:
    """Show where the programme runs and how far the bases are."""
    return _page(request)


@require_POST
@only_for(Role.PLANNER)
def switch(request: HttpRequest) -> HttpResponse:
    """Switch a region on or off."""
    form = SwitchForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.switch_region(
                code=data["region"],
                on=data["on"] == "on",
                pilot=data["pilot"],
                note=data["note"],
                actor=actor_of(request),
                now=time.now(),
            )
        except Refused as error:
            form.add_error(None, sentence_of(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("web:roll-out")
    return _page(request, switch_form=form, status=422)


@require_POST
@only_for(Role.PLANNER)
def copy(request: HttpRequest) -> HttpResponse:
    """Copy a packing set-up to a new place."""
    form = CopyForm(request.POST, produce=campaigns.produce_packed())
    if form.is_valid():
        data = form.cleaned_data
        try:
            flags = copying.copy_set_up(
                from_base_id=data["origin"],
                branch_id=data["branch"],
                produce_ids=data["produce"],
                actor=actor_of(request),
                now=time.now(),
            )
        except Refused as error:
            form.add_error(None, sentence_of(error))
        else:
            messages.success(
                request,
                _("Copied. %(n)d things are flagged: estimate them for the new place.")
                % {"n": len(flags)},
            )
            return redirect("web:roll-out")
    return _page(request, copy_form=form, status=422)


@require_POST
@only_for(Role.PLANNER, Role.DESK)
def estimated(request: HttpRequest, copied_id: int) -> HttpResponse:
    """Take the flag off a figure that was estimated for its place."""
    if planning.base_of_copied(copied_id) is None:
        raise Http404(_("there is no such flag"))
    copying.mark_estimated(copied_id=copied_id, actor=actor_of(request), now=time.now())
    messages.success(request, _("Saved."))
    return redirect("web:roll-out")


def _page(
    request: HttpRequest,
    *,
    switch_form: SwitchForm | None = None,
    copy_form: CopyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    context: dict[str, Any] = {
        "may_plan": actor.may(Role.PLANNER),
        "may_estimate": actor.may(Role.PLANNER, Role.DESK),
        "switch_form": switch_form or SwitchForm(),
        "copy_form": copy_form or CopyForm(produce=campaigns.produce_packed()),
        **view.roll_out_context(actor.scope, now=time.now()),
    }
    return render(request, "web/network/roll_out.html", context, status=status)
