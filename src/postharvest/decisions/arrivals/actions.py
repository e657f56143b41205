"""Giving parcels their arrival windows, and giving new ones when time has passed."""

from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Max

from postharvest.decisions.arrivals import gather
from postharvest.decisions.arrivals.models import EtaWindow
from postharvest.engines.transit.model import EtaWindows, TransitModel, TransitParams, learn
from postharvest.operations.parcels.actions.eta import ToldWindow, tell_eta
from postharvest.operations.parcels.emsevt import Status
from postharvest.operations.parcels.models import Parcel

MODEL = "lane-eb/1"
GIVEN_ANEW_AFTER = timedelta(hours=24)
"""A parcel still under way gets a new window once a day."""

_AT_ONCE = 5_000


def issue_windows(*, base_id: int, now: datetime, params: TransitParams | None = None) -> int:
    """Give every parcel under way a window; returns how many were given.

    The model is learnt outside the transaction from what the scans have told so far.
    """
    lanes = gather.lanes_of(base_id)
    waiting = _waiting(base_id, now)
    if not waiting or not lanes.ids:
        return 0
    holidays = gather.holidays_around(now)
    known = gather.history(base_id=base_id, lanes=lanes, holidays=holidays, now=now)
    model = learn(known, params or TransitParams())
    for start in range(0, len(waiting), _AT_ONCE):
        some = waiting[start : start + _AT_ONCE]
        left = gather.departures([row[:3] for row in some], lanes=lanes, holidays=holidays)
        _give(base_id, left, _windows(model, left, now), [row[3] for row in some], now)
    return len(waiting)


def _waiting(base_id: int, now: datetime) -> list[tuple[int, int, datetime, bool]]:
    """List parcels that need a window: parcel, lane, accepted at, whether it is the first."""
    rows = (
        Parcel.objects.filter(
            base_id=base_id,
            delivered_at=None,
            accepted_at__gt=now - gather.MEMORY,
            accepted_at__lte=now,
        )
        .exclude(status__in=(Status.RETURNED, Status.CANCELLED))
        .annotate(given_at=Max("eta_windows__made_at"))
        .order_by("pk")
        .values_list("pk", "lane_id", "accepted_at", "given_at")
    )
    return [
        (parcel, lane, accepted_at, given_at is None)
        for parcel, lane, accepted_at, given_at in rows
        if accepted_at is not None and (given_at is None or now - given_at >= GIVEN_ANEW_AFTER)
    ]


def _windows(model: TransitModel, left: gather.Departures, now: datetime) -> EtaWindows:
    elapsed = np.array([gather.hours_of(now) - gather.hours_of(at) for at in left.accepted_at])
    return model.remaining(
        lane=left.lane, weekday=left.weekday, holiday=left.holiday, elapsed_hours=elapsed
    )


@transaction.atomic
def _give(
    base_id: int,
    left: gather.Departures,
    windows: EtaWindows,
    is_first: list[bool],
    now: datetime,
) -> None:
    rows = [
        EtaWindow(
            base_id=base_id,
            parcel_id=parcel,
            is_first=first,
            earliest_at=_after(at, windows.earliest_hours[place]),
            p50_at=_after(at, windows.p50_hours[place]),
            latest_at=_after(at, windows.latest_hours[place]),
            log_centre=float(windows.log_centre[place]),
            log_spread=float(windows.log_spread[place]),
            model=MODEL,
            made_at=now,
        )
        for place, (parcel, at, first) in enumerate(
            zip(left.parcel_ids, left.accepted_at, is_first, strict=True)
        )
    ]
    EtaWindow.objects.bulk_create(rows)
    tell_eta(
        [
            ToldWindow(
                parcel_id=row.parcel_id, earliest_at=row.earliest_at, latest_at=row.latest_at
            )
            for row in rows
        ]
    )


def _after(at: datetime, hours: float) -> datetime:
    return at + timedelta(hours=float(hours))
