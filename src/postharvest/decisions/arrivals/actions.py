"""Learning the lanes every night, giving parcels their arrival windows, noticing silence."""

from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from postharvest.core.bulk import insert_rows
from postharvest.decisions.arrivals import gather, memory, queries
from postharvest.decisions.arrivals.models import EtaWindow, LearntLanes
from postharvest.engines.transit.model import EtaWindows, TransitModel, TransitParams, learn
from postharvest.operations.network import queries as network
from postharvest.operations.parcels.actions.eta import ToldWindow, tell_eta
from postharvest.operations.parcels.actions.scanning import flag_late_and_silent

MODEL = "lane-eb/1"
LEARN_AFTER = timedelta(hours=20)
GIVEN_ANEW_AFTER = timedelta(hours=24)
"""A parcel still under way when the middle of its window is past gets a new one, once a day."""
MEASURED_OVER = timedelta(days=30)

_AT_ONCE = 5_000


def watch_bases(*, now: datetime) -> None:
    """Watch the parcels of every base: what the worker calls each hour."""
    for base in network.bases():
        watch_parcels(base_id=base.pk, now=now)


def watch_parcels(*, base_id: int, now: datetime) -> None:
    """Learn once a night, give new windows where old ones failed, flag the late and the silent."""
    lanes = gather.lanes_of(base_id)
    latest = memory.latest(base_id, now)
    if not lanes.ids or not gather.under_way_or_arrived(base_id, now).exists():
        return
    if latest is None or now - latest.learnt_at >= LEARN_AFTER:
        learn_lanes(base_id=base_id, now=now)
        issue_windows(base_id=base_id, now=now)
    limits = queries.lane_p95(base_id=base_id, now=now)
    flag_late_and_silent(base_id=base_id, now=now, lane_p95=limits)


def learn_lanes(
    *, base_id: int, now: datetime, params: TransitParams | None = None
) -> LearntLanes | None:
    """Fit the lanes to what the scans have told so far and note how well windows have done.

    The model is learnt outside any transaction; a base without lanes has nothing to learn.
    """
    lanes = gather.lanes_of(base_id)
    if not lanes.ids:
        return None
    holidays = gather.holidays_around(now)
    known = gather.history(base_id=base_id, lanes=lanes, holidays=holidays, now=now)
    model = learn(known, params or TransitParams())
    error = queries.window_error(base_id=base_id, since=now - MEASURED_OVER)
    row, _ = LearntLanes.objects.update_or_create(
        base_id=base_id,
        learnt_at=now,
        defaults={
            "lane_ids": lanes.ids,
            "model": memory.as_json(model),
            "departures": known.lane.size,
            "arrived": error.parcels if error else 0,
            "covered_share": error.covered_share if error else None,
            "error_hours": error.mean_absolute_error_hours if error else None,
        },
    )
    return row


def issue_windows(*, base_id: int, now: datetime, despatch_id: int | None = None) -> int:
    """Give parcels that left a window, all of a base or of one despatch; returns how many."""
    lanes = gather.lanes_of(base_id)
    waiting = _waiting(base_id, now, despatch_id)
    if not waiting or not lanes.ids:
        return 0
    model = memory.model_for(base_id, lanes.ids, now)
    if model is None:  # before the first night, or with new lanes
        learn_lanes(base_id=base_id, now=now)
        model = memory.model_for(base_id, lanes.ids, now)
        assert model is not None  # noqa: S101  (there are lanes)
    holidays = gather.holidays_around(now)
    for start in range(0, len(waiting), _AT_ONCE):
        some = waiting[start : start + _AT_ONCE]
        left = gather.departures([row[:3] for row in some], lanes=lanes, holidays=holidays)
        _give(base_id, left, _windows(model, left, now), [row[3] for row in some], now)
    return len(waiting)


def _waiting(
    base_id: int, now: datetime, despatch_id: int | None
) -> list[tuple[int, int, datetime, bool]]:
    """List parcels that need a window: parcel, lane, left at, whether it is the first."""
    parcels = gather.under_way_or_arrived(base_id, now).filter(delivered_at=None)
    if despatch_id is not None:
        parcels = parcels.filter(despatch_id=despatch_id)
    latest = EtaWindow.objects.filter(parcel=OuterRef("pk")).order_by("-made_at")
    known = parcels.annotate(
        given_at=Subquery(latest.values("made_at")[:1]),
        middle_at=Subquery(latest.values("p50_at")[:1]),
    )
    is_due = Q(middle_at__lt=now, given_at__lte=now - GIVEN_ANEW_AFTER)
    rows = known.filter(Q(given_at=None) | is_due).order_by("pk")
    return [
        (parcel, lane, left_at, given_at is None)
        for parcel, lane, left_at, given_at in rows.values_list(
            "pk", "lane_id", "left_at", "given_at"
        )
    ]


def _windows(model: TransitModel, left: gather.Departures, now: datetime) -> EtaWindows:
    elapsed = np.array([gather.hours_of(now) - gather.hours_of(at) for at in left.left_at])
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
            zip(left.parcel_ids, left.left_at, is_first, strict=True)
        )
    ]
    insert_rows(EtaWindow, rows)
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
