"""What a plan would become if people, buyers or postage turned out otherwise.

The stored case is changed and planned again quickly; nothing is stored.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.actions import case_of
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.solving import plan_case

LEAST, MOST = 0.2, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """Factors on what the case assumes; 1 is as assumed."""

    people: float = 1.0
    demand: float = 1.0
    postage: float = 1.0


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
        A factor lies outside what makes sense, or the share can't be cleared then.
    """
    for name in ("people", "demand", "postage"):
        if not LEAST <= getattr(otherwise, name) <= MOST:
            raise InvalidInput(name, f"must be between {LEAST:g} and {MOST:g}")
    case = case_of(changed_case(raw, otherwise))
    plan = plan_case(case, clear_share=clear_share, seed=seed, cpu_seconds=cpu_seconds)
    return plan_to_dict(case, plan)


def changed_case(raw: Mapping[str, Any], otherwise: Otherwise) -> dict[str, Any]:
    """Return the case with the factors applied; the original stays as it is."""
    case = deepcopy(dict(raw))
    case["demand"]["reference_kg"] *= otherwise.demand
    for pool in case["labour"]:
        pool["people_per_day"] = _times(pool["people_per_day"], otherwise.people)
    for zone in case["zones"]:
        zone["postage_yuan"] = {
            pack: yuan * otherwise.postage for pack, yuan in zone["postage_yuan"].items()
        }
    return case


def _times(value: Any, factor: float) -> Any:  # noqa: ANN401  (a series: one number, or one a day)
    if isinstance(value, list):
        return [_times(one, factor) for one in value]
    return round(value * factor)
