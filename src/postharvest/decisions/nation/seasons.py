"""A harvest's weeks from its months: most in the middle, some at the edges."""

import numpy as np

from postharvest.core.tables.catalogue import Row
from postharvest.engines.nation.problem import (
    MONTHS_PER_YEAR,
    WEEKS_PER_YEAR,
    Floats,
    month_of_week,
)

EDGE = 0.3
"""Weight of the first and the last week against the middle one."""


def week_shares(row: Row) -> Floats:
    """Return the share of the year's harvest in each of 52 weeks."""
    first, last = int(row["harvest_from_month"] or 1), int(row["harvest_to_month"] or 12)
    months = {(first - 1 + k) % MONTHS_PER_YEAR for k in range((last - first) % 12 + 1)}
    month = month_of_week(np.arange(WEEKS_PER_YEAR))
    inside = np.flatnonzero(np.isin(month, list(months)))
    start = int(np.flatnonzero(month == first - 1)[0])
    order = inside[np.argsort((inside - start) % WEEKS_PER_YEAR)]
    shares = np.zeros(WEEKS_PER_YEAR)
    if len(months) == MONTHS_PER_YEAR:
        shares[:] = 1.0
    else:
        at = (np.arange(order.size) + 0.5) / order.size
        shares[order] = EDGE + (1 - EDGE) * np.sin(np.pi * at)
    whole: Floats = shares / shares.sum()
    return whole
