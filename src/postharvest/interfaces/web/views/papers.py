"""What a point prints, and what the code on a box opens."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from postharvest.core.clock import time
from postharvest.core.clock.time import at_hour
from postharvest.core.epcis.flow import Names
from postharvest.core.errors import Refused
from postharvest.interfaces.web.access import DESK, PACKING, only_for
from postharvest.interfaces.web.cards import name_of, place_of, produce_name
from postharvest.interfaces.web.formats import day, in_chinese, kilograms, number
from postharvest.interfaces.web.journey import readable, scan_steps, status_words
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.ribbons import paper_ribbon
from postharvest.interfaces.web.splits import split_of_order
from postharvest.operations.network import queries as network
from postharvest.operations.packing import queries as packing
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.food_chain import trace_report
from postharvest.operations.parcels.labels import labels_pdf
from postharvest.operations.parcels.papers import (
    Language,
    despatch_manifest_pdf,
    intake_slip_pdf,
    packing_list_pdf,
    settlement_statement_pdf,
    trace_report_pdf,
)
from postharvest.operations.parcels.printing import (
    despatch_manifest,
    intake_slip,
    label_contents,
    packing_list,
)
from postharvest.operations.parcels.zpl import labels_zpl
from postharvest.operations.settlement import queries as settlement
from postharvest.operations.settlement.statements import settlement_statement


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
        ribbon=paper_ribbon(),
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
        sheet = packing_list_pdf(packing_list(shift_id=shift_id, ribbon=paper_ribbon()), language)
    except Refused as error:
        messages.error(request, sentence_of(error))
        return redirect("web:packing-shift", shift_id)
    return _pdf(sheet, name=f"packing-list-{shift_id}")


@require_GET
@only_for(*PACKING)
def papers(request: HttpRequest, shift_id: int) -> HttpResponse:
    """List everything that a shift's day prints."""
    shift = packing.shift(shift_id)
    if shift is None:
        raise Http404(_("there is no such shift"))
    slips = [
        (stock.pk, f"{stock.lot.grower.village} {stock.lot.grower.code}",
         kilograms(stock.received_g))
        for stock in packing.intakes(shift_id)
    ]  # fmt: skip
    loads = [
        (load.pk, name_of(load.lane), number(load.parcels_count))
        for load in parcels.despatches(shift.sale.branch_id, shift.day)
    ]
    context = {"shift_id": shift_id, "slips": slips, "loads": loads, "day": day(shift.day)}
    return render(request, "web/packing/papers.html", context)


@require_GET
@only_for(*PACKING)
def labels_as_zpl(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Give the labels of a shift's boxes for a label printer."""
    contents = label_contents(
        parcel_ids=parcels.labelled_of_shift(shift_id),
        tracking_base=request.build_absolute_uri("/parcel/"),
        ribbon=paper_ribbon(),
    )
    response = HttpResponse(labels_zpl(contents), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="labels-{shift_id}.zpl"'
    return response


@require_GET
@only_for(*PACKING)
def slip(request: HttpRequest, stock_id: int) -> HttpResponse:
    """Give the receipt for what a grower handed in."""
    stock = packing.intake(stock_id)
    if stock is None:
        raise Http404(_("there is no such intake"))
    content = intake_slip(
        stock_id=stock_id,
        received_at=at_hour(stock.shift.day, 0),
        terms=_("share of what the sale brings, not below the floor"),
        trace_base=request.build_absolute_uri("/lot/"),
        ribbon=paper_ribbon(),
    )
    return _paper(request, lambda say: intake_slip_pdf(content, say), name=f"intake-{stock_id}")


@require_GET
@only_for(*PACKING)
def manifest(request: HttpRequest, despatch_id: int) -> HttpResponse:
    """Give the list that goes with a truck."""
    if parcels.despatch(despatch_id) is None:
        raise Http404(_("there is no such despatch"))
    content = despatch_manifest(despatch_id=despatch_id, ribbon=paper_ribbon())
    name = f"manifest-{despatch_id}"
    return _paper(request, lambda say: despatch_manifest_pdf(content, say), name=name)


@require_GET
@only_for(*DESK)
def statement(request: HttpRequest, payout_id: int) -> HttpResponse:
    """Give what a party is paid for, to the fen."""
    row = settlement.payout(payout_id)
    if row is None:
        raise Http404(_("there is no such payout"))
    content = settlement_statement(payout_id=payout_id, now=time.now(), ribbon=paper_ribbon())
    name = f"statement-{payout_id}"
    return _paper(request, lambda say: settlement_statement_pdf(content, say), name=name)


@require_GET
@only_for(*DESK)
def trace(request: HttpRequest, direction: str, code: str) -> HttpResponse:
    """Give where a parcel came from, or for a recall where a lot went."""
    is_recall = direction == "forward"
    names = Names(base=f"{settings.POSTHARVEST_SITE}/id")
    content = trace_report(
        identifier=names.lot(code) if is_recall else names.parcel(code),
        is_recall=is_recall,
        now=time.now(),
        trace_url="" if is_recall else request.build_absolute_uri(f"/parcel/{code}/"),
        ribbon=paper_ribbon(),
    )
    return _paper(request, lambda say: trace_report_pdf(content, say), name=f"trace-{code}")


def _paper(request: HttpRequest, make: Callable[[Language], bytes], *, name: str) -> HttpResponse:
    """Print a paper in the reader's language, or say which font is missing."""
    try:
        return _pdf(make(Language.CHINESE if in_chinese() else Language.ENGLISH), name=name)
    except Refused as error:
        return render(request, "web/not_printed.html", {"why": sentence_of(error)}, status=503)


@require_GET
def parcel(request: HttpRequest, code: str) -> HttpResponse:
    """Show a parcel's way and where its fruit grew; nothing about who bought it."""
    found = parcels.parcel_by_number(code)
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
            "village": lot.grower.village,
            "checks": _checks(lot.pk),
            "split": split_of_order(found.order),
            "weight": kilograms(found.box.net_g),
            "harvested_on": day(lot.harvested_on),
            "sell_by": day(lot.sell_by),
            "certificate": lot.certificate,
            "window": _("%(a)s–%(b)s") % {"a": day(found.eta_earliest), "b": day(found.eta_latest)},
            "arrived": found.delivered_at is not None,
            "steps": scan_steps(found.pk),
        },
    )


def _checks(lot_id: int) -> list[tuple[str, str]]:
    """Say what was checked when a lot was taken in: when, how much, what was sorted out."""
    return [
        (
            day(stock.shift.day),
            _("weighed in at %(kg)s, %(culls)s sorted out")
            % {"kg": kilograms(stock.received_g), "culls": kilograms(stock.culled_g)},
        )
        for stock in packing.intakes_of_lot(lot_id)
    ]


def _pdf(content: bytes, *, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
