"""Back-tests look only back, and score what was promised."""

from datetime import date, timedelta

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.backtest import backtest
from postharvest.decisions.insight.forecasting import ForecastSettings
from postharvest.decisions.insight.series_file import RawSeries

FAST = ForecastSettings(horizon=4, tier="fast")


def series(values, key="pear/a"):
    days = tuple(date(2017, 1, 2) + timedelta(weeks=k) for k in range(len(values)))
    return RawSeries(key, days, tuple(float(v) for v in values), tuple(range(len(values))))


def reverting(seed, count=200):
    generator = np.random.default_rng(seed)
    z = np.zeros(count)
    for t in range(1, count):
        z[t] = 0.6 * z[t - 1] + 0.2 * generator.standard_normal()
    return 5 * np.exp(z)


def test_bands_and_median_are_scored_against_what_came():
    scores = backtest([series(reverting(s), f"pear/{s}") for s in range(12)], FAST, windows=8)
    assert len(scores) == 12
    assert {score.points for score in scores} == {32}
    assert 0.7 <= np.mean([s.inside_80 for s in scores]) <= 0.9
    assert np.mean([s.inside_95 for s in scores]) >= 0.9
    assert np.mean([s.better_than_last_value for s in scores]) > 0.7


def test_what_came_later_does_not_move_an_earlier_window():
    values = reverting(1)
    other = np.concatenate([values[:-4], values[-4:] * 50])
    (one,) = backtest([series(values)], FAST, windows=3)
    (two,) = backtest([series(other)], FAST, windows=3)
    assert two.scaled_crps > one.scaled_crps
    (early_one,) = backtest([series(values[:-4])], FAST, windows=2)
    (early_two,) = backtest([series(other[:-4])], FAST, windows=2)
    assert early_one == early_two


def test_series_too_short_are_left_out():
    scores = backtest([series(reverting(1)), series([1, 2, 3, 4, 5], "new/b")], FAST, windows=2)
    assert [score.series for score in scores] == ["pear/a"]


def test_weeks_without_an_observation_are_not_compared():
    whole = series(reverting(2))
    gappy = RawSeries(
        whole.key, whole.dates[:-3] + whole.dates[-2:], whole.values[:-3] + whole.values[-2:],
        whole.rows[:-1],
    )  # fmt: skip
    (score,) = backtest([gappy], FAST, windows=1)
    assert score.points == 3


def test_windows_out_of_range_are_refused():
    with pytest.raises(InvalidInput, match="windows"):
        backtest([series(reverting(1))], FAST, windows=0)
