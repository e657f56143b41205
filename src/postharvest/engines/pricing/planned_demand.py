"""What a sale will sell when its prices are planned.

Two views, averaged on the log scale with the weight that did best on the steps held out last:

1. the series with its price effect taken out, log q - b·(log p - p̄) - promotion, forecast by the
   lattice of `engines.forecast`, and the effect of the planned price put back;
2. one global model of boosted trees for all listings, which sees the planned price against the
   listing's own, the last quantities, promotion, season and the step; it earns its weight where
   answers are not log-linear (promotions, thresholds), and gets none where they are.

The spread of the average is set by pooled conformal scores of the weeks held out last (Vovk et
al. 2005), widened by the elasticity's uncertainty times the planned move: a price never tried
before is answered with a wider band.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.engines.forecast.boosting import Boosted, BoostingParams, fit_boosted
from postharvest.engines.forecast.problem import LEVELS, REPORTED, ForecastProblem, History, Tier
from postharvest.engines.forecast.solve import ForecastParams
from postharvest.engines.forecast.solve import solve as solve_series
from postharvest.engines.forecast.spread import TAIL
from postharvest.engines.pricing.elasticity import (
    Elasticity,
    Floats,
    ListingSales,
    elasticities,
)

MIN_ROWS = 12
"""A listing with fewer usable rows is not planned for: it has no level of its own yet."""

_PROMOTION_SD = 0.7
_MAX_TRAINING_ROWS = 20_000
_TREE_WEIGHTS = (0.0, 0.15, 0.3, 0.5)
_ENOUGH_LISTINGS = 3
_DAYS_PER_YEAR = 365.25
_MIDDLE = LEVELS.index(0.5)
_HIGH, _LOW = LEVELS.index(0.9), LEVELS.index(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOffer:
    """The coming steps of one listing: price (H,) > 0, promotion (H,), in the unit of its sales."""

    listing: str
    price: Floats
    promoted: np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDemand:
    """What is expected of an offer.

    Attributes
    ----------
    quantile : (H, len(LEVELS)) kg per step.
    elasticity : what the price effect rests on.
    rows : usable rows of the listing's own sales.
    """

    listing: str
    quantile: Floats
    elasticity: Elasticity
    rows: int

    def reported(self) -> Floats:
        """Return the quantiles of `REPORTED`, shape (H, 13)."""
        return self.quantile[:, [LEVELS.index(level) for level in REPORTED]]


@dataclass(frozen=True, slots=True)
class _View:
    """One listing made ready: logs of usable rows on its own step axis."""

    sales: ListingSales
    log_quantity: Floats
    log_price: Floats
    promoted: Floats
    effect: float  # of promotion
    elasticity: Elasticity


def planned_demand(
    sales: Sequence[ListingSales], offers: Sequence[PlannedOffer], *, seed: int
) -> tuple[PlannedDemand, ...]:
    """Forecast what each offer will sell.

    Raises
    ------
    ValueError
        An offer names a listing without enough sales, or offers differ in length.
    """
    horizon = len(offers[0].price)
    views = _views(sales)
    for offer in offers:
        if offer.listing not in views:
            raise ValueError(f"{offer.listing}: fewer than {MIN_ROWS} usable rows of sales")
        if len(offer.price) != horizon or (offer.price <= 0).any():
            raise ValueError(f"{offer.listing}: planned prices must be {horizon}, all above 0")
    everyone = list(views.values())
    tree_weight, factor = _held_out(everyone, horizon, seed=seed)
    chosen = [views[offer.listing] for offer in offers]
    centre, spread = _series_view(chosen, offers, horizon)
    if tree_weight > 0:
        model = _global_model(everyone, horizon, seed=seed)
        centre = (1 - tree_weight) * centre + tree_weight * _tree_view(chosen, offers, model)
    return tuple(
        PlannedDemand(
            listing=offer.listing,
            quantile=np.exp(centre[i][:, None] + factor * spread[i][:, None] * TAIL),
            elasticity=chosen[i].elasticity,
            rows=len(chosen[i].log_quantity),
        )
        for i, offer in enumerate(offers)
    )


def _views(sales: Sequence[ListingSales]) -> dict[str, _View]:
    found = elasticities(sales)
    views = {}
    for one, elasticity in zip(sales, found, strict=True):
        use = one.usable & (one.quantity > 0)
        if int(use.sum()) < MIN_ROWS:
            continue
        kept = one.until(use)
        log_q, log_p = np.log(kept.quantity), np.log(kept.price)
        promoted = kept.promoted.astype(float)
        effect = _promotion_effect(log_q, log_p, promoted, elasticity.estimate)
        views[one.listing] = _View(kept, log_q, log_p, promoted, effect, elasticity)
    return views


def _promotion_effect(log_q: Floats, log_p: Floats, promoted: Floats, slope: float) -> float:
    """Mean lift of promoted rows beyond their price, shrunk towards none."""
    if promoted.min() == promoted.max():
        return 0.0
    left = log_q - slope * (log_p - log_p.mean())
    lift = left[promoted > 0].mean() - left[promoted == 0].mean()
    noise = left[promoted == 0].var() / promoted.sum()
    return float(lift * _PROMOTION_SD**2 / (_PROMOTION_SD**2 + noise))


def _adjusted(view: _View) -> Floats:
    price = view.elasticity.estimate * (view.log_price - view.log_price.mean())
    return np.asarray(view.log_quantity - price - view.effect * view.promoted)


def _series_view(
    views: Sequence[_View], offers: Sequence[PlannedOffer], horizon: int
) -> tuple[Floats, Floats]:
    """Centre and spread (N, H) on the log scale of the price-adjusted series."""
    histories = tuple(
        History(
            key=str(i),
            group=view.sales.produce,
            value=np.exp(_adjusted(view)),
            phase=_phase(view, horizon),
            cycle=(view.sales.day / _DAYS_PER_YEAR).astype(np.int64),
        )
        for i, view in enumerate(views)
    )
    problem = ForecastProblem(histories=histories, horizon=horizon, season=52)
    quantile = np.log(solve_series(problem, ForecastParams(tier=Tier.STANDARD)).quantile)
    centre = quantile[:, :, _MIDDLE]
    spread = (quantile[:, :, _HIGH] - quantile[:, :, _LOW]) / (TAIL[_HIGH] - TAIL[_LOW])
    move = np.array(
        [np.log(o.price) - v.log_price.mean() for v, o in zip(views, offers, strict=True)]
    )
    slope = np.array([[v.elasticity.estimate, v.elasticity.deviation] for v in views])
    lift = np.array([v.effect * o.promoted for v, o in zip(views, offers, strict=True)])
    centre = centre + slope[:, :1] * move + lift
    return centre, np.sqrt(spread**2 + (slope[:, 1:] * move) ** 2)


def _step_days(view: _View) -> float:
    return float(np.median(np.diff(view.sales.day)))


def _phase(view: _View, horizon: int) -> Floats:
    ahead = view.sales.day[-1] + _step_days(view) * np.arange(1, horizon + 1)
    days = np.concatenate([view.sales.day, ahead])
    return np.asarray((days % _DAYS_PER_YEAR) / _DAYS_PER_YEAR)


def _features(view: _View, origin: int, price: Floats, promoted: Floats) -> Floats:
    """Features (H, 9) of the steps after `origin` rows, for planned log prices (H,)."""
    past_q, past_p = view.log_quantity[:origin], view.log_price[:origin]
    steps = np.arange(1, len(price) + 1)
    level, recent = past_q.mean(), past_q[-4:].mean()
    day = view.sales.day[origin - 1] + _step_days(view) * steps
    angle = 2 * np.pi * day / _DAYS_PER_YEAR
    move = price - past_p[-4:].mean()
    return np.column_stack(
        [
            move,
            price - past_p.mean(),
            view.elasticity.estimate * move,
            np.full(len(steps), past_q[-1] - recent),
            np.full(len(steps), recent - level),
            promoted - view.promoted[max(origin - 4, 0) : origin].mean(),
            np.cos(angle),
            np.sin(angle),
            steps,
        ]
    )


def _global_model(views: Sequence[_View], horizon: int, *, seed: int) -> Boosted:
    """Trees for log q minus the mean of the four rows before the origin."""
    rows, targets = [], []
    for view in views:
        for origin in range(MIN_ROWS - 4, len(view.log_quantity)):
            stop = min(origin + horizon, len(view.log_quantity))
            price, promoted = view.log_price[origin:stop], view.promoted[origin:stop]
            rows.append(_features(view, origin, price, promoted))
            base = view.log_quantity[:origin][-4:].mean()
            targets.append(view.log_quantity[origin:stop] - base)
    x, y = np.vstack(rows), np.concatenate(targets)
    generator = np.random.default_rng(seed)
    if len(y) > _MAX_TRAINING_ROWS:
        some = np.sort(generator.choice(len(y), _MAX_TRAINING_ROWS, replace=False))
        x, y = x[some], y[some]
    return fit_boosted(x, y, BoostingParams(), generator=generator)


def _tree_view(views: Sequence[_View], offers: Sequence[PlannedOffer], model: Boosted) -> Floats:
    """Centre (N, H) on the log scale by the global model."""
    return np.array(
        [
            model.predict(
                _features(v, len(v.log_quantity), np.log(o.price), o.promoted.astype(float))
            )
            + v.log_quantity[-4:].mean()
            for v, o in zip(views, offers, strict=True)
        ]
    )


def _held_out(views: Sequence[_View], horizon: int, *, seed: int) -> tuple[float, float]:
    """Return the trees' weight, and the scale under which 80 % of held-out steps are in the band.

    The last two horizons of every listing long enough are held out.  The scale stays within
    0.8 … 2; with fewer than three listings the trees get nothing and the scale is 1.
    """
    windows = [_one_window(views, horizon, back, seed=seed) for back in (1, 2)]
    parts = [window for window in windows if window is not None]
    if not parts:
        return 0.0, 1.0
    series, trees, spread, truth = (np.concatenate([part[k] for part in parts]) for k in range(4))
    mixed = {w: (1 - w) * series + w * trees for w in _TREE_WEIGHTS}
    weight = min(mixed, key=lambda w: float(np.abs(truth - mixed[w]).mean()))
    score = np.abs(truth - mixed[weight]) / spread
    reached = float(np.quantile(score, 0.8)) / TAIL[_HIGH]
    return weight, float(np.clip(reached, 0.8, 2.0))


def _one_window(
    views: Sequence[_View], horizon: int, back: int, *, seed: int
) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Both views, the spread and the truth (n, H) of the back-th horizon from the end."""
    cuts = [(v, len(v.log_quantity) - back * horizon) for v in views]
    kept = [(v, c) for v, c in cuts if c >= MIN_ROWS + horizon]
    if len(kept) < _ENOUGH_LISTINGS:
        return None
    early = [_cut(v, c) for v, c in kept]
    offers = [
        PlannedOffer(
            listing=v.sales.listing,
            price=np.exp(v.log_price[c : c + horizon]),
            promoted=v.promoted[c : c + horizon] > 0,
        )
        for v, c in kept
    ]
    centre, spread = _series_view(early, offers, horizon)
    trees = _tree_view(early, offers, _global_model(early, horizon, seed=seed))
    truth = np.array([v.log_quantity[c : c + horizon] for v, c in kept])
    return centre, trees, spread, truth


def _cut(view: _View, count: int) -> _View:
    keep = np.arange(len(view.log_quantity)) < count
    return _View(
        view.sales.until(keep),
        view.log_quantity[:count],
        view.log_price[:count],
        view.promoted[:count],
        view.effect,
        view.elasticity,
    )


def demand_curve(
    sales: Sequence[ListingSales], *, listing: str, prices: Floats, steps: int, seed: int
) -> Floats:
    """Return kg over the coming steps at each price: 10 %, 50 %, 90 % points, shape (P, 3).

    Steps are summed as if they erred together, which is the careful reading for one sale.
    """
    offers = [
        PlannedOffer(
            listing=listing, price=np.full(steps, price), promoted=np.zeros(steps, dtype=bool)
        )
        for price in prices
    ]
    found = planned_demand(sales, offers, seed=seed)
    return np.array([one.quantile[:, [_LOW, _MIDDLE, _HIGH]].sum(axis=0) for one in found])
