"""Bayesian average over a lattice of mean-reverting models, in closed form at every node.

Model of a log series after its season is taken out (L is the lag operator):

    y_t = m + z_t,    (1 - ρL)(1 - φL) z_t = (1 + θL) e_t,    e_t ~ N(0, σ²),   m ~ N(ȳ, V)

ρ near 1 is how slowly a price comes back to its level, φ momentum, θ noise that does not last;
ρ = 1 is ARIMA(1,1,1), and with φ = 0 exponential smoothing.  For given (ρ, φ, θ) the innovations
are linear in m and the first state, so both are solved exactly (variable projection, Golub &
Pereyra 1973, doi:10.1137/0710036) and integrated out; the nodes are then weighted by their
marginal likelihood (Hoeting et al. 1999, doi:10.1214/ss/1009212519).  Why: no optimiser that can
stop early, parameter uncertainty in the spread, and a hundredth of the cost of a search per
series.  Everything is elementwise over (series, node), so a series' numbers do not depend on
which others are computed with it.
"""

from dataclasses import dataclass

import numpy as np

from postharvest.engines.forecast.problem import Floats, Tier, Whole

LEVEL_VARIANCE = 0.1
"""V, in squared log units: the long-run level lies within about a third of the sample's mean."""

_WIDE = 4.0
"""The first deviation may be twice what it seems: a series that trends starts far off."""

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Lattice:
    """Nodes (ρ, φ, θ), each array of shape (G,)."""

    rho: Floats
    phi: Floats
    theta: Floats

    @property
    def ar1(self) -> Floats:
        """First autoregressive coefficient ρ + φ."""
        return self.rho + self.phi

    @property
    def ar2(self) -> Floats:
        """Second autoregressive coefficient -ρφ."""
        return -self.rho * self.phi


_AXES: dict[Tier, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    Tier.FAST: ((0.75, 0.88, 0.95, 0.98, 1.0), (-0.3, 0.0, 0.4), (-0.7, -0.35, 0.0)),
    Tier.STANDARD: (
        (0.6, 0.75, 0.85, 0.9, 0.94, 0.96, 0.975, 0.985, 0.993, 1.0),
        (-0.3, 0.0, 0.3, 0.6),
        (-0.8, -0.6, -0.4, -0.2, 0.0, 0.2),
    ),
    Tier.BEST: (
        (0.5, 0.7, 0.8, 0.87, 0.91, 0.94, 0.96, 0.975, 0.985, 0.993, 1.0),
        (-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 0.92),
        (-0.9, -0.75, -0.6, -0.45, -0.3, -0.15, 0.0, 0.15, 0.3),
    ),
}


def lattice(tier: Tier) -> Lattice:
    """Return the nodes of a tier, without those where φ and θ cancel."""
    rho, phi, theta = (axis.ravel() for axis in np.meshgrid(*_AXES[tier], indexing="ij"))
    keep = (phi == 0) | (np.abs(phi + theta) >= 0.05)
    return Lattice(rho[keep], phi[keep], theta[keep])


@dataclass(frozen=True, slots=True)
class Blend:
    """Predictive moments of C series on the log scale, and the likeliest node of each.

    Attributes
    ----------
    centre, variance : (C, H)
    response : (C, H), mean response to an innovation, 1 at the first step.
    residual : (C, T) innovations at the likeliest node, zero before the series starts.
    node : (C,) index of the likeliest node.
    """

    centre: Floats
    variance: Floats
    response: Floats
    residual: Floats
    node: Whole


def blend(y: Floats, *, length: Whole, observed: Whole, nodes: Lattice, horizon: int) -> Blend:
    """Average the lattice for a block of series.

    Parameters
    ----------
    y : (C, T)
        Centred log values, right-aligned, zero before a series starts.
    length, observed : (C,)
        Steps since the start, and how many of them were observed rather than bridged.
    """
    steps = y.shape[1]
    unit, unit_state = _unit_responses(nodes, steps)
    start = steps - length
    level, first, normal, sse, state = _project(y, start=start, nodes=nodes, unit=unit)
    a11, a12, a22 = normal
    det = a11 * a22 - a12**2
    evidence = -0.5 * (np.log(det) + observed[:, None] * np.log(sse))
    weight = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    noise = sse / np.maximum(observed - 1, 1)[:, None]
    begun = unit_state[length]
    ahead = _Ahead(
        state=state + level[:, None] * begun[:, 0] + first[:, None] * begun[:, 1],
        unit=begun,
        level=level,
        covariance=(a22 / det, -a12 / det, a11 / det),
        noise=noise,
        weight=weight,
    )
    centre, variance, response = _look_ahead(ahead, nodes=nodes, horizon=horizon)
    node = evidence.argmax(axis=1)
    row = np.arange(len(node))
    residual = _residuals(
        y, start=start, at=_pick(nodes, node), level=level[row, node], first=first[row, node]
    )
    return Blend(centre, variance, response, residual, node)


def _pick(nodes: Lattice, node: Whole) -> Lattice:
    return Lattice(nodes.rho[node], nodes.phi[node], nodes.theta[node])


