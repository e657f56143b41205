"""Plan a surplus, and carry out the plan that a person approved."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.units import fen
from postharvest.decisions.planning import gather, opening
from postharvest.decisions.planning.case_file import case_of
from postharvest.decisions.planning.models import Figure, RescuePlan
from postharvest.decisions.planning.plan_file import plan_to_dict
from postharvest.decisions.planning.solving import plan_case, plan_frontier, price_of_rules
from postharvest.engines.rescue.plan import RescuePlan as SolvedPlan
from postharvest.operations.campaigns import actions as campaigns
from postharvest.operations.campaigns import channels
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.harvest.actions import surpluses
from postharvest.operations.network.models import Base
from postharvest.operations.packing.actions import shifts

QUICK_CPU_SECONDS = 2.0


class AlreadyDecided(Refused):
    """The surplus has an approved plan, or this plan was superseded."""

    code = "planning.already_decided"


class NothingToSell(Refused):
    """The best under these numbers is not to sell online; there is no sale to open."""

    code = "planning.nothing_to_sell"


@transaction.atomic
def set_figures(
    *, base_id: int, figures: Mapping[str, Any], source: str, actor: Actor, now: datetime
) -> None:
    """Enter a branch's own numbers; they stand in for the planning defaults from now on."""
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, Role.PLANNER, region=base.county_id)
    before = dict(Figure.objects.filter(base=base, field__in=figures).values_list("field", "value"))
    for field, value in figures.items():
        Figure.objects.update_or_create(
            base=base,
            field=field,
            defaults={
                "value": value,
                "source": source,
                "entered_by": actor.party,
                "entered_at": now,
            },
        )
    audit.write(
        actor,
        "planning.set_figures",
        f"base {base_id}",
        now=now,
        before=before,
        after=dict(figures),
    )


def propose_rescue(
    *,
    surplus_id: int,
    actor: Actor,
    now: datetime,
    clear_share: float = 0.0,
    seed: int = 1,
    cpu_seconds: float = QUICK_CPU_SECONDS,
) -> RescuePlan:
    """Plan one goal: solve outside any transaction, save in a short one.

    Raises
    ------
    InvalidInput
        The case can't be planned, or the share can't be cleared: says how much can.
    """
    raw, assumptions = gather.rescue_case(surplus_id, now=now)
    case = case_of(raw)
    solved = plan_case(case, clear_share=clear_share, seed=seed, cpu_seconds=cpu_seconds)
    plans = [plan_to_dict(case, solved)]
    return _store(surplus_id, raw, assumptions, plans, seed=seed, actor=actor, now=now)[0]


def propose_frontier(
    *,
    surplus_id: int,
    actor: Actor,
    now: datetime,
    seed: int = 1,
    cpu_seconds: float = QUICK_CPU_SECONDS,
    max_unsold_spread: float = 1.0,
    wage_weight: float = 0.0,
) -> list[RescuePlan]:
    """Plan from most income to most cleared, so that a person can choose.

    The house's rules on fairness and wages, when asked for, stand on each plan with their price.
    """
    raw, assumptions = gather.rescue_case(surplus_id, now=now)
    case = case_of(raw)
    solved = plan_frontier(
        case,
        seed=seed,
        cpu_seconds=cpu_seconds,
        max_unsold_spread=max_unsold_spread,
        wage_weight=wage_weight,
    )
    plans = [
        {**plan_to_dict(case, plan), **price_of_rules(case, plan, cpu_seconds=cpu_seconds)}
        for plan in _distinct(solved)
    ]
    return _store(surplus_id, raw, assumptions, plans, seed=seed, actor=actor, now=now)


