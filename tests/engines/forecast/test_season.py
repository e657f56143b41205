"""Profiles that exist are found, those that do not are not kept."""

import numpy as np

from postharvest.engines.forecast.problem import ForecastProblem, History
from postharvest.engines.forecast.season import harmonic_count, harmonics
from postharvest.engines.forecast.solve import ForecastParams, evidence_of, frame, pooled, solve

SEASON = 52


def history(key, *, amplitude, years, seed, group="pear", noise=0.05, horizon=26):
    generator = np.random.default_rng(seed)
    n = SEASON * years
    index = np.arange(n + horizon)
    walk = np.cumsum(noise * generator.standard_normal(n))
    season = amplitude * np.cos(2 * np.pi * index / SEASON)
    return History(
        key=key,
        group=group,
        value=10 * np.exp(walk + season[:n]),
        phase=(index % SEASON) / SEASON,
        cycle=index[:n] // SEASON,
    )


def learned(histories):
    problem = ForecastProblem(histories=tuple(histories), horizon=26, season=SEASON)
    return pooled(problem.histories, [evidence_of(problem.histories, frame(problem))])


def test_a_shared_season_is_found():
    profile = learned(
        [history(f"pear/{s}", amplitude=0.4, years=5, seed=s) for s in range(8)]
    ).profile
    shape = harmonics(np.arange(SEASON) / SEASON, harmonic_count(SEASON))
    truth = 0.4 * np.cos(2 * np.pi * np.arange(SEASON) / SEASON)
    for row in profile.coefficient:
        assert np.abs(shape @ row - truth).max() < 0.12
    assert all(profile.kept)


def test_random_walks_get_almost_no_season():
    rows = learned([history(f"pear/{s}", amplitude=0.0, years=5, seed=s) for s in range(20)])
    assert np.abs(rows.profile.coefficient).max() < 0.06


def test_two_seasons_are_too_few_to_speak_of_one():
    few = learned([history(f"pear/{s}", amplitude=0.4, years=2, seed=s) for s in range(4)])
    assert not any(few.profile.kept)


def test_produce_with_opposite_seasons_keeps_each_its_own():
    profile = learned(
        [history(f"pear/{s}", amplitude=0.4, years=5, seed=s) for s in range(5)]
        + [
            history(f"leek/{s}", amplitude=-0.4, years=5, seed=50 + s, group="leek")
            for s in range(5)
        ]
    ).profile
    assert (profile.coefficient[:5, 0] > 0.25).all()
    assert (profile.coefficient[5:, 0] < -0.25).all()


def test_the_season_turns_the_forecast():
    rows = [history(f"pear/{s}", amplitude=0.4, years=5, seed=s) for s in range(8)]
    problem = ForecastProblem(histories=tuple(rows), horizon=26, season=SEASON)
    with_season = solve(problem, ForecastParams())
    flat = ForecastProblem(
        histories=tuple(
            History(key=h.key, group=h.group, value=h.value, phase=h.phase, cycle=0 * h.cycle)
            for h in rows
        ),
        horizon=26,
        season=1,
    )
    without = solve(flat, ForecastParams())
    middle = with_season.reported()[:, -1, 6]
    assert (middle < 0.75 * without.reported()[:, -1, 6]).all()
    assert set(with_season.method) == {"blend+season"}
    assert set(without.method) == {"blend"}
