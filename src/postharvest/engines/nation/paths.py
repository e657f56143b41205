"""From provinces to the nation: sums in the order of codes, shares, hours, choice, and bands."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from postharvest.engines.nation.access import ACCESS_HOURS
from postharvest.engines.nation.problem import (
    MONTHS_PER_YEAR,
    WEEKS_PER_YEAR,
    Floats,
    Ints,
    Masks,
    Produce,
    Run,
)
from postharvest.engines.nation.simulate import FLOWS, ProvinceRun
from postharvest.engines.nation.transit import quantile_hours, served_zones, shares_by_hour

Paths = dict[str, Floats]
"""Measures by name, each (scenarios, worlds, months)."""
BAND = (5.0, 50.0, 95.0)
HOURS_LEVELS = {"delivery_hours_p50": 0.5, "delivery_hours_p90": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Destinations:
    """Where parcels go.

    ``zone`` (provinces, D) is the postage zone by province, in the order of the runs, and
    prefecture; ``counties`` (D,) how many counties a prefecture has.
    """

    zone: Ints
    counties: Floats


def national(runs: Sequence[ProvinceRun], run: Run, produce: Produce, to: Destinations) -> Paths:
    """Return every measure's path, (S, W, M) by name; NaN where nothing was delivered."""
    flows = _sum([one.flows for one in runs])
    hours_kg = _sum([one.hours_kg for one in runs])
    households = sum(one.households for one in runs)
    near = _sum([one.near for one in runs]) / max(1.0, households)
    paths: Paths = {name: flows[..., k] for k, name in enumerate(FLOWS)}
    for k, hours in enumerate(ACCESS_HOURS):
        paths[f"access_smallholders_share_{hours:g}h"] = near[..., k]
    paths["households_reached_share"] = _sum([one.reached for one in runs]) / max(1.0, households)
    for name, level in HOURS_LEVELS.items():
        paths[name] = np.stack(
            [
                quantile_hours(hours_kg[:, w], shares_by_hour(produce, world), level)
                for w, world in enumerate(run.worlds)
            ],
            axis=1,
        )
    paths["choice_produce_per_week"] = _choice(runs, run, produce, to)
    return paths


def bands(path: Floats) -> Floats:
    """Return P5, P50 and P95 over the worlds: (S, W, …) → (S, 3, …)."""
    found = np.full((path.shape[0], len(BAND), *path.shape[2:]), np.nan)
    empty = np.asarray(np.isnan(path).all(axis=1))
    filled = np.where(empty[:, None], 0.0, path)
    quantiles = np.moveaxis(np.nanpercentile(filled, BAND, axis=1), 0, 1)
    return np.where(empty[:, None], found, quantiles)


def yearly(path: Floats) -> Floats:
    """Return sums over the months of each year, last axis."""
    summed: Floats = path.reshape(*path.shape[:-1], -1, MONTHS_PER_YEAR).sum(axis=-1)
    return summed


def _sum(parts: Sequence[Floats]) -> Floats:
    total = parts[0].copy()
    for part in parts[1:]:
        total += part
    return total


def _choice(runs: Sequence[ProvinceRun], run: Run, produce: Produce, to: Destinations) -> Floats:
    """Return mean distinct crops that reach a county fresh in a week: (S, W, M)."""
    scenarios, worlds = len(run.scenarios), len(run.worlds)
    count = np.zeros((scenarios, worlds, run.weeks))
    weight = to.counties / to.counties.sum()
    for number, world in enumerate(run.worlds):
        zone_mask = _masks(served_zones(produce, world))
        reached = np.zeros((scenarios, run.weeks, to.counties.size), np.uint64)
        for k, one in enumerate(runs):
            reached |= one.crops[:, number, :, None] & zone_mask[to.zone[k]]
        count[:, number] = np.bitwise_count(reached) @ weight
    months = np.arange(run.weeks) * MONTHS_PER_YEAR // WEEKS_PER_YEAR
    by_month = np.zeros((scenarios, worlds, run.months))
    for week, month in enumerate(months):
        by_month[..., month] += count[..., week]
    choice: Floats = by_month / np.bincount(months, minlength=run.months)
    return choice


def _masks(served: Floats) -> Masks:
    """Return each zone's crops as bits: (C, Z) → (Z,)."""
    bits = np.left_shift(np.uint64(1), np.arange(served.shape[0], dtype=np.uint64))
    masks: Masks = np.bitwise_or.reduce(np.where(served > 0, bits[:, None], np.uint64(0)))
    return masks
