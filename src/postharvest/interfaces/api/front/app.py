"""The ASGI front: takes orders, scans and live streams itself; everything else is Django's."""

import asyncio
import gc
import re
import sys
from typing import Any

from postharvest.interfaces.api.front.http import App, Receive, Scope, Send, headers_of, refuse
from postharvest.interfaces.api.front.intake import Intake
from postharvest.interfaces.api.front.streams import Streams
from postharvest.interfaces.api.front.throttle import Throttle
from postharvest.interfaces.api.front.writer import Writer
from postharvest.interfaces.api.problems import Problem

ORDERS, SCANS = "/api/v1/orders", "/api/v1/scans"
CANCEL = re.compile(r"/api/v1/orders/([^/]{1,40})/cancel")
EVENTS = re.compile(r"/api/v1/sales/([0-9]{1,12})/events")
SWITCH_S = 0.001


class Front:
    """In front of Django, in the same process."""

    def __init__(self, django: Any) -> None:  # noqa: ANN401  (Django's handler types its own way)
        self._django: App = django
        self._writer: Writer | None = None
        self._intake: Intake | None = None
        self._streams: Streams | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] != "http" or not await self._ours(scope, receive, send):
            await self._django(scope, receive, send)

    async def _ours(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer what the front answers itself; say whether it was that."""
        path: str = scope["path"]
        if scope["method"] == "POST":
            if path == ORDERS:
                await self._taking().order(scope, receive, send)
            elif path == SCANS:
                await self._taking().scans(scope, receive, send)
            elif asked := CANCEL.fullmatch(path):
                await self._taking().cancel(asked[1], scope, send)
            else:
                return False
            return True
        if scope["method"] == "GET" and (asked := EVENTS.fullmatch(path)):
            await self._stream(int(asked[1]), scope, receive, send)
            return True
        return False

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                _settle_down()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._writer is not None:
                    await asyncio.to_thread(self._writer.close)
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _taking(self) -> Intake:
        if self._intake is None:  # made here: it belongs to the running loop
            self._writer = Writer()
            self._intake = Intake(self._writer, Throttle())
        return self._intake

    async def _stream(self, sale_id: int, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        if self._streams is None:  # made here: it belongs to the running loop
            self._streams = Streams()
        base_id = await self._streams.sale_base(sale_id)
        if base_id is None:
            problem = Problem(code="not_found", detail="there is no such sale")
            await refuse(send, problem, headers)
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


_STREAM = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def _watch(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


def _settle_down() -> None:
    """Leave what was imported out of every later collection, and let threads take turns sooner."""
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
