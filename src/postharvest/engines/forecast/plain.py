"""What to say of series that no model can learn from: few, rare, equal or mostly missing values."""

import numpy as np

from postharvest.engines.forecast.problem import LEVELS, Floats
from postharvest.engines.forecast.spread import TAIL

ENOUGH_FOR_A_MODEL = 10
RARE_SHARE = 0.25
GAPPY_SHARE = 0.4
DEFAULT_STEP_SPREAD = 0.25
"""Log standard deviation of one step where nothing in the file tells it (weekly farm prices)."""

_MEMORY = 0.96


def step_spread(value: Floats) -> float:
    """Return the log standard deviation of one step, NaN where it can't be told."""
    seen = value[np.isfinite(value) & (value > 0)]
    if len(seen) < ENOUGH_FOR_A_MODEL:
        return float("nan")
    return float(np.std(np.diff(np.log(seen))))


def last_value(value: Floats, *, horizon: int, spread: float) -> Floats:
    """Quantiles (H, len(LEVELS)) of a random walk in logs from the last value.

    `spread` is that of other series of the file; the few steps of this one are mixed in as if
    the others counted for five.
    """
    seen = value[np.isfinite(value)]
    if seen[-1] <= 0:
        return weighted_past(value, horizon=horizon)
    steps = np.diff(np.log(seen[seen > 0]))
    own = float((steps**2).sum())
    variance = (own + 5 * spread**2) / (len(steps) + 5)
    deviation = np.sqrt(variance * np.arange(1, horizon + 1))
    return np.asarray(seen[-1] * np.exp(deviation[:, None] * TAIL))


def weighted_past(value: Floats, *, horizon: int) -> Floats:
    """Quantiles of the values seen, the recent ones counting more, the same at every step."""
    seen = value[np.isfinite(value)]
    weight = _MEMORY ** np.arange(len(seen))[::-1]
    order = np.argsort(seen, kind="stable")
    mass = np.cumsum(weight[order])
    middle = (mass - 0.5 * weight[order]) / mass[-1]
    quantile = np.interp(np.array(LEVELS), middle, seen[order])
    return np.tile(quantile, (horizon, 1))


def constant(value: Floats, *, horizon: int) -> Floats:
    """Quantiles of a series whose values are all equal."""
    return np.full((horizon, len(LEVELS)), value[0])
