"""The window a parcel has, the way it changed, and how well windows kept their word."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import F

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
    rows = (
        firsts.annotate(turn=F("parcel_id") % every)
        .filter(turn=0, parcel__delivered_at__isnull=False)
        .values_list("earliest_at", "p50_at", "latest_at", "parcel__delivered_at")
    )
    found = [[gather.hours_of(at) for at in row if at is not None] for row in rows]
    if not found:
        return None
    low, middle, high, arrived = np.array(found).T
    return WindowError(
        parcels=len(found),
        covered_share=float(np.mean((low <= arrived) & (arrived <= high))),
        mean_width_hours=float(np.mean(high - low)),
        mean_absolute_error_hours=float(np.mean(np.abs(arrived - middle))),
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
