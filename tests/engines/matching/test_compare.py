"""Pilots against matched others: a known effect is found, and its interval holds what it says."""

import numpy as np
import pytest

from postharvest.engines.matching.compare import MatchingParams, MatchingProblem, compare

PILOTS, UNITS = 2, 120


def world(seed, *, effect, trend_by_likeness=0.0):
    """Counties whose level and trend go with what makes them alike."""
    rng = np.random.default_rng(seed)
    alike = rng.normal(size=(UNITS, 2))
    level = 10 + 2 * alike[:, :1]
    noise = rng.normal(scale=1.0, size=(UNITS, 12))
    months = level + noise
    months[:, 6:] += 1.5 + trend_by_likeness * alike[:, :1]
    is_pilot = np.arange(UNITS) < PILOTS
    months[is_pilot, 6:] += effect
    return MatchingProblem(
        before=months[:, :6], after=months[:, 6:], alike=alike, is_pilot=is_pilot
    )


def test_the_interval_holds_the_true_effect_about_as_often_as_it_says():
    held = 0
    for seed in range(200):
        found = compare(world(seed, effect=3.0), MatchingParams(draws=400), seed=seed)
        assert found.low <= found.difference <= found.high
        held += found.low <= 3.0 <= found.high
    assert 0.82 <= held / 200 <= 0.97


def test_a_trend_that_all_alike_share_is_not_taken_for_an_effect():
    found = [
        compare(world(seed, effect=0.0, trend_by_likeness=4.0), MatchingParams(), seed=1)
        for seed in range(60)
    ]
    matched = np.abs([one.difference for one in found]).mean()
    worlds = [world(seed, effect=0.0, trend_by_likeness=4.0) for seed in range(60)]
    changes = [w.after.mean(axis=1) - w.before.mean(axis=1) for w in worlds]
    plain = np.abs([one[:PILOTS].mean() - one[PILOTS:].mean() for one in changes]).mean()
    assert matched < plain / 2


def test_the_order_of_units_and_the_unit_of_likeness_do_not_matter():
    problem = world(3, effect=1.0)
    order = np.random.default_rng(0).permutation(UNITS)
    moved = MatchingProblem(
        before=problem.before[order], after=problem.after[order],
        alike=problem.alike[order] * np.array([1000.0, 0.1]), is_pilot=problem.is_pilot[order],
    )  # fmt: skip
    one, other = (compare(p, MatchingParams(), seed=1) for p in (problem, moved))
    assert other.difference == pytest.approx(one.difference)
    assert sorted(order[other.others].ravel()) == sorted(one.others.ravel())


def test_same_seed_same_interval_and_more_months_added_to_all_change_nothing():
    problem = world(4, effect=1.0)
    raised = MatchingProblem(
        before=problem.before + 5, after=problem.after + 5, alike=problem.alike,
        is_pilot=problem.is_pilot,
    )  # fmt: skip
    one, same, other = (compare(p, MatchingParams(), seed=7) for p in (problem, problem, raised))
    assert (one.low, one.high) == (same.low, same.high)
    assert other.difference == pytest.approx(one.difference)


def test_nobody_is_held_against_himself_or_a_pilot():
    found = compare(world(5, effect=0.0), MatchingParams(), seed=1)
    assert found.others.min() >= PILOTS


def test_what_can_not_be_compared_is_refused():
    good = world(1, effect=0.0)
    parts = {"before": good.before, "after": good.after, "alike": good.alike}
    with pytest.raises(ValueError, match="no pilot"):
        MatchingProblem(**parts, is_pilot=np.zeros(UNITS, bool))
    with pytest.raises(ValueError, match="unknown"):
        MatchingProblem(**{**parts, "after": good.after * np.nan}, is_pilot=good.is_pilot)
    with pytest.raises(ValueError, match="too few"):
        compare(
            MatchingProblem(**{k: v[:8] for k, v in parts.items()}, is_pilot=good.is_pilot[:8]),
            MatchingParams(),
            seed=1,
        )
