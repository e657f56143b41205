"""The village's day and its money: whom to call for what, and what each home is owed."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from postharvest.core.clock import time
from postharvest.core.vault.seal import unseal
from postharvest.interfaces.web.access import VILLAGE, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import place_of, produce_name
from postharvest.interfaces.web.formats import day, jin
from postharvest.interfaces.web.rows import Row
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.members.looking import note_printed
from postharvest.operations.settlement import queries as settlement
from postharvest.operations.settlement.accounts import grower_id_of

MOST_ROWS = 400
MOST_SALES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One grower to call: what, how much, whereto."""

    name: str
    phone: str
    produce: str
    produce_id: str
    weight_g: int
    point: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallGroup:
    """One village's calls of a day."""

    village: str
    weight_g: int
    rows: list[CallRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDay:
    """Today or tomorrow."""

    title: str
    total: str
    groups: list[CallGroup]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """One home's money of a sale."""

    id: int
    name: str
    amount_fen: int
    state: str
    tone: str
    cash: bool
    grower_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutGroup:
    """The payouts of one sale."""

    sale_id: int
    title: str
    place: str
    total_fen: int
    rows: list[PayoutRow]


@require_GET
@only_for(*VILLAGE)
def calls(request: HttpRequest) -> HttpResponse:
    """Show whom to call today and tomorrow, for how much, to which point."""
    now, actor = time.now(), actor_of(request)
    today, scope = time.local_day(now), actor.scope
    found = [*harvest.calls_on(today, scope), *harvest.calls_on(today + timedelta(days=1), scope)]
    for base_id in sorted({one.base_id for one in found}):  # names and phones stand there in full
        note_printed(what=f"calls of {today}", base_id=base_id, actor=actor, now=now)
    days = [
        _call_day(_("Today, %(d)s") % {"d": day(today)}, list(harvest.calls_on(today, scope))),
        _call_day(
            _("Tomorrow, %(d)s") % {"d": day(today + timedelta(days=1))},
            list(harvest.calls_on(today + timedelta(days=1), scope)),
        ),
    ]
    return render(request, "web/village/calls.html", {"days": days})


@require_GET
@only_for(*VILLAGE)
def payouts(request: HttpRequest) -> HttpResponse:
    """Show what each home gets, sale by sale, and whether it is on its way."""
    groups = []
    for sale in campaigns.sales(actor_of(request).scope)[:MOST_SALES]:
        found = [one for one in settlement.payouts_of(sale.pk) if grower_id_of(one.account)]
        if found:
            groups.append(_payout_group(sale, found[:MOST_ROWS]))
    return render(request, "web/village/payouts.html", {"groups": groups})


@require_GET
@only_for(*VILLAGE)
def statement(request: HttpRequest, sale_id: int, grower_id: int) -> HttpResponse:
    """Show how a home's money was worked out; made to be printed and read aloud."""
    sale = campaigns.sale(sale_id)
    grower = next(iter(harvest.growers([grower_id])), None)
    scope = actor_of(request).scope
    if sale is None or grower is None or grower.base_id != sale.base_id:
        raise Http404(_("there is no such statement"))
    if not str(sale.branch.county_id).startswith(scope):
        raise Http404(_("there is no such statement"))
    found = settlement.statement_of_grower(sale_id, grower_id)
    return render(
        request,
        "web/village/statement.html",
        {
            "name": _name_of(grower),
            "title": produce_name(sale.surplus.produce),
            "place": place_of(sale.surplus, county=sale.branch.county),
            "statement": found,
            "lines": [
                (_kind_name(one["kind"]), one["at"], abs(one["amount_fen"]), one["amount_fen"] > 0)
                for one in found["lines"]
            ],
            "owed_fen": found["credited_fen"] - found["paid_fen"],
        },
    )


def _call_day(title: str, rows: list[Row]) -> CallDay:
    groups: dict[str, list[Row]] = {}
    for row in rows[:MOST_ROWS]:
        groups.setdefault(row.offer.part.village, []).append(row)
    return CallDay(
        title=title,
        total=jin(sum(row.weight_g for row in rows)),
        groups=[
            CallGroup(
                village=village,
                weight_g=sum(row.weight_g for row in called),
                rows=[_call_row(row) for row in called],
            )
            for village, called in groups.items()
        ],
    )


def _call_row(call: Row) -> CallRow:
    contact = call.grower.contact
    produce = call.offer.part.surplus.produce
    return CallRow(
        name=_name_of(call.grower),
        phone=unseal(contact.sealed).phone if contact else "",
        produce=produce_name(produce),
        produce_id=produce.pk,
        weight_g=call.weight_g,
        point=call.point_name,
    )


def _payout_group(sale: Row, rows: list[Row]) -> PayoutGroup:
    ids = [grower_id_of(row.account) or 0 for row in rows]
    growers = {one.pk: one for one in harvest.growers(ids)}
    return PayoutGroup(
        sale_id=sale.pk,
        title=produce_name(sale.surplus.produce),
        place=place_of(sale.surplus, county=sale.branch.county),
        total_fen=sum(row.amount_fen for row in rows),
        rows=[
            _payout_row(row, growers[pk])
            for row, pk in zip(rows, ids, strict=True)
            if pk in growers
        ],
    )


def _payout_row(payout: Row, grower: Row) -> PayoutRow:
    paid = payout.state == "paid"
    return PayoutRow(
        id=payout.pk,
        name=_name_of(grower),
        amount_fen=payout.amount_fen,
        state=_("on its way") if paid else _("waits for the branch"),
        tone="ok" if paid else "warn",
        cash=payout.way in ("cash", "postal_order"),
        grower_id=grower.pk,
    )


def _name_of(grower: Row) -> str:
    if grower.contact is None:
        return str(grower.village)
    return unseal(grower.contact.sealed).name


def _kind_name(kind: str) -> str:
    names = {
        "pool": _("share of what was sold"),
        "purchase": _("bought by the branch"),
        "hand_over": _("handed over"),
        "advance": _("advance"),
        "claim": _("claims"),
        "payout": _("paid out"),
        "wages": _("wages"),
    }
    return names.get(kind, _("correction"))
