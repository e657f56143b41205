"""Terms with growers: offered on one page, signed, and what they have cost so far."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput, Refused
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import attempt
from postharvest.interfaces.web.cards import place_of, produce_name
from postharvest.interfaces.web.formats import money, weight
from postharvest.interfaces.web.forms.contracts import SIGNED, UNSOLD, ContractForm
from postharvest.interfaces.web.forms.fields import fen
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.ribbons import paper_ribbon
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions import contracts as actions
from postharvest.operations.harvest.actions.contracts import ContractTerms
from postharvest.operations.members.looking import note_printed
from postharvest.operations.parcels.contract_paper import contract_pdf, paper_of
from postharvest.operations.settlement.actions import propose_hand_over
from postharvest.operations.settlement.contract_money import risk_of_sale


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRow:
    """A grower's offer with his terms, if there are any."""

    offer_id: int
    contract_id: int | None
    grower: str
    weight: str
    terms: str
    state: str
    tone: str
    may_sign: bool


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def contracts(request: HttpRequest, surplus_id: int) -> HttpResponse:
    """Show the terms of every grower of a surplus, and offer new ones."""
    surplus = _surplus(request, surplus_id)
    offers = list(harvest.offers_of(surplus_id))
    known = {row.offer_id: row for row in harvest.contracts_of(surplus_id)}
    choices = [(str(one.pk), _grower(one)) for one in offers]
    form = ContractForm(request.POST or None, offers=choices)
    if request.method == "POST" and attempt(
        form, lambda: _offer(request, form, offers=offers, known=known)
    ):
        messages.success(request, _("The terms are written; print, read out, have them signed."))
        return redirect(request.path)
    sale = campaigns.sale_of_surplus(surplus_id)
    context = {
        "title": f"{produce_name(surplus.produce)} · {place_of(surplus, county=surplus.county)}",
        "rows": [_row(one, known.get(one.pk)) for one in offers],
        "form": form,
        "signed_choices": SIGNED,
        "sale": sale,
        "stats": _risk(sale) if sale else [],
    }
    return render(request, "web/desk/contracts.html", context)


@require_POST
@only_for(*DESK)
def decide(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Sign a contract or take it back."""
    row = _contract(request, contract_id)
    actor, now = actor_of(request), time.now()
    try:
        if request.POST.get("step") == "withdraw":
            actions.withdraw_contract(contract_id=row.pk, actor=actor, now=now)
        else:
            actions.sign_contract(
                contract_id=row.pk, how=request.POST.get("how", ""),
                reference=request.POST.get("reference", ""), actor=actor, now=now,
            )  # fmt: skip
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("It is entered."))
    return redirect("web:desk-contracts", row.offer.part.surplus_id)


@require_POST
@only_for(*DESK)
def hand_over(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Propose what contracts owe at hand-over, to be approved by another person."""
    sale = campaigns.sale(sale_id)
    if sale is None:
        raise Http404(_("there is no such sale"))
    try:
        rows = propose_hand_over(sale_id=sale_id, actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:desk-contracts", sale.surplus_id)
    said = _("%(n)s payouts wait for somebody else's approval.") % {"n": len(rows)}
    messages.success(request, said if rows else _("Nothing is owed at hand-over now."))
    return redirect("web:desk-contracts", sale.surplus_id)


@require_GET
@only_for(*DESK)
def paper(request: HttpRequest, contract_id: int) -> HttpResponse:
    """Print the one-page offer, always in Chinese."""
    row = _contract(request, contract_id)
    note_printed(
        what=f"contract {contract_id}",
        base_id=row.base_id,
        actor=actor_of(request),
        now=time.now(),
    )
    try:
        content = contract_pdf(paper_of(row, ribbon=paper_ribbon()))
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:desk-contracts", row.offer.part.surplus_id)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    return response


def _surplus(request: HttpRequest, surplus_id: int) -> Row:
    rows = harvest.reports(actor_of(request).scope).filter(pk=surplus_id)
    row = rows.first()
    if row is None:
        raise Http404(_("there is no such report"))
    return row


def _contract(request: HttpRequest, contract_id: int) -> Row:
    row = harvest.contract(contract_id)
    if row is None:
        raise Http404(_("there is no such contract"))
    _surplus(request, row.offer.part.surplus_id)
    return row


def _offer(
    request: HttpRequest, form: ContractForm, *, offers: list[Row], known: dict[int, Row]
) -> None:
    data = form.cleaned_data
    chosen = [
        one
        for one in offers
        if str(one.pk) == data["offer"]
        or (not data["offer"] and (one.pk not in known or known[one.pk].state != "signed"))
    ]
    if not chosen:
        raise InvalidInput("offer", _("everybody has signed terms already"))
    purchase = data["kind"] == "purchase"
    terms = [
        ContractTerms(
            offer_id=one.pk,
            kind=data["kind"],
            weight_g=one.offered_g,
            price_fen_per_kg=fen(data["price"]) if purchase and data["price"] else 0,
            floor_fen_per_kg=fen(data["floor"]) if not purchase and data["floor"] else 0,
            advance_fen_per_kg=fen(data["advance"]) if not purchase and data["advance"] else 0,
            if_unsold=data["if_unsold"],
        )
        for one in chosen
    ]
    actions.offer_contracts(terms=terms, actor=actor_of(request), now=time.now())


def _row(offer: Row, contract: Row | None) -> ContractRow:
    states = {
        "offered": (_("offered"), "sky"),
        "signed": (_("signed"), "ok"),
        "withdrawn": (_("withdrawn"), ""),
    }
    state, tone = states[contract.state] if contract else (_("no terms"), "warn")
    return ContractRow(
        offer_id=offer.pk,
        contract_id=contract.pk if contract else None,
        grower=_grower(offer),
        weight=weight(offer.offered_g),
        terms=_terms(contract) if contract else "–",
        state=state,
        tone=tone,
        may_sign=contract is not None and contract.state == "offered",
    )


def _grower(offer: Row) -> str:
    return f"{offer.grower.village} · {offer.grower.code}"


def _terms(contract: Row) -> str:
    if contract.kind == "purchase":
        return _("bought at %(y)s/kg") % {"y": money(contract.price_fen_per_kg)}
    return _("share of net, floor %(f)s, advance %(a)s/kg; unsold: %(u)s") % {
        "f": money(contract.floor_fen_per_kg),
        "a": money(contract.advance_fen_per_kg),
        "u": dict(UNSOLD)[contract.if_unsold],
    }


def _risk(sale: Row) -> list[Stat]:
    """Say who bears which risk, from the ledger."""
    risk = risk_of_sale(sale.pk)
    return [
        Stat(
            label=_("Bought: our risk"),
            value=weight(risk.bought_g),
            note=_("laid out %(y)s, won or lost %(m)s")
            % {"y": money(risk.goods_fen), "m": money(risk.margin_fen)},
        ),
        Stat(
            label=_("Share of net: above the floor theirs"),
            value=weight(risk.shared_g),
            note=_("advances out %(a)s, floors topped up %(f)s")
            % {"a": money(risk.advances_fen), "f": money(risk.floor_fen)},
        ),
        Stat(
            label=_("No terms: their risk"),
            value=weight(risk.without_contract_g),
            note=_("they get what the sale leaves"),
        ),
    ]
