"""How buyers answer a price: elasticities on three levels (all → produce → listing).

For listing i of produce g, week t, with rows a stock-out or absence censors left out,

    log q_it = a_i + b_i·log p_it + trend + season + promotion + u_it,   u_it = r·u_i,t-1 + e_it
    b_i ~ N(B_g, τ²),   B_g ~ N(B, ω²),   B ~ N(-1.5, 1)

Each listing's regression is solved by weighted least squares after quasi-differencing, nuisance
terms under mild priors, old rows discounted.  The normal hierarchy is then exact for given
(τ, ω), which are integrated out over a grid under half-t priors (Gelman 2006,
doi:10.1214/06-BA117A), so that few or noisy listings lean on their produce.  Stated intervals are
widened by a factor found by back-testing, because elasticities drift (see `widening`).  No week
effects: where prices move chain-wide they would take the identification away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

Z95 = 1.959964
MOVE = 0.01
"""A price change of 1 % or more is a move."""
DEFAULT_WIDENING = 1.8
"""Used where the file is too short to back-test; the median of our own back-tests."""

_PRIOR_MEAN, _PRIOR_SD = -1.5, 1.0
_FREEDOM, _TAU_SCALE, _OMEGA_SCALE = 4.0, 0.4, 0.5
_GRID = np.geomspace(0.03, 2.5, 12)
_HALF_LIFE_WEEKS = 78.0
_DAYS_PER_YEAR = 365.25
_TREND_SD, _SEASON_SD, _PROMO_SD = 0.5, 0.3, 0.7
_MIN_FREE = 4
_WIDENING_RANGE = (1.0, 4.0)
_ENOUGH_PAIRS = 20
_AIMED_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSales:
    """What one listing sold.

    Attributes
    ----------
    day : (n,) ordinal days, increasing.
    price : (n,) yuan per kg (or any one unit), > 0.
    quantity : (n,) kg (or any one unit), ≥ 0.
    promoted, usable : (n,)
        On promotion; and free of a stock-out, so that the quantity is what buyers wanted.
    """

    listing: str
    produce: str
    day: Whole
    price: Floats
    quantity: Floats
    promoted: Flags
    usable: Flags

    def __post_init__(self) -> None:
        if (self.price <= 0).any() or (self.quantity < 0).any():
            raise ValueError(f"{self.listing}: prices must be positive, quantities not negative")

    def until(self, keep: Flags) -> "ListingSales":
        """Return the rows that are kept."""
        return ListingSales(
            listing=self.listing,
            produce=self.produce,
            day=self.day[keep],
            price=self.price[keep],
            quantity=self.quantity[keep],
            promoted=self.promoted[keep],
            usable=self.usable[keep],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elasticity:
    """What is known of one listing's elasticity.

    `level` is where most of it comes from: ``listing``, ``produce`` or ``all``.
    """

    listing: str
    produce: str
    estimate: float
    deviation: float
    low95: float
    high95: float
    price_moves: int
    level: str


@dataclass(frozen=True, slots=True)
class _Own:
    """A listing's regression alone; infinite variance where it says nothing."""

    slope: float
    variance: float
    moves: int


def elasticities(
    sales: Sequence[ListingSales], *, widening: float | None = None
) -> tuple[Elasticity, ...]:
    """Estimate every listing's elasticity.

    `widening` multiplies the standard deviations; if not given it is back-tested on the same
    sales, or `DEFAULT_WIDENING` where they are too short for that.
    """
    factor = backtested_widening(sales) if widening is None else widening
    own = _own_slopes(sales)
    produce = [one.produce for one in sales]
    mean, deviation, level = _hierarchy(own, produce)
    return tuple(
        Elasticity(
            listing=one.listing,
            produce=one.produce,
            estimate=float(mean[i]),
            deviation=float(factor * deviation[i]),
            low95=float(mean[i] - Z95 * factor * deviation[i]),
            high95=float(mean[i] + Z95 * factor * deviation[i]),
            price_moves=own[i].moves,
            level=level[i],
        )
        for i, one in enumerate(sales)
    )


