"""What a point prints, and what the code on a box opens."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from postharvest.core.errors import Refused
from postharvest.interfaces.web.access import PACKING, only_for
from postharvest.interfaces.web.cards import place_of, produce_name
from postharvest.interfaces.web.formats import day, in_chinese, kilograms
from postharvest.interfaces.web.journey import readable, scan_steps, status_words
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.operations.network import queries as network
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.labels import labels_pdf
from postharvest.operations.parcels.papers import Language, packing_list_pdf
from postharvest.operations.parcels.printing import label_contents, packing_list

SIMULATED = "模拟 SIMULATED"


@require_GET
@only_for(*PACKING)
def labels(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Give the labels of a shift's boxes, one page each."""
    ids = parcels.labelled_of_shift(shift_id)
    if not ids:
        messages.warning(request, _("No box of this point has a label yet."))
        return redirect("web:packing-shift", shift_id)
    contents = label_contents(
        parcel_ids=ids,
        tracking_base=request.build_absolute_uri("/parcel/"),
        ribbon=_ribbon(),
    )
    try:
        return _pdf(labels_pdf(contents), name=f"labels-{shift_id}")
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:packing-shift", shift_id)


@require_GET
@only_for(*PACKING)
def packed(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Give the list of what a shift packed."""
    language = Language.CHINESE if in_chinese() else Language.ENGLISH
    try:
        sheet = packing_list_pdf(packing_list(shift_id=shift_id, ribbon=_ribbon()), language)
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:packing-shift", shift_id)
    return _pdf(sheet, name=f"packing-list-{shift_id}")


@require_GET
def parcel(request: HttpRequest, number: str) -> HttpResponse:
    """Show a parcel's way and where its fruit grew; nothing about who bought it."""
    found = parcels.parcel_by_number(number)
    if found is None:
        raise Http404(_("there is no such parcel"))
    surplus = found.order.sale.surplus
    lot = found.box.lot
    return render(
        request,
        "web/shop/parcel.html",
        {
            "number": readable(found.number),
            "status": status_words(found.status),
            "crop": produce_name(surplus.produce),
            "produce_id": surplus.produce_id,
            "county_code": surplus.county_id,
            "place": place_of(surplus, county=network.county(surplus.county_id)),
            "weight": kilograms(found.box.net_g),
            "harvested_on": day(lot.harvested_on),
            "sell_by": day(lot.sell_by),
            "window": _("%(a)s–%(b)s") % {"a": day(found.eta_earliest), "b": day(found.eta_latest)},
            "arrived": found.delivered_at is not None,
            "steps": scan_steps(found.pk),
        },
    )


def _ribbon() -> str:
    return SIMULATED if settings.POSTHARVEST_DEMO else ""


def _pdf(content: bytes, *, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
