"""One linear program inside HiGHS: re-solved warm after changes, its work counted.

HiGHS: Huangfu and Hall 2018, doi:10.1007/s12532-017-0130-5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from postharvest.engines.rescue.linear_program import LinearProgram
from postharvest.engines.rescue.problem import Bools, Floats, Ints

Stop = Callable[[], bool]

# Nominal seconds of work, fitted on one core of a server of 2023: a simplex iteration costs
# a + b * rows; between two calls of its interrupt hook branch and bound works c * rows while the
# points are fixed (presolve leaves little), and d * rows**1.8 over the whole model.
_SECONDS_PER_ITERATION = 8e-6
_SECONDS_PER_ITERATION_AND_ROW = 1.4e-8
_SECONDS_PER_HOOK_AND_ROW = 6.5e-6
_SECONDS_PER_HOOK_AND_ROW_POWER = 2.65e-8
_WITHOUT_HEURISTICS = 0.35
_SECONDS_PER_IPM_ROW = 7e-5
_LARGE = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearAnswer:
    """An optimal basic solution, or ``value is None`` when there is none."""

    value: float | None
    column_value: Floats
    row_price: Floats
    reduced_cost: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeAnswer:
    """What branch and bound found: ``value is None`` without a feasible point."""

    value: float | None
    bound: float
    column_value: Floats
    proven: bool


class WorkMeter:
    """Nominal seconds spent so far: counted work, never a clock, so the same everywhere."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def add_iterations(self, count: int, *, rows: int) -> None:
        rate = _SECONDS_PER_ITERATION + _SECONDS_PER_ITERATION_AND_ROW * rows
        self.seconds += rate * max(0, count)

    def add_seconds(self, seconds: float) -> None:
        self.seconds += seconds


class _QuietHighs(highspy.Highs):  # type: ignore[misc, unused-ignore]
    """HiGHS prints a banner when callbacks are set before its output is switched off."""

    def enableCallbacks(self) -> None:  # noqa: N802  HiGHS's name
        """Leave callbacks alone until one is set."""


