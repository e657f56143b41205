"""Seasonal profiles, pooled over series, shrunk, and kept only where they earn their place.

A profile is a short Fourier series in the position within the season.  Its coefficients are
estimated by generalised least squares (every series and its harmonics are filtered by the
series' likeliest model first, so what lasts in a price is not taken for a season), pooled over
all series or over those of one produce, shrunk harmonic by harmonic by their variance *between
seasons* (markets of one produce err together, so seasons and not series are the sample), and
scaled by how well they did in the seasons left out.  James & Stein 1961; Arellano 1987
(doi:10.1111/j.1468-0084.1987.mp49004006.x) for the clustered variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from postharvest.engines.forecast.blend import Lattice
from postharvest.engines.forecast.problem import Flags, Floats, Whole

MAX_HARMONICS = 4
MIN_CYCLES = 3
_SCALES = (0.25, 0.5, 0.75, 1.0)
_BURN_IN = 3
_MAX_CYCLES = 32


@dataclass(frozen=True, slots=True)
class Evidence:
    """Normal equations of each series in each season.

    Attributes
    ----------
    information : (N, S, P, P), score : (N, S, P)
        Of the P coefficients, in units of the series' own noise; zero where there is no data.
    """

    information: Floats
    score: Floats

    @staticmethod
    def joined(parts: Sequence["Evidence"]) -> "Evidence":
        """Put the blocks of a chunked computation together."""
        return Evidence(
            np.concatenate([part.information for part in parts]),
            np.concatenate([part.score for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """Coefficients (N, P), and for each series whether they are kept (N,)."""

    coefficient: Floats
    kept: tuple[bool, ...]


def harmonics(phase: Floats, count: int) -> Floats:
    """Return cosines and sines, (…, 2·count), of a position in the season."""
    angle = 2 * np.pi * phase[..., None] * np.arange(1, count + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=-1)


def harmonic_count(season: int) -> int:
    """Return how many harmonics a season of so many steps can bear."""
    return min(MAX_HARMONICS, season // 2)


def season_evidence(
    y: Floats, *, phase: Floats, cycle: Whole, length: Whole, at: Lattice, cycles: int, count: int
) -> Evidence:
    """Filter a block of series and their harmonics, and sum up each season.

    Parameters
    ----------
    y, phase : (C, T)
        Centred log values and positions, right-aligned.
    cycle : (C, T)
        Season of each step, 0 … cycles-1; -1 where there is none.
    at : the likeliest node of each series.
    """
    size = 2 * count
    columns = np.concatenate([y[..., None], harmonics(phase, count)], axis=-1)
    start = y.shape[1] - length
    filtered = _filtered(columns, start=start, at=at)
    step = np.arange(y.shape[1])
    use = (step[None] >= (start + _BURN_IN)[:, None]) & (cycle >= 0)
    filtered *= use[..., None]
    noise = np.maximum((filtered[..., 0] ** 2).sum(axis=1) / np.maximum(use.sum(axis=1), 1), 1e-12)
    information = np.zeros((len(y), cycles, size, size))
    score = np.zeros((len(y), cycles, size))
    for s in range(cycles):
        part = filtered * (cycle == s)[..., None]
        x = part[..., 1:]
        information[:, s] = np.einsum("ntp,ntq->npq", x, x) / noise[:, None, None]
        score[:, s] = np.einsum("ntp,nt->np", x, part[..., 0]) / noise[:, None]
    return Evidence(information, score)


def _filtered(columns: Floats, *, start: Whole, at: Lattice) -> Floats:
    """Innovations of every column under the series' own model, started at its first value."""
    ar1, ar2, theta = (a[:, None] for a in (at.ar1, at.ar2, at.theta))
    out = np.zeros_like(columns)
    x1 = np.zeros((columns.shape[0], columns.shape[2]))
    x2 = np.zeros_like(x1)
    for t in range(int(start.min()), columns.shape[1]):
        x1 = np.where(np.equal(start, t)[:, None], columns[:, t], x1)
        e = np.where(np.less_equal(start, t)[:, None], columns[:, t] - x1, 0.0)
        out[:, t] = e
        z = x1 + e
        x1, x2 = ar1 * z + x2 + theta * e, ar2 * z
    return out


