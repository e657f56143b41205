"""Who has a base within reach, and since when: hours, and the share of a surplus that is offered.

A county offers ``participation`` of its surplus once a base has stood for ``ramp_weeks`` within
half of ``reach_hours``; less while the base is young or farther away.  Every term grows with each
base, so more bases never mean less access.
"""

import numpy as np
from numba import njit

from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.problem import Floats, Province, Run, Scenario

ACCESS_HOURS = (2.0, 3.0, 4.0)
FAR_HOURS = 99.0
"""No base stands: a finite number, so that means stay finite."""


def hours_and_offer(
    province: Province, scenario: Scenario, run: Run, world: Assumptions
) -> tuple[Floats, Floats]:
    """Return hours to the nearest open base, and the offered share; both (n, weeks)."""
    hours = run.travel.hours(province.base_km[:, scenario.base]) / world.road_speed
    return _over_weeks(
        hours, scenario.opens, run.weeks, world.reach_hours, world.ramp_weeks, world.participation
    )


def households_within(province: Province, hours: Floats) -> Floats:
    """Return rural households within 2, 3 and 4 h of an open base, (weeks, 3)."""
    inside = [province.households @ (hours <= limit) for limit in ACCESS_HOURS]
    households: Floats = np.stack(inside, axis=1)
    return households


@njit(cache=True, nogil=True)
def _over_weeks(  # noqa: PLR0917  (compiled code takes no keywords)
    hours: np.ndarray,
    opens: np.ndarray,
    weeks: int,
    reach_hours: float,
    ramp_weeks: float,
    participation: float,
) -> tuple[np.ndarray, np.ndarray]:
    n, bases = hours.shape
    nearest = np.full((n, weeks), 99.0)
    offer = np.zeros((n, weeks))
    for i in range(n):
        for b in range(bases):
            near = min(1.0, max(0.0, 2.0 * (1.0 - hours[i, b] / reach_hours)))
            for w in range(max(0, opens[b]), weeks):
                nearest[i, w] = min(nearest[i, w], hours[i, b])
                if near > 0.0:
                    grown = min(1.0, (w - opens[b] + 1) / max(1.0, ramp_weeks))
                    offer[i, w] = max(offer[i, w], participation * near * grown)
    return nearest, offer
