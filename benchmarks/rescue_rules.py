"""What a careful person without an optimiser would do: two hand rules to compare the engine with.

*Cost plus*: price = normal farm-gate price + postage, box and wages, next on the ladder; just
enough crew, the same every day.  *Spreadsheet*: every price times three crew sizes, the best taken.
Both get the points with most produce around them, and flows, lanes and days optimised for them by
linear programming, which no spreadsheet has: they are generous.
"""

import math

import numpy as np

from postharvest.engines.rescue.problem import RescueParams, RescueProblem
from postharvest.engines.rescue.search import Search
from postharvest.engines.rescue.solve import never

CREW_SIZES = (0.7, 1.0, 1.3)


def spreadsheet_net(problem: RescueProblem, *, clear_share: float = 0.0) -> float | None:
    """Best net income over every price and three crew sizes; None where none is feasible."""
    search = Search(problem, RescueParams(clear_share=clear_share), seed=1, stop=never)
    search.nothing_online()
    for level in range(problem.levels):
        for size in CREW_SIZES:
            _play(search, level, size * _enough_crew(problem, level))
    return None if search.best is None else search.best.value


def cost_plus_net(problem: RescueProblem, *, normal_price_yuan_per_kg: float) -> float | None:
    """Net income at cost plus the normal farm-gate price with just enough crew."""
    p = problem
    wage = p.wage_yuan_per_day.min() / p.pack_kg_per_worker_day
    share = p.demand_kg.sum(axis=(1, 2)) / p.demand_kg.sum()
    cost = (share @ p.postage_yuan + p.pack_material_yuan) / p.pack_kg + wage
    wanted = (
        float((cost * (p.pack_kg / p.pack_price_factor)).mean())
        + normal_price_yuan_per_kg * (p.pack_kg / p.pack_price_factor).mean()
    )
    ladder = p.ladder_yuan * p.net_factor
    dear_enough = np.flatnonzero(ladder >= wanted)
    level = int(dear_enough[-1]) if dear_enough.size else 0
    search = Search(problem, RescueParams(), seed=1, stop=never)
    _play(search, level, _enough_crew(problem, level))
    return None if search.best is None else search.best.value


def _enough_crew(problem: RescueProblem, level: int) -> float:
    kg = min(problem.total_kg, float(problem.wanted_kg(level).sum()))
    return kg / problem.days / float(problem.pack_kg_per_worker_day.mean())


def _play(search: Search, level: int, crew: float) -> None:
    """Fix the same crew every day at the best-placed points; let the flows follow."""
    p = search.problem
    around = np.zeros(p.points)
    np.add.at(around, p.haul_point, p.lot_kg[p.haul_lot])
    most = search.model.program.high[search.model.columns.crew]
    needed = max(1, math.ceil(crew / max(1, int(p.stations.max()))))
    chosen = np.argsort(-around, kind="stable")[: min(needed, p.points)]
    guess = np.zeros(search.model.program.columns)
    for point in chosen:
        people = np.minimum(math.ceil(crew / len(chosen)), most[point])
        people = np.where(people >= p.min_crew[point], people, 0.0)
        guess[search.model.columns.crew[point]] = people
        guess[search.model.columns.open_[point]] = people > 0
    search.repair(level, guess)
