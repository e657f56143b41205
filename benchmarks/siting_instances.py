"""Instances for the siting benchmark: generated like OR-Library's, or read from a folder."""

from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

# n and p of OR-Library's pmed1 … pmed40 (Beasley 1985): five p for each n, fewer for the largest.
SIZES = [(n, p) for n in range(100, 700, 100) for p in (5, 10, n // 10, n // 5, n // 3)]
SIZES += [(700, 5), (700, 10), (700, 70), (700, 140), (800, 5), (800, 10), (800, 80)]
SIZES += [(900, 5), (900, 10), (900, 90)]


def graph_like(seed, n):
    """A random connected graph with about n²/50 edges of length 1 to 100; shortest paths (n, n)."""
    draw = np.random.default_rng(seed)
    tree = np.array([(k, int(draw.integers(0, k))) for k in range(1, n)])
    ends = np.vstack([tree, draw.integers(0, n, (n * n // 50, 2))])
    ends = ends[ends[:, 0] != ends[:, 1]]
    return _paths(ends, draw.integers(1, 101, len(ends)).astype(float), n)


def read_pmed(path):
    """(hours, p) of an OR-Library file; the last of duplicate edges counts."""
    numbers = path.read_text().split()
    n, _, p = (int(x) for x in numbers[:3])
    rows = np.array(numbers[3:], dtype=float).reshape(-1, 3)
    return _paths(rows[:, :2].astype(int) - 1, rows[:, 2], n), p


def read_optima(path):
    """Name → optimum of the pmed files."""
    words = [line.split() for line in path.read_text().splitlines()]
    return {row[0]: float(row[-1]) for row in words if row and row[0].startswith("pmed")}


def read_tsplib(path):
    """Distances of a TSPLIB point set, rounded down, as the published p-median values use them."""
    body = Path(path).read_text().split("NODE_COORD_SECTION")[1]
    rows = [line.split()[1:] for line in body.splitlines() if len(line.split()) == 3]
    return floor_distances(np.array(rows, dtype=float))


def clustered(seed, n):
    """Points around sixty towns on a plane of 10,000 by 10,000, distances rounded down."""
    draw = np.random.default_rng(seed)
    towns = draw.uniform(0, 10_000, (60, 2))
    return floor_distances(towns[draw.integers(0, 60, n)] + draw.normal(0, 350, (n, 2)))


def floor_distances(points):
    square = (points[:, None, 0] - points[None, :, 0]) ** 2
    square += (points[:, None, 1] - points[None, :, 1]) ** 2
    return np.floor(np.sqrt(square))


def _paths(ends, length, n):
    last = {}
    for (a, b), w in zip(ends.tolist(), length.tolist(), strict=True):
        last[min(a, b), max(a, b)] = w
    pairs = np.array(list(last))
    graph = coo_array((np.array(list(last.values())), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return shortest_path(graph.tocsr(), directed=False)
