"""Finds the plan: scan the prices, choose the points, make days and crews whole, prove the rest.

1. **Scan.**  One linear program per price level, each warm from the last; weak duality bounds the
   levels in between, so that hopeless ones are never solved.
2. **Points.**  At the best level, dive: the linear program's most decided points are fixed and it
   is solved again until all are whole; then single points are closed, opened or swapped as long
   as the linear program with points fixed improves.
3. **Days and crews.**  With the points fixed, branch and bound over open days and crews, then the
   linear program once more with all whole decisions fixed (exact flows and shadow prices).
4. **Proof.**  Levels that could still beat the plan are searched by branch and bound from their
   own relaxation until the work allowed is spent.

Relax-and-fix and dives: Wolsey, Integer Programming, 2nd ed., ch. 13, doi:10.1002/9781119606475.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from postharvest.engines.rescue.highs_session import (
    LinearAnswer,
    Session,
    Stop,
    TreeAnswer,
    WorkMeter,
)
from postharvest.engines.rescue.linear_program import weak_duality_bound
from postharvest.engines.rescue.model import Commitments, RescueModel, build_model
from postharvest.engines.rescue.problem import Bools, Floats, Ints, RescueParams, RescueProblem

_FAR = 0.006
_LEAST_LEFT = 0.05
_NEARLY, _HALF = 1e-6, 0.5
_STAGES, _SHARES_OF_LEFT = 3, (0.12, 0.5)
"""A proof makes points whole, then days, then people."""
_SMALL = 6
"""Up to so many points the tree alone is quicker than choosing points first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePlan:
    """A feasible plan: its model, its columns with every whole decision fixed, its value."""

    model: RescueModel
    answer: LinearAnswer
    value: float

    @property
    def points(self) -> Bools:
        return np.asarray(self.answer.column_value[self.model.columns.set_up] > 0.5)


