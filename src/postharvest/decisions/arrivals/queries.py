"""The window a parcel has, the way it changed, and how well windows kept their word."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from postharvest.core import sql
from postharvest.decisions.arrivals import gather, memory
from postharvest.decisions.arrivals.models import EtaWindow, LearntLanes
from postharvest.engines.transit.model import TransitParams, learn

SILENCE_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowError:
    """First windows held against what happened; shares 0…1, hours."""

    parcels: int
    covered_share: float
    mean_width_hours: float
    mean_absolute_error_hours: float


def windows_of(parcel_id: int) -> list[EtaWindow]:
    """Every window that a parcel was given, the latest first."""
    return list(EtaWindow.objects.filter(parcel_id=parcel_id).order_by("-made_at"))


def window_error(*, base_id: int, since: datetime) -> WindowError | None:
    """Measure the windows of parcels that arrived (of very many, every n-th); None while none."""
    firsts = EtaWindow.objects.filter(base_id=base_id, is_first=True, made_at__gte=since)
    every = max(1, firsts.count() // gather.MOST_DEPARTURES)
    rows = sql.fetch(_KEPT, base_id, since, every)
    if not rows:
        return None
    low, middle, high, arrived = (
        gather.hours_since_epoch(gather.instants(column)) for column in zip(*rows, strict=True)
    )
    return WindowError(
        parcels=len(rows),
        covered_share=float(np.mean((low <= arrived) & (arrived <= high))),
        mean_width_hours=float(np.mean(high - low)),
        mean_absolute_error_hours=float(np.mean(np.abs(arrived - middle))),
    )


_KEPT = (
    "SELECT w.earliest_at, w.p50_at, w.latest_at, p.delivered_at"
    " FROM arrivals_etawindow w JOIN parcels_parcel p ON p.id = w.parcel_id"
    " WHERE w.base_id = %s AND w.is_first AND w.made_at >= %s AND p.delivered_at IS NOT NULL"
    " AND w.parcel_id %% %s = 0"
)


def nights(base_id: int, limit: int = 30) -> list[LearntLanes]:
    """What was learnt night by night, the latest first, with how well windows had done."""
    return list(LearntLanes.objects.filter(base_id=base_id).order_by("-learnt_at")[:limit])


def lane_p95(*, base_id: int, now: datetime) -> dict[int, timedelta]:
    """How long 95 of 100 parcels take by lane: beyond it, silence is alarming."""
    lanes = gather.lanes_of(base_id)
    if not lanes.ids:
        return {}
    holidays = gather.holidays_around(now)
    model = memory.model_for(base_id, lanes.ids, now)
    if model is None:
        known = gather.history(base_id=base_id, lanes=lanes, holidays=holidays, now=now)
        model = learn(known, TransitParams())
    today = gather.departures(
        [(0, lane_id, now) for lane_id in lanes.ids], lanes=lanes, holidays=holidays
    )
    hours = model.quantile_hours(
        lane=today.lane, weekday=today.weekday, holiday=today.holiday, level=SILENCE_LEVEL
    )
    return {lane_id: timedelta(hours=float(h)) for lane_id, h in zip(lanes.ids, hours, strict=True)}
