"""News from planning: work that is asked for and done outside the request."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class BasePlanAsked:
    """A scenario of bases waits to be planned."""

    kind: ClassVar[str] = "planning.base_plan_asked"
    scenario_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRunsAsked:
    """The next perturbed runs of a scenario are due, from ``first_run`` on."""

    kind: ClassVar[str] = "planning.base_runs_asked"
    scenario_id: int
    first_run: int
