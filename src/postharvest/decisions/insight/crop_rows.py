"""What to grow at a base, from its own seasons and the plantings registered there.

Each recorded season is kept with the band that the page gave without it, so that the page is
held to what came.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

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
Season = tuple[str, float, int, int]
"""A crop's own season: produce, kg per mu, cost in fen per mu, price in fen per kg."""


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
    intended = diary.intended_mu(base_id, year=local_day(now).year + 1)
    return _page(
        county=network.county_of_base(base_id),
        mu=mu,
        risk=risk,
        growers=growers,
        seasons=tuple(_plain(row) for row in diary.crop_records(base_id)),
        intended=tuple(sorted(intended.items())),
    )


@lru_cache(maxsize=256)
def _page(
    *,
    county: str,
    mu: float,
    risk: float,
    growers: int,
    seasons: tuple[Season, ...],
    intended: tuple[tuple[str, float], ...],
) -> CropPage:
    """Work a question out once: the same one, with the same records, has the same answer."""
    own: dict[str, list[Season]] = defaultdict(list)
    for season in seasons:
        own[season[0]].append(season)
    return crop_page_of(
        county,
        mu=mu,
        risk=risk,
        seed=SEED,
        growers=growers,
        own={key: _own(rows) for key, rows in own.items()},
        intended=dict(intended),
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


def _plain(row: CropRecord) -> Season:
    return row.produce_id, row.yield_kg_mu, row.cost_fen_mu, row.fen_per_kg


def _own(rows: list[Season]) -> OwnRecords:
    return OwnRecords(
        np.array([yield_kg for _key, yield_kg, _cost, _price in rows]),
        np.array([cost / FEN_PER_YUAN for _key, _yield, cost, _price in rows]),
        np.array([price / FEN_PER_YUAN for _key, _yield, _cost, price in rows]),
    )
