"""Scratch arrays that the interchange kernels share, so that a trial allocates nothing."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.siting.problem import Floats, Ints
from postharvest.engines.siting.state import Lists

UNDO = 400  # exchanges remembered for undoing one perturbation
ENOUGH = 100_000  # exchanges of one descent from a start


class Room(NamedTuple):
    """``cheapest`` base, loss (T+1, T+1); ``extra`` (T+1, m); ``touched`` (m,); ``gain`` (T,)."""

    cheapest: Ints
    cheapest_loss: Floats
    extra: Floats
    touched: Ints
    gain: Floats


class Trail(NamedTuple):
    """Exchanges done, so that they can be undone; ``least`` is the smallest gain that counts."""

    steps: Ints
    done: Ints
    start: Ints
    least: float


class Tour(NamedTuple):
    """A series of perturbations: how many, how far around a centre (candidates), and the dice."""

    rounds: int
    reach: int
    dice: NDArray[np.uint64]
    centres: Ints


def new_room(lists: Lists) -> Room:
    """Scratch for m candidates and T phases."""
    phases, m = len(lists.years), len(lists.low)
    return Room(
        cheapest=np.full((phases + 1, phases + 1), -1, np.int64),
        cheapest_loss=np.full((phases + 1, phases + 1), np.inf),
        extra=np.zeros((phases + 1, m)),
        touched=np.empty(m, np.int64),
        gain=np.zeros(phases),
    )


def new_trail(least: float, length: int = UNDO) -> Trail:
    """Start an empty trail."""
    return Trail(
        steps=np.empty((length, 2), np.int64),
        done=np.zeros(1, np.int64),
        start=np.zeros(1, np.int64),
        least=least,
    )