class Search:
    """State of one search: the loaded program, the bounds per level, the best plan so far."""

    def __init__(
        self,
        problem: RescueProblem,
        params: RescueParams,
        *,
        seed: int,
        stop: Stop,
        commitments: Commitments | None = None,
        dearest: int = 0,
    ) -> None:
        self.problem, self.params, self.seed, self.stop = problem, params, seed, stop
        self.meter = WorkMeter()
        self.best: WholePlan | None = None
        self.bounds = np.full(problem.levels, np.inf)
        self.proofs = ["none"] * problem.levels
        self.relaxed: dict[int, LinearAnswer] = {}
        self.stages = [0] * problem.levels
        self.has_tried = False
        # a running sale's price may fall, never rise: levels above `dearest` are closed
        self.bounds[:dearest] = -np.inf
        self.proofs[:dearest] = ["closed"] * dearest
        if params.only_level is not None:
            for level in set(range(problem.levels)) - {params.only_level}:
                self.bounds[level], self.proofs[level] = -np.inf, "closed"
        self.model = build_model(
            problem, params, level=problem.levels // 2, commitments=commitments
        )
        self.session = Session(self.model.program, meter=self.meter, seed=seed)

    # what may still be spent and won ---------------------------------------------------------

    @property
    def left(self) -> float:
        """Nominal seconds left; nothing once the caller says stop."""
        return 0.0 if self.stop() else max(0.0, self.params.cpu_seconds - self.meter.seconds)

    @property
    def target(self) -> float:
        """A level bounded below this can't improve the plan by more than the wanted gap."""
        if self.best is None:
            return -np.inf
        value = self.best.value
        return value + self.params.wanted_gap * max(1.0, abs(value))

    # 1 scan ------------------------------------------------------------------------------------

    def scan(self) -> None:
        """Bound every level by its relaxation or by a neighbour's dual prices."""
        while (level := self._next_to_relax()) is not None:
            self.relax(level)

    def _next_to_relax(self) -> int | None:
        open_levels = [j for j in range(self.problem.levels) if self.proofs[j] == "none"]
        reached = max((self.bounds[j] for j in self.relaxed), default=-np.inf)
        worth = [j for j in open_levels if self.bounds[j] > reached]
        if not self.relaxed:
            likely = _likely_level(self.problem, self.params.clear_share)
            return min(open_levels, key=lambda j: abs(j - likely))
        if not worth:
            return None
        if reached == -np.inf:  # nothing feasible yet: cheaper clears more
            return max(worth)
        known = np.array([j for j, a in self.relaxed.items() if a.value is not None])
        # near what is solved the basis is good and the bound tight: walk outwards
        return min(worth, key=lambda j: (np.abs(known - j).min(), -self.bounds[j]))

    def relax(self, level: int) -> LinearAnswer:
        """Solve a level's relaxation and learn its bound, and bounds for the other levels."""
        self.load(level)
        answer = self.session.solve()
        self.relaxed[level] = answer
        if answer.value is None:
            # demand only shrinks as the price rises, so dearer levels have no plan either
            for dearer in range(level + 1):
                if self.proofs[dearer] != "closed":
                    self._lower(dearer, -np.inf, "infeasible")
            return answer
        parts = self._whole_counts(answer)
        for other in range(self.problem.levels):
            if other == level or self.proofs[other] == "none":
                bound = _bound_there(self.model, answer.row_price, other)
                if parts:
                    bound = min(bound, max(self._part_bound(*part, other) for part in parts))
                self._lower(other, bound, "duals" if other == level else "none")
        return answer

    def _part_bound(self, part: RescueModel, answer: LinearAnswer, level: int) -> float:
        """Bound one part of a level; what has no solution at a price has none at a dearer one."""
        if answer.value is not None:
            return _bound_there(part, answer.row_price, level)
        return -np.inf if level <= part.level else np.inf

    def _whole_counts(self, answer: LinearAnswer) -> list[tuple[RescueModel, LinearAnswer]]:
        """Solve again with at most, and with at least, a whole number of points set up.

        The relaxation is concave in the number of points, so that these two numbers bound all.
        Returns each part's model and answer; nothing where the number is whole already.
        """
        count = self.model.columns.count
        at = float(answer.column_value[count[0]])
        if abs(at - np.rint(at)) < _NEARLY:
            return []
        parts, most = [], float(self.model.program.high[count[0]])
        for low, high in ((0.0, np.floor(at)), (np.ceil(at), most)):
            part = self.model.with_count(low, high)
            self.session.set_column_bounds(count, np.array([low]), np.array([high]))
            parts.append((part, self.session.solve()))
        self._free_whole()
        return parts

    def load(self, level: int, points: Bools | None = None) -> None:
        """Put a price level into the session; points are free or fixed."""
        self.model = self.model.at_level(level)
        program, columns, rows = self.model.program, self.model.columns, self.model.rows
        self.session.set_costs(columns.ordered, program.cost[columns.ordered])
        for block in (columns.ordered, columns.unserved):
            self.session.set_column_bounds(block, program.low[block], program.high[block])
        self.session.set_row_bounds(
            rows.demand, program.row_low[rows.demand], program.row_high[rows.demand]
        )
        self._free_whole()
        if points is not None:
            self.fix_points(points)

    def _free_whole(self) -> None:
        columns, program = self.model.columns, self.model.program
        whole = (columns.set_up, columns.count, columns.open_, columns.crew, columns.takes)
        for block in whole:
            self.session.set_column_bounds(block, program.low[block], program.high[block])

    def _lower(self, level: int, bound: float, proof: str) -> None:
        if bound < self.bounds[level] or self.proofs[level] == "none":
            self.bounds[level] = min(bound, self.bounds[level])
            self.proofs[level] = proof

    # 2 points ----------------------------------------------------------------------------------

    def choose_points(self, level: int) -> Bools:
        """Dive to whole points, then improve them one by one."""
        points = self._dive(level)
        return self._improve(level, points)

    def fix_points(self, points: Bools) -> None:
        value = points.astype(float)
        self.session.set_column_bounds(self.model.columns.set_up, value, value)

    def _dive(self, level: int) -> Bools:
        self.load(level)
        column = self.model.columns.set_up
        program = self.model.program
        low, high = program.low[column].copy(), program.high[column].copy()
        answer = self.relaxed.get(level) or self.session.solve()
        while answer.value is not None:
            at = answer.column_value[column]
            free = low < high
            if not free.any():
                break
            up, down = free & (at >= 0.85), free & (at <= 0.02)
            if not (up.any() or down.any()):
                score = np.where(free, np.abs(at - 0.45), -1.0)
                pick = int(score.argmax())
                (up if at[pick] > 0.45 else down)[pick] = True
            low[up], high[down] = 1.0, 0.0
            self.session.set_column_bounds(column, low, high)
            answer = self.session.solve()
        return np.asarray(high > 0.5)

    def _points_value(self, points: Bools) -> tuple[float, LinearAnswer]:
        self.fix_points(points)
        answer = self.session.solve()
        return (-np.inf if answer.value is None else answer.value), answer

    def _improve(self, level: int, points: Bools) -> Bools:
        self.load(level, points)
        value, answer = self._points_value(points)
        # far below the bound, other points are likelier to be the reason than whole people
        far = self.bounds[level] - value > _FAR * max(1.0, abs(value))
        most = self.meter.seconds + (0.25 if far else 0.06) * self.left
        while self.meter.seconds < most and not self.stop():
            for candidate in self._neighbours(points, answer):
                new_value, new_answer = self._points_value(candidate)
                if new_value > value + 1e-6 * abs(value):
                    points, value, answer = candidate, new_value, new_answer
                    break
                if self.meter.seconds >= most:
                    break
            else:
                break
        return points

    def _neighbours(self, points: Bools, answer: LinearAnswer) -> Iterable[Bools]:
        """Close, open, swap; those first that the dual prices praise."""
        praise = answer.reduced_cost[self.model.columns.set_up]
        opened = np.flatnonzero(points)
        closed = np.flatnonzero(~points)
        load = answer.column_value[self.model.columns.crew].sum(axis=1)
        weakest = opened[np.argsort(load[opened], kind="stable")]
        wanted = closed[np.argsort(-praise[closed], kind="stable")]
        for point in weakest:
            yield _flipped(points, point)
        for point in wanted[:4]:
            yield _flipped(points, point)
        for out in weakest[:5]:
            for into in wanted[:5]:
                yield _flipped(points, out, into)

    # 3 days and crews ----------------------------------------------------------------------------

    def make_whole(
        self, level: int, points: Bools | None, *, seconds: float, gap: float
    ) -> WholePlan | None:
        """Branch and bound at a level, points fixed or free; with free points it also proves."""
        answer = self._tree(level, points, whole=None, seconds=seconds, gap=gap)
        return None if answer.value is None else self.repair(level, answer.column_value)

    def _tree(
        self, level: int, points: Bools | None, *, whole: Bools | None, seconds: float, gap: float
    ) -> TreeAnswer:
        """Branch and bound with all whole decisions whole, or with only some (a relaxation)."""
        program = self.model.at_level(level).program
        # a session of its own: branch and bound spoils the warm basis of the other one
        session = Session(program, meter=self.meter, seed=self.seed)
        if points is not None:
            value = points.astype(float)
            session.set_column_bounds(self.model.columns.set_up, value, value)
        # No start is handed over: HiGHS 1.16 may carry it through presolve to a value above the
        # optimum and then prune everything.  The target ends the proof as well.
        proving = points is None and self.best is not None and self.best.model.level == level
        proving |= whole is not None
        answer = session.branch_and_bound(
            whole=program.whole if whole is None else whole,
            gap=gap,
            target=self.target if points is None else -np.inf,
            seconds=seconds,
            reduced=points is not None,
            heuristics=not proving or self.problem.points <= _SMALL,
            stop=self.stop,
        )
        if points is None:
            self._lower(level, answer.bound, "tree")
        return answer

    def repair(self, level: int, column_value: Floats) -> WholePlan | None:
        """Fix all whole decisions of a solution and solve for exact flows."""
        self.load(level)
        columns = self.model.columns
        opened = np.rint(column_value[columns.open_])
        fixed = [
            (columns.crew, np.rint(column_value[columns.crew])),
            (columns.open_, opened),
            (columns.set_up, opened.max(axis=1)),
        ]
        if columns.takes.size:
            fixed.append((columns.takes, self._bulk_days(fixed)))
        for block, value in fixed:
            self.session.set_column_bounds(block, value, value)
        answer = self.session.solve()
        if answer.value is None:
            return None
        plan = WholePlan(model=self.model, answer=answer, value=answer.value)
        if self.best is None or plan.value > self.best.value:
            self.best = plan
        return plan

    def _bulk_days(self, fixed: list[tuple[Ints, Floats]]) -> Floats:
        """Which days bulk buyers take their least order or more, once people are decided."""
        program, takes = self.model.program, self.model.columns.takes
        session = Session(program, meter=self.meter, seed=self.seed)
        for block, value in fixed:
            session.set_column_bounds(block, value, value)
        whole = np.zeros(program.columns, dtype=bool)
        whole[takes] = True
        answer = session.branch_and_bound(
            whole=whole,
            gap=0.1 * self.params.wanted_gap,
            target=-np.inf,
            seconds=1.0,
            reduced=True,
            heuristics=True,
            stop=self.stop,
        )
        return (
            np.zeros(takes.shape) if answer.value is None else np.rint(answer.column_value[takes])
        )

    def round_relaxed(self, level: int) -> None:
        """Round a level's relaxation, at whatever points it uses: seldom good, soon there."""
        self.load(level)
        answer = self.session.solve()
        if answer.value is not None:
            self._round(level, answer)

    def _round(self, level: int, answer: LinearAnswer) -> None:
        """Round people up, and to the nearest: plans in hand before any tree is grown.

        Down only where neither holds, as when every pair of hands is needed.
        """
        crew = answer.column_value[self.model.columns.crew]
        found = [self._with_crew(level, people) for people in (np.ceil(crew - 1e-6), np.rint(crew))]
        if not any(found):
            fewer = np.floor(crew + 1e-6)
            self._with_crew(level, np.where(fewer < self.problem.min_crew[:, None], 0.0, fewer))

    def _with_crew(self, level: int, crew: Floats) -> bool:
        """Keep the plan with these people, no fewer than a point's least, if there is one."""
        columns, program = self.model.columns, self.model.program
        people = np.where(crew > 0, np.maximum(crew, self.problem.min_crew[:, None]), 0.0)
        people = np.minimum(people, program.high[columns.crew])
        guess = np.zeros(program.columns)
        guess[columns.crew] = people
        guess[columns.open_] = people > 0
        return self.repair(level, guess) is not None

    def nothing_online(self) -> WholePlan | None:
        """Outlets only: every point stays closed.  None where the goal forbids it."""
        return self.repair(0, np.zeros(self.model.program.columns))

    def aim_at_kg(self, level: int) -> None:
        """Ask for kg out of the field instead of income, at one level."""
        self.model = self.model.at_level(level).with_objective_kg()
        self.session = Session(self.model.program, meter=self.meter, seed=self.seed)

    # 4 the whole search --------------------------------------------------------------------------

    def run(self) -> None:
        """Look for the best plan until it is proven or the work allowed is spent."""
        self.scan()
        self.nothing_online()
        first = self._open_levels()[:1]
        for level in first:
            self._first_plan(level, share=0.3)
        for level in self._open_levels()[:3]:
            if level not in first and (self.best is None or level != self.best.model.level):
                self._first_plan(level, share=0.15)
        while self.left > _LEAST_LEFT * self.params.cpu_seconds:
            levels = [j for j in self._open_levels() if self.stages[j] < _STAGES]
            if not levels:
                break
            self._prove(levels[0])

    def _prove(self, level: int) -> None:
        """Make points whole, then days too, then all: each tree bounds the next.

        The first is tiny and often bounds a level that the whole tree hardly starts on; where it
        is not done soon, the whole tree with its cuts is the better use of what is left.
        """
        stage, gap = self.stages[level], 0.5 * self.params.wanted_gap
        if stage == _STAGES - 1 or self.problem.points <= _SMALL:
            self.stages[level] = _STAGES
            self.make_whole(level, None, seconds=self.left, gap=gap)
            return
        columns = self.model.columns
        whole = np.zeros(self.model.program.columns, dtype=bool)
        for block in (columns.set_up, columns.count, *([columns.open_] if stage else [])):
            whole[block] = True
        share = _SHARES_OF_LEFT[stage]
        answer = self._tree(level, None, whole=whole, seconds=share * self.left, gap=gap)
        self.stages[level] = stage + 1 if answer.proven else _STAGES - 1
        if stage == 0 and answer.value is not None:
            self._try_points(level, answer)

    def _try_points(self, level: int, answer: TreeAnswer) -> None:
        """Make a plan of the points that a relaxation likes best, if they are new."""
        points = np.asarray(answer.column_value[self.model.columns.set_up] > _HALF)
        best = self.best
        if answer.value is None or answer.value <= self.target:
            return
        if best is None or level != best.model.level or (points != best.points).any():
            gap = 0.5 * self.params.wanted_gap
            share = 0.1 if best is not None else 0.4
            self.make_whole(level, points, seconds=share * self.left, gap=gap)

    def _open_levels(self) -> list[int]:
        """Levels that could still beat the plan by more than the wanted gap, best bound first."""
        levels = [j for j in range(self.problem.levels) if self.bounds[j] > self.target]
        return sorted(levels, key=lambda j: -self.bounds[j])

    def _first_plan(self, level: int, *, share: float) -> None:
        if self.bounds[level] <= self.target or (self.has_tried and self.left <= 0):
            return
        self.has_tried = True  # however little may be spent, one plan that sells is looked for
        if self.best is None:
            self.round_relaxed(level)
        gap, points = 0.5 * self.params.wanted_gap, self.choose_points(level)
        value, answer = self._points_value(points)
        if answer.value is not None:
            self._round(level, answer)
        small = self.problem.points <= _SMALL
        if not small and self.best is not None and value <= self.best.value:
            return
        self.make_whole(level, None if small else points, seconds=share * self.left, gap=gap)


