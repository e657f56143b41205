"""The price path of a lot that must be gone by a day: a dynamic programme that learns.

On day d with s kg left the price index j may stay or fall (a ladder, dear to cheap).  Demand at
price p is `reference_kg[d]·L·(p / reference_price)^e·Z`, with Z lognormal from day to day, and
with the level L and the elasticity e known only by their distributions.  For every hypothesis
h = (L, e) the value is

    V_h(d, s, j) = max_{i ≥ j} E[(p_i - c)·min(s, D) + V_h(d+1, s - min(s, D), i)],
    V_h(D, s, ·) = salvage·s

(Gallego & van Ryzin 1994, doi:10.1287/mnsc.40.8.999, for the theory; prices only fall because a
buyer who sees yesterday's price undercut tomorrow's learns to wait).  The seller does not know h:
each day the price is the best under the hypotheses' mean value, weighted by how well each explains
the sales so far (the QMDP policy, Littman et al. 1995, doi:10.1016/B978-1-55860-377-6.50052-9).
A stock-out says only that demand was at least the stock, and is weighed as such.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_NODES, _NODE_WEIGHTS = (-(3.0**0.5), 0.0, 3.0**0.5), (1 / 6, 2 / 3, 1 / 6)
"""Gauss–Hermite, three points, for a standard normal."""
_MIN_ELASTICITY = -0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LotProblem:
    """A lot and what is known of its buyers.

    Attributes
    ----------
    stock_kg : float
    ladder_yuan_kg : (P,) prices to choose from, strictly falling.
    reference_kg : (D,)
        Kilograms expected on each day at the reference price.
    elasticity, elasticity_sd : its mean (negative) and standard deviation.
    level_sd, day_sd : log standard deviations of the lot's demand level and of a day.
    salvage_yuan_kg : what a kilogram left at the end brings (may be negative: disposal).
    unit_cost_yuan_kg : packing, postage, fees of a kilogram sold.
    """

    stock_kg: float
    ladder_yuan_kg: Floats
    reference_price_yuan_kg: float
    reference_kg: Floats
    elasticity: float
    elasticity_sd: float
    level_sd: float
    day_sd: float
    salvage_yuan_kg: float
    unit_cost_yuan_kg: float

    def __post_init__(self) -> None:
        if not (np.diff(self.ladder_yuan_kg) < 0).all() or self.ladder_yuan_kg[-1] <= 0:
            raise ValueError("the ladder must fall strictly and stay above zero")
        if self.stock_kg <= 0 or self.reference_price_yuan_kg <= 0:
            raise ValueError("stock and reference price must be positive")
        if len(self.reference_kg) == 0 or (self.reference_kg < 0).any():
            raise ValueError("reference kilograms must cover at least a day and not be negative")
        if self.elasticity >= 0 or min(self.elasticity_sd, self.level_sd, self.day_sd) < 0:
            raise ValueError("elasticity must be negative, deviations not")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownParams:
    """Resolution of the programme."""

    stock_steps: int = 32


@dataclass(frozen=True, slots=True)
class MarkdownPlan:
    """The policy.

    Attributes
    ----------
    prior : (N,) weights of the hypotheses.
    demand_kg : (N, D, P) median demand of each.
    worth : (D, N, S+1, P)
        Expected yuan of charging ladder price i on day d with s kg left, then going on best.
    grid_kg : (S+1,)
    """

    problem: LotProblem
    prior: Floats
    demand_kg: Floats
    worth: Floats
    grid_kg: Floats

    def value_yuan(self) -> float:
        """Return the expected worth of the lot if each day's news were acted on."""
        return float((self.prior @ self.worth[0, :, -1, :]).max())


