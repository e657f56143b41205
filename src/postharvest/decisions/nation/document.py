"""A simulated nation as a document: `postharvest.nation/1`, for files and pages."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import numba
import numpy as np

from postharvest.decisions.nation.assumed import Assumed
from postharvest.decisions.nation.gather import Nation
from postharvest.decisions.nation.running import Outcome
from postharvest.decisions.nation.scenarios import NONE, Programme, opening_weeks
from postharvest.decisions.nation.validation import Check
from postharvest.decisions.planning.base_document import product_version
from postharvest.decisions.planning.base_tables import Tables
from postharvest.engines.nation.conditions import Conditions
from postharvest.engines.nation.paths import BAND, Paths, bands, yearly
from postharvest.engines.nation.problem import MONTHS_PER_YEAR, Floats
from postharvest.engines.nation.simulate import FLOWS

SCHEMA = "postharvest.nation/1"
TABLES = (
    "provinces", "counties", "prefectures", "climate", "produce", "produce_regions",
    "crops_economics", "planning_defaults", "postal_tariffs", "postal_transit",
)  # fmt: skip
STATEMENT = {
    "en": "Simulated, not forecast: every figure follows from the assumptions listed and moves "
    "with them.",
    "zh": "这是模拟，不是预测：每个数字都由所列假设推出，并随假设而变。",
}
PROVINCE_MEASURES = (
    "surplus_kg", "rescued_kg_online", "waste_kg", "gmv_yuan", "uplift_yuan", "wages_yuan",
    "access_smallholders_share_3h", "households_reached_share",
)  # fmt: skip
DIGITS = 6

Document = dict[str, Any]


def to_document(
    outcome: Outcome,
    *,
    nation: Nation,
    numbers: Sequence[Assumed],
    programmes: Sequence[Programme],
    fingerprint: str,
    goal: Conditions | None,
    checked: Sequence[Check],
) -> Document:
    """Tell a run as plain values; the same run gives the same document, byte for byte."""
    run = outcome.run
    names = [scenario.name for scenario in run.scenarios]
    paths = with_gains(outcome.paths, names)
    return {
        "schema": SCHEMA,
        "version": product_version(),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
        },
        "statement": STATEMENT,
        "inputs_hash": fingerprint,
        "seed": run.seed,
        "years": run.years,
        "worlds": len(run.worlds),
        "band": list(BAND),
        "provinces": [str(province.code) for province in outcome.provinces],
        "assumptions": [one.as_json() for one in numbers],
        "scenarios": [_scenario(one) for one in programmes],
        "months": run.months,
        "paths": _by_scenario(names, {name: bands(path) for name, path in paths.items()}),
        "by_year": _by_scenario(
            names, {name: bands(by_year(name, path)) for name, path in paths.items()}
        ),
        "by_province": _provinces(outcome, nation, names),
        "goal": None if goal is None else _goal(goal),
        "validation": [one.as_json() for one in checked],
    }


def fingerprint_of(
    tables: Tables,
    numbers: Sequence[Assumed],
    programmes: Sequence[Programme],
    asked: Mapping[str, Any],
) -> str:
    """Return the hash of everything the run depends on."""
    digest = sha256()
    for name in TABLES:
        digest.update(json.dumps([name, list(tables(name))], ensure_ascii=False).encode())
    rest = [[asdict(one) for one in numbers], [asdict(one) for one in programmes], dict(asked)]
    digest.update(json.dumps(rest, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def with_gains(paths: Paths, names: Sequence[str]) -> Paths:
    """Add what a programme changes against none in the same world (common random numbers)."""
    if NONE not in names:
        return paths
    none = names.index(NONE)
    net, waste = paths["growers_net_yuan"], paths["waste_kg"]
    return {
        **paths,
        "growers_gain_yuan": net - net[none],
        "waste_avoided_kg": waste[none] - waste,
    }


def by_year(name: str, path: Floats) -> Floats:
    """Return a measure's years: sums of flows, means of choice and hours, else the year's end."""
    if name in (*FLOWS, "growers_gain_yuan", "waste_avoided_kg"):
        return yearly(path)
    months = path.reshape(*path.shape[:-1], -1, MONTHS_PER_YEAR)
    if name == "choice_produce_per_week" or name.startswith("delivery_hours"):
        known = ~np.isnan(months)
        total = np.where(known, months, 0.0).sum(axis=-1)
        count = known.sum(axis=-1)
        mean: Floats = np.where(count > 0, total / np.maximum(1, count), np.nan)
        return mean
    end: Floats = months[..., -1]
    return end


def _by_scenario(names: Sequence[str], banded: Mapping[str, Floats]) -> Document:
    return {
        scenario: {
            measure: {f"p{level:g}": _plain(values[s, k]) for k, level in enumerate(BAND)}
            for measure, values in banded.items()
        }
        for s, scenario in enumerate(names)
    }


def _plain(values: Floats) -> list[float | None]:
    return [None if np.isnan(one) else float(f"{one:.{DIGITS}g}") for one in values]


def _scenario(programme: Programme) -> Document:
    weeks = opening_weeks(programme.years)
    return {
        "name": programme.name,
        "bases": [
            {"id": code, "opens_week": int(week)}
            for code, week in zip(programme.counties, weeks, strict=True)
        ],
    }


def _provinces(outcome: Outcome, nation: Nation, names: Sequence[str]) -> list[Document]:
    rows = []
    for province, paths in zip(outcome.provinces, outcome.by_province, strict=True):
        code = str(province.code)
        zh, en = nation.names.get(code, (code, code))
        last = {
            name: np.median(by_year(name, paths[name]), axis=1)[:, -1] for name in PROVINCE_MEASURES
        }
        rows.append(
            {
                "code": code,
                "name_zh": zh,
                "name_en": en,
                "last_year": {
                    scenario: {name: _plain(last[name])[s] for name in PROVINCE_MEASURES}
                    for s, scenario in enumerate(names)
                },
            }
        )
    return rows


def _goal(goal: Conditions) -> Document:
    return {
        "kind": "condition, not forecast",
        "goal_yuan_a_year": goal.goal,
        "year": 5,
        "middle_world_yuan": goal.now,
        "factor_on_all": goal.factor_all,
        "levers": [asdict(one) for one in goal.levers],
        "three": list(goal.three),
        "factor_on_three": goal.factor_three,
        "values_of_three": dict(goal.values_three),
        "most_with_three_yuan": goal.most_three,
        "most_alone_yuan": dict(goal.alone),
    }
