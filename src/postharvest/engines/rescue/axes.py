"""What problems of arrays have in common: axes that agree, and arrays that nobody changes."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np


def hold_to(problem: Any, shapes: Mapping[str, str]) -> None:  # noqa: ANN401  (any such dataclass)
    """Check that arrays have the axes they are written with, then make every array read-only.

    ``shapes`` gives each field's axes, a letter each; one letter is one size everywhere.

    Raises
    ------
    ValueError
        An array has another number of axes, or a size that disagrees with another array's.
    """
    sizes: dict[str, int] = {}
    for name, letters in shapes.items():
        shape = getattr(problem, name).shape
        if len(shape) != len(letters):
            raise ValueError(f"{name}: {len(letters)} axes ({letters}) expected, got {shape}")
        for letter, size in zip(letters, shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(f"{name}: {size} along {letter}, elsewhere {sizes[letter]}")
    for field in fields(problem):
        value = getattr(problem, field.name)
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
