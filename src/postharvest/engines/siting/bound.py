r"""The certificate: a Lagrangian bound with the assignment rows relaxed.

With one dual u per demand and phase,

.. math:: \rho_{tj} = \sum_i \min(0, c_{ij} - u_{ti}) + f_j, \qquad
          R_{j\ell} = \sum_{t \ge \ell} \theta_t \rho_{tj} \quad (R_{jT} = 0), \qquad
          L(u) = \sum_t \theta_t \sum_i u_{ti} + \min_{\ell} \sum_j R_{j\ell_j}

where the levels respect the counts of each phase.  L(u) is a lower bound for every u (weak
duality; Cornuejols, Fisher and Nemhauser 1977, doi 10.1287/mnsc.23.8.789).  Because u is clamped
below every cost left off a list, truncated lists give the same value as full ones.  The ascent is a
deflected subgradient with Polyak steps, scaled by demand (Camerini et al. 1975,
doi 10.1007/BFb0120697).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from postharvest.engines.siting.levels import choose_levels
from postharvest.engines.siting.problem import Floats, Ints
from postharvest.engines.siting.state import Lists

DEFLECTION = 0.3
AVERAGE = 0.05  # share of the newest choice in the averaged primal
LEAST_STEP = 1e-6  # share of the gap that counts as progress
SLOWER = 0.65  # pace factor after a stall
SLOWEST = 1e-6


class Ascent(NamedTuple):
    """What the ascent carries from call to call; arrays are updated in place.

    ``dual`` (T, n) best u; ``value`` (1,) its bound; ``offer`` (T+1,) multipliers of the level
    counts; ``reward`` (m, T+1) R at the best u; ``chosen`` (m,) levels at the best u;
    ``share`` (T, m) averaged primal; ``penalty`` (G,) multipliers of the regional minima.
    """

    dual: Floats
    value: Floats
    offer: Floats
    reward: Floats
    chosen: Ints
    share: Floats
    penalty: Floats


class Ground(NamedTuple):
    """What stays the same through a solve: ``limit`` and ``scale`` (n,), ``counts`` (T+1,)."""

    limit: Floats
    scale: Floats
    counts: Ints


class Course(NamedTuple):
    """One climb: the plan to compare with, iterations, first pace, patience, and where to stop."""

    upper: float
    rounds: int
    pace: float
    patience: int
    target: float


def new_ascent(lists: Lists, dual: Floats, level: Ints) -> Ascent:
    """Start from a dual (T, n) and a choice of levels."""
    phases, m = len(lists.years), len(lists.low)
    return Ascent(
        dual=dual.copy(),
        value=np.full(1, -np.inf),
        offer=np.zeros(phases + 1),
        reward=np.zeros((m, phases + 1)),
        chosen=level.copy(),
        share=(level[None, :] <= np.arange(phases)[:, None]).astype(np.float64),
        penalty=np.zeros(len(lists.region_min)),
    )


@njit(cache=True, nogil=True)
def rewards(lists: Lists, dual: Floats, penalty: Floats, rho: Floats, reward: Floats) -> None:
    """Fill ``rho`` (T, m) and ``reward`` (m, T+1); forbidden levels cost infinity."""
    phases, m = rho.shape
    for t in range(phases):
        rho[t, :] = lists.site_cost
        for i in range(lists.far.shape[0]):
            u = dual[t, i]
            for k in range(lists.row_start[i], lists.row_start[i + 1]):
                c = lists.cost[k]
                if c >= u:
                    break
                rho[t, lists.candidate[k]] += c - u
    for j in range(m):
        reward[j, phases] = 0.0
        for t in range(phases - 1, -1, -1):
            reward[j, t] = reward[j, t + 1] + lists.years[t] * rho[t, j]
        if 0 <= lists.region[j] < penalty.shape[0]:
            reward[j, 0] -= penalty[lists.region[j]]
        for level in range(phases + 1):
            if level < lists.low[j] or level > lists.high[j]:
                reward[j, level] = np.inf


@njit(cache=True, nogil=True)
def ascend(lists: Lists, ascent: Ascent, ground: Ground, course: Course) -> tuple[float, int]:
    """Raise the bound until the course ends; (last pace, iterations done)."""
    phases, n = ascent.dual.shape
    m = lists.low.shape[0]
    u, penalty, offer = ascent.dual.copy(), ascent.penalty.copy(), ascent.offer.copy()
    chosen = ascent.chosen.copy()
    rho, reward = np.empty((phases, m)), np.empty((m, phases + 1))
    slope, slant = np.zeros((phases, n)), np.zeros(penalty.shape[0])
    pace, stalled = course.pace, 0
    for done in range(course.rounds):
        rewards(lists, u, penalty, rho, reward)
        value = choose_levels(reward, ground.counts, offer, chosen) + _constant(lists, u, penalty)
        _average(ascent.share, chosen)
        stalled += 1
        if value > ascent.value[0]:
            if value > ascent.value[0] + LEAST_STEP * abs(course.upper - value):
                stalled = 0
            _remember(ascent, value, u, penalty, offer, reward, chosen)
        if ascent.value[0] >= course.target:
            return pace, done + 1
        if stalled >= course.patience:
            stalled = 0
            pace *= SLOWER
            if pace < SLOWEST:
                return pace, done + 1
            u[:], penalty[:], offer[:] = ascent.dual, ascent.penalty, ascent.offer
            chosen[:] = ascent.chosen
            slope[:] = 0.0
            slant[:] = 0.0
        length = _slope(lists, u, chosen, ground.scale, slope)
        length += _slant(lists, chosen, ground.scale.mean(), slant)
        if length <= 0.0:
            return pace, done + 1
        step = pace * max(course.upper - value, 1e-9 * abs(course.upper)) / length
        _move(u, penalty, step, ground, slope, slant)
    return pace, course.rounds


@njit(cache=True, nogil=True)
def _constant(lists: Lists, u: Floats, penalty: Floats) -> float:
    value = 0.0
    for t in range(u.shape[0]):
        value += lists.years[t] * u[t].sum()
    for g in range(penalty.shape[0]):
        value += penalty[g] * lists.region_min[g]
    return value


@njit(cache=True, nogil=True)
def _average(share: Floats, chosen: Ints) -> None:
    for t in range(share.shape[0]):
        for j in range(share.shape[1]):
            share[t, j] *= 1.0 - AVERAGE
            if chosen[j] <= t:
                share[t, j] += AVERAGE


@njit(cache=True, nogil=True)
def _remember(  # noqa: PLR0917  (compiled code takes no keywords)
    ascent: Ascent,
    value: float,
    u: Floats,
    penalty: Floats,
    offer: Floats,
    reward: Floats,
    chosen: Ints,
) -> None:
    ascent.value[0] = value
    ascent.dual[:] = u
    ascent.penalty[:] = penalty
    ascent.offer[:] = offer
    ascent.reward[:] = reward
    ascent.chosen[:] = chosen


@njit(cache=True, nogil=True)
def _slope(lists: Lists, u: Floats, chosen: Ints, scale: Floats, slope: Floats) -> float:
    """Deflect the subgradient in the duals: 1 minus how often a demand is served; its length."""
    length = 0.0
    for t in range(u.shape[0]):
        for i in range(u.shape[1]):
            if lists.row_start[i] == lists.row_start[i + 1]:
                continue
            served = 0
            for k in range(lists.row_start[i], lists.row_start[i + 1]):
                if lists.cost[k] >= u[t, i]:
                    break
                if chosen[lists.candidate[k]] <= t:
                    served += 1
            slope[t, i] = lists.years[t] * (1 - served) + DEFLECTION * slope[t, i]
            length += scale[i] * slope[t, i] * slope[t, i]
    return length


@njit(cache=True, nogil=True)
def _slant(lists: Lists, chosen: Ints, scale: float, slant: Floats) -> float:
    """Do the same for the regional minima: how many bases a region still lacks."""
    length = 0.0
    for g in range(slant.shape[0]):
        have = 0
        for j in range(chosen.shape[0]):
            if lists.region[j] == g and chosen[j] == 0:
                have += 1
        slant[g] = (lists.region_min[g] - have) + DEFLECTION * slant[g]
        length += slant[g] * slant[g] * scale
    return length


@njit(cache=True, nogil=True)
def _move(  # noqa: PLR0917  (compiled code takes no keywords)
    u: Floats, penalty: Floats, step: float, ground: Ground, slope: Floats, slant: Floats
) -> None:
    """Step, then clamp: no dual below 0 or above what the list of its demand can prove."""
    for t in range(u.shape[0]):
        for i in range(u.shape[1]):
            moved = u[t, i] + step * ground.scale[i] * slope[t, i]
            u[t, i] = min(max(moved, 0.0), ground.limit[i])
    for g in range(penalty.shape[0]):
        penalty[g] = max(0.0, penalty[g] + step * ground.scale.mean() * slant[g])
