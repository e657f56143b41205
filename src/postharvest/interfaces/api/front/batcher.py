"""One writer for many requests: while one batch commits, the next one gathers.

No timer: the next batch is whatever has queued meanwhile.  Each request gets its own answer, after
the commit is durable.  A batch that fails is tried again one by one, so that a poison request
fails alone.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from django.db import connections

from postharvest.operations.orders.requests import Answer, OrderRequest

LARGEST_BATCH = 128
LONGEST_QUEUE = 2048
Place = Callable[[Sequence[OrderRequest]], list[Answer]]
_logger = logging.getLogger("postharvest.front")


class Full(Exception):
    """More is waiting than can be written in about two seconds."""


class Batcher:
    """A thread with the writing connection, and the queue in front of it."""

    def __init__(self, place: Place, *, longest_queue: int = LONGEST_QUEUE) -> None:
        self._place = place
        self._waiting: queue.Queue[tuple[OrderRequest, Future[Answer]] | None] = queue.Queue(
            longest_queue
        )
        self._thread = threading.Thread(target=self._work, name="order-writer", daemon=True)
        self._thread.start()

    def submit(self, request: OrderRequest) -> Future[Answer]:
        """Queue a request; its answer comes after the commit, even if nobody waits for it.

        Raises
        ------
        Full
            The queue is full: ask again in a moment with the same key.
        """
        future: Future[Answer] = Future()
        try:
            self._waiting.put_nowait((request, future))
        except queue.Full:
            raise Full from None
        return future

    def close(self) -> None:
        """Write what is queued, then stop."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < LARGEST_BATCH and not self._waiting.empty():
                more = self._waiting.get()
                if more is None:
                    stop = True
                    break
                batch.append(more)
            self._write(batch)
            if stop:
                break
        connections.close_all()

    def _write(self, batch: list[tuple[OrderRequest, Future[Answer]]]) -> None:
        try:
            answers = self._place([request for request, _ in batch])
        except Exception as error:
            _logger.exception("a batch of %d orders failed", len(batch))
            connections.close_all()
            if len(batch) == 1:
                batch[0][1].set_exception(error)
                return
            for one in batch:
                self._write([one])
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)
