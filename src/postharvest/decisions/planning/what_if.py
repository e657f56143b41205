"""What a plan would become if price, points, days, people, buyers or postage were otherwise.

The stored case is changed and planned again quickly; nothing is stored.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.case_file import DAY_SHAPE, case_of
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.solving import plan_case
from postharvest.engines.rescue.problem import NO_LIMIT

LEAST, MOST = 0.2, 3.0
_SCENARIOS = 400
"""Worlds to play a what-if through: the answer shows its plan, not its risk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """Factors on what the case assumes (1 is as assumed), and what a person would fix.

    ``price_yuan`` of the reference pack, the most ``points``, only the first ``days``.
    """

    people: float = 1.0
    demand: float = 1.0
    postage: float = 1.0
    price_yuan: float | None = None
    points: int | None = None
    days: int | None = None


def plan_otherwise(
    *,
    raw: Mapping[str, Any],
    otherwise: Otherwise,
    clear_share: float,
    seed: int,
    cpu_seconds: float,
) -> dict[str, Any]:
    """Plan a stored case under other circumstances and return the plan in the file's words.

    Raises
    ------
    InvalidInput
        A figure lies outside what makes sense, or the share can't be cleared then.
    """
    for name in ("people", "demand", "postage"):
        if not LEAST <= getattr(otherwise, name) <= MOST:
            raise InvalidInput(name, f"must be between {LEAST:g} and {MOST:g}")
    if otherwise.price_yuan is not None and otherwise.price_yuan <= 0:
        raise InvalidInput("price", "must be above 0")
    if otherwise.points is not None and otherwise.points < 1:
        raise InvalidInput("points", "must be 1 or more")
    case = case_of(changed_case(raw, otherwise))
    plan = plan_case(
        case,
        clear_share=clear_share,
        seed=seed,
        cpu_seconds=cpu_seconds,
        most_points=NO_LIMIT if otherwise.points is None else otherwise.points,
    )
    return plan_to_dict(case, plan, scenarios=_SCENARIOS)


def changed_case(raw: Mapping[str, Any], otherwise: Otherwise) -> dict[str, Any]:
    """Return the case as it would be otherwise; the original stays as it is.

    Raises
    ------
    InvalidInput
        So few days are left that nothing can be cut, or more than the case has.
    """
    case = deepcopy(dict(raw))
    case["demand"]["reference_kg"] *= otherwise.demand
    usual = case.get("defaults", {})
    for pool in (*case["labour"], usual.get("labour", {})):
        if "people_per_day" in pool:
            pool["people_per_day"] = _times(pool["people_per_day"], otherwise.people)
    for zone in (*case["zones"], usual.get("zones", {})):
        if "postage_yuan" in zone:
            postage = zone["postage_yuan"].items()
            zone["postage_yuan"] = {pack: yuan * otherwise.postage for pack, yuan in postage}
    if otherwise.price_yuan is not None:
        case["demand"]["ladder_yuan"] = [otherwise.price_yuan]
    return case if otherwise.days is None else _first_days(case, otherwise.days)


def _first_days(case: dict[str, Any], days: int) -> dict[str, Any]:
    """Keep the first days of a case: what can't be cut or sold by then stays out of it."""
    horizon = int(case["horizon_days"])
    if not 1 <= days <= horizon:
        raise InvalidInput("days", f"must be between 1 and {horizon}")
    usual = case.get("defaults", {})
    lots = _from_until(case["lots"], usual.get("lots", {}), "harvest_from_day", days)
    if not lots:
        raise InvalidInput("days", "nothing can be cut so early; allow more days")
    for lot in lots:
        last = lot.get("harvest_to_day", usual.get("lots", {}).get("harvest_to_day", horizon))
        lot["harvest_to_day"] = min(int(last), days)
    outlets = _from_until(case["outlets"], usual.get("outlets", {}), "from_day", days)
    outlets = _taking(outlets, {lot["id"] for lot in lots})
    case |= {"lots": lots, "outlets": outlets, "horizon_days": days}
    _shorten_demand(case["demand"], horizon, days)
    tables = ("labour", "points", "zones", "outlets")
    rows = [one for name in tables for one in (*case[name], usual.get(name, {}))]
    for table in (case["hub"], *rows):
        _shorten(table, days)
    return case


def _from_until(
    rows: list[dict[str, Any]], usual: Mapping[str, Any], field: str, days: int
) -> list[dict[str, Any]]:
    """Return the rows that begin by then; a row that doesn't say begins when the usual one does."""
    return [one for one in rows if int(one.get(field, usual.get(field, 1))) <= days]


def _taking(outlets: list[dict[str, Any]], kept: set[str]) -> list[dict[str, Any]]:
    """Return the outlets that take any of the lots that are left."""
    for one in outlets:
        if "lots" in one:
            one["lots"] = [lot for lot in one["lots"] if lot in kept]
    return [one for one in outlets if one.get("lots", kept)]


def _shorten_demand(demand: dict[str, Any], horizon: int, days: int) -> None:
    shape = demand.get("day_shape") or DAY_SHAPE
    at = np.linspace(0, len(shape) - 1, horizon)
    wanted = np.interp(at, np.arange(len(shape)), shape)
    demand["reference_kg"] *= float(wanted[:days].sum() / wanted.sum())
    demand["day_shape"] = [float(x) for x in wanted[:days]]


def _shorten(table: dict[str, Any], days: int) -> None:
    """Cut a table's day by day numbers and days."""
    for name, value in table.items():
        if name.endswith("_per_day") and isinstance(value, list):
            table[name] = value[:days]
    if "closed_days" in table:
        table["closed_days"] = [day for day in table["closed_days"] if day <= days]
    if "to_day" in table:
        table["to_day"] = min(int(table["to_day"]), days)


def _times(value: Any, factor: float) -> Any:  # noqa: ANN401  (a series: one number, or one a day)
    if isinstance(value, list):
        return [_times(one, factor) for one in value]
    return round(value * factor)
