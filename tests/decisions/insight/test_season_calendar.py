"""Dates become slots: weeks, months with their ends, gaps and stray days."""

from datetime import date, timedelta

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.season_calendar import Step, default_season, problem_of, step_of
from postharvest.decisions.insight.series_file import RawSeries


def series(days, key="pear/Qianxian"):
    values = tuple(float(k + 1) for k in range(len(days)))
    return RawSeries(key, tuple(days), values, tuple(range(2, len(days) + 2)))


def weekly(count, start=date(2019, 12, 30)):
    return [start + timedelta(weeks=k) for k in range(count)]


def monthly(count, day=1):
    return [date(2019 + k // 12, k % 12 + 1, day) for k in range(count)]


@pytest.mark.parametrize(
    ("days", "step", "season"),
    [
        (weekly(10), Step(days=7), 52),
        ([date(2020, 1, 1) + timedelta(days=k) for k in range(10)], Step(days=1), 7),
        (monthly(14), Step(months=1), 12),
        ([date(2018 + k // 4, 3 * (k % 4) + 1, 1) for k in range(9)], Step(months=3), 4),
        ([date(2010 + k, 1, 1) for k in range(9)], Step(months=12), 1),
        ([date(2020, 1, 1) + timedelta(days=28 * k) for k in range(13)], Step(days=28), 13),
    ],
)
def test_the_step_and_the_season_are_told_from_the_dates(days, step, season):
    assert step_of([series(days)]) == step
    assert default_season(step) == season


def test_a_missing_week_is_a_gap_not_a_shift():
    days = weekly(12)
    del days[5]
    problem, coming = problem_of([series(days)], horizon=2, season=None)
    value = problem.histories[0].value
    assert np.flatnonzero(np.isnan(value)).tolist() == [5]
    assert coming[0] == (days[-1] + timedelta(weeks=1), days[-1] + timedelta(weeks=2))


def test_a_report_a_day_late_stays_in_its_week():
    days = weekly(12)
    days[4] += timedelta(days=1)
    problem, _ = problem_of([series(days)], horizon=1, season=None)
    assert np.isfinite(problem.histories[0].value).all()


def test_two_reports_in_one_week_are_named():
    days = [*weekly(12), weekly(12)[-1] + timedelta(days=1)]
    with pytest.raises(InvalidInput, match=r"row 14: .*falls into one step"):
        problem_of([series(days)], horizon=1, season=None)


def test_month_ends_stay_month_ends():
    ends = [day - timedelta(days=1) for day in monthly(15)[1:]]
    _, coming = problem_of([series(ends)], horizon=3, season=None)
    assert coming[0] == (date(2020, 3, 31), date(2020, 4, 30), date(2020, 5, 31))


def test_weeks_follow_the_calendar_year_and_other_seasons_count_steps():
    days = weekly(160)
    yearly, _ = problem_of([series(days)], horizon=4, season=52)
    assert len(set(yearly.histories[0].cycle.tolist())) == 5
    four, _ = problem_of([series(days)], horizon=4, season=4)
    assert sorted(set(four.histories[0].phase.tolist())) == [0, 0.25, 0.5, 0.75]


def test_the_produce_is_what_stands_before_the_slash():
    problem, _ = problem_of([series(weekly(5))], horizon=1, season=None)
    assert problem.histories[0].group == "pear"
