"""What finished sales teach about the next one's demand, in the words of a rescue case.

A rescue plan assumes `reference_kg` at a reference price and an elasticity.  Where a produce has
been sold before, these come from its sales, with their uncertainty; each finished sale added to
the sales moves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.engines.pricing.elasticity import ListingSales
from postharvest.engines.pricing.planned_demand import MIN_ROWS, PlannedOffer, planned_demand

_LOW, _MIDDLE, _HIGH = 2, 6, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedDemand:
    """Kilograms over the coming steps at the reference price (80 % band), and the elasticity.

    `elasticity` is negative, as in the price tables; a rescue case writes it without the sign.
    """

    reference_price: float
    reference_kg: float
    reference_kg_low: float
    reference_kg_high: float
    elasticity: float
    elasticity_low95: float
    elasticity_high95: float
    rows: int
    level: str


def learned_demand(
    sales: Sequence[ListingSales], *, listing: str, steps: int, seed: int
) -> LearnedDemand:
    """Learn a listing's demand at the median price it was sold at.

    Raises
    ------
    InvalidInput
        The listing is unknown, or has too few rows to have a level of its own.
    """
    own = next((one for one in sales if one.listing == listing), None)
    if own is None:
        raise InvalidInput("listing", f"{listing!r} is not among the sales")
    usable = int((own.usable & (own.quantity > 0)).sum())
    if usable < MIN_ROWS:
        raise InvalidInput(
            "listing", f"{listing!r} has {usable} usable rows; {MIN_ROWS} are needed"
        )
    price = float(np.median(own.price[own.usable]))
    offer = PlannedOffer(
        listing=listing, price=np.full(steps, price), promoted=np.zeros(steps, dtype=bool)
    )
    (found,) = planned_demand(sales, [offer], seed=seed)
    kilograms = found.reported().sum(axis=0)
    return LearnedDemand(
        reference_price=price,
        reference_kg=float(kilograms[_MIDDLE]),
        reference_kg_low=float(kilograms[_LOW]),
        reference_kg_high=float(kilograms[_HIGH]),
        elasticity=found.elasticity.estimate,
        elasticity_low95=found.elasticity.low95,
        elasticity_high95=found.elasticity.high95,
        rows=found.rows,
        level=found.elasticity.level,
    )
