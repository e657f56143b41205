"""Where a sale stands: added up anew where that is cheap, else as the worker last did."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.models import Sale
from postharvest.operations.standing.models import Remembered
from postharvest.operations.standing.parts import CHECKS, FLOW, MONEY, PARTS

CHEAP_MS = 20
"""What is added up in less than this is never read from memory."""
LONGEST = timedelta(hours=1)
"""Memory older than this, with news since, means that no worker runs: add up anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Orders, boxes and parcels of a sale.

    ``days_sum`` are days on the road of ``timed`` parcels that arrived.
    """

    as_of: datetime
    ordered_g: dict[date, int]
    packed: dict[date, int]
    orders: int
    by_lane: dict[int, dict[str, int]]
    late_by_lane: dict[int, int]
    delivered: int
    in_time: int
    timed: int
    days_sum: float

    @property
    def late(self) -> int:
        """How many parcels are late or silent."""
        return sum(self.late_by_lane.values())


class Money(NamedTuple):
    """The money of a sale in fen, and when it was added up."""

    totals: dict[str, int]
    as_of: datetime


class Checks(NamedTuple):
    """What must be so in the books of a sale, and when it was looked at."""

    found: list[dict[str, Any]]
    as_of: datetime


def flow(sale: Sale, *, now: datetime) -> Flow:
    """Return where orders, boxes and parcels of a sale stand."""
    body, as_of = _told(sale, FLOW, now=now)
    return Flow(
        **{
            **body,
            "as_of": as_of,
            "ordered_g": {date.fromisoformat(d): g for d, g in body["ordered_g"].items()},
            "packed": {date.fromisoformat(d): n for d, n in body["packed"].items()},
            "by_lane": {int(lane): counts for lane, counts in body["by_lane"].items()},
            "late_by_lane": {int(lane): n for lane, n in body["late_by_lane"].items()},
        }
    )


def money(sale: Sale, *, now: datetime) -> Money:
    """Return the money of a sale."""
    return Money(*_told(sale, MONEY, now=now))


def checks(sale: Sale, *, now: datetime) -> Checks:
    """Return what the books of a sale were found to be."""
    body, as_of = _told(sale, CHECKS, now=now)
    return Checks(body["checks"], as_of)


def _told(sale: Sale, part: str, *, now: datetime) -> tuple[dict[str, Any], datetime]:
    row = Remembered.objects.filter(sale_id=sale.pk, part=part).first()
    if row is None or row.cost_ms < CHEAP_MS or _forgotten(row, sale, now=now):
        return PARTS[part](sale.pk), now
    return row.body, row.as_of


def _forgotten(row: Remembered, sale: Sale, *, now: datetime) -> bool:
    return now - row.as_of > LONGEST and outbox.last_of(sale.base_id) > row.after_event
