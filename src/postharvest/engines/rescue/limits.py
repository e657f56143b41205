"""Which requirement keeps a goal out of reach: lift one at a time and see how much clears."""

from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.rescue.problem import RescueParams, RescueProblem
from postharvest.engines.rescue.search import Search
from postharvest.engines.rescue.solve import never
from postharvest.engines.rescue.zones import merge_zones

_PLENTY = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Lifting ``requirement`` alone would let ``share_without`` of the surplus be cleared."""

    requirement: str
    share_without: float


def limits(problem: RescueProblem, *, seed: int) -> list[Limit]:
    """Return the requirements that bind at the cheapest price, the most limiting first.

    Computed on the linear relaxation, so the shares are upper bounds.
    """
    p = problem
    now = _most_share(p, seed=seed)
    lifted = {
        "people": replace(
            p, pool_people=_PLENTY * p.pool_people + 100, stations=(p.stations + 5) * 20
        ),
        "post_office": replace(p, hub_parcels_per_day=np.full(p.days, np.inf)),
        "lanes": replace(p, zone_parcels_per_day=np.full((p.zones, p.days), np.inf)),
        "point_parcels": replace(p, point_parcels_per_day=np.full((p.points, p.days), np.inf)),
        "shelf_life": replace(p, max_late_share=1.0),
        "demand": replace(p, demand_kg=_PLENTY * p.demand_kg),
        "closed_days": replace(p, point_may_open=np.ones_like(p.point_may_open)),
    }
    found = [
        Limit(requirement=name, share_without=share)
        for name, changed in lifted.items()
        if (share := _most_share(changed, seed=seed)) > now + 1e-3
    ]
    return sorted(found, key=lambda limit: -limit.share_without)


def _most_share(problem: RescueProblem, *, seed: int) -> float:
    search = Search(merge_zones(problem).problem, RescueParams(), seed=seed, stop=never)
    search.aim_at_kg(problem.levels - 1)
    value = search.session.solve().value
    return 0.0 if value is None or problem.total_kg <= 0 else value / problem.total_kg
