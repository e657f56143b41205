"""The risk figures of a plan: what people should expect, beside what the model computes."""

from dataclasses import replace
from typing import Any

from postharvest.decisions.planning.case_file import RescueCase
from postharvest.engines.rescue.plan import RescuePlan
from postharvest.engines.rescue.risk import (
    BLIND,
    WATCHED,
    RiskParams,
    clear_target_kg,
    evaluate,
    params_dict,
    risk_inputs,
    risk_tables,
    summary,
)

SCENARIOS = 4000
_COMPILED_FROM = 50_000


def risk_block(
    case: RescueCase,
    plan: RescuePlan,
    *,
    seed: int,
    scenarios: int = SCENARIOS,
    params: RiskParams | None = None,
) -> dict[str, Any]:
    """Play a plan through drawn worlds; the published figures are those of the watched policy."""
    params = params or params_of(case)
    p, target = case.problem, clear_target_kg(case.problem, plan)
    inputs = risk_inputs(p, plan, clear_kg=target)
    ratio = float(p.ladder_yuan[plan.schedule.level]) / p.reference_price_yuan
    tables = risk_tables(params, inputs, price_ratio=ratio)
    watched = evaluate(
        inputs, tables, params, policy=WATCHED, seed=seed, scenarios=min(scenarios, SCENARIOS)
    )
    gone = watched.gone_kg_by_day
    outcomes = {}
    for name, policy in (("watched", WATCHED), ("blind", BLIND)):
        outcome = watched if policy == WATCHED else None
        if scenarios >= _COMPILED_FROM:
            from postharvest.engines.rescue.risk_kernel import (  # noqa: PLC0415  slow to load
                evaluate_compiled,
            )

            outcome = evaluate_compiled(
                inputs, tables, params, policy=policy, seed=seed, scenarios=scenarios
            )
        elif outcome is None:
            outcome = evaluate(
                inputs, tables, params, policy=policy, seed=seed, scenarios=scenarios
            )
        outcomes[name] = _rounded(summary(outcome, clear_kg=target, total_kg=p.total_kg))
    return {
        **outcomes["watched"],
        "scenarios": scenarios,
        "seed": seed,
        "policy": "listed above plan, moved on when not sold out, crews called for what waits",
        "clear_share": round(target / p.total_kg, 4) if p.total_kg else 1.0,
        "blind": outcomes["blind"],
        "cleared_kg_p10": [round(float(x), 1) for x in gone[:, 0]],
        "cleared_kg_p90": [round(float(x), 1) for x in gone[:, 1]],
        "assumptions": params_dict(params),
    }


def params_of(case: RescueCase) -> RiskParams:
    """Return what the world may do: as usual, the demand as unsure as the case says."""
    usual, demand = RiskParams(), case.raw["demand"]
    return replace(
        usual,
        demand_cv_campaign=float(demand.get("kg_cv", usual.demand_cv_campaign)),
        elasticity_sd=float(demand.get("elasticity_sd", usual.elasticity_sd)),
    )


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    digits = {"mean": 2, "p5": 2, "p50": 2, "p95": 2}
    return {name: round(value, digits.get(name, 4)) for name, value in figures.items()}
