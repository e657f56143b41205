"""A packing set-up copied to a new place, with everything that must be estimated there flagged.

What is a matter of the crop is taken as it is (box sizes, how much a packer packs, how demand
answers to the price).  What is a matter of the place is taken too, because a first plan needs it,
but flagged, and every plan says so until somebody has looked: positions, people, wages, what the
post office gets away in a day, the level of demand.  Lanes are not copied but built for the new
place from the tariff and the planning defaults.  Nobody's name goes along.
"""

import math
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.decisions.planning.actions import set_figures
from postharvest.decisions.planning.models import CopiedFigure, Figure
from postharvest.operations.campaigns import actions as campaigns
from postharvest.operations.campaigns import queries as campaign_queries
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions import lanes
from postharvest.operations.network.models import Base, Branch
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions import places

COPIED = "copied"
_WHAT = CopiedFigure.What
_OF_THE_PLACE = ("demand.zone_shares",)
"""Figures that name lanes of the old place: they mean nothing elsewhere."""


class HasSetUp(Refused):
    """The new place has packing points of its own already."""

    code = "planning.has_set_up"


class NothingToCopy(Refused):
    """The old place has no packing points."""

    code = "planning.nothing_to_copy"


@transaction.atomic
def copy_set_up(
    *, from_base_id: int, branch_id: int, produce_ids: Sequence[str], actor: Actor, now: datetime
) -> list[CopiedFigure]:
    """Copy points, labour, packs and figures of a base to a post office of another base.

    Returns
    -------
    What must be estimated for the new place, one row each.

    Raises
    ------
    InvalidInput
        There is no such base or post office, or it is the same base.
    HasSetUp
        The new base has packing points: nothing of its own is ever overwritten.
    NothingToCopy
        The old base has none.
    NotAllowed
        The actor does not plan for both places.
    """
    origin, branch = _origin(from_base_id), _branch(branch_id)
    base = branch.base
    actor.require(Role.PLANNER, region=base.county_id)
    actor.require(Role.PLANNER, region=origin.county_id)
    if base.pk == origin.pk:
        raise InvalidInput("branch", "belongs to the same base; choose another place")
    if packing.points_of_base(base.pk):
        raise HasSetUp(f"base {base.code} has packing points already", base=base.code)
    points = packing.points_of_base(origin.pk)
    if not points:
        raise NothingToCopy(f"base {origin.code} has no packing points", base=origin.code)
    _copy_places(origin, branch, actor=actor, now=now)
    for produce_id in produce_ids:
        _copy_packs(origin, base, produce_id, actor=actor, now=now)
    figures = {
        row.field: row.value
        for row in Figure.objects.filter(base=origin).exclude(field__in=_OF_THE_PLACE)
    }
    if figures:
        set_figures(
            base_id=base.pk, figures=figures, source=f"copied from base {origin.code}",
            actor=actor, now=now,
        )  # fmt: skip
    may_have_lanes = base.state in (Base.State.FITTED_OUT, Base.State.OPEN)
    if may_have_lanes and not network.lanes_for_origin(branch.pk).exists():
        lanes.build_lanes(branch_id=branch.pk, actor=actor, now=now)
    rows = [
        CopiedFigure(base=base, origin=origin, what=what, copied_at=now, copied_by=actor.party)
        for what in _flags(figures)
    ]
    CopiedFigure.objects.bulk_create(rows)
    audit.write(
        actor,
        "planning.copy_set_up",
        f"base {base.pk}",
        now=now,
        after={"from": origin.code, "points": len(points), "estimate": [r.what for r in rows]},
    )
    return rows


@transaction.atomic
def mark_estimated(*, copied_id: int, actor: Actor, now: datetime) -> CopiedFigure:
    """Say that a copied figure was looked at and set for this place; plans stop naming it.

    Raises
    ------
    InvalidInput
        There is no such flag.
    NotAllowed
        The actor does not work in the region.
    """
    row = CopiedFigure.objects.select_for_update().filter(pk=copied_id).first()
    if row is None:
        raise InvalidInput("copied", f"there is no flag {copied_id}")
    actor.require(Role.PLANNER, Role.DESK, region=network.county_of_base(row.base_id))
    if row.estimated_at is None:
        row.estimated_at, row.estimated_by = now, actor.party
        row.save(update_fields=["estimated_at", "estimated_by"])
        audit.write(
            actor, "planning.mark_estimated", f"base {row.base_id}", now=now,
            after={"what": row.what},
        )  # fmt: skip
    return row


def _copy_places(origin: Base, branch: Branch, *, actor: Actor, now: datetime) -> None:
    """Lay points and villages around the new post office as they lay around the old seat."""
    base_id = branch.base_id
    places.register_points(
        base_id=base_id,
        entries=[
            places.PointEntry(
                branch_id=branch.pk,
                code=point.code,
                name=point.name,
                lat=branch.lat + point.lat - origin.lat,
                lon=branch.lon + _east(point.lon - origin.lon, origin.lat, branch.lat),
                stations=point.stations,
                min_crew=point.min_crew,
                setup_fen=point.setup_fen,
                day_fen=point.day_fen,
                haul_fen_per_t=point.haul_fen_per_t,
                status=COPIED,
            )
            for point in packing.points_of_base(origin.pk)
        ],
        actor=actor,
        now=now,
    )
    places.register_pools(
        base_id=base_id,
        entries=[
            places.PoolEntry(
                code=pool.code,
                village=pool.village,
                lat=branch.lat + pool.lat - origin.lat,
                lon=branch.lon + _east(pool.lon - origin.lon, origin.lat, branch.lat),
                people_per_day=pool.people_per_day,
                wage_steps=pool.wage_steps,
                status=COPIED,
            )
            for pool in packing.pools_of_base(origin.pk)
        ],
        actor=actor,
        now=now,
    )


def _copy_packs(origin: Base, base: Base, produce_id: str, *, actor: Actor, now: datetime) -> None:
    packs = campaign_queries.packs_of(origin.pk, produce_id)
    if not packs:
        raise InvalidInput("produce", f"base {origin.code} packs no {produce_id!r}")
    campaigns.set_packs(
        base_id=base.pk,
        produce_id=produce_id,
        packs=[
            campaigns.PackEntry(
                net_g=pack.net_g,
                material_fen=pack.material_fen,
                packed_g_per_day=pack.packed_g_per_day,
                demand_share=pack.demand_share,
                price_exponent=pack.price_exponent,
            )
            for pack in packs
        ],
        actor=actor,
        now=now,
    )


def _east(degrees: float, at_lat: float, to_lat: float) -> float:
    """Return as many kilometres of longitude at another latitude, in degrees."""
    return degrees * math.cos(math.radians(at_lat)) / math.cos(math.radians(to_lat))


def _flags(figures: dict[str, object]) -> list[CopiedFigure.What]:
    always = [_WHAT.POINTS, _WHAT.LABOUR, _WHAT.WAGES, _WHAT.LANES]
    told = {"hub.parcels_per_day": _WHAT.HUB, "demand": _WHAT.DEMAND}
    return [*always, *(what for field, what in told.items() if field in figures)]


def _origin(base_id: int) -> Base:
    base = Base.objects.filter(pk=base_id).first()
    if base is None:
        raise InvalidInput("from", f"there is no base {base_id}")
    return base


def _branch(branch_id: int) -> Branch:
    branch = Branch.objects.select_related("base").filter(pk=branch_id).first()
    if branch is None:
        raise InvalidInput("branch", f"there is no post office {branch_id}")
    return branch
