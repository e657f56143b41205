"""Serial numbers that the carrier allotted: each given once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput, Refused
from postharvest.operations.parcels import s10
from postharvest.operations.parcels.handover import POST, NumberPattern
from postharvest.operations.parcels.models import Carrier, NumberRange

REUSE_AFTER = timedelta(days=731)
"""UPU S10: a number is not used again within 24 months."""
_LAST_SERIAL = 99_999_999
MOST_DIGITS = 18


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
    carrier: str = POST,
    prefix: str = "",
    digits: int = 0,
) -> NumberRange:
    """Enter a range of serial numbers that the carrier gave us: S10, or prefix and digits.

    Raises
    ------
    InvalidInput
        The range is empty, leaves its digits, does not fit the carrier's pattern, or overlaps
        one of the last 24 months.
    """
    actor.require(Role.DESK, Role.PLANNER)
    most = 10**digits - 1 if digits else _LAST_SERIAL
    if not 0 <= first_serial <= last_serial <= most or digits > MOST_DIGITS:
        raise InvalidInput("range", f"needs first ≤ last, both of at most {len(str(most))} digits")
    _check_pattern(carrier, prefix, digits, (first_serial, last_serial))
    if digits:
        indicator = country = ""
    overlapping = NumberRange.objects.filter(
        carrier=carrier,
        prefix=prefix,
        indicator=indicator,
        country=country,
        last_serial__gte=first_serial,
        allotted_at__gt=now - REUSE_AFTER,
    )
    if any(row.first_serial <= last_serial for row in overlapping):
        raise InvalidInput("range", "overlaps one allotted in the last 24 months")
    row = NumberRange.objects.create(
        carrier=carrier,
        prefix=prefix,
        digits=digits,
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


def _check_pattern(carrier: str, prefix: str, digits: int, serials: tuple[int, int]) -> None:
    if carrier == POST and not digits:
        return
    known = Carrier.objects.filter(pk=carrier).first()
    if known is None or not digits:
        raise InvalidInput("carrier", f"enter {carrier} first, and how many digits it gives")
    pattern = NumberPattern(carrier=carrier, pattern=known.number_pattern)
    for serial in serials:
        number = f"{prefix}{serial:0{digits}d}"
        if not pattern.fits(number):
            raise InvalidInput("range", f"{number} does not look like a number of {known.name}")


def take_numbers(count: int, *, carrier: str = POST) -> list[str]:
    """Take a carrier's next numbers, inside the caller's transaction; one UPDATE per range.

    Raises
    ------
    NumbersExhausted
        Fewer are left than that.
    """
    out: list[str] = []
    for row in NumberRange.objects.select_for_update().filter(carrier=carrier).order_by("pk"):
        take = min(count - len(out), row.last_serial - row.next_serial + 1)
        if take <= 0:
            continue
        taken = NumberRange.objects.filter(pk=row.pk, next_serial=row.next_serial)
        if not taken.update(next_serial=F("next_serial") + take):
            continue
        first = row.next_serial
        out += [_number(row, first + k) for k in range(take)]
    if len(out) < count:
        raise NumbersExhausted(f"{count} numbers are needed, {len(out)} are left; ask the carrier")
    return out


def _number(row: NumberRange, serial: int) -> str:
    if row.digits:
        return f"{row.prefix}{serial:0{row.digits}d}"
    return s10.make(row.indicator, serial, row.country)
