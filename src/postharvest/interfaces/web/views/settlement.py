"""The desk's books: what is owed to whom, and whether it adds up."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.audit.actor import Actor
from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.core.play import all_is_play
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.formats import moment, money, number, short_money
from postharvest.interfaces.web.packing_view import masked_name
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.packing import queries as packing
from postharvest.operations.settlement import queries as settlement
from postharvest.operations.settlement.actions import approve_payouts, settle_sale
from postharvest.operations.standing import queries as standing

MOST_SALES = 12
MOST_PAYOUTS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleChoice:
    """A sale to look at."""

    id: int
    title: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """What one party gets."""

    id: int
    name: str
    amount_fen: int
    way: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """Where the buyers' money went."""

    name: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so in the books."""

    name: str
    ok: bool
    expected: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The books of one sale as the page shows them."""

    sale_id: int
    balanced: bool
    balance_title: str
    balance_text: str
    stats: list[Stat]
    payouts: list[PayoutRow]
    more_payouts: int
    accounts: list[AccountRow]
    checks: list[Check]
    may_close: bool
    may_propose: bool
    may_pay: bool


@require_GET
@only_for(*DESK)
def books(request: HttpRequest) -> HttpResponse:
    """Show the books of one sale, the newest unless another is asked for."""
    sales = list(campaigns.sales(actor_of(request).scope)[:MOST_SALES])
    asked = request.GET.get("sale", "")
    sale = next((one for one in sales if str(one.pk) == asked), sales[0] if sales else None)
    choices = [
        SaleChoice(
            id=one.pk,
            title=f"{produce_name(one.surplus.produce)} · {one.surplus.village}",
            current=sale is not None and one.pk == sale.pk,
        )
        for one in sales
    ]
    view = _books(sale, now=time.now()) if sale else None
    return render(request, "web/desk/settlement.html", {"sales": choices, "view": view})


@require_POST
@only_for(*DESK)
def settle(request: HttpRequest, sale_id: int) -> HttpResponse:
    """Close the sale, work out what is owed, or pay what another person worked out."""
    step, now = request.POST.get("step", ""), time.now()
    try:
        if step == "close":
            close_sale(sale_id=sale_id, actor=_clerk(request), now=now)
            messages.success(request, _("The sale is closed. What was ordered is still sent."))
        elif step == "propose":
            settle_sale(sale_id=sale_id, actor=_clerk(request), now=now)
            messages.success(request, _("Worked out. Somebody else approves the payouts."))
        elif step == "pay" and not _adds_up(sale_id):
            messages.error(request, _("The books do not add up; nothing is paid until they do."))
        elif step == "pay":
            ids = list(settlement.payouts_of(sale_id).values_list("pk", flat=True))
            paid = approve_payouts(payout_ids=ids, actor=second_person(request), now=now)
            messages.success(request, _("%(n)s payouts are on their way.") % {"n": paid})
        else:
            raise Http404
    except Refused as error:
        messages.error(request, sentence_of(error))
    return redirect(f"{reverse('web:desk-settlement')}?sale={sale_id}")


def _adds_up(sale_id: int) -> bool:
    """Look at the books as they are now, not as they were last told."""
    return all(one["ok"] for one in settlement.invariants(sale_id))


def _clerk(request: HttpRequest) -> Actor:
    return actor_of(request)


def second_person(request: HttpRequest) -> Actor:
    """Return who approves: in a demo one visitor plays both of the two people it takes."""
    actor = actor_of(request)
    return replace(actor, party=f"{actor.party}-second") if all_is_play() else actor


def _books(sale: Row, *, now: datetime) -> Books:
    found, as_of = standing.checks(sale, now=now)
    checks = [_check(one) for one in found]
    wrong = next((one for one in checks if not one.ok), None)
    rows = list(settlement.payouts_of(sale.pk))
    totals = standing.money(sale, now=now).totals
    names = _names(sale)
    return Books(
        sale_id=sale.pk,
        balanced=wrong is None,
        balance_title=_("The books add up to the fen.") if wrong is None else wrong.name,
        balance_text=_("%(n)s checks, all as they must be; looked at on %(t)s.")
        % {"n": len(checks), "t": moment(as_of)}
        if wrong is None
        else _("expected %(a)s, found %(b)s; payouts are locked until this is cleared")
        % {"a": number(wrong.expected), "b": number(wrong.found)},
        stats=_stats(totals),
        payouts=[_payout(row, names) for row in rows[:MOST_PAYOUTS]],
        more_payouts=max(0, len(rows) - MOST_PAYOUTS),
        accounts=_accounts(totals),
        checks=checks,
        may_close=sale.state != "closed",
        may_propose=sale.state == "closed"
        and not (settlement.is_settled(sale.pk) and any(row.state == "paid" for row in rows)),
        may_pay=wrong is None and any(row.state == "proposed" for row in rows),
    )


