"""Asks the rescue engine for one case and turns its refusals into words."""

from collections.abc import Callable
from dataclasses import replace

from postharvest.decisions.planning.case_file import RescueCase
from postharvest.decisions.planning.shortfalls import out_of_reach
from postharvest.engines.rescue.plan import RescuePlan, cleared_kg
from postharvest.engines.rescue.problem import NO_LIMIT, RescueParams
from postharvest.engines.rescue.solve import GoalOutOfReachError, never, solve

FRONTIER_POINTS = 6
DIFFERENT_PLANS = 5


def plan_case(
    case: RescueCase,
    *,
    clear_share: float,
    seed: int,
    cpu_seconds: float = 3.5,
    wanted_gap: float = 0.001,
    max_unsold_spread: float = 1.0,
    wage_weight: float = 0.0,
    most_points: int = NO_LIMIT,
    stop: Callable[[], bool] = never,
) -> RescuePlan:
    """Plan a case for most income (share 0) or for most income while a share is cleared.

    ``max_unsold_spread`` and ``wage_weight`` are choices of the house; what they cost is the
    difference to the plan without them.

    Raises
    ------
    InvalidInput
        If the share can't be cleared; names the largest that can, and what is lacking.
    """
    params = RescueParams(
        clear_share=clear_share,
        cpu_seconds=cpu_seconds,
        wanted_gap=wanted_gap,
        max_unsold_spread=max_unsold_spread,
        wage_weight=wage_weight,
        most_points=most_points,
    )
    try:
        return solve(case.problem, params, seed=seed, stop=stop)
    except GoalOutOfReachError as error:
        raise out_of_reach(
            case, clear_share=clear_share, most_share=error.most_share, seed=seed
        ) from None


def plan_frontier(
    case: RescueCase,
    *,
    seed: int,
    points: int = FRONTIER_POINTS,
    cpu_seconds: float = 3.5,
    max_unsold_spread: float = 1.0,
    wage_weight: float = 0.0,
    stop: Callable[[], bool] = never,
    progress: Callable[[str], None] = lambda _: None,
) -> list[RescuePlan]:
    """Plans from most income to most cleared, then at other prices where these are too few.

    The income plan comes first.  A share that an earlier plan clears anyway is answered by that
    plan (it is the best under the stricter goal too); the last of them clears all that can be.
    Where fewer than five differ, the best plans at the prices next to the first one's follow:
    each gives up income for a better chance of clearing, or the other way round.
    """
    params = RescueParams(
        cpu_seconds=cpu_seconds, max_unsold_spread=max_unsold_spread, wage_weight=wage_weight
    )
    plans = [solve(case.problem, params, seed=seed, stop=stop)]
    for share in _frontier_shares(_cleared_share(case, plans[0]), points=points - 1):
        progress(f"clear {share:.1%}")
        plan = _same_plan_for(case, plans[-1], share) or _plan_or_most(
            case, replace(params, clear_share=share), seed=seed, stop=stop
        )
        if plan is None or plan.clear_share <= plans[-1].clear_share:
            break
        plans.append(plan)
        if plan.clear_share < share:
            break
    return plans + _at_other_prices(case, plans, params, seed=seed, stop=stop)


def _at_other_prices(
    case: RescueCase,
    plans: list[RescuePlan],
    params: RescueParams,
    *,
    seed: int,
    stop: Callable[[], bool],
) -> list[RescuePlan]:
    """Best plans at prices that no goal has chosen, the nearest first, the cheaper before dearer.

    Their bound is that of the income goal: how far below the best of all prices they lie.
    """
    lacking = DIFFERENT_PLANS - len({id(plan.schedule) for plan in plans})
    first, taken = plans[0], {plan.schedule.level for plan in plans}
    levels = sorted(
        set(range(case.problem.levels)) - taken,
        key=lambda j: (abs(j - first.schedule.level), -j),
    )
    found: list[RescuePlan] = []
    for level in levels:
        if len(found) >= lacking:
            break
        at_level = replace(params, only_level=level, cpu_seconds=params.cpu_seconds / 2)
        plan = solve(case.problem, at_level, seed=seed, stop=stop)
        if plan.schedule.ordered_kg.sum() > 1.0:
            found.append(replace(plan, certificate=first.certificate))
    return found


def price_of_rules(
    case: RescueCase,
    plan: RescuePlan,
    *,
    cpu_seconds: float,
    stop: Callable[[], bool] = never,
) -> dict[str, float]:
    """Return what fairness and the weight on wages cost growers: the same goal without them.

    Empty where the plan has no such rule.
    """
    if plan.max_unsold_spread >= 1 and not plan.wage_weight:
        return {}
    params = RescueParams(
        clear_share=plan.clear_share,
        cpu_seconds=cpu_seconds,
        only_level=plan.schedule.level if plan.fixed_price else None,
    )
    free = solve(case.problem, params, seed=plan.seed, stop=stop)
    return {"price_of_rules_yuan": round(free.net_income_yuan - plan.net_income_yuan, 2)}


def _frontier_shares(income_share: float, *, points: int) -> list[float]:
    lowest = min(income_share, 0.8)
    step = (1.0 - lowest) / points
    return [round(lowest + step * (n + 1), 3) for n in range(points)]


def _same_plan_for(case: RescueCase, plan: RescuePlan, share: float) -> RescuePlan | None:
    if _cleared_share(case, plan) < share - 1e-9:
        return None
    return replace(plan, clear_share=share)


def _plan_or_most(
    case: RescueCase, params: RescueParams, *, seed: int, stop: Callable[[], bool]
) -> RescuePlan | None:
    try:
        return solve(case.problem, params, seed=seed, stop=stop)
    except GoalOutOfReachError as error:
        most = int(error.most_share * 1000) / 1000
    try:
        return solve(case.problem, replace(params, clear_share=most), seed=seed, stop=stop)
    except GoalOutOfReachError:
        return None


def _cleared_share(case: RescueCase, plan: RescuePlan) -> float:
    total = case.problem.total_kg
    return cleared_kg(plan.schedule) / total if total > 0 else 1.0


def whole_tenths(yuan: float) -> float:
    """Round a price to the whole 0.1 yuan that a buyer is shown."""
    return round(round(yuan * 10) / 10, 1)
