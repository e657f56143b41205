"""The post on the road: every parcel's journey follows from its number, so no list is kept.

Scans are drawn from the lanes' true transit (a little later than the planner's), some twice, and
come in no particular order.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from postharvest.core.clock.time import at_hour, local_day
from postharvest.interfaces.world.nature import Nature
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans

SOURCE = "simulated carrier"
BATCH = 2000
DOUBLED_SHARE = 0.02
FAILED_FIRST_SHARE = 0.03
DAMAGED_SHARE = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Travelling:
    """What the journey of a parcel is drawn from."""

    number: str
    posted_at: datetime
    transit_pmf: Sequence[float]
    origin: str
    destination: str


def carry(sale_id: int, nature: Nature, *, since: datetime, until: datetime) -> int:
    """Record every scan that falls in a span of time; returns how many were sent."""
    due = [
        scan
        for parcel in travelling(sale_id)
        for scan in journey(parcel, nature)
        if since < scan.at <= until
    ]
    rng = random.Random(f"{nature.seed}:{until.isoformat()}")
    due += [scan for scan in due if rng.random() < DOUBLED_SHARE]
    rng.shuffle(due)
    for start in range(0, len(due), BATCH):
        record_scans(scans=due[start : start + BATCH], now=until)
    return len(due)


def travelling(sale_id: int) -> list[Travelling]:
    """Return the parcels of a sale that have left and not arrived."""
    return [
        Travelling(
            number=number,
            posted_at=posted_at,
            transit_pmf=pmf,
            origin=origin,
            destination=destination,
        )
        for number, posted_at, pmf, origin, destination in parcels.on_the_road(sale_id)
    ]


def journey(parcel: Travelling, nature: Nature) -> list[ScanEntry]:
    """Return all scans of a parcel's journey, from acceptance to the door."""
    rng = random.Random(f"{nature.seed}:{parcel.number}")
    days = _days(rng, parcel.transit_pmf, nature)
    posted = local_day(parcel.posted_at)
    steps = [("EMA", parcel.origin, parcel.posted_at + timedelta(minutes=rng.randint(20, 90)), "")]
    hub_in = parcel.posted_at + timedelta(hours=rng.uniform(3, 7))
    steps.append(("EDD", f"{parcel.origin} hub", hub_in, ""))
    if days > 1:
        steps.append(("EDE", f"{parcel.origin} hub", hub_in + timedelta(hours=2), ""))
        arrival = at_hour(posted + timedelta(days=days - 1), rng.uniform(14, 23))
        steps.append(("EDD", f"{parcel.destination} hub", arrival, ""))
    delivery_day = posted + timedelta(days=days)
    if rng.random() < FAILED_FIRST_SHARE:
        steps.append(
            ("EMH", parcel.destination, at_hour(delivery_day, rng.uniform(10, 18)), "absent")
        )
        delivery_day += timedelta(days=1)
    steps.append(("EMG", parcel.destination, at_hour(delivery_day, rng.uniform(6.5, 8)), ""))
    steps.append(("EDG", parcel.destination, at_hour(delivery_day, rng.uniform(8.2, 9.5)), ""))
    steps.append(("EMI", parcel.destination, at_hour(delivery_day, rng.uniform(10, 20)), ""))
    return [
        ScanEntry(parcel=parcel.number, code=code, at=at, place=place, source=SOURCE, reason=reason)
        for code, place, at, reason in sorted(steps, key=lambda step: step[2])
    ]


def _days(rng: random.Random, pmf: Sequence[float], nature: Nature) -> int:
    draw, total, days = rng.random(), 0.0, len(pmf)
    for n, share in enumerate(pmf, 1):
        total += share
        if draw < total:
            days = n
            break
    return days + 1 if rng.random() < nature.transit_shift else days
