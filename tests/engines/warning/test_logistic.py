"""The fit finds the truth, the scores are those of their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from postharvest.engines.warning.logistic import (
    area_under_curve,
    brier_score,
    fit_logistic,
    precision_at_top,
)


def drawn(count=20_000, seed=1):
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((count, 2)) * [1.0, 10.0]
    event = generator.random(count) < expit(-1.0 + x @ np.array([0.8, -0.05]))
    return x, event


def test_the_fit_finds_the_coefficients():
    model = fit_logistic(*drawn(), ridge=1e-6)
    assert model.constant == pytest.approx(-1.0, abs=0.08)
    np.testing.assert_allclose(model.slope, [0.8, -0.05], rtol=0.1)


def test_probabilities_are_calibrated():
    x, event = drawn()
    probability = fit_logistic(x, event, ridge=1.0).probability(x)
    for low in np.arange(0, 0.8, 0.1):
        inside = (probability >= low) & (probability < low + 0.1)
        if inside.sum() > 300:
            assert event[inside].mean() == pytest.approx(probability[inside].mean(), abs=0.05)


def test_the_unit_of_a_column_does_not_matter():
    x, event = drawn(2000)
    one = fit_logistic(x, event, ridge=1.0).probability(x)
    other = fit_logistic(x * [1000.0, 0.01], event, ridge=1.0).probability(x * [1000.0, 0.01])
    np.testing.assert_allclose(one, other, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_the_area_is_the_share_of_pairs_told_apart(rows):
    score = np.array([float(s) for s, _ in rows])
    event = np.array([e for _, e in rows])
    if event.all() or not event.any():
        return
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in score[event] for b in score[~event]]
    assert area_under_curve(score, event) == pytest.approx(np.mean(pairs))


def test_scores_of_a_known_case():
    probability, event = np.array([0.9, 0.2, 0.6]), np.array([True, False, False])
    assert brier_score(probability, event) == pytest.approx((0.01 + 0.04 + 0.36) / 3)
    assert precision_at_top(probability, event, share=0.34) == 1.0


def test_without_both_kinds_nothing_is_fitted():
    with pytest.raises(ValueError, match="both events and quiet"):
        fit_logistic(np.ones((3, 1)), np.array([True, True, True]), ridge=1.0)
