"""The rescue engine's front door: solve a case, price doing nothing, find what can be cleared."""

from collections.abc import Callable

import numpy as np

from postharvest.engines.rescue.break_even import break_even
from postharvest.engines.rescue.plan import (
    Certificate,
    RescuePlan,
    cleared_kg,
    income_items,
    wages_yuan,
)
from postharvest.engines.rescue.problem import RescueParams, RescueProblem
from postharvest.engines.rescue.read_off import schedule_from, shadow_prices
from postharvest.engines.rescue.search import Search
from postharvest.engines.rescue.zones import merge_zones

_LOOK_FOR_MOST = 3.0


class GoalOutOfReachError(Exception):
    """No plan clears the share asked for; ``most_share`` can be cleared."""

    def __init__(self, *, asked_share: float, most_share: float) -> None:
        super().__init__(f"{asked_share:.1%} can't be cleared, at most {most_share:.1%}")
        self.asked_share, self.most_share = asked_share, most_share


def never() -> bool:
    """Stop rule: don't, the counted work is limit enough."""
    return False


def solve(
    problem: RescueProblem,
    params: RescueParams,
    *,
    seed: int,
    stop: Callable[[], bool] = never,
) -> RescuePlan:
    """Plan one surplus: price, points, people, days and lanes together, with a proven bound.

    Parameters
    ----------
    problem : the surplus as arrays.
    params : goal and effort.
    seed : passed to the solver; same problem, params and seed give the same plan.
    stop : asked now and then; True ends the search with the best plan so far.

    Raises
    ------
    GoalOutOfReachError
        If no plan clears ``params.clear_share``.
    """
    merged = merge_zones(problem)
    search = Search(merged.problem, params, seed=seed, stop=stop)
    search.run()
    if search.best is None:
        raise GoalOutOfReachError(
            asked_share=params.clear_share,
            most_share=most_clearable_share(
                problem,
                seed=seed,
                cpu_seconds=min(_LOOK_FOR_MOST, 0.5 * params.cpu_seconds),
                stop=stop,
            ),
        )
    best = search.best
    schedule = merged.split(schedule_from(best.model, best.answer.column_value))
    items = income_items(problem, schedule)
    net = sum(items.values())
    objective = net + params.wage_weight * float(wages_yuan(problem, schedule.labour).sum())
    baseline = nothing_online_yuan(merged.problem, seed=seed)
    return RescuePlan(
        schedule=schedule,
        clear_share=params.clear_share,
        net_income_yuan=net,
        objective_yuan=objective,
        items_yuan=items,
        certificate=_certificate(search, objective),
        seed=seed,
        nominal_seconds=search.meter.seconds,
        baseline_yuan=baseline,
        wage_weight=params.wage_weight,
        max_unsold_spread=params.max_unsold_spread,
        fixed_price=params.only_level is not None,
        shadow=merged.split_prices(shadow_prices(best.model, best.answer)),
        break_even=break_even(search, baseline),
    )


def nothing_online_yuan(problem: RescueProblem, *, seed: int) -> float:
    """Return what growers get if nothing is sold online: outlets only, no point set up."""
    search = Search(problem, RescueParams(), seed=seed, stop=never)
    plan = search.nothing_online()
    if plan is None:
        raise ArithmeticError("the program with all points closed has no solution")
    return plan.value


def most_clearable_share(
    problem: RescueProblem,
    *,
    seed: int,
    cpu_seconds: float = _LOOK_FOR_MOST,
    stop: Callable[[], bool] = never,
) -> float:
    """Largest share of the surplus that a plan at the cheapest price can clear.

    Cheaper only adds demand, so no other price clears more.
    """
    params = RescueParams(cpu_seconds=cpu_seconds)
    merged = merge_zones(problem).problem
    search = Search(merged, params, seed=seed, stop=stop)
    level = problem.levels - 1
    search.aim_at_kg(level)
    search.nothing_online()
    search.round_relaxed(level)
    best = search.best
    whole = search.make_whole(level, None, seconds=params.cpu_seconds, gap=1e-3)
    found = [plan for plan in (best, whole) if plan is not None]
    if not found or problem.total_kg <= 0:
        return 0.0
    return (
        max(cleared_kg(schedule_from(plan.model, plan.answer.column_value)) for plan in found)
        / problem.total_kg
    )


def _certificate(search: Search, objective: float) -> Certificate:
    # a bound below a plan in hand can only be rounding: the plan itself is then the bound
    return Certificate(
        bound_yuan=max(float(search.bounds.max()), objective),
        level_bounds_yuan=np.array(search.bounds),
        level_proofs=tuple(search.proofs),
    )
