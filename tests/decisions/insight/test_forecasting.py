"""One process and a pool give the same forecasts."""

from datetime import date, timedelta
from importlib.util import find_spec

import numpy as np
import pytest

from postharvest.core.errors import InvalidInput
from postharvest.decisions.insight.forecasting import (
    ForecastSettings,
    forecast_series,
    forecast_text,
    solve_on,
)
from postharvest.decisions.insight.pools import (
    WORTH_A_POOL,
    processes,
    ray_cluster,
    usual_jobs,
)
from postharvest.decisions.insight.season_calendar import problem_of
from postharvest.decisions.insight.series_file import RawSeries
from postharvest.engines.forecast.solve import ForecastParams, solve


def catalogue(count, weeks=170):
    generator = np.random.default_rng(7)
    days = tuple(date(2017, 1, 2) + timedelta(weeks=k) for k in range(weeks))
    return [
        RawSeries(
            f"crop{k % 5}/place{k}",
            days[k % 30 :],
            tuple(np.exp(np.cumsum(0.1 * generator.standard_normal(weeks)))[k % 30 :].tolist()),
            tuple(range(weeks - k % 30)),
        )
        for k in range(count)
    ]


@pytest.mark.slow
def test_a_pool_of_processes_gives_the_numbers_of_one():
    problem, _ = problem_of(catalogue(150), horizon=4, season=None)
    alone = solve(problem, ForecastParams())
    with processes(2) as pool:
        together = solve_on(pool, problem, ForecastParams())
    assert together.keys == alone.keys
    assert together.method == alone.method
    np.testing.assert_allclose(together.quantile, alone.quantile, rtol=1e-10)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is an extra")
def test_ray_gives_the_numbers_of_one():
    problem, _ = problem_of(catalogue(130), horizon=4, season=None)
    alone = solve(problem, ForecastParams())
    with ray_cluster(None) as pool:
        together = solve_on(pool, problem, ForecastParams())
    np.testing.assert_allclose(together.quantile, alone.quantile, rtol=1e-10)


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_the_extra_is_named():
    with pytest.raises(InvalidInput, match=r"postharvest\[ray\]"):
        forecast_series(catalogue(2), ForecastSettings(horizon=2, pool="ray"))


def test_small_files_do_not_start_processes():
    assert usual_jobs(10) == 1
    assert usual_jobs(WORTH_A_POOL) >= 1


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({"horizon": 0}, "horizon"),
        ({"season": 0}, "season"),
        ({"tier": "royal"}, "tier"),
        ({"pool": "swimming"}, "pool"),
        ({"jobs": 0}, "jobs"),
    ],
)
def test_settings_out_of_range_are_refused(setting, field):
    with pytest.raises(InvalidInput) as refused:
        ForecastSettings(**({"horizon": 4} | setting))
    assert refused.value.field == field


def test_the_table_has_a_row_for_each_series_and_step():
    settings = ForecastSettings(horizon=4, tier="fast")
    text = forecast_text(*forecast_series(catalogue(3), settings))
    rows = text.splitlines()
    assert rows[0].startswith("series,date,mean,q025,q05,q10,q20,")
    assert rows[0].endswith(",q90,q95,q975,method,note")
    assert len(rows) == 1 + 3 * 4
    assert rows[1].startswith("crop0/place0,2020-04-06,")
