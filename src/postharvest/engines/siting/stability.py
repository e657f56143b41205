"""How sure a base is: the share of perturbed runs that choose it, or a neighbour.

Weights are estimates and speeds are assumptions, so the plan is made again and again with both
drawn anew; a base that most runs choose is safe to open, whatever the third decimal of a gap says.
Speeds never change which candidate is nearer, so the lists are made once and every run only prices
them anew, starts greedily, and descends and shakes like any plan; nobody needs a bound of it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from postharvest.engines.siting.costs import (
    FAR,
    columns_of,
    hours_of_pairs,
    list_lengths,
    sparse_costs,
)
from postharvest.engines.siting.interchange import shake
from postharvest.engines.siting.problem import Floats, Ints, SitingProblem
from postharvest.engines.siting.room import Tour, new_room, new_trail
from postharvest.engines.siting.solve import LEAST, descend_fully, start_levels
from postharvest.engines.siting.state import Lists, as_lists, new_state, total
from postharvest.engines.travel import (
    EARTH_RADIUS_KM,
    TravelModel,
    great_circle_km,
    unit_vectors,
)

NEAR_KM = 50.0
LIST_SHARE = 3.0  # mean catchments of the smallest phase on a demand's list
LIST_ENTRIES = 4_000_000
PERTURBATIONS = 250
REACH = 40  # candidates around one perturbation


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
    perturbations: int = PERTURBATIONS,
    first_run: int = 0,
    threads: int = 1,
    told: Callable[[int], None] = lambda done: None,
) -> Stability:
    """Plan ``runs`` times from scratch with log-normal weights and speeds; the last phase counts.

    ``weight_error_share`` and ``speed_error_share`` are the standard deviations of the logarithms.
    Every run starts afresh, so the plan itself is not favoured, and has dice of its own, so runs
    made in parts (``first_run``) or beside each other (``threads``; compiled code lets go of the
    interpreter) are the same runs.  ``told`` hears how many are done.
    """
    pairs, neighbours = _listed(problem), _neighbours(problem, near_km)
    chosen, near = np.zeros(problem.candidates), np.zeros(problem.candidates)

    def opened(run: int) -> Floats:
        draw = np.random.default_rng([seed, 0x57AB, run])
        weight = problem.weight * np.exp(weight_error_share * draw.standard_normal(problem.demands))
        drawn = replace(
            problem,
            weight=weight * (problem.weight.sum() / weight.sum()),
            travel=_speeds(problem.travel, np.exp(speed_error_share * draw.standard_normal(3))),
        )
        dice = draw.integers(0, 2**63, 1, np.uint64)
        level = _planned(drawn, _priced(drawn, pairs), perturbations, dice)
        return (level < len(problem.phases)).astype(np.float64)

    with ThreadPoolExecutor(threads) as pool:
        for done, is_open in enumerate(pool.map(opened, range(first_run, first_run + runs)), 1):
            chosen += is_open
            near += neighbours @ is_open > 0
            told(done)
    return Stability(
        runs=runs,
        near_km=near_km,
        weight_error_share=weight_error_share,
        speed_error_share=speed_error_share,
        chosen_share=chosen / runs,
        near_share=near / runs,
    )


def pairs_to_price(problem: SitingProblem) -> int:
    """How many pairs one run prices: what its cost grows with."""
    return int(list_lengths(problem, LIST_SHARE, LIST_ENTRIES).sum())


class _Pairs(NamedTuple):
    """The lists, each pair's demand and kilometres (hours with a matrix), and columns' order."""

    lists: Lists
    rows: Ints
    way: Floats
    column_order: Ints


def _listed(problem: SitingProblem) -> _Pairs:
    costs = sparse_costs(problem, list_lengths(problem, LIST_SHARE, LIST_ENTRIES))
    rows = np.repeat(np.arange(problem.demands), np.diff(costs.row_start))
    numbers = np.arange(len(rows), dtype=np.float64)
    order = columns_of(costs.row_start, costs.candidate, numbers, problem.candidates)[2]
    way = (
        hours_of_pairs(problem, rows, costs.candidate.astype(np.int64))
        if problem.hours is not None
        else great_circle_km(
            problem.demand_lat[rows],
            problem.demand_lon[rows],
            problem.candidate_lat[costs.candidate],
            problem.candidate_lon[costs.candidate],
        )
    )
    return _Pairs(as_lists(problem, costs), rows, way, order.astype(np.int64))


def _priced(drawn: SitingProblem, pairs: _Pairs) -> Lists:
    hours = pairs.way if drawn.hours is not None else drawn.travel.hours(pairs.way)
    cost = drawn.cost_of(hours, pairs.rows)
    lists = pairs.lists
    listed = np.diff(lists.row_start) > 0
    last = lists.row_start[1:][listed] - 1
    before, now = lists.cost[last], cost[last]
    times = np.divide(lists.far[listed], before, out=np.full(len(last), FAR), where=before > 0)
    far = lists.far.copy()
    far[listed] = np.where(now > 0, times * now, far[listed])
    return lists._replace(cost=cost, column_cost=cost[pairs.column_order], far=far)


def _planned(drawn: SitingProblem, lists: Lists, perturbations: int, dice: np.ndarray) -> Ints:
    state = new_state(lists, start_levels(lists, drawn))
    descend_fully(lists, state)
    tour = Tour(perturbations, REACH, dice, np.flatnonzero(drawn.weight > 0))
    shake(lists, state, tour, new_trail(LEAST * total(lists, state)), new_room(lists))
    return state.level


def _speeds(travel: TravelModel, factor: Floats) -> TravelModel:
    slow, middle, fast = (s * f for s, f in zip(travel.speeds_km_h, factor.tolist(), strict=True))
    return replace(travel, speeds_km_h=(slow, middle, fast))


def _neighbours(problem: SitingProblem, near_km: float) -> csr_array:
    """Which candidates lie within ``near_km`` of each (m, m), itself among them."""
    m = problem.candidates
    if len(problem.candidate_lat) == 0 or not np.isfinite(problem.candidate_lat).all():
        return csr_array((np.ones(m), (np.arange(m), np.arange(m))), shape=(m, m))
    tree = cKDTree(unit_vectors(problem.candidate_lat, problem.candidate_lon))
    chord = 2 * np.sin(near_km / (2 * EARTH_RADIUS_KM))
    pairs = tree.query_pairs(chord, output_type="ndarray")
    a = np.concatenate([pairs[:, 0], pairs[:, 1], np.arange(m)])
    b = np.concatenate([pairs[:, 1], pairs[:, 0], np.arange(m)])
    return csr_array((np.ones(len(a)), (a, b)), shape=(m, m))
