"""How wrong postage or demand may turn out before selling online stops paying.

The plan's price, points, open days and crews are kept, flows follow the new numbers, and the
result is compared with selling nothing online.  The optimal value is convex in a factor on
postage and concave in a factor on demand, so Newton's method on the linear program's own slopes
converges from one side (Dinkelbach 1967, doi:10.1287/mnsc.13.7.492).
"""

import numpy as np

from postharvest.engines.rescue.highs_session import LinearAnswer
from postharvest.engines.rescue.search import Search

_MOST_STEPS = 12
_CLOSE = 1e-5


def break_even(search: Search, baseline_yuan: float) -> dict[str, float | None]:
    """Factors on postage and demand at which the plan earns no more than nothing online.

    None where nothing is sold online, so that there is nothing to break even.
    """
    best = search.best
    if best is None or best.answer.column_value[best.model.columns.ordered].sum() <= 1.0:
        return {"postage_factor": None, "demand_factor": None}
    search.repair(best.model.level, best.answer.column_value)
    goal = np.array([search.model.rows.goal])
    search.session.set_row_bounds(goal, np.array([-np.inf]), np.array([np.inf]))
    factors = {
        "postage_factor": _postage_factor(search, baseline_yuan),
        "demand_factor": _demand_factor(search, baseline_yuan),
    }
    low = search.model.program.row_low[goal]
    search.session.set_row_bounds(goal, low, np.array([np.inf]))
    return factors


def _postage_factor(search: Search, baseline_yuan: float) -> float | None:
    model, p = search.model, search.problem
    zone, _, _, pack = model.columns.posted_at
    per_kg = p.postage_yuan[zone, pack] / p.pack_kg[pack]
    cost = model.program.cost[model.columns.posted]
    factor: float | None = 1.0
    for _ in range(_MOST_STEPS):
        if factor is None:
            break
        search.session.set_costs(model.columns.posted, cost - (factor - 1.0) * per_kg)
        answer = search.session.solve()
        if answer.value is None:
            factor = None
            break
        postage = float(answer.column_value[model.columns.posted] @ per_kg)
        excess = answer.value - baseline_yuan
        if abs(excess) <= _CLOSE * max(1.0, abs(answer.value)) or postage <= 0:
            break
        factor += excess / postage
    search.session.set_costs(model.columns.posted, cost)
    return factor


def _demand_factor(search: Search, baseline_yuan: float) -> float | None:
    rows = search.model.rows.demand
    wanted = search.model.program.row_high[rows]
    factor: float | None = 1.0
    for _ in range(_MOST_STEPS):
        if factor is None:
            break
        answer = _at_demand(search, factor)
        if answer.value is None:
            factor = None
            break
        slope = float((answer.row_price[rows] * wanted).sum())
        excess = answer.value - baseline_yuan
        if abs(excess) <= _CLOSE * max(1.0, abs(answer.value)) or slope <= 0:
            break
        factor = max(0.0, factor - excess / slope)
    _at_demand(search, 1.0)
    return factor


def _at_demand(search: Search, factor: float) -> LinearAnswer:
    model = search.model
    rows, program = model.rows.demand, model.program
    search.session.set_row_bounds(rows, program.row_low[rows], factor * program.row_high[rows])
    return search.session.solve()
