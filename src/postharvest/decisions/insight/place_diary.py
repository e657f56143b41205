"""From a place's rows to what the warning and the local price read: the door between the two."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from postharvest.core.units import FEN_PER_YUAN, kilograms
from postharvest.decisions.insight.diary import DiaryEntry, SeasonPlan
from postharvest.operations.diary import queries as diary
from postharvest.operations.diary.models import DiaryLine, ExpectedSeason

RAIN_USUAL_SHARE = 0.25
"""Share of rainy days in a usual season, as in the simulated seasons that fitted the warning."""
_PEAK_WIDTH = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDiary:
    """What one post office wrote of one crop, a line a day for all its villages together."""

    entries: tuple[DiaryEntry, ...]

    @property
    def priced(self) -> list[DiaryEntry]:
        """Days with a price."""
        return [entry for entry in self.entries if entry.price_yuan_kg is not None]


def place_diary(*, branch_id: int, produce_id: str, since: date, until: date) -> PlaceDiary:
    """Read what counts of a place's diary.

    A day's kilograms are the sum over its villages.  Where some of the villages that write at all
    wrote nothing that day, the sum is scaled up by their number: silence is no absence.
    """
    lines = diary.lines_that_count(
        branch_id=branch_id, produce_id=produce_id, since=since, until=until
    )
    villages = len({line.village for line in lines})
    days: dict[date, list[DiaryLine]] = defaultdict(list)
    for line in lines:
        days[line.day].append(line)
    return PlaceDiary(
        entries=tuple(_entry(day, days[day], villages=villages) for day in sorted(days))
    )


def season_plan(season: ExpectedSeason) -> SeasonPlan:
    """Lay what a season should bring on its days: little at first, most in the middle."""
    count = (season.last_day - season.first_day).days + 1
    at = (np.arange(count) + 0.5) / count
    bell = np.exp(-0.5 * ((at - 0.5) / _PEAK_WIDTH) ** 2)
    kg = kilograms(season.expected_g) * bell / bell.sum()
    return SeasonPlan(
        harvest_kg={season.first_day + timedelta(days=k): float(kg[k]) for k in range(count)},
        usual_share=season.usual_share,
        norm_yuan_kg=season.usual_fen_per_kg / FEN_PER_YUAN,
        rain_usual_share=RAIN_USUAL_SHARE,
    )


def _entry(day: date, lines: Sequence[DiaryLine], *, villages: int) -> DiaryEntry:
    prices = [line.fen_per_kg for line in lines if line.fen_per_kg is not None]
    return DiaryEntry(
        day=day,
        bought_kg=kilograms(sum(line.bought_g for line in lines)) * villages / len(lines),
        price_yuan_kg=float(np.median(prices)) / FEN_PER_YUAN if prices else None,
    )
