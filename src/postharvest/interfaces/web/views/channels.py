"""The desk's channels: who sells for us, at which fee, with which share, and what is due."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.core.units import GRAMS_PER_KG
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import attempt, base_of, bases_of
from postharvest.interfaces.web.cards import produce_name
from postharvest.interfaces.web.formats import kilograms, money, percent
from postharvest.interfaces.web.forms.channels import (
    KINDS,
    BulkOrderForm,
    ChannelForm,
    FeesForm,
    ListingForm,
    SettlementForm,
    ShareForm,
    TermsForm,
)
from postharvest.interfaces.web.forms.fields import fen
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.interfaces.web.views.village import produce_choices
from postharvest.operations.campaigns import channels as actions
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.actions import ListingTerms, add_listing
from postharvest.operations.campaigns.channels import BulkTermsEntry, ChannelEntry
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.bulk import (
    BulkRequest,
    agree_bulk_order,
    cancel_bulk_order,
    record_bulk_payment,
)
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.bundles import load_bulk_order
from postharvest.operations.settlement.channels import settle_channel, statement_of_channel

Act = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRow:
    """A channel in the list."""

    id: int
    name: str
    kind: str
    fee: str
    due_fen: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """What a channel has for itself of one sale."""

    sale: str
    kept: str
    sold: str
    until: datetime
    back: bool


@dataclass(slots=True, kw_only=True)
class Forms:
    """The forms of a channel's page; the one that was sent keeps what was typed."""

    fees: FeesForm
    settle: SettlementForm
    share: ShareForm
    listing: ListingForm
    terms: TermsForm
    order: BulkOrderForm
    sent: str = ""
    by_name: dict[str, forms.Form] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = ("fees", "settle", "share", "listing", "terms", "order")
        self.by_name = {name: getattr(self, name) for name in names}


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def channels(request: HttpRequest) -> HttpResponse:
    """List the channels of a base, and take a new one."""
    base = base_of(request)
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and attempt(form, lambda: _enter(request, base, form)):
        messages.success(request, _("The channel is entered."))
        return redirect(f"{request.path}?base={base.pk}")
    rows = [_row(channel) for channel in campaigns.channels_of(base.pk)]
    context = {"rows": rows, "form": form, "base": base, "bases": bases_of(request)}
    return render(request, "web/desk/channels.html", context)


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Show one channel: what it sold, what is due, its shares; and change what is asked."""
    row = campaigns.channel(channel_id)
    if row is None or not row.base.county_id.startswith(actor_of(request).scope):
        raise Http404(_("there is no such channel"))
    step = request.POST.get("step", "")
    made = _forms(request, row, step=step)
    if request.method == "POST" and step in made.by_name:
        act = _act(request, row, made, step)
        if attempt(made.by_name[step], act):
            messages.success(request, _("It is entered."))
            return redirect(request.path)
    return render(request, "web/desk/channel.html", _context(row, made))


@require_POST
@only_for(*DESK)
def bulk_order(request: HttpRequest, bulk_order_id: int) -> HttpResponse:
    """Load, cancel or note the payment of a bulk order."""
    row = orders.bulk_order(bulk_order_id)
    if row is None:
        raise Http404(_("there is no such order"))
    actor, now = actor_of(request), time.now()
    asked, step = request.POST, request.POST.get("step", "")
    try:
        if step == "cancel":
            cancel_bulk_order(bulk_order_id=row.pk, actor=actor, now=now)
        elif step == "load":
            load_bulk_order(
                bulk_order_id=row.pk, shift_id=_shift_of(row), truck=asked.get("truck", ""),
                actor=actor, now=now,
            )  # fmt: skip
        elif step == "paid":
            record_bulk_payment(
                bulk_order_id=row.pk, reference=asked.get("reference", ""),
                amount_fen=row.total_fen, actor=actor, now=now,
            )  # fmt: skip
    except Refused as error:
        messages.error(request, sentence_of(error))
    else:
        messages.success(request, _("It is entered."))
    return redirect("web:desk-channel", row.listing.channel_id)


def _enter(request: HttpRequest, base: Row, form: ChannelForm) -> None:
    data = form.cleaned_data
    entry = ChannelEntry(
        code=data["code"],
        name=data["name"],
        kind=data["kind"],
        fee_bp=form.fee_bp,
        fee_fen=_fen(data["fee_yuan"]),
    )
    actions.set_channel(base_id=base.pk, entry=entry, actor=actor_of(request), now=time.now())


def _forms(request: HttpRequest, row: Row, *, step: str) -> Forms:
    sales = [(str(sale.pk), _sale_name(sale)) for sale in _sales(row)]
    listings = [(str(one.pk), _bundle_name(one)) for one in _bundles(row)]

    def data(name: str) -> Row | None:
        return request.POST if step == name else None

    return Forms(
        fees=FeesForm(data("fees"), initial=_fees_of(row)),
        settle=SettlementForm(data("settle")),
        share=ShareForm(data("share"), sales=sales),
        listing=ListingForm(data("listing"), sales=sales),
        terms=TermsForm(data("terms"), produce=produce_choices()),
        order=BulkOrderForm(data("order"), listings=listings),
        sent=step,
    )


def _act(request: HttpRequest, row: Row, made: Forms, step: str) -> Act:
    by: Row = {"actor": actor_of(request), "now": time.now()}
    return {
        "fees": lambda: _set_fees(row, made.fees, by),
        "settle": lambda: settle_channel(
            channel_id=row.pk,
            reference=made.settle.cleaned_data["reference"],
            received_fen=_fen(made.settle.cleaned_data["received"]),
            **by,
        ),
        "share": lambda: _set_share(row, made.share.cleaned_data, by),
        "listing": lambda: _add_listing(row, made.listing.cleaned_data, by),
        "terms": lambda: _set_terms(row, made.terms.cleaned_data, by),
        "order": lambda: _agree(made.order.cleaned_data, by),
    }[step]


def _set_fees(row: Row, form: FeesForm, by: Row) -> None:
    entry = ChannelEntry(
        code=row.code,
        name=row.name,
        kind=row.kind,
        fee_bp=form.fee_bp,
        fee_fen=_fen(form.cleaned_data["fee_yuan"]),
    )
    actions.set_channel(base_id=row.base_id, entry=entry, **by)


def _set_share(row: Row, data: Row, by: Row) -> None:
    actions.set_share(
        sale_id=data["sale"],
        channel_id=row.pk,
        lot_bp=round((data["lot_percent"] or 0) * 100),
        day_bp=round((data["day_percent"] or 0) * 100),
        flows_back_at=data["flows_back_at"],
        **by,
    )


def _add_listing(row: Row, data: Row, by: Row) -> None:
    terms = ListingTerms(
        channel=row.code,
        net_g=round(data["net_kg"] * GRAMS_PER_KG),
        team_fen=0,
        solo_fen=fen(data["price"]),
        material_fen=_fen(data["material"]),
        packed_g_per_day=round(data["packed_kg"] * GRAMS_PER_KG),
        least_quantity=data["least_quantity"],
    )
    add_listing(sale_id=data["sale"], terms=terms, **by)


def _set_terms(row: Row, data: Row, by: Row) -> None:
    terms = BulkTermsEntry(
        fen_per_kg=fen(data["price"]),
        g_per_day=round(data["kg_per_day"] * GRAMS_PER_KG),
        least_g=round((data["least_kg"] or 0) * GRAMS_PER_KG),
        freight_fen_per_kg=_fen(data["freight"]),
        loading_fen_per_kg=_fen(data["loading"]),
        bundle_g=round(data["bundle_kg"] * GRAMS_PER_KG),
        bundles_per_pallet=data["bundles_per_pallet"],
    )
    actions.set_bulk_terms(channel_id=row.pk, produce_id=data["produce"], terms=terms, **by)


def _agree(data: Row, by: Row) -> None:
    request = BulkRequest(
        key=data["key"],
        listing_id=data["listing"],
        quantity=data["quantity"],
        load_day=data["load_day"],
        name=data["buyer"],
        phone=data["phone"],
        line=data["line"],
    )
    agree_bulk_order(request=request, **by)


def _context(row: Row, made: Forms) -> dict[str, object]:
    due = statement_of_channel(row.pk)
    return {
        "channel": row,
        "kind": _kind(row.kind),
        "is_bulk": row.kind == "bulk",
        "is_market": row.kind == "marketplace",
        "forms": made,
        "stats": [
            Stat(label=_("Taken for us"), value=money(due.taken_fen)),
            Stat(label=_("Given back"), value=money(due.refunded_fen)),
            Stat(label=_("It keeps"), value=money(due.fees_fen)),
            Stat(label=_("Paid over"), value=money(due.received_fen)),
            Stat(label=_("Due today"), value=money(due.due_fen)),
        ],
        "shares": [_share(one, sale) for sale in _sales(row) for one in _shares(row, sale)],
        "listings": [
            {"sale": _sale_name(sale), "name": _bundle_name(one), "price_fen": one.solo_fen}
            for sale in _sales(row)
            for one in campaigns.listings_of(sale.pk)
            if one.channel_id == row.pk
        ],
        "terms": campaigns.bulk_terms_of(row.pk),
        "orders": [
            {"row": one, "state": _state(one.state), "bundle": _bundle_name(one.listing)}
            for sale in _sales(row)
            for one in orders.bulk_orders(sale.pk)
            if one.listing.channel_id == row.pk
        ],
    }


def _fen(amount: Decimal | None) -> int:
    return 0 if amount is None else fen(amount)


def _sales(row: Row) -> list[Row]:
    return [sale for sale in campaigns.sales() if sale.base_id == row.base_id]


def _shares(row: Row, sale: Row) -> list[Row]:
    return [one for one in campaigns.shares_of(sale.pk) if one.channel_id == row.pk]


def _bundles(row: Row) -> list[Row]:
    return [
        one
        for sale in _sales(row)
        if sale.state == "open"
        for one in campaigns.listings_of(sale.pk)
        if one.channel_id == row.pk
    ]


def _shift_of(order: Row) -> int:
    """Return the point that loads a bulk order: the first at work that day, else that is called."""
    rows = [one for one in packing.shifts_of(order.sale_id) if one.day == order.load_day]
    rows.sort(key=lambda one: one.state != "running")
    if not rows:
        raise Refused(_("No packing point is called for that day."))
    return int(rows[0].pk)


def _row(channel: Row) -> ChannelRow:
    return ChannelRow(
        id=channel.pk,
        name=channel.name if channel.code != "shop" else _("Own shop"),
        kind=_kind(channel.kind),
        fee=_fee(channel),
        due_fen=statement_of_channel(channel.pk).due_fen,
        active=channel.active,
    )


def _fee(channel: Row) -> str:
    share = _("the sale's fee") if channel.fee_bp is None else percent(channel.fee_bp / 10_000, 2)
    if not channel.fee_fen:
        return share
    return _("%(share)s and %(y)s an order") % {"share": share, "y": money(channel.fee_fen)}


def _fees_of(channel: Row) -> dict[str, str]:
    share = "" if channel.fee_bp is None else f"{channel.fee_bp / 100:g}"
    return {
        "fee_percent": share,
        "fee_yuan": f"{channel.fee_fen / 100:g}" if channel.fee_fen else "",
    }


def _share(share: Row, sale: Row) -> ShareRow:
    return ShareRow(
        sale=_sale_name(sale),
        kept=kilograms(share.capacity_g),
        sold=kilograms(share.reserved_g),
        until=share.flows_back_at,
        back=share.flowed_back_at is not None,
    )


def _kind(kind: str) -> str:
    return str(dict(KINDS).get(kind, kind))


def _sale_name(sale: Row) -> str:
    return f"{produce_name(sale.surplus.produce)} · {sale.surplus.village}"


def _bundle_name(listing: Row) -> str:
    return _("%(kg)s at %(y)s") % {
        "kg": kilograms(listing.net_g),
        "y": money(listing.solo_fen),
    }


def _state(state: str) -> tuple[str, str]:
    known = {
        "agreed": (_("agreed"), "sky"),
        "loaded": (_("loaded, not paid"), "warn"),
        "paid": (_("paid"), "ok"),
        "cancelled": (_("cancelled"), ""),
    }
    return known[state]
