"""The express model gives back what it was fitted to."""

import numpy as np
import pytest

from postharvest.engines.nation.express import Express, Flows, fitted, mean_to, share_within


def flows():
    place = np.array([0.0, 300.0, 900.0, 2400.0])
    weight = np.outer([0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1])
    return Flows(km=np.abs(place[:, None] - place), weight=weight, km_h=60.0)


def test_a_known_model_is_found_again():
    true = Express(handling_hours=42.0, log_spread=0.3)
    mean = mean_to(flows(), true, np.ones(4))
    found = fitted(flows(), mean_hours=mean, share_in_72=share_within(flows(), true))
    assert found.handling_hours == pytest.approx(42.0)
    assert found.log_spread == pytest.approx(0.3, rel=1e-6)


def test_far_places_wait_longer():
    express = Express(handling_hours=42.0, log_spread=0.3)
    near, far = (mean_to(flows(), express, np.eye(4)[k]) for k in (0, 3))
    assert near < far


def test_lines_longer_than_the_mean_are_refused():
    with pytest.raises(ValueError, match="lines alone"):
        fitted(flows(), mean_hours=2.0, share_in_72=0.9)
