"""Taking a new arrival window into the parcel that people look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core.bulk import update_rows
from postharvest.core.clock.time import local_day
from postharvest.operations.parcels.models import Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWindow:
    """When a parcel is expected, as instants; people are told the days in postal time."""

    parcel_id: int
    earliest_at: datetime
    latest_at: datetime


@transaction.atomic
def tell_eta(windows: Sequence[ToldWindow]) -> None:
    """Put the windows' days on the parcels; one that has arrived keeps the day it arrived."""
    told = {window.parcel_id: window for window in windows}
    parcels = list(
        Parcel.objects.select_for_update()
        .filter(pk__in=told, delivered_at=None)
        .order_by("pk")
        .only("pk", "eta_earliest", "eta_latest")
    )
    for parcel in parcels:
        parcel.eta_earliest = local_day(told[parcel.pk].earliest_at)
        parcel.eta_latest = local_day(told[parcel.pk].latest_at)
    update_rows(Parcel, parcels, ["eta_earliest", "eta_latest"])
