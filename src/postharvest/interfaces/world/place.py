"""Setting up the place of a story: base, post office, lanes, points, people, growers.

Everything goes through the actions a headquarters and a branch would use; the case file stands
for the records they would have.
"""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.geo import great_circle_km
from postharvest.core.units import fen, grams
from postharvest.core.vault.seal import Person
from postharvest.decisions.planning import actions as planning
from postharvest.decisions.planning.case_file import RescueCase, read_case
from postharvest.operations.campaigns import actions as campaigns
from postharvest.operations.campaigns.actions import PackEntry
from postharvest.operations.harvest.actions import growers as harvest_growers
from postharvest.operations.harvest.actions.growers import GrowerEntry
from postharvest.operations.harvest.actions.surpluses import PartReport, SurplusReport
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions import bases, lanes
from postharvest.operations.network.actions.roll_out import switch_region
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions import places
from postharvest.operations.packing.actions.places import PackerEntry, PointEntry, PoolEntry
from postharvest.operations.parcels.actions import numbers

KM_PER_DEGREE = 111.19
PLANNER = Actor(party="planner:hq", role=Role.PLANNER)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
ZONE_NAMES = {
    "near": ("本省和邻省", "own and neighbouring provinces"),
    "z1": ("第二圈", "second ring"),
    "z2": ("第三圈", "third ring"),
    "z3": ("第四圈", "fourth ring"),
    "z4": ("东北和边远", "north-east and edge"),
    "far-west": ("新疆西藏", "far west"),
}
PILOTS = ("610500", "450800")
"""Weinan in Shaanxi and Guigang in Guangxi."""
_FAR_WEST = ("65", "54")
_FIRST_SERIAL = 10_000_001
_LAST_SERIAL = 99_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Where a story plays and which of the shipped kinds of produce it is about."""

    name: str
    case_file: str
    base_code: str
    base_zh: str
    base_en: str
    county_code: str
    produce_id: str
    grade: str = "first"


STORIES = {
    "fuping": Story(
        name="fuping",
        case_file="fuping-persimmon.toml",
        base_code="610528-B1",
        base_zh="富平基地",
        base_en="Fuping base",
        county_code="610528",
        produce_id="persimmon_soft",
    ),
    "muge": Story(
        name="muge",
        case_file="muge-sugarcane.toml",
        base_code="450803-B1",
        base_zh="木格基地",
        base_en="Muge base",
        county_code="450803",
        produce_id="sugarcane_fresh",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A story's place once it is set up."""

    story: Story
    case: RescueCase
    base_id: int
    branch_id: int
    agent: Actor
    desk: Actor
    second_desk: Actor
    leader: Actor
    start: date


def set_up(story: Story, *, start: date, now: datetime) -> Place:
    """Open the base with everything the case file says of it, dated so that day 1 is ``start``."""
    case = read_case(str(files("postharvest") / "data" / "cases" / story.case_file))
    raw = case.raw
    name_zh, name_en, *seat = _seat(story)
    for region in PILOTS:
        switch_region(
            code=region, on=True, pilot=True, note="两个故事的发生地 · where the two stories play",
            actor=PLANNER, now=now,
        )  # fmt: skip
    base = bases.open_base(
        code=story.base_code,
        name_zh=story.base_zh,
        name_en=story.base_en,
        county_code=story.county_code,
        actor=PLANNER,
        now=now,
    )
    branch = bases.open_branch(
        base_id=base.pk,
        code=f"{story.county_code}00",
        name_zh=f"{name_zh}邮政分公司",
        name_en=f"{name_en} post office",
        actor=PLANNER,
        now=now,
    )
    place = place_of(story, base_id=base.pk, branch_id=branch.pk, start=start)
    _lanes(place, raw, (seat[0], seat[1]), now=now)
    _points_and_people(place, raw, (seat[0], seat[1]), now=now)
    _figures(place, raw, now=now)
    numbers.allot_numbers(
        first_serial=_FIRST_SERIAL, last_serial=_LAST_SERIAL, actor=PLANNER, now=now
    )
    return place


def place_of(story: Story, *, base_id: int, branch_id: int, start: date) -> Place:
    """Return a place that is set up, with the people who act there."""
    scope = story.county_code
    return Place(
        story=story,
        case=read_case(str(files("postharvest") / "data" / "cases" / story.case_file)),
        base_id=base_id,
        branch_id=branch_id,
        agent=Actor(party="agent:1", role=Role.VILLAGE_AGENT, scope=scope),
        desk=Actor(party="desk:1", role=Role.DESK, scope=scope),
        second_desk=Actor(party="desk:2", role=Role.DESK, scope=scope),
        leader=Actor(party="leader:1", role=Role.POINT_LEADER, scope=scope),
        start=start,
    )


