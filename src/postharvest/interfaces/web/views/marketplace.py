"""One marketplace: how it writes its orders, its orders in, its parcel numbers out."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.core.errors import InvalidInput
from postharvest.interfaces.web.access import DESK, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import pack_name
from postharvest.interfaces.web.formats import in_chinese, number
from postharvest.interfaces.web.rows import Row
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.marketplace import (
    COLUMNS,
    MarketImport,
    import_market_orders,
    save_mapping,
)
from postharvest.operations.parcels import market_numbers

MOST_FILE_BYTES = 8 * 1024 * 1024
MOST_FAULTS = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class MappingForm(forms.Form):
    """The marketplace's head for each of our columns, its code for each of our boxes."""

    def __init__(self, data: Any = None, *, mapping: Row, listings: list[Row]) -> None:  # noqa: ANN401
        super().__init__(data)
        heads = mapping.columns if mapping else {}
        codes = {pk: code for code, pk in mapping.listings.items()} if mapping else {}
        for column in COLUMNS:
            own = column.zh if in_chinese() else column.name
            self.fields[column.name] = forms.CharField(
                label=_("Its head for “%(column)s”") % {"column": own},
                max_length=60,
                required=False,
                initial=heads.get(column.name, ""),
            )
        for one in listings:
            name = f"{pack_name(one.net_g)} ({one.sale_id})"
            self.fields[f"listing-{one.pk}"] = forms.CharField(
                label=_("Its code for %(box)s") % {"box": name},
                max_length=60,
                required=False,
                initial=codes.get(one.pk, ""),
            )


class OrdersForm(forms.Form):
    """A file of orders."""

    file = forms.FileField(
        label=gettext_lazy("Its orders (CSV or XLSX)"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )


@require_http_methods(["GET", "POST"])
@only_for(*DESK)
def market(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Show a marketplace; save its mapping, check a file of orders, or place them."""
    channel = _channel(request, channel_id)
    step = request.POST.get("step", "")
    if step == "mapping":
        return _save(request, channel)
    if step in ("check", "place"):
        return _orders(request, channel, dry_run=step == "check")
    return _page(request, channel, {})


@require_GET
@only_for(*DESK)
def numbers(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Give the parcel numbers of its orders, as a table for the marketplace."""
    channel = _channel(request, channel_id)
    if request.path.endswith(".xlsx"):
        content, kind = market_numbers.market_numbers_xlsx(channel.pk), XLSX
    else:
        content, kind = market_numbers.market_numbers_csv(channel.pk), "text/csv"
    name = f"{channel.code}-{time.local_day(time.now())}.{request.path.rpartition('.')[2]}"
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _save(request: HttpRequest, channel: Row) -> HttpResponse:
    form = _mapping_form(channel, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            save_mapping(
                channel_id=channel.pk,
                columns={column.name: data[column.name] for column in COLUMNS},
                listings={
                    code.strip(): int(field.removeprefix("listing-"))
                    for field, code in data.items()
                    if field.startswith("listing-") and code.strip()
                },
                actor=actor_of(request),
                now=time.now(),
            )
            messages.success(request, _("The mapping is saved."))
            return redirect("web:desk-market", channel.pk)
        except InvalidInput as error:
            form.add_error(None, error.detail)
    return _page(request, channel, {"mapping": form}, status=422)


def _orders(request: HttpRequest, channel: Row, *, dry_run: bool) -> HttpResponse:
    form = OrdersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, channel, {"orders": form}, status=422)
    file = form.cleaned_data["file"]
    try:
        if file.size > MOST_FILE_BYTES:
            raise InvalidInput("file", _("is larger than 8 MB; split it"))
        told = import_market_orders(
            channel_id=channel.pk,
            raw=file.read(),
            dry_run=dry_run,
            actor=actor_of(request),
            now=time.now(),
        )
    except InvalidInput as error:
        form.add_error("file", error.detail)
        return _page(request, channel, {"orders": form}, status=422)
    return _page(request, channel, {"told": told, "sentence": _sentence(told)})


def _sentence(told: MarketImport) -> str:
    words = {
        "n": number(told.placed),
        "k": number(told.known),
        "f": number(len(told.faults)),
    }
    if told.is_committed:
        return _("%(n)s orders placed, %(k)s known already, %(f)s rows at fault.") % words
    return _("Nothing was written: %(n)s new orders, %(k)s known, %(f)s rows at fault.") % words


def _page(
    request: HttpRequest, channel: Row, more: dict[str, object], *, status: int = 200
) -> HttpResponse:
    told = more.get("told")
    context = {
        "channel": channel,
        "mapping": _mapping_form(channel, None),
        "orders": OrdersForm(),
        "faults": told.faults[:MOST_FAULTS] if isinstance(told, MarketImport) else (),
        "is_mapped": orders.market_mapping(channel.pk) is not None,
        **more,
    }
    return render(request, "web/desk/marketplace.html", context, status=status)


def _mapping_form(channel: Row, data: object) -> MappingForm:
    return MappingForm(
        data,
        mapping=orders.market_mapping(channel.pk),
        listings=campaigns.listings_of_channel(channel.pk),
    )


def _channel(request: HttpRequest, channel_id: int) -> Row:
    row = campaigns.channel(channel_id)
    scope = actor_of(request).scope
    if row is None or row.kind != "marketplace" or not row.base.county_id.startswith(scope):
        raise Http404(_("there is no such marketplace"))
    return row
