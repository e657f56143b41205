"""The national simulation as asked for on the command line: question in, document out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.pools import Pool
from postharvest.decisions.nation.assumed import assumed, middle, ranges
from postharvest.decisions.nation.document import Document, fingerprint_of, to_document
from postharvest.decisions.nation.gather import Nation, gather
from postharvest.decisions.nation.running import pool_named, simulate
from postharvest.decisions.nation.scenarios import (
    RULES,
    places_of,
    programmes,
    read_plan,
    to_scenarios,
)
from postharvest.decisions.nation.validation import STORY_WORLDS, Check, checks
from postharvest.decisions.planning.base_tables import Tables
from postharvest.engines.nation.assumptions import Assumptions, drawn_worlds
from postharvest.engines.nation.conditions import Conditions, conditions
from postharvest.engines.nation.market import asked_run
from postharvest.engines.nation.problem import WEEKS_PER_YEAR, Floats, Scenario

MOST_YEARS = 5
MOST_WORLDS = 500
GOAL_YEARS = 5
GOAL_YUAN = 1e12

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The words of the command line.

    Raises
    ------
    InvalidInput
        A number lies outside what can be simulated.
    """

    years: int = 3
    worlds: int = 20
    seed: int = 0
    bases: Path | None = None
    provinces: str | None = None
    goal_yuan: float = GOAL_YUAN
    pool: str = "processes"
    jobs: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.years <= MOST_YEARS:
            raise InvalidInput("years", f"{self.years}: give 1 to {MOST_YEARS}")
        if not 1 <= self.worlds <= MOST_WORLDS:
            raise InvalidInput("worlds", f"{self.worlds}: give 1 to {MOST_WORLDS}")
        if self.seed < 0:
            raise InvalidInput("seed", "must be 0 or more")
        if not self.goal_yuan >= 0:
            raise InvalidInput("goal", "must be 0 (none) or more yuan a year")
        if self.jobs is not None and self.jobs < 1:
            raise InvalidInput("jobs", "must be 1 or more")


def simulate_nation(asked: Asked, tables: Tables, *, progress: Progress) -> Document:
    """Simulate every programme and return the document.

    Raises
    ------
    InvalidInput
        A province, plan, pool or number can't be right; nothing was simulated yet.
    """
    plan = None if asked.bases is None else read_plan(asked.bases, tables)
    codes = province_codes(asked.provinces, tables)
    numbers = assumed(tables)
    with pool_named(asked.pool, asked.jobs) as pool:
        progress("placing bases by three rules")
        found = programmes(tables, seed=asked.seed, plan=plan)
        nation = gather(tables, places_of(found))
        chosen = [one for one in nation.provinces if codes is None or str(one.code) in codes]
        worlds = drawn_worlds(
            middle(numbers), ranges(numbers), worlds=asked.worlds, seed=asked.seed
        )
        scenarios = to_scenarios(found, nation.base_places)
        run = asked_run(
            nation.provinces,
            nation.produce,
            scenarios,
            worlds,
            middle=middle(numbers),
            years=asked.years,
            seed=asked.seed,
        )
        outcome = simulate(
            nation,
            run,
            provinces=chosen,
            pool=pool,
            progress=lambda done, whole: progress(f"province {done} of {whole}"),
        )
        goal = None
        if asked.goal_yuan > 0 and codes is None:
            progress(f"what would have to be true for {asked.goal_yuan:.3g} yuan a year")
            goal = _goal(asked, nation, scenarios, middle(numbers), pool)
    progress("holding it against what is known")
    return to_document(
        outcome,
        nation=nation,
        numbers=numbers,
        programmes=found,
        fingerprint=fingerprint_of(
            tables,
            numbers,
            found,
            {
                "years": asked.years,
                "worlds": asked.worlds,
                "seed": asked.seed,
                "provinces": sorted(codes or []),
                "goal_yuan": asked.goal_yuan,
            },
        ),
        goal=goal,
        checked=validate(tables, nation, seed=asked.seed),
    )


def validate(tables: Tables, nation: Nation | None = None, *, seed: int) -> tuple[Check, ...]:
    """Hold the simulator against the stories, the transit figures and the official totals."""
    numbers = assumed(tables)
    worlds = drawn_worlds(middle(numbers), ranges(numbers), worlds=STORY_WORLDS, seed=seed)
    return checks(tables, nation or gather(tables, ()), worlds, seed=seed)


