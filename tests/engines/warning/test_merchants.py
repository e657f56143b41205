"""Merchants who stay away are noticed, noise and missing entries are not."""

import numpy as np

from postharvest.engines.warning.merchants import (
    log_likelihood_ratio,
    shortfall_log_odds,
    unsold_weeks,
)

EXPECTED = np.full(60, 2500.0)


def buying(*, share_from_day_30, seed):
    generator = np.random.default_rng(seed)
    mean = np.where(np.arange(60) < 30, 2500.0, 2500.0 * share_from_day_30)
    return mean * generator.gamma(8.0, 1 / 8.0, 60)


def test_a_shortfall_is_believed_within_a_week():
    odds = np.array(
        [shortfall_log_odds(buying(share_from_day_30=0.2, seed=s), EXPECTED) for s in range(50)]
    )
    assert (odds[:, 29] < 0).mean() > 0.9
    assert (odds[:, 36] > 0).mean() > 0.9


def test_usual_days_are_seldom_taken_for_a_shortfall():
    odds = np.array(
        [shortfall_log_odds(buying(share_from_day_30=1.0, seed=s), EXPECTED) for s in range(50)]
    )
    assert (odds > 0).mean() < 0.02


def test_merchants_who_come_back_are_believed_too():
    bought = np.where(np.arange(60) < 30, 300.0, 2600.0)
    odds = shortfall_log_odds(bought, EXPECTED)
    assert odds[29] > 0
    assert odds[45] < 0


def test_a_day_without_an_entry_says_nothing():
    bought = np.full(60, np.nan)
    assert (log_likelihood_ratio(bought, EXPECTED) == 0).all()
    assert (unsold_weeks(bought, EXPECTED) == 0).all()
    assert (shortfall_log_odds(bought, EXPECTED) < 0).all()


def test_less_bought_never_lowers_the_odds():
    less, more = (buying(share_from_day_30=0.8, seed=4) * factor for factor in (0.9, 1.0))
    assert (shortfall_log_odds(less, EXPECTED) >= shortfall_log_odds(more, EXPECTED) - 1e-9).all()


def test_the_pile_is_counted_in_weeks_of_usual_buying():
    bought = np.concatenate([EXPECTED[:30], np.zeros(7), EXPECTED[37:]])
    pile = unsold_weeks(bought, EXPECTED)
    assert pile[29] == 0
    assert 0.88 < pile[36] < 1.0
    assert (np.diff(pile[36:]) < 0).all()
