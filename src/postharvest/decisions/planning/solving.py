"""Asks the rescue engine for one case and turns its refusals into words."""

from collections.abc import Callable
from dataclasses import replace

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import RescueCase
from postharvest.engines.rescue.limits import Limit, limits
from postharvest.engines.rescue.plan import RescuePlan, cleared_kg
from postharvest.engines.rescue.problem import RescueParams
from postharvest.engines.rescue.solve import GoalOutOfReachError, never, solve

FRONTIER_POINTS = 6
_MORE = {
    "people": "more people to pack",
    "post_office": "more parcels a day through the post office",
    "lanes": "more parcels a day on the lanes",
    "point_parcels": "more parcels a day out of the points",
    "shelf_life": "a longer shelf life or faster lanes",
    "demand": "more buyers",
    "closed_days": "points open on their closed days",
}


def plan_case(
    case: RescueCase,
    *,
    clear_share: float,
    seed: int,
    cpu_seconds: float = 3.5,
    wanted_gap: float = 0.001,
    max_unsold_spread: float = 1.0,
    wage_weight: float = 0.0,
    stop: Callable[[], bool] = never,
) -> RescuePlan:
    """Plan a case for most income (share 0) or for most income while a share is cleared.

    ``max_unsold_spread`` and ``wage_weight`` are choices of the house; what they cost is the
    difference to the plan without them.

    Raises
    ------
    InvalidInput
        If the share can't be cleared; names the largest that can.
    """
    params = RescueParams(
        clear_share=clear_share,
        cpu_seconds=cpu_seconds,
        wanted_gap=wanted_gap,
        max_unsold_spread=max_unsold_spread,
        wage_weight=wage_weight,
    )
    try:
        return solve(case.problem, params, seed=seed, stop=stop)
    except GoalOutOfReachError as error:
        most = int(error.most_share * 1000) / 10  # never promise more than can be held
        found = limits(case.problem, seed=seed)
        raise InvalidInput(
            "goal",
            f"clear:{clear_share:g} can't be met in {case.name}: the largest share that can be "
            f"cleared is {most:g} %; {_because(found)}"
            f"ask for clear:{round(most / 100, 4):g} or less",
            most_share=error.most_share,
            limits={limit.requirement: limit.share_without for limit in found},
        ) from None


def _because(found: list[Limit]) -> str:
    """Say what would lift the share, the strongest first; empty where nothing does alone."""
    if not found:
        return ""
    said = " or ".join(
        f"{_MORE[limit.requirement]} would lift it to {min(1.0, limit.share_without):.0%}"
        for limit in found[:2]
    )
    return f"{said}; "


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
    """Plans from most income to most cleared.

    The income plan comes first.  A share that an earlier plan clears anyway is answered by that
    plan (it is the best under the stricter goal too); the last plan clears all that can be.
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
    return plans


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
