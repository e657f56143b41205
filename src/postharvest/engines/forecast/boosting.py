"""Gradient-boosted regression trees on histograms, small enough to read.

Squared loss, trees of depth `DEPTH` grown level by level on quantile bins, shrunk leaf means with
a ridge (Friedman 2001, doi:10.1214/aos/1013203451; bins as in Ke et al. 2017, LightGBM).  Ours,
because it needs one global model of a few thousand rows and ten features, not another dependency.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.forecast.problem import Floats

DEPTH = 3
_BINS = 32
_RIDGE = 5.0
_MIN_GAIN = 1e-9

Bins = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingParams:
    """Trees, the share of each that is believed, and the share of rows each one sees."""

    trees: int = 120
    rate: float = 0.08
    row_share: float = 0.6


@dataclass(frozen=True, slots=True)
class _Tree:
    """A full binary tree: node k has children 2k+1 and 2k+2."""

    feature: NDArray[np.int64]  # (2**DEPTH - 1,)
    threshold: NDArray[np.int64]  # bins up to it go left
    leaf: Floats  # (2**DEPTH,)


@dataclass(frozen=True, slots=True)
class Boosted:
    """A fitted ensemble."""

    start: float
    edges: tuple[Floats, ...]
    trees: tuple[_Tree, ...]

    def predict(self, x: Floats) -> Floats:
        """Return predictions (n,) for features (n, F)."""
        bins = _binned(x, self.edges)
        out = np.full(len(x), self.start)
        for tree in self.trees:
            out += tree.leaf[_leaf_of(tree, bins)]
        return out


def fit_boosted(
    x: Floats, y: Floats, params: BoostingParams, *, generator: np.random.Generator
) -> Boosted:
    """Fit trees to features (n, F) and targets (n,)."""
    edges = tuple(
        np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1])) for column in x.T
    )
    bins = _binned(x, edges)
    start = float(y.mean())
    fitted = np.full(len(y), start)
    trees = []
    for _ in range(params.trees):
        rows = np.flatnonzero(generator.random(len(y)) < params.row_share)
        tree = _grown(bins[rows], (y - fitted)[rows], rate=params.rate)
        fitted += tree.leaf[_leaf_of(tree, bins)]
        trees.append(tree)
    return Boosted(start, edges, tuple(trees))


def _binned(x: Floats, edges: tuple[Floats, ...]) -> Bins:
    out = np.empty(x.shape, dtype=np.uint8)
    for f, edge in enumerate(edges):
        out[:, f] = np.searchsorted(edge, x[:, f], side="left")
    return out


def _leaf_of(tree: _Tree, bins: Bins) -> NDArray[np.int64]:
    node = np.zeros(len(bins), dtype=np.int64)
    row = np.arange(len(bins))
    for _ in range(DEPTH):
        right = bins[row, tree.feature[node]] > tree.threshold[node]
        node = 2 * node + 1 + right
    return np.asarray(node - (2**DEPTH - 1))


def _grown(bins: Bins, residual: Floats, *, rate: float) -> _Tree:
    inner = 2**DEPTH - 1
    feature = np.zeros(inner, dtype=np.int64)
    threshold = np.full(inner, _BINS, dtype=np.int64)
    node = np.zeros(len(bins), dtype=np.int64)
    for level in range(DEPTH):
        first = 2**level - 1
        for k in range(first, 2 * first + 1):
            inside = node == k
            feature[k], threshold[k] = _best_split(bins[inside], residual[inside])
        right = bins[np.arange(len(bins)), feature[node]] > threshold[node]
        node = 2 * node + 1 + right
    leaf = node - inner
    total = np.bincount(leaf, weights=residual, minlength=inner + 1)
    count = np.bincount(leaf, minlength=inner + 1)
    return _Tree(feature, threshold, rate * total / (count + _RIDGE))


def _best_split(bins: Bins, residual: Floats) -> tuple[int, int]:
    """Return the split with the largest gain; a threshold of `_BINS` sends everything left."""
    best, found = _MIN_GAIN, (0, _BINS)
    total, count = residual.sum(), len(residual)
    whole = total**2 / (count + _RIDGE)
    for f in range(bins.shape[1]):
        sums = np.cumsum(np.bincount(bins[:, f], weights=residual, minlength=_BINS))[:-1]
        counts = np.cumsum(np.bincount(bins[:, f], minlength=_BINS))[:-1]
        left = sums**2 / (counts + _RIDGE)
        gain = left + (total - sums) ** 2 / (count - counts + _RIDGE) - whole
        at = int(gain.argmax())
        if gain[at] > best:
            best, found = float(gain[at]), (f, at)
    return found
