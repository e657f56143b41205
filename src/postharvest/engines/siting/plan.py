"""The answer: which bases, in which phase and order, who each serves, and the proof."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from postharvest.engines.siting.problem import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Certificate:
    """Proof of quality that anyone can re-check by weak duality.

    ``lower_bound`` and ``gap`` follow from ``dual`` (T, n), ``offer`` (T,) and ``penalty`` (G,)
    alone.  ``tree_bound`` is what branch and bound reached beyond them; ``proven`` says that no
    better plan exists within the rounding of the figures.
    """

    objective: float
    lower_bound: float
    tree_bound: float
    proven: bool
    dual: Floats
    offer: Floats
    penalty: Floats
    seed: int
    perturbations: int
    bound_rounds: int
    nodes: int

    @property
    def gap(self) -> float:
        """Share of the objective by which a better plan could at most be cheaper."""
        return (self.objective - self.lower_bound) / self.objective if self.objective > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SitingPlan:
    """Levels (m,), opening order (p_T,), allocation (T, n) and hours (T, n), with certificate."""

    level: Ints
    order: Ints
    base: NDArray[np.int32]
    hours: Floats
    phase_cost: Floats
    certificate: Certificate