def backtested_widening(sales: Sequence[ListingSales]) -> float:
    """Find the factor under which 95 % of next-period estimates fall into the interval.

    The span is cut into three, then four periods; all periods up to a cut foretell the estimate
    of the next one.  The ratio's 95 % quantile over listings and cuts is the factor.
    """
    first = min(int(one.day[0]) for one in sales)
    last = max(int(one.day[-1]) for one in sales)
    ratios: list[float] = []
    for periods in (3, 4):
        cuts = np.linspace(first, last + 1, periods + 1)
        for k in range(1, periods):
            ratios += _next_period_ratios(sales, cuts[k], cuts[k + 1])
    if len(ratios) < _ENOUGH_PAIRS:
        return DEFAULT_WIDENING
    # The split-conformal rank (Lei et al. 2018, doi:10.1080/01621459.2017.1307116): the next pair
    # is inside with at least the aimed share, however few pairs there are.
    rank = min(len(ratios), int(np.ceil((len(ratios) + 1) * _AIMED_SHARE)))
    needed = float(np.sort(ratios)[rank - 1]) / Z95
    return float(np.clip(needed, *_WIDENING_RANGE))


def _next_period_ratios(sales: Sequence[ListingSales], cut: float, stop: float) -> list[float]:
    pairs = []
    for one in sales:
        before, after = one.until(one.day < cut), one.until((one.day >= cut) & (one.day < stop))
        if min(len(before.day), len(after.day)) >= _MIN_FREE * 2:
            pairs.append((before, after))
    if len(pairs) < 3:
        return []
    told = elasticities([before for before, _ in pairs], widening=1.0)
    came = elasticities([after for _, after in pairs], widening=1.0)
    return [
        abs(b.estimate - a.estimate) / a.deviation
        for a, b in zip(told, came, strict=True)
        if b.price_moves >= _MIN_FREE
    ]


def _own_slopes(sales: Sequence[ListingSales]) -> list[_Own]:
    first = [_regression(one, correlation=0.0) for one in sales]
    pairs = [(r[:-1], r[1:]) for _, r in first if len(r) > _MIN_FREE]
    above = sum(float(a @ b) for a, b in pairs)
    below = sum(float(a @ a) for a, _ in pairs)
    correlation = float(np.clip(above / below, 0.0, 0.9)) if below > 0 else 0.0
    return [_regression(one, correlation=correlation)[0] for one in sales]


def _regression(one: ListingSales, *, correlation: float) -> tuple[_Own, Floats]:
    """Fit one listing; return its slope and its residuals before quasi-differencing."""
    use = one.usable
    day, price = one.day[use], np.log(one.price[use])
    moves = int((np.abs(np.diff(price)) >= MOVE).sum())
    silent = _Own(0.0, np.inf, moves)
    if len(day) < _MIN_FREE + 1 or moves == 0:
        return silent, np.zeros(0)
    quantity = one.quantity[use]
    if not (quantity > 0).any():
        return silent, np.zeros(0)
    log_q = np.log(np.maximum(quantity, 0.5 * quantity[quantity > 0].min()))
    x, prior = _design(day, price, one.promoted[use])
    weight = 0.5 ** ((day[-1] - day) / 7.0 / _HALF_LIFE_WEEKS)
    xs, ys = _quasi_differenced(x, correlation), _quasi_differenced(log_q[:, None], correlation)
    w = weight[-len(xs) :]
    gram = (xs * w[:, None]).T @ xs
    right = (xs * w[:, None]).T @ ys[:, 0]
    free = max(float(w.sum()) - 2.0, 1.0)
    spread = max(float(w @ (ys[:, 0] - (w @ ys[:, 0]) / w.sum()) ** 2) / free, 1e-6)
    for _ in range(3):
        precision = gram + spread * np.diag(prior)
        b = np.linalg.solve(precision, right)
        left = ys[:, 0] - xs @ b
        spread = max(float(w @ left**2) / free, 1e-6)
    variance = spread * float(np.linalg.inv(gram + spread * np.diag(prior))[1, 1])
    return _Own(float(b[1]), variance, moves), log_q - x @ b


