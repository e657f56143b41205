"""The desk's incoming money: bank transfers to match, and what nobody had asked for."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.formats import moment, money
from postharvest.interfaces.web.forms.fields import fen
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.access import order_number
from postharvest.operations.orders.actions.payments import (
    Transfer,
    record_transfers,
    resolve_notice,
)

MOST_ROWS = 100
COLUMNS = 3
LONGEST_NUMBER = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Money that came and was not asked for."""

    id: int
    title: str
    text: str


@require_GET
@only_for(*DESK)
def payments(request: HttpRequest) -> HttpResponse:
    """Show the transfers that are awaited, and what does not fit."""
    return _page(request, typed="", fault="")


@require_POST
@only_for(*DESK)
def transfers(request: HttpRequest) -> HttpResponse:
    """Take lines of the bank's statement: all of them, or none and the line that is wrong."""
    typed = request.POST.get("lines", "")
    try:
        lines = _lines(typed)
        new = record_transfers(lines=lines, actor=actor_of(request), now=time.now())
    except Refused as error:
        return _page(request, typed=typed, fault=sentence_of(error))
    told = ngettext("%(n)s transfer was new.", "%(n)s transfers were new.", new) % {"n": new}
    messages.success(request, told)
    return redirect("web:desk-payments")


@require_POST
@only_for(*DESK)
def resolve(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Write down what was done with money that did not fit."""
    try:
        resolve_notice(
            notice_id=notice_id,
            resolution=request.POST.get("resolution", ""),
            actor=actor_of(request),
            now=time.now(),
        )
    except Refused as error:
        messages.error(request, sentence_of(error))
    return redirect("web:desk-payments")


def _page(request: HttpRequest, *, typed: str, fault: str) -> HttpResponse:
    awaited = orders.transfers_awaited(actor_of(request).scope)[:MOST_ROWS]
    return render(
        request,
        "web/desk/payments.html",
        {
            "awaited": [
                {
                    "reference": one.reference,
                    "amount_fen": one.amount_fen,
                    "order": order_number(one.order_id),
                    "until": moment(one.order.hold_until) if one.order.hold_until else "",
                }
                for one in awaited
            ],
            "troubles": [_trouble(one) for one in orders.notices_in_trouble()[:MOST_ROWS]],
            "typed": typed,
            "fault": fault,
        },
        status=422 if fault else 200,
    )


def _trouble(notice: Row) -> Trouble:
    said = {
        "provider": notice.provider,
        "y": money(notice.body["amount_fen"]),
        "r": notice.body["reference"],
        "t": moment(notice.received_at),
    }
    titles = {
        "unknown": _("%(y)s with a reference nobody gave out: %(r)s") % said,
        "amount": _("%(y)s is not what %(r)s asked for") % said,
    }
    text = _("%(provider)s, %(t)s. No order was confirmed by it.") % said
    return Trouble(id=notice.pk, title=titles[notice.trouble], text=text)


def _lines(typed: str) -> list[Transfer]:
    """Read lines of number, reference and yuan, with commas, tabs or blanks between."""
    out = []
    for number, line in enumerate(typed.splitlines(), 1):
        if not line.strip():
            continue
        cells = line.replace("\t", " ").replace(",", " ").replace("，", " ").split()
        if len(cells) != COLUMNS:
            raise InvalidInput(
                "lines", _("Line %(n)s: write number, reference and yuan.") % {"n": number}
            )
        out.append(_transfer(number, cells))
    if not out:
        raise InvalidInput("lines", _("Write at least one line of the statement."))
    return out


def _transfer(number: int, cells: list[str]) -> Transfer:
    try:
        amount = fen(Decimal(cells[2].lstrip("¥")))
    except (InvalidOperation, ValueError):
        amount = 0
    if amount <= 0 or len(cells[0]) > LONGEST_NUMBER:
        raise InvalidInput(
            "lines",
            _("Line %(n)s: %(v)s is no amount in yuan.") % {"n": number, "v": cells[2]},
        )
    return Transfer(number=cells[0], reference=cells[1], amount_fen=amount)
