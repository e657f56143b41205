"""What is asked of a forecast and what comes back, as plain arrays."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEVELS: tuple[float, ...] = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175),
    *(round(0.2 + 0.025 * k, 3) for k in range(25)),
    *(0.825, 0.85, 0.875, 0.9, 0.925, 0.95, 0.975, 0.99, 0.995),
)
"""Probabilities at which every predictive distribution is stored; symmetric about 0.5."""

REPORTED: tuple[float, ...] = (
    0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975,
)  # fmt: skip
"""The quantiles that are printed, a subset of `LEVELS`."""

REPORTED_COLUMNS: tuple[str, ...] = (
    "q025", "q05", "q10", "q20", "q30", "q40", "q50", "q60", "q70", "q80", "q90", "q95", "q975",
)  # fmt: skip


class Tier(StrEnum):
    """How much arithmetic to spend on each series."""

    FAST = "fast"
    STANDARD = "standard"
    BEST = "best"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One series on a regular time axis.

    Attributes
    ----------
    key, group : str
        Its name, and the produce it belongs to: seasonal profiles are pooled within a group.
    value : (n,)
        Observed values, ≥ 0; NaN where a regular date has no observation.
    phase : (n + horizon,)
        Position in the season, 0 … 1, of the observed and the coming dates.
    cycle : (n,)
        The season (the year, say) that each observation belongs to.
    """

    key: str
    group: str
    value: Floats
    phase: Floats
    cycle: Whole

    def __post_init__(self) -> None:
        n = len(self.value)
        if len(self.cycle) != n or len(self.phase) <= n:
            raise ValueError(f"{self.key}: phase and cycle do not fit {n} values and a horizon")
        if n == 0 or not np.isfinite(self.value[[0, -1]]).all():
            raise ValueError(f"{self.key}: starts or ends with a missing value, or is empty")
        if (self.value[np.isfinite(self.value)] < 0).any():
            raise ValueError(f"{self.key}: negative values")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastProblem:
    """Series to forecast together.

    Attributes
    ----------
    histories : the series; they share one step (a week, say) but may differ in length.
    horizon : int
        How many steps ahead, ≥ 1.
    season : int
        Steps in a season; 1 where there is none.
    """

    histories: tuple[History, ...]
    horizon: int
    season: int

    def __post_init__(self) -> None:
        if self.horizon < 1 or self.season < 1:
            raise ValueError("horizon and season are at least 1")
        if not self.histories:
            raise ValueError("nothing to forecast")
        for history in self.histories:
            if len(history.phase) != len(history.value) + self.horizon:
                raise ValueError(f"{history.key}: phase does not reach the horizon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasts:
    """The predictive distributions.

    Attributes
    ----------
    keys : (N,) names, as asked.
    quantile : (N, H, len(LEVELS))
        Non-decreasing along the last axis, in the unit of the series, ≥ 0.
    mean : (N, H)
        Mean of that distribution (its tails beyond 0.5 % cut).
    correlation : (N, H, H)
        Of the errors at different steps, for joint paths.
    method, note : (N,)
        What was done, and what the reader must know (empty when nothing).
    """

    keys: tuple[str, ...]
    quantile: Floats
    mean: Floats
    correlation: Floats
    method: tuple[str, ...]
    note: tuple[str, ...]

    def reported(self) -> Floats:
        """Return the quantiles of `REPORTED`, shape (N, H, 13)."""
        at = [LEVELS.index(level) for level in REPORTED]
        return self.quantile[:, :, at]
