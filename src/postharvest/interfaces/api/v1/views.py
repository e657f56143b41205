"""What stands beside the operations: the description and health."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from postharvest.interfaces.api.opening import opens_to
from postharvest.interfaces.api.problems import Problem
from postharvest.interfaces.api.v1.openapi import openapi_document
from postharvest.interfaces.api.v1.resource import problem


@opens_to(GET=())
@require_GET
def openapi(_request: HttpRequest) -> HttpResponse:
    """Describe this API."""
    return JsonResponse(openapi_document())


@opens_to(GET=())
@require_GET
def healthz(_request: HttpRequest) -> HttpResponse:
    """Say that the process lives."""
    return JsonResponse({"status": "ok"})


@opens_to(GET=())
@require_GET
def readyz(_request: HttpRequest) -> HttpResponse:
    """Say whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM campaigns_sale LIMIT 1")
    except DatabaseError as error:
        return JsonResponse({"status": "no database", "detail": str(error)}, status=503)
    return JsonResponse({"status": "ready"})


@opens_to(GET=())
@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer for what is not there, as a problem document and not as a page."""
    return problem(request, Problem(code="not_found", detail="see /api/v1/openapi.json"))
