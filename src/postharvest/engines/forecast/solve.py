"""Forecast many series: the method as an assembly.

Three steps, so that the middle one alone needs all series at once: `evidence_of` a block,
`pooled` over all blocks, `forecasts_of` a block.  `solve` runs them in one process; a pool of
processes runs the first and the last on blocks and gets the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.forecast import plain
from postharvest.engines.forecast.blend import Blend, Lattice, blend, lattice
from postharvest.engines.forecast.outliers import damped
from postharvest.engines.forecast.problem import (
    LEVELS,
    Floats,
    ForecastProblem,
    Forecasts,
    History,
    Tier,
    Whole,
)
from postharvest.engines.forecast.season import (
    Evidence,
    Profile,
    cycle_width,
    harmonic_count,
    harmonics,
    season_evidence,
    shrunk_profiles,
)
from postharvest.engines.forecast.spread import (
    log_quantiles,
    mean_of,
    path_correlation,
    recent_nervousness,
)

BLOCK = 64
"""Series computed at a time: their lattice stays in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastParams:
    """How to forecast."""

    tier: Tier = Tier.STANDARD


@dataclass(frozen=True, slots=True)
class Learned:
    """What all series together teach each of them.

    Attributes
    ----------
    profile : coefficients per series that a model can be fitted to, in the problem's order.
    step_spread : log standard deviation of one step, the median of the file.
    """

    profile: Profile
    step_spread: float


def solve(problem: ForecastProblem, params: ForecastParams) -> Forecasts:
    """Forecast every series of a problem."""
    spans = [(i, i + BLOCK) for i in range(0, len(problem.histories), BLOCK)]
    shape = frame(problem)
    evidence = [evidence_of(problem.histories[a:b], shape) for a, b in spans]
    learned = pooled(problem.histories, evidence)
    parts = [
        forecasts_of(problem.histories[a:b], shape, learned_rows(learned, a, b), params)
        for a, b in spans
    ]
    return joined(parts)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a block must know of the whole problem to be computed alone."""

    horizon: int
    steps: int
    harmonics: int
    first_cycle: int
    cycles: int
    cycle_width: int


def frame(problem: ForecastProblem) -> Frame:
    """Return the common frame of a problem's blocks."""
    first = min(int(h.cycle.min()) for h in problem.histories)
    span = max(int(h.cycle.max()) for h in problem.histories) - first + 1
    width = cycle_width(span)
    return Frame(
        horizon=problem.horizon,
        steps=max(len(h.value) for h in problem.histories),
        harmonics=harmonic_count(problem.season),
        first_cycle=first,
        cycles=(span - 1) // width + 1,
        cycle_width=width,
    )


def evidence_of(histories: Sequence[History], shape: Frame) -> Evidence:
    """Return what a block's series say of their seasons (zero for those without a model)."""
    size = 2 * shape.harmonics
    information = np.zeros((len(histories), shape.cycles, size, size))
    score = np.zeros((len(histories), shape.cycles, size))
    rows = [i for i, h in enumerate(histories) if verdict(h) == "blend"]
    if not rows or size == 0:
        return Evidence(information, score)
    block = _aligned([histories[i] for i in rows], shape, np.zeros((len(rows), size)))
    nodes = lattice(Tier.FAST)
    at = _blended(block, nodes, horizon=1).node
    found = season_evidence(
        block.y,
        phase=block.phase,
        cycle=block.cycle,
        length=block.length,
        at=Lattice(nodes.rho[at], nodes.phi[at], nodes.theta[at]),
        cycles=shape.cycles,
        count=shape.harmonics,
    )
    information[rows], score[rows] = found.information, found.score
    return Evidence(information, score)


def pooled(histories: Sequence[History], evidence: Sequence[Evidence]) -> Learned:
    """Learn the seasonal profiles and the usual size of a step from all blocks."""
    spreads = np.array([plain.step_spread(h.value) for h in histories])
    told = spreads[np.isfinite(spreads) & (spreads > 0)]
    profile = shrunk_profiles(Evidence.joined(evidence), [h.group for h in histories])
    return Learned(profile, float(np.median(told)) if len(told) else plain.DEFAULT_STEP_SPREAD)


