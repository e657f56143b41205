"""What was learnt of a base's lanes, kept as a row and made an engine's model again."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from postharvest.decisions.arrivals.models import LearntLanes
from postharvest.engines.transit.model import TransitModel


def latest(base_id: int, now: datetime) -> LearntLanes | None:
    """Return what was learnt last, or none."""
    rows = LearntLanes.objects.filter(base_id=base_id, learnt_at__lte=now)
    return rows.order_by("-learnt_at").first()


def model_for(base_id: int, lane_ids: Sequence[int], now: datetime) -> TransitModel | None:
    """Return the latest model, or none if there is none or it doesn't know these lanes."""
    row = latest(base_id, now)
    return from_json(row.model) if row and row.lane_ids == list(lane_ids) else None


def as_json(model: TransitModel) -> dict[str, Any]:
    values = {field.name: getattr(model, field.name) for field in dataclasses.fields(model)}
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in values.items()
    }


def from_json(fields: dict[str, Any]) -> TransitModel:
    values: dict[str, Any] = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in fields.items()
    }
    return TransitModel(**values)
