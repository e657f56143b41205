"""The rest of the API in plain Django: sales, one's own order, cancelling, scans, health."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from postharvest.core.clock.time import now
from postharvest.core.errors import Refused
from postharvest.interfaces.api import orders as json_orders
from postharvest.interfaces.api import scans as json_scans
from postharvest.interfaces.api.problems import TYPE, Problem, wants_chinese
from postharvest.interfaces.api.v1.openapi import openapi_document
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.ending import cancel_order
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.requests import Placed
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans


@require_GET
def sales(_request: HttpRequest) -> HttpResponse:
    """List the sales that take orders now, with what is left."""
    rows = []
    for sale in campaigns.sales_open(now()):
        left_g = campaigns.left_g(sale)
        rows.append(
            {
                "id": sale.pk,
                "produce": sale.surplus.produce_id,
                "left_g": left_g,
                "closes_at": sale.closes_at.isoformat(),
                "listings": [
                    {
                        "id": one.pk,
                        "pack_g": one.net_g,
                        "left": left_g // one.net_g,
                        "solo_fen": one.solo_fen,
                        "team_fen": one.team_fen,
                    }
                    for one in campaigns.shop_listings(sale.pk)
                ],
            }
        )
    return JsonResponse({"sales": rows, **json_orders.simulated()})


@csrf_exempt
@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Take one order where no front stands before Django (tests, WSGI)."""
    asked = json_orders.read_order(request.body, request.headers.get("Idempotency-Key", ""))
    if isinstance(asked, Problem):
        return problem(request, asked)
    answer = place_orders(requests=[asked], actor=json_orders.BUYERS, now=now())[0]
    told = json_orders.told(answer)
    if isinstance(told, Problem):
        return problem(request, told)
    status, document, replayed = told
    response = JsonResponse(document, status=status)
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@require_GET
def one_order(request: HttpRequest, number: str) -> HttpResponse:
    """Show an order to whoever holds its access token."""
    order_id = _own(request, number)
    found = orders.order(order_id) if order_id is not None else None
    if found is None:
        return problem(request, _STRANGER)
    return JsonResponse(json_orders.document(Placed(order=found)))


@csrf_exempt
@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Cancel one's own order before it is packed; again changes nothing."""
    order_id = _own(request, number)
    if order_id is None or orders.order(order_id) is None:
        return problem(request, _STRANGER)
    try:
        cancel_order(order_id=order_id, actor=json_orders.BUYERS, now=now())
    except Refused as refusal:
        return problem(request, Problem(code=refusal.code, detail=str(refusal)))
    found = orders.order(order_id)
    assert found is not None  # noqa: S101  (it was there a moment ago)
    return JsonResponse(json_orders.document(Placed(order=found)))


@csrf_exempt
@require_POST
def scans(request: HttpRequest) -> HttpResponse:
    """Take a carrier's events, one JSON object a line, and answer each line."""
    if not json_scans.may_scan(request.headers.get("Authorization", ""), now=now()):
        return problem(request, json_scans.NO_TOKEN)
    read = json_scans.read_lines(request.body)
    if isinstance(read, Problem):
        return problem(request, read)
    good = [one for one in read if isinstance(one, ScanEntry)]
    return JsonResponse(json_scans.lines_told(read, record_scans(scans=good, now=now())))


@require_GET
def openapi(_request: HttpRequest) -> HttpResponse:
    """Describe this API."""
    return JsonResponse(openapi_document())


@require_GET
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process lives."""
    return JsonResponse({"status": "ok"})


@require_GET
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM campaigns_sale LIMIT 1")
    except DatabaseError as error:
        return JsonResponse({"status": "no database", "detail": str(error)}, status=503)
    return JsonResponse({"status": "ready"})


def problem(request: HttpRequest, what: Problem) -> HttpResponse:
    """Answer with a problem document in the reader's language."""
    chinese = wants_chinese(request.headers.get("Accept-Language", ""))
    return JsonResponse(what.document(chinese=chinese), status=what.status, content_type=TYPE)


_STRANGER = Problem(code="unauthorised", detail="send the order's own access token as Bearer")


def _own(request: HttpRequest, number: str) -> int | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return json_orders.own_order(number, token.strip() if kind.lower() == "bearer" else "")
