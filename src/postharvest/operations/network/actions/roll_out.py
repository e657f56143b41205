"""Switching regions on and off: where something new may begin."""

from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.operations.network import roll_out
from postharvest.operations.network.models import RegionSwitch


@transaction.atomic
def switch_region(
    *, code: str, on: bool, actor: Actor, now: datetime, pilot: bool = False, note: str = ""
) -> RegionSwitch:
    """Switch a province, prefecture or county on or off; the same again changes nothing.

    What runs in a region that is switched off runs on to its last payout; nothing new begins.

    Raises
    ------
    InvalidInput
        There is no such region.
    NotAllowed
        The actor does not plan for this region.
    """
    actor.require(Role.PLANNER, region=code)
    if roll_out.region_names(code) is None:
        raise InvalidInput("region", f"there is no region {code!r}; give a code of six digits")
    before = roll_out.switches().get(code)
    if before is not None and (before.on, before.pilot, before.note) == (on, pilot, note):
        return before
    row = RegionSwitch.objects.create(
        code=code, on=on, pilot=pilot, note=note, at=now, by=actor.party
    )
    audit.write(
        actor,
        "network.switch_region",
        f"region {code}",
        now=now,
        before={"on": before.on, "pilot": before.pilot} if before else {},
        after={"on": on, "pilot": pilot, "note": note},
    )
    return row
