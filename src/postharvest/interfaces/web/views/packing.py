"""The packing point's day: who is here, how many boxes, what goes on the truck."""

import uuid
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock import time
from postharvest.core.errors import Refused
from postharvest.core.tokens import answers
from postharvest.interfaces.web.access import PACKING, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.formats import number
from postharvest.interfaces.web.forms.packing import WeighForm
from postharvest.interfaces.web.packing_view import nothing_today, shift_choices, shift_view
from postharvest.interfaces.web.refusals import sentence_of
from postharvest.interfaces.web.rows import Row
from postharvest.operations.harvest.actions.lots import Cut, cut_lots
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.boxes import (
    Delivery,
    Tally,
    receive_lots,
    tally_boxes,
)
from postharvest.operations.packing.actions.shifts import close_shift, sign_in
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.actions.posting import close_despatches, register_parcels

MOST_AT_ONCE = 500
LONGEST_KEY = 80
Deed = Callable[[datetime], str]
"""Something done at an instant; what it returns is said to the person."""
_LAST_PACKER = "last_packer"


@require_GET
@only_for(*PACKING)
def today(request: HttpRequest) -> HttpResponse:
    """Open today's first point, or say that there is none."""
    now = time.now()
    choices = shift_choices(scope=actor_of(request).scope, now=now)
    if choices:
        return redirect("web:packing-shift", choices[0].id)
    return render(request, "web/packing/today.html", {"view": nothing_today(), "points": []})


@require_GET
@only_for(*PACKING)
def shift(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Show whether the point will make its boxes."""
    now = time.now()
    row = _shift(shift_id)
    return render(
        request,
        "web/packing/today.html",
        {
            "view": shift_view(row, now=now),
            "points": shift_choices(scope=actor_of(request).scope, now=now, current=shift_id),
            "last_packer": request.session.get(_LAST_PACKER),
            "key": str(uuid.uuid4()),
        },
    )


@require_POST
@only_for(*PACKING)
def arrive(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Sign people in."""
    ids = [int(pk) for pk in request.POST.getlist("packer") if pk.isdigit()]

    def come(now: datetime) -> str:
        sign_in(shift_id=shift_id, packer_ids=ids, actor=actor_of(request), now=now)
        return ""

    return _do(request, shift_id, come)


@require_POST
@only_for(*PACKING)
def tally(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Count boxes for one packer; it says when there were fewer orders or less fruit."""
    posted = [request.POST.get(name, "") for name in ("packer", "listing", "count")]
    if not all(text.isdigit() for text in posted):
        raise Http404
    packer, listing, count = (int(text) for text in posted)
    request.session[_LAST_PACKER] = packer

    def count_boxes(now: datetime) -> str:
        made = tally_boxes(
            shift_id=shift_id,
            tallies=[Tally(packer_id=packer, listing_id=listing, boxes=min(count, MOST_AT_ONCE))],
            actor=actor_of(request),
            now=now,
        )
        return _counted(len(made), wanted=count)

    return _do(request, shift_id, count_boxes)


@require_POST
@only_for(*PACKING)
def weigh_in(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Take fruit in: what a grower cuts today, or what he cut and has not brought yet."""
    row = _shift(shift_id)
    actor = actor_of(request)
    form = WeighForm(request.POST)
    if not form.is_valid():
        said = _("Not weighed in: kilograms are numbers, like 320.")
        if "X-Sync" in request.headers:
            return JsonResponse({"message": said}, status=422)
        messages.error(request, said)
        return redirect("web:packing-shift", shift_id)
    kind, _colon, pk = form.cleaned_data["source"].partition(":")
    weight_g, culled_g, tare_g = form.grams

    def weigh(now: datetime) -> str:
        lot_id = int(pk)
        if kind == "offer":
            cut = Cut(offer_id=lot_id, weight_g=weight_g)
            [lot] = cut_lots(base_id=row.base_id, day=row.day, cuts=[cut], actor=actor, now=now)
            lot_id = lot.pk
        delivery = Delivery(lot_id=lot_id, received_g=weight_g, culled_g=culled_g, tare_g=tare_g)
        receive_lots(shift_id=shift_id, deliveries=[delivery], actor=actor, now=now)
        return _("%(kg)s kg weighed in.") % {"kg": number(weight_g / 1000, 1)}

    return _do(request, shift_id, weigh)


@require_POST
@only_for(*PACKING)
def despatch(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Label what is packed and hand it to the truck."""
    row = _shift(shift_id)
    actor = actor_of(request)

    def send(now: datetime) -> str:
        register_parcels(box_ids=parcels.boxes_to_label(row.sale_id), actor=actor, now=now)
        sent = close_despatches(
            branch_id=row.sale.branch_id, day=time.local_day(now), actor=actor, now=now
        )
        boxes = sum(one.parcels_count for one in sent)
        return _("%(n)s boxes handed to the truck.") % {"n": number(boxes)}

    return _do(request, shift_id, send)


@require_POST
@only_for(*PACKING)
def close(request: HttpRequest, shift_id: int) -> HttpResponse:
    """End the point's day."""

    def end(now: datetime) -> str:
        close_shift(shift_id=shift_id, actor=actor_of(request), now=now)
        return _("The day is closed. Thank you.")

    return _do(request, shift_id, end)


def _shift(shift_id: int) -> Row:
    row = packing.shift(shift_id)
    if row is None:
        raise Http404(_("there is no such shift"))
    return row


def _do(request: HttpRequest, shift_id: int, deed: Deed) -> HttpResponse:
    """Do one thing, say what came of it, and show the point again.

    What comes with a key is done once, however often it is sent.
    """
    sync = request.headers.get("X-Sync", "")
    try:
        said = _once(request, deed)
    except Refused as error:
        if sync:
            return JsonResponse({"message": sentence_of(error)}, status=409)
        messages.error(request, sentence_of(error))
    else:
        if said and sync != "queue":
            messages.success(request, said)
        if sync:
            return JsonResponse({"message": said}, status=201)
    return redirect("web:packing-shift", shift_id)


def _once(request: HttpRequest, deed: Deed) -> str:
    now, key = time.now(), request.POST.get("key", "")
    if not key:
        return deed(now)
    posted = [(k, v) for k, v in sorted(request.POST.lists()) if k not in ("csrfmiddlewaretoken",)]
    answer, _replayed = answers.answer_once(
        party=f"{request.path} {actor_of(request).party}"[:LONGEST_KEY],
        key=key[:LONGEST_KEY],
        request=f"{request.path} {posted}".encode(),
        act=lambda: answers.Answer(status=HTTPStatus.CREATED, body=deed(now).encode()),
        now=now,
    )
    return answer.body.decode()


def _counted(made: int, *, wanted: int) -> str:
    said = ngettext("%(n)s box counted.", "%(n)s boxes counted.", made) % {"n": made}
    if made < wanted:
        return said + " " + _("For more there is no order, or no fruit at this point.")
    return said
