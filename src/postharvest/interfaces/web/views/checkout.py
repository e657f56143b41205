"""Buying: one page to order, the sandbox's cashier, cancelling."""

import uuid
from datetime import datetime
from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.core.vault.seal import unseal
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import SaleCard
from postharvest.interfaces.web.forms.fields import CountyField
from postharvest.interfaces.web.forms.shop import CheckoutForm
from postharvest.interfaces.web.order_refs import order_ref, order_row, own_orders, remember_order
from postharvest.interfaces.web.promises import county_name, promise_for
from postharvest.interfaces.web.refusals import declined_sentence, sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.teams import TeamView, team_view
from postharvest.interfaces.web.views.shop import TO_KEY, sale_or_404
from postharvest.operations.members import queries as members
from postharvest.operations.members.actions import keep_order
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.orders.actions.payments import Notice, take_notices
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.providers import offered, provider_of
from postharvest.operations.orders.requests import OrderRequest, Placed

SOLO, TEAM, JOIN = "solo", "team", "join"


class Wish(NamedTuple):
    """What the buyer came for: which box, alone or in which team."""

    listing: Row
    card: SaleCard
    mode: str
    team: TeamView | None


@require_http_methods(["GET", "POST"])
def checkout(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Take an order on one page; a refusal says why and nothing is charged."""
    now = time.now()
    wish = _wish(request, sale_id, now=now)
    posted = _with_picked_county(request)
    form = CheckoutForm(
        posted if request.method == "POST" else None,
        payments=_payments(wish.mode),
        initial={"key": f"web-{uuid.uuid4()}", **_known_of(request)},
    )
    refusal = ""
    if request.method == "POST" and form.is_valid():
        [answer] = place_orders(requests=[_request(form, wish)], actor=actor_of(request), now=now)
        if isinstance(answer, Placed):
            request.session[TO_KEY] = form.cleaned_data["county"]
            remember_order(request, answer.order.pk)
            if request.user.is_authenticated:
                keep_order(user_id=request.user.pk, order_id=answer.order.pk, now=now)
            return redirect(_after(answer.order))
        refusal = declined_sentence(answer)
    return _page(request, wish, form=form, refusal=refusal, now=now)


@require_http_methods(["GET", "POST"])
def cashier(request: HttpRequest, reference: str) -> HttpResponse:
    """Stand in for a payment provider's page: pay, or let it fail."""
    payment = orders.payment_by_reference(reference)
    if payment is None or payment.provider != "cashier" or "cashier" not in offered():
        raise Http404
    order = order_row(payment.order_id)
    if request.method == "GET":
        return render(
            request,
            "web/shop/cashier.html",
            {
                "payment": payment,
                "order": order,
                "city": county_name(order.county_code),
            },
        )
    outcome = "captured" if request.POST.get("outcome") == "paid" else "failed"
    notice = Notice(
        provider=payment.provider,
        notice_id=f"{reference}-{outcome}",
        reference=reference,
        outcome=outcome,
        amount_fen=payment.amount_fen,
    )
    take_notices(notices=[notice], now=time.now())
    if outcome == "failed":
        messages.error(request, _("The payment failed. Nothing was charged; you can try again."))
    if order.pk not in own_orders(request):
        return redirect("web:front")
    return redirect("web:order", order_ref(order.pk))


@require_POST
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """End an order before it is packed."""
    order = order_row(ref)
    try:
        cancel_order(order_id=order.pk, actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("Cancelled. What you paid goes back to where it came from."))
    return redirect("web:order", ref)


def _wish(request: HttpRequest, sale_id: int, *, now: datetime) -> Wish:
    found = sale_or_404(sale_id, pack=request.GET.get("pack", ""), now=now)
    listing, card = found.listing, found.card
    team_id = request.GET.get("team", "")
    if team_id.isdigit() and (row := orders.team(int(team_id))) and row.listing_id == listing.pk:
        return Wish(listing, card, JOIN, team_view(row, now=now))
    return Wish(listing, card, SOLO if request.GET.get("mode") == SOLO else TEAM, None)


def _payments(mode: str) -> list[tuple[str, str]]:
    names = {
        "cashier": _("Pay now"),
        "bank": _("Bank transfer within 12 hours"),
        "cod": _("Pay at the door"),
    }
    ways = [way for way in offered() if way in names and (way != "cod" or mode == SOLO)]
    return [(way, names[way]) for way in ways]


def _known_of(request: HttpRequest) -> dict[str, str]:
    """Return what a member need not type again; of a guest only where he looked before."""
    member = members.member(request.user.pk) if request.user.is_authenticated else None
    if member is None or member.contact is None:
        return {"county": _county_before(request.session.get(TO_KEY, ""))}
    person = unseal(bytes(member.contact.sealed))
    return {
        "recipient": person.name,
        "phone": person.phone,
        "address": person.line,
        "county": _county_before(request.session.get(TO_KEY) or member.county_code),
    }


def _county_before(code: str) -> str:
    return f"{county_name(code)} {code}" if code else ""


def _with_picked_county(request: HttpRequest) -> dict[str, str]:
    """Let the county that was picked from several namesakes stand for the name."""
    posted = request.POST.dict()
    if code := posted.get("county_code"):
        posted["county"] = f"{county_name(str(code))} {code}"
    return {key: str(value) for key, value in posted.items()}


def _request(form: CheckoutForm, wish: Wish) -> OrderRequest:
    data = form.cleaned_data
    return OrderRequest(
        key=data["key"],
        listing_id=wish.listing.pk,
        quantity=data["quantity"],
        wants_team=wish.mode != SOLO,
        team_id=wish.team.id if wish.team else None,
        name=data["recipient"],
        phone=data["phone"],
        county_code=data["county"],
        line=data["address"],
        payment=data["payment"],
    )


def _after(order: Row) -> str:
    """Go and pay, or see the order."""
    if order.payment == "cashier" and order.paid_at is None and order.state == "held":
        return reverse("web:cashier", args=[provider_of("cashier").reference(order.pk)])
    return reverse("web:order", args=[order_ref(order.pk)])


def _page(
    request: HttpRequest, wish: Wish, *, form: CheckoutForm, refusal: str, now: datetime
) -> HttpResponse:
    county = form.fields["county"]
    known = request.session.get(TO_KEY, "")
    return render(
        request,
        "web/shop/checkout.html",
        {
            "card": wish.card,
            "mode": wish.mode,
            "team": wish.team,
            "form": form,
            "refusal": refusal,
            "county_choices": county.choices if isinstance(county, CountyField) else [],
            "promise": promise_for(listing=wish.listing, asked=known, now=now),
        },
        status=422 if form.errors or refusal else 200,
    )
