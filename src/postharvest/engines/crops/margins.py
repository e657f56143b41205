"""Margins per mu in many futures, with prices that everybody's planting pushes down.

    margin[c, k] = suit[c]·yield[c, k]·(P[c, k]·exp(-φ[c]·share[c]) - haul[c]) - cost[c, k]

where share is the intended area (registered, and that of all who get the same advice) over the
usual one.  A range (low, usual, high) is read as 10 %, 50 %, 90 % points and drawn from two half
log-normals that meet in the middle.  Prices of crops of one group move together; a place's own
price history, where there is one, replaces the range by a shrunk mean-reverting relative price
with bootstrapped residuals.  A tree's years without a crop are spread over its bearing life.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_Z90 = 1.2815515655
GROUP_CORRELATION = 0.4
BEARING_LIFE_YEARS = 15.0
_BARREN_COST_SHARE = 0.5
_PRIOR_YEARS = 3.0
_REVERSION = 0.5
"""A price a year ahead keeps about half of its distance from the norm (annual producer prices)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """What is known of a crop in a place.

    Attributes
    ----------
    yield_kg_mu, cost_yuan_mu, price_yuan_kg : (low, usual, high)
    suitability : 0 … 1.
    saturation : φ, by how much the log price falls when planting grows by the usual area.
    usual_mu : area that the outlets are used to.
    intended_mu : area that others registered.
    own_years : seasons of the place's own records in these figures.
    past_prices_yuan_kg : (n,) the place's own yearly prices, oldest first; may be empty.
    """

    key: str
    group: str
    yield_kg_mu: tuple[float, float, float]
    cost_yuan_mu: tuple[float, float, float]
    price_yuan_kg: tuple[float, float, float]
    suitability: float
    saturation: float
    usual_mu: float
    intended_mu: float
    haul_yuan_kg: float
    years_to_first_crop: float
    own_years: int
    past_prices_yuan_kg: Floats

    def __post_init__(self) -> None:
        for name in ("yield_kg_mu", "cost_yuan_mu", "price_yuan_kg"):
            low, usual, high = getattr(self, name)
            if not 0 < low <= usual <= high:
                raise ValueError(f"{self.key}: {name} must rise from above zero")
        if not 0 <= self.suitability <= 1 or self.saturation < 0:
            raise ValueError(f"{self.key}: suitability or saturation is out of range")
        if self.usual_mu <= 0 or self.intended_mu < 0:
            raise ValueError(f"{self.key}: usual area must be above 0, the intended not below")


@dataclass(frozen=True, slots=True)
class Futures:
    """Drawn futures, each (C, K): kg per mu, yuan per kg before saturation, yuan per mu."""

    kilograms: Floats
    price: Floats
    cost: Floats


def draw_futures(
    crops: tuple[Crop, ...], *, scenarios: int, generator: np.random.Generator
) -> Futures:
    """Draw yields, prices and costs of the coming year."""
    groups = sorted({crop.group for crop in crops})
    common = {group: generator.standard_normal(scenarios) for group in groups}
    kilograms, price, cost = (np.empty((len(crops), scenarios)) for _ in range(3))
    for i, crop in enumerate(crops):
        own = generator.standard_normal((3, scenarios))
        together = np.sqrt(GROUP_CORRELATION) * common[crop.group]
        price_z = together + np.sqrt(1 - GROUP_CORRELATION) * own[0]
        price[i] = price_futures(crop, price_z, generator=generator)
        kilograms[i] = crop.suitability * _drawn(crop.yield_kg_mu, own[1])
        cost[i] = _drawn(crop.cost_yuan_mu, own[2])
    return Futures(kilograms, price, cost)


def margins(crops: tuple[Crop, ...], futures: Futures, *, advised_mu: Floats) -> Floats:
    """Return yuan per mu and year, (C, K), if the advised areas (C,) are planted too."""
    out = np.empty_like(futures.price)
    for i, crop in enumerate(crops):
        share = (crop.intended_mu + advised_mu[i]) / crop.usual_mu
        price = futures.price[i] * np.exp(-crop.saturation * share)
        yearly = futures.kilograms[i] * (price - crop.haul_yuan_kg) - futures.cost[i]
        barren = min(crop.years_to_first_crop / BEARING_LIFE_YEARS, 1.0)
        out[i] = (1 - barren) * yearly - barren * _BARREN_COST_SHARE * futures.cost[i]
    return out


def price_futures(crop: Crop, z: Floats, *, generator: np.random.Generator) -> Floats:
    """Return next season's prices before saturation, from standard normals z (K,)."""
    spread = _drawn(crop.price_yuan_kg, z)
    past = crop.past_prices_yuan_kg
    if len(past) < 3:
        return spread
    norm = np.exp(np.log(past).mean())
    relative = np.log(past / norm)
    residual = relative[1:] - _REVERSION * relative[:-1]
    residual = residual - residual.mean()
    ahead = _REVERSION * relative[-1] + generator.choice(residual, size=len(z))
    keep = len(past) / (len(past) + _PRIOR_YEARS)
    return np.asarray(np.exp(keep * (np.log(norm) + ahead) + (1 - keep) * np.log(spread)))


def _drawn(limits: tuple[float, float, float], z: Floats) -> Floats:
    low, usual, high = limits
    down, up = np.log(usual / low) / _Z90, np.log(high / usual) / _Z90
    return np.asarray(usual * np.exp(np.where(z < 0, down, up) * z))


def with_own_records(
    shipped: tuple[float, float, float], own: Floats
) -> tuple[float, float, float]:
    """Shrink a shipped range towards the place's own records, which count n of n + 3."""
    if len(own) == 0:
        return shipped
    keep = len(own) / (len(own) + _PRIOR_YEARS)
    usual = float(np.exp(keep * np.log(own).mean() + (1 - keep) * np.log(shipped[1])))
    return usual * shipped[0] / shipped[1], usual, usual * shipped[2] / shipped[1]
