"""Best-first branch and bound on the core, with the same Lagrangian bound at every node.

A node is a pair of level bounds.  It starts from its parent's dual, is tightened by reduced cost,
loses the candidates it has closed, and branches on a candidate (open by phase t, or later) that a
short climb on both sides finds to lift the bound most (strong branching: Applegate et al. 2006).
"""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from postharvest.engines.siting.bound import Ascent, Course, Ground, ascend, new_ascent
from postharvest.engines.siting.fixing import core_lists, fix
from postharvest.engines.siting.interchange import descend
from postharvest.engines.siting.problem import Ints
from postharvest.engines.siting.room import ENOUGH, new_room, new_trail
from postharvest.engines.siting.state import Lists, new_state, total

NODE_ROUNDS = 120
NODE_PATIENCE = 10
CHILD_PACE = 0.8
TRIED = 6  # candidates tried before branching on one
TRIAL_ROUNDS = 20
COMPACT = 0.75  # share of candidates still alive below which the lists are made anew


class Tree(NamedTuple):
    """Best plan found, the bound over all open nodes, and the nodes looked at."""

    level: Ints
    upper: float
    bound: float
    nodes: int


class Node(NamedTuple):
    """Ordered by bound, then by age; ``kept`` are its candidates' places in the root."""

    bound: float
    age: int
    lists: Lists
    kept: Ints
    ground: Ground
    ascent: Ascent


def branch_and_bound(
    lists: Lists, root: Ascent, ground: Ground, level: Ints, *, step: float, nodes: int
) -> Tree:
    """Search at most ``nodes`` nodes for plans cheaper by ``step`` (whole costs: 1) or more."""
    upper = total(lists, new_state(lists, level))
    queue = [Node(float(root.value[0]), 0, lists, np.arange(len(level)), ground, root)]
    looked, age = 0, 0
    while queue and looked < nodes:
        if queue[0].bound >= target_of(upper, step):
            break
        node = heappop(queue)
        looked += 1
        for trial in _split(node, target_of(upper, step)):
            age += 1
            child, found, value = _look(trial, node, target_of(upper, step), age)
            if value < upper:
                upper, level = value, _in_root(found, node.kept, lists)
            if child is not None and child.bound < target_of(upper, step):
                heappush(queue, child)
    goal = target_of(upper, step)
    alive = [node.bound for node in queue if node.bound < goal]
    return Tree(level, upper, min(alive, default=upper), looked)


def target_of(upper: float, step: float) -> float:
    """Return the bound at which no plan can be better: whole costs leave no room below one unit."""
    return upper - step + 1e-6 if step else upper * (1 - 1e-10)


class _Trial(NamedTuple):
    """A child's level bounds after a short climb."""

    lists: Lists
    ascent: Ascent

    @property
    def value(self) -> float:
        return float(self.ascent.value[0])


def _split(node: Node, goal: float) -> list[_Trial]:
    """Return both children of the split that lifts the weaker side, then the stronger, most."""
    low, high, share = node.lists.low, node.lists.high, node.ascent.share
    phase = np.arange(share.shape[0])[:, None]
    undecided = (low <= phase) & (phase < high)
    doubt = np.where(undecided, np.abs(share - 0.5), np.inf)
    best: list[_Trial] = []
    best_score = -np.inf
    for at in np.argsort(doubt, axis=None, kind="stable")[:TRIED].tolist():
        t, j = divmod(at, share.shape[1])
        if not np.isfinite(doubt[t, j]):
            break
        pair = _both_sides(node, t, j, goal)
        lifts = [min(trial.value, goal) - node.bound for trial in pair]
        score = max(min(lifts), 0.0) + 0.2 * max(*lifts, 0.0)
        if score > best_score:
            best, best_score = pair, score
        if max(lifts) >= goal - node.bound:  # one side is closed: the split costs nothing
            break
    return best


def _both_sides(node: Node, t: int, j: int, goal: float) -> list[_Trial]:
    sooner, later = node.lists.high.copy(), node.lists.low.copy()
    sooner[j] = t
    later[j] = t + 1
    pair = []
    for lists in (node.lists._replace(high=sooner), node.lists._replace(low=later)):
        ascent = new_ascent(lists, node.ascent.dual, node.ascent.chosen)
        ascent.offer[:] = node.ascent.offer
        ascent.share[:] = node.ascent.share
        ascent.penalty[:] = node.ascent.penalty
        ascend(
            lists,
            ascent,
            node.ground,
            Course(goal, TRIAL_ROUNDS, CHILD_PACE, NODE_PATIENCE, goal),
        )
        pair.append(_Trial(lists, ascent))
    return pair


def _look(trial: _Trial, parent: Node, goal: float, age: int) -> tuple[Node | None, Ints, float]:
    """Bound one child; the child if it is still alive, and the plan its choice descends to."""
    here, ascent = trial
    ascend(here, ascent, parent.ground, Course(goal, NODE_ROUNDS, CHILD_PACE, NODE_PATIENCE, goal))
    bound = max(trial.value, parent.bound)
    if not np.isfinite(trial.value) or bound >= goal:
        return None, here.low, np.inf
    state = new_state(here, ascent.chosen)
    pool = np.flatnonzero(here.low < len(here.years))
    descend(here, state, pool, new_trail(1e-9 * goal, ENOUGH), new_room(here))
    low, high = fix(here, ascent, goal)
    if np.any(low > high):
        return None, here.low, np.inf
    node = Node(bound, age, here._replace(low=low, high=high), parent.kept, parent.ground, ascent)
    return _compact(node), state.level, total(here, state)


def _compact(node: Node) -> Node:
    """Drop the candidates that the node has closed once they are many: every climb is shorter."""
    lists = node.lists
    closed = len(lists.years)
    if (lists.low < closed).sum() > COMPACT * len(lists.low):
        return node
    smaller, keep = core_lists(lists, lists.low, lists.high, lists.low, longest=len(lists.low))
    counts = node.ground.counts.copy()
    counts[-1] = len(keep) - counts[:-1].sum()
    ascent = node.ascent._replace(
        reward=node.ascent.reward[keep],
        chosen=node.ascent.chosen[keep],
        share=np.ascontiguousarray(node.ascent.share[:, keep]),
    )
    ground = node.ground._replace(counts=counts)
    return node._replace(lists=smaller, kept=node.kept[keep], ground=ground, ascent=ascent)


def _in_root(level: Ints, kept: Ints, root: Lists) -> Ints:
    whole = np.full(len(root.low), len(root.years))
    whole[kept] = level
    return whole
