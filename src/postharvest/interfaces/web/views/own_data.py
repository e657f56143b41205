"""The branch's own data from files: tried first, written whole, faults named by line."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.tables.catalogue import Column
from postharvest.core.tables.writing import xlsx_bytes
from postharvest.interfaces.own_data.loading import OwnImport, load_own
from postharvest.interfaces.own_data.shapes import SHAPES
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import base_of, bases_of
from postharvest.interfaces.web.formats import in_chinese
from postharvest.interfaces.web.forms.own_data import OwnDataForm, kind_name
from postharvest.interfaces.web.refusals import detail_of, sentence_of
from postharvest.interfaces.web.rows import Row

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """One kind of own data and its columns."""

    kind: str
    name: str
    columns: str


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def own_data(request: HttpRequest) -> HttpResponse:
    """Try or load a file."""
    base = base_of(request)
    form = OwnDataForm(request.POST or None, request.FILES or None, initial={"dry_run": True})
    outcome = None
    if request.method == "POST" and form.is_valid():
        outcome = _load(request, base, form)
    context = {
        "base": base,
        "bases": bases_of(request),
        "form": form,
        "faults": outcome.faults if outcome else (),
        "tried": _said(outcome),
        "notes": outcome.notes if outcome else (),
        "kinds": [
            KindRow(kind=kind, name=kind_name(kind), columns=_columns(shape.columns))
            for kind, shape in SHAPES.items()
        ],
    }
    return render(request, "web/desk/own_data.html", context)


@require_GET
@only_for(*DESK)
def sheet(_request: HttpRequest, kind: str) -> HttpResponse:
    """Give an empty sheet with the columns of one kind."""
    if kind not in SHAPES:
        raise Http404(_("there is no such table"))
    response = HttpResponse(xlsx_bytes([(SHAPES[kind], [])]), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response


def _load(request: HttpRequest, base: Row, form: OwnDataForm) -> OwnImport | None:
    data = form.cleaned_data
    try:
        return load_own(
            kind=data["kind"],
            raw=data["file"].read(),
            base_id=base.pk,
            dry_run=data["dry_run"],
            actor=actor_of(request),
            now=time.now(),
        )
    except InvalidInput as error:
        form.add_error("file", detail_of(error))
    except Refused as error:
        form.add_error(None, sentence_of(error))
    return None


def _said(outcome: OwnImport | None) -> str:
    if outcome is None or outcome.faults:
        return ""
    facts = {"n": outcome.rows, "kind": kind_name(outcome.kind)}
    if outcome.is_committed:
        return _("%(kind)s: %(n)s rows are written.") % facts
    return _("%(kind)s: %(n)s rows are in order; nothing was written.") % facts


def _columns(columns: tuple[Column, ...]) -> str:
    names = [
        f"{one.zh if in_chinese() else one.name}{'*' if one.required else ''}" for one in columns
    ]
    return ", ".join(names)
