"""Columns of a reference table as arrays."""

from collections.abc import Sequence

import numpy as np

from postharvest.core.tables.catalogue import Row
from postharvest.engines.nation.problem import Floats


def numbers(rows: Sequence[Row], name: str) -> Floats:
    """Return a column; what is empty counts as zero."""
    return np.array([float(row[name] or 0) for row in rows])
