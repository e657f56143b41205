"""The desk's review list: what holds payouts, and a second person's word on it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from postharvest.core.clock import time
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.branch_page import base_of, bases_of
from postharvest.interfaces.web.formats import moment, number
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.interfaces.web.tasks import Cell, Table, Task, TaskPage, form_for, serve, text
from postharvest.interfaces.web.views.settlement import second_person
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.packing import queries as packing
from postharvest.operations.settlement.doubts import clear_doubt, doubts, uphold_doubt

MOST = 200


class DecideForm(forms.Form):
    """What a person found when looking."""

    doubt = forms.TypedChoiceField(label=gettext_lazy("What was looked at"), coerce=int)
    verdict = forms.ChoiceField(
        label=gettext_lazy("What was found"),
        choices=[
            ("clear", gettext_lazy("It is right: pay")),
            ("uphold", gettext_lazy("It is wrong: do not pay")),
        ],
    )
    reason = forms.CharField(
        label=gettext_lazy("How you know"),
        max_length=200,
        help_text=gettext_lazy("Whom you called, what paper you saw."),
    )


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def review(request: HttpRequest) -> HttpResponse:
    """Show what holds payouts, and take a second person's word."""
    base = base_of(request)
    back = f"{reverse('web:desk-doubts')}?base={base.pk}"
    rows = list(doubts(base.county_id)[:MOST])
    names = _names(base)
    waiting = [one for one in rows if one.state != "cleared"]
    page = TaskPage(
        title=_("What holds a payout?"),
        stats=[
            Stat(
                label=_("To be looked at"),
                value=number(sum(one.state == "open" for one in rows)),
            ),
            Stat(
                label=_("Not paid"),
                value=number(sum(one.state == "upheld" for one in rows)),
            ),
        ],
        tables=[_table(rows, names)],
        tasks=[_task(request, waiting, names)] if waiting else [],
        more={"base": base, "bases": bases_of(request)},
    )
    return serve(request, page, back=back)


def _table(rows: list[Row], names: Mapping[str, str]) -> Table:
    states = {
        "open": (_("held"), "warn"),
        "cleared": (_("is right"), "ok"),
        "upheld": (_("not paid"), "bad"),
    }
    return Table(
        title=_("Review list"),
        columns=[_("Since"), _("Who"), _("What was seen"), _("State"), _("Why")],
        rows=[
            [
                text(moment(one.raised_at)),
                text(_who(one, names)),
                text(_seen(one, names)),
                Cell(text=states[one.state][0], chip=states[one.state][1]),
                text(one.reason),
            ]
            for one in rows
        ],
        empty=_("Nothing is held."),
        note=_("Nothing is paid on these until somebody who did not enter it has looked."),
    )


def _task(request: HttpRequest, waiting: list[Row], names: Mapping[str, str]) -> Task:
    options = [
        (one.pk, f"{_who(one, names)} · {_kind_words()[one.kind]} · {moment(one.raised_at)}")
        for one in waiting
    ]
    form = form_for(request, "decide", DecideForm, choices={"doubt": options})

    def act(data: Mapping[str, Any]) -> str:
        decide = clear_doubt if data["verdict"] == "clear" else uphold_doubt
        decide(
            doubt_id=data["doubt"],
            reason=data["reason"],
            actor=second_person(request),
            now=time.now(),
        )
        return _("It is entered.")

    return Task(
        step="decide",
        title=_("Decide"),
        button=_("Enter"),
        form=form,
        act=act,
        note=_("An account that was changed wrongly goes back to the one before."),
    )


def _who(one: Row, names: Mapping[str, str]) -> str:
    if one.account:
        return names.get(one.account, str(one.account))
    return _("report %(n)s, all its growers") % {"n": one.surplus_id}


def _seen(one: Row, names: Mapping[str, str]) -> str:
    facts = one.facts
    if one.kind in ("shared_account", "shared_phone"):
        others = ", ".join(names.get(account, account) for account in facts["with"])
        return f"{_kind_words()[one.kind]}: {others}"
    if one.kind == "too_fast":
        return _("%(n)s boxes are %(usual)s hours of work; %(hours)s hours at the point") % {
            "n": number(facts["boxes"]),
            "usual": facts["usual_hours"],
            "hours": facts["hours"],
        }
    if one.kind == "too_much":
        return _("%(kg)s kg from %(mu)s mu; at most %(most)s kg can grow there") % {
            "kg": number(facts["kg"]),
            "mu": facts["mu"],
            "most": number(facts["most_kg"]),
        }
    if one.kind == "photo_twice":
        return f"{_kind_words()[one.kind]}: {facts['also']}"
    return _kind_words()[one.kind]


def _kind_words() -> dict[str, str]:
    return {
        "payee_changed": _("paid to somebody else, or another account"),
        "shared_account": _("one account for several"),
        "shared_phone": _("one phone for several"),
        "too_fast": _("more boxes than hands can pack"),
        "too_much": _("more than the land can bear"),
        "photo_twice": _("the photo was sent before"),
    }


def _names(base: Row) -> dict[str, str]:
    """Name the parties by village and code: nobody's name is needed here."""
    return {
        f"grower:{one.pk}": f"{one.village} {one.code}" for one in harvest.growers_of_base(base.pk)
    } | {f"packer:{one.pk}": str(one.code) for one in packing.packers_of_base(base.pk)}
