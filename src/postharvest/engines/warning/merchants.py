"""Are the merchants still coming? A sequential likelihood ratio on the kilograms they buy.

Usual days: kg ~ negative binomial with the expected mean and size k (days differ more than a
Poisson's).  Shortfall: the same with a mean of `SHORTFALL_SHARE` of it.  The change may come on
any day with probability `DAILY_HAZARD`; the odds that it has come follow Shiryaev's recursion

    R_t = (R_{t-1} + hazard) / (1 - hazard) · f1(x_t) / f0(x_t)

(Shiryaev 1963, doi:10.1137/1108002).  A day without a diary entry says nothing.
"""

import numpy as np
from scipy.special import gammaln

from postharvest.engines.warning.logistic import Floats

UNIT_KG = 50.0
"""Kilograms are counted in loads of a cart."""
SIZE = 3.0
SHORTFALL_SHARE = 0.35
DAILY_HAZARD = 0.01
_RETURN_HAZARD = 0.02
"""Merchants also come back: odds leak, so that an old shortfall does not ring for ever."""
_MAX_LOG_ODDS = 8.0
_KEPT = 29 / 30


def log_likelihood_ratio(bought_kg: Floats, expected_kg: Floats) -> Floats:
    """Return log f1/f0 (D,); zero where nothing was expected or nothing written down."""
    told = np.isfinite(bought_kg) & (expected_kg > 0)
    x = np.where(told, bought_kg, 0.0) / UNIT_KG
    usual = np.where(told, expected_kg, UNIT_KG) / UNIT_KG
    ratio = _log_probability(x, SHORTFALL_SHARE * usual) - _log_probability(x, usual)
    return np.where(told, ratio, 0.0)


def shortfall_log_odds(bought_kg: Floats, expected_kg: Floats) -> Floats:
    """Return the log-odds (D,) that the merchants have fallen short, day by day."""
    ratio = log_likelihood_ratio(bought_kg, expected_kg)
    out = np.empty(len(ratio))
    odds = DAILY_HAZARD
    ceiling = np.exp(_MAX_LOG_ODDS)
    for day, value in enumerate(ratio):
        probability = odds / (1 + odds)
        probability = probability * (1 - _RETURN_HAZARD) + (1 - probability) * DAILY_HAZARD
        odds = min(probability / (1 - probability) * float(np.exp(value)), ceiling)
        odds = max(odds, 1.0 / ceiling)
        out[day] = np.log(odds)
    return out


def unsold_weeks(bought_kg: Floats, expected_kg: Floats) -> Floats:
    """Return what has piled up (D,), in weeks of the usual buying so far.

    The pile grows by what merchants left and shrinks by what they took beyond the usual, and a
    thirtieth of it is eaten, spoilt or given away each day.  Days without an entry count as usual.
    """
    told = np.isfinite(bought_kg) & (expected_kg > 0)
    left = np.where(told, np.nan_to_num(expected_kg) - np.nan_to_num(bought_kg), 0.0)
    known = np.where(expected_kg > 0, np.nan_to_num(expected_kg), 0.0)
    usual = np.cumsum(known) / np.maximum(np.cumsum(known > 0), 1)
    pile, out = 0.0, np.empty(len(left))
    for day, kilograms in enumerate(left):
        pile = max(0.0, pile * _KEPT + float(kilograms))
        out[day] = pile
    return np.asarray(out / np.maximum(7 * usual, 1e-9))


def _log_probability(x: Floats, mean: Floats) -> Floats:
    return np.asarray(
        gammaln(x + SIZE)
        - gammaln(SIZE)
        - gammaln(x + 1)
        + SIZE * np.log(SIZE / (SIZE + mean))
        + x * np.log(mean / (SIZE + mean))
    )
