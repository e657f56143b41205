"""Calling growers: who shall cut how much tomorrow, told in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.operations.harvest.events import GrowersCalled
from postharvest.operations.harvest.models import HarvestCall, Offer
from postharvest.operations.network.models import Base


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Some grams of one grower's offer, wanted on one day at one point."""

    offer_id: int
    weight_g: int
    point_name: str = ""


@transaction.atomic
def call_growers(
    *, base_id: int, day: date, calls: Sequence[Call], actor: Actor, now: datetime
) -> list[HarvestCall]:
    """Call growers for a day; who is called already is not called again.

    Raises
    ------
    InvalidInput
        A weight is not positive.
    NotAllowed
        The actor does not work in the base's county.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.VILLAGE_AGENT, Role.DESK, region=base.county_id)
    if any(call.weight_g <= 0 for call in calls):
        raise InvalidInput("weight_g", "call for more than nothing, or leave the grower out")
    wanted = sorted(calls, key=lambda call: call.offer_id)
    offers = Offer.objects.select_for_update(of=("self",)).filter(
        pk__in=[call.offer_id for call in wanted]
    )
    grower_of = {offer.pk: offer.grower_id for offer in offers.order_by("pk")}
    called = HarvestCall.objects.filter(offer_id__in=grower_of, day=day)
    known = set(called.values_list("offer_id", flat=True))
    rows = HarvestCall.objects.bulk_create(
        HarvestCall(
            base=base,
            offer_id=call.offer_id,
            grower_id=grower_of[call.offer_id],
            day=day,
            weight_g=call.weight_g,
            point_name=call.point_name,
            called_at=now,
        )
        for call in wanted
        if call.offer_id in grower_of and call.offer_id not in known
    )
    if rows:
        after = {"day": str(day), "calls": [[row.offer_id, row.weight_g] for row in rows]}
        audit.write(actor, "harvest.call_growers", f"base {base_id}", now=now, after=after)
        news = GrowersCalled(base_id=base_id, call_ids=[row.pk for row in rows])
        outbox.record(news, now=now)
    return rows