def _unit_responses(nodes: Lattice, steps: int) -> tuple[Floats, Floats]:
    """Innovations (T, 2, G) and states (T+1, 2 units, 2 states, G) for m = 1 and first state = 1.

    They depend on the time since the start only, so one table serves every series.
    """
    size = len(nodes.rho)
    gain = nodes.ar1 + nodes.theta
    innovation = np.zeros((steps, 2, size))
    states = np.zeros((steps + 1, 2, 2, size))
    states[0, 1, 0] = 1.0
    for t in range(steps):
        expected = states[t, :, 0].copy()
        expected[0] += 1.0
        e = -expected
        innovation[t] = e
        x1, x2 = states[t, :, 0], states[t, :, 1]
        states[t + 1, :, 0] = nodes.ar1 * x1 + x2 + gain * e
        states[t + 1, :, 1] = nodes.ar2 * (x1 + e)
    return innovation, states


def _project(
    y: Floats, *, start: Whole, nodes: Lattice, unit: Floats
) -> tuple[Floats, Floats, tuple[Floats, Floats, Floats], Floats, Floats]:
    """Solve m and the first state at every node.

    Returns level, first (C, G), the normal matrix's entries, the sum of squares, and the state
    (C, 2, G) that the data alone have built up by the last step.
    """
    size, steps = len(nodes.rho), y.shape[1]
    x1 = np.zeros((len(y), size))
    x2 = np.zeros_like(x1)
    see, b1, b2 = np.zeros_like(x1), np.zeros_like(x1), np.zeros_like(x1)
    together = bool((start == start[0]).all())
    for t in range(int(start.min()), steps):
        e = y[:, t, None] - x1
        u = unit[t - start[0]][None] if together else unit[np.maximum(t - start, 0)]
        if not together:
            e = e * (t >= start)[:, None]
        see += e * e
        b1 -= e * u[:, 0]
        b2 -= e * u[:, 1]
        z = x1 + e
        x1 = nodes.ar1 * z + x2 + nodes.theta * e
        x2 = nodes.ar2 * z
    length = steps - start
    gram = [
        np.cumsum(unit[:, i] * unit[:, j], axis=0)[length - 1] for i, j in ((0, 0), (0, 1), (1, 1))
    ]
    opening = y[np.arange(len(y)), start] ** 2
    after = np.maximum((see.min(axis=1) - opening) / length, _TINY)[:, None]
    a11 = gram[0] + after / LEVEL_VARIANCE
    a12 = gram[1]
    a22 = gram[2] + after / np.maximum(LEVEL_VARIANCE, _WIDE * opening)[:, None]
    det = a11 * a22 - a12**2
    level = (a22 * b1 - a12 * b2) / det
    first = (a11 * b2 - a12 * b1) / det
    sse = np.maximum(see - b1 * level - b2 * first, _TINY)
    return level, first, (a11, a12, a22), sse, np.stack([x1, x2], axis=1)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What the recursion into the future starts from."""

    state: Floats  # (C, 2, G)
    unit: Floats  # (C, 2 units, 2 states, G)
    level: Floats  # (C, G)
    covariance: tuple[Floats, Floats, Floats]  # of (m, first state), in units of noise
    noise: Floats  # (C, G)
    weight: Floats  # (C, G)


def _look_ahead(at: _Ahead, *, nodes: Lattice, horizon: int) -> tuple[Floats, Floats, Floats]:
    """Law of total mean and variance over the nodes, step by step."""
    count = len(at.weight)
    centre, variance, response = (np.empty((count, horizon)) for _ in range(3))
    x1, x2 = at.state[:, 0], at.state[:, 1]
    u1, u2 = at.unit[:, :, 0], at.unit[:, :, 1]
    v11, v12, v22 = at.covariance
    psi, next1, next2 = np.ones_like(nodes.rho), nodes.ar1 + nodes.theta, nodes.ar2
    psi_squared = np.zeros_like(nodes.rho)
    for h in range(horizon):
        psi_squared = psi_squared + psi**2
        mean = at.level + x1
        d0, d1 = 1.0 + u1[:, 0], u1[:, 1]
        unsure = v11 * d0**2 + 2 * v12 * d0 * d1 + v22 * d1**2
        centre[:, h] = (at.weight * mean).sum(axis=1)
        within = (at.weight * at.noise * (psi_squared + unsure)).sum(axis=1)
        between = (at.weight * (mean - centre[:, h, None]) ** 2).sum(axis=1)
        variance[:, h] = within + between
        response[:, h] = (at.weight * psi).sum(axis=1)
        x1, x2 = nodes.ar1 * x1 + x2, nodes.ar2 * x1
        u1, u2 = nodes.ar1 * u1 + u2, nodes.ar2 * u1
        psi, next1, next2 = next1, nodes.ar1 * next1 + next2, nodes.ar2 * next1
    return centre, variance, response


def _residuals(y: Floats, *, start: Whole, at: Lattice, level: Floats, first: Floats) -> Floats:
    """Innovations (C, T) at one node per series."""
    out = np.zeros_like(y)
    x1 = np.zeros(len(y))
    x2 = np.zeros(len(y))
    for t in range(int(start.min()), y.shape[1]):
        on = t >= start
        x1 = np.where(t == start, first, x1)
        e = np.where(on, y[:, t] - level - x1, 0.0)
        out[:, t] = e
        z = x1 + e
        x1 = np.where(on, at.ar1 * z + x2 + at.theta * e, 0.0)
        x2 = np.where(on, at.ar2 * z, 0.0)
    return out
