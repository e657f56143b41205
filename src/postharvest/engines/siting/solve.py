"""The method in one page: start, then rounds of bound, fixing and search in the core, then branch.

Work is counted in iterations and drawn from one seed, so a plan never depends on the machine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from postharvest.core.errors import InvalidInput
from postharvest.engines.siting.bound import Ascent, Course, Ground, ascend, new_ascent
from postharvest.engines.siting.branch import Tree, branch_and_bound, target_of
from postharvest.engines.siting.costs import SparseCosts, list_lengths, sparse_costs
from postharvest.engines.siting.fixing import core_lists, fix
from postharvest.engines.siting.greedy import greedy_order
from postharvest.engines.siting.interchange import descend, shake
from postharvest.engines.siting.levels import choose_levels
from postharvest.engines.siting.plan import Certificate, SitingPlan
from postharvest.engines.siting.problem import Floats, Ints, SitingParams, SitingProblem
from postharvest.engines.siting.room import ENOUGH, Tour, new_room, new_trail
from postharvest.engines.siting.state import Lists, State, as_lists, new_state, total
from postharvest.engines.siting.verify import allocate, dual_bound

Stop = Callable[[], bool]

PATIENCE = 25  # bound iterations without progress before the pace falls
START_PACE = 1.5
WARM_PACE = 0.1
LEAST = 1e-9  # share of the objective below which a gain is rounding
WIDE_TOUR = 30.0
TOUR = 8.0  # bases in the neighbourhood of one perturbation
USUAL_WORK = 10_000.0  # pairs looked at by one perturbation of the counties with 150 bases
LOOK = 6.0  # bases on a demand's list while searching


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WarmStart:
    """Where to go on from: levels (m,) and a dual (T, n), as a finished plan holds them."""

    level: Ints
    dual: Floats


class Effort(NamedTuple):
    """Perturbations, bases in the neighbourhood of each, and the dice."""

    rounds: int
    tour: float
    dice: NDArray[np.uint64]


@dataclass(slots=True, kw_only=True, eq=False)
class _Search:
    """The mutable middle of one solve."""

    lists: Lists
    costs: SparseCosts
    ground: Ground
    centres: Ints
    step: float
    level: Ints
    upper: float
    ascent: Ascent
    pace: float
    perturbations: int = 0
    bound_rounds: int = 0

    @property
    def goal(self) -> float:
        return target_of(self.upper, self.step)

    @property
    def proven(self) -> bool:
        return float(self.ascent.value[0]) >= self.goal


def solve(
    problem: SitingProblem,
    params: SitingParams,
    *,
    seed: int = 0,
    stop: Stop = lambda: False,
    warm: WarmStart | None = None,
) -> SitingPlan:
    """Plan the bases of every phase, with a certificate.

    ``stop`` is asked between rounds (a page that was left, a deadline); the default never stops.
    Raises `InvalidInput` where no plan of so many bases reaches every demand.
    """
    lengths = list_lengths(problem, params.list_share, params.list_entries)
    search = _begin(problem, lengths, warm)
    dice = np.random.SeedSequence(seed).generate_state(1, np.uint64).astype(np.uint64)
    _rounds(search, params, dice, stop)
    tree = _branch(search, params)
    search = _lengthen(problem, search, params, dice, lengths)
    return _finish(problem, search, tree, seed)


def _begin(problem: SitingProblem, lengths: Ints, warm: WarmStart | None) -> _Search:
    costs = sparse_costs(problem, lengths)
    lists = as_lists(problem, costs)
    level = start_levels(lists, problem) if warm is None else repaired(lists, problem, warm.level)
    state = new_state(lists, level)
    descend_fully(lists, state)
    dual = (state.first_cost + state.second_cost) / 2 if warm is None else warm.dual
    return _Search(
        lists=lists,
        ground=Ground(
            limit=costs.limit,
            scale=_scale(problem),
            counts=np.diff(np.array([0, *problem.phases, problem.candidates])),
        ),
        costs=costs,
        centres=np.flatnonzero(problem.weight > 0),
        step=_whole_step(lists),
        level=state.level,
        upper=total(lists, state),
        ascent=new_ascent(lists, np.clip(dual, 0.0, costs.limit), state.level),
        pace=START_PACE if warm is None else WARM_PACE,
    )


def descend_fully(lists: Lists, state: State) -> None:
    """Interchange plainly over all candidates, down to a local optimum."""
    pool = np.flatnonzero(lists.low < len(lists.years))
    trail = new_trail(LEAST * total(lists, state), ENOUGH)
    descend(lists, state, pool, trail, new_room(lists))


def _rounds(search: _Search, params: SitingParams, dice: NDArray[np.uint64], stop: Stop) -> None:
    """Alternate bound and search; stop when proven, within target, or nothing moves any more."""
    quiet, elites = 0, list[Ints]()
    per_round = -(-params.perturbations // (2 * params.restarts))
    climb = -(-params.bound_rounds // params.restarts)
    for _ in range(params.restarts):
        before = search.upper, float(search.ascent.value[0])
        _climb(search, climb)
        for start in (search.level, _descended(search, search.ascent.chosen)):
            if not search.proven:
                elites.append(_search_core(search, start, per_round, dice))
        moved = search.upper < before[0] or float(search.ascent.value[0]) > before[1] + (
            1e-6 * search.upper
        )
        quiet = 0 if moved else quiet + 1
        if search.proven or stop() or quiet == 2 or _within(search, params.target_gap):
            break
    if len(elites) > 1 and not search.proven:
        _merge(search, elites, per_round, dice)


def _within(search: _Search, target_gap: float) -> bool:
    return float(search.ascent.value[0]) >= search.upper * (1 - target_gap)


def _climb(search: _Search, rounds: int) -> None:
    course = Course(search.upper, rounds, search.pace, PATIENCE, search.goal)
    search.pace, done = ascend(search.lists, search.ascent, search.ground, course)
    search.bound_rounds += done


def _descended(search: _Search, level: Ints) -> Ints:
    """Where plain interchange leads from a choice of levels."""
    state = new_state(search.lists, level)
    descend_fully(search.lists, state)
    _keep(search, state.level, total(search.lists, state))
    return state.level


def _search_core(search: _Search, start: Ints, rounds: int, dice: NDArray[np.uint64]) -> Ints:
    """Perturb within the candidates that reduced cost leaves open; where that ended."""
    low, high = fix(search.lists, search.ascent, search.goal)
    return _search_within(search, low, high, start, Effort(rounds, TOUR, dice))


def _merge(search: _Search, elites: list[Ints], rounds: int, dice: NDArray[np.uint64]) -> None:
    """Search once more among the bases of all the rounds' plans: what they share is settled."""
    closed = len(search.lists.years)
    shared = np.min([*elites, search.level], axis=0) < closed
    low = np.where(shared, search.lists.low, closed)
    _search_within(search, low, search.lists.high, search.level, Effort(rounds, WIDE_TOUR, dice))


