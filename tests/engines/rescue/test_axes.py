"""A problem's arrays agree on their axes and can't be changed afterwards."""

from dataclasses import dataclass

import numpy as np
import pytest

from postharvest.engines.rescue.axes import hold_to

SHAPES = {"a": "LT", "b": "T"}


@dataclass(frozen=True)
class Small:
    a: np.ndarray
    b: np.ndarray

    def __post_init__(self):
        hold_to(self, SHAPES)


def test_what_agrees_is_taken_and_frozen():
    small = Small(np.zeros((2, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        small.b[0] = 1


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [((2, 3), (4,), "b: 4 along T, elsewhere 3"), ((2,), (3,), r"a: 2 axes \(LT\) expected")],
)
def test_what_disagrees_is_named(a, b, said):
    with pytest.raises(ValueError, match=said):
        Small(np.zeros(a), np.zeros(b))
