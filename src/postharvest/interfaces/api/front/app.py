"""The ASGI front: takes orders and live streams itself and hands everything else to Django."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from postharvest.core.clock.time import now
from postharvest.core.vault.seal import phone_index
from postharvest.interfaces.api import orders
from postharvest.interfaces.api.front.batcher import Batcher, Full
from postharvest.interfaces.api.front.streams import Streams
from postharvest.interfaces.api.front.throttle import Throttle
from postharvest.interfaces.api.problems import TYPE, Problem, wants_chinese
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.requests import Answer, OrderRequest

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
PATH = "/api/v1/orders"
EVENTS = re.compile(r"/api/v1/sales/([0-9]{1,12})/events")
_JSON = "application/json"


def place_batch(requests: Sequence[OrderRequest]) -> list[Answer]:
    """Decide on a batch now."""
    return place_orders(requests=requests, actor=orders.BUYERS, now=now())


class Front:
    """In front of Django, in the same process."""

    def __init__(self, django: Any) -> None:  # noqa: ANN401  (Django's handler types its own way)
        self._django: App = django
        self._batcher: Batcher | None = None
        self._throttle = Throttle()
        self._streams: Streams | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            await self._order(scope, receive, send)
        elif (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and (asked := EVENTS.fullmatch(scope["path"]))
        ):
            await self._stream(int(asked[1]), scope, receive, send)
        else:
            await self._django(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._batcher is not None:
                    await asyncio.to_thread(self._batcher.close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _stream(self, sale_id: int, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {k.lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if self._streams is None:  # made here: it belongs to the running loop
            self._streams = Streams()
        base_id = await self._streams.sale_base(sale_id)
        if base_id is None:
            problem = Problem(code="not_found", detail="there is no such sale")
            await _refuse(send, problem, wants_chinese(headers.get(b"accept-language", "")))
            return
        await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
        gone = asyncio.Event()
        watch = asyncio.create_task(_watch(receive, gone))
        last = headers.get(b"last-event-id", "")

        async def part(text: bytes) -> None:
            await send({"type": "http.response.body", "body": text, "more_body": True})

        try:
            await self._streams.follow(
                sale_id=sale_id,
                base_id=base_id,
                last_id=int(last) if last.isascii() and last.isdecimal() else None,
                send=part,
                gone=gone,
            )
            await send({"type": "http.response.body", "body": b""})
        finally:
            watch.cancel()

    async def _order(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {k.lower(): v.decode("latin-1") for k, v in scope["headers"]}
        chinese = wants_chinese(headers.get(b"accept-language", ""))
        body = await _read(receive)
        if body is None:
            await _refuse(send, Problem(code="malformed", detail="the body is too long"), chinese)
            return
        request = orders.read_order(body, headers.get(b"idempotency-key", ""))
        if isinstance(request, Problem):
            await _refuse(send, request, chinese)
            return
        if not self._throttle.admits(phone_index(request.phone), at_s=time.monotonic()):
            problem = Problem(code="too_many_requests", detail="wait a minute, then go on")
            await _refuse(send, problem, chinese, retry_after_s=60)
            return
        await self._answer(send, request, chinese)

    async def _answer(self, send: Send, request: OrderRequest, chinese: bool) -> None:
        if self._batcher is None:
            self._batcher = Batcher(place_batch)
        try:
            future = self._batcher.submit(request)
            answer = await asyncio.shield(asyncio.wrap_future(future))
        except Full:
            problem = Problem(code="busy", detail="too many orders at once; same key, soon")
            await _refuse(send, problem, chinese, retry_after_s=2)
            return
        except Exception:  # noqa: BLE001  (logged by the batcher; the buyer must ask again)
            problem = Problem(code="unknown_outcome", detail="ask again with the same key")
            await _refuse(send, problem, chinese, retry_after_s=1)
            return
        told = orders.told(answer)
        if isinstance(told, Problem):
            await _refuse(send, told, chinese)
            return
        status, document, replayed = told
        extra = [(b"idempotent-replayed", b"true")] if replayed else []
        await _respond(send, status, msgspec.json.encode(document), _JSON, extra)


_STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def _watch(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _read(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > orders.LARGEST_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return body


async def _refuse(
    send: Send,
    problem: Problem,
    chinese: bool,
    *,
    retry_after_s: int = 0,
) -> None:
    extra = [(b"retry-after", str(retry_after_s).encode())] if retry_after_s else []
    body = msgspec.json.encode(problem.document(chinese=chinese))
    await _respond(send, problem.status, body, TYPE, extra)


async def _respond(
    send: Send, status: int, body: bytes, kind: str, extra: list[tuple[bytes, bytes]]
) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
