"""Taking a new arrival window into the parcel that people look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core import sql
from postharvest.core.clock.time import local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWindow:
    """When a parcel is expected, as instants; people are told the days in postal time."""

    parcel_id: int
    earliest_at: datetime
    latest_at: datetime


_TELL = (
    "UPDATE parcels_parcel SET eta_earliest = %s, eta_latest = %s"
    " WHERE id = %s AND delivered_at IS NULL"
)


@transaction.atomic
def tell_eta(windows: Sequence[ToldWindow]) -> None:
    """Put the windows' days on the parcels; one that has arrived keeps the day it arrived."""
    rows = [
        (sql.day(local_day(told.earliest_at)), sql.day(local_day(told.latest_at)), told.parcel_id)
        for told in sorted(windows, key=lambda told: told.parcel_id)
    ]
    sql.run_many(_TELL, rows)
