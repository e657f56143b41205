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
from postharvest.interfaces.web.formats import moment, money, number, percent
from postharvest.interfaces.web.forms.branch_day import ClaimRuleForm
from postharvest.interfaces.web.forms.fields import fen
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.network import queries as network
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.access import order_number
from postharvest.operations.orders.actions.deciding import (
    Decision,
    decide_by_rule,
    decide_claim,
    decide_claims,
    set_claim_rule,
)

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
    why: str
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
    context = {
        "rows": rows,
        "waiting": len(waiting),
        "causes": causes(),
        "stats": _stats(scope),
        "rules": [_rule(base) for base in network.bases(scope)],
    }
    return render(request, "web/desk/claims.html", context)


@require_POST
@only_for(*DESK)
def by_rule(request: HttpRequest, base_id: int) -> HttpResponse:
    """Set a base's limits, and let the rule pay what lies within them."""
    form = ClaimRuleForm(request.POST)
    by: Row = {"actor": actor_of(request), "now": time.now()}
    if not form.is_valid():
        messages.error(request, _("Not set: limits are numbers, like 8.40."))
        return redirect("web:desk-claims")
    data = form.cleaned_data
    try:
        set_claim_rule(
            base_id=base_id,
            most_fen=fen(data["most_yuan"]),
            most_bad_bp=round(data["most_percent"] * BASIS_POINTS / 100),
            buyer_claims=data["buyer_claims"],
            buyer_fen=fen(data["buyer_yuan"]),
            **by,
        )
        outcome = decide_by_rule(base_id=base_id, **by)
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        said = _("%(n)s claims are paid back by rule, %(y)s in all; %(k)s wait for a person.")
        left = sum(outcome.exceptions.values())
        words = {"n": outcome.approved, "y": money(outcome.approved_fen), "k": left}
        messages.success(request, said % words)
    return redirect("web:desk-claims")


@require_POST
@only_for(*DESK)
def decide_page(request: HttpRequest) -> HttpResponse:
    """Decide every ticked claim of the queue as the rule proposes, or deny them all."""
    ids = [int(pk) for pk in request.POST.getlist("claim") if pk.isdigit()][:MOST_ROWS]
    pay = request.POST.get("decision") == "approve"
    rows = orders.claims(actor_of(request).scope, state="open").filter(pk__in=ids)
    decisions = [
        Decision(claim_id=one.pk, approve_fen=one.proposed_fen if pay else 0, cause=one.cause)
        for one in rows
    ]
    try:
        done = decide_claims(decisions=decisions, actor=actor_of(request), now=time.now())
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("%(n)s claims are decided.") % {"n": len(done)})
    return redirect("web:desk-claims")


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
    if claim is None or not claim.photo or not default_storage.exists(claim.photo):
        raise Http404
    return FileResponse(default_storage.open(claim.photo))


def _stats(scope: str) -> list[Stat]:
    counts = orders.claim_counts(scope)
    waiting = {why: n for (state, why), n in counts.items() if state == "open"}
    decided = sum(n for (state, _why), n in counts.items() if state != "open")
    return [
        Stat(label=_("Not looked at yet"), value=number(waiting.pop("", 0))),
        Stat(
            label=_("For a person"),
            value=number(sum(waiting.values())),
            note=", ".join(f"{why_words().get(w, w)} {n}" for w, n in sorted(waiting.items())),
        ),
        Stat(label=_("Decided"), value=number(decided)),
    ]


def why_words() -> dict[str, str]:
    """Name why the rule left a claim to a person."""
    return {
        "no_photo": _("no photo"),
        "too_little": _("little is bad"),
        "too_much": _("above the limit"),
        "buyer_often": _("this buyer claims often"),
        "buyer_much": _("this buyer got much back"),
        "not_paid": _("not paid, or paid back"),
        "photo_twice": _("this photo was sent before"),
    }


def _rule(base: Row) -> dict[str, Row]:
    known = orders.claim_rule(base.pk)
    usual: dict[str, float] = {
        "most_yuan": 20,
        "most_percent": 50,
        "buyer_claims": 3,
        "buyer_yuan": 60,
    }
    if known:
        usual = {
            "most_yuan": known.most_fen / 100,
            "most_percent": known.most_bad_bp / 100,
            "buyer_claims": known.buyer_claims,
            "buyer_yuan": known.buyer_fen / 100,
        }
    shown = {name: f"{value:g}" for name, value in usual.items()}
    return {"base": base, "form": ClaimRuleForm(initial=shown, auto_id=f"rule{base.pk}_%s")}


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
        why=why_words().get(claim.exception, ""),
        state=state,
        tone=tone,
    )
