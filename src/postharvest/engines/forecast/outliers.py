"""Typing errors and freak days, damped so that one does not widen every band to come.

An innovation further out than `LIMIT` robust deviations (1.4826 × the median absolute one) is cut
back to the limit, and the model fitted again.  The last two values stand as they are: a jump that
has just happened may be the news.
"""

import numpy as np

from postharvest.engines.forecast.problem import Floats, Whole

LIMIT = 5.0
KEPT_LAST = 2
_TO_DEVIATION = 1.4826


def damped(y: Floats, residual: Floats, length: Whole) -> tuple[Floats, Whole]:
    """Return the damped series (C, T), and how many values of each were touched (C,).

    Parameters
    ----------
    y, residual : (C, T)
        Right-aligned values and their innovations, zero before the start.
    """
    steps = y.shape[1]
    usual = np.array(
        [
            np.median(np.abs(row[steps - n :]))
            for row, n in zip(residual, length.tolist(), strict=True)
        ]
    )
    limit = (LIMIT * _TO_DEVIATION * np.maximum(usual, 1e-9))[:, None]
    beyond = residual - np.clip(residual, -limit, limit)
    beyond[:, steps - KEPT_LAST :] = 0.0
    return y - beyond, (beyond != 0).sum(axis=1)
