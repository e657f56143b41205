"""Where blocks of series are computed: this machine's processes, or a Ray cluster."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from postharvest.core.errors import InvalidInput

_Result = TypeVar("_Result")

WORTH_A_POOL = 2000
"""Below so many series starting processes costs more than it saves."""


class Pool(Protocol):
    """What maps a function over blocks and keeps their order, as `concurrent.futures` does."""

    def map(
        self, function: Callable[..., _Result], /, *columns: Iterable[Any]
    ) -> Iterator[_Result]:
        """Yield the function's results over the columns' rows."""
        ...


@contextmanager
def processes(jobs: int) -> Iterator[Pool]:
    """Give a pool of processes; they start afresh, so nothing of the caller leaks in."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def ray_cluster(address: str | None) -> Iterator[Pool]:
    """Give a Ray cluster: the one at `address`, or one started here and stopped at the end.

    Raises
    ------
    InvalidInput
        Ray is not installed.
    """
    try:
        ray = import_module("ray")
    except ImportError:
        raise InvalidInput("pool", "Ray is not installed: pip install 'postharvest[ray]'") from None
    ray.init(address=address, include_dashboard=False, log_to_driver=False)
    try:
        yield _RayPool(ray)
    finally:
        ray.shutdown()


class _RayPool:
    def __init__(self, ray: Any) -> None:  # noqa: ANN401  (an optional module)
        self._ray = ray

    def map(
        self, function: Callable[..., _Result], /, *columns: Iterable[Any]
    ) -> Iterator[_Result]:
        remote = self._ray.remote(function)
        waiting = [remote.remote(*row) for row in zip(*columns, strict=False)]
        return iter(self._ray.get(waiting))


def usual_jobs(series: int) -> int:
    """Return how many processes a file of so many series is worth."""
    return 1 if series < WORTH_A_POOL else max(1, os.cpu_count() or 1)
