"""A county's post office with the shipped places, and somebody who stands at its counter."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.seal import Person
from postharvest.decisions.planning.actions import approve_plan, propose_rescue
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.lots import Cut, cut_lots
from postharvest.operations.harvest.actions.produce import load_produce
from postharvest.operations.harvest.actions.surpluses import SurplusReport, report_surplus
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.bases import open_base, open_branch
from postharvest.operations.network.actions.lanes import set_lane
from postharvest.operations.network.actions.places import rebuild
from postharvest.operations.network.models import County, Prefecture, Province
from postharvest.operations.orders import queries as orders
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.requests import OrderRequest
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.boxes import (
    Delivery,
    Tally,
    receive_lots,
    tally_boxes,
)
from postharvest.operations.packing.actions.places import (
    PackerEntry,
    PoolEntry,
    register_packers,
    register_pools,
)
from postharvest.operations.packing.actions.shifts import close_shift, sign_in
from postharvest.operations.parcels.actions.numbers import allot_numbers
from postharvest.operations.parcels.actions.posting import close_despatches, register_parcels
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans

FUPING = "610528"


PREFECTURES = ("610500", "610100", "310000", "320100", "320300", "110000")
COUNTIES = (FUPING, "610502", "310104", "320106", "320302", "110105")


@pytest.fixture
def places(db):
    """A handful of places (two districts share the name 鼓楼区) and every kind of produce."""
    Province.objects.bulk_create(
        Province(code=r["code"], name_zh=r["name_zh"], name_en=r["name_en"])
        for r in network.table_rows("provinces")
    )
    Prefecture.objects.bulk_create(
        Prefecture(
            code=r["code"], name_zh=r["name_zh"], name_en=r["name_en"], lat=r["lat"], lon=r["lon"],
            province_id=r["province_code"], population=r["pop_est"], status=r["pop_status"],
            online_demand_weight=r["online_demand_weight"], income_per_head_yuan=30_000,
        )
        for r in network.table_rows("prefectures") if r["code"] in PREFECTURES
    )  # fmt: skip
    County.objects.bulk_create(
        County(
            code=r["code"], name_zh=r["name_zh"], name_en=r["name_en"], lat=r["lat"], lon=r["lon"],
            prefecture_id=r["prefecture_code"], province_id=r["province_code"],
            coord_source=r["coord_source"], rural_population=r["rural_pop_est"],
            urban_population=r["urban_pop_est"], households=r["households_est"],
            n_villages=r["n_villages"],
        )
        for r in network.table_rows("counties") if r["code"] in COUNTIES
    )  # fmt: skip
    load_produce()


@pytest.fixture
def demo(settings):
    settings.POSTHARVEST_DEMO = settings.POSTHARVEST_PLAY = True
    time.set_demo_clock(shown_at=datetime(2026, 10, 20, 1, tzinfo=UTC), pace=0)


@pytest.fixture
def branch(places):
    now = datetime(2026, 10, 20, 0, tzinfo=UTC)
    base = open_base(
        code="fuping", name_zh="富平基地", name_en="Fuping base", county_code=FUPING,
        actor=SYSTEM, now=now,
    )  # fmt: skip
    office = open_branch(
        base_id=base.pk, code="fuping-county", name_zh="富平县邮政分公司",
        name_en="Fuping county post", actor=SYSTEM, now=now,
    )  # fmt: skip
    for zone, days, fen, markets in (
        ("near", [0.2, 0.6, 0.2], 400, ("610500", "610100")),
        ("far", [0, 0, 0.3, 0.5, 0.2], 650, ("310000", "320100", "320300", "110000")),
    ):
        set_lane(
            branch_id=office.pk, zone=zone, name_zh=zone, name_en=zone, transit_pmf=days,
            postage_fen={g: fen + g // 100 for g in (2500, 4500, 5000, 10000)},
            prefecture_codes=markets, actor=SYSTEM, now=now,
        )  # fmt: skip
    return network.branch(office.pk)


@pytest.fixture
def surplus(branch, demo):
    now = time.now()
    today = time.local_day(now)
    report = SurplusReport(
        key=uuid.UUID(int=7), branch_id=branch.pk, produce_id="persimmon_soft", grade="first",
        weight_g=25_000_000, harvest_from=today, harvest_to=today + timedelta(days=9),
        floor_fen_per_kg=100, wholesale_fen_per_kg=80, wholesale_g_per_day=1_500_000,
        wholesale_source="town buyers", village="窦村",
    )  # fmt: skip
    return report_surplus(report=report, actor=SYSTEM, now=now)


@pytest.fixture
def as_(client, demo):
    """Step into an area of the demo and return the browser there."""

    def step(area, language="en"):
        client.cookies["django_language"] = language
        answer = client.post("/demo/role/", {"area": area, "next": "/theme/"})
        assert answer.status_code == 302
        return client

    yield step
    translation.activate("zh-hans")


@pytest.fixture
def planning_tables(places):
    rebuild("planning_defaults")
    rebuild("postal_tariffs")


@pytest.fixture
def apples(branch, demo, planning_tables):
    """Nine tonnes of apples that nobody buys in town: worth a plan."""
    now = time.now()
    today = time.local_day(now)
    report = SurplusReport(
        key=uuid.UUID(int=8), branch_id=branch.pk, produce_id="apple", grade="first",
        weight_g=9_000_000, harvest_from=today, harvest_to=today + timedelta(days=9),
        floor_fen_per_kg=100, wholesale_fen_per_kg=80, wholesale_g_per_day=100_000,
        wholesale_source="town buyers", village="曹村",
    )  # fmt: skip
    return report_surplus(report=report, actor=SYSTEM, now=now)


@pytest.fixture
def sale(apples):
    """The sale of a plan that was made quickly and approved."""
    now = time.now()
    plan = propose_rescue(surplus_id=apples.pk, actor=SYSTEM, now=now, cpu_seconds=0.1)
    return campaigns.sale(approve_plan(plan_id=plan.pk, actor=SYSTEM, now=now).pk)


@pytest.fixture
def shift(sale):
    """A day on which the point packs, five boxes that wait, one packer."""
    now = time.now()
    row = next(one for one in packing.shifts_of(sale.pk) if one.planned_people)
    time.set_demo_clock(shown_at=time.at_hour(row.day, 8), pace=0)
    [pool] = register_pools(
        base_id=sale.base_id, actor=SYSTEM, now=now,
        entries=[PoolEntry(code="T1", village="曹村", lat=34.8, lon=109.2, people_per_day=9,
                           wage_steps=[{"share": 1.0, "fen_per_day": 10_000}])],
    )  # fmt: skip
    register_packers(
        base_id=sale.base_id, actor=SYSTEM, now=now,
        entries=[PackerEntry(code="K1", pool_id=pool.pk, age_years=40,
                             person=Person(name="韦桂芳", phone="13900001000"))],
    )  # fmt: skip
    allot_numbers(first_serial=1000, last_serial=9999, actor=SYSTEM, now=now)
    listing = campaigns.listings_of(sale.pk)[0]
    place_orders(
        requests=[
            OrderRequest(
                key="five-boxes", listing_id=listing.pk, quantity=5, wants_team=False,
                team_id=None, name="陈明", phone="13800138000", county_code="310104",
                line="虹桥路 1 号", payment="sandbox",
            )
        ],
        actor=SYSTEM, now=time.at_hour(row.day, 6),
    )  # fmt: skip
    return packing.shift(row.pk)


@pytest.fixture
def delivered(shift):
    """The order of five boxes: packed, posted and delivered, and the books know it."""
    now = time.now()
    [packer] = packing.packers_of_base(shift.base_id)
    offer = harvest.offers_of(shift.sale.surplus_id).first()
    [lot] = cut_lots(
        base_id=shift.base_id, day=shift.day, cuts=[Cut(offer_id=offer.pk, weight_g=200_000)],
        actor=SYSTEM, now=now,
    )  # fmt: skip
    sign_in(shift_id=shift.pk, packer_ids=[packer.pk], actor=SYSTEM, now=now)
    receive_lots(
        shift_id=shift.pk, deliveries=[Delivery(lot_id=lot.pk, received_g=200_000)],
        actor=SYSTEM, now=now,
    )  # fmt: skip
    listing = campaigns.listings_of(shift.sale_id)[0]
    boxes = tally_boxes(
        shift_id=shift.pk, actor=SYSTEM, now=now,
        tallies=[Tally(packer_id=packer.pk, listing_id=listing.pk, boxes=5)],
    )  # fmt: skip
    made = register_parcels(box_ids=[box.pk for box in boxes], actor=SYSTEM, now=now)
    close_despatches(branch_id=shift.sale.branch_id, day=shift.day, actor=SYSTEM, now=now)
    close_shift(shift_id=shift.pk, actor=SYSTEM, now=now)
    arrived = now + timedelta(days=3)
    record_scans(
        scans=[
            ScanEntry(parcel=parcel.number, code=code, at=at, place=place, source="test")
            for parcel in made
            for code, at, place in (("EMA", now, "Fuping"), ("EMI", arrived, "Xuhui"))
        ],
        now=arrived,
    )
    time.set_demo_clock(shown_at=arrived, pace=0)
    outbox.drain_all(now=arrived)
    return orders.order(boxes[0].order_id)
