"""Demand as finished sales taught it, in the words of a case, with its band among the assumptions.

The branch's own figures come before it, the planning default only where nothing was sold yet.
"""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from postharvest.decisions.insight.models import LearntDemand
from postharvest.decisions.planning.assumed import Assumptions

LEAST_ELASTICITY = 0.3
"""Below it revenue would rise without end with the price, which no sale has shown."""
_CHEAPEST_YUAN = 2
_LEVELS_ZH = {"listing": "该商品", "produce": "同类农产品", "all": "全部商品"}
_SIGMAS_80, _SIGMAS_95 = 1.2816, 1.96
_LEAST_KG = 1e-3


def learnt_demand(
    learnt: LearntDemand,
    *,
    reference: Mapping[str, Any],
    days: int,
    ladder: Sequence[float],
    known: Assumptions,
) -> dict[str, Any]:
    """Write what was learnt for a sale of so many days, and note each figure with its band."""
    source = f"{learnt.sales} finished sales, {learnt.rows} days, elasticity of the {learnt.level}"
    source_zh = f"{learnt.sales}次已结束的售卖，{learnt.rows}天，弹性取自{_level_zh(learnt.level)}"
    note = partial(known.learnt, source=source, source_zh=source_zh, as_of=learnt.learnt_at.date())
    price = round(learnt.yuan_per_kg * float(reference["net_kg"]), 1)
    kg, low, high = (
        round(per_day * days, 1)
        for per_day in (learnt.kg_per_day, learnt.kg_per_day_low, learnt.kg_per_day_high)
    )
    elasticity = max(LEAST_ELASTICITY, -learnt.elasticity)
    note("demand.reference_price_yuan", price, unit="yuan per box")
    note("demand.reference_kg", kg, unit="kg", band=(low, high))
    note(
        "demand.elasticity",
        round(elasticity, 3),
        unit="",
        band=(
            round(max(0.0, -learnt.elasticity_high95), 3),
            round(max(LEAST_ELASTICITY, -learnt.elasticity_low95), 3),
        ),
    )
    return {
        "reference_pack": reference["id"],
        "reference_price_yuan": price,
        "reference_kg": kg,
        "elasticity": elasticity,
        "kg_cv": round(_variation(low, high), 4),
        "elasticity_sd": round(
            (learnt.elasticity_high95 - learnt.elasticity_low95) / (2 * _SIGMAS_95), 4
        ),
        "ladder_yuan": sorted(
            {round(price * step) - 0.1 for step in ladder if price * step > _CHEAPEST_YUAN}
        ),
    }


def _variation(low: float, high: float) -> float:
    """Return the coefficient of variation of a lognormal with this 80 % band."""
    spread = math.log(max(high, _LEAST_KG) / max(low, _LEAST_KG)) / (2 * _SIGMAS_80)
    return min(1.0, math.sqrt(math.expm1(spread**2))) if spread < 1 else 1.0


def _level_zh(level: str) -> str:
    return _LEVELS_ZH.get(level, level)
