"""What every operation of the API has in common; its description is made of the same table.

An operation says its path, its audience, the scope it needs, and the types that come in and go
out.  From that follow routing, checks, problem documents, idempotency, ETags and OpenAPI.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from postharvest.core.audit.actor import Actor, NotAllowed, Role
from postharvest.core.clock import time as clock
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.signin import limits
from postharvest.core.tokens import answers
from postharvest.core.tokens.queries import Bearer, bearer_of
from postharvest.interfaces.api.front.throttle import Throttle
from postharvest.interfaces.api.orders import simulated
from postharvest.interfaces.api.problems import TYPE, Problem, wants_chinese

JSON = "application/json"
BYTES = "application/octet-stream"
LARGEST_ID = 2**63 - 1
REQUESTS_A_MINUTE = 600
"""Of one token; those without one share this by address, and look-ups have fewer."""
_KEY_LENGTH = range(8, 81)
_NUL = (b"\x00", b"\\u0000")

Struct = TypeVar("Struct", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, understood: who, when, where, what."""

    request: HttpRequest
    bearer: Bearer | None
    now: datetime
    path: dict[str, Any]
    _query: msgspec.Struct | None
    _body: msgspec.Struct | None

    def query(self, kind: type[Struct]) -> Struct:
        assert isinstance(self._query, kind)  # noqa: S101  (the operation says so)
        return self._query

    def body(self, kind: type[Struct]) -> Struct:
        assert isinstance(self._body, kind)  # noqa: S101  (the operation says so)
        return self._body

    @property
    def party(self) -> str:
        return f"token:{self.bearer.name}" if self.bearer else "api"

    @property
    def region(self) -> str:
        return self.bearer.region if self.bearer else ""

    @property
    def actor(self) -> Actor:
        """Whoever holds a key that may write acts as a desk of his region; others only look."""
        may_write = self.bearer is not None and self.bearer.may("api:write")
        role = Role.DESK if may_write else Role.AUDITOR
        return Actor(party=self.party, role=role, scope=self.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back; ``content`` is a struct, bytes of another media type, or nothing."""

    content: msgspec.Struct | bytes | None
    status: int = 200
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that can be asked for.

    ``body`` is read here; a handler that reads for itself says what it ``takes``, whether it
    ``needs_key``, and by what ``security`` (of ``any_scope``) it lets in.  ``is_once`` keeps the
    answer by its Idempotency-Key; ``shown_by`` is the operation that shows the same
    resource, whose ETag ``If-Match`` must then name.
    """

    method: str
    path: str
    summary: str
    audience: str
    handler: Handler
    scope: str = ""
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    takes: type[msgspec.Struct] | None = None
    security: str = ""
    any_scope: tuple[str, ...] = ()
    needs_key: bool = False
    reads: str = JSON
    answer: type[msgspec.Struct] | None = None
    answers: str = JSON
    status: int = 200
    is_once: bool = False
    is_lookup: bool = False
    shown_by: Handler | None = None

    @property
    def opens_to(self) -> tuple[str, ...]:
        """Scopes of which one opens this; "order" is an order's own token; none: everybody."""
        if self.any_scope or self.scope:
            return self.any_scope or (self.scope,)
        return (self.security,) if self.security else ()


class NotFound(Refused):
    """There is nothing here, or nothing that this key may see."""

    code = "not_found"


class Blocked(Refused):
    """A request that can't go on, for a reason of the protocol."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message, **facts)
        self.code = code


def urls_of(operations: Sequence[Operation]) -> list[URLPattern]:
    """Return one route per path, whatever its methods."""
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for one in operations:
        by_path[one.path][one.method] = one
    return [re_path(_pattern(path), _resource(methods)) for path, methods in by_path.items()]


def _pattern(path: str) -> str:
    """Turn ``orders/{number}`` into a pattern; what ends in ``id`` is a whole number."""

    def part(found: re.Match[str]) -> str:
        name = found[1]
        return f"(?P<{name}>{'[0-9]{1,19}' if name.endswith('id') else '[^/]{1,80}'})"

    return "^" + re.sub(r"{(\w+)}", part, path) + "$"


def _resource(methods: dict[str, Operation]) -> Callable[..., HttpResponse]:
    allowed = ", ".join(sorted(methods))

    @csrf_exempt
    def resource(request: HttpRequest, **path: str) -> HttpResponse:
        try:
            operation = methods.get(request.method or "")
            if operation is None:
                raise Blocked("method_not_allowed", f"use {allowed}", allow=allowed)
            return _answer(request, operation, path)
        except (Refused, RequestDataTooBig) as refusal:
            return refused(request, refusal)

    resource.opens_to = {  # type: ignore[attr-defined]  # read by the table of who may what
        method: one.opens_to for method, one in methods.items()
    }
    return resource


def _answer(request: HttpRequest, operation: Operation, path: dict[str, str]) -> HttpResponse:
    bearer = _admit(request, operation)
    call = Call(
        request=request,
        bearer=bearer,
        now=clock.now(),
        path=_read_path(path),
        _query=_read_query(request, operation.query),
        _body=_read_body(request, operation),
    )
    if operation.is_once:
        return _once(call, operation)
    return _respond(request, _act(call, operation))


def _admit(request: HttpRequest, operation: Operation) -> Bearer | None:
    bearer = bearer_of(request.headers.get("Authorization", ""), now=clock.now())
    who = f"token {bearer.name}" if bearer else f"at {request.META.get('REMOTE_ADDR', '')}"
    if operation.is_lookup:
        may_go_on = limits.admits(f"look-up {who}", largest=LOOKUPS_A_MINUTE, now=clock.now())
    else:
        may_go_on = _REQUESTS.admits(who, at_s=time.monotonic())
    if not may_go_on:
        raise Blocked("too_many_requests", "wait a minute, then go on")
    if not operation.scope:
        return bearer
    if bearer is None:
        raise Blocked("unauthorised", "send Authorization: Bearer and a token")
    if not bearer.may(operation.scope):
        raise NotAllowed(f"this needs a token with the scope {operation.scope}")
    return bearer


_REQUESTS = Throttle(largest=REQUESTS_A_MINUTE)
LOOKUPS_A_MINUTE = 30
"""S10 numbers can be counted through, so guessing is slowed down, over all processes."""


def _read_path(path: dict[str, str]) -> dict[str, Any]:
    if any("\x00" in value for value in path.values()):
        raise NotFound("there is nothing of that name")
    read = {name: int(v) if name.endswith("id") else v for name, v in path.items()}
    if any(isinstance(value, int) and value > LARGEST_ID for value in read.values()):
        raise NotFound("there is nothing of that number")
    return read


def _read_query(request: HttpRequest, kind: type[msgspec.Struct] | None) -> msgspec.Struct | None:
    given: dict[str, str] = {}
    for name, values in request.GET.lists():
        if len(values) != 1:
            raise InvalidInput(name, "give it once")
        given[name] = str(values[0])
        if "\x00" in given[name] or "\x00" in name:
            raise InvalidInput(name.replace("\x00", ""), "must not hold the character NUL")
    if kind is None:
        if given:
            raise InvalidInput(next(iter(given)), "is no parameter of this request")
        return None
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _located(error) from None


def _read_body(request: HttpRequest, operation: Operation) -> msgspec.Struct | None:
    if operation.body is None:
        return None
    if (request.content_type or JSON) != operation.reads:
        raise Blocked("unsupported_media_type", f"send {operation.reads}")
    raw = request.body
    if any(nul in raw for nul in _NUL):
        raise InvalidInput("body", "must not hold the character NUL")
    try:
        return msgspec.json.decode(raw, type=operation.body)
    except msgspec.ValidationError as error:
        raise _located(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Blocked("malformed", str(error)) from None


def _located(error: msgspec.ValidationError) -> InvalidInput:
    """Name the field, as a path from the body's root: ``parts/0/village``."""
    what, _, where = str(error).partition(" - at `")
    field_ = where.rstrip("`").removeprefix("$").lstrip(".")
    if not field_ and (named := re.search(r"`(\w+)`", what)):
        field_ = named[1]
    return InvalidInput(re.sub(r"\[(\d+)\]", r".\1", field_).replace(".", "/").strip("/"), what)


def _act(call: Call, operation: Operation) -> Reply:
    if operation.shown_by is None:
        return operation.handler(call)
    wanted = call.request.headers.get("If-Match", "")
    if not wanted:
        raise Blocked("precondition_required", "send If-Match with the ETag you last saw")
    with transaction.atomic():
        present = etag(_bytes(operation.shown_by(call).content))
        if wanted not in ("*", present):
            raise Blocked("precondition_failed", "it has changed; read it again", etag=present)
        return operation.handler(call)


def _once(call: Call, operation: Operation) -> HttpResponse:
    key = call.request.headers.get("Idempotency-Key", "")
    if len(key) not in _KEY_LENGTH or not key.isprintable():
        raise Blocked("idempotency_key_missing", "send an Idempotency-Key of 8 to 80 characters")

    def act() -> answers.Answer:
        reply = _act(call, operation)
        headers = {"Content-Type": reply.media_type, **reply.headers}
        return answers.Answer(status=reply.status, body=_bytes(reply.content), headers=headers)

    method, path = call.request.method or "", call.request.path
    answer, is_replayed = answers.answer_once(
        party=call.party,
        key=key,
        request=f"{method} {path}\n".encode() + call.request.body,
        act=act,
        now=call.now,
    )
    response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    if is_replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _respond(request: HttpRequest, reply: Reply) -> HttpResponse:
    body = _bytes(reply.content)
    headers = {"Cache-Control": "no-store, private", **reply.headers}
    if request.method == "GET":
        headers["ETag"] = etag(body)
        headers["Cache-Control"] = "no-cache, private"
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return HttpResponse(status=304, headers=headers)
    if reply.content is None:
        response = HttpResponse(status=reply.status, headers=headers)
        del response.headers["Content-Type"]
        return response
    return HttpResponse(body, status=reply.status, content_type=reply.media_type, headers=headers)


def instant(at: datetime) -> str:
    """Write an instant, always in UTC."""
    return at.astimezone(UTC).isoformat()


def etag(body: bytes) -> str:
    """Return the tag of what was shown; it changes when that does."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def _bytes(content: msgspec.Struct | bytes | None) -> bytes:
    if content is None:
        return b""
    if isinstance(content, bytes):
        return content
    if mark := simulated():  # every document of a demo says so
        return msgspec.json.encode({**msgspec.to_builtins(content), **mark})
    return msgspec.json.encode(content)


def refused(request: HttpRequest, refusal: Refused | RequestDataTooBig) -> HttpResponse:
    """Turn a refusal into a problem document in the reader's language."""
    if isinstance(refusal, RequestDataTooBig):
        refusal = Blocked("too_large", "the body is too large")
    facts = dict(refusal.facts)
    detail = str(refusal)
    if isinstance(refusal, InvalidInput):
        facts["field"], detail = refusal.field, refusal.detail
    headers = {"Retry-After": "60"} if refusal.code == "too_many_requests" else {}
    if refusal.code == "unauthorised":
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if "allow" in facts:
        headers["Allow"] = str(facts.pop("allow"))
    response = problem(request, Problem(code=refusal.code, detail=detail, facts=facts))
    for name, value in headers.items():
        response.headers[name] = value
    return response


def refusal_of(what: Problem) -> Refused:
    """Turn the answer of what the front shares with us into a refusal."""
    return Blocked(what.code, what.detail, **what.facts)


def problem(request: HttpRequest, what: Problem) -> HttpResponse:
    """Answer with a problem document in the reader's language."""
    chinese = wants_chinese(request.headers.get("Accept-Language", ""))
    body = msgspec.json.encode(what.document(chinese=chinese), enc_hook=str)
    return HttpResponse(body, status=what.status, content_type=TYPE)
