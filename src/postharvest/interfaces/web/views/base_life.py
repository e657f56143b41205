"""A base's own page, and the board of what was planned against what is."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock import time
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput, Refused
from postharvest.interfaces.web import base_life_view as view
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.forms.base_life import (
    CatchmentForm,
    FittingForm,
    NewBaseForm,
    SupplierForm,
    YearForm,
)
from postharvest.interfaces.web.planner_view import county_names
from postharvest.interfaces.web.refusals import detail_of, sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.views.plan_compare import beside_the_open, in_force
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import actions, base_queries

READERS = (Role.PLANNER, Role.AUDITOR, Role.DESK)
WRITERS = (Role.PLANNER, Role.DESK)
NEXT = {
    "candidate": (("agreed", gettext_lazy("It is agreed")),),
    "agreed": (("fitted_out", gettext_lazy("It is fitted out")),),
    "fitted_out": (("open", gettext_lazy("Open it")),),
    "open": (),
    "closed": (("open", gettext_lazy("Open it again")),),
}
CLOSE = ("closed", pgettext_lazy("button", "Close it"))


@require_GET
@only_for(*READERS)
def board(request: HttpRequest) -> HttpResponse:
    """Show the plan in force beside the bases as they are."""
    found = in_force()
    context: dict[str, Any] = {
        "rows": view.board_rows(actor_of(request).scope, found, now=time.now())
    }
    if found:
        row, document = found
        context |= {"first": row, **beside_the_open(row, document, county_names())}
    return render(request, "web/network/board.html", context)


@require_http_methods(["GET", "POST"])
@only_for(Role.PLANNER)
def new(request: HttpRequest) -> HttpResponse:
    """Enter a candidate."""
    form = NewBaseForm(request.POST or None, initial={"county": request.GET.get("county", "")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.open_base(
                code=data["code"], name_zh=data["name_zh"], name_en=data["name_en"],
                county_code=data["county"], state="candidate", actor=actor_of(request),
                now=time.now(),
            )  # fmt: skip
        except Refused as error:
            form.add_error(None, sentence_of(error))
        else:
            return redirect("web:base", made.pk)
    return render(request, "web/network/base_new.html", {"form": form})


@require_GET
@only_for(*READERS)
def base(request: HttpRequest, base_id: int) -> HttpResponse:
    """Show one base: its life, what it can do, whom it serves, what it brings."""
    return _page(request, _base(request, base_id))


@require_POST
@only_for(*WRITERS)
def change(request: HttpRequest, base_id: int, what: str) -> HttpResponse:
    """Carry one change out; what can't be stands beside its form, with what was typed."""
    row = _base(request, base_id)
    if what not in CHANGES:
        raise Http404(_("there is no such change"))
    form = _form(what, row, request.POST)
    if not form.is_valid():
        return _page(request, row, wrong=(what, form))
    try:
        CHANGES[what](row, form, request.POST, actor_of(request))
    except InvalidInput as error:
        form.add_error(error.field if error.field in form.fields else None, detail_of(error))
        return _page(request, row, wrong=(what, form))
    except Refused as error:
        form.add_error(None, sentence_of(error))
        return _page(request, row, wrong=(what, form))
    messages.success(request, _("Saved."))
    return redirect("web:base", base_id)


def _base(request: HttpRequest, base_id: int) -> Row:
    row = base_queries.base(base_id)
    if row is None or not str(row.county_id).startswith(actor_of(request).scope):
        raise Http404(_("there is no such base"))
    return row


def _page(request: HttpRequest, row: Row, *, wrong: tuple[str, Form] | None = None) -> HttpResponse:
    forms = {what: _form(what, row, None) for what in CHANGES}
    if wrong:
        forms[wrong[0]] = wrong[1]
    now = time.now()
    moves = [*NEXT[row.state], *([] if row.state == "closed" else [CLOSE])]
    return render(
        request,
        "web/network/base.html",
        {
            "base": row,
            "forms": forms,
            "wrong": wrong[0] if wrong else "",
            "moves": moves,
            "may_plan": actor_of(request).may(Role.PLANNER),
            **view.base_context(row, now=now, found=in_force()),
        },
        status=422 if wrong else 200,
    )


def _form(what: str, row: Row, data: QueryDict | None) -> Form:
    if what == "fitting":
        return FittingForm(data, initial=FittingForm.of(base_queries.fitting(row.pk)))
    if what == "catchment":
        codes = [county.code for county in base_queries.catchment(row.pk)]
        return CatchmentForm(data, initial={"counties": ", ".join(codes)})
    if what == "supplier":
        choices = [(one.pk, produce_name(one)) for one in harvest.produce()]
        return SupplierForm(data, produce=choices)
    if what == "year":
        return YearForm(data, initial={"year": local_day(time.now()).year})
    return Form(data)


def _move(row: Row, _form: Form, posted: QueryDict, actor: Actor) -> None:
    actions.advance_base(base_id=row.pk, state=posted.get("state", ""), actor=actor, now=time.now())


def _fit(row: Row, form: Form, _posted: QueryDict, actor: Actor) -> None:
    assert isinstance(form, FittingForm)  # noqa: S101  (made by _form)
    actions.fit_out(base_id=row.pk, fitting=form.fitting, actor=actor, now=time.now())


def _serve(row: Row, form: Form, posted: QueryDict, actor: Actor) -> None:
    codes = form.cleaned_data["counties"]
    if "as_planned" in posted:
        codes = view.planned_catchment(row, in_force())
    actions.set_catchment(base_id=row.pk, county_codes=codes, actor=actor, now=time.now())


def _sign(row: Row, form: Form, _posted: QueryDict, actor: Actor) -> None:
    assert isinstance(form, SupplierForm)  # noqa: S101  (made by _form)
    actions.sign_supplier(base_id=row.pk, contract=form.contract, actor=actor, now=time.now())


def _end(row: Row, _form: Form, posted: QueryDict, actor: Actor) -> None:
    mine = {str(one.pk): one for one in base_queries.suppliers(row.pk)}
    supplier = mine.get(posted.get("supplier", ""))
    if supplier is None:
        raise InvalidInput("supplier", _("there is no such contract"))
    now = time.now()
    actions.end_supplier(supplier_id=supplier.pk, ends_on=local_day(now), actor=actor, now=now)


def _year(row: Row, form: Form, _posted: QueryDict, actor: Actor) -> None:
    assert isinstance(form, YearForm)  # noqa: S101  (made by _form)
    figures = form.figures
    actions.plan_year(
        base_id=row.pk, year=form.cleaned_data["year"], planned_g=figures["planned_g"] or 0,
        budget_fen=figures["budget_fen"] or 0, spent_fen=figures["spent_fen"], actor=actor,
        now=time.now(),
    )  # fmt: skip


CHANGES: dict[str, Callable[[Row, Form, QueryDict, Actor], None]] = {
    "state": _move,
    "fitting": _fit,
    "catchment": _serve,
    "supplier": _sign,
    "end": _end,
    "year": _year,
}
