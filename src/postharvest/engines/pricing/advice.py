"""From a lot's policy to what a seller is told: prices, path, kilograms, money, risk, reason."""

from dataclasses import dataclass

import numpy as np

from postharvest.engines.pricing.markdown import (
    Draws,
    Floats,
    LotProblem,
    MarkdownParams,
    MarkdownPlan,
    best_flat_index,
    draw_buyers,
    follow,
    follow_path,
    rule_of_thumb_path,
    solve,
)

_DRAWS = 2000
_LEFTOVER_SHARE = 0.02
"""Leftovers below 2 % of the lot are trimmings, not a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """How a lot is offered: a team price for most, a dearer one for those who buy alone.

    Attributes
    ----------
    team_share : share of kilograms bought in teams.
    solo_markup : by how much the solo price is above the team price, as a share.
    """

    team_share: float
    solo_markup: float

    def __post_init__(self) -> None:
        if not 0 <= self.team_share <= 1 or self.solo_markup <= 0:
            raise ValueError("team share must be in 0 … 1 and the solo price above the team price")

    def team_price(self, mean_price: float) -> float:
        """Return the team price that makes the mean price paid."""
        return mean_price / (1 + (1 - self.team_share) * self.solo_markup)

    def solo_price(self, mean_price: float) -> float:
        """Return the solo price that belongs to it."""
        return self.team_price(mean_price) * (1 + self.solo_markup)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDay:
    """One day of the path if each day sells what is expected."""

    day: int
    mean_price_yuan_kg: float
    expected_kg: float
    left_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAdvice:
    """What the seller is told; yuan are revenue less unit costs plus salvage.

    `revenue_low_yuan` … `revenue_high_yuan` hold four draws in five.
    """

    path: tuple[PathDay, ...]
    expected_kg: float
    revenue_yuan: float
    revenue_low_yuan: float
    revenue_high_yuan: float
    leftover_chance: float
    flat_price_yuan_kg: float
    flat_revenue_yuan: float
    habit_revenue_yuan: float
    draws: int
    reason: str


def advise(
    problem: LotProblem, params: MarkdownParams, seed: int, *, offers: Offers
) -> PriceAdvice:
    """Solve a lot, try the policy on drawn buyers, and put it into words."""
    plan = solve(problem, params)
    generator = np.random.default_rng(seed)
    draws = draw_buyers(problem, count=_DRAWS, generator=generator)
    outcome = follow(plan, draws)
    rehearsal = draw_buyers(problem, count=_DRAWS, generator=generator)
    flat = best_flat_index(problem, rehearsal)
    days = len(problem.reference_kg)
    flat_outcome = follow_path(problem, draws, np.full(days, flat))
    habit = follow_path(problem, draws, rule_of_thumb_path(problem, start=flat))
    path = _expected_path(plan)
    low, high = np.quantile(outcome.revenue_yuan, (0.1, 0.9))
    revenue, flat_revenue = outcome.revenue_yuan.mean(), flat_outcome.revenue_yuan.mean()
    return PriceAdvice(
        path=path,
        expected_kg=float(outcome.sold_kg.mean()),
        revenue_yuan=float(revenue),
        revenue_low_yuan=float(low),
        revenue_high_yuan=float(high),
        leftover_chance=float((outcome.left_kg > _LEFTOVER_SHARE * problem.stock_kg).mean()),
        flat_price_yuan_kg=float(problem.ladder_yuan_kg[flat]),
        flat_revenue_yuan=float(flat_revenue),
        habit_revenue_yuan=float(habit.revenue_yuan.mean()),
        draws=_DRAWS,
        reason=_reason(problem, path, offers, gain=float(revenue / flat_revenue - 1)),
    )


def _expected_path(plan: MarkdownPlan) -> tuple[PathDay, ...]:
    problem = plan.problem
    days = len(problem.reference_kg)
    usual = Draws(np.ones(1), np.array([problem.elasticity]), np.zeros((1, days)))
    index = follow(plan, usual).price_index[0]
    price: Floats = problem.ladder_yuan_kg[index]
    wanted = problem.reference_kg * (price / problem.reference_price_yuan_kg) ** problem.elasticity
    before = np.concatenate([[0.0], np.cumsum(wanted)[:-1]])
    sold = np.clip(problem.stock_kg - before, 0.0, wanted)
    left = problem.stock_kg - np.cumsum(sold)
    return tuple(
        PathDay(
            day=d + 1,
            mean_price_yuan_kg=float(price[d]),
            expected_kg=float(sold[d]),
            left_kg=float(max(left[d], 0.0)),
        )
        for d in range(days)
    )


def _reason(problem: LotProblem, path: tuple[PathDay, ...], offers: Offers, *, gain: float) -> str:
    first, last = (offers.team_price(path[at].mean_price_yuan_kg) for at in (0, -1))
    cover = problem.stock_kg / problem.reference_kg.sum()
    move = "hold it" if last == first else f"let it fall to {last:.2f} if sales are as expected"
    return (
        f"{problem.stock_kg:,.0f} kg in {len(path)} days is {cover:.2f} times what sells at a mean"
        f" price of {problem.reference_price_yuan_kg:.2f} yuan/kg, and 1 % off the price sells"
        f" about {-problem.elasticity:.1f} % more: start the team price at {first:.2f} and {move};"
        f" repricing by what is left is worth {gain:+.1%} against the best single price."
    )
