"""The demo's world while somebody watches: it lives as far as the demo's clock has come."""

from datetime import date, datetime, timedelta

from postharvest.core.clock.disturbances import ABSENT, DOUBLE, RAIN, disturbances
from postharvest.core.clock.time import at_hour, local_day
from postharvest.decisions.planning import queries as plans
from postharvest.decisions.planning.redeciding import carry_out, propose_redecision
from postharvest.interfaces.world import nature as world_nature
from postharvest.interfaces.world.carrier import Carrier
from postharvest.interfaces.world.crowd import OPEN_HOURS, Crowd
from postharvest.interfaces.world.demo import (
    LAST_ROAD_DAYS,
    Telling,
    evening,
    road,
    wholesale_plan,
)
from postharvest.interfaces.world.place import STORIES, place_of
from postharvest.interfaces.world.village import Village
from postharvest.interfaces.world.written import write_day
from postharvest.operations.campaigns import queries as campaigns

SEED = 7
SCALE_DOUBLED = 2.0
ABSENT_SHARE = 0.6


class Living:
    """Lets the hours pass that the demo's clock has passed, one after the other."""

    def __init__(self) -> None:
        self._told: Telling | None = None
        self._crowd: Crowd | None = None
        self._village: Village | None = None
        self._lived_to: datetime | None = None
        self._wholesale: dict[date, dict[str, int]] = {}

    def tick(self, now: datetime) -> None:
        """Live every whole hour between the last tick and now."""
        if self._told is None and not self._begin(now):
            return
        assert self._lived_to is not None  # noqa: S101  (set when it begins)
        while self._lived_to + timedelta(hours=1) <= now:
            self._lived_to += timedelta(hours=1)
            self._hour(self._lived_to)

    def _begin(self, now: datetime) -> bool:
        sale = next(iter(campaigns.sales_open(now)), None)
        plan = plans.approved_plan(sale.surplus_id) if sale else None
        story = next((s for s in STORIES.values() if sale and s.base_code == sale.base.code), None)
        if sale is None or plan is None or story is None:
            return False
        place = place_of(
            story, base_id=sale.base_id, branch_id=sale.branch_id, start=sale.first_day
        )
        days = (sale.last_day - sale.first_day).days + 1
        nature = world_nature.draw(SEED, days + LAST_ROAD_DAYS)
        self._told = Telling(
            place=place,
            seed=SEED,
            say=lambda _text: None,
            surplus_id=sale.surplus_id,
            sale_id=sale.pk,
            nature=nature,
            carrier=Carrier(branch_id=sale.branch_id, nature=nature),
        )
        self._crowd = Crowd(
            sale_id=sale.pk,
            branch_id=sale.branch_id,
            nature=nature,
            case=plan.case,
            first_day=sale.first_day,
            salt=now.isoformat(),
        )
        self._village = Village(
            place=place, sale_id=sale.pk, surplus_id=sale.surplus_id, nature=nature
        )
        self._wholesale = dict(wholesale_plan(plan))
        self._lived_to = now.replace(minute=0, second=0, microsecond=0)
        return True

    def _hour(self, at: datetime) -> None:
        assert self._told and self._crowd and self._village  # noqa: S101, PT018  (it has begun)
        wishes = disturbances()
        self._village.raining = True if RAIN in wishes else None
        self._village.attendance_factor = ABSENT_SHARE if ABSENT in wishes else 1.0
        day, hour = local_day(at), _hour_of(at)
        selling = self._told.place.start <= day <= self._told.last_day
        if selling and hour == 7:  # noqa: PLR2004
            self._village.sign_in(day)
            self._crowd.start_day(day)
        if selling and hour in OPEN_HOURS:
            self._crowd.hour(day, hour, scale=SCALE_DOUBLED if DOUBLE in wishes else 1.0)
        if selling and hour == 11:  # noqa: PLR2004
            taken_g = self._village.merchants(day, self._wholesale.get(day, {}))
            raining = self._village.is_raining(day)
            write_day(self._told.place, taken_g=taken_g, raining=raining, day=day)
        if selling and hour in (8, 15):
            self._village.session(day, 0 if hour == 8 else 1)  # noqa: PLR2004
        if hour == 20:  # noqa: PLR2004
            self._village.close(day)
            evening(self._told, day)
            self._decide_again(at)
        elif not selling and hour == 23:  # noqa: PLR2004
            road(self._told, since=at_hour(day, -1), until=at)

    def _decide_again(self, at: datetime) -> None:
        assert self._told is not None  # noqa: S101  (it has begun)
        found = propose_redecision(sale_id=self._told.sale_id, now=at, seed=SEED)
        if found is not None:
            carry_out(redecision=found, actor=self._told.place.desk, now=at)
            self._wholesale = {
                datetime.fromisoformat(day).date(): {
                    lot: round(kg * 1000) for lot, kg in lots.items()
                }
                for day, lots in found.wholesale_kg.items()
            }


def _hour_of(at: datetime) -> int:
    day = local_day(at)
    return int((at - at_hour(day, 0)).total_seconds() // 3600)