def _check(found: dict[str, Any]) -> Check:
    name = str(found["name"])
    return Check(
        name=_check_names().get(name, name),
        ok=bool(found["ok"]),
        expected=int(found["expected"]),
        found=int(found["found"]),
    )


def _check_names() -> dict[str, str]:
    """Name the checks of the books in the page's language; they come with English names."""
    return {
        "every entry sums to zero (unbalanced entries)": _(
            "every entry sums to zero (unbalanced entries)"
        ),
        "the books balance (fen)": _("the books balance (fen)"),
        "captured payments stand in the books (fen)": _(
            "captured payments stand in the books (fen)"
        ),
        "bulk orders that left are booked to the fen (fen)": _(
            "bulk orders that left are booked to the fen (fen)"
        ),
        "refunds sent stand in the books (fen)": _("refunds sent stand in the books (fen)"),
        "every delivered order is split once (orders)": _(
            "every delivered order is split once (orders)"
        ),
        "delivered orders are split to the fen (fen)": _(
            "delivered orders are split to the fen (fen)"
        ),
        "no payment is refunded beyond its amount (payments)": _(
            "no payment is refunded beyond its amount (payments)"
        ),
        "approved claims stand in the books (fen)": _("approved claims stand in the books (fen)"),
        "deposits are used up: delivered or given back (fen)": _(
            "deposits are used up: delivered or given back (fen)"
        ),
        "the growers' pool is shared out (fen)": _("the growers' pool is shared out (fen)"),
        "payouts are what people are owed (fen)": _("payouts are what people are owed (fen)"),
        "nothing is paid twice (fen)": _("nothing is paid twice (fen)"),
    }


def _stats(totals: dict[str, int]) -> list[Stat]:
    uplift = totals["uplift_fen_per_kg"]
    arrived = totals["gmv_fen"] > 0
    return [
        Stat(
            label=_("Goods delivered"),
            value=short_money(totals["gmv_fen"]),
            note=_("%(y)s paid back") % {"y": short_money(totals["refunds_fen"])},
        ),
        Stat(
            label=_("Growers net"),
            value=short_money(totals["growers_net_fen"]) if arrived else "–",
            note=_("%(y)s of it from the local buyer")
            % {"y": short_money(totals["wholesale_fen"])},
        ),
        Stat(
            label=_("More than the town pays"),
            value=money(uplift) if arrived else "–",
            unit=_("/kg"),
            note=_("net per kilogram cut, less that day's town price"),
            tone="up" if uplift > 0 else "dn" if arrived else "mute",
        ),
        Stat(
            label=_("Wages"),
            value=short_money(totals["wages_fen"]),
            note=_("to the people who packed"),
        ),
    ]


def _accounts(totals: dict[str, int]) -> list[AccountRow]:
    named = [
        (_("Growers, online"), "growers_online_fen"),
        (_("Growers, from the local buyer"), "wholesale_fen"),
        (_("Packers"), "wages_fen"),
        (_("Postage"), "postage_fen"),
        (_("Packaging"), "packaging_fen"),
        (_("Packing points"), "points_fen"),
        (_("Fees"), "fee_fen"),
        (_("Freight and loading"), "freight_fen"),
        (_("Won on bought fruit (our risk)"), "margin_fen"),
        (_("Added to reach growers' floors"), "floor_fen"),
        (_("Added by the platform"), "subsidy_fen"),
        (_("Paid back to buyers"), "refunds_fen"),
    ]
    return [AccountRow(name=name, amount_fen=totals[key]) for name, key in named]


def _names(sale: Row) -> dict[str, str]:
    """Name the parties of a sale: growers by village and number, packers as their point knows."""
    growers = {f"grower:{g.pk}": f"{g.village} {g.code}"
               for g in harvest.growers_of_base(sale.base_id)}  # fmt: skip
    rows = packing.packers_of_base(sale.base_id).select_related("contact")
    return growers | {f"packer:{one.pk}": masked_name(one) for one in rows}


def _payout(row: Row, names: dict[str, str]) -> PayoutRow:
    known = {
        "proposed": (_("proposed"), "warn"),
        "paid": (_("paid"), "ok"),
        "returned": (_("came back"), "bad"),
    }
    ways = {"bank": _("bank"), "postal_order": _("postal order"), "cash": _("cash")}
    state, tone = known[row.state]
    return PayoutRow(
        id=row.pk,
        name=names.get(row.account, row.account),
        amount_fen=row.amount_fen,
        way=ways.get(row.way, row.way),
        state=state,
        tone=tone,
    )