def report_of(place: Place, *, now: datetime) -> SurplusReport:
    """Return the postal worker's report of the story, growers registered."""
    raw = place.case.raw
    _, _, lat, lon = _seat(place.story)
    parts = [_part(place, lot, (lat, lon), now=now) for lot in _table(raw, "lots")]
    outlets = _table(raw, "outlets")
    outlet = outlets[0] if outlets else {"yuan_per_kg": 0, "kg_per_day": 0}
    days = int(raw["horizon_days"])
    return SurplusReport(
        key=uuid.uuid5(uuid.NAMESPACE_URL, f"postharvest:{place.story.name}:{place.start}"),
        branch_id=place.branch_id,
        produce_id=place.story.produce_id,
        grade=place.story.grade,
        weight_g=sum(part.offered_g for part in parts),
        harvest_from=place.start,
        harvest_to=place.start + timedelta(days=days - 1),
        floor_fen_per_kg=fen(outlet["yuan_per_kg"]),
        wholesale_fen_per_kg=fen(outlet["yuan_per_kg"]),
        wholesale_g_per_day=grams(outlet["kg_per_day"]),
        wholesale_source="postal worker, asked at the field edge",
        village=f"{place.story.base_zh} {parts[0].village}",
        shelf_life_days=float(raw["produce"]["shelf_life_days"]),
        parts=parts,
    )


def _part(
    place: Place, lot: Mapping[str, Any], seat: tuple[float, float], *, now: datetime
) -> PartReport:
    lat, lon = _degrees(lot, seat)
    households = int(lot.get("growers", 1))
    rows = harvest_growers.register_growers(
        base_id=place.base_id,
        entries=[
            GrowerEntry(
                code=f"{place.story.county_code}-{lot['id']}-{n:03d}",
                village=str(lot.get("village", lot["id"])),
                person=_person(f"{lot['id']}-{n}"),
            )
            for n in range(1, households + 1)
        ],
        actor=place.agent,
        now=now,
    )
    first, last = int(lot["harvest_from_day"]), int(lot["harvest_to_day"])
    return PartReport(
        code=str(lot["id"]),
        village=str(lot.get("village", lot["id"])),
        offered_g=grams(lot["kg"]),
        grower_ids=[row.pk for row in rows],
        lat=lat,
        lon=lon,
        harvest_from=place.start + timedelta(days=first - 1),
        harvest_to=place.start + timedelta(days=last - 1),
        harvest_fen_per_t=fen(float(lot["harvest_cost_yuan_per_kg"]) * 1000),
    )


def _lanes(
    place: Place, raw: Mapping[str, Any], seat: tuple[float, float], *, now: datetime
) -> None:
    zones = _table(raw, "zones")
    tariff = network.tariff_zones()
    markets: dict[int, list[str]] = {}
    for market in network.markets():
        km = great_circle_km(lat1=seat[0], lon1=seat[1], lat2=market.lat, lon2=market.lon)
        far = market.code.startswith(_FAR_WEST)
        markets.setdefault(len(zones) if far else network.tariff_zone(km, tariff), []).append(
            market.code
        )
    for number, (zone, pmf) in enumerate(zip(zones, place.case.transit, strict=True), 1):
        name_zh, name_en = ZONE_NAMES[zone["id"]]
        lanes.set_lane(
            branch_id=place.branch_id,
            zone=zone["id"],
            name_zh=name_zh,
            name_en=name_en,
            transit_pmf=pmf,
            postage_fen={
                grams(float(k.removesuffix("kg"))): fen(v) for k, v in zone["postage_yuan"].items()
            },
            prefecture_codes=markets.get(number, []),
            actor=PLANNER,
            now=now,
            status_note="case file (assumption)",
        )


