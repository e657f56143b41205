"""What holds for any series: order of quantiles, scale, honest bands, fallbacks that say so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postharvest.engines.forecast.problem import (
    LEVELS,
    REPORTED,
    REPORTED_COLUMNS,
    ForecastProblem,
    History,
    Tier,
)
from postharvest.engines.forecast.solve import ForecastParams, paths, solve


def plain(value, *, horizon=4, key="pear", season=1):
    n = len(value)
    index = np.arange(n + horizon)
    return History(
        key=key,
        group=key.split("/")[0],
        value=np.asarray(value, dtype=float),
        phase=(index % season) / season,
        cycle=index[:n] // season,
    )


def forecast(*values, horizon=4, tier=Tier.FAST):
    rows = tuple(plain(v, horizon=horizon, key=f"s{i}") for i, v in enumerate(values))
    problem = ForecastProblem(histories=rows, horizon=horizon, season=1)
    return solve(problem, ForecastParams(tier=tier))


def walk(n, seed, noise=0.1):
    return 10 * np.exp(np.cumsum(noise * np.random.default_rng(seed).standard_normal(n)))


amounts = st.one_of(st.just(0.0), st.floats(0.01, 1e6), st.just(float("nan")))


@settings(max_examples=150, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=60), st.integers(1, 12))
def test_any_series_gets_ordered_finite_quantiles(values, horizon):
    values = [3.0, *values, 5.0]
    result = forecast(values, horizon=horizon)
    assert result.quantile.shape == (1, horizon, len(LEVELS))
    assert np.isfinite(result.quantile).all()
    assert (result.quantile >= 0).all()
    assert (np.diff(result.quantile, axis=2) >= 0).all()
    assert (result.mean >= result.quantile[..., 0]).all()
    assert (result.mean <= result.quantile[..., -1]).all()
    assert result.method[0] in {"blend", "last value", "weighted past", "constant"}


@pytest.mark.parametrize("tier", list(Tier))
def test_a_thousand_fold_unit_gives_thousand_fold_quantiles(tier):
    values = walk(90, 5)
    small, large = forecast(values, tier=tier), forecast(1000 * values, tier=tier)
    np.testing.assert_allclose(large.quantile, 1000 * small.quantile, rtol=1e-9)


def test_uncertainty_grows_with_the_horizon():
    result = forecast(walk(200, 6), horizon=12).reported()[0]
    width = result[:, 10] - result[:, 2]
    assert (np.diff(width) > 0).all()


def test_bands_cover_what_they_say_on_random_walks():
    series = [walk(108, seed) for seed in range(250)]
    result = forecast(*[s[:100] for s in series], horizon=8, tier=Tier.STANDARD).reported()
    future = np.array([s[100:] for s in series])
    inside80 = ((future >= result[..., 2]) & (future <= result[..., 10])).mean()
    inside95 = ((future >= result[..., 0]) & (future <= result[..., 12])).mean()
    assert 0.77 <= inside80 <= 0.87
    assert 0.93 <= inside95 <= 0.985


@pytest.mark.parametrize(
    ("values", "method", "says"),
    [
        ([5.0] * 30, "constant", "all 30 values are equal"),
        ([0.0] * 30, "constant", "all values are zero"),
        ([3.0, 4.0, 5.0], "last value", "only 3 values"),
        ([0.0, 0.0, 4.0] * 12, "weighted past", "67% zeros"),
        ([1.0, *[float("nan")] * 2] * 12 + [2.0], "weighted past", "65% of dates missing"),
        ([2.0, 3.0, float("nan"), 4.0] * 8 + [3.5], "blend", "8 missing dates bridged"),
        ([2.0, 3.0, 2.5, 4.0] * 8 + [0.0, 3.5], "blend", "1 zeros kept"),
    ],
)
def test_what_no_model_can_learn_from_falls_back_and_says_so(values, method, says):
    result = forecast(values)
    assert result.method[0] == method
    assert says in result.note[0]


def test_steady_growth_is_not_pulled_back_to_its_mean():
    middle = forecast(2.0 ** np.arange(60), horizon=3).reported()[0, :, 6]
    assert (middle > 2.0**58).all()


def test_a_short_series_borrows_its_spread_from_the_others():
    calm = forecast([10.0, 10.1, 10.2], *[walk(80, s, noise=0.02) for s in range(5)])
    wild = forecast([10.0, 10.1, 10.2], *[walk(80, s, noise=0.4) for s in range(5)])
    width = [r.reported()[0, 0, 12] - r.reported()[0, 0, 0] for r in (calm, wild)]
    assert width[1] > 5 * width[0]


def test_a_typing_error_does_not_widen_the_band_for_ever_and_is_named():
    clean = walk(150, 12, noise=0.05)
    typed = clean.copy()
    typed[70] *= 100
    plain_result = forecast(clean, tier=Tier.STANDARD)
    result = forecast(typed, tier=Tier.STANDARD)
    width = [np.log(r.reported()[0, :, 12] / r.reported()[0, :, 0]) for r in (plain_result, result)]
    assert (width[1] < 1.5 * width[0]).all()
    undamped = forecast(typed, tier=Tier.FAST).reported()[0]
    assert (np.log(undamped[:, 12] / undamped[:, 0]) > 3 * width[0]).all()
    assert "damped" in result.note[0]
    assert "damped" not in plain_result.note[0]


def test_a_jump_that_has_just_happened_is_believed():
    values = walk(150, 13, noise=0.02)
    values[-2:] *= 2
    middle = forecast(values, tier=Tier.STANDARD).reported()[0, 0, 6]
    assert middle > 1.5 * values[-3]


def test_a_nervous_end_widens_the_band():
    calm_end = np.concatenate([walk(100, 8, noise=0.2), walk(100, 9, noise=0.05)])
    nervous_end = calm_end[::-1]
    ratio = [
        (r[0, 12] / r[0, 0])
        for r in (forecast(calm_end).reported()[0], forecast(nervous_end).reported()[0])
    ]
    assert ratio[1] > 1.2 * ratio[0]


def test_paths_have_the_forecast_margins_and_hang_together():
    result = forecast(walk(150, 10), horizon=6)
    drawn = paths(result, count=20_000, generator=np.random.default_rng(1))
    assert drawn.shape == (1, 20_000, 6)
    at = [LEVELS.index(level) for level in REPORTED]
    for h in range(6):
        np.testing.assert_allclose(
            np.quantile(drawn[0, :, h], REPORTED), result.quantile[0, h, at], rtol=0.03
        )
    neighbours = np.corrcoef(np.log(drawn[0].T))
    assert neighbours[4, 5] > 0.7
    assert neighbours[0, 5] < neighbours[4, 5]


def test_the_same_seed_draws_the_same_paths():
    result = forecast(walk(60, 11))
    draws = [paths(result, count=50, generator=np.random.default_rng(3)) for _ in range(2)]
    np.testing.assert_array_equal(draws[0], draws[1])


def test_every_printed_quantile_has_a_column():
    assert len(REPORTED_COLUMNS) == len(REPORTED)
    for name, level in zip(REPORTED_COLUMNS, REPORTED, strict=True):
        assert float("0." + name[1:]) == level


@pytest.mark.parametrize(
    "change",
    [
        {"value": np.array([])},
        {"value": np.array([np.nan, 1.0, 2.0])},
        {"value": np.array([1.0, -1.0, 2.0])},
        {"phase": np.zeros(3)},
    ],
)
def test_impossible_histories_are_refused(change):
    fields = {"value": np.array([1.0, 2.0, 3.0]), "phase": np.zeros(5), "cycle": np.zeros(3, int)}
    with pytest.raises(ValueError, match="pear"):
        History(key="pear", group="pear", **(fields | change))