def learned_rows(learned: Learned, start: int, stop: int) -> Learned:
    """Return the part of what was learned that a block of series needs."""
    profile = learned.profile
    rows = Profile(profile.coefficient[start:stop], profile.kept[start:stop])
    return Learned(rows, learned.step_spread)


def forecasts_of(
    histories: Sequence[History], shape: Frame, learned: Learned, params: ForecastParams
) -> Forecasts:
    """Forecast a block of series, given what all of them taught."""
    count, horizon = len(histories), shape.horizon
    quantile = np.empty((count, horizon, len(LEVELS)))
    correlation = np.tile(np.eye(horizon), (count, 1, 1))
    method, note = [""] * count, [""] * count
    modelled = []
    for i, history in enumerate(histories):
        kind = verdict(history)
        if kind == "blend":
            modelled.append(i)
            method[i] = "blend+season" if learned.profile.kept[i] else "blend"
            note[i] = _bridged_note(history)
            continue
        method[i], note[i], quantile[i] = _without_model(history, kind, shape, learned)
    if modelled:
        rows = np.array(modelled)
        chosen = [histories[i] for i in modelled]
        quantile[rows], correlation[rows], touched = _modelled(
            chosen, shape, learned.profile.coefficient[rows], params
        )
        for i, count_touched in zip(modelled, touched.tolist(), strict=True):
            if count_touched:
                said = f"{count_touched} outliers damped"
                note[i] = f"{note[i]}; {said}" if note[i] else said
    return Forecasts(
        keys=tuple(h.key for h in histories),
        quantile=quantile,
        mean=mean_of(quantile),
        correlation=correlation,
        method=tuple(method),
        note=tuple(note),
    )


def joined(parts: Sequence[Forecasts]) -> Forecasts:
    """Put blocks of forecasts together."""
    return Forecasts(
        keys=tuple(key for part in parts for key in part.keys),
        quantile=np.concatenate([part.quantile for part in parts]),
        mean=np.concatenate([part.mean for part in parts]),
        correlation=np.concatenate([part.correlation for part in parts]),
        method=tuple(m for part in parts for m in part.method),
        note=tuple(n for part in parts for n in part.note),
    )


def reordered(forecasts: Forecasts, order: Sequence[int]) -> Forecasts:
    """Return the series in another order."""
    rows = np.array(order, dtype=np.int64)
    return Forecasts(
        keys=tuple(forecasts.keys[i] for i in order),
        quantile=forecasts.quantile[rows],
        mean=forecasts.mean[rows],
        correlation=forecasts.correlation[rows],
        method=tuple(forecasts.method[i] for i in order),
        note=tuple(forecasts.note[i] for i in order),
    )


def paths(forecasts: Forecasts, *, count: int, generator: np.random.Generator) -> Floats:
    """Draw joint sample paths, shape (N, count, H).

    A Gaussian copula carries the errors' correlation from step to step; each step's distribution
    is the forecast's own, cut at its 0.5 % and 99.5 % quantiles.
    """
    from scipy.special import ndtr  # noqa: PLC0415  (only the simulator pays for it)

    series, horizon = forecasts.mean.shape
    root = np.linalg.cholesky(forecasts.correlation + 1e-9 * np.eye(horizon))
    normal = generator.standard_normal((series, count, horizon))
    level = ndtr(normal @ root.transpose(0, 2, 1))
    out = np.empty((series, count, horizon))
    for i in range(series):
        for h in range(horizon):
            out[i, :, h] = np.interp(level[i, :, h], LEVELS, forecasts.quantile[i, h])
    return out


def verdict(history: History) -> str:
    """Return which method a series can bear: blend, last value, weighted past or constant."""
    seen = history.value[np.isfinite(history.value)]
    if (seen == seen[0]).all():
        return "constant"
    if (seen == 0).mean() >= plain.RARE_SHARE:
        return "weighted past"
    if len(seen) < plain.ENOUGH_FOR_A_MODEL:
        return "last value"
    if 1 - len(seen) / len(history.value) > plain.GAPPY_SHARE:
        return "weighted past"
    return "blend"