def _points_and_people(
    place: Place, raw: Mapping[str, Any], seat: tuple[float, float], *, now: datetime
) -> None:
    places.register_points(
        base_id=place.base_id,
        entries=[
            PointEntry(
                branch_id=place.branch_id,
                code=str(point["id"]),
                name=str(point.get("name", point["id"])),
                lat=_degrees(point, seat)[0],
                lon=_degrees(point, seat)[1],
                stations=int(point["stations"]),
                min_crew=int(point.get("min_crew", 0)),
                setup_fen=fen(point.get("setup_yuan", 0)),
                day_fen=fen(point.get("day_cost_yuan", 0)),
                haul_fen_per_t=fen(float(point.get("haul_yuan_per_kg", 0)) * 1000),
            )
            for point in _table(raw, "points")
        ],
        actor=place.desk,
        now=now,
    )
    pools = places.register_pools(
        base_id=place.base_id,
        entries=[
            PoolEntry(
                code=str(pool["id"]),
                village=str(pool.get("village", pool["id"])),
                lat=_degrees(pool, seat)[0],
                lon=_degrees(pool, seat)[1],
                people_per_day=int(pool["people_per_day"]),
                wage_steps=[
                    {"share": s["share"], "fen_per_day": fen(s["yuan_per_day"])}
                    for s in pool["wage_steps"]
                ],
            )
            for pool in _table(raw, "labour")
        ],
        actor=place.desk,
        now=now,
    )
    places.register_packers(
        base_id=place.base_id,
        entries=[
            PackerEntry(
                code=f"{place.story.county_code}-{pool.code}-{n:03d}", pool_id=pool.pk, age_years=35
            )
            for pool in pools
            for n in range(1, pool.people_per_day + 1)
        ],
        actor=place.desk,
        now=now,
    )
    campaigns.set_packs(
        base_id=place.base_id,
        produce_id=place.story.produce_id,
        packs=[
            PackEntry(
                net_g=grams(pack["net_kg"]),
                material_fen=fen(pack["material_yuan"]),
                packed_g_per_day=grams(pack["kg_per_worker_day"]),
                demand_share=float(pack["demand_share"]),
                price_exponent=float(pack.get("price_exponent", 0.85)),
            )
            for pack in _table(raw, "packs")
        ],
        actor=place.desk,
        now=now,
    )


def _figures(place: Place, raw: Mapping[str, Any], *, now: datetime) -> None:
    planning.set_figures(
        base_id=place.base_id,
        figures={
            "demand": dict(raw["demand"]),
            "demand.zone_shares": {z["id"]: z["demand_share"] for z in _table(raw, "zones")},
            "hub.parcels_per_day": raw["hub"]["parcels_per_day"],
            "transport.haul_yuan_per_kg_km": raw["transport"]["haul_yuan_per_kg_km"],
            "transport.labour_travel_yuan_per_km": raw["transport"]["labour_travel_yuan_per_km"],
            "produce.promise_days": raw["produce"]["promise_days"],
            "produce.hold_days": raw["produce"]["hold_days"],
            "produce.refund_yuan_per_kg": raw["produce"]["refund_yuan_per_kg"],
        },
        source=f"{place.story.case_file}: the branch's records in this re-enactment (assumed)",
        actor=place.desk,
        now=now,
    )


def _seat(story: Story) -> tuple[str, str, float, float]:
    county = network.county(story.county_code)
    if county is None:
        raise InvalidInput("county", f"{story.county_code} is not in the table of counties")
    return county.name_zh, county.name_en, county.lat, county.lon


def _table(raw: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    defaults = raw.get("defaults", {}).get(name, {})
    return [{**defaults, **row} for row in raw.get(name, [])]


def _degrees(row: Mapping[str, Any], seat: tuple[float, float]) -> tuple[float, float]:
    """Turn a case file's kilometres into degrees around the county's seat."""
    if "lat" in row:
        return float(row["lat"]), float(row["lon"])
    lat = seat[0] + float(row["y_km"]) / KM_PER_DEGREE
    lon = seat[1] + float(row["x_km"]) / (KM_PER_DEGREE * math.cos(math.radians(seat[0])))
    return lat, lon


def _person(seed: str) -> Person:
    n = uuid.uuid5(uuid.NAMESPACE_OID, seed).int
    return Person(
        name=f"{SURNAMES[n % len(SURNAMES)]}某{n // 100 % 100:02d}",
        phone=f"139{n % 10**8:08d}",
        payee=f"62{n % 10**14:014d}",
    )


def packers_by_pool(base_id: int) -> dict[str, list[int]]:
    """Return the packers of a base by the code of their village's pool."""
    out: dict[str, list[int]] = {}
    for packer in packing.packers_of_base(base_id):
        out.setdefault(packer.pool.code, []).append(packer.pk)
    return out