def _search_within(search: _Search, low: Ints, high: Ints, start: Ints, effort: Effort) -> Ints:
    closed = len(search.lists.years)
    core = int(((low < closed) | (start < closed)).sum())
    bases = np.cumsum(search.ground.counts)
    lists, kept = core_lists(
        search.lists,
        low,
        high,
        start,
        longest=max(
            30, int(max(LOOK, effort.tour * bases[0] / bases[closed - 1]) * core / bases[0])
        ),
    )
    state = new_state(lists, start[kept])
    reach = max(20, int(effort.tour * core / bases[closed - 1]))
    rounds = _affordable(effort.rounds, reach * len(lists.cost) * closed / len(kept))
    tour = Tour(rounds, reach, effort.dice, search.centres)
    shake(lists, state, tour, new_trail(LEAST * search.upper), new_room(lists))
    search.perturbations += rounds
    level = np.full(len(low), len(lists.years))
    level[kept] = state.level
    _keep(search, level, total(search.lists, new_state(search.lists, level)))
    return level


def _affordable(rounds: int, work: float) -> int:
    """More rounds where one is cheap, fewer where it is dear: counted work, so repeatable."""
    return max(1, int(rounds * min(max((USUAL_WORK / work) ** 0.5, 0.25), 4.0)))


def _keep(search: _Search, level: Ints, value: float) -> None:
    if value < search.upper * (1 - LEAST):
        search.level, search.upper = level.copy(), value


def _branch(search: _Search, params: SitingParams) -> Tree:
    if search.proven or not params.nodes:
        return Tree(search.level, search.upper, float(search.ascent.value[0]), 0)
    low, high = fix(search.lists, search.ascent, search.goal)
    lists, kept = core_lists(search.lists, low, high, search.level, longest=search.lists.low.size)
    root = search.ascent._replace(
        reward=search.ascent.reward[kept],
        chosen=search.ascent.chosen[kept],
        share=np.ascontiguousarray(search.ascent.share[:, kept]),
    )
    counts = search.ground.counts.copy()
    counts[-1] = len(kept) - counts[:-1].sum()
    tree = branch_and_bound(
        lists,
        root,
        search.ground._replace(counts=counts),
        search.level[kept],
        step=search.step,
        nodes=params.nodes,
    )
    level = np.full(len(low), len(lists.years))
    level[kept] = tree.level
    _keep(search, level, tree.upper)
    return tree


