"""Boxes become parcels, and parcels leave."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.bulk import insert_new
from postharvest.core.clock.time import local_day
from postharvest.core.outbox import log as outbox
from postharvest.operations.harvest.models import COLD_BELOW_DAYS
from postharvest.operations.network.models import Branch
from postharvest.operations.orders.actions import fulfilment
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels.actions.numbers import take_numbers
from postharvest.operations.parcels.collecting import next_collection
from postharvest.operations.parcels.events import ParcelsPosted
from postharvest.operations.parcels.handover import POST
from postharvest.operations.parcels.models import Despatch, Parcel


@transaction.atomic
def register_parcels(
    *, box_ids: Sequence[int], actor: Actor, now: datetime, carrier: str = POST
) -> list[Parcel]:
    """Give boxes their parcel numbers; a box that has one keeps it.  A label is not a posting.

    Boxes that are held or withdrawn get none.
    """
    unlabelled = Box.objects.filter(
        pk__in=box_ids, parcel__isnull=True, held_at=None, withdrawn_at=None
    ).order_by("pk")
    ids = [box.pk for box in unlabelled.select_for_update(of=("self",)).only("pk")]
    if not ids:
        return []
    parcels = [
        Parcel(
            base_id=base_id,
            number=number,
            carrier=carrier,
            box_id=pk,
            order_id=order_id,
            lane_id=lane_id,
            registered_at=now,
            status_at=now,
            eta_earliest=earliest,
            eta_latest=latest,
            promised_by=latest,
            sell_by=sell_by,
        )
        for number, (pk, base_id, order_id, lane_id, earliest, latest, sell_by) in zip(
            take_numbers(len(ids), carrier=carrier), _to_send(ids), strict=True
        )
    ]
    insert_new(Parcel, parcels)
    audit.write(
        actor,
        "parcels.register",
        f"parcels {parcels[0].number}…{parcels[-1].number}",
        now=now,
        after={"parcels": len(parcels)},
    )
    return parcels


@transaction.atomic
def close_despatches(
    *,
    branch_id: int,
    day: date,
    actor: Actor,
    now: datetime,
    limit: int = 50_000,
    without_lanes: Collection[int] = (),
) -> list[Despatch]:
    """Send off everything that is labelled at a post office: one despatch per lane.

    Parcels of a truck that did not come simply stay, and go with the next; ``without_lanes`` names
    the lanes whose truck did not come.  Held boxes stay, and what needs cooling leaves on cooled
    lanes only.

    Where the carrier's collection times are known and today's cut-off has passed, or nothing is
    collected, the despatches are of the next day on which he comes.
    """
    branch = Branch.objects.get(pk=branch_id)
    actor.require(Role.POINT_LEADER, Role.DESK, region=branch.county_id)
    collected = next_collection(branch_id=branch_id, at=now)
    day = max(day, local_day(collected)) if collected else day
    waiting = Parcel.objects.select_for_update(of=("self",)).filter(
        base_id=branch.base_id,
        order__sale__branch_id=branch_id,
        despatch=None,
        box__held_at=None,
        box__withdrawn_at=None,
    )
    waiting = waiting.exclude(lane_id__in=without_lanes).exclude(
        lane__cold=False, order__sale__surplus__produce__shelf_ambient_days_lo__lt=COLD_BELOW_DAYS
    )
    rows = list(waiting.order_by("pk").values_list("pk", "lane_id", "order_id")[:limit])
    per_lane = Counter(lane for _, lane, _ in rows)
    out = []
    for lane_id, count in sorted(per_lane.items()):
        despatch = Despatch.objects.create(
            base_id=branch.base_id,
            branch=branch,
            lane_id=lane_id,
            day=day,
            closed_at=now,
            parcels_count=count,
        )
        ids = [pk for pk, lane, _ in rows if lane == lane_id]
        for start in range(0, len(ids), 5000):
            Parcel.objects.filter(pk__in=ids[start : start + 5000]).update(despatch=despatch)
        out.append(despatch)
        news = ParcelsPosted(base_id=branch.base_id, despatch_id=despatch.pk)
        outbox.record(news, now=now)
    fulfilment.count_posted(Counter(order for _, _, order in rows))
    audit.write(
        actor,
        "parcels.close_despatches",
        f"branch {branch_id}",
        now=now,
        after={"despatches": [[d.pk, d.lane_id, d.parcels_count] for d in out]},
    )
    return out


def _to_send(box_ids: Sequence[int]) -> QuerySet[Box, tuple[Any, ...]]:
    return (
        Box.objects.filter(pk__in=box_ids)
        .order_by("pk")
        .values_list(
            "pk",
            "base_id",
            "order_id",
            "order__lane_id",
            "order__arrives_earliest",
            "order__arrives_latest",
            "lot__sell_by",
        )
    )
