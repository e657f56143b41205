"""Orders, cancellations and scans: read, queued for the one writer, answered after the commit."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import connections

from postharvest.core.clock.time import now
from postharvest.core.errors import Refused
from postharvest.core.vault.seal import phone_index
from postharvest.interfaces.api import orders, scans
from postharvest.interfaces.api.front.http import (
    Ready,
    Receive,
    Scope,
    Send,
    answer,
    bearer_in,
    give,
    headers_of,
    read_body,
    ready_refusal,
    refuse,
)
from postharvest.interfaces.api.front.throttle import Throttle
from postharvest.interfaces.api.front.writer import Asked, Full, Told, Work, Writer
from postharvest.interfaces.api.problems import Problem, wants_chinese
from postharvest.operations.orders.actions.ending import CancelAnswer, cancel_orders
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.requests import Answer, OrderRequest, Placed
from postharvest.operations.parcels.actions.scanning import ScanAnswer, ScanEntry, record_scans

Headers = dict[bytes, str]


def place_batch(requests: Sequence[OrderRequest]) -> list[Answer]:
    """Decide on a batch of orders now."""
    return place_orders(requests=requests, actor=orders.BUYERS, now=now())


def cancel_batch(order_ids: Sequence[int]) -> list[CancelAnswer | None]:
    """Cancel a batch of orders now; none stands for an order that does not exist."""
    ended = cancel_orders(order_ids=order_ids, actor=orders.BUYERS, now=now())
    return [ended.get(pk) for pk in order_ids]


def scan_batch(asked: Sequence[Sequence[ScanEntry]]) -> list[list[ScanAnswer]]:
    """Record the scans of several requests in one go now."""
    answers = iter(record_scans(scans=[one for scans in asked for one in scans], now=now()))
    return [[next(answers) for _ in scans] for scans in asked]


PLACE, CANCEL, SCAN = Work(place_batch), Work(cancel_batch), Work(scan_batch)
_TOO_LONG = Problem(code="too_long", detail="the body is too long; send it in parts")
_TOO_OFTEN = Problem(code="too_many_requests", detail="wait a minute, then go on")
_BUSY = Problem(code="busy", detail="too many requests at once; again soon, with the same key")
_UNKNOWN = Problem(code="unknown_outcome", detail="ask again with the same key")


@cache
def _busy(retry_after_s: int, chinese: bool) -> Ready:
    return ready_refusal(_BUSY, retry_after_s=retry_after_s, chinese=chinese)


_STRANGER = Problem(code="unauthorised", detail="send the order's own access token as Bearer")


class Intake:
    """What writes: one instance for each process, made where its loop runs."""

    def __init__(self, writer: Writer, throttle: Throttle) -> None:
        self._writer = writer
        self._throttle = throttle

    async def order(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one order; joining a team is an order that names the team."""
        if await self._is_full(scope, send):
            return
        headers = headers_of(scope)
        body = await read_body(receive, longest=orders.LARGEST_BODY_BYTES)
        if body is None:
            await refuse(send, _TOO_LONG, headers)
            return
        request = orders.read_order(body, headers.get(b"idempotency-key", ""))
        if isinstance(request, Problem):
            await refuse(send, request, headers)
        elif not self._throttle.admits(phone_index(request.phone), at_s=time.monotonic()):
            await refuse(send, _TOO_OFTEN, headers, retry_after_s=60)
        else:
            await self._written(send, headers, PLACE, request, _told_order)

    async def cancel(self, number: str, scope: Scope, send: Send) -> None:
        """Cancel one's own order before it is packed; again changes nothing."""
        headers = headers_of(scope)
        order_id = orders.own_order(number, bearer_in(headers))
        if order_id is None:
            await refuse(send, _STRANGER, headers)
        else:
            await self._written(send, headers, CANCEL, order_id, _told_cancelled)

    async def scans(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a carrier's events, one JSON object a line, and answer each line."""
        if await self._is_full(scope, send):
            return
        headers = headers_of(scope)
        allowed = await asyncio.to_thread(_may_scan, headers.get(b"authorization", ""))
        if not allowed:
            await refuse(send, scans.NO_TOKEN, headers)
            return
        body = await read_body(receive, longest=scans.LARGEST_BODY_BYTES)
        read = _TOO_LONG if body is None else await asyncio.to_thread(scans.read_lines, body)
        if isinstance(read, Problem):
            await refuse(send, read, headers)
            return
        good = [one for one in read if isinstance(one, ScanEntry)]
        await self._written(
            send, headers, SCAN, good, lambda told: (200, scans.lines_told(read, told), ())
        )

    async def _is_full(self, scope: Scope, send: Send) -> bool:
        """Say so at once, before anything is read: refusing must stay cheap."""
        try:
            self._writer.check_room()
        except Full as full:
            language = next((v for k, v in scope["headers"] if k == b"accept-language"), b"")
            await give(send, _busy(full.retry_after_s, wants_chinese(language.decode("latin-1"))))
            return True
        return False

    async def _written(
        self,
        send: Send,
        headers: Headers,
        work: Work[Asked, Told],
        asked: Asked,
        tell: Callable[[Told], "_Told | Problem"],
    ) -> None:
        try:
            told = tell(await self._writer.submit(work, asked))
        except Full as full:
            await refuse(send, _BUSY, headers, retry_after_s=full.retry_after_s)
        except Exception:  # noqa: BLE001  (logged by the writer; whoever asked must ask again)
            await refuse(send, _UNKNOWN, headers, retry_after_s=1)
        else:
            if isinstance(told, Problem):
                await refuse(send, told, headers)
            else:
                status, document, extra = told
                await answer(send, status, document, *extra)


_Told = tuple[int, dict[str, Any], tuple[tuple[bytes, bytes], ...]]
_REPLAYED = ((b"idempotent-replayed", b"true"),)


def _told_order(told: Answer) -> _Told | Problem:
    out = orders.told(told)
    if isinstance(out, Problem):
        return out
    status, document, replayed = out
    return status, document, _REPLAYED if replayed else ()


def _told_cancelled(told: CancelAnswer | None) -> _Told | Problem:
    if told is None:
        return _STRANGER
    if isinstance(told, Refused):
        return Problem(code=told.code, detail=str(told))
    return 200, orders.document(Placed(order=told)), ()


def _may_scan(authorization: str) -> bool:
    try:
        return scans.may_scan(authorization, now=now())
    finally:
        if not connections["default"].in_atomic_block:
            connections.close_all()
