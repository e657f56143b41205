"""National express as the State Post Bureau measures it: hours from collection to delivery.

    hours = (handling + road km / speed) · lognormal error

The handling and the spread are set by the two national figures of one year (mean hours, share in
72 h), so those two agree by construction; what tests the model is what it was not given: the means
to eastern, central and western destinations.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from postharvest.engines.nation.problem import Floats

ROAD_DETOUR = 1.324
LIMIT_HOURS = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Express:
    """A fitted model: handling hours and the spread of log hours."""

    handling_hours: float
    log_spread: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flows:
    """Parcels between prefectures: ``km`` (n, n) great circles, ``weight`` (n, n) summing to 1.

    ``km_h`` is the mean speed of the line haul with its stops, an assumption.
    """

    km: Floats
    weight: Floats
    km_h: float

    def __post_init__(self) -> None:
        if self.km.shape != self.weight.shape:
            raise ValueError("km and weight must have the same shape")


def line_hours(flows: Flows) -> Floats:
    """Return driving hours between prefectures."""
    hours: Floats = flows.km * ROAD_DETOUR / flows.km_h
    return hours


def fitted(flows: Flows, *, mean_hours: float, share_in_72: float) -> Express:
    """Set handling and spread to a year's mean and 72-hour share.

    Raises
    ------
    ValueError
        The lines alone take longer than the mean.
    """
    lines = line_hours(flows)
    handling = mean_hours - float((flows.weight * lines).sum())
    if handling <= 0:
        raise ValueError("the lines alone take longer than the mean")

    def excess(spread: float) -> float:
        return (
            share_within(flows, Express(handling_hours=handling, log_spread=spread)) - share_in_72
        )

    return Express(handling_hours=handling, log_spread=float(brentq(excess, 0.02, 0.9)))


def share_within(flows: Flows, express: Express, hours: float = LIMIT_HOURS) -> float:
    """Return the share of parcels delivered within so many hours."""
    spread = express.log_spread
    mean = express.handling_hours + line_hours(flows)
    late = (np.log(hours) - np.log(mean) + spread**2 / 2) / spread
    return float((flows.weight * ndtr(late)).sum())


def mean_to(flows: Flows, express: Express, destinations: Floats) -> float:
    """Return mean hours to the destinations marked with 1 (n,)."""
    weight = flows.weight * destinations[None]
    mean = express.handling_hours + line_hours(flows)
    return float((weight * mean).sum() / weight.sum())
