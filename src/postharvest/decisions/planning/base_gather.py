"""From rows to a base question: the tables in force, the bases there are, a scenario's wishes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from postharvest.core.errors import InvalidInput
from postharvest.decisions.planning.base_planning import EFFORT
from postharvest.decisions.planning.base_question import (
    DEFAULT_COVERAGE_HOURS,
    BaseQuestion,
    surplus_weights,
)
from postharvest.decisions.planning.base_tables import (
    Demand,
    national_counties,
    national_markets,
)
from postharvest.operations.network import base_queries
from postharvest.operations.network import queries as network

WEIGHTS = ("people", "surplus", "poor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a planner asks of a scenario; counties by their codes.

    ``pins`` maps a county to the phase (1 …) it must be open in; ``poor`` an operator's weights.
    """

    phases: tuple[int, ...] = (50, 100, 150)
    weight: str = "people"
    month: int | None = None
    poor: Mapping[str, float] = field(default_factory=dict)
    coverage_hours: float = DEFAULT_COVERAGE_HOURS
    coverage_weight: float = 0.0
    market_weight: float = 0.0
    pins: Mapping[str, int] = field(default_factory=dict)
    bans: tuple[str, ...] = ()
    region_min: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    effort: str = "quick"

    def __post_init__(self) -> None:
        if self.weight not in WEIGHTS:
            raise InvalidInput("weight", f"{self.weight!r} is none of {', '.join(WEIGHTS)}")
        if self.effort not in EFFORT:
            raise InvalidInput("effort", f"{self.effort!r} is none of {', '.join(EFFORT)}")

    def as_json(self) -> dict[str, Any]:
        """Return plain values to store."""
        return asdict(self)

    @staticmethod
    def of_json(stored: Mapping[str, Any]) -> "Wishes":
        """Read what `as_json` stored."""
        lists = {"phases": tuple(stored["phases"]), "bans": tuple(stored["bans"])}
        return Wishes(**{**stored, **lists})

    def pinned(self, code: str, phase: int) -> "Wishes":
        """The same, with one more county that must be open by a phase."""
        bans = tuple(ban for ban in self.bans if ban != code)
        return replace(self, pins={**self.pins, code: phase}, bans=bans)

    def banned(self, code: str) -> "Wishes":
        """The same, with one more county that must not open."""
        pins = {name: phase for name, phase in self.pins.items() if name != code}
        return replace(self, pins=pins, bans=(*self.bans, code))


def committed_now() -> list[str]:
    """Counties whose base is agreed, fitted out or open: a plan made now can't undo them."""
    return sorted(base_queries.committed_counties())


def question_of(wishes: Wishes, committed: list[str]) -> BaseQuestion:
    """Ask for the rest of the bases, with those committed in every phase.

    Raises
    ------
    InvalidInput
        A wish contradicts another, or more bases are committed than are wanted at all.
    """
    demand, candidates = national_counties(network.table_rows)
    standing = set(committed) & set(candidates.ids)
    phases = phases_left(wishes.phases, len(standing))
    given_up = base_queries.given_up_counties() - set(wishes.pins)
    bans = (set(wishes.bans) | (given_up & set(candidates.ids))) - standing
    return BaseQuestion(
        demand=_weighted(demand, wishes),
        candidates=replace(
            candidates, is_open=np.array([code in standing for code in candidates.ids])
        ),
        phases=phases,
        must={code: min(phase, len(phases)) for code, phase in wishes.pins.items()},
        ban=tuple(sorted(bans)),
        region_min=wishes.region_min,
        coverage_weight=wishes.coverage_weight,
        coverage_hours=wishes.coverage_hours,
        market_weight=wishes.market_weight,
        markets=national_markets(network.table_rows),
    )


def phases_left(phases: tuple[int, ...], standing: int) -> tuple[int, ...]:
    """Return the phases that are still ahead once so many bases stand.

    Raises
    ------
    InvalidInput
        More stand than the last phase has.
    """
    ahead = tuple(count for count in phases if count >= standing)
    if not ahead:
        raise InvalidInput(
            "phases", f"end at {phases[-1]}, but {standing} bases stand already; plan for more"
        )
    return ahead


def _weighted(demand: Demand, wishes: Wishes) -> Demand:
    if wishes.weight == "surplus":
        weight = surplus_weights(demand, wishes.month, network.table_rows)
        return replace(demand, weight=weight)
    if wishes.weight == "poor":
        if not wishes.poor:
            raise InvalidInput("poor", "is missing; give your table id,weight of poor counties")
        unknown = sorted(set(wishes.poor) - set(demand.ids))
        if unknown:
            raise InvalidInput("poor", f"{unknown[0]!r} is not a county's code")
        return replace(demand, weight=np.array([wishes.poor.get(c, 0.0) for c in demand.ids]))
    return demand
