"""Capture and query under ``/epcis/v2``: translate in, one action or query, translate out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from postharvest.core.clock.time import now
from postharvest.core.epcis import actions, queries
from postharvest.core.epcis.actions import CAPTURE_LIMIT_BYTES, ErrorBehaviour, TooLarge
from postharvest.core.epcis.queries import FoundEvent
from postharvest.core.errors import InvalidInput
from postharvest.core.tokens.queries import Bearer
from postharvest.interfaces.api.epcis import problems
from postharvest.interfaces.api.epcis.exchange import CAPTURE_HEADERS, endpoint, json_response
from postharvest.interfaces.api.epcis.problems import problem

CAPTURE, QUERY = "epcis:capture", "epcis:query"
JOBS_PER_PAGE = 30
LARGEST_TRACE = 1000
"""A trace of more events than these lists its steps without the events themselves."""


def _capture_document(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    captured = actions.capture_document(
        _body(request), party=bearer.name, now=now(), behaviour=_behaviour(request)
    )
    where = reverse("epcis:capture-job", args=[str(captured.capture_id)])
    return HttpResponse(status=202, headers={"Location": where, **CAPTURE_HEADERS})


def _list_jobs(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    token = request.GET.get("nextPageToken", "")
    if token and not (token.isascii() and token.isdecimal() and len(token) < _LONGEST_TOKEN):
        raise InvalidInput("nextPageToken", "take it from the Link header as it is")
    jobs, more = queries.capture_jobs(before=int(token) if token else None, per_page=JOBS_PER_PAGE)
    headers = {"Link": _next_link(request, str(more))} if more is not None else {}
    return json_response(request, [job.report for job in jobs], headers=headers)


_LONGEST_TOKEN = 18


def _show_job(request: HttpRequest, bearer: Bearer, capture_id: str) -> HttpResponse:
    job = queries.capture_job(capture_id)
    if job is None:
        return problem(request, problems.NOT_FOUND, "no capture has this identifier")
    return json_response(request, job.report)


def _capture_event(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    captured = actions.capture_event(_body(request), party=bearer.name, now=now())
    where = reverse("epcis:event", args=[captured.event_ids[0]])
    return HttpResponse(status=201, headers={"Location": where})


def _find_events(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    page = queries.simple_event_query(_parameters(request))
    document = queries.query_document(page.events, created_at=now().isoformat())
    headers = {"Link": _next_link(request, page.next_token)} if page.next_token else {}
    return json_response(request, document, headers=headers)


def _show_event(request: HttpRequest, bearer: Bearer, event_id: str) -> HttpResponse:
    found = None if "\x00" in event_id else queries.event_by_id(event_id)
    if found is None:
        return problem(request, problems.NOT_FOUND, "no event has this identifier")
    headers = {}
    if queries.is_declared_wrong(event_id):
        declarations = f"{reverse('epcis:events')}?EXISTS_errorDeclaration=true"
        headers["Link"] = f'<{declarations}>; rel="related"; title="declared an error"'
    return json_response(request, _with_context(found), headers=headers)


def _trace(request: HttpRequest, bearer: Bearer, direction: str) -> HttpResponse:
    identifiers = _parameters(request).get("identifier", [])
    if len(identifiers) != 1 or not identifiers[0]:
        raise InvalidInput("identifier", "give the one identifier to trace from")
    follow = {"forward": queries.forward_trace, "back": queries.back_trace}[direction]
    steps = follow(identifiers[0])
    numbers = {step.event_number for step in steps}
    shown = queries.events_by_number(numbers) if len(numbers) <= LARGEST_TRACE else []
    return json_response(
        request,
        {
            "identifier": identifiers[0],
            "direction": direction,
            "steps": [{"identifier": step.identifier, "eventID": step.event_id} for step in steps],
            "events": queries.query_document(shown, created_at=now().isoformat()),
        },
    )


def _not_offered(request: HttpRequest, bearer: Bearer, resource: str) -> HttpResponse:
    detail = f"{resource}: ask through /events and its parameters"
    return problem(request, problems.NOT_OFFERED, detail)


def _unknown(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    return problem(request, problems.NOT_FOUND, "see docs/epcis.md for the resources")


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > CAPTURE_LIMIT_BYTES:
        raise TooLarge(f"this has {int(length):,} bytes")
    return request.body


def _behaviour(request: HttpRequest) -> ErrorBehaviour:
    asked = request.headers.get("GS1-Capture-Error-Behaviour", ErrorBehaviour.ROLLBACK)
    try:
        return ErrorBehaviour(asked)
    except ValueError:
        raise InvalidInput("GS1-Capture-Error-Behaviour", "must be rollback or proceed") from None


def _parameters(request: HttpRequest) -> dict[str, list[str]]:
    parameters = {name: [str(value) for value in values] for name, values in request.GET.lists()}
    for name, values in parameters.items():
        if any("\x00" in text for text in (name, *values)):
            raise InvalidInput("query", "must not contain the character NUL")
    return parameters


def _next_link(request: HttpRequest, token: str) -> str:
    query = request.GET.copy()
    query["nextPageToken"] = token
    return f'<{request.path}?{query.urlencode()}>; rel="next"'


def _with_context(found: FoundEvent) -> dict[str, Any]:
    return {"@context": found.context} | found.body


capture = endpoint(GET=(CAPTURE, _list_jobs), POST=(CAPTURE, _capture_document))
capture_job = endpoint(GET=(CAPTURE, _show_job))
events = endpoint(GET=(QUERY, _find_events), POST=(CAPTURE, _capture_event))
event = endpoint(GET=(QUERY, _show_event))
trace = endpoint(GET=(QUERY, _trace))
not_offered = endpoint(GET=(QUERY, _not_offered), POST=(QUERY, _not_offered))
unknown = endpoint(GET=(QUERY, _unknown), POST=(QUERY, _unknown))
