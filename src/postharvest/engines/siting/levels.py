"""Cheapest levels for all candidates at once, with an exact number at each level.

A transportation problem with T+1 sinks.  From one bound iteration to the next little changes, so it
starts from the levels that are best under the last offers (optimal for their own counts) and moves
the surplus along shortest paths between the few levels (Ahuja, Magnanti and Orlin 1993, ch. 9).
"""

import numpy as np
from numba import njit

from postharvest.engines.siting.problem import Floats, Ints


@njit(cache=True, nogil=True)
def choose_levels(reward: Floats, counts: Ints, offer: Floats, chosen: Ints) -> float:
    """Fill ``chosen`` (m,) and make ``offer`` (T+1,) optimal; the value, infinity if impossible.

    ``reward`` (m, T+1) is the cost of each level, ``counts`` (T+1,) how many candidates it takes.
    """
    width = reward.shape[1]
    have = _tempted(reward, offer, chosen)
    move, who = np.empty((width, width)), np.empty((width, width), np.int64)
    distance, back = np.empty(width), np.empty(width, np.int64)
    while True:
        _cheapest_moves(reward, chosen, move, who)
        source = int(np.argmax(have - counts))
        if have[source] <= counts[source]:
            break
        _shortest_paths(move, source, distance, back)
        sink = -1
        for k in range(width):
            if have[k] < counts[k] and (sink < 0 or distance[k] < distance[sink]):
                sink = k
        if distance[sink] == np.inf:
            return np.inf
        at = sink
        while at != source:
            chosen[who[back[at], at]] = at
            at = back[at]
        have[source] -= 1
        have[sink] += 1
    _settle_offers(move, offer)
    value = 0.0
    for j in range(reward.shape[0]):
        value += reward[j, chosen[j]]
    return value


@njit(cache=True, nogil=True)
def _tempted(reward: Floats, offer: Floats, chosen: Ints) -> Ints:
    """Give every candidate its best level under the offers; how many each level then has."""
    have = np.zeros(reward.shape[1], np.int64)
    for j in range(reward.shape[0]):
        best, level = np.inf, 0
        for k in range(reward.shape[1]):
            worth = reward[j, k] + offer[k]
            if worth < best:
                best, level = worth, k
        chosen[j] = level
        have[level] += 1
    return have


@njit(cache=True, nogil=True)
def _cheapest_moves(reward: Floats, chosen: Ints, move: Floats, who: Ints) -> None:
    """Find for each pair of levels the candidate that changes between them most cheaply."""
    move[:] = np.inf
    who[:] = -1
    for j in range(reward.shape[0]):
        a = chosen[j]
        for b in range(reward.shape[1]):
            step = reward[j, b] - reward[j, a]
            if b != a and step < move[a, b]:
                move[a, b] = step
                who[a, b] = j


@njit(cache=True, nogil=True)
def _shortest_paths(move: Floats, source: int, distance: Floats, back: Ints) -> None:
    """Bellman and Ford over the levels; the tolerance keeps rounding from making cycles."""
    width = move.shape[0]
    distance[:] = np.inf
    back[:] = -1
    distance[source] = 0.0
    for _ in range(width - 1):
        for a in range(width):
            for b in range(width):
                if a == b or distance[a] == np.inf or move[a, b] == np.inf or b == source:
                    continue
                reach = distance[a] + move[a, b]
                if distance[b] == np.inf or reach < distance[b] - 1e-12 * abs(distance[b]):
                    distance[b] = reach
                    back[b] = a


@njit(cache=True, nogil=True)
def _settle_offers(move: Floats, offer: Floats) -> None:
    """Multipliers under which every candidate already has its best level; 0 for never opening."""
    width = move.shape[0]
    offer[:] = np.inf
    offer[width - 1] = 0.0
    for _ in range(width):
        for a in range(width - 1):
            for b in range(width):
                if a != b:
                    offer[a] = min(offer[a], move[a, b] + offer[b])
    for a in range(width - 1):
        if offer[a] == np.inf:  # nobody may leave: any offer high enough to tempt nobody
            offer[a] = 0.0
            for b in range(width):
                if b != a and offer[b] < np.inf and move[b, a] < np.inf:
                    offer[a] = max(offer[a], offer[b] - move[b, a])
