"""From a solution's columns back to decisions: arrays without dust, and shadow prices."""

import numpy as np

from postharvest.engines.rescue.highs_session import LinearAnswer
from postharvest.engines.rescue.model import RescueModel
from postharvest.engines.rescue.plan import Schedule, ShadowPrices
from postharvest.engines.rescue.problem import Floats, Ints

_DUST = 1e-7


def schedule_from(model: RescueModel, column_value: Floats) -> Schedule:
    """Read the decisions; what is below a tenth of a milligram is solver noise."""
    p, c = model.problem, model.columns
    x = np.where(column_value > _DUST, column_value, 0.0)
    harvest = np.zeros((p.haul_lot.shape[0], p.days, p.ages))
    harvest[c.hauled_at] = x[c.hauled]
    packed = np.zeros((p.points, p.days, p.ages, p.packs))
    packed[c.packed_at] = x[c.packed]
    posted = np.zeros((p.zones, p.days, p.ages, p.packs))
    posted[c.posted_at] = x[c.posted]
    return Schedule(
        level=model.level,
        set_up=x[c.set_up] > 0.5,
        open_=x[c.open_] > 0.5,
        crew=np.rint(x[c.crew]).astype(np.int64),
        harvest_kg=harvest,
        outlet_kg=x[c.offered],
        labour=x[c.sent],
        packed_kg=packed,
        posted_kg=posted,
        ordered_kg=x[c.ordered],
    )


def shadow_prices(model: RescueModel, answer: LinearAnswer) -> ShadowPrices:
    """Dual prices of the plan's last linear program, where whole decisions are fixed."""
    rows, c, price = model.rows, model.columns, answer.row_price
    steps = answer.reduced_cost[c.step]
    return ShadowPrices(
        lot_kg=price[rows.lot],
        hub_parcels=_where_present(price, rows.hub),
        zone_parcels=_where_present(price, rows.zone),
        point_parcels=_where_present(price, rows.point),
        crew=np.maximum(0.0, answer.reduced_cost[c.crew]),
        pool_people=(np.maximum(0.0, steps) * model.problem.wage_share[:, None, :]).sum(axis=2),
        demand_kg=price[rows.demand],
        clear_kg=float(-price[rows.goal]),
    )


def _where_present(price: Floats, rows: Ints) -> Floats:
    return np.where(rows >= 0, price[np.maximum(rows, 0)], 0.0)
