"""What a visitor of the demo lets happen: rain, packers who stay away, orders that double.

A wish is news like any other; the demo's world asks which wishes hold and acts on them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction

from postharvest.core.outbox import log
from postharvest.core.outbox.models import Event

RAIN, ABSENT, DOUBLE = "rain", "absent", "double"
KNOWN = (RAIN, ABSENT, DOUBLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDisturbed:
    """A disturbance was switched on or off."""

    kind: ClassVar[str] = "demo.disturbed"
    what: str
    on: bool


@transaction.atomic
def disturb(*, what: str, on: bool, now: datetime) -> None:
    """Switch one of the known disturbances on or off.

    Raises
    ------
    ValueError
        There is no such disturbance.
    """
    if what not in KNOWN:
        raise ValueError(f"{what!r} is none of {', '.join(KNOWN)}")
    log.record(DemoDisturbed(what=what, on=on), now=now)


def disturbances() -> frozenset[str]:
    """Return the disturbances that hold now: of each the last wish counts."""
    rows = Event.objects.filter(kind=DemoDisturbed.kind).order_by("pk")
    last = {body["what"]: body["on"] for body in rows.values_list("body", flat=True)}
    return frozenset(what for what, on in last.items() if on)
