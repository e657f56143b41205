"""``GET /metrics``: for a monitoring system with a token of the scope metrics:read."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from postharvest.core.clock.time import now
from postharvest.core.tokens.queries import bearer_of
from postharvest.interfaces.api.metrics.waiting import Waiting
from postharvest.interfaces.api.opening import opens_to
from postharvest.interfaces.api.problems import Problem
from postharvest.interfaces.api.v1.resource import problem

SCOPE = "metrics:read"
REGISTRY.register(Waiting())


@opens_to(GET=(SCOPE,))
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Write all metrics in Prometheus' text format."""
    bearer = bearer_of(request.headers.get("Authorization", ""), now=now())
    if bearer is None or not bearer.may(SCOPE):
        code = "not_allowed" if bearer else "unauthorised"
        return problem(request, Problem(code=code, detail=f"needs a token with {SCOPE}"))
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
