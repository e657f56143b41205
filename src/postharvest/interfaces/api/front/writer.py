"""One writer for many requests: while one batch commits, the next one gathers.

No timer: the next batch is whatever has queued meanwhile.  Each request gets its own answer, after
the commit is durable, even if nobody waits for it any more.  A batch that fails is tried again one
by one, so that a poison request fails alone.
"""

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections

Asked = TypeVar("Asked")
Told = TypeVar("Told")
_logger = logging.getLogger("postharvest.front")

SMALLEST_BATCH, LARGEST_BATCH = 16, 256
SLOW_S = 0.1
"""A batch that takes longer makes the next ones smaller, so that nobody waits behind a giant."""
LONGEST_WAIT_S = 2.0
SHORTEST_QUEUE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Work(Generic[Asked, Told]):
    """What is done with a batch of one kind of request: as many answers, in the same order."""

    run: Callable[[Sequence[Asked]], Sequence[Told]]


class Full(Exception):
    """More is waiting than can be written in about two seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"ask again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Writer:
    """A thread with the writing connection, and a queue in front of it for each kind of work.

    It belongs to the event loop in which it is made.
    """

    def __init__(self, *, shortest_queue: int = SHORTEST_QUEUE) -> None:
        self._loop = asyncio.get_running_loop()
        self._shortest_queue = shortest_queue
        self._waiting: dict[Work[Any, Any], deque[tuple[Any, asyncio.Future[Any]]]] = {}
        self._wake = threading.Event()
        self._closing = False
        self._batch = LARGEST_BATCH
        self._per_second = 0.0
        self._thread = threading.Thread(target=self._write_all, name="writer", daemon=True)
        self._thread.start()

    def check_room(self) -> None:
        """Refuse at once, before a request is even read, if it would wait too long.

        Raises
        ------
        Full
            The queue holds more than two seconds' work at the speed of the last commits.
        """
        waiting = sum(map(len, self._waiting.values()))
        if waiting >= max(self._shortest_queue, LONGEST_WAIT_S * self._per_second):
            speed = max(1.0, self._per_second)
            raise Full(min(30, max(1, math.ceil(waiting / speed))))

    def submit(self, work: Work[Asked, Told], asked: Asked) -> asyncio.Future[Told]:
        """Queue a request; its answer comes after the commit.

        Raises
        ------
        Full
            Ask again in a moment with the same key.
        """
        self.check_room()
        future: asyncio.Future[Told] = self._loop.create_future()
        self._waiting.setdefault(work, deque()).append((asked, future))
        if not self._wake.is_set():
            self._wake.set()
        return future

    def close(self) -> None:
        """Write what is queued, then stop."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _write_all(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            while any(self._waiting.values()):
                for work, waiting in list(self._waiting.items()):
                    if waiting:
                        self._write_next(work, waiting)
        connections.close_all()

    def _write_next(
        self, work: Work[Any, Any], waiting: deque[tuple[Any, asyncio.Future[Any]]]
    ) -> None:
        batch = [waiting.popleft() for _ in range(min(len(waiting), self._batch))]
        started = time.monotonic()
        answers = _answers(work, [asked for asked, _ in batch])
        took = max(1e-6, time.monotonic() - started)
        self._learn(len(batch), took)
        futures = [future for _, future in batch]
        try:
            self._loop.call_soon_threadsafe(_tell, futures, answers)
        except RuntimeError:  # the loop is closed: nobody waits any more, and all is written
            _logger.info("%d answers had nobody to hear them", len(futures))

    def _learn(self, many: int, took_s: float) -> None:
        """Follow the speed of the last commits; shrink batches that are slow, let others grow."""
        self._per_second += 0.2 * (many / took_s - self._per_second)
        if took_s > SLOW_S:
            self._batch = max(SMALLEST_BATCH, min(self._batch, many) // 2)
        elif many >= self._batch:
            self._batch = min(LARGEST_BATCH, self._batch * 2)


def _answers(work: Work[Any, Any], asked: Sequence[Any]) -> Sequence[Any]:
    """Return an answer to each, or the exception that kept it from being written."""
    try:
        return work.run(asked)
    except Exception as error:
        _logger.exception("a batch of %d failed", len(asked))
        connections.close_all()
        if len(asked) == 1:
            return [error]
        return [answer for one in asked for answer in _answers(work, [one])]


def _tell(futures: Sequence[asyncio.Future[Any]], answers: Sequence[Any]) -> None:
    for future, answer in zip(futures, answers, strict=True):
        if future.done():  # whoever asked was cancelled; what he asked for stands
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