def province_codes(text: str | None, tables: Tables) -> frozenset[str] | None:
    """Return the codes of the provinces named by two or six digits; none for the whole nation.

    Raises
    ------
    InvalidInput
        There is no such province.
    """
    if text is None:
        return None
    known = {str(row["code"]) for row in tables("provinces")}
    codes = {part.strip().ljust(6, "0") for part in text.split(",")}
    for code in sorted(codes):
        if code not in known:
            wanted = ", ".join(sorted(one[:2] for one in known))
            raise InvalidInput("provinces", f"{code!r} is no province; give some of {wanted}")
    return frozenset(codes)


def _goal(
    asked: Asked,
    nation: Nation,
    scenarios: Sequence[Scenario],
    base: Assumptions,
    pool: Pool | None,
) -> Conditions:
    """Bend the assumptions of the rule with the least hours until its fifth year meets the goal."""
    rule = next(one for one in scenarios if one.name == RULES[0])

    def sales(worlds: Sequence[Assumptions]) -> Floats:
        run = asked_run(
            nation.provinces,
            nation.produce,
            [rule],
            worlds,
            middle=base,
            years=GOAL_YEARS,
            seed=asked.seed,
            first_week=(GOAL_YEARS - 1) * WEEKS_PER_YEAR,
            draws=[0] * len(worlds),
        )
        gmv = simulate(nation, run, pool=pool).paths["gmv_yuan"]
        year: Floats = gmv[0, :, -12:].sum(axis=1)
        return year

    return conditions(sales, base, goal=asked.goal_yuan)


def summary(document: Document) -> list[str]:
    """Return the lines that the command prints."""
    year = document["by_year"]
    lines = [document["statement"]["en"], "", _head()]
    for one in document["scenarios"]:
        row = year[one["name"]]
        cells = [_cell(row[name], scale) for name, scale in _COLUMNS]
        lines.append(
            f"{one['name']:<15}{len(one['bases']):>6} " + " ".join(f"{c:>21}" for c in cells)
        )
    if document["goal"]:
        lines += ["", *goal_lines(document["goal"])]
    held = [one for one in document["validation"] if one["holds"]]
    lines += ["", f"validation: {len(held)} of {len(document['validation'])} figures agree"]
    return lines


_COLUMNS = (
    ("rescued_kg_online", 1e6),
    ("gmv_yuan", 1e9),
    ("uplift_yuan", 1e9),
    ("access_smallholders_share_3h", 0.01),
    ("delivery_hours_p50", 1.0),
    ("choice_produce_per_week", 1.0),
)


def _head() -> str:
    heads = (
        "1000 t online",
        "GMV, bn yuan",
        "uplift, bn yuan",
        "access 3 h, %",
        "hours p50",
        "choice_produce_per_week",
    )
    return f"{'last year':<15}{'bases':>6} " + " ".join(f"{head:>21}" for head in heads)


def _cell(band: dict[str, Any], scale: float) -> str:
    low, mid, high = (band[name][-1] for name in ("p5", "p50", "p95"))
    if mid is None:
        return "–"
    return f"{mid / scale:,.1f} ({low / scale:,.1f}–{high / scale:,.1f})"


def goal_lines(goal: Document) -> list[str]:
    """Say the conditions in words that can't be taken for a forecast."""
    three = ", ".join(goal["three"])
    lines = [
        f"What would have to be true for {goal['goal_yuan_a_year']:.3g} yuan in year "
        f"{goal['year']} (conditions, not a forecast):",
        f"  the middle world sells {goal['middle_world_yuan']:.3g} yuan in that year",
        f"  three assumptions carry it: {three}",
    ]
    if goal["factor_on_three"] is None:
        lines.append(
            "  these three alone don't reach it however far they bend: "
            f"{goal['most_with_three_yuan']:.3g} yuan at most"
        )
    else:
        lines.append(
            f"  these three alone: each would have to be {goal['factor_on_three']:.1f} times"
        )
    if goal["factor_on_all"] is not None:
        lines.append(
            f"  all {len(goal['levers'])} levers together: each {goal['factor_on_all']:.2f} times"
        )
    return lines
