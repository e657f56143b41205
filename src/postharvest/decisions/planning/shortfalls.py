"""Says which requirement keeps a goal out of reach, and by how much; or what stops all selling."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import RescueCase
from postharvest.engines.rescue.limits import Limit, clearable_share, limits
from postharvest.engines.rescue.problem import Floats

_SAID = 3
_MORE = {
    "people": "{lacking:,.0f} more person-days of packing ({there_is:,.0f} there are)",
    "post_office": "{lacking:,.0f} more parcels through the post office ({there_is:,.0f} it takes)",
    "lanes": "{lacking:,.0f} more parcels on the lanes ({there_is:,.0f} they take)",
    "point_parcels": "{lacking:,.0f} more parcels out of the points ({there_is:,.0f} they give)",
    "shelf_life": "a shelf life of {lacking:g} days more ({there_is:g} are assumed)",
    "demand": "{lacking:,.0f} kg more demand ({there_is:,.0f} kg at the cheapest price)",
    "closed_days": "{lacking:,.0f} of the closed point-days opened ({there_is:,.0f} are open)",
}
_ALL_OF_IT = {
    "people": "people to pack",
    "post_office": "parcels through the post office",
    "lanes": "parcels on the lanes",
    "point_parcels": "parcels out of the points",
    "shelf_life": "shelf life",
    "demand": "buyers",
    "closed_days": "open days",
}


def out_of_reach(
    case: RescueCase, *, clear_share: float, most_share: float, seed: int
) -> InvalidInput:
    """Return the refusal of a clearing goal: the largest share, what is lacking and how much."""
    most = math.floor(most_share * 1000) / 1000  # never promise more than can be held
    found = [
        _in_days(case, one, clear_share=clear_share, seed=seed)
        for one in limits(case.problem, seed=seed, clear_share=clear_share)
    ]
    ask = f"ask for clear:{most:g} or less" if most > 0 else "no price clears anything"
    return InvalidInput(
        "goal",
        f"clear:{clear_share:g} can't be met in {case.name}: the largest share that can be "
        f"cleared is {most * 100:g} %; {_because(found)}{ask}",
        most_share=most_share,
        limits=[limit_facts(one) for one in found],
    )


def limit_facts(limit: Limit) -> dict[str, Any]:
    """Write a limit as facts for pages: requirement, share_without, there_is, lacking."""
    return {
        "requirement": limit.requirement,
        "share_without": min(1.0, limit.share_without),
        "there_is": limit.there_is,
        "lacking": limit.lacking,
    }


def standstill(case: RescueCase) -> list[dict[str, Any]]:
    """Return what alone keeps everything from being sold online, whatever it would earn."""
    p = case.problem
    stops = {
        "people": p.pool_people.sum() <= 0,
        "closed_days": not p.point_may_open.any(),
        "post_office": p.hub_parcels_per_day.sum() <= 0,
        "lanes": p.zone_parcels_per_day.sum() <= 0,
        "demand": p.demand_kg.sum() <= 0,
    }
    found: list[dict[str, Any]] = [{"kind": kind} for kind, stop in stops.items() if stop]
    if not p.fresh_enough().any():
        found.append(
            {
                "kind": "shelf_life",
                "there_is": case.shelf_life_days,
                "lacking": round(min(_days_wanted(case)), 2),
            }
        )
    return found


def _in_days(case: RescueCase, limit: Limit, *, clear_share: float, seed: int) -> Limit:
    """Count a shelf life that is too short in days: the fewest more that let the goal be met."""
    if limit.requirement != "shelf_life":
        return limit
    lacking = None
    if limit.share_without >= clear_share:
        for days in sorted(_days_wanted(case)):
            longer = replace(case.problem, late_share=_late_share(case, days))
            if clearable_share(longer, seed=seed) >= clear_share:
                lacking = days
                break
    return replace(limit, there_is=case.shelf_life_days, lacking=lacking)


def _days_wanted(case: RescueCase) -> set[float]:
    """Days of life more at which a zone, at some age, can be reached in time."""
    p, life = case.problem, case.shelf_life_days - case.promise_days
    wanted = set()
    for pmf in case.transit:
        needed = _days_to_most(pmf, 1.0 - p.max_late_share)
        wanted |= {needed + age - life for age in range(p.ages) if needed + age > life}
    return wanted or {0.0}


def _days_to_most(pmf: tuple[float, ...], share: float) -> int:
    running = np.cumsum(pmf)
    return int(np.searchsorted(running, share - 1e-12)) + 1


def _late_share(case: RescueCase, more_days: float) -> Floats:
    life = case.shelf_life_days - case.promise_days + more_days
    return np.array(
        [
            [
                math.fsum(q for day, q in enumerate(pmf, 1) if day > life - age)
                for pmf in case.transit
            ]
            for age in range(case.problem.ages)
        ]
    )


def _because(found: list[Limit]) -> str:
    """Say what would do, the least doubtful first; empty where nothing does alone."""
    enough = [one for one in found if one.lacking is not None]
    if enough:
        return f"at least {' or '.join(_more(one) for one in enough[:_SAID])} would do; "
    if not found:
        return "no single requirement lifts it, several bind together; "
    said = " or ".join(
        f"more {_ALL_OF_IT[one.requirement]} would lift it to {min(1.0, one.share_without):.0%}"
        for one in found[:2]
    )
    return f"nothing does alone, {said}; "


def _more(limit: Limit) -> str:
    rounded: Mapping[str, float] = {
        "lacking": limit.lacking or 0.0
        if limit.requirement == "shelf_life"
        else math.ceil((limit.lacking or 0.0) - 1e-6),
        "there_is": limit.there_is,
    }
    return _MORE[limit.requirement].format(**rounded)
