"""Scenarios of bases: asked for, planned, perturbed, adopted, planned again as bases open."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import SYSTEM, Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.decisions.planning.base_document import BasePlanParts, to_document
from postharvest.decisions.planning.base_gather import Wishes, committed_now, question_of
from postharvest.decisions.planning.base_planning import EFFORT
from postharvest.decisions.planning.base_question import BaseQuestion, to_problem
from postharvest.decisions.planning.base_warm import warm_start
from postharvest.decisions.planning.events import BasePlanAsked, BaseRunsAsked
from postharvest.decisions.planning.models import BaseScenario
from postharvest.engines.siting.plan import SitingPlan
from postharvest.engines.siting.problem import SitingProblem
from postharvest.engines.siting.solve import solve
from postharvest.engines.siting.stability import NEAR_KM, stability
from postharvest.engines.siting.what_if import AGAIN

RUNS = 200
RUNS_AT_ONCE = 3
"""So few that other news does not wait long behind them."""
NAME_LENGTH = 80
_READY, _ASKED = BaseScenario.State.READY, BaseScenario.State.ASKED


class NotReady(Refused):
    """The scenario has no plan yet, or none was found."""

    code = "planning.scenario_not_ready"


class ScenarioAdopted(Refused):
    """The plan in force can't be thrown away."""

    code = "planning.scenario_adopted"


def ask_scenario(
    *, name: str, wishes: Wishes, actor: Actor, now: datetime, parent_id: int | None = None
) -> BaseScenario:
    """Save a named question; the worker plans it, from its parent's plan where it has one.

    Raises
    ------
    InvalidInput
        The name is empty, or the wishes can't all be.
    NotAllowed
        The actor is no planner.
    """
    actor.require(Role.PLANNER)
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput("name", f"must have 1 to {NAME_LENGTH} letters")
    committed = committed_now()
    to_problem(question_of(wishes, committed))
    with transaction.atomic():
        scenario = BaseScenario.objects.create(
            name=name, wishes=wishes.as_json(), committed=committed, parent_id=parent_id,
            made_at=now, made_by=actor.party,
        )  # fmt: skip
        audit.write(
            actor, "planning.ask_scenario", f"scenario {scenario.pk}", now=now,
            after={"name": name, "parent": parent_id},
        )  # fmt: skip
        outbox.record(BasePlanAsked(scenario_id=scenario.pk), now=now)
    return scenario


def plan_scenario(*, scenario_id: int, now: datetime, runs: int = RUNS) -> None:
    """Plan a scenario that waits: solved outside any transaction, saved in a short one.

    What can't be planned says why.  Safe to run twice.
    """
    scenario = BaseScenario.objects.select_related("parent").filter(pk=scenario_id).first()
    if scenario is None or scenario.state != _ASKED:
        return
    try:
        document = _planned(scenario)
    except InvalidInput as refusal:
        BaseScenario.objects.filter(pk=scenario_id, state=_ASKED).update(
            state=BaseScenario.State.FAILED, refusal=str(refusal)[:300]
        )
        return
    with transaction.atomic():
        saved = BaseScenario.objects.filter(pk=scenario_id, state=_ASKED).update(
            state=_READY, document=packed(document), figures=_figures(document)
        )
        if saved and runs:
            outbox.record(BaseRunsAsked(scenario_id=scenario_id, first_run=0), now=now)


def perturb_scenario(
    *, scenario_id: int, first_run: int, now: datetime, runs: int = RUNS,
    at_once: int = RUNS_AT_ONCE,
) -> None:  # fmt: skip
    """Plan a few more times with other weights and speeds, and ask for the next few.

    After the last, the shares stand at every base.  Safe to run twice.
    """
    scenario = BaseScenario.objects.filter(pk=scenario_id, state=_READY).first()
    if scenario is None or scenario.runs_done != first_run:
        return
    wishes = Wishes.of_json(scenario.wishes)
    question = question_of(wishes, scenario.committed)
    some = min(at_once, runs - first_run)
    found = stability(to_problem(question), seed=wishes.seed, runs=some, first_run=first_run)
    document = document_of(scenario)
    counts = _more_counts(scenario.counts, document, question, found.near_share * some,
                          found.chosen_share * some)  # fmt: skip
    done = first_run + some
    changed: dict[str, Any] = {"runs_done": done, "counts": counts}
    if done >= runs:
        _write_shares(document, counts, done)
        changed["document"] = packed(document)
    with transaction.atomic():
        saved = BaseScenario.objects.filter(pk=scenario_id, runs_done=first_run).update(**changed)
        if saved and done < runs:
            outbox.record(BaseRunsAsked(scenario_id=scenario_id, first_run=done), now=now)