@transaction.atomic
def approve_plan(*, plan_id: int, actor: Actor, now: datetime) -> Sale:
    """Turn a plan into a sale: listings, days, points with shifts, lane reservations.

    Raises
    ------
    AlreadyDecided
        The surplus is on sale, or the plan is an old one.
    NothingToSell
        The plan says not to sell online.
    """
    plan = (
        RescuePlan.objects.select_for_update(of=("self",))
        .select_related("surplus__branch", "surplus__produce")
        .get(pk=plan_id)
    )
    actor.require(Role.DESK, region=plan.surplus.county_id)
    if plan.state != RescuePlan.State.PROPOSED:
        raise AlreadyDecided(f"plan {plan_id} is {plan.get_state_display()}", plan=plan_id)
    if not plan.plan["sells_online"]:
        raise NothingToSell("under these numbers selling online loses money; see the plan's page")
    opening.prepare_network(plan, actor=actor, now=now)
    sale = campaigns.open_sale(terms=opening.sale_terms(plan, now=now), actor=actor, now=now)
    for channel_id, lot_bp in opening.bulk_shares(plan, sale):
        channels.set_share(
            sale_id=sale.pk,
            channel_id=channel_id,
            lot_bp=lot_bp,
            day_bp=0,
            flows_back_at=opening.bulk_flows_back_at(sale, now=now),
            actor=actor,
            now=now,
        )
    shifts.announce_shifts(
        sale_id=sale.pk, shifts=opening.shift_terms(plan, sale), actor=actor, now=now
    )
    RescuePlan.objects.filter(surplus=plan.surplus, state=RescuePlan.State.PROPOSED).exclude(
        pk=plan_id
    ).update(state=RescuePlan.State.SUPERSEDED)
    RescuePlan.objects.filter(pk=plan_id).update(
        state=RescuePlan.State.APPROVED, approved_at=now, approved_by=actor.party
    )
    audit.write(actor, "planning.approve_plan", f"plan {plan_id}", now=now, after={"sale": sale.pk})
    return sale


def _distinct(solved: Sequence[SolvedPlan]) -> list[SolvedPlan]:
    """Drop plans that another goal has answered with the same decisions."""
    kept: list[SolvedPlan] = []
    for plan in solved:
        if not any(plan.schedule is other.schedule for other in kept):
            kept.append(plan)
    return kept


@transaction.atomic
def _store(
    surplus_id: int,
    raw: dict[str, Any],
    assumptions: list[dict[str, Any]],
    plans: list[dict[str, Any]],
    *,
    seed: int,
    actor: Actor,
    now: datetime,
) -> list[RescuePlan]:
    if not plans:
        raise InvalidInput("surplus", "no plan was found; look at the case's numbers")
    surpluses.mark_planned(surplus_id=surplus_id, actor=actor, now=now)
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False)
    RescuePlan.objects.filter(surplus_id=surplus_id, state=RescuePlan.State.PROPOSED).update(
        state=RescuePlan.State.SUPERSEDED
    )
    rows = RescuePlan.objects.bulk_create(
        RescuePlan(
            surplus_id=surplus_id,
            goal=_goal(plan),
            case=raw,
            case_hash=hashlib.sha256(text.encode()).hexdigest(),
            assumptions=assumptions,
            plan=plan,
            on_frontier=len(plans) > 1,
            net_fen=fen(plan["net_income_yuan"]),
            bound_fen=None if plan["bound_yuan"] is None else fen(plan["bound_yuan"]),
            gap=plan["gap"],
            cleared_share=plan["cleared_share"],
            seed=seed,
            version=version("postharvest"),
            made_at=now,
        )
        for plan in plans
    )
    audit.write(
        actor,
        "planning.propose",
        f"surplus {surplus_id}",
        now=now,
        after={"plans": [row.pk for row in rows]},
    )
    return rows


def _goal(plan: Mapping[str, Any]) -> str:
    goal = plan["goal"]
    if goal.get("price_fixed"):
        return f"price:{plan['price_reference_yuan']:g}"
    return "income" if goal["kind"] == "income" else f"clear:{goal['clear_share']:g}"
