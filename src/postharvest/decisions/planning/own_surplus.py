"""A plan for somebody's own surplus: the same road as a report's, and nothing is left behind.

The rows that the gatherer reads (post office, lanes, report) are made in a transaction that is
rolled back; what remains is a case in the published format and the list of its assumptions.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning import gather
from postharvest.decisions.planning.case_file import parse_case
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.solving import plan_case
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.surpluses import SurplusReport, report_surplus
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.bases import open_base, open_branch
from postharvest.operations.network.actions.lanes import build_lanes
from postharvest.operations.network.models import Branch

CLEARING_SHARE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSurplus:
    """The answers to twelve questions; None is "I don't know"."""

    county_code: str
    village: str
    produce_id: str
    grade: str
    weight_g: int
    harvest_from: date
    harvest_to: date
    growers: int
    shelf_life_days: float | None = None
    floor_fen_per_kg: int = 0
    wholesale_fen_per_kg: int = 0
    wholesale_g_per_day: int = 0
    people_per_day: int | None = None
    clear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlan:
    """The case as it was asked, the plan, and every assumption."""

    case: dict[str, Any]
    plan: dict[str, Any]
    assumptions: list[dict[str, Any]]
    zone_names_zh: dict[str, str]


def plan_own_surplus(*, own: OwnSurplus, now: datetime, seed: int, cpu_seconds: float) -> OwnPlan:
    """Plan a surplus that nobody has reported; nothing is stored.

    Raises
    ------
    InvalidInput
        An answer can't be, or the share can't be cleared; names the field and the fix.
    """
    case, assumptions, zone_names = _case_of(own, now=now)
    parsed = parse_case({**case, "start_date": date.fromisoformat(case["start_date"])})
    share = CLEARING_SHARE if own.clear else 0.0
    plan = plan_case(parsed, clear_share=share, seed=seed, cpu_seconds=cpu_seconds)
    return OwnPlan(
        case=case,
        plan=plan_to_dict(parsed, plan),
        assumptions=assumptions,
        zone_names_zh=zone_names,
    )


def _case_of(
    own: OwnSurplus, *, now: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, str]]:
    with transaction.atomic():
        branch = _branch(own, now=now)
        surplus = report_surplus(report=_report(own, branch), actor=SYSTEM, now=now)
        case, assumptions = gather.rescue_case(surplus.pk, now=now)
        names = {lane.zone: lane.name_zh for lane in network.lanes_for_origin(branch.pk)}
        transaction.set_rollback(True)
    case["name"] = f"own-{own.produce_id}-{own.county_code}"
    case["lots"][0]["growers"] = own.growers
    if own.people_per_day is not None:
        case["labour"][0]["people_per_day"] = own.people_per_day
        assumptions = [one for one in assumptions if one["field"] != "labour_share_available"]
    return case, assumptions, names


def _branch(own: OwnSurplus, *, now: datetime) -> Branch:
    """Return the county's post office; one of its own if there is none, rolled back afterwards."""
    county = network.county(own.county_code)
    if county is None:
        raise InvalidInput("county", f"there is no county {own.county_code}")
    packs_g = _packs_g(own.produce_id)
    known = network.branches_in(own.county_code).first()
    if known is not None and _has_postage(known, packs_g):
        return known
    code = f"own-{uuid.uuid4().hex}"
    base = open_base(
        code=code,
        name_zh=county.name_zh,
        name_en=county.name_en,
        county_code=county.code,
        actor=SYSTEM,
        now=now,
    )
    branch = open_branch(
        base_id=base.pk,
        code=code,
        name_zh=county.name_zh,
        name_en=county.name_en,
        actor=SYSTEM,
        now=now,
    )
    build_lanes(branch_id=branch.pk, actor=SYSTEM, now=now, packs_g=packs_g)
    return branch


def _packs_g(produce_id: str) -> list[int]:
    row = harvest.produce().filter(pk=produce_id).first()
    if row is None:
        raise InvalidInput("produce", f"unknown crop {produce_id!r}; choose one of the list")
    return [round(kg * 1000) for kg in row.packs_kg]


def _has_postage(branch: Branch, packs_g: list[int]) -> bool:
    lanes = network.lanes_for_origin(branch.pk)
    return any(all(str(g) in lane.postage_fen for g in packs_g) for lane in lanes)


def _report(own: OwnSurplus, branch: Branch) -> SurplusReport:
    village = network.village_named(county_code=own.county_code, name=own.village)
    return SurplusReport(
        key=uuid.uuid4(),
        branch_id=branch.pk,
        produce_id=own.produce_id,
        grade=own.grade,
        weight_g=own.weight_g,
        harvest_from=own.harvest_from,
        harvest_to=own.harvest_to,
        floor_fen_per_kg=own.floor_fen_per_kg,
        wholesale_fen_per_kg=own.wholesale_fen_per_kg,
        wholesale_g_per_day=own.wholesale_g_per_day,
        wholesale_source="own answer",
        village=own.village,
        village_code=village.code if village else "",
        shelf_life_days=own.shelf_life_days,
    )
