"""How sure a base is: the share of perturbed runs that choose it, or a neighbour.

Weights are estimates and speeds are assumptions, so the plan is made again and again with both
drawn anew; a base that most runs choose is safe to open, whatever the third decimal of a gap says.
"""

from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.siting.problem import Floats, SitingParams, SitingProblem
from postharvest.engines.siting.solve import solve
from postharvest.engines.travel import TravelModel, great_circle_km

NEAR_KM = 50.0
QUICK = SitingParams(restarts=1, perturbations=600, bound_rounds=150, list_share=6.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stability:
    """Shares (m,) of ``runs`` in which a candidate, or one within ``near_km``, was chosen.

    With a matrix and no positions, only the candidate itself counts as near.
    """

    runs: int
    near_km: float
    weight_error_share: float
    speed_error_share: float
    chosen_share: Floats
    near_share: Floats


def stability(
    problem: SitingProblem,
    *,
    seed: int,
    runs: int = 200,
    weight_error_share: float = 0.4,
    speed_error_share: float = 0.15,
    near_km: float = NEAR_KM,
    params: SitingParams = QUICK,
    first_run: int = 0,
) -> Stability:
    """Plan ``runs`` times from scratch with log-normal weights and speeds; the last phase counts.

    ``weight_error_share`` and ``speed_error_share`` are the standard deviations of the logarithms.
    Every run starts afresh, so the plan itself is not favoured, and has dice of its own, so runs
    made in parts (``first_run``) are the same runs.
    """
    chosen, near = np.zeros(problem.candidates), np.zeros(problem.candidates)
    for run in range(first_run, first_run + runs):
        draw = np.random.default_rng([seed, 0x57AB, run])
        weight = problem.weight * np.exp(weight_error_share * draw.standard_normal(problem.demands))
        drawn = replace(
            problem,
            weight=weight * (problem.weight.sum() / weight.sum()),
            travel=_speeds(problem.travel, np.exp(speed_error_share * draw.standard_normal(3))),
        )
        level = solve(drawn, params, seed=seed + run).level
        is_open = level < len(problem.phases)
        chosen += is_open
        near += _has_near(problem, is_open, near_km)
    return Stability(
        runs=runs,
        near_km=near_km,
        weight_error_share=weight_error_share,
        speed_error_share=speed_error_share,
        chosen_share=chosen / runs,
        near_share=near / runs,
    )


def _speeds(travel: TravelModel, factor: Floats) -> TravelModel:
    slow, middle, fast = (s * f for s, f in zip(travel.speeds_km_h, factor.tolist(), strict=True))
    return replace(travel, speeds_km_h=(slow, middle, fast))


def _has_near(problem: SitingProblem, is_open: np.ndarray, near_km: float) -> Floats:
    if not np.isfinite(problem.candidate_lat).all() or len(problem.candidate_lat) == 0:
        return is_open.astype(np.float64)
    chosen = np.flatnonzero(is_open)
    km = great_circle_km(
        problem.candidate_lat[:, None],
        problem.candidate_lon[:, None],
        problem.candidate_lat[chosen][None, :],
        problem.candidate_lon[chosen][None, :],
    )
    near: Floats = (km.min(axis=1) <= near_km).astype(np.float64)
    return near