@transaction.atomic
def adopt_scenario(*, scenario_id: int, actor: Actor, now: datetime) -> None:
    """Make a scenario the plan in force: the board and every re-plan follow it.

    Raises
    ------
    NotReady
        It has no plan.
    """
    actor.require(Role.PLANNER)
    scenario = BaseScenario.objects.select_for_update().get(pk=scenario_id)
    if scenario.state != _READY:
        raise NotReady(f"scenario {scenario.name!r} has no plan", scenario=scenario_id)
    BaseScenario.objects.filter(is_adopted=True).update(is_adopted=False)
    BaseScenario.objects.filter(pk=scenario_id).update(is_adopted=True)
    audit.write(actor, "planning.adopt_scenario", f"scenario {scenario_id}", now=now)


@transaction.atomic
def remove_scenario(*, scenario_id: int, actor: Actor, now: datetime) -> None:
    """Throw a scenario away.

    Raises
    ------
    ScenarioAdopted
        It is the plan in force.
    """
    actor.require(Role.PLANNER)
    scenario = BaseScenario.objects.select_for_update().get(pk=scenario_id)
    if scenario.is_adopted:
        raise ScenarioAdopted(f"scenario {scenario.name!r} is in force", scenario=scenario_id)
    audit.write(
        actor, "planning.remove_scenario", f"scenario {scenario_id}", now=now,
        before={"name": scenario.name},
    )  # fmt: skip
    scenario.delete()


def replan_rest(*, actor: Actor = SYSTEM, now: datetime) -> BaseScenario | None:
    """Plan the rest of the plan in force around the bases that stand now.

    Returns nothing where there is no plan in force, or the same bases stood when it, or one of its
    re-plans, was made.
    """
    adopted = BaseScenario.objects.filter(is_adopted=True).first()
    if adopted is None:
        return None
    standing = committed_now()
    made = [adopted, *BaseScenario.objects.filter(parent=adopted, wishes=adopted.wishes)]
    if any(one.committed == standing for one in made):
        return None
    ending = f" · {len(standing)}"
    return ask_scenario(
        name=adopted.name[: NAME_LENGTH - len(ending)] + ending,
        wishes=Wishes.of_json(adopted.wishes),
        actor=actor if actor.may(Role.PLANNER) else SYSTEM,
        now=now,
        parent_id=adopted.pk,
    )


def document_of(scenario: BaseScenario) -> dict[str, Any]:
    """Return a scenario's plan.

    Raises
    ------
    NotReady
        It has none.
    """
    if scenario.state != _READY:
        raise NotReady(f"scenario {scenario.name!r} has no plan", scenario=scenario.pk)
    document: dict[str, Any] = json.loads(gzip.decompress(bytes(scenario.document)))
    return document


def packed(document: Mapping[str, Any]) -> bytes:
    """Gzip a plan for its row; the same plan gives the same bytes."""
    return gzip.compress(json.dumps(document, ensure_ascii=False).encode(), 5, mtime=0)


def _planned(scenario: BaseScenario) -> dict[str, Any]:
    wishes = Wishes.of_json(scenario.wishes)
    question = question_of(wishes, scenario.committed)
    problem = to_problem(question)
    return to_document(
        BasePlanParts(
            question=question,
            problem=problem,
            plan=_solved(scenario, wishes, question, problem),
            source={
                "tables": "national counties",
                "weight": wishes.weight,
                "month": wishes.month,
                "scenario": scenario.name,
            },
        )
    )


def _solved(
    scenario: BaseScenario, wishes: Wishes, question: BaseQuestion, problem: SitingProblem
) -> SitingPlan:
    parent = scenario.parent
    if parent is not None and parent.state == _READY:
        document = document_of(parent)
        same = replace(wishes, pins={}, bans=()).as_json()
        before = replace(Wishes.of_json(parent.wishes), pins={}, bans=()).as_json()
        if same == before and document["question"]["phases"] == list(question.phases):
            return solve(problem, AGAIN, seed=wishes.seed, warm=warm_start(document, question))
    return solve(problem, EFFORT[wishes.effort], seed=wishes.seed)


def _figures(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "gap": document["certificate"]["gap"],
        "phases": {
            count: {name: row.get(name) for name in ("mean_hours", "share_within_3h")}
            for count, row in document["metrics"].items()
        },
    }


def _more_counts(
    before: Mapping[str, Any],
    document: Mapping[str, Any],
    question: BaseQuestion,
    near: np.ndarray,
    chosen: np.ndarray,
) -> dict[str, list[int]]:
    """Add runs to the counts of the plan's bases: [near, chosen] by county."""
    index = {code: j for j, code in enumerate(question.candidates.ids)}
    counts = {}
    for base in document["bases"]:
        j = index[base["id"]]
        old = before.get(base["id"], [0, 0])
        counts[base["id"]] = [old[0] + round(near[j]), old[1] + round(chosen[j])]
    return counts


def _write_shares(document: dict[str, Any], counts: Mapping[str, list[int]], runs: int) -> None:
    for base in document["bases"]:
        near, chosen = counts[base["id"]]
        base["stability_share"] = round(near / runs, 4)
        base["chosen_share"] = round(chosen / runs, 4)
    document["stability"] = {
        "runs": runs, "near_km": NEAR_KM, "weight_error_share": 0.4, "speed_error_share": 0.15,
    }  # fmt: skip
