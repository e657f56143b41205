"""What to grow at a base, from its own seasons and the plantings registered there.

Each recorded season is kept with the band that the page gave without it, so that the page is
held to what came.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from postharvest.core.audit.actor import Actor
from postharvest.core.clock.time import local_day
from postharvest.core.units import FEN_PER_YUAN
from postharvest.decisions.insight.crop_advice import CropPage, crop_page_of
from postharvest.decisions.insight.own_records import OwnRecords
from postharvest.operations.diary import actions
from postharvest.operations.diary import queries as diary
from postharvest.operations.diary.models import CropRecord
from postharvest.operations.network import queries as network

SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """How many own seasons had been foretold, and how many fell inside their band (P10 to P90)."""

    seasons: int
    inside: int


def crop_page_of_base(
    base_id: int, *, mu: float, risk: float, growers: int, now: datetime
) -> CropPage:
    """Advise for a base's county.

    Raises
    ------
    InvalidInput
        A setting is out of range.
    """
    own: dict[str, list[CropRecord]] = defaultdict(list)
    for record in diary.crop_records(base_id):
        own[record.produce_id].append(record)
    return crop_page_of(
        network.county_of_base(base_id),
        mu=mu,
        risk=risk,
        seed=SEED,
        growers=growers,
        own={key: _own(rows) for key, rows in own.items()},
        intended=diary.intended_mu(base_id, year=local_day(now).year + 1),
    )


def record_season(*, season: actions.OwnSeason, actor: Actor, now: datetime) -> CropRecord:
    """Record a crop's season together with what the page had foretold for it.

    Raises
    ------
    InvalidInput
        An unknown crop, a year that is not over, or a figure that is not above zero.
    NotAllowed
        The actor does not work in the base's region.
    """
    page = crop_page_of_base(season.base_id, mu=1.0, risk=0.6, growers=1, now=now)
    told = {
        one.key: {"mean": round(one.mean), "p10": round(one.p10), "p90": round(one.p90)}
        for one in page.plan.outlooks
    }
    held_to = replace(season, foretold=told.get(season.produce_id))
    return actions.record_crop(season=held_to, actor=actor, now=now)


def foretold_at(base_id: int) -> Foretold:
    """Hold the page's bands to the seasons that came."""
    judged = [(row.foretold, _margin(row)) for row in diary.crop_records(base_id) if row.foretold]
    inside = sum(told["p10"] <= margin <= told["p90"] for told, margin in judged)
    return Foretold(seasons=len(judged), inside=inside)


def _margin(row: CropRecord) -> float:
    """Yuan that a mu of the season brought."""
    return (row.yield_kg_mu * row.fen_per_kg - row.cost_fen_mu) / FEN_PER_YUAN


def _own(rows: list[CropRecord]) -> OwnRecords:
    return OwnRecords(
        np.array([row.yield_kg_mu for row in rows]),
        np.array([row.cost_fen_mu / FEN_PER_YUAN for row in rows]),
        np.array([row.fen_per_kg / FEN_PER_YUAN for row in rows]),
    )
