"""Crop advice for a place: each crop's margins and reasons, and the mix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.crops.margins import Crop, Futures, draw_futures, margins
from postharvest.engines.crops.mix import Mix, MixParams, described, settled_mix

Floats = NDArray[np.float64]

MIN_SUITABILITY = 0.2
SCENARIOS = 1000
_EVERY = 4
"""The mix settles on every fourth future; what it brings is told from all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CropOutlook:
    """A crop's margin in yuan per mu and year, and its share of the mix."""

    key: str
    mean: float
    p10: float
    p50: float
    p90: float
    loss_chance: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CropPlan:
    """The crops that can grow here, best first, and the mix."""

    outlooks: tuple[CropOutlook, ...]
    mix: Mix


def solve(crops: tuple[Crop, ...], params: MixParams, seed: int, *, land_mu: float) -> CropPlan:
    """Rank the crops and mix them; crops below `MIN_SUITABILITY` are not considered.

    `land_mu` is the land of all who are given this advice: what they plant weighs on its price.
    """
    fit = tuple(crop for crop in crops if crop.suitability >= MIN_SUITABILITY)
    if not fit:
        empty: Floats = np.zeros(0)
        return CropPlan(
            outlooks=(), mix=Mix(weight=empty, mean=0.0, worst_fifth=0.0, loss_chance=0.0)
        )
    futures = draw_futures(fit, scenarios=SCENARIOS, generator=np.random.default_rng(seed))
    some = Futures(*(a[:, ::_EVERY] for a in (futures.kilograms, futures.price, futures.cost)))
    weight = settled_mix(
        lambda w: margins(fit, some, advised_mu=land_mu * w), params, crops=len(fit)
    )
    margin = margins(fit, futures, advised_mu=land_mu * weight)
    mix = described(weight, margin)
    outlooks = [
        CropOutlook(
            key=crop.key,
            mean=float(margin[i].mean()),
            p10=float(np.quantile(margin[i], 0.1)),
            p50=float(np.quantile(margin[i], 0.5)),
            p90=float(np.quantile(margin[i], 0.9)),
            loss_chance=float((margin[i] < 0).mean()),
            share=float(mix.weight[i]),
        )
        for i, crop in enumerate(fit)
    ]
    outlooks.sort(key=lambda o: (-o.share, -o.mean))
    return CropPlan(outlooks=tuple(outlooks), mix=mix)
