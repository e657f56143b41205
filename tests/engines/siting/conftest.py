"""Instances to plan on, and the answers of exhaustive search."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

from postharvest.engines.siting.problem import SitingProblem


def _points(seed: int, n: int, phases: tuple[int, ...], **wishes: object) -> SitingProblem:
    draw = np.random.default_rng(seed)
    towns = np.column_stack([draw.uniform(22, 44, 8), draw.uniform(85, 125, 8)])
    at = towns[draw.integers(0, 8, n)] + draw.normal(0, 1.2, (n, 2))
    weight = np.round(draw.lognormal(10, 1, n))
    weight[draw.random(n) < 0.05] = 0
    weight[0] = 5000.0
    wishes = {"weight": weight} | wishes
    return SitingProblem(
        phases=phases,
        candidates=n,
        demand_lat=at[:, 0],
        demand_lon=at[:, 1],
        candidate_lat=at[:, 0],
        candidate_lon=at[:, 1],
        **wishes,
    )


def _graph(seed: int, n: int, p: int) -> SitingProblem:
    """Like Beasley's p-median files: a random connected graph, lengths 1 to 100, shortest paths."""
    draw = np.random.default_rng(seed)
    tree = [(k, int(draw.integers(0, k))) for k in range(1, n)]
    more = [tuple(draw.integers(0, n, 2).tolist()) for _ in range(n * n // 50)]
    ends = np.array([edge for edge in tree + more if edge[0] != edge[1]])
    length = draw.integers(1, 101, len(ends)).astype(float)
    best: dict[tuple[int, int], float] = {}
    for (a, b), w in zip(ends.tolist(), length.tolist(), strict=True):
        best[min(a, b), max(a, b)] = w  # the last of duplicate edges counts
    edges = np.array(list(best))
    graph = coo_array((list(best.values()), (edges[:, 0], edges[:, 1])), shape=(n, n))
    hours = shortest_path(graph.tocsr(), directed=False)
    return SitingProblem(weight=np.ones(n), phases=(p,), candidates=n, hours=hours)


def _brute_force(cost: np.ndarray, phases: tuple[int, ...], years: np.ndarray) -> float:
    """The cheapest nested choice, by looking at every one; one or two phases."""
    m = cost.shape[1]
    best = np.inf
    for last in combinations(range(m), phases[-1]):
        value = years[-1] * cost[:, last].min(axis=1).sum()
        if len(phases) == 2:
            value += years[0] * min(
                cost[:, first].min(axis=1).sum() for first in combinations(last, phases[0])
            )
        best = min(best, value)
    return float(best)


@pytest.fixture
def points() -> Callable[..., SitingProblem]:
    return _points


@pytest.fixture
def graph() -> Callable[..., SitingProblem]:
    return _graph


@pytest.fixture
def brute_force() -> Callable[..., float]:
    return _brute_force
