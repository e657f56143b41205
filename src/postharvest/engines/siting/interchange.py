"""Interchange of levels between two candidates, and the local perturbation around it.

With one phase this is Whitaker's fast interchange for the p-median (Resende and Werneck 2007,
doi 10.1016/j.ejor.2005.05.043): trying candidate b costs one walk over its own demand.  With more
phases, b takes the level of an earlier base a, and a takes b's, in all phases between.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from postharvest.engines.siting.problem import Ints
from postharvest.engines.siting.room import Room, Tour, Trail
from postharvest.engines.siting.state import Lists, State, exchange, refresh

KICKS = 3
TRIES = 8  # draws for one kick before it is given up
REFRESH = 500  # perturbations between two fresh counts, against rounding drift


@njit(cache=True, nogil=True)
def draw(dice: NDArray[np.uint64], below: int) -> int:
    """Whole number 0 … below-1 from a splitmix64 stream (Steele et al. 2014)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    at: int = np.int64((z >> np.uint64(33)) % np.uint64(below))  # type: ignore[assignment]
    return at


@njit(cache=True, nogil=True)
def may_leave(lists: Lists, state: State, a: int, late: int, b_region: int) -> bool:
    """Whether base a may fall back to level ``late``: pins and regional minima."""
    if lists.high[a] < late:
        return False
    group = lists.region[a]
    if state.level[a] == 0 and 0 <= group < lists.region_min.shape[0] and group != b_region:
        return bool(state.region_count[group] > lists.region_min[group])
    return True


@njit(cache=True, nogil=True)
def find_cheapest(lists: Lists, state: State, room: Room) -> None:
    """For each pair of levels (early, late): the base whose retreat costs the plan least."""
    cheapest, cheapest_loss = room.cheapest, room.cheapest_loss
    closed = state.is_open.shape[0]
    cheapest[:] = -1
    cheapest_loss[:] = np.inf
    for k in range(state.members.shape[0]):
        a = state.members[k]
        early = state.level[a]
        worth = 0.0
        for late in range(early + 1, closed + 1):
            worth += lists.years[late - 1] * state.loss[late - 1, a]
            if worth < cheapest_loss[early, late] and may_leave(lists, state, a, late, -1):
                cheapest[early, late] = a
                cheapest_loss[early, late] = worth


@njit(cache=True, nogil=True)
def best_exchange(lists: Lists, state: State, b: int, room: Room) -> tuple[float, int]:
    """Best base to exchange with candidate b, and what the plan gains; ``extra`` is left zero.

    An untouched base keeps its whole loss, so besides the touched ones only the cheapest of each
    level can be best: this makes a trial independent of the number of bases.
    """
    count = _walk(lists, state, b, room)
    late, extra, gain = state.level[b], room.extra, room.gain
    best, partner = -np.inf, -1
    for k in range(count):
        a = room.touched[k]
        early = state.level[a]
        if early >= lists.low[b] and may_leave(lists, state, a, late, lists.region[b]):
            worth = 0.0
            for t in range(early, late):
                worth += lists.years[t] * (gain[t] - state.loss[t, a] + extra[t, a])
            if worth > best:
                best, partner = worth, a
        for t in range(late + 1):
            extra[t, a] = 0.0
    for early in range(lists.low[b], late):
        a = room.cheapest[early, late]
        if a >= 0:
            worth = 0.0
            for t in range(early, late):
                worth += lists.years[t] * (gain[t] - state.loss[t, a])
            if worth > best:
                best, partner = worth, a
    return best, partner