def solve(problem: LotProblem, params: MarkdownParams) -> MarkdownPlan:
    """Run the backward recursion for every hypothesis at once."""
    prior, demand = _hypotheses(problem)
    grid = np.linspace(0.0, problem.stock_kg, params.stock_steps + 1)
    noise, noise_weight = _day_noise(problem.day_sd)
    margin = problem.ladder_yuan_kg - problem.unit_cost_yuan_kg
    days = len(problem.reference_kg)
    worth = np.empty((days, len(prior), len(grid), len(margin)))
    following = np.broadcast_to(
        (problem.salvage_yuan_kg * grid)[None, :, None], worth.shape[1:]
    ).copy()
    for d in range(days - 1, -1, -1):
        total = np.zeros(worth.shape[1:])
        for z, w in zip(noise, noise_weight, strict=True):
            sold = np.minimum(grid[None, :, None], z * demand[:, d, None, :])
            total += w * (
                margin * sold + _interpolated(following, grid, grid[None, :, None] - sold)
            )
        worth[d] = total
        following = _best_from_here_down(total)
    return MarkdownPlan(problem, prior, demand, worth, grid)


def _hypotheses(problem: LotProblem) -> tuple[Floats, Floats]:
    """Weights (N,) and median demand (N, D, P) over levels × elasticities."""
    relative = problem.ladder_yuan_kg / problem.reference_price_yuan_kg
    weights, demands = [], []
    spread = list(zip(_NODES, _NODE_WEIGHTS, strict=True))
    levels = spread if problem.level_sd > 0 else [(0.0, 1.0)]
    slopes = spread if problem.elasticity_sd > 0 else [(0.0, 1.0)]
    for (level, w1), (slope, w2) in product(levels, slopes):
        e = min(problem.elasticity + slope * problem.elasticity_sd, _MIN_ELASTICITY)
        scale = np.exp(level * problem.level_sd)
        weights.append(w1 * w2)
        demands.append(np.outer(problem.reference_kg, scale * relative**e))
    return np.array(weights), np.array(demands)


def _day_noise(day_sd: float) -> tuple[Floats, Floats]:
    """Multipliers of a day's median demand, and their weights."""
    if day_sd == 0:
        return np.ones(1), np.ones(1)
    return np.exp(day_sd * np.array(_NODES)), np.array(_NODE_WEIGHTS)


def _best_from_here_down(total: Floats) -> Floats:
    """Value of standing at ladder index j: the best of j and all cheaper prices."""
    return np.maximum.accumulate(total[..., ::-1], axis=-1)[..., ::-1]


def _interpolated(table: Floats, grid: Floats, at: Floats) -> Floats:
    """Read a table (N, S+1, P) at stocks (N, S+1, P), linearly."""
    position = at / (grid[1] - grid[0])
    low = np.minimum(position.astype(np.int64), len(grid) - 2)
    share = position - low
    below = np.take_along_axis(table, low, axis=1)
    above = np.take_along_axis(table, low + 1, axis=1)
    return np.asarray(below + share * (above - below))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the draws.

    Attributes
    ----------
    revenue_yuan : (R,) sales less unit costs plus salvage.
    sold_kg, left_kg : (R,)
    price_index : (R, D) where on the ladder each day stood.
    """

    revenue_yuan: Floats
    sold_kg: Floats
    left_kg: Floats
    price_index: Whole


@dataclass(frozen=True, slots=True)
class Draws:
    """Buyers that could be: level (R,), elasticity (R,), log noise of each day (R, D)."""

    level: Floats
    elasticity: Floats
    noise: Floats


def draw_buyers(problem: LotProblem, *, count: int, generator: np.random.Generator) -> Draws:
    """Draw demand levels, elasticities and days from what is known."""
    days = len(problem.reference_kg)
    return Draws(
        np.exp(problem.level_sd * generator.standard_normal(count)),
        np.minimum(
            problem.elasticity + problem.elasticity_sd * generator.standard_normal(count),
            _MIN_ELASTICITY,
        ),
        problem.day_sd * generator.standard_normal((count, days)),
    )


def follow(plan: MarkdownPlan, draws: Draws) -> Outcome:
    """Sell to drawn buyers by the plan, learning from each day's sales."""
    problem = plan.problem
    count, days = draws.noise.shape
    belief = np.tile(np.log(plan.prior), (count, 1))
    stock = np.full(count, problem.stock_kg)
    index = np.zeros(count, dtype=np.int64)
    chosen = np.empty((count, days), dtype=np.int64)
    cash = np.zeros(count)
    for d in range(days):
        index = _choose(plan, d, stock, index, belief)
        chosen[:, d] = index
        sold, wanted = _sell(problem, draws, d, index, stock)
        cash += sold * (problem.ladder_yuan_kg[index] - problem.unit_cost_yuan_kg)
        emptied = wanted >= stock
        belief += _log_likelihood(plan, d, index, sold=sold, emptied=emptied)
        stock = stock - sold
    return Outcome(cash + problem.salvage_yuan_kg * stock, problem.stock_kg - stock, stock, chosen)


