"""What the postal worker writes down: the weeks before the surplus, then every day of the sale.

Merchants have come less often and paid less by the day since the season began, which is what the
early warning reads.  During the sale the lines say what the merchants really took.
"""

import uuid
from datetime import date, datetime, timedelta

from postharvest.core.clock.time import at_hour
from postharvest.core.units import fen, grams
from postharvest.interfaces.world.nature import stream
from postharvest.interfaces.world.place import Place
from postharvest.operations.diary.actions import Line, Season, expect_season, write_diary
from postharvest.operations.diary.weather import Rain, take_weather

WEEKS_BEFORE = 3
WEEKS_AFTER = 2
SEASON_SHARE = 0.25
"""The surplus is this share of what the whole season should bring."""
USUAL_SHARE = 0.8
"""In a usual season merchants take so much of what is cut."""
RAIN_MM = 18.0
_SHOWER_CHANCE = 0.2


def write_weeks_before(place: Place, *, seed: int, now: datetime) -> None:
    """Note what the season should bring and bring in the diary of its first weeks.

    Prices slide from a usual season's to what the wholesaler would give now, purchases from a
    usual day's to what he would take now; on rainy days nobody comes.
    """
    raw = place.case.raw
    usual_fen = fen(raw["produce"]["normal_farm_gate_yuan_per_kg"])
    first = place.start - timedelta(weeks=WEEKS_BEFORE)
    weeks_g = sum(grams(lot["kg"]) for lot in raw["lots"])
    expect_season(
        season=Season(
            branch_id=place.branch_id,
            produce_id=place.story.produce_id,
            first_day=first,
            last_day=place.start + timedelta(days=int(raw["horizon_days"]), weeks=WEEKS_AFTER),
            expected_g=round(weeks_g / SEASON_SHARE),
            usual_share=USUAL_SHARE,
            usual_fen_per_kg=usual_fen,
        ),
        actor=place.desk,
        now=now,
    )
    outlet = raw["outlets"][0]
    last_fen, last_g = fen(outlet["yuan_per_kg"]), grams(outlet["kg_per_day"])
    usual_g = USUAL_SHARE * weeks_g / int(raw["horizon_days"])
    days = WEEKS_BEFORE * 7 - 1
    luck = stream(seed, "diary")
    for number in range(days):
        slid, lucky = number / (days - 1), luck.uniform(0.8, 1.2)
        came = luck.random() >= _SHOWER_CHANCE * (1 + slid)
        _write(
            place,
            day=first + timedelta(days=number),
            bought_g=round((usual_g + slid * (last_g - usual_g)) * lucky) if came else 0,
            fen_per_kg=round(usual_fen + slid * (last_fen - usual_fen)) if came else None,
            now=now,
        )


def write_day(place: Place, *, taken_g: int, raining: bool, day: date) -> None:
    """Write an evening's line and what was measured of the rain."""
    now = at_hour(day, 18)
    price = fen(place.case.raw["outlets"][0]["yuan_per_kg"])
    came = taken_g > 0
    _write(place, day=day, bought_g=taken_g, fen_per_kg=price if came else None, now=now)
    take_weather(
        rain=[
            Rain(
                county_code=place.story.county_code,
                told_on=day,
                day=day,
                rain_mm=RAIN_MM if raining else 0.0,
            )
        ],
        source="rain gauge at the post office",
        actor=place.agent,
        now=now,
    )


def _write(
    place: Place, *, day: date, bought_g: int, fen_per_kg: int | None, now: datetime
) -> None:
    write_diary(
        line=Line(
            key=uuid.uuid5(uuid.NAMESPACE_URL, f"diary:{place.story.name}:{day}"),
            branch_id=place.branch_id,
            produce_id=place.story.produce_id,
            village=place.story.base_zh,
            day=day,
            came=bought_g > 0,
            bought_g=bought_g,
            fen_per_kg=fen_per_kg,
        ),
        actor=place.agent,
        now=now,
    )
