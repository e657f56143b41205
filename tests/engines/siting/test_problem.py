"""What can't be planned is refused with the field's name."""

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.engines.siting.problem import SitingProblem

THREE = {"weight": np.ones(3), "candidates": 3, "phases": (2,), "hours": np.ones((3, 3))}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phases": (4,)}, "phases: asks for 4 bases among 3 candidates"),
        ({"phases": (2, 2)}, "phases: "),
        ({"phases": ()}, "phases: "),
        ({"phase_weights": (1.0, 2.0)}, "phase_weights: must be 1 numbers"),
        ({"weight": np.zeros(3)}, "weight: is 0 for every"),
        ({"weight": np.array([1, np.nan, 1])}, "weight: of demand row 2"),
        ({"hours": np.ones((3, 2))}, "matrix: has 3 rows and 2 columns"),
        ({"hours": np.full((3, 3), np.nan)}, "matrix: row 1, column 1"),
        ({"hours": np.array([[1, 1, 1], [np.inf] * 3, [1, 1, 1]])}, "matrix: row 2: no candidate"),
        ({"latest": np.zeros(3, np.int64)}, "must: pins 3 bases, phase 1 has only 2"),
        ({"earliest": np.array([1, 1, 0])}, "ban: leaves 1 candidates for 2 bases"),
        (
            {"earliest": np.array([1, 0, 0]), "latest": np.array([0, 1, 1])},
            "must: candidate 1 is both pinned and banned",
        ),
        ({"hours_weight": 0.0}, "hours_weight: "),
        ({"region": np.zeros(3, np.int64), "region_min": (3,)}, "region_min: asks for 3 bases"),
        ({"region": np.array([0, -1, -1]), "region_min": (2,)}, "region_min: wants 2 bases"),
    ],
)
def test_a_bad_question_is_refused(change, message):
    with pytest.raises(InvalidInput) as refusal:
        SitingProblem(**(THREE | change))
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize("bad", [np.nan, 91.0])
def test_a_place_off_the_map_is_refused(bad):
    at = np.array([30.0, 31.0, bad])
    good = np.array([100.0, 101.0, 102.0])
    with pytest.raises(InvalidInput, match="demand_lat: of row 3"):
        SitingProblem(
            weight=np.ones(3),
            candidates=3,
            phases=(1,),
            demand_lat=at,
            demand_lon=good,
            candidate_lat=np.full(3, 30.0),
            candidate_lon=good,
        )
