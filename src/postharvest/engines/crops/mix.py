"""Which crops in which shares: the mean against the worst fifth, with a cap per crop.

    max (1-λ)·mean(m·w) + λ·CVaR_20(m·w)    s.t.  Σw ≤ 1,  0 ≤ w_c ≤ cap

A linear programme after Rockafellar & Uryasev 2000 (doi:10.21314/JOR.2000.038), solved by HiGHS.
Land left over lies fallow: nothing is planted at an expected loss.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

Floats = NDArray[np.float64]

WORST_SHARE = 0.2
DEFAULT_CAP = 0.4
DEFAULT_RISK = 0.6
_CRUMB = 0.005
"""Shares below half a percent are left fallow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MixParams:
    """λ, between 0 (the mean alone) and 1 (the worst fifth alone), and the cap per crop."""

    risk: float = DEFAULT_RISK
    cap: float = DEFAULT_CAP

    def __post_init__(self) -> None:
        if not 0 <= self.risk <= 1 or not 0 < self.cap <= 1:
            raise ValueError("risk must be in 0 … 1, cap above 0 and at most 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares of the land (C,), and what they bring per mu."""

    weight: Floats
    mean: float
    worst_fifth: float
    loss_chance: float


def best_mix(margin: Floats, params: MixParams) -> Mix:
    """Return the best shares for margins (C, K)."""
    crops, futures = margin.shape
    tail = 1.0 / (WORST_SHARE * futures)
    cost = np.concatenate(
        [
            -(1 - params.risk) * margin.mean(axis=1),
            [-params.risk],
            np.full(futures, params.risk * tail),
        ]
    )
    # k-th row: threshold - m_k·w - excess_k ≤ 0; last row: all land
    rows = np.zeros((futures + 1, crops + 1 + futures))
    rows[:futures, :crops] = -margin.T
    rows[:futures, crops] = 1.0
    rows[:futures, crops + 1 :] = -np.eye(futures)
    rows[futures, :crops] = 1.0
    found = linprog(
        cost,
        A_ub=rows,
        b_ub=np.concatenate([np.zeros(futures), [1.0]]),
        bounds=[(0.0, params.cap)] * crops + [(None, None)] + [(0.0, None)] * futures,
        method="highs",
    )
    if not found.success or found.x is None:
        raise ValueError(f"the crop mix could not be solved: {found.message}")
    weight = np.where(found.x[:crops] < 1e-6, 0.0, found.x[:crops])
    return described(weight, margin)


def settled_mix(
    margin_if: Callable[[Floats], Floats], params: MixParams, *, crops: int, rounds: int = 16
) -> Floats:
    """Return shares (C,) that stay best when all who are advised follow them.

    `margin_if` maps shares to the margins (C, K) that they lead to.  Each round moves 2 / (k + 2)
    of the way to the best answer (Frank & Wolfe 1956, doi:10.1002/nav.3800030109), which settles
    where no crop is crowded by the advice itself.
    """
    weight = np.zeros(crops)
    for k in range(rounds):
        answer = best_mix(margin_if(weight), params).weight
        weight = weight + 2.0 / (k + 2) * (answer - weight)
    return np.asarray(np.where(weight < _CRUMB, 0.0, weight))


def described(weight: Floats, margin: Floats) -> Mix:
    """Return what given shares bring."""
    outcome = np.sort(weight @ margin)
    worst = outcome[: max(1, int(np.ceil(WORST_SHARE * len(outcome))))]
    return Mix(
        weight=weight,
        mean=float(outcome.mean()),
        worst_fifth=float(worst.mean()),
        loss_chance=float((outcome < 0).mean()),
    )


def spread_over_growers(
    weight: Floats, *, land_mu: Floats, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Give each grower one crop (or -1, fallow) so that the village's land follows the weights.

    Largest holdings first, each to the crop furthest below its target, so that no crop gets more
    than a holding too much and the advice itself does not make the glut.  Equal holdings are
    served in random order.
    """
    target = np.concatenate([weight, [max(0.0, 1.0 - float(weight.sum()))]]) * land_mu.sum()
    order = np.lexsort((generator.random(len(land_mu)), -land_mu))
    given = np.zeros(len(target))
    out = np.empty(len(land_mu), dtype=np.int64)
    for grower in order:
        crop = int(np.argmax(target - given))
        given[crop] += land_mu[grower]
        out[grower] = crop if crop < len(weight) else -1
    return out
