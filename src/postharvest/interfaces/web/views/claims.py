"""The desk's claims: whether it is fair to pay."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.formats import moment, money, percent
from postharvest.interfaces.web.forms.fields import fen
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.access import order_number
from postharvest.operations.orders.actions.deciding import decide_claim

MOST_ROWS = 60
BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One claim with what the rule proposes."""

    id: int
    title: str
    text: str
    note: str
    photo_url: str
    open: bool
    proposed_plain: str
    cause: str
    state: str
    tone: str


@require_GET
@only_for(*DESK)
def claims(request: HttpRequest) -> HttpResponse:
    """Show the claims that wait, then those that are decided."""
    scope = actor_of(request).scope
    waiting = list(orders.claims(scope, state="open")[:MOST_ROWS])
    decided = [one for one in orders.claims(scope).order_by("-filed_at")[:MOST_ROWS]
               if one.state != "open"]  # fmt: skip
    rows = [_row(one) for one in (*waiting, *decided)]
    return render(request, "web/desk/claims.html", {"rows": rows, "causes": causes()})


@require_POST
@only_for(*DESK)
def decide(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Pay back, or deny."""
    amount = _amount(request)
    if amount is None:
        messages.error(request, _("The amount is not a number; write it like 8.40."))
        return redirect("web:desk-claims")
    try:
        claim = decide_claim(
            claim_id=claim_id,
            approve_fen=amount,
            cause=request.POST.get("cause", ""),
            actor=actor_of(request),
            now=time.now(),
        )
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        said = _("%(y)s go back to the buyer.") % {"y": money(claim.decided_fen or 0)}
        messages.success(request, said if claim.decided_fen else _("The claim is denied."))
    return redirect("web:desk-claims")


@require_GET
@only_for(*DESK)
def photo(_request: HttpRequest, claim_id: int) -> FileResponse:
    """Show the photo of a claim to the desk, and to nobody else."""
    claim = orders.claims("").filter(pk=claim_id).first()
    if claim is None or not default_storage.exists(claim.photo):
        raise Http404
    return FileResponse(default_storage.open(claim.photo))


def causes() -> list[tuple[str, str]]:
    """Name who may have caused it; the refund is booked against him."""
    return [
        ("grower", _("grower")),
        ("packer", _("packing point")),
        ("carrier", _("carrier")),
        ("platform", _("platform")),
    ]


def _amount(request: HttpRequest) -> int | None:
    if request.POST.get("decision") != "approve":
        return 0
    try:
        return fen(Decimal(request.POST.get("yuan", "").replace(",", "").strip()))
    except (InvalidOperation, ValueError):
        return None


def _row(claim: Row) -> ClaimRow:
    order = claim.order
    states = {
        "open": (_("open"), "warn"),
        "approved": (_("paid back"), "ok"),
        "denied": (_("denied"), ""),
    }
    state, tone = states[claim.state]
    return ClaimRow(
        id=claim.pk,
        title=f"{produce_name(order.sale.surplus.produce)} · {order_number(order.pk)}",
        text=_("%(share)s of box %(n)s is bad; by the rule %(y)s of %(price)s go back")
        % {
            "share": percent(claim.bad_bp / BASIS_POINTS),
            "n": claim.box_no,
            "y": money(claim.proposed_fen),
            "price": money(order.unit_fen),
        },
        note=f"{moment(claim.filed_at)} {claim.note}".strip(),
        photo_url=reverse("web:desk-claim-photo", args=[claim.pk]) if claim.photo else "",
        open=claim.state == "open",
        proposed_plain=f"{claim.proposed_fen / 100:.2f}",
        cause=claim.cause,
        state=state,
        tone=tone,
    )
