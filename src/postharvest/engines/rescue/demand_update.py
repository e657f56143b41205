"""What the first days' orders say about the level of demand.

Prior: the campaign's factor is lognormal with mean 1.  Each day's orders are expected orders times
factor times a lognormal day's luck.  A day that sold out says only "at least so much".  With two
or three days the posterior on a grid of factors is exact enough and needs no sampling.
"""

import math
from dataclasses import dataclass

import numpy as np

from postharvest.engines.rescue.problem import Bools, Floats

_GRID = np.exp(np.linspace(math.log(0.1), math.log(10.0), 801))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandLevel:
    """Posterior of the campaign's factor on assumed demand."""

    mean: float
    low: float
    high: float
    days_seen: int


def updated_demand(
    *,
    ordered_kg: Floats,
    expected_kg: Floats,
    sold_out: Bools,
    campaign_cv: float = 0.25,
    day_cv: float = 0.2,
) -> DemandLevel:
    """Update the level from (days,) orders, expectations and whether listings were sold out.

    Returns the posterior mean and its 5 % and 95 % quantiles.
    """
    if not ordered_kg.shape == expected_kg.shape == sold_out.shape:
        raise ValueError("orders, expectations and sold-out days must be as many")
    prior_sd, day_sd = _log_sd(campaign_cv), _log_sd(day_cv)
    log_factor = np.log(_GRID)
    weight = -0.5 * ((log_factor + prior_sd**2 / 2) / prior_sd) ** 2
    seen = expected_kg > 0
    for ordered, expected, full in zip(
        ordered_kg[seen], expected_kg[seen], sold_out[seen], strict=True
    ):
        ratio = math.log(max(ordered, 1e-3 * expected) / expected)
        score = (ratio - log_factor + day_sd**2 / 2) / day_sd
        weight = weight + (_log_upper_tail(score) if full else -0.5 * score**2)
    chance = np.exp(weight - weight.max())
    chance /= chance.sum()
    low, high = np.interp([0.05, 0.95], np.cumsum(chance), _GRID)
    return DemandLevel(
        mean=float(chance @ _GRID), low=float(low), high=float(high), days_seen=int(seen.sum())
    )


def _log_sd(cv: float) -> float:
    return math.sqrt(math.log(1 + cv * cv))


def _log_upper_tail(score: Floats) -> Floats:
    """Return log P(Z >= score), kept finite far out."""
    tail = np.array([0.5 * math.erfc(float(s) / math.sqrt(2)) for s in score])
    return np.asarray(np.log(np.maximum(tail, 1e-300)))
