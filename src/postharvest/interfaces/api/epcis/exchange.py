"""What every EPCIS endpoint has in common: versions, keys, JSON in and out."""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Concatenate, ParamSpec

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from postharvest.core.clock.time import now
from postharvest.core.epcis.actions import (
    CAPTURE_LIMIT_BYTES,
    CAPTURE_LIMIT_EVENTS,
    ConflictingEvent,
    ErrorBehaviour,
    TooLarge,
)
from postharvest.core.epcis.documents import InvalidDocument
from postharvest.core.epcis.queries import ResultTooLarge
from postharvest.core.epcis.question import NotImplementedParameter
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.tokens.queries import Bearer, bearer_of
from postharvest.interfaces.api.epcis import problems
from postharvest.interfaces.api.epcis.problems import problem

VERSIONS = ("2.0", "2.0.0", "2.0.1")
VERSION_HEADERS = {
    "GS1-EPCIS-Version": "2.0.1",
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.1",
    "GS1-CBV-Version": "2.0.0",
    "GS1-CBV-Min": "2.0.0",
    "GS1-CBV-Max": "2.0.0",
    "GS1-EPC-Format": "Never_Translates",
    "GS1-CBV-XML-Format": "Never_Translates",
    "GS1-Vendor-Version": version("postharvest"),
}
CAPTURE_HEADERS = {
    "GS1-EPCIS-Capture-Limit": str(CAPTURE_LIMIT_EVENTS),
    "GS1-EPCIS-Capture-File-Size-Limit": str(CAPTURE_LIMIT_BYTES),
    "GS1-Capture-Error-Behaviour": ErrorBehaviour.ROLLBACK,
}

_MEDIA_TYPES = ("application/json", "application/ld+json")
_ACCEPTED = (*_MEDIA_TYPES, "application/*", "*/*", "application/problem+json")
_UNTRANSLATED = ("No_Preference", "Never_Translates")

_More = ParamSpec("_More")
_Endpoint = Callable[Concatenate[HttpRequest, Bearer, _More], HttpResponse]


def endpoint(
    **methods: tuple[str, _Endpoint[_More]],
) -> Callable[Concatenate[HttpRequest, _More], HttpResponse]:
    """Join methods into one resource: ``GET=(scope, function)``.

    OPTIONS answers for itself; everything else needs a key with the method's scope.
    """

    @csrf_exempt
    def resource(
        request: HttpRequest, /, *args: _More.args, **kwargs: _More.kwargs
    ) -> HttpResponse:
        allowed = ", ".join([*methods, "OPTIONS"])
        if request.method == "OPTIONS":
            headers = {"Allow": allowed, **VERSION_HEADERS, **CAPTURE_HEADERS}
            return HttpResponse(status=204, headers=headers)
        if request.method not in methods:
            return problem(request, problems.METHOD, f"use {allowed}", headers={"Allow": allowed})
        scope, function = methods[request.method]
        refusal, bearer = _admit(request, scope)
        if bearer is None:
            return refusal
        try:
            response = function(request, bearer, *args, **kwargs)
        except (Refused, RequestDataTooBig) as refusal:
            response = _translated(request, refusal)
        for name, value in VERSION_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    resource.opens_to = {  # type: ignore[attr-defined]  # read by the table of who may what
        method: (scope,) for method, (scope, _function) in methods.items()
    }
    return resource


def json_response(
    request: HttpRequest,
    body: object,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    linked = "application/ld+json" in request.headers.get("Accept", "")
    return HttpResponse(
        msgspec.json.encode(body),
        status=status,
        content_type=_MEDIA_TYPES[linked],
        headers=dict(headers or {}),
    )


def _admit(request: HttpRequest, scope: str) -> tuple[HttpResponse, Bearer | None]:
    """Return the bearer of the key, or the refusal to answer with."""
    bearer = bearer_of(request.headers.get("Authorization", ""), now=now())
    if bearer is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="epcis"'}
        hint = "send Authorization: Bearer and a token from `postharvest token create`"
        return problem(request, problems.NO_KEY, hint, headers=challenge), None
    if not bearer.may(scope):
        return problem(request, problems.NOT_ALLOWED, f"this needs the scope {scope}"), None
    wrong = _unacceptable(request)
    if wrong:
        return problem(request, problems.NOT_ACCEPTABLE, wrong), None
    media_type = request.content_type or "application/json"
    if request.method == "POST" and media_type not in _MEDIA_TYPES:
        detail = f"send {' or '.join(_MEDIA_TYPES)}"
        return problem(request, problems.MEDIA_TYPE, detail), None
    return HttpResponse(), bearer


def _unacceptable(request: HttpRequest) -> str:
    if request.headers.get("GS1-EPCIS-Version", VERSIONS[0]) not in VERSIONS:
        return f"GS1-EPCIS-Version must be among {', '.join(VERSIONS)}"
    form = request.headers.get("GS1-EPC-Format", _UNTRANSLATED[0])
    if form not in _UNTRANSLATED:
        return "identifiers are never translated: leave GS1-EPC-Format out"
    accept = request.headers.get("Accept", "*/*")
    kinds = {part.split(";")[0].strip() for part in accept.split(",")}
    if not kinds & set(_ACCEPTED):
        return f"only {' and '.join(_MEDIA_TYPES)} are spoken"
    return ""


def _translated(request: HttpRequest, refusal: Refused | RequestDataTooBig) -> HttpResponse:
    """Turn what the log refuses into a problem document; what it never says is a fault of ours."""
    kind = _KINDS.get(type(refusal))
    if kind is None:
        raise refusal
    faults = refusal.faults if isinstance(refusal, InvalidDocument | ConflictingEvent) else []
    headers = CAPTURE_HEADERS if kind is problems.CAPTURE_TOO_LARGE else {}
    return problem(request, kind, str(refusal), faults=faults, headers=headers)


_KINDS: dict[type[Exception], problems.Kind] = {
    InvalidDocument: problems.INVALID,
    ConflictingEvent: problems.CONFLICT,
    NotImplementedParameter: problems.NOT_OFFERED,
    ResultTooLarge: problems.RESULT_TOO_LARGE,
    InvalidInput: problems.PARAMETER,
    TooLarge: problems.CAPTURE_TOO_LARGE,
    RequestDataTooBig: problems.CAPTURE_TOO_LARGE,
}
