"""Best-first branch and bound on the core, with the same Lagrangian bound at every node.

A node is a pair of level bounds.  It starts from its parent's dual, is tightened by reduced cost,
and branches where the averaged primal is nearest one half: candidate j open by phase t, or later.
"""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from postharvest.engines.siting.bound import Ascent, Course, Ground, ascend, new_ascent
from postharvest.engines.siting.fixing import fix
from postharvest.engines.siting.interchange import descend
from postharvest.engines.siting.problem import Ints
from postharvest.engines.siting.room import ENOUGH, new_room, new_trail
from postharvest.engines.siting.state import Lists, new_state, total

NODE_ROUNDS = 120
NODE_PATIENCE = 10
CHILD_PACE = 0.8


class Tree(NamedTuple):
    """Best plan found, the bound over all open nodes, and the nodes looked at."""

    level: Ints
    upper: float
    bound: float
    nodes: int


class Node(NamedTuple):
    """Ordered by bound, then by age."""

    bound: float
    age: int
    low: Ints
    high: Ints
    ascent: Ascent


def branch_and_bound(
    lists: Lists, root: Ascent, ground: Ground, level: Ints, *, step: float, nodes: int
) -> Tree:
    """Search at most ``nodes`` nodes for plans cheaper by ``step`` (whole costs: 1) or more."""
    upper = total(lists, new_state(lists, level))
    queue = [Node(float(root.value[0]), 0, lists.low, lists.high, root)]
    looked, age = 0, 0
    while queue and looked < nodes:
        if queue[0].bound >= target_of(upper, step):
            break
        node = heappop(queue)
        looked += 1
        for low, high in _split(node):
            age += 1
            child, found, value = _look(
                lists._replace(low=low, high=high), node, ground, target_of(upper, step), age
            )
            if value < upper:
                upper, level = value, found
            if child is not None and child.bound < target_of(upper, step):
                heappush(queue, child)
    goal = target_of(upper, step)
    alive = [node.bound for node in queue if node.bound < goal]
    return Tree(level, upper, min(alive, default=upper), looked)


def target_of(upper: float, step: float) -> float:
    """Return the bound at which no plan can be better: whole costs leave no room below one unit."""
    return upper - step + 1e-6 if step else upper * (1 - 1e-10)


def _split(node: Node) -> list[tuple[Ints, Ints]]:
    """Two children: the most undecided candidate opens by phase t, or not before t + 1."""
    share = node.ascent.share
    phase = np.arange(share.shape[0])[:, None]
    undecided = (node.low <= phase) & (phase < node.high)
    doubt = np.where(undecided, np.abs(share - 0.5), np.inf)
    t, j = (int(k) for k in np.unravel_index(int(np.argmin(doubt)), doubt.shape))
    if not np.isfinite(doubt[t, j]):
        return []
    sooner, later = node.high.copy(), node.low.copy()
    sooner[j] = t
    later[j] = t + 1
    return [(node.low, sooner), (later, node.high)]


def _look(
    here: Lists, parent: Node, ground: Ground, goal: float, age: int
) -> tuple[Node | None, Ints, float]:
    """Bound one child; the child if it is still alive, and the plan its choice descends to."""
    ascent = new_ascent(here, parent.ascent.dual, parent.ascent.chosen)
    ascent.offer[:] = parent.ascent.offer
    ascent.share[:] = parent.ascent.share
    ascent.penalty[:] = parent.ascent.penalty
    ascend(here, ascent, ground, Course(goal, NODE_ROUNDS, CHILD_PACE, NODE_PATIENCE, goal))
    bound = max(float(ascent.value[0]), parent.bound)
    if not np.isfinite(ascent.value[0]) or bound >= goal:
        return None, here.low, np.inf
    state = new_state(here, ascent.chosen)
    pool = np.flatnonzero(here.low < len(here.years))
    descend(here, state, pool, new_trail(1e-9 * goal, ENOUGH), new_room(here))
    low, high = fix(here, ascent, goal)
    if np.any(low > high):
        return None, here.low, np.inf
    return Node(bound, age, low, high, ascent), state.level, total(here, state)
