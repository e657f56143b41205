"""From centre and spread on the log scale to quantiles: tails, and how nervous the series is now.

Innovations of prices and sales have heavier tails than the normal's, and calm and nervous spells.
Quantiles are therefore Student's t with 5 degrees of freedom, widened by an eighth (with it pooled
back-tests of weekly produce series cover 80 % and 95 %), and the variance leans on recent
innovations by an exponential window (RiskMetrics 1996), each clipped at four standard deviations.
"""

import numpy as np
from scipy.special import stdtrit

from postharvest.engines.forecast.problem import LEVELS, Floats, Whole

_FREEDOM = 5.0
_WIDENING = 1.13
_MEMORY = 0.97
_RECENT_SHARE = 0.6
_CLIP = 4.0

TAIL: Floats = _WIDENING * np.sqrt((_FREEDOM - 2) / _FREEDOM) * stdtrit(_FREEDOM, np.array(LEVELS))
"""Quantiles of `LEVELS` for a predictive standard deviation of one."""


def recent_nervousness(residual: Floats, length: Whole) -> Floats:
    """Return the factor (C,) on the standard deviation; 1 for a series as calm as ever.

    Parameters
    ----------
    residual : (C, T)
        Innovations, right-aligned, zero before the start.
    """
    steps = residual.shape[1]
    usual = (residual**2).sum(axis=1) / length
    clipped = np.minimum(residual**2, (_CLIP**2 * usual)[:, None])
    age = np.arange(steps)[::-1]
    window = _MEMORY**age
    mass = np.cumsum(window[::-1])[length - 1]
    recent = (clipped * window).sum(axis=1) / mass
    even = np.maximum(clipped.sum(axis=1) / length, 1e-300)
    return np.asarray(np.sqrt(1 - _RECENT_SHARE + _RECENT_SHARE * recent / even))


def log_quantiles(centre: Floats, deviation: Floats, shift: Floats) -> Floats:
    """Return quantiles (C, H, len(LEVELS)) of exp(centre + deviation·t) - shift, never below 0."""
    at = centre[..., None] + deviation[..., None] * TAIL
    return np.maximum(np.exp(np.minimum(at, 700.0)) - shift[:, None, None], 0.0)


def mean_of(quantile: Floats) -> Floats:
    """Return the mean of distributions given by their quantiles, by the trapezoid rule."""
    level = np.array((0.0, *LEVELS, 1.0))
    padded = np.concatenate([quantile[..., :1], quantile, quantile[..., -1:]], axis=-1)
    return np.asarray(np.trapezoid(padded, level, axis=-1))


def path_correlation(response: Floats) -> Floats:
    """Return the correlation (C, H, H) of errors that an innovation moves by `response` (C, H)."""
    count, horizon = response.shape
    lag = np.arange(horizon)[:, None] - np.arange(horizon)[None, :]
    spread = np.where(lag >= 0, response[:, np.maximum(lag, 0)], 0.0)
    covariance = spread @ spread.transpose(0, 2, 1)
    deviation = np.sqrt(np.einsum("chh->ch", covariance))
    out = covariance / (deviation[:, :, None] * deviation[:, None, :])
    out[:, np.arange(horizon), np.arange(horizon)] = 1.0
    return np.asarray(out.reshape(count, horizon, horizon))