@njit(cache=True, nogil=True)
def _walk(lists: Lists, state: State, b: int, room: Room) -> int:
    """Fill what candidate b gains per phase and what it would save at the loss of each base.

    Row T of ``extra`` marks the bases touched; how many there are is returned.
    """
    extra, gain = room.extra, room.gain
    late = state.level[b]
    count = 0
    for t in range(late):
        gain[t] = -lists.site_cost[b]
    for k in range(lists.column_start[b], lists.column_start[b + 1]):
        i = lists.demand[k]
        c = lists.column_cost[k]
        for t in range(late):
            two_cost = state.second_cost[t, i]
            if c >= two_cost:
                continue
            one = state.first[t, i]
            one_cost = state.first_cost[t, i]
            saved = two_cost - c
            if c < one_cost:
                gain[t] += one_cost - c
                saved = two_cost - one_cost
            if one >= 0:
                if extra[late, one] == 0.0:
                    extra[late, one] = 1.0
                    room.touched[count] = one
                    count += 1
                extra[t, one] += saved
    return count


@njit(cache=True, nogil=True)
def descend(lists: Lists, state: State, pool: Ints, trail: Trail, room: Room) -> float:
    """Exchange at once whenever a candidate of the pool gains; stop after a round without gain.

    Exchanges are added to the trail while it has space; a full trail ends the descent.
    """
    find_cheapest(lists, state, room)
    won, idle, at = 0.0, 0, trail.start[0]
    while idle < pool.shape[0] and trail.done[0] < trail.steps.shape[0]:
        b = pool[at % pool.shape[0]]
        at += 1
        idle += 1
        if state.level[b] <= lists.low[b]:
            continue
        worth, a = best_exchange(lists, state, b, room)
        if worth > trail.least and a >= 0:
            exchange(lists, state, a, b)
            find_cheapest(lists, state, room)
            won += worth
            idle = 0
            _note(trail, a, b)
    return won


@njit(cache=True, nogil=True)
def shake(lists: Lists, state: State, tour: Tour, trail: Trail, room: Room) -> float:
    """Perturb near one demand point, descend near it, keep what is not worse; total gain.

    One to three candidates of the point's neighbourhood swap levels with bases of the same
    neighbourhood; everything outside stays as it is, so a round costs a fraction of a millisecond.
    """
    won = 0.0
    for step in range(tour.rounds):
        if step % REFRESH == REFRESH - 1:
            refresh(lists, state)
        i = tour.centres[draw(tour.dice, tour.centres.shape[0])]
        size = min(tour.reach, lists.row_start[i + 1] - lists.row_start[i])
        if size == 0:
            continue
        pool = np.empty(size, np.int64)
        for k in range(size):
            pool[k] = lists.candidate[lists.row_start[i] + k]
        trail.done[0] = 0
        worth = _kick(lists, state, pool, tour.dice, trail)
        if trail.done[0] == 0:
            continue
        trail.start[0] = draw(tour.dice, size)
        worth += descend(lists, state, pool, trail, room)
        if worth < -trail.least:
            for k in range(trail.done[0] - 1, -1, -1):
                exchange(lists, state, trail.steps[k, 0], trail.steps[k, 1])
        else:
            won += worth
    refresh(lists, state)
    return won


@njit(cache=True, nogil=True)
def _kick(lists: Lists, state: State, pool: Ints, dice: NDArray[np.uint64], trail: Trail) -> float:
    """One to three random exchanges within the pool; their gain, mostly below 0."""
    won = 0.0
    for _ in range(1 + draw(dice, KICKS)):
        for _ in range(TRIES):
            a = pool[draw(dice, pool.shape[0])]
            b = pool[draw(dice, pool.shape[0])]
            if state.level[a] > state.level[b]:
                a, b = b, a
            early, late = state.level[a], state.level[b]
            if lists.low[b] <= early < late and may_leave(lists, state, a, late, lists.region[b]):
                won += exchange(lists, state, a, b)
                _note(trail, a, b)
                break
    return won


@njit(cache=True, nogil=True)
def _note(trail: Trail, a: int, b: int) -> None:
    trail.steps[trail.done[0], 0] = a
    trail.steps[trail.done[0], 1] = b
    trail.done[0] += 1