def _without_model(
    history: History, kind: str, shape: Frame, learned: Learned
) -> tuple[str, str, Floats]:
    value, horizon = history.value, shape.horizon
    seen = value[np.isfinite(value)]
    if kind == "constant":
        what = "all values are zero" if seen[0] == 0 else f"all {len(seen)} values are equal"
        return kind, f"{what}: no spread can be learnt", plain.constant(seen, horizon=horizon)
    if kind == "last value":
        quantile = plain.last_value(value, horizon=horizon, spread=learned.step_spread)
        return kind, f"only {len(seen)} values: spread borrowed from the other series", quantile
    zeros = (seen == 0).mean()
    missing = 1 - len(seen) / len(value)
    why = f"{zeros:.0%} zeros" if zeros >= plain.RARE_SHARE else f"{missing:.0%} of dates missing"
    return kind, f"{why}: weighted past values", plain.weighted_past(value, horizon=horizon)


def _bridged_note(history: History) -> str:
    missing = int((~np.isfinite(history.value)).sum())
    zeros = int((history.value == 0).sum())
    parts = [f"{missing} missing dates bridged"] if missing else []
    parts += [f"{zeros} zeros kept by a shifted log"] if zeros else []
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class _Block:
    """Series of a block, right-aligned and centred on the log scale, season taken out."""

    y: Floats  # (C, T)
    phase: Floats  # (C, T)
    cycle: Whole  # (C, T)
    length: Whole  # (C,)
    observed: Whole  # (C,)
    offset: Floats  # (C, H) what to add back to a forecast of y
    shift: Floats  # (C,)


def _aligned(histories: Sequence[History], shape: Frame, coefficient: Floats) -> _Block:
    count, steps = len(histories), shape.steps
    y, phase = np.zeros((count, steps)), np.zeros((count, steps))
    cycle = np.full((count, steps), -1, dtype=np.int64)
    offset, shift = np.empty((count, shape.horizon)), np.zeros(count)
    for i, history in enumerate(histories):
        n = len(history.value)
        logs, shift[i] = _bridged_logs(history.value)
        season = harmonics(history.phase, shape.harmonics) @ coefficient[i]
        flat = logs - season[:n]
        middle = flat.mean()
        y[i, steps - n :] = flat - middle
        phase[i, steps - n :] = history.phase[:n]
        seen = np.isfinite(history.value)
        folded = (history.cycle - shape.first_cycle) // shape.cycle_width
        cycle[i, steps - n :] = np.where(seen, folded, -1)
        offset[i] = middle + season[n:]
    length = np.array([len(h.value) for h in histories], dtype=np.int64)
    observed = np.array([int(np.isfinite(h.value).sum()) for h in histories], dtype=np.int64)
    return _Block(y, phase, cycle, length, observed, offset, shift)


def _bridged_logs(value: Floats) -> tuple[Floats, float]:
    """Return logs, gaps bridged by straight lines, and the shift that keeps zeros finite."""
    seen = np.isfinite(value)
    shift = 0.0
    if (value == 0).any():
        shift = 0.5 * float(np.quantile(value[seen & (value > 0)], 0.1))
    logs = np.log(value[seen] + shift)
    if seen.all():
        return logs, shift
    at = np.arange(len(value))
    return np.interp(at, at[seen], logs), shift


def _blended(block: _Block, nodes: Lattice, *, horizon: int) -> Blend:
    return blend(
        block.y, length=block.length, observed=block.observed, nodes=nodes, horizon=horizon
    )


def _modelled(
    histories: Sequence[History], shape: Frame, coefficient: Floats, params: ForecastParams
) -> tuple[Floats, Floats, Whole]:
    """Return quantiles, error correlations, and how many outliers of each series were damped."""
    block = _aligned(histories, shape, coefficient)
    nodes = lattice(params.tier)
    fitted = _blended(block, nodes, horizon=shape.horizon)
    touched = np.zeros(len(histories), dtype=np.int64)
    if params.tier is not Tier.FAST:
        y, touched = damped(block.y, fitted.residual, block.length)
        fitted = _blended(replace(block, y=y), nodes, horizon=shape.horizon)
    nervous = recent_nervousness(fitted.residual, block.length)
    deviation = np.sqrt(fitted.variance) * nervous[:, None]
    quantile = log_quantiles(fitted.centre + block.offset, deviation, block.shift)
    return quantile, path_correlation(fitted.response), touched
