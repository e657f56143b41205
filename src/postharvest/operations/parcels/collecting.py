"""When the carrier comes: his cut-offs by weekday, and days on which he does not come at all."""

from datetime import datetime, time, timedelta

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import CHINA, local_day
from postharvest.core.errors import InvalidInput
from postharvest.operations.network import queries as network
from postharvest.operations.network.models import Branch
from postharvest.operations.parcels.handover import POST
from postharvest.operations.parcels.models import CollectionTime

LOOK_AHEAD_DAYS = 21
_SUNDAY = 6


@transaction.atomic
def set_collections(
    *,
    branch_id: int,
    cut_offs: dict[int, time],
    actor: Actor,
    now: datetime,
    carrier: str = POST,
) -> None:
    """Enter until when a carrier collects, by weekday (0 is Monday); other days he does not come.

    Raises
    ------
    InvalidInput
        A weekday is none.
    """
    branch = Branch.objects.get(pk=branch_id)
    actor.require(Role.DESK, Role.PLANNER, region=branch.county_id)
    if any(not 0 <= day <= _SUNDAY for day in cut_offs):
        raise InvalidInput("weekday", "must be 0 for Monday to 6 for Sunday")
    CollectionTime.objects.filter(branch=branch, carrier=carrier).delete()
    CollectionTime.objects.bulk_create(
        CollectionTime(branch=branch, carrier=carrier, weekday=day, cut_off=cut_off)
        for day, cut_off in sorted(cut_offs.items())
    )
    audit.write(
        actor,
        "parcels.set_collections",
        f"branch {branch_id}",
        now=now,
        after={"carrier": carrier, "cut_offs": {str(d): str(t) for d, t in cut_offs.items()}},
    )


def next_collection(*, branch_id: int, at: datetime, carrier: str = POST) -> datetime | None:
    """Return the next cut-off that can still be met; none if his times are not known.

    Days without collection in the county's calendar are passed over.
    """
    rows = CollectionTime.objects.filter(branch_id=branch_id, carrier=carrier)
    cut_offs = dict(rows.values_list("weekday", "cut_off"))
    if not cut_offs:
        return None
    county = Branch.objects.values_list("county_id", flat=True).get(pk=branch_id)
    days = [local_day(at) + timedelta(days=n) for n in range(LOOK_AHEAD_DAYS)]
    without = network.days_without_collection(county, days)
    for day in days:
        if day in without or day.weekday() not in cut_offs:
            continue
        cut_off = datetime.combine(day, cut_offs[day.weekday()], CHINA)
        if at <= cut_off:
            return cut_off
    return None
