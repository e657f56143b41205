"""What happens to prices when part of a market follows the advice.

Each year every grower plants: followers as advised, the others mostly what they grew before,
some of them what paid best last year (the cobweb of Ezekiel 1938, doi:10.2307/1881734).  The
price of a crop is `norm·exp(-φ·(area / usual area - 1))·noise`.  The simulator exists to hold the
advice to its promise: following it must not make prices swing more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Advice = Callable[[Floats], Floats]
"""From last year's relative prices (C,) to shares of the followers' land (C,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A market of C crops with equal usual areas, and growers who chase or stay.

    `chasing_share` of those who do not follow move to last year's best-paid crop each year.
    """

    crops: int
    saturation: float
    noise: float
    chasing_share: float
    years: int


def log_prices(
    market: Market, *, follower_share: float, advice: Advice, generator: np.random.Generator
) -> Floats:
    """Return relative log prices of each year and crop, (years, C)."""
    usual = np.full(market.crops, 1.0 / market.crops)
    area, out = usual.copy(), np.empty((market.years, market.crops))
    last = np.zeros(market.crops)
    for year in range(market.years):
        chased = np.zeros(market.crops)
        chased[int(last.argmax())] = 1.0
        drift = (1 - market.chasing_share) * (0.5 * area + 0.5 * usual)
        others = drift + market.chasing_share * chased
        followed = advice(np.exp(last))
        area = follower_share * followed + (1 - follower_share) * others
        shock = market.noise * generator.standard_normal(market.crops)
        last = -market.saturation * (area / usual - 1) + shock
        out[year] = last
    return out


def price_variance(log_price: Floats, *, burn_in: int = 10) -> float:
    """Return the mean variance over the years of a crop's log price."""
    return float(log_price[burn_in:].var(axis=0).mean())
