"""A story from report to payout, through the same actions that a post branch would use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from postharvest.core.clock.time import at_hour, local_day, set_demo_clock
from postharvest.core.errors import Refused
from postharvest.core.outbox import log as outbox
from postharvest.decisions.arrivals.actions import watch_parcels
from postharvest.decisions.insight import queries as insight
from postharvest.decisions.insight.watching import watch_diaries
from postharvest.decisions.planning import actions as planning
from postharvest.decisions.planning import queries as plans
from postharvest.decisions.planning.gather import day_of
from postharvest.decisions.planning.redeciding import carry_out, propose_redecision
from postharvest.interfaces.world import nature as world_nature
from postharvest.interfaces.world.buyers_complain import complain
from postharvest.interfaces.world.carrier import Carrier
from postharvest.interfaces.world.crowd import OPEN_HOURS, Crowd
from postharvest.interfaces.world.place import STORIES, Place, report_of, set_up
from postharvest.interfaces.world.village import Village
from postharvest.interfaces.world.written import write_day, write_weeks_before
from postharvest.operations.campaigns import actions as campaigns
from postharvest.operations.harvest.actions.surpluses import report_surplus
from postharvest.operations.orders.actions.ending import expire_holds, give_up_unpacked
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.actions.teams import close_expired_teams
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.boxes import clear_leftovers
from postharvest.operations.parcels import queries as parcels
from postharvest.operations.parcels.actions.posting import close_despatches, register_parcels
from postharvest.operations.settlement import actions as settlement

LAST_ROAD_DAYS = 16
"""Parcels are followed for so long after the last packing day."""
STEPS = ("report", "plan", "open", "end")
Say = Callable[[str], None]


@dataclass(slots=True)
class Telling:
    """One story as it is being told: place, people, world."""

    place: Place
    seed: int
    say: Say
    surplus_id: int = 0
    sale_id: int = 0
    nature: world_nature.Nature | None = None
    carrier: Carrier | None = None
    peak_packers: int = 0
    closed_on: date | None = None
    redecisions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last_day(self) -> date:
        """The last day on which the case packs."""
        return self.place.start + timedelta(days=int(self.place.case.raw["horizon_days"]) - 1)


def run_story(
    name: str,
    *,
    until: str,
    seed: int,
    say: Say,
    start: date | None = None,
    redecide: bool = True,
) -> Telling:
    """Tell a story on a fresh database up to a step; ``start`` is day 1 (default: the case's)."""
    story = STORIES[name]
    eve = _case_start(story.case_file) if start is None else start
    reported_at = at_hour(eve - timedelta(days=1), 16)
    place = set_up(story, start=eve, now=reported_at - timedelta(hours=1))
    telling = Telling(place=place, seed=seed, say=say)
    set_demo_clock(shown_at=reported_at, pace=0.0)
    _warn(telling, reported_at - timedelta(minutes=20))
    _report(telling, reported_at)
    if until != "report":
        _plan(telling, reported_at + timedelta(minutes=1))
    if until in ("open", "end"):
        _open(telling, at_hour(eve, 7))
        set_demo_clock(shown_at=at_hour(eve, 8), pace=0.0)
    if until == "end":
        _sell(telling, redecide=redecide)
        _follow(telling)
        _settle(telling)
    return telling


def _case_start(case_file: str) -> date:
    from importlib.resources import files  # noqa: PLC0415

    from postharvest.decisions.planning.case_file import read_case  # noqa: PLC0415

    return read_case(str(files("postharvest") / "data" / "cases" / case_file)).start_date


def _warn(telling: Telling, now: datetime) -> None:
    write_weeks_before(telling.place, seed=telling.seed, now=now)
    watch_diaries(now=now)
    for alert in insight.alerts(telling.place.story.county_code, today=local_day(now)):
        telling.say(
            f"{now:%d %b %H:%M}  The early warning rings: a glut of {alert.produce.name_en} "
            f"within four weeks is {alert.probability:.0%} likely, from {alert.written_days} days "
            "of diary."
        )


def _report(telling: Telling, now: datetime) -> None:
    report = report_of(telling.place, now=now)
    surplus = report_surplus(report=report, actor=telling.place.agent, now=now)
    for _ in range(2):  # a phone with one bar of signal sends it three times
        report_surplus(report=report, actor=telling.place.agent, now=now)
    telling.surplus_id = surplus.pk
    telling.say(
        f"{now:%d %b %H:%M}  A postal worker reports {surplus.reported_g / 1000:,.0f} kg of "
        f"{surplus.produce.name_en} from {sum(len(p.grower_ids) for p in report.parts)} growers; "
        f"the wholesaler would give {surplus.wholesale_fen_per_kg / 100:.2f} yuan/kg."
    )


def _plan(telling: Telling, now: datetime) -> None:
    outbox.drain_all(now=now)
    rows = plans.plans_of(telling.surplus_id)
    if not rows:
        raise Refused("no plan was made; see the parked deliveries")
    for row in rows:
        telling.say(
            f"             plan {row.goal:<11} team price {row.plan['price_reference_yuan']:.1f} "
            f"yuan, growers keep {row.net_fen / 100:,.0f} yuan, clears {row.cleared_share:.0%}, "
            f"within {row.gap or 0:.2%} of the best possible"
        )


def _open(telling: Telling, now: datetime) -> None:
    chosen = _choice(telling)
    sale = planning.approve_plan(plan_id=chosen.pk, actor=telling.place.desk, now=now)
    outbox.drain_all(now=now)
    telling.sale_id = sale.pk
    points = {row["point"] for row in chosen.plan["crew"] if row["people"] > 0}
    telling.say(
        f"{now:%d %b %H:%M}  The branch approves '{chosen.goal}' and opens the sale: "
        f"{sale.capacity_g / 1000:,.0f} kg at {len(points)} packing points."
    )


def _choice(telling: Telling) -> Any:  # noqa: ANN401  (a row of another floor)
    """Choose as the branch would: most income among the plans that clear 95 %, else of all."""
    rows = plans.plans_of(telling.surplus_id)
    clearing = [row for row in rows if row.cleared_share >= 0.95]  # noqa: PLR2004
    return max(clearing or rows, key=lambda row: (row.net_fen, row.pk))


def _sell(telling: Telling, *, redecide: bool) -> None:
    days = (telling.last_day - telling.place.start).days + 1
    telling.nature = world_nature.draw(telling.seed, days + LAST_ROAD_DAYS)
    telling.carrier = Carrier(branch_id=telling.place.branch_id, nature=telling.nature)
    plan = plans.approved_plan(telling.surplus_id)
    assert plan is not None  # noqa: S101  (it was approved a moment ago)
    crowd = Crowd(
        sale_id=telling.sale_id,
        branch_id=telling.place.branch_id,
        nature=telling.nature,
        case=plan.case,
        first_day=telling.place.start,
    )
    village = Village(
        place=telling.place,
        sale_id=telling.sale_id,
        surplus_id=telling.surplus_id,
        nature=telling.nature,
    )
    wholesale = wholesale_plan(plan)
    for number in range(days):
        day = telling.place.start + timedelta(days=number)
        one_day(telling, crowd, village, day, wholesale.get(day, {}))
        if redecide and number + 1 < days:
            wholesale = _redecide(telling, day) or wholesale
    closing = at_hour(telling.last_day, 21)
    campaigns.close_sale(sale_id=telling.sale_id, actor=telling.place.desk, now=closing)
    given_up = give_up_unpacked(sale_id=telling.sale_id, actor=telling.place.desk, now=closing)
    if given_up:
        telling.say(f"             {given_up} orders could not be packed and are refunded")


def one_day(
    telling: Telling, crowd: Crowd, village: Village, day: date, wholesale_g: dict[str, int]
) -> None:
    """Play a day: people come, buyers buy, growers cut, packers pack, a truck leaves."""
    people = village.sign_in(day)
    telling.peak_packers = max(telling.peak_packers, people)
    crowd.start_day(day)
    taken_g = village.merchants(day, wholesale_g)
    write_day(telling.place, taken_g=taken_g, raining=village.is_raining(day), day=day)
    packed = orders = 0
    for hour in OPEN_HOURS:
        if hour == 8:  # noqa: PLR2004
            packed += village.session(day, 0)
        if hour == 14:  # noqa: PLR2004
            packed += village.session(day, 1)
        now = at_hour(day, hour)
        close_expired_teams(now=now)
        expire_holds(now=now)
        orders += crowd.hour(day, hour)
        outbox.drain_all(now=now)
    village.close(day)
    posted = evening(telling, day)
    rain = ", rain" if village.is_raining(day) else ""
    telling.say(
        f"{day:%d %b}  {orders:>6,} orders, {people:>4} packers, {packed:>6,} boxes packed, "
        f"{posted:>6,} parcels posted, wholesaler took {taken_g / 1000:,.0f} kg{rain}"
    )


def evening(telling: Telling, day: date) -> int:
    """Label what was packed, send it off, hear from the road, pay back; returns parcels posted."""
    now = at_hour(day, 20)
    boxes = parcels.boxes_to_label(telling.sale_id)
    for start in range(0, len(boxes), 2000):
        register_parcels(box_ids=boxes[start : start + 2000], actor=telling.place.leader, now=now)
    sent = close_despatches(
        branch_id=telling.place.branch_id, day=day, actor=telling.place.leader, now=now
    )
    road(telling, since=at_hour(day, -1), until=at_hour(day, 23))
    return sum(despatch.parcels_count for despatch in sent)


def road(telling: Telling, *, since: datetime, until: datetime) -> None:
    """Let the carrier report a span of time, flag what is late, settle claims and refunds."""
    assert telling.nature and telling.carrier  # noqa: S101, PT018  (the sale runs)
    telling.carrier.carry(since=since, until=until)
    watch_parcels(base_id=telling.place.base_id, now=until)
    complain(telling.sale_id, telling.nature, since=since, until=until, desk=telling.place.desk)
    while send_refunds(now=until):
        pass
    outbox.drain_all(now=until)


def _follow(telling: Telling) -> None:
    """Follow the parcels until the last has arrived."""
    day = telling.last_day
    for number in range(1, LAST_ROAD_DAYS + 1):
        day = telling.last_day + timedelta(days=number)
        now = at_hour(day, 12)
        close_expired_teams(now=now)
        expire_holds(now=now)
        road(telling, since=at_hour(day, -1), until=at_hour(day, 23))
        if not parcels.on_the_road(telling.sale_id):
            break
    telling.closed_on = day
    left = packing.leftovers(telling.sale_id)
    clear_leftovers(
        stocks_g=left, to_wholesaler=False, actor=telling.place.desk, now=at_hour(day, 20)
    )
    telling.say(f"{day:%d %b}  The last parcel has arrived.")


def _settle(telling: Telling) -> None:
    assert telling.closed_on is not None  # noqa: S101  (the parcels have arrived)
    now = at_hour(telling.closed_on + timedelta(days=1), 9)
    settlement.settle_sale(sale_id=telling.sale_id, actor=telling.place.desk, now=now)
    again = settlement.settle_sale(sale_id=telling.sale_id, actor=telling.place.desk, now=now)
    settlement.approve_payouts(
        payout_ids=[row.pk for row in again], actor=telling.place.second_desk, now=now
    )
    outbox.drain_all(now=now)
    set_demo_clock(shown_at=now, pace=0.0)
    telling.say(f"{now:%d %b}  Growers and packers are paid.")


def wholesale_plan(plan: Any) -> dict[date, dict[str, int]]:  # noqa: ANN401  (a row of another floor)
    """Return the grams of each lot that a plan gives the wholesaler, by day."""
    out: dict[date, dict[str, int]] = {}
    for row in plan.plan["outlet"]:
        day = day_of(plan.case, row["day"])
        out.setdefault(day, {})[row["lot"]] = round(row["kg"] * 1000)
    return out


def _redecide(telling: Telling, day: date) -> dict[date, dict[str, int]] | None:
    """Look at the day's orders in the evening, and change the days to come where it pays."""
    now = at_hour(day, 22)
    found = propose_redecision(sale_id=telling.sale_id, now=now, seed=telling.seed)
    if found is None:
        return None
    carry_out(redecision=found, actor=telling.place.desk, now=now)
    telling.redecisions.append(
        {
            "day": day.isoformat(),
            "demand_level": round(found.demand_level, 3),
            "team_price_yuan": found.team_price_yuan,
            "people": found.people,
            "people_before": found.people_before,
        }
    )
    return {
        date.fromisoformat(when): {lot: round(kg * 1000) for lot, kg in lots.items()}
        for when, lots in found.wholesale_kg.items()
    }