def cycle_width(span: int) -> int:
    """Return how many short seasons to merge into one so that a span's sums stay small."""
    return -(-span // _MAX_CYCLES)


def shrunk_profiles(evidence: Evidence, groups: Sequence[str]) -> Profile:
    """Choose, produce by produce, the pooling and scale that foretold the seasons left out.

    The candidates are no profile, and {pooled over everything, pooled over the produce} ×
    {shared, with each series' own shrunk deviation} × scales.  A candidate's worth is the gain
    in log-likelihood of each season under the coefficients estimated without it.
    """
    count, _, size = evidence.score.shape
    coefficient = np.zeros((count, size))
    kept = np.zeros(count, dtype=bool)
    present = np.abs(evidence.score).sum(axis=2) > 0
    names = sorted(set(groups))
    everyone = np.arange(count)
    left_out_all = _left_out(evidence, everyone, present) if len(names) > 1 else {}
    final_all = _estimate(evidence, everyone, present, skip=-1) if len(names) > 1 else None
    group_of = np.array(groups)
    for name in names:
        rows = np.flatnonzero(group_of == name)
        if present[rows].any(axis=0).sum() < MIN_CYCLES:
            continue
        sources = [
            (
                _left_out(evidence, rows, present),
                _estimate(evidence, rows, present, skip=-1),
                np.arange(len(rows)),
            )
        ]
        if final_all is not None:
            sources.append((left_out_all, final_all, rows))
        best, chosen = 0.0, None
        for (left_out, final, at), own, scale in product(sources, (0.0, 1.0), _SCALES):
            if final is None:
                continue
            gain = sum(
                _gain(evidence, rows, s, scale * (shared + own * deviation)[at])
                for s, (shared, deviation) in left_out.items()
            )
            if gain > best:
                best, chosen = gain, scale * (final[0] + own * final[1])[at]
        if chosen is not None:
            coefficient[rows], kept[rows] = chosen, True
    return Profile(coefficient, tuple(bool(k) for k in kept))


def _left_out(evidence: Evidence, rows: Whole, present: Flags) -> dict[int, tuple[Floats, Floats]]:
    found = {}
    for s in np.flatnonzero(present[rows].any(axis=0)):
        estimate = _estimate(evidence, rows, present, skip=int(s))
        if estimate is not None:
            found[int(s)] = estimate
    return found


def _gain(evidence: Evidence, rows: Whole, s: int, b: Floats) -> float:
    linear = np.einsum("np,np->", b, evidence.score[rows, s])
    square = np.einsum("np,npq,nq->", b, evidence.information[rows, s], b)
    return float(2 * linear - square)


def _estimate(
    evidence: Evidence, rows: Whole, present: Flags, *, skip: int
) -> tuple[Floats, Floats] | None:
    """Return shared coefficients (n, P), each row the same, and the series' deviations (n, P)."""
    use = present[rows].copy()
    if skip >= 0:
        use[:, skip] = False
    info = evidence.information[rows] * use[..., None, None]
    score = evidence.score[rows] * use[..., None]
    if use.any(axis=0).sum() < 2:
        return None
    pooled, variance = _clustered(info.sum(axis=0)[None], score.sum(axis=0)[None])
    shrink = _kept_share(pooled[0], variance[0])
    shared = np.tile(shrink * pooled[0], (len(rows), 1))
    deviation = np.zeros_like(shared)
    enough = np.flatnonzero(use.sum(axis=1) >= 2)
    if len(enough) >= MIN_CYCLES:
        own, own_variance = _clustered(info[enough], score[enough])
        deviation[enough] = _shrunk_deviation(own - pooled[0], own_variance)
    return shared, deviation


def _clustered(info: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Solve (n, S, P, P) normal equations; variance (n, P) clustered by season."""
    size = score.shape[2]
    total = info.sum(axis=1)
    trace = np.trace(total, axis1=1, axis2=2) / size
    total = total + (1e-4 * trace + 1e-12)[:, None, None] * np.eye(size)
    inverse = np.linalg.inv(total)
    b = np.einsum("npq,nq->np", inverse, score.sum(axis=1))
    leftover = score - np.einsum("nspq,nq->nsp", info, b)
    seasons = (np.abs(score).sum(axis=2) > 0).sum(axis=1)
    spread = np.einsum("npq,nsq->nsp", inverse, leftover)
    variance = (spread**2).sum(axis=1) * (seasons / np.maximum(seasons - 1, 1))[:, None]
    return b, variance


def _per_harmonic(a: Floats) -> Floats:
    half = a.shape[-1] // 2
    both = a[..., :half] + a[..., half:]
    return np.concatenate([both, both], axis=-1)


def _kept_share(b: Floats, variance: Floats) -> Floats:
    power = np.maximum(_per_harmonic(b**2), 1e-300)
    return np.maximum(0.0, 1.0 - _per_harmonic(variance) / power)


def _shrunk_deviation(deviation: Floats, variance: Floats) -> Floats:
    power, noise = _per_harmonic(deviation**2), _per_harmonic(variance)
    between = np.maximum(0.0, (power - noise).mean(axis=0))
    return np.asarray(deviation * between / np.maximum(between + noise, 1e-300))
