"""The search's memory: who is open in which phase, each demand's two nearest, what each base saves.

All of it is updated in place by compiled kernels; `open_base` and `close_base` touch only the
demand on one candidate's own list (Resende and Werneck 2007, doi 10.1016/j.ejor.2005.05.043).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from postharvest.engines.siting.costs import SparseCosts
from postharvest.engines.siting.problem import Floats, Ints, SitingProblem


class Lists(NamedTuple):
    """Costs and wishes as plain arrays, the form compiled code reads."""

    row_start: Ints
    candidate: NDArray[np.int32]
    cost: Floats
    far: Floats
    column_start: Ints
    demand: NDArray[np.int32]
    column_cost: Floats
    years: Floats
    site_cost: Floats
    low: Ints
    high: Ints
    region: Ints
    region_min: Ints


class State(NamedTuple):
    """One nested set of bases; T phases, n demands, m candidates.

    ``level`` (m,); ``is_open`` (T, m); ``first``/``second`` (T, n) nearest open bases (-1: none
    listed) and their costs; ``loss`` (T, m) what the plan would lose without that base;
    ``members`` the candidates that are open in the last phase, ``place`` where each stands there;
    ``region_count`` bases of each region in the first phase.
    """

    level: Ints
    is_open: NDArray[np.bool_]
    first: NDArray[np.int32]
    first_cost: Floats
    second: NDArray[np.int32]
    second_cost: Floats
    loss: Floats
    members: Ints
    place: Ints
    region_count: Ints


def as_lists(problem: SitingProblem, costs: SparseCosts) -> Lists:
    """Pack a problem and its costs for the kernels."""
    low, high = problem.level_bounds()
    m = problem.candidates
    grouped = problem.region is not None and bool(problem.region_min)
    return Lists(
        row_start=costs.row_start,
        candidate=costs.candidate,
        cost=costs.cost,
        far=costs.far,
        column_start=costs.column_start,
        demand=costs.demand,
        column_cost=costs.column_cost,
        years=problem.years,
        site_cost=np.zeros(m) if problem.site_cost is None else problem.site_cost,
        low=low,
        high=high,
        region=problem.region.astype(np.int64)
        if grouped and problem.region is not None
        else np.full(m, -1),
        region_min=np.array(problem.region_min if grouped else (), dtype=np.int64),
    )


def new_state(lists: Lists, level: Ints) -> State:
    """Work out the state of a choice of levels from nothing."""
    phases, m, n = len(lists.years), len(level), len(lists.far)
    members = np.flatnonzero(level < phases)
    place = np.full(m, -1, np.int64)
    place[members] = np.arange(len(members))
    groups = len(lists.region_min)
    first_phase = lists.region[level == 0]
    state = State(
        level=level.astype(np.int64).copy(),
        is_open=level[None, :] <= np.arange(phases)[:, None],
        first=np.empty((phases, n), np.int32),
        first_cost=np.empty((phases, n)),
        second=np.empty((phases, n), np.int32),
        second_cost=np.empty((phases, n)),
        loss=np.zeros((phases, m)),
        members=members.astype(np.int64),
        place=place,
        region_count=np.bincount(
            first_phase[(first_phase >= 0) & (first_phase < groups)], minlength=groups
        ).astype(np.int64),
    )
    refresh(lists, state)
    return state


def total(lists: Lists, state: State) -> float:
    """Sum the objective as the search sees it (``far`` where no base on the list is open)."""
    open_cost = (state.is_open * lists.site_cost).sum(axis=1)
    return float(lists.years @ (state.first_cost.sum(axis=1) + open_cost))


@njit(cache=True, nogil=True)
def refresh(lists: Lists, state: State) -> None:
    """Work out nearest, second and losses from ``is_open``; also wipes rounding drift."""
    for t in range(state.is_open.shape[0]):
        state.loss[t, :] = 0.0
        for j in range(state.is_open.shape[1]):
            if state.is_open[t, j]:
                state.loss[t, j] = -lists.site_cost[j]
        for i in range(lists.far.shape[0]):
            one, one_cost, two, two_cost = -1, lists.far[i], -1, lists.far[i]
            for k in range(lists.row_start[i], lists.row_start[i + 1]):
                j = lists.candidate[k]
                if state.is_open[t, j]:
                    if one < 0:
                        one, one_cost = j, lists.cost[k]
                    else:
                        two, two_cost = j, lists.cost[k]
                        break
            state.first[t, i] = one
            state.first_cost[t, i] = one_cost
            state.second[t, i] = two
            state.second_cost[t, i] = two_cost
            if one >= 0:
                state.loss[t, one] += two_cost - one_cost


@njit(cache=True, nogil=True)
def open_base(lists: Lists, state: State, t: int, b: int) -> float:
    """Open candidate b in phase t; what the phase gains."""
    state.is_open[t, b] = True
    saved = -float(lists.site_cost[b])
    gain = saved
    for k in range(lists.column_start[b], lists.column_start[b + 1]):
        i = lists.demand[k]
        c = lists.column_cost[k]
        if c >= state.second_cost[t, i]:
            continue
        one = state.first[t, i]
        if c < state.first_cost[t, i]:
            if one >= 0:
                state.loss[t, one] -= state.second_cost[t, i] - state.first_cost[t, i]
            saved += state.first_cost[t, i] - c
            gain += state.first_cost[t, i] - c
            state.second[t, i] = one
            state.second_cost[t, i] = state.first_cost[t, i]
            state.first[t, i] = b
            state.first_cost[t, i] = c
        else:
            if one >= 0:
                state.loss[t, one] -= state.second_cost[t, i] - c
            state.second[t, i] = b
            state.second_cost[t, i] = c
    state.loss[t, b] = saved
    return gain


@njit(cache=True, nogil=True)
def close_base(lists: Lists, state: State, t: int, a: int) -> float:
    """Close base a in phase t; what the phase gains (mostly below 0)."""
    state.is_open[t, a] = False
    gain = float(lists.site_cost[a])
    for k in range(lists.column_start[a], lists.column_start[a + 1]):
        i = lists.demand[k]
        if state.first[t, i] == a:
            gain -= state.second_cost[t, i] - state.first_cost[t, i]
            state.first[t, i] = state.second[t, i]
            state.first_cost[t, i] = state.second_cost[t, i]
        elif state.second[t, i] == a:
            one = state.first[t, i]
            if one >= 0:
                state.loss[t, one] -= state.second_cost[t, i] - state.first_cost[t, i]
        else:
            continue
        one = state.first[t, i]
        two, two_cost = -1, lists.far[i]
        for r in range(lists.row_start[i], lists.row_start[i + 1]):
            j = lists.candidate[r]
            if state.is_open[t, j] and j != one:
                two, two_cost = j, lists.cost[r]
                break
        state.second[t, i] = two
        state.second_cost[t, i] = two_cost
        if one >= 0:
            state.loss[t, one] += two_cost - state.first_cost[t, i]
    state.loss[t, a] = 0.0
    return gain


@njit(cache=True, nogil=True)
def exchange(lists: Lists, state: State, a: int, b: int) -> float:
    """Candidates a and b swap their levels; what the plan gains."""
    if state.level[a] > state.level[b]:
        a, b = b, a
    early, late = state.level[a], state.level[b]
    gain = 0.0
    for t in range(early, late):
        here = open_base(lists, state, t, b)
        gain += lists.years[t] * (here + close_base(lists, state, t, a))
    state.level[a], state.level[b] = late, early
    if late == state.is_open.shape[0]:
        at = state.place[a]
        state.members[at] = b
        state.place[b] = at
        state.place[a] = -1
    groups = state.region_count.shape[0]
    if early == 0:
        if 0 <= lists.region[a] < groups:
            state.region_count[lists.region[a]] -= 1
        if 0 <= lists.region[b] < groups:
            state.region_count[lists.region[b]] += 1
    return gain
