"""The hand-over to the carrier: what we announce, what he counted, what he bills, his numbers."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import name_of
from postharvest.interfaces.web.formats import day, moment, money, number
from postharvest.interfaces.web.forms.handing_over import (
    MOST_FILE_BYTES,
    CountForm,
    InvoiceForm,
    NumbersForm,
    TimesForm,
)
from postharvest.interfaces.web.journey import readable
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.lanes import set_cooled
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.actions.hand_over import (
    record_acceptance,
    set_carrier,
    take_invoice,
)
from postharvest.operations.parcels.actions.numbers import allot_numbers
from postharvest.operations.parcels.carrier_files import accepted_numbers, billed_lines
from postharvest.operations.parcels.collecting import next_collection, set_collections
from postharvest.operations.parcels.handover import POST
from postharvest.operations.parcels.s10 import parse

MOST_LOADS = 40
MOST_NAMED = 8
_SERIAL = re.compile(r"(.*?)([0-9]{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One despatch and how the carrier's count agrees with it."""

    id: int
    lane: str
    day: str
    parcels: str
    state: str
    tone: str
    differences: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One invoice and what of it is not owed."""

    number: str
    carrier: str
    taken: str
    billed: str
    too_much: str
    weights: str
    lines: list[tuple[str, str, str]]


@require_GET
@only_for(*DESK)
def board(request: HttpRequest) -> HttpResponse:
    """Show what left lately, what of it arrived at the carrier, and what he bills."""
    return _page(request, {})


@require_POST
@only_for(*DESK)
def count(request: HttpRequest) -> HttpResponse:
    """Take the carrier's count of a despatch."""
    form = CountForm(request.POST, request.FILES, loads=_loads(request))

    def act() -> str:
        row = record_acceptance(
            despatch_id=form.cleaned_data["despatch"],
            numbers=accepted_numbers(_content(form)),
            actor=actor_of(request),
            now=time.now(),
        )
        return _("%(n)s agree, %(m)s missing, %(s)s surplus.") % {
            "n": number(row.agreed),
            "m": number(len(row.missing)),
            "s": number(len(row.surplus)),
        }

    return _done(request, form, act, "count")


@require_POST
@only_for(*DESK)
def invoice(request: HttpRequest) -> HttpResponse:
    """Hold a carrier's invoice against what was weighed."""
    form = InvoiceForm(request.POST, request.FILES, branches=_branches(request))

    def act() -> str:
        row = take_invoice(
            branch_id=form.cleaned_data["branch"],
            carrier=form.cleaned_data["carrier"],
            number=form.cleaned_data["number"],
            lines=billed_lines(_content(form)),
            actor=actor_of(request),
            now=time.now(),
        )
        return _("%(a)s billed, %(b)s of it is too much.") % {
            "a": money(row.billed_fen),
            "b": money(row.too_much_fen),
        }

    return _done(request, form, act, "invoice")


@require_POST
@only_for(*DESK)
def numbers(request: HttpRequest) -> HttpResponse:
    """Enter a range of numbers, and who the carrier is if it is not the post."""
    form = NumbersForm(request.POST)

    def act() -> str:
        data, actor, now = form.cleaned_data, actor_of(request), time.now()
        carrier = data["carrier"].strip()
        if carrier == POST:
            first, last = _s10(data["first"], "first"), _s10(data["last"], "last")
            allot_numbers(
                indicator=first.indicator,
                country=first.country,
                first_serial=first.serial,
                last_serial=last.serial,
                actor=actor,
                now=now,
            )
            return _("The numbers are entered.")
        prefix, serials, digits = _plain_range(data["first"], data["last"])
        pattern = data["pattern"]
        set_carrier(code=carrier, name=carrier, number_pattern=pattern, actor=actor, now=now)
        allot_numbers(
            carrier=carrier,
            prefix=prefix,
            digits=digits,
            first_serial=serials[0],
            last_serial=serials[1],
            actor=actor,
            now=now,
        )
        return _("The numbers are entered.")

    return _done(request, form, act, "numbers")


@require_POST
@only_for(*DESK)
def times(request: HttpRequest) -> HttpResponse:
    """Enter until when the post collects."""
    form = TimesForm(request.POST, branches=_branches(request))

    def act() -> str:
        data = form.cleaned_data
        set_collections(
            branch_id=data["branch"],
            cut_offs={n: data[f"day{n}"] for n in range(7) if data[f"day{n}"]},
            actor=actor_of(request),
            now=time.now(),
        )
        return _("The collection times are entered.")

    return _done(request, form, act, "collection")


@require_GET
@only_for(*DESK)
def advice(request: HttpRequest, despatch_id: int) -> HttpResponse:
    """Give the file that announces a despatch to the carrier."""
    row = parcels.despatch(despatch_id)
    if row is None or not row.branch.county_id.startswith(actor_of(request).scope):
        raise Http404(_("there is no such despatch"))
    response = HttpResponse(parcels.pre_advice_of(despatch_id), content_type="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="DS-{despatch_id}.csv"'
    return response


def _done(request: HttpRequest, form: Form, act: Callable[[], str], name: str) -> HttpResponse:
    """Act on a form, or show it again with what is wrong and what was typed."""
    if form.is_valid():
        try:
            messages.success(request, act())
            return redirect("web:desk-hand-over")
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.detail)
        except Refused as error:
            form.add_error(None, sentence_of(error))
    return _page(request, {name: form}, status=422)


