"""A base plan as a document: `postharvest.base-plan/1`, for files, pages and `--verify`."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from postharvest.decisions.planning.base_question import BaseQuestion, market_hours
from postharvest.engines.siting.capacity import CapacityPlan
from postharvest.engines.siting.plan import SitingPlan
from postharvest.engines.siting.problem import SitingProblem
from postharvest.engines.siting.stability import Stability

SCHEMA = "postharvest.base-plan/1"
WITHIN_HOURS = (1, 2, 3, 4)
PERCENTILES = (50, 90, 95)
CURVE_HOURS = np.arange(0.0, 8.25, 0.25)

Floats = NDArray[np.float64]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BasePlanParts:
    """Everything one document tells: question, problem, plan, and what was asked besides.

    ``source`` says where the tables came from: at least ``tables``, for shipped ones also
    ``weight`` and ``month``.
    """

    question: BaseQuestion
    problem: SitingProblem
    plan: SitingPlan
    source: Mapping[str, Any]
    stability: Stability | None = None
    capacity: CapacityPlan | None = None


def to_document(parts: BasePlanParts) -> Document:
    """Tell the whole plan as plain values; figures are those of the tables, not of the search."""
    document: Document = {
        "schema": SCHEMA,
        "version": product_version(),
        "question": question_facts(parts),
        "bases": _bases(parts),
        "allocation": _allocation(parts),
        "metrics": metrics(parts.question, parts.problem, parts.plan.hours),
        "certificate": certificate(parts),
    }
    if parts.capacity is not None:
        document["capacity"] = _capacity(parts, parts.capacity)
    if parts.stability is not None:
        document["stability"] = {
            "runs": parts.stability.runs,
            "near_km": parts.stability.near_km,
            "weight_error_share": parts.stability.weight_error_share,
            "speed_error_share": parts.stability.speed_error_share,
        }
    return document


def product_version() -> str:
    """Return the installed version, or a plain word when run from a bare checkout."""
    try:
        return version("postharvest")
    except PackageNotFoundError:
        return "checkout"


def question_facts(parts: BasePlanParts) -> Document:
    """State what was asked, enough to check the answer again from the same tables."""
    question, travel = parts.question, parts.problem.travel
    return {
        **parts.source,
        "tables_hash": tables_hash(question),
        "demand_points": len(question.demand.ids),
        "candidates": len(question.candidates.ids),
        "phases": list(question.phases),
        "phase_weights": parts.problem.years.tolist(),
        "hours_weight": question.hours_weight,
        "coverage_weight": question.coverage_weight,
        "coverage_hours": question.coverage_hours,
        "class_weights": dict(question.class_weights),
        "class_hours": dict(question.class_hours),
        "market_weight": question.market_weight,
        "must": dict(question.must),
        "ban": list(question.ban),
        "region_min": dict(question.region_min),
        "matrix": question.hours is not None,
        "travel": {
            "detour": travel.detour,
            "legs_km": list(travel.legs_km),
            "speeds_km_h": list(travel.speeds_km_h),
        },
    }


def tables_hash(question: BaseQuestion) -> str:
    """Fingerprint ids, positions, weights and matrix: says when other tables are checked."""
    digest = sha256()
    demand, candidates = question.demand, question.candidates
    for words in (demand.ids, demand.classes, candidates.ids, candidates.regions):
        digest.update("\x1f".join(words).encode())
    for numbers in (
        demand.lat, demand.lon, demand.weight, candidates.lat, candidates.lon, candidates.capacity,
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(numbers, dtype="<f8").tobytes())
    if question.hours is not None:
        digest.update(np.ascontiguousarray(question.hours, dtype="<f8").tobytes())
    return digest.hexdigest()


def metrics(question: BaseQuestion, problem: SitingProblem, hours: Floats) -> Document:
    """Per phase (key: number of bases): weighted mean and percentiles of hours, shares within."""
    figures: Document = {}
    for t, count in enumerate(question.phases):
        here = spread(hours[t], problem.weight)
        names = sorted(set(question.demand.classes))
        if len(names) > 1:
            of = np.array(question.demand.classes)
            here["classes"] = {
                name: spread(hours[t][of == name], problem.weight[of == name]) for name in names
            }
        figures[str(count)] = here
    return figures


def spread(hours: Floats, weight: Floats) -> Document:
    """Weighted mean, percentiles and coverage of one phase (or class); hours, shares 0 … 1."""
    whole = float(weight.sum())
    if whole == 0:
        return {"weight": 0.0}
    order = np.argsort(hours, kind="stable")
    reached = np.cumsum(weight[order]) / whole
    served = weight > 0
    figures: Document = {
        "weight": whole,
        "mean_hours": round(float(hours[served] @ weight[served]) / whole, 6),
    }
    for percent in PERCENTILES:
        at = min(int(np.searchsorted(reached, percent / 100 - 1e-12)), len(order) - 1)
        figures[f"p{percent}_hours"] = round(float(hours[order][at]), 6)
    for limit in WITHIN_HOURS:
        figures[f"share_within_{limit}h"] = round(float(weight[hours <= limit].sum()) / whole, 6)
    figures["coverage_curve"] = [
        [float(h), round(float(weight[hours <= h].sum()) / whole, 4)] for h in CURVE_HOURS
    ]
    return figures


def certificate(parts: BasePlanParts) -> Document:
    """Objective, bound and the multipliers that prove it; duals in weighted hours by demand id."""
    proof = parts.plan.certificate
    ids = parts.question.demand.ids
    keys = [str(count) for count in parts.question.phases]
    return {
        "objective": proof.objective,
        "lower_bound": proof.lower_bound,
        "gap": proof.gap,
        "tree_bound": proof.tree_bound,
        "proven_optimal": proof.proven,
        "phase_objective": dict(zip(keys, parts.plan.phase_cost.tolist(), strict=True)),
        "duals": {
            key: dict(zip(ids, proof.dual[t].tolist(), strict=True)) for t, key in enumerate(keys)
        },
        "count_multipliers": dict(zip(keys, proof.offer.tolist(), strict=True)),
        "region_multipliers": dict(
            zip(parts.question.region_min, proof.penalty.tolist(), strict=True)
        ),
        "seed": proof.seed,
        "iterations": {
            "perturbations": proof.perturbations,
            "bound": proof.bound_rounds,
            "nodes": proof.nodes,
        },
    }


def _bases(parts: BasePlanParts) -> list[Document]:
    question, plan = parts.question, parts.plan
    last = len(question.phases) - 1
    m = len(question.candidates.ids)
    weight = parts.problem.weight
    load = np.bincount(plan.base[last], weights=weight, minlength=m)
    carried = np.where(weight > 0, plan.hours[last], 0.0) * weight
    spent = np.bincount(plan.base[last], weights=carried, minlength=m)
    buyers = market_hours(question)
    located = np.isfinite(question.candidates.lat)
    bases = []
    standing = question.candidates.is_open
    opening = sorted(plan.order.tolist(), key=lambda j: not standing[j])  # what runs comes first
    for order, j in enumerate(opening, start=1):
        base: Document = {
            "id": question.candidates.ids[j],
            "name": question.candidates.names[j],
            "phase": int(plan.level[j]) + 1,
            "order": order,
            "load": float(load[j]),
            "mean_hours": round(float(spent[j] / load[j]), 6) if load[j] else 0.0,
        }
        if located[j]:
            base |= {
                "lat": float(question.candidates.lat[j]),
                "lon": float(question.candidates.lon[j]),
                "market_hours": round(float(buyers[j]), 3),
            }
        if question.candidates.regions[j]:
            base["region"] = question.candidates.regions[j]
        if parts.stability is not None:
            base["stability_share"] = round(float(parts.stability.near_share[j]), 4)
            base["chosen_share"] = round(float(parts.stability.chosen_share[j]), 4)
        bases.append(base)
    return bases


def _allocation(parts: BasePlanParts) -> list[Document]:
    question, plan = parts.question, parts.plan
    return [
        {
            "demand": name,
            "phase": t + 1,
            "base": question.candidates.ids[int(plan.base[t, i])],
            "hours": round(float(plan.hours[t, i]), 6),
        }
        for t in range(len(question.phases))
        for i, name in enumerate(question.demand.ids)
        if np.isfinite(plan.hours[t, i])
    ]


def _capacity(parts: BasePlanParts, capacity: CapacityPlan) -> Document:
    """Tell what each phase's bases hold: loads, who is served where, and what has to wait."""
    demand, candidates = parts.question.demand.ids, parts.question.candidates.ids
    return {
        "objective": capacity.objective,
        "lower_bound": capacity.lower_bound,
        "gap": capacity.gap,
        "phases": {
            str(count): {
                "objective": phase.objective,
                "waiting": phase.waiting,
                "load": {candidates[j]: weight for j, weight in phase.load.items()},
                "served": [
                    {
                        "demand": demand[i],
                        "base": candidates[j],
                        "weight": amount,
                        "hours": round(hours, 6),
                    }
                    for i, j, amount, hours in phase.flows
                ],
            }
            for count, phase in zip(parts.question.phases, capacity.phases, strict=True)
        },
    }


def summary(document: Mapping[str, Any]) -> list[str]:
    """Sum a document up in a few lines for a terminal."""
    proof = document["certificate"]
    lines = []
    for t, (count, row) in enumerate(document["metrics"].items(), start=1):
        shares = ", ".join(
            f"{100 * row[f'share_within_{limit}h']:.1f} % within {limit} h"
            for limit in WITHIN_HOURS
        )
        lines.append(
            f"phase {t}: {count} bases, mean {row['mean_hours']:.3f} h, "
            f"90 % within {row['p90_hours']:.2f} h; {shares}"
        )
    proven = "proven optimal" if proof["proven_optimal"] else f"gap {100 * proof['gap']:.3f} %"
    lines.append(
        f"objective {proof['objective']:.6g}, lower bound {proof['lower_bound']:.6g}, {proven}"
    )
    return lines
