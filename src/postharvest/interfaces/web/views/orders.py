"""After buying: the order, its team, and that something was wrong."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.interfaces.web import photos
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import attempt
from postharvest.interfaces.web.codes import qr
from postharvest.interfaces.web.formats import money
from postharvest.interfaces.web.forms.branch_day import InvoiceRequestForm
from postharvest.interfaces.web.forms.shop import ClaimForm
from postharvest.interfaces.web.order_refs import order_row, own_orders
from postharvest.interfaces.web.order_view import order_view
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.teams import team_view
from postharvest.interfaces.web.views.shop import sale_or_404
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
from postharvest.operations.orders.actions.delays import choose
from postharvest.operations.packing import queries as packing
from postharvest.operations.settlement.invoices import request_invoice, request_of

BASIS_POINTS_PER_PERCENT = 100


@require_GET
def order(request: HttpRequest, ref: str) -> HttpResponse:
    """Show when it comes and where the money went."""
    view = order_view(order_row(ref))
    response = render(request, "web/shop/order.html", {"view": view})
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """List the orders of this browser."""
    rows = [order_view(order_row(pk)) for pk in own_orders(request)]
    return render(request, "web/shop/orders.html", {"rows": rows})


@require_GET
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """Show who is missing and how long there is; the page to share."""
    now = time.now()
    row = orders.team(team_id)
    if row is None:
        raise Http404(_("there is no such team"))
    card = sale_or_404(row.listing.sale_id, pack=str(row.listing_id), now=now).card
    share_url = request.build_absolute_uri(request.path)
    context = {"team": team_view(row, now=now), "card": card}
    return render(
        request, "web/shop/team.html", {**context, "share_url": share_url, "qr": qr(share_url)}
    )


@require_http_methods(["GET", "POST"])
def claim(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a claim with its photo; the rule's proposal is shown at once."""
    row = order_row(ref)
    form = ClaimForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        boxes=packing.box_numbers(row.pk) or list(range(1, row.quantity + 1)),
        initial={"key": f"claim-{uuid.uuid4()}"},
    )
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            [filed] = file_claims(
                filed=[_filed(form, row)], actor=actor_of(request), now=time.now()
            )
        except Refused as error:
            refusal = sentence_of(error)
        else:
            messages.success(request, _thanks(filed))
            return redirect("web:order", ref)
    return render(
        request,
        "web/shop/claim.html",
        {"form": form, "refusal": refusal, "token": ref},
        status=422 if form.errors or refusal else 200,
    )


@require_POST
def delay(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the buyer's choice: wait, or have the money back."""
    row = order_row(ref)
    try:
        choose(
            order_id=row.pk,
            choice=request.POST.get("choice", ""),
            actor=actor_of(request),
            now=time.now(),
        )
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        waits = request.POST.get("choice") == "wait"
        said = _("Thank you for waiting.") if waits else _("Your money is on its way back")
        messages.success(request, said)
    return redirect("web:order", ref)


@require_http_methods(["GET", "POST"])
def invoice(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a request for an invoice, and say what became of it."""
    row = order_row(ref)
    form = InvoiceRequestForm(request.POST if request.method == "POST" else None)

    def ask() -> None:
        request_invoice(
            order_id=row.pk, actor=actor_of(request), now=time.now(), **form.cleaned_data
        )

    if request.method == "POST" and attempt(form, ask):
        messages.success(request, _("The branch has your request."))
        return redirect("web:invoice", ref)
    context = {"form": form, "token": ref, "asked": request_of(row.pk)}
    return render(request, "web/shop/invoice.html", context, status=422 if form.errors else 200)


def _filed(form: ClaimForm, row: Row) -> ClaimFiled:
    data = form.cleaned_data
    return ClaimFiled(
        key=data["key"],
        order_id=row.pk,
        box_no=data["box"],
        bad_bp=data["bad_percent"] * BASIS_POINTS_PER_PERCENT,
        photo=photos.keep(data["photo"], folder="claims")[0],
        note=data["note"],
    )


def _thanks(filed: Row) -> str:
    if filed.proposed_fen == 0:
        return _("Thank you. That little is within what is usual; a person looks at it.")
    return _("Thank you. By the rule you get %(y)s back; a person looks at it today.") % {
        "y": money(filed.proposed_fen)
    }
