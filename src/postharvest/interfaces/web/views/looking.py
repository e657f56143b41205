"""A person in full, with a reason; and for the auditor, who has looked at whom."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.audit.actor import Role
from postharvest.core.clock import time
from postharvest.core.vault.seal import Person
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import attempt
from postharvest.interfaces.web.formats import moment, number
from postharvest.interfaces.web.tables import Stat
from postharvest.interfaces.web.tasks import Table, TaskPage, serve, text
from postharvest.operations.members.looking import look_at, looks

MOST = 300


class LookForm(forms.Form):
    """Whom, and what for."""

    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        help_text=gettext_lazy("Of a grower, a packer or an order."),
    )
    reason = forms.CharField(
        label=gettext_lazy("What you need it for"),
        max_length=200,
        help_text=gettext_lazy("It is written down with your name and the time."),
    )


@require_http_methods(["GET", "POST"])
@only_for(Role.DESK)
def look(request: HttpRequest) -> HttpResponse:
    """Show one person in full, on this page alone: it is not kept and not linked."""
    form = LookForm(request.POST if request.method == "POST" else None)
    found: list[Person] = []

    def act() -> None:
        data = form.cleaned_data
        found.append(
            look_at(
                number=data["number"],
                reason=data["reason"],
                actor=actor_of(request),
                now=time.now(),
            )
        )

    if request.method == "POST":
        attempt(form, act)
    response = render(
        request,
        "web/desk/look.html",
        {"form": form, "facts": _facts(found[0]) if found else []},
        status=422 if form.errors else 200,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
@only_for(Role.AUDITOR, Role.PLANNER)
def looked(request: HttpRequest) -> HttpResponse:
    """Show who saw whose data, when and what for."""
    rows = list(looks(actor_of(request).scope)[:MOST])
    words = {
        "people.look": _("looked"),
        "people.print": _("printed or listed"),
        "settlement.read_batch": _("read a batch of payouts"),
        "people.export_person": _("exported"),
    }
    page = TaskPage(
        title=_("Who saw whose data?"),
        stats=[
            Stat(label=_("Times, of the last ones"), value=number(len(rows))),
            Stat(label=_("People who looked"), value=number(len({one.party for one in rows}))),
        ],
        tables=[
            Table(
                title=_("Looks"),
                columns=[_("When"), _("Who"), _("What"), _("Whose"), _("What for")],
                rows=[
                    [
                        text(moment(one.at)),
                        text(one.party),
                        text(words[one.action]),
                        text(one.subject),
                        text((one.after or {}).get("reason", "–")),
                    ]
                    for one in rows
                ],
                empty=_("Nobody has looked yet."),
            )
        ],
    )
    return serve(request, page, back=request.path)


def _facts(person: Person) -> list[tuple[str, str]]:
    known = [
        (_("Name"), person.name),
        (_("Phone"), person.phone),
        (_("Address"), person.line),
        (_("Bank account"), person.payee),
        (_("Identity number"), person.resident_id),
    ]
    return [(label, value) for label, value in known if value]