@require_POST
@only_for(*DESK)
def cooled(request: HttpRequest) -> HttpResponse:
    """Say which lanes are cooled all the way: what spoils in the warmth is sold on these only."""
    branch, lanes = request.POST.get("branch", ""), request.POST.getlist("lane")
    if not branch.isdecimal() or not all(lane.isdecimal() for lane in lanes):
        raise Http404
    if int(branch) not in [pk for pk, _name in _branches(request)]:
        raise Http404
    try:
        set_cooled(
            branch_id=int(branch),
            lane_ids=[int(lane) for lane in lanes],
            actor=actor_of(request),
            now=time.now(),
        )
    except Refused as refusal:
        messages.error(request, sentence_of(refusal))
    else:
        messages.success(request, _("Cooled lanes are noted."))
    return redirect("web:desk-hand-over")


def _page(request: HttpRequest, forms: dict[str, Form], *, status: int = 200) -> HttpResponse:
    loads, branches = _loads(request), _branches(request)
    scope = actor_of(request).scope
    context = {
        "loads": [_load(row) for row in loads],
        "invoices": [_invoice(row) for row in parcels.invoices_in(scope)[:MOST_NAMED]],
        "ranges": [
            (row.carrier, str(row), number(row.last_serial - row.next_serial + 1))
            for row in parcels.number_ranges()
        ],
        "times": [(name, _next(pk)) for pk, name in branches],
        "lanes": [(pk, name, _lanes(pk)) for pk, name in branches],
        "count": CountForm(loads=loads),
        "invoice": InvoiceForm(branches=branches),
        "numbers": NumbersForm(),
        "collection": TimesForm(branches=branches),
        **forms,
    }
    return render(request, "web/desk/hand_over.html", context, status=status)


def _loads(request: HttpRequest) -> list[Row]:
    return list(parcels.despatches_in(actor_of(request).scope)[:MOST_LOADS])


def _branches(request: HttpRequest) -> list[tuple[int, str]]:
    return [(row.pk, name_of(row)) for row in network.branches_in(actor_of(request).scope)]


def _lanes(branch_id: int) -> list[tuple[int, str, bool]]:
    return [(row.pk, name_of(row), row.cold) for row in network.lanes_for_origin(branch_id)]


def _next(branch_id: int) -> str:
    at = next_collection(branch_id=branch_id, at=time.now())
    return moment(at) if at else _("not entered")


def _load(row: Row) -> Load:
    counted = getattr(row, "acceptance", None)
    if counted is None:
        state, tone, differences = _("announced"), "sky", ""
    elif counted.is_complete:
        state, tone, differences = _("counted, all agree"), "ok", ""
    else:
        state, tone = _("counted, differs"), "bad"
        parts = (
            (_("missing"), counted.missing),
            (_("surplus"), counted.surplus),
            (_("counted twice"), counted.doubled),
        )
        differences = "; ".join(f"{name}: {_named(found)}" for name, found in parts if found)
    return Load(
        id=row.pk,
        lane=name_of(row.lane),
        day=day(row.day),
        parcels=number(row.parcels_count),
        state=state,
        tone=tone,
        differences=differences,
    )


def _named(found: list[str]) -> str:
    more = f" … {number(len(found))}" if len(found) > MOST_NAMED else ""
    return ", ".join(map(readable, found[:MOST_NAMED])) + more


def _invoice(row: Row) -> Invoice:
    reasons = {
        "billed_heavier": _("billed heavier than weighed"),
        "other_tariff": _("another tariff"),
        "billed_twice": _("billed twice"),
        "not_ours": _("not ours"),
    }
    return Invoice(
        number=row.number,
        carrier=row.carrier,
        taken=moment(row.taken_at),
        billed=money(row.billed_fen),
        too_much=money(row.too_much_fen),
        weights=_("%(a)s kg billed, %(b)s kg weighed")
        % {"a": number(row.billed_g / 1000), "b": number(row.weighed_g / 1000)},
        lines=[
            (readable(line.number), reasons.get(line.reason, line.reason), money(line.too_much_fen))
            for line in parcels.disputed_lines(row.pk)[:MOST_NAMED]
        ],
    )


def _content(form: Form) -> bytes:
    file = form.cleaned_data["file"]
    if (file.size or 0) > MOST_FILE_BYTES:
        raise InvalidInput("file", _("is larger than 8 MB; split it"))
    return bytes(file.read())


def _s10(text: str, field: str) -> Row:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInput(field, str(error)) from None


def _plain_range(first: str, last: str) -> tuple[str, tuple[int, int], int]:
    """Take two numbers of one length apart: what they begin with, and their serials."""
    one, other = _SERIAL.fullmatch(first.strip()), _SERIAL.fullmatch(last.strip())
    if one is None or other is None or one[1] != other[1] or len(one[2]) != len(other[2]):
        raise InvalidInput("last", _("must begin as the first and be as long"))
    return one[1], (int(one[2]), int(other[2])), len(one[2])
