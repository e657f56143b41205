"""Deciding again while a sale runs: what is promised stays, the rest is planned anew in seconds.

The problem handed in is the residual one: the days that are left, the kilograms still in the
field, orders that wait (``waiting_before_kg``), people who come back (``unserved_before_kg``),
set-up costs of standing points at 0, roads and hands as they are now, demand as it is believed
now (``demand_update``).  Prices may fall, never rise.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from postharvest.engines.rescue.highs_session import LinearAnswer
from postharvest.engines.rescue.model import Commitments
from postharvest.engines.rescue.plan import Schedule
from postharvest.engines.rescue.problem import Bools, Ints, RescueParams, RescueProblem
from postharvest.engines.rescue.read_off import schedule_from
from postharvest.engines.rescue.search import Search
from postharvest.engines.rescue.solve import GoalOutOfReachError, never
from postharvest.engines.rescue.zones import merge_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """The new schedule for the days left, and what it is worth against holding the old one.

    Attributes
    ----------
    schedule : decisions for the days left.
    value_yuan, bound_yuan : objective from now on, and its proven bound.
    hold_yuan : the same with the old crews and price kept, flows as good as they can be; None if
        holding can't even keep the orders.
    crew_change : (P, T) people more or fewer than announced.
    newly_set_up : (P,) points that were not standing.
    cancelled_kg : kg of accepted orders that can't be kept whatever is done.
    """

    schedule: Schedule
    value_yuan: float
    bound_yuan: float
    hold_yuan: float | None
    crew_change: Ints
    newly_set_up: Bools
    cancelled_kg: float
    level_before: int

    @property
    def gain_yuan(self) -> float | None:
        """What changing the plan is worth."""
        return None if self.hold_yuan is None else self.value_yuan - self.hold_yuan

    @property
    def gap(self) -> float:
        """(bound - value) / max(1, |value|)."""
        return (self.bound_yuan - self.value_yuan) / max(1.0, abs(self.value_yuan))


def replan(
    problem: RescueProblem,
    commitments: Commitments,
    params: RescueParams,
    *,
    level: int,
    standing: Bools,
    seed: int,
    stop: Callable[[], bool] = never,
) -> Replan:
    """Plan the days left, keeping promises.

    Parameters
    ----------
    problem : the residual problem.
    commitments : announced shifts, which of them stand, what changing the others costs.
    params : goal and effort (``cpu_seconds`` around 1 answers while a person waits).
    level : the price now; dearer levels are closed.
    standing : (P,) points that are set up already.
    seed, stop : as in ``solve``.

    Raises
    ------
    GoalOutOfReachError
        If not even the cheapest price can meet the goal and the promises.
    """
    merged = merge_zones(problem)
    search = Search(
        merged.problem, params, seed=seed, stop=stop, commitments=commitments, dearest=level
    )
    hold = _hold(search, commitments, level)
    search.run()
    if search.best is None:
        raise GoalOutOfReachError(asked_share=params.clear_share, most_share=0.0)
    best = search.best
    column_value = best.answer.column_value
    schedule = merged.split(schedule_from(best.model, column_value))
    return Replan(
        schedule=schedule,
        value_yuan=best.value,
        bound_yuan=max(best.value, float(search.bounds.max())),
        hold_yuan=hold,
        crew_change=schedule.crew - commitments.announced_crew,
        newly_set_up=np.asarray(schedule.set_up & ~standing),
        cancelled_kg=float(column_value[best.model.columns.cancelled].sum()),
        level_before=level,
    )


def relaxed_answer(
    problem: RescueProblem, commitments: Commitments, params: RescueParams, *, level: int, seed: int
) -> LinearAnswer:
    """Solve the days left as one linear program at the present price: an answer at once."""
    search = Search(problem, params, seed=seed, stop=never, commitments=commitments, dearest=level)
    search.load(level)
    return search.session.solve()


def _hold(search: Search, commitments: Commitments, level: int) -> float | None:
    """Value of keeping crews and price as announced; it is also a first plan."""
    columns, program = search.model.columns, search.model.program
    guess = np.zeros(program.columns)
    most = program.high[columns.crew]
    crew = np.minimum(commitments.announced_crew, most)
    crew = np.where(crew >= search.problem.min_crew[:, None], crew, 0.0)
    guess[columns.crew] = crew
    guess[columns.open_] = crew > 0
    plan = search.repair(level, guess)
    return None if plan is None else plan.value
