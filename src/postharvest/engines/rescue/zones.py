"""Zones that cannot be told apart are planned as one and split again afterwards, without loss.

Two zones with the same postage, late shares and no parcel limit differ only in how much they want.
Their demand adds up, and a plan for the sum splits pro rata into plans for each, since every rule
(spill-over, promise, freshness) is linear in the amounts.
"""

from dataclasses import dataclass, replace

import numpy as np

from postharvest.engines.rescue.plan import Schedule, ShadowPrices
from postharvest.engines.rescue.problem import Bools, Floats, Ints, RescueProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedZones:
    """The smaller problem, and each original zone's group and share of its group's demand."""

    problem: RescueProblem
    group: Ints  # (M,)
    share: Floats  # (M,)

    def split_prices(self, shadow: ShadowPrices) -> ShadowPrices:
        """Return shadow prices by original zone: a kg wanted is worth the same in a group."""
        return replace(
            shadow,
            demand_kg=shadow.demand_kg[self.group],
            zone_parcels=shadow.zone_parcels[self.group],
        )

    def split(self, schedule: Schedule) -> Schedule:
        """Return the schedule for the original zones."""
        share = self.share[:, None, None]
        return replace(
            schedule,
            posted_kg=schedule.posted_kg[self.group] * share[..., None],
            ordered_kg=schedule.ordered_kg[self.group] * share,
        )


def merge_zones(problem: RescueProblem) -> MergedZones:
    """Merge zones of equal postage and transit that have no parcel limit of their own."""
    if problem.unserved_before_kg is not None or problem.waiting_before_kg is not None:
        # what waits is not pro rata, so zones of a running sale stay apart
        every = np.arange(problem.zones)
        return MergedZones(problem=problem, group=every, share=np.ones(problem.zones))
    free: Bools = np.asarray(~np.isfinite(problem.zone_parcels_per_day).any(axis=1))
    wants = problem.demand_kg.sum(axis=(1, 2))
    groups: dict[tuple[float, ...], int] = {}
    group = np.zeros(problem.zones, dtype=np.int64)
    for zone in range(problem.zones):
        key = (
            *problem.postage_yuan[zone],
            *problem.late_share[:, zone],
            -1.0 if free[zone] else float(zone),
            *_profile(problem.demand_kg[zone]),
        )
        group[zone] = groups.setdefault(key, len(groups))
    first = np.array([int(np.flatnonzero(group == g)[0]) for g in range(len(groups))])
    demand = np.zeros((len(groups), *problem.demand_kg.shape[1:]))
    np.add.at(demand, group, problem.demand_kg)
    of_group = np.bincount(group, weights=wants, minlength=len(groups))[group]
    share = np.divide(wants, of_group, out=np.ones_like(wants), where=of_group > 0)
    merged = replace(
        problem,
        demand_kg=demand,
        postage_yuan=problem.postage_yuan[first],
        late_share=problem.late_share[:, first],
        zone_parcels_per_day=problem.zone_parcels_per_day[first],
    )
    alone = np.bincount(group)[group] == 1
    return MergedZones(problem=merged, group=group, share=np.where(alone, 1.0, share))


def _profile(demand: Floats) -> tuple[float, ...]:
    """Shape of a zone's demand over days and packs, without its size."""
    total = demand.sum()
    flat = demand.ravel() / total if total > 0 else demand.ravel()
    return tuple(np.round(flat, 12))
