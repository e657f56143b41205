"""The little of HTTP that the front needs: read a body, answer with JSON or a problem."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from postharvest.interfaces.api.problems import TYPE, Problem, wants_chinese

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Ready = tuple[dict[str, Any], dict[str, Any]]
"""The two messages of an answer."""
_JSON = b"application/json"
_PROBLEM = TYPE.encode()
_encode = msgspec.json.Encoder().encode


def headers_of(scope: Scope) -> dict[bytes, str]:
    """Return the headers by name, in small letters."""
    return {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}


def bearer_in(headers: Mapping[bytes, str]) -> str:
    """Return the token of ``Authorization: Bearer …``, or nothing."""
    kind, _, token = headers.get(b"authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


async def read_body(receive: Receive, *, longest: int) -> bytes | None:
    """Return the body, or none if it is longer than that or its sender is gone."""
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = bytes(message.get("body", b""))
        length += len(part)
        if length > longest:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def refuse(
    send: Send, problem: Problem, headers: Mapping[bytes, str], *, retry_after_s: int = 0
) -> None:
    """Answer with a problem document in the reader's language."""
    extra = ((b"retry-after", b"%d" % retry_after_s),) if retry_after_s else ()
    chinese = wants_chinese(headers.get(b"accept-language", ""))
    await _respond(send, problem.status, problem.document(chinese=chinese), _PROBLEM, extra)


def ready_refusal(problem: Problem, *, retry_after_s: int, chinese: bool) -> Ready:
    """Return a refusal worked out beforehand: under overload its cost is what buyers pay."""
    document = problem.document(chinese=chinese)
    again = ((b"retry-after", b"%d" % retry_after_s),)
    return _messages(problem.status, _encode(document), _PROBLEM, again)


async def give(send: Send, ready: Ready) -> None:
    """Send an answer worked out beforehand."""
    for message in ready:
        await send(message)


async def answer(send: Send, status: int, document: object, *extra: tuple[bytes, bytes]) -> None:
    """Answer with a JSON document."""
    await _respond(send, status, document, _JSON, extra)


async def _respond(
    send: Send,
    status: int,
    document: object,
    kind: bytes,
    extra: tuple[tuple[bytes, bytes], ...],
) -> None:
    await give(send, _messages(status, _encode(document), kind, extra))


def _messages(
    status: int, body: bytes, kind: bytes, extra: tuple[tuple[bytes, bytes], ...]
) -> Ready:
    headers = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *extra,
    ]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}