def _flipped(points: Bools, *which: int) -> Bools:
    changed = points.copy()
    changed[list(which)] ^= True
    return changed


def _likely_level(problem: RescueProblem, clear_share: float) -> int:
    """Guess the best level: margin per kg times what can be sold, as on the back of an envelope."""
    p = problem
    pack = p.demand_kg.sum(axis=(0, 1))
    zone = p.demand_kg.sum(axis=(1, 2))
    if pack.sum() <= 0:
        return p.levels - 1
    postage = (zone / zone.sum()) @ p.postage_yuan / p.pack_kg
    wage = p.wage_yuan_per_day.min() / p.pack_kg_per_worker_day
    cost = postage + wage + p.pack_material_yuan / p.pack_kg + p.harvest_cost_yuan_per_kg.mean()
    outlets = float(np.minimum(p.offer_kg_per_day, p.lot_kg[p.offer_lot][:, None]).sum())
    scores = []
    for level in range(p.levels):
        wanted = float(p.wanted_kg(level).sum())
        margin = float((p.revenue_yuan_per_kg(level) - cost) @ (pack / pack.sum()))
        sold = min(wanted, p.total_kg)
        short = max(0.0, clear_share * p.total_kg - sold - outlets)
        scores.append(margin * sold - 1e3 * short)
    return int(np.argmax(scores))


def _bound_there(model: RescueModel, row_price: Floats, level: int) -> float:
    """Bound another level (or the same) by the dual prices of this one."""
    there = model.at_level(level)
    return weak_duality_bound(there.program, _carried_prices(model, row_price, there))


def _carried_prices(model: RescueModel, row_price: Floats, there: RescueModel) -> Floats:
    """Dual prices of one level made good for another: demand is worth what its price changes.

    A kg that sells for more (less) makes a kg of demand worth more (less); unserved demand comes
    back, so it stays worth at least rho times tomorrow's.
    """
    p, rows = model.problem, model.rows.demand
    price = row_price.copy()
    worth = row_price[rows] + (
        p.revenue_yuan_per_kg(there.level) - p.revenue_yuan_per_kg(model.level)
    )
    worth = np.maximum(worth, 0.0)
    for day in range(p.days - 2, -1, -1):
        worth[:, day] = np.maximum(worth[:, day], p.return_share * worth[:, day + 1])
    price[rows] = worth
    return price
