"""Did the pilot do it?  Pilot regions held against the counties that were most like them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.measures.catalogue import SUM
from postharvest.decisions.measures.queries import Question, panel
from postharvest.engines.matching.compare import MatchingParams, MatchingProblem, compare
from postharvest.operations.network.models import County

LEAST_MONTHS = 2
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a pilot changed: the difference with its interval, in the measure's unit by month.

    ``matched`` names the others of each pilot county; ``apart`` above 0.25 says that they were
    not much alike; ``left_out`` counts counties with months unknown.
    """

    measure: str
    unit: str
    since: date
    pilots: Sequence[str]
    difference: float
    low: float
    high: float
    level: float
    apart: float
    matched: dict[str, list[str]]
    left_out: int


def compare_pilots(
    *, measure: str, pilots: Sequence[str], since: date, until: date, seed: int
) -> Comparison:
    """Hold the counties of some regions against matched others, before and since a day.

    A region is a code or how the codes begin ("6105").  Months of a sum without a row are nought;
    a county whose hours or shares of a month are unknown is left out.

    Raises
    ------
    InvalidInput
        No county lies in the regions, the time is too short, or others are too few.
    """
    found = panel(Question(measure=measure, on=until, last=until))
    months, values = _by_month(found.rows)
    split = since.isoformat()[:7]
    before = [m for m in months if m < split]
    after = [m for m in months if m >= split]
    if len(before) < LEAST_MONTHS or len(after) < LEAST_MONTHS:
        raise InvalidInput(
            "since", f"needs {LEAST_MONTHS} measured months before and since; there are "
            f"{len(before)} and {len(after)}",
        )  # fmt: skip
    counties = list(County.objects.select_related("prefecture").order_by("code"))
    if found.kind == SUM:
        known = counties
    else:
        known = [c for c in counties if all(m in values.get(c.code, {}) for m in months)]
    is_pilot = np.array([c.code.startswith(tuple(pilots)) for c in known], dtype=bool)
    if not is_pilot.any():
        raise InvalidInput("pilots", f"no measured county lies in {', '.join(pilots)}")
    table = np.array([[values.get(c.code, {}).get(m, 0.0) for m in months] for c in known])
    params = MatchingParams()
    try:
        effect = compare(
            MatchingProblem(
                before=table[:, : len(before)], after=table[:, len(before) :],
                alike=np.array([_alike(c) for c in known]), is_pilot=is_pilot,
            ),
            params, seed=seed,
        )  # fmt: skip
    except ValueError as error:
        raise InvalidInput("pilots", str(error).partition(": ")[2]) from None
    codes = [c.code for c in known]
    return Comparison(
        measure=measure, unit=found.unit, since=since,
        pilots=[code for code, one in zip(codes, is_pilot, strict=True) if one],
        difference=effect.difference, low=effect.low, high=effect.high, level=params.level,
        apart=effect.apart,
        matched={
            codes[unit]: [codes[other] for other in effect.others[k]]
            for k, unit in enumerate(np.flatnonzero(is_pilot))
        },
        left_out=len(counties) - len(known),
    )  # fmt: skip


def _by_month(rows: Sequence[Row]) -> tuple[list[str], dict[str, dict[str, float]]]:
    values: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["value"] is not None and row["county"] and row["month"]:
            values.setdefault(row["county"], {})[row["month"]] = row["value"]
    return sorted({month for one in values.values() for month in one}), values


def _alike(county: County) -> tuple[float, ...]:
    """What makes counties alike: people, villages, where they lie, what people there earn."""
    income = county.prefecture.income_per_head_yuan if county.prefecture else 0
    return (
        float(np.log1p(county.rural_population)), float(np.log1p(county.n_villages)),
        county.lat, county.lon, float(np.log1p(income)),
    )  # fmt: skip