def follow_path(problem: LotProblem, draws: Draws, path: Whole) -> Outcome:
    """Sell to drawn buyers along fixed ladder indices (D,)."""
    count, days = draws.noise.shape
    stock, cash = np.full(count, problem.stock_kg), np.zeros(count)
    for d in range(days):
        index = np.full(count, path[d])
        sold, _ = _sell(problem, draws, d, index, stock)
        cash += sold * (problem.ladder_yuan_kg[index] - problem.unit_cost_yuan_kg)
        stock = stock - sold
    chosen = np.tile(path, (count, 1))
    return Outcome(cash + problem.salvage_yuan_kg * stock, problem.stock_kg - stock, stock, chosen)


def best_flat_index(problem: LotProblem, draws: Draws) -> int:
    """Return the one price that brings most on average over the draws."""
    days = len(problem.reference_kg)
    worth = [
        follow_path(problem, draws, np.full(days, i)).revenue_yuan.mean()
        for i in range(len(problem.ladder_yuan_kg))
    ]
    return int(np.argmax(worth))


def rule_of_thumb_path(problem: LotProblem, *, start: int) -> Whole:
    """Return the shop's habit: the start price, -30 % after half the days, -50 % in the last fifth.

    Each step is the ladder's price nearest to it.
    """
    days = len(problem.reference_kg)
    ladder = problem.ladder_yuan_kg
    steps = [int(np.abs(ladder - share * ladder[start]).argmin()) for share in (1.0, 0.7, 0.5)]
    at = (np.arange(days) + 0.5) / days
    return np.where(at >= 0.8, steps[2], np.where(at >= 0.5, steps[1], steps[0]))


def _choose(plan: MarkdownPlan, day: int, stock: Floats, index: Whole, belief: Floats) -> Whole:
    weight = np.exp(belief - belief.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    position = stock / (plan.grid_kg[1] - plan.grid_kg[0])
    low = np.minimum(position.astype(np.int64), len(plan.grid_kg) - 2)
    share = (position - low)[:, None]
    worth = plan.worth[day]
    below = np.einsum("rn,nrp->rp", weight, worth[:, low])
    above = np.einsum("rn,nrp->rp", weight, worth[:, low + 1])
    total = below + share * (above - below)
    allowed = np.arange(total.shape[1])[None] >= index[:, None]
    return np.asarray(np.where(allowed, total, -np.inf).argmax(axis=1))


def _sell(
    problem: LotProblem, draws: Draws, day: int, index: Whole, stock: Floats
) -> tuple[Floats, Floats]:
    relative = problem.ladder_yuan_kg[index] / problem.reference_price_yuan_kg
    wanted = problem.reference_kg[day] * draws.level * relative**draws.elasticity
    wanted = wanted * np.exp(draws.noise[:, day])
    return np.minimum(wanted, stock), wanted


def _log_likelihood(
    plan: MarkdownPlan, day: int, index: Whole, *, sold: Floats, emptied: NDArray[np.bool_]
) -> Floats:
    """Return how well each hypothesis explains a day's sales, (R, N)."""
    spread = max(plan.problem.day_sd, 0.05)
    median = plan.demand_kg[:, day][:, index].T
    seen = np.maximum(sold, 1e-9)[:, None]
    z = np.log(seen / np.maximum(median, 1e-9)) / spread
    return np.asarray(np.where(emptied[:, None], log_ndtr(-z), -0.5 * z**2))