def _design(day: Whole, price: Floats, promoted: Flags) -> tuple[Floats, Floats]:
    """Columns: 1, log price, years, a yearly wave, promotion; and their prior precisions."""
    years = (day - day.mean()) / _DAYS_PER_YEAR
    angle = 2 * np.pi * day / _DAYS_PER_YEAR
    columns = [np.ones(len(day)), price - price.mean(), years, np.cos(angle), np.sin(angle)]
    prior = [1e-8, 1e-6, _TREND_SD**-2, _SEASON_SD**-2, _SEASON_SD**-2]
    if promoted.any() and not promoted.all():
        columns.append(promoted.astype(float))
        prior.append(_PROMO_SD**-2)
    return np.column_stack(columns), np.array(prior)


def _quasi_differenced(a: Floats, correlation: float) -> Floats:
    return np.asarray(a[1:] - correlation * a[:-1]) if correlation > 0 else a


def _hierarchy(own: Sequence[_Own], produce: Sequence[str]) -> tuple[Floats, Floats, list[str]]:
    """Posterior mean and deviation of every slope, and where most of it comes from."""
    slope = np.array([o.slope for o in own])
    variance = np.array([o.variance for o in own])
    names = sorted(set(produce))
    member = np.array([[p == name for p in produce] for name in names], dtype=float)
    posts = [_given(slope, variance, member, t, w) for t in _GRID for w in _GRID]
    evidence = np.array([post.evidence for post in posts])
    weight = np.exp(evidence - evidence.max())
    weight /= weight.sum()
    means = np.array([post.mean for post in posts])
    mean = weight @ means
    total = weight @ (np.array([post.variance for post in posts]) + (means - mean) ** 2)
    own_share = weight @ np.array([post.own_share for post in posts])
    produce_share = weight @ np.array([post.produce_share for post in posts])
    level = [
        "listing" if s >= 0.5 else "produce" if p >= 0.5 else "all"
        for s, p in zip(own_share, produce_share, strict=True)
    ]
    return np.asarray(mean), np.sqrt(total), level


@dataclass(frozen=True, slots=True)
class _Posterior:
    evidence: float
    mean: Floats
    variance: Floats
    own_share: Floats
    produce_share: Floats


def _given(slope: Floats, variance: Floats, member: Floats, tau: float, omega: float) -> _Posterior:
    """Solve the normal hierarchy for given standard deviations between and within produce."""
    seen = np.isfinite(variance)
    w = np.where(seen, 1.0 / (np.where(seen, variance, 1.0) + tau**2), 0.0)
    mass = member @ w
    centre = (member @ (w * slope)) / np.maximum(mass, 1e-300)
    inside = np.where(mass > 0, 1.0 / (omega**2 + 1.0 / np.maximum(mass, 1e-300)), 0.0)
    top_precision = _PRIOR_SD**-2 + inside.sum()
    top = (_PRIOR_MEAN * _PRIOR_SD**-2 + (inside * centre).sum()) / top_precision
    lean = omega**-2 / (mass + omega**-2)
    group = lean * top + (1 - lean) * centre
    group_variance = 1.0 / (mass + omega**-2) + lean**2 / top_precision
    of = member.argmax(axis=0)
    own = np.where(seen, tau**2 / (np.where(seen, variance, 1.0) + tau**2), 0.0)
    mean = own * slope + (1 - own) * group[of]
    spread = np.where(seen, (1 - own) * tau**2, tau**2)
    spread = np.where(seen, own * np.where(seen, variance, 0.0), spread)
    total = spread + (1 - own) ** 2 * group_variance[of]
    evidence = 0.5 * np.log(w[w > 0]).sum() - 0.5 * (w * (slope - centre[of]) ** 2).sum()
    has = mass > 0
    evidence += 0.5 * (np.log(inside[has]) - np.log(mass[has])).sum()
    evidence -= 0.5 * (inside * (centre - top) ** 2).sum() + 0.5 * np.log(top_precision)
    evidence -= 0.5 * (top - _PRIOR_MEAN) ** 2 / _PRIOR_SD**2
    evidence += _half_t(tau, _TAU_SCALE) + _half_t(omega, _OMEGA_SCALE)
    return _Posterior(float(evidence), mean, total, own, (1 - own) * (1 - lean)[of])


def _half_t(value: float, scale: float) -> float:
    """Log density on the log grid (hence the added log of the value)."""
    return float(-0.5 * (_FREEDOM + 1) * np.log1p((value / scale) ** 2 / _FREEDOM) + np.log(value))