class Session:
    """A program loaded into HiGHS.  Changes are kept here too, so duality bounds stay exact."""

    def __init__(self, program: LinearProgram, *, meter: WorkMeter, seed: int) -> None:
        self._meter = meter
        self.rows, self.columns = program.rows, program.columns
        self._warm = False
        self._highs: Any = _QuietHighs()  # type: ignore[no-untyped-call]
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", seed % 2**31),
            ("parallel", "off"),
        ):
            self._highs.setOptionValue(name, value)
        self._highs.passModel(_as_highs(program))

    def set_column_bounds(self, columns: Ints, low: Floats, high: Floats) -> None:
        """Replace the bounds of some columns."""
        flat = np.ravel(columns).astype(np.int32)
        shape = flat.shape
        self._highs.changeColsBounds(
            flat.size,
            flat,
            np.broadcast_to(np.ravel(low), shape).astype(float),
            np.broadcast_to(np.ravel(high), shape).astype(float),
        )

    def set_costs(self, columns: Ints, cost: Floats) -> None:
        """Replace the objective of some columns."""
        flat = np.ravel(columns).astype(np.int32)
        self._highs.changeColsCost(flat.size, flat, np.ravel(cost).astype(float))

    def set_row_bounds(self, rows: Ints, low: Floats, high: Floats) -> None:
        """Replace the bounds of some rows."""
        flat = np.ravel(rows).astype(np.int32)
        self._highs.changeRowsBounds(
            flat.size, flat, np.ravel(low).astype(float), np.ravel(high).astype(float)
        )

    def solve(self) -> LinearAnswer:
        """Solve as a linear program from the last basis.

        A large program is solved the first time by interior point with crossover, which leaves a
        basis and takes half the time of the simplex method.
        """
        cold_and_large = not self._warm and self.rows > _LARGE
        self._highs.setOptionValue("solver", "ipm" if cold_and_large else "simplex")
        self._highs.run()
        self._warm = True
        info = self._highs.getInfo()
        self._meter.add_iterations(info.simplex_iteration_count, rows=self.rows)
        if cold_and_large:
            self._meter.add_seconds(_SECONDS_PER_IPM_ROW * self.rows)
        solution = self._highs.getSolution()
        optimal = self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return LinearAnswer(
            value=float(info.objective_function_value) if optimal else None,
            column_value=np.asarray(solution.col_value),
            row_price=np.asarray(solution.row_dual),
            reduced_cost=np.asarray(solution.col_dual),
        )

    def interior_point(self, *, tolerance: float) -> LinearAnswer:
        """Solve a very large program to a tolerance, inside and without a basis.

        Rows hold to rounding, values and prices only to the tolerance: a proposal, to be finished
        by exact steps.
        """
        for name, value in (
            ("solver", "ipm"),
            ("run_crossover", "off"),
            ("ipm_optimality_tolerance", tolerance),
        ):
            self._highs.setOptionValue(name, value)
        self._highs.run()
        self._meter.add_seconds(_SECONDS_PER_IPM_ROW * self.rows)
        solution = self._highs.getSolution()
        return LinearAnswer(
            value=float(self._highs.getInfo().objective_function_value),
            column_value=np.asarray(solution.col_value),
            row_price=np.asarray(solution.row_dual),
            reduced_cost=np.asarray(solution.col_dual),
        )

    def branch_and_bound(
        self,
        *,
        whole: Bools,
        gap: float,
        target: float,
        seconds: float,
        reduced: bool,
        heuristics: bool,
        stop: Stop,
    ) -> TreeAnswer:
        """Solve with some columns whole, for at most so many nominal seconds.

        Stops at the relative gap, or when the bound falls to ``target``.  ``reduced`` says that
        most of the model is fixed, so that its steps are small; ``heuristics`` lets it search
        for plans in trees of their own, which can't be interrupted.
        """
        highs = self._highs
        every = np.arange(self.columns, dtype=np.int32)
        highs.changeColsIntegrality(self.columns, every, whole.astype(np.uint8))
        highs.setOptionValue("mip_rel_gap", gap)
        highs.setOptionValue("solver", "choose")
        for heuristic in _TREES_IN_TREES:
            highs.setOptionValue(f"mip_heuristic_run_{heuristic}", heuristics)
        rate = (
            _SECONDS_PER_HOOK_AND_ROW * self.rows
            if reduced
            else _SECONDS_PER_HOOK_AND_ROW_POWER * self.rows**1.8
        )
        if not (reduced or heuristics):
            rate *= _WITHOUT_HEURISTICS
        hook = _Interrupt(
            most_calls=int(seconds / rate),
            target=target,
            stop=stop,
        )
        highs.setCallback(hook, None)
        highs.startCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)
        highs.run()
        highs.stopCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)
        self._meter.add_seconds(hook.calls * rate)
        return self._tree_answer()

    def _tree_answer(self) -> TreeAnswer:
        highs = self._highs
        info, status = highs.getInfo(), highs.getModelStatus()
        found = info.primal_solution_status == _FEASIBLE
        infeasible = status == highspy.HighsModelStatus.kInfeasible
        return TreeAnswer(
            value=float(info.objective_function_value) if found else None,
            bound=-np.inf if infeasible else float(info.mip_dual_bound),
            column_value=np.asarray(highs.getSolution().col_value) if found else np.empty(0),
            proven=infeasible or status == highspy.HighsModelStatus.kOptimal,
        )


_FEASIBLE = 2
_TREES_IN_TREES = ("rens", "rins", "root_reduced_cost")


class _Interrupt:
    """Ends branch and bound after counted calls; the clock only has a last word via ``stop``."""

    def __init__(self, *, most_calls: int, target: float, stop: Stop) -> None:
        self._most_calls, self._target, self._stop = most_calls, target, stop
        self.calls = 0

    def __call__(self, *event: Any) -> None:  # noqa: ANN401  five values of the solver's
        _, _, out, into, _ = event
        self.calls += 1
        done = self.calls > self._most_calls or out.mip_dual_bound <= self._target
        if done or self._stop():
            into.user_interrupt = True


def _as_highs(program: LinearProgram) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.columns, program.rows
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.low, program.high
    lp.row_lower_, lp.row_upper_ = program.row_low, program.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = program.start
    lp.a_matrix_.index_ = program.index
    lp.a_matrix_.value_ = program.value
    lp.sense_ = highspy.ObjSense.kMaximize
    return lp
