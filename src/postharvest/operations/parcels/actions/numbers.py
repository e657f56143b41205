"""Serial numbers that the carrier allotted: each given once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.parcels import s10
from postharvest.operations.parcels.models import NumberRange

REUSE_AFTER = timedelta(days=731)
"""UPU S10: a number is not used again within 24 months."""
_LAST_SERIAL = 99_999_999


class NumbersExhausted(Refused):
    """The carrier's range has no numbers left."""

    code = "parcels.numbers_exhausted"


@transaction.atomic
def allot_numbers(
    *,
    first_serial: int,
    last_serial: int,
    actor: Actor,
    now: datetime,
    indicator: str = s10.DOMESTIC_INDICATOR,
    country: str = s10.DOMESTIC_COUNTRY,
) -> NumberRange:
    """Enter a range of serial numbers that the carrier gave us.

    Raises
    ------
    InvalidInput
        The range is empty, leaves eight digits, or overlaps one of the last 24 months.
    """
    actor.require(Role.DESK, Role.PLANNER)
    if not 0 <= first_serial <= last_serial <= _LAST_SERIAL:
        raise InvalidInput("range", "needs first ≤ last, both of at most eight digits")
    overlapping = NumberRange.objects.filter(
        indicator=indicator,
        country=country,
        last_serial__gte=first_serial,
        allotted_at__gt=now - REUSE_AFTER,
    )
    if any(row.first_serial <= last_serial for row in overlapping):
        raise InvalidInput("range", "overlaps one allotted in the last 24 months")
    row = NumberRange.objects.create(
        indicator=indicator,
        country=country,
        first_serial=first_serial,
        next_serial=first_serial,
        last_serial=last_serial,
        allotted_at=now,
    )
    audit.write(
        actor,
        "parcels.allot_numbers",
        f"range {row.pk}",
        now=now,
        after={"first": first_serial, "last": last_serial},
    )
    return row


def take_numbers(count: int) -> list[str]:
    """Take the next numbers, inside the caller's transaction; one UPDATE per range.

    Raises
    ------
    NumbersExhausted
        Fewer are left than that.
    """
    out: list[str] = []
    for row in NumberRange.objects.select_for_update().order_by("pk"):
        take = min(count - len(out), row.last_serial - row.next_serial + 1)
        if take <= 0:
            continue
        taken = NumberRange.objects.filter(pk=row.pk, next_serial=row.next_serial)
        if not taken.update(next_serial=F("next_serial") + take):
            continue
        first = row.next_serial
        out += [s10.make(row.indicator, first + k, row.country) for k in range(take)]
    if len(out) < count:
        raise NumbersExhausted(f"{count} numbers are needed, {len(out)} are left; ask the carrier")
    return out
