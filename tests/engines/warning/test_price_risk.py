"""The norm looks back only; events are falls below it."""

import numpy as np
import pytest

from postharvest.engines.warning.price_risk import seasonal_norm, weekly_risk


def test_the_norm_of_a_week_does_not_know_that_week_or_later():
    price = np.exp(np.random.default_rng(1).standard_normal(200) * 0.2)
    other = price.copy()
    other[150:] *= 7
    np.testing.assert_array_equal(
        seasonal_norm(np.log(price))[:151], seasonal_norm(np.log(other))[:151]
    )


def test_the_norm_follows_a_season():
    weeks = np.arange(52 * 6)
    season = 0.5 * np.cos(2 * np.pi * weeks / 52)
    norm = seasonal_norm(season)
    assert np.corrcoef(norm[200:], season[200:])[0, 1] > 0.95
    assert np.isnan(norm[:60]).all()


def test_a_crash_is_an_event_for_the_four_weeks_before_it():
    price = np.full(200, 5.0) * np.exp(0.01 * np.random.default_rng(2).standard_normal(200))
    price[150:160] = 3.0
    risk = weekly_risk(price)
    assert risk.week[risk.event & ~risk.below].tolist() == [146, 147, 148, 149]
    assert risk.week[risk.below].tolist() == list(range(150, 160))


def test_the_last_weeks_are_not_known_yet():
    risk = weekly_risk(np.linspace(4, 5, 150))
    assert risk.week[~risk.known].tolist() == [146, 147, 148, 149]


def test_prices_in_fen_are_judged_like_prices_in_yuan():
    price = np.exp(0.2 * np.random.default_rng(3).standard_normal(180))
    np.testing.assert_allclose(
        weekly_risk(price).features, weekly_risk(100 * price).features, atol=1e-12
    )


def test_too_short_a_series_has_no_week_to_judge():
    assert len(weekly_risk(np.full(50, 3.0)).week) == 0
    assert weekly_risk(np.full(50, 3.0)).features.shape == (0, 3)


@pytest.mark.parametrize("fall", [0.20, 0.30])
def test_only_a_fall_of_a_quarter_counts(fall):
    price = np.full(120, 5.0)
    price[116:] = 5.0 * (1 - fall)
    assert weekly_risk(price).event.any() == (fall > 0.25)
