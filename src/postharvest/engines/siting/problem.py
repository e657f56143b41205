r"""What siting is asked: demand, candidates, phases, wishes.

.. math::
    \min \sum_t \theta_t \Big[\sum_i w_i \min_{j \in S_t} c(t_{ij}) + \sum_{j \in S_t} f_j\Big],
    \quad S_1 \subset \dots \subset S_T, \; |S_t| = p_t,
    \quad c(t) = \alpha t + \mu\,[t > T_{cov}]

A candidate has a *level*: 0 opens in the first phase, …, T never opens.  Must-open and banned
candidates are bounds on that level, so one engine serves every wish.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from postharvest.core.errors import InvalidInput
from postharvest.engines.travel import TravelModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SitingProblem:
    """One siting question; n demand points, m candidates, T phases.

    Parameters
    ----------
    weight : (n,) people (or any unit) at each demand point, 0 allowed.
    hours : (n, m) given travel hours, ``inf`` where there is no way; else the four coordinates.
    demand_lat, demand_lon : (n,) degrees.
    candidate_lat, candidate_lon : (m,) degrees.
    phases : bases open at the end of each phase, rising.
    phase_weights : years (or any weight) each phase is in force.
    hours_weight, coverage_weight : alpha and mu above; mu is in hours per weight not covered.
    coverage_hours : (n,) or scalar limit T_cov; a demand class may have its own.
    earliest, latest : (m,) bounds of each candidate's level, 0 … T (T: never opens).
    site_cost : (m,) f_j in weighted hours for each phase a base is open.
    region : (m,) group of each candidate, -1 for none; ``region_min`` bases wanted of each group
        in the first phase.
    """

    weight: Floats
    phases: tuple[int, ...]
    candidates: int
    phase_weights: tuple[float, ...] = ()
    hours: Floats | None = None
    demand_lat: Floats = field(default_factory=lambda: np.empty(0))
    demand_lon: Floats = field(default_factory=lambda: np.empty(0))
    candidate_lat: Floats = field(default_factory=lambda: np.empty(0))
    candidate_lon: Floats = field(default_factory=lambda: np.empty(0))
    travel: TravelModel = field(default_factory=TravelModel)
    hours_weight: float = 1.0
    coverage_weight: float = 0.0
    coverage_hours: float | Floats = np.inf
    earliest: Ints | None = None
    latest: Ints | None = None
    site_cost: Floats | None = None
    region: Ints | None = None
    region_min: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_numbers(self)
        _check_phases(self)
        _check_levels(self)
        _check_regions(self)

    @property
    def demands(self) -> int:
        return len(self.weight)

    @property
    def years(self) -> Floats:
        """The phase weights theta as an array, ones unless given."""
        return np.asarray(self.phase_weights or (1.0,) * len(self.phases), dtype=np.float64)

    def level_bounds(self) -> tuple[Ints, Ints]:
        """Lowest and highest level of each candidate."""
        closed = len(self.phases)
        low = np.zeros(self.candidates, np.int64) if self.earliest is None else self.earliest
        high = np.full(self.candidates, closed) if self.latest is None else self.latest
        return low.astype(np.int64), high.astype(np.int64)

    def cost_of(self, hours: Floats, rows: Ints | slice = slice(None)) -> Floats:
        """Weighted cost of hours, shape (len(rows), …): never falls as hours grow."""
        limit = np.broadcast_to(self.coverage_hours, (self.demands,))[rows]
        weight = self.weight[rows]
        shape = (-1,) + (1,) * (hours.ndim - 1)
        cost = self.hours_weight * hours
        if self.coverage_weight:
            cost = cost + self.coverage_weight * (hours > limit.reshape(shape))
        with np.errstate(invalid="ignore"):
            weighted: Floats = np.where(
                weight.reshape(shape) > 0,
                cost * weight.reshape(shape),
                np.where(np.isinf(hours), np.inf, 0.0),
            )
        return weighted


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingParams:
    """How much work to spend, in iterations and never in seconds: the same plan under any load.

    ``list_share`` sets the length of each demand's candidate list, in mean catchments.
    """

    restarts: int = 4
    perturbations: int = 12_000
    bound_rounds: int = 3_000
    nodes: int = 0
    list_share: float = 10.0
    list_entries: int = 4_000_000
    target_gap: float = 0.0

    def __post_init__(self) -> None:
        if min(self.restarts, self.perturbations, self.bound_rounds) < 1 or self.nodes < 0:
            raise ValueError("restarts, perturbations and bound_rounds must be at least 1")


def _check_numbers(problem: SitingProblem) -> None:
    n, m = problem.demands, problem.candidates
    if n == 0:
        raise InvalidInput("demand", "has no rows; give at least one demand point")
    if m == 0:
        raise InvalidInput("candidates", "has no rows; give at least one candidate")
    if not np.all(np.isfinite(problem.weight)) or np.any(problem.weight < 0):
        row = int(np.argmax(~(np.isfinite(problem.weight) & (problem.weight >= 0))))
        raise InvalidInput("weight", f"of demand row {row + 1} is not a number of 0 or more")
    if not np.any(problem.weight > 0):
        raise InvalidInput("weight", "is 0 for every demand point; nothing to plan for")
    if problem.hours is not None:
        _check_matrix(problem.hours, n, m)
        return
    for name, values, size in (
        ("demand_lat", problem.demand_lat, n),
        ("demand_lon", problem.demand_lon, n),
        ("candidate_lat", problem.candidate_lat, m),
        ("candidate_lon", problem.candidate_lon, m),
    ):
        _check_degrees(name, values, size, 90.0 if name.endswith("lat") else 180.0)


def _check_matrix(hours: Floats, n: int, m: int) -> None:
    if hours.shape != (n, m):
        raise InvalidInput(
            "matrix",
            f"has {hours.shape[0]} rows and {hours.shape[-1]} columns; "
            f"{n} demand points and {m} candidates need {n} × {m}",
        )
    if np.any(np.isnan(hours)) or np.any(hours < 0):
        row, column = (int(k) + 1 for k in np.argwhere(~(hours >= 0))[0])
        raise InvalidInput("matrix", f"row {row}, column {column} is not hours of 0 or more")
    lonely = ~np.isfinite(hours).any(axis=1)
    if lonely.any():
        row = int(np.argmax(lonely)) + 1
        raise InvalidInput("matrix", f"row {row}: no candidate reaches this demand point")


def _check_degrees(name: str, values: Floats, size: int, limit: float) -> None:
    if values.shape != (size,):
        raise InvalidInput(name, f"has {values.size} values; {size} are needed")
    good = np.abs(values) <= limit  # False for NaN too
    if not good.all():
        row = int(np.argmin(good))
        raise InvalidInput(
            name, f"of row {row + 1} is {values[row]}; degrees within ±{limit:g} are needed"
        )


def _check_phases(problem: SitingProblem) -> None:
    phases = problem.phases
    if not phases or phases[0] < 1 or any(a >= b for a, b in pairwise(phases)):
        raise InvalidInput("phases", f"{list(phases)}: give rising numbers of bases of 1 or more")
    if phases[-1] > problem.candidates:
        raise InvalidInput(
            "phases", f"asks for {phases[-1]} bases among {problem.candidates} candidates"
        )
    if problem.phase_weights and len(problem.phase_weights) != len(phases):
        raise InvalidInput("phase_weights", f"must be {len(phases)} numbers, one per phase")
    if not np.all(np.isfinite(problem.years)) or np.any(problem.years <= 0):
        raise InvalidInput("phase_weights", "must be above 0")
    if problem.hours_weight < 0 or problem.coverage_weight < 0:
        raise InvalidInput("coverage_weight", "must be 0 or more")
    if problem.hours_weight == 0 and problem.coverage_weight == 0:
        raise InvalidInput("hours_weight", "and coverage_weight are both 0; nothing to minimise")


def _check_levels(problem: SitingProblem) -> None:
    low, high = problem.level_bounds()
    closed = len(problem.phases)
    if low.shape != (problem.candidates,) or high.shape != (problem.candidates,):
        raise InvalidInput("earliest", "and latest need one level per candidate")
    if np.any(low < 0) or np.any(high > closed):
        raise InvalidInput("earliest", f"and latest are levels 0 … {closed}")
    if np.any(low > high):
        row = int(np.argmax(low > high))
        raise InvalidInput("must", f"candidate {row + 1} is both pinned and banned")
    for t, count in enumerate(problem.phases):
        pinned, free = int((high <= t).sum()), int((low <= t).sum())
        if pinned > count:
            raise InvalidInput("must", f"pins {pinned} bases, phase {t + 1} has only {count}")
        if free < count:
            raise InvalidInput("ban", f"leaves {free} candidates for {count} bases")


def _check_regions(problem: SitingProblem) -> None:
    if not problem.region_min:
        return
    if problem.region is None or problem.region.shape != (problem.candidates,):
        raise InvalidInput("region", "is needed for every candidate when region_min is given")
    if sum(problem.region_min) > problem.phases[0]:
        raise InvalidInput(
            "region_min",
            f"asks for {sum(problem.region_min)} bases, the first phase has {problem.phases[0]}",
        )
    low, high = problem.level_bounds()
    pinned_outside = int((high == 0).sum())
    for group, wanted in enumerate(problem.region_min):
        inside = problem.region == group
        if wanted > int((inside & (low == 0)).sum()):
            raise InvalidInput("region_min", f"wants {wanted} bases where fewer candidates are")
        pinned_outside += max(0, wanted - int((inside & (high == 0)).sum()))
    if pinned_outside > problem.phases[0]:
        raise InvalidInput("region_min", "and the pinned bases together exceed the first phase")
