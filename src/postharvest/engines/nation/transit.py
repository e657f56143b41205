"""Days on the road by postage zone: which crops keep their promise where, and hours as a mixture.

The hours of a zone are lognormal with the given median and standard deviation, as everywhere in
this house; a parcel's hours are those, plus the drive to the base, minus what sorting there saves.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from postharvest.engines.nation.assumptions import Assumptions
from postharvest.engines.nation.problem import Floats, Produce

LATE_SHARE = 0.05
"""A zone is served where at most this share of parcels would arrive too old."""
FIRST_MILE_BINS = 9
"""Half hours to the base; the last bin holds 4 h and more."""
BIN_HOURS = 0.5
FIRST_MILE_HOURS = (np.arange(FIRST_MILE_BINS) + 0.5) * BIN_HOURS
HOURS_GRID = np.arange(3.0, 360.0, 3.0)
SHORTEST_HOURS = 6.0


def log_spread(median: Floats, spread: Floats) -> Floats:
    """Return the lognormal's sigma from its median and its standard deviation."""
    ratio = (spread / median) ** 2
    sigma: Floats = np.sqrt(np.log((1 + np.sqrt(1 + 4 * ratio)) / 2))
    return sigma


def served_zones(produce: Produce, world: Assumptions) -> Floats:
    """Return 1 where a crop keeps its promise in a zone, (C, Z)."""
    days = produce.shelf_days + world.shelf_gain_days - world.promise_days - world.hold_days
    sigma = log_spread(produce.zone_days, produce.zone_spread_days)
    needed = produce.zone_days * np.exp(sigma * ndtri(1 - LATE_SHARE))
    served: Floats = (days[:, None] >= needed).astype(np.float64)
    return served


def first_mile_bin(hours: Floats) -> Floats:
    """Return the half hour to the base, as a bin's number."""
    bins: Floats = np.minimum(hours / BIN_HOURS, FIRST_MILE_BINS - 1)
    return bins


def shares_by_hour(produce: Produce, world: Assumptions) -> Floats:
    """Return the share delivered by each hour of ``HOURS_GRID``: (Z, first-mile bins, grid)."""
    sigma = log_spread(produce.zone_days, produce.zone_spread_days)[:, None, None]
    median = 24 * produce.zone_days[:, None, None]
    shift = FIRST_MILE_HOURS[None, :, None] - world.base_hours_saved
    left = HOURS_GRID[None, None, :] - shift
    by = ndtr((np.log(np.maximum(left, 1e-9)) - np.log(median)) / sigma)
    shares: Floats = np.where(HOURS_GRID < SHORTEST_HOURS, 0.0, by)
    return shares


def quantile_hours(kg: Floats, shares: Floats, level: float) -> Floats:
    """Return hours within which ``level`` of the kilograms (…, Z, bins) arrive; NaN for none."""
    total = kg.sum(axis=(-2, -1))
    by = np.tensordot(kg, shares, axes=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        by = by / total[..., None]
    flat = by.reshape(-1, HOURS_GRID.size)
    hours = [np.interp(level, row, HOURS_GRID) if row[-1] > 0 else np.nan for row in flat]
    return np.array(hours).reshape(total.shape)