def _lengthen(
    problem: SitingProblem,
    search: _Search,
    params: SitingParams,
    dice: NDArray[np.uint64],
    lengths: Ints,
) -> _Search:
    """Search again with longer lists while some demand's base is off its list."""
    for _ in range(6):
        off = (new_state(search.lists, search.level).first < 0).any(axis=0) & (problem.weight > 0)
        off &= lengths < problem.candidates
        if not off.any():
            break
        lengths = np.where(off, np.minimum(3 * lengths, problem.candidates), lengths)
        warm = WarmStart(level=search.level, dual=search.ascent.dual)
        longer = _begin(problem, lengths, warm)
        _climb(longer, 60)
        _search_core(longer, longer.level, max(1, params.perturbations // 10), dice)
        longer.perturbations += search.perturbations
        longer.bound_rounds += search.bound_rounds
        search = longer
    return search


def _finish(problem: SitingProblem, search: _Search, tree: Tree, seed: int) -> SitingPlan:
    served = allocate(problem, search.level)
    stranded = ~np.isfinite(served.hours) & (problem.weight > 0)
    if stranded.any():
        raise InvalidInput(
            "phases",
            f"{int(stranded.any(axis=0).sum())} demand points can't be reached by so few bases; "
            "allow more, or leave those points out",
        )
    ascent = search.ascent
    dual, offer = np.round(ascent.dual, 6), ascent.offer[:-1]
    bound = dual_bound(problem, dual, offer, ascent.penalty, costs=search.costs)
    bound = min(bound, served.objective)
    proven = max(tree.bound, bound) >= target_of(served.objective, search.step)
    placed = search.lists._replace(
        low=search.level, high=search.level, region_min=np.empty(0, np.int64)
    )
    return SitingPlan(
        level=search.level,
        order=greedy_order(placed, problem.phases[-1]),
        base=served.base,
        hours=served.hours,
        phase_cost=served.phase_cost,
        certificate=Certificate(
            objective=served.objective,
            lower_bound=bound,
            tree_bound=served.objective if proven else max(bound, tree.bound),
            proven=proven,
            dual=dual,
            offer=offer,
            penalty=ascent.penalty,
            seed=seed,
            perturbations=search.perturbations,
            bound_rounds=search.bound_rounds,
            nodes=tree.nodes,
        ),
    )


def start_levels(lists: Lists, problem: SitingProblem) -> Ints:
    """Open greedily, the early phases first, as far as pins, bans and minima allow; (m,)."""
    order = greedy_order(lists, problem.phases[-1])
    level = np.full(problem.candidates, len(problem.phases))
    for t in range(len(problem.phases) - 1, -1, -1):
        level[order[: problem.phases[t]]] = t
    return repaired(lists, problem, level)


def repaired(lists: Lists, problem: SitingProblem, level: Ints) -> Ints:
    """Find the nearest choice of levels that respects pins, bans, regional minima and counts."""
    closed = len(problem.phases)
    levels = np.arange(closed + 1)
    wish = np.abs(levels[None, :] - level[:, None]).astype(np.float64)
    for group, wanted in enumerate(lists.region_min):
        inside = np.flatnonzero((lists.region == group) & (lists.low == 0))
        eager = inside[np.argsort(level[inside], kind="stable")][:wanted]
        wish[eager, 1:] += 1_000.0
    wish[(levels < lists.low[:, None]) | (levels > lists.high[:, None])] = np.inf
    counts = np.diff(np.array([0, *problem.phases, problem.candidates]))
    chosen = level.astype(np.int64).copy()
    if not np.isfinite(choose_levels(wish, counts, np.zeros(closed + 1), chosen)):
        raise InvalidInput("must", "and ban leave no choice of bases with these phases")
    return chosen


def _scale(problem: SitingProblem) -> Floats:
    """Weights as the metric of the dual ascent: a heavy demand's multiplier moves further."""
    positive = problem.weight[problem.weight > 0]
    scale: Floats = np.maximum(problem.weight, 1e-3 * positive.mean())
    return scale


def _whole_step(lists: Lists) -> float:
    """1 where every cost is a whole number, so that bounds may be rounded up; else 0."""
    whole = (lists.cost, lists.years, lists.site_cost)
    return float(all(bool(np.all(a == np.round(a))) for a in whole))
