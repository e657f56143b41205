"""A small sale that is open: 90 kg in two box sizes, one lane that is fresh and one that is not."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest

from postharvest.core.audit.actor import SYSTEM, Actor, Role
from postharvest.core.clock.time import at_hour
from postharvest.core.outbox import log as outbox
from postharvest.core.units import CREW_SECONDS_PER_DAY
from postharvest.core.vault.seal import Person
from postharvest.operations.campaigns.actions import (
    LaneTerms,
    ListingTerms,
    SaleTerms,
    open_sale,
)
from postharvest.operations.campaigns.models import Listing, PackingDay, Sale
from postharvest.operations.harvest.actions.growers import GrowerEntry, register_growers
from postharvest.operations.harvest.actions.lots import Cut, cut_lots
from postharvest.operations.harvest.actions.surpluses import (
    PartReport,
    SurplusReport,
    report_surplus,
)
from postharvest.operations.harvest.models import Offer, Produce, Surplus
from postharvest.operations.network.actions.days import DayCapacity, set_hub_days, set_lane_days
from postharvest.operations.network.actions.lanes import set_lane
from postharvest.operations.network.models import (
    Base,
    Branch,
    County,
    HubDay,
    LaneDay,
    Prefecture,
    Province,
)
from postharvest.operations.orders.actions.payments import Notice, take_notices
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.models import Order, Refund, Team
from postharvest.operations.orders.providers import provider_of
from postharvest.operations.orders.requests import Declined, OrderRequest, Placed
from postharvest.operations.packing.actions.boxes import Delivery, Tally, receive_lots, tally_boxes
from postharvest.operations.packing.actions.places import (
    PackerEntry,
    PointEntry,
    PoolEntry,
    register_packers,
    register_points,
    register_pools,
)
from postharvest.operations.packing.actions.shifts import ShiftTerms, announce_shifts, sign_in
from postharvest.operations.parcels.actions.numbers import allot_numbers
from postharvest.operations.parcels.actions.posting import close_despatches, register_parcels
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans

START = date(2026, 11, 2)
OPENS = at_hour(START, 8)
NEAR, FAR = "310101", "650101"
BUYER = Actor(party="buyer", role=Role.BUYER)
DESK = Actor(party="desk:1", role=Role.DESK, scope="610528")


@dataclass
class Stall:
    """The open sale and short ways to act on it."""

    sale: Sale
    listing: Listing
    big: Listing
    serial: int = 0
    packers: list[int] = field(default_factory=list)

    def ask(self, **given) -> OrderRequest:
        self.serial += 1
        wanted = {
            "key": f"key-{self.serial:08d}",
            "listing_id": self.listing.pk,
            "quantity": 1,
            "wants_team": False,
            "team_id": None,
            "name": "王小明",
            "phone": f"138{self.serial:08d}",
            "county_code": NEAR,
            "line": "人民路1号",
            "payment": "sandbox",
        }
        return OrderRequest(**{**wanted, **given})

    def place(self, *, now: datetime = OPENS, **given) -> Order:
        answer = place_orders(requests=[self.ask(**given)], actor=BUYER, now=now)[0]
        assert isinstance(answer, Placed), answer
        return Order.objects.get(pk=answer.order.pk)

    def declined(self, *, now: datetime = OPENS, **given) -> str:
        answer = place_orders(requests=[self.ask(**given)], actor=BUYER, now=now)[0]
        assert isinstance(answer, Declined), answer
        return answer.code

    def pay(self, order: Order, *, now: datetime, notice_id: str = "") -> None:
        take_notices(notices=[self.notice(order, notice_id)], now=now)

    @staticmethod
    def notice(order: Order, notice_id: str = "", outcome: str = "captured") -> Notice:
        return Notice(
            provider=order.payment,
            notice_id=notice_id or f"n-{order.pk}",
            reference=provider_of(order.payment).reference(order.pk),
            outcome=outcome,
            amount_fen=order.total_fen,
        )

    def claimed(self) -> dict[str, int]:
        """What the scarce rows say is spoken for."""
        self.sale.refresh_from_db()
        return {
            "g": self.sale.reserved_g,
            "crew_s": sum(d.reserved_crew_s for d in PackingDay.objects.filter(sale=self.sale)),
            "lane": sum(d.reserved_parcels for d in LaneDay.objects.all()),
            "hub": sum(d.reserved_parcels for d in HubDay.objects.all()),
        }

    def held(self) -> dict[str, int]:
        """What living orders hold: must always equal what is claimed."""
        rows = Order.objects.exclude(state__in=["cancelled", "refunded"]).select_related("listing")
        return {
            "g": sum(o.quantity * o.listing.net_g for o in rows),
            "crew_s": sum(o.quantity * o.listing.box_crew_s for o in rows),
            "lane": sum(o.quantity for o in rows),
            "hub": sum(o.quantity for o in rows),
        }

    def shift_at_work(self, *, people: int = 2, kg: int = 40, day: date = START):
        """Call people to a point, sign them in, weigh lots in."""
        base = self.sale.base
        point = register_points(
            base_id=base.pk,
            entries=[
                PointEntry(
                    branch_id=self.sale.branch_id, code="P1", name="yard", lat=34.7, lon=109.2,
                    stations=10, min_crew=0, setup_fen=10_000, day_fen=1_000, haul_fen_per_t=3_000,
                )
            ],
            actor=DESK,
            now=OPENS,
        )[0]  # fmt: skip
        pool = register_pools(
            base_id=base.pk,
            entries=[
                PoolEntry(
                    code="T1", village="V1", lat=34.7, lon=109.2, people_per_day=20,
                    wage_steps=[{"share": 1.0, "fen_per_day": 10_000}],
                )
            ],
            actor=DESK,
            now=OPENS,
        )[0]  # fmt: skip
        packers = register_packers(
            base_id=base.pk,
            entries=[
                PackerEntry(code=f"K{n}", pool_id=pool.pk, age_years=40) for n in range(people)
            ],
            actor=DESK,
            now=OPENS,
        )
        self.packers = [p.pk for p in packers]
        terms = ShiftTerms(point_id=point.pk, day=day, people=people, boxes={}, day_wage_fen=10_000)
        shift = announce_shifts(sale_id=self.sale.pk, shifts=[terms], actor=DESK, now=OPENS)[0]
        sign_in(shift_id=shift.pk, packer_ids=self.packers, actor=DESK, now=OPENS)
        if kg:
            self.deliver(shift, kg=kg, day=day)
        return shift

    def deliver(self, shift, *, kg: float, day: date = START, culled_kg: float = 0):
        offers = list(Offer.objects.order_by("pk"))
        each = round(kg * 1000) // len(offers)
        lots = cut_lots(
            base_id=self.sale.base_id,
            day=day,
            cuts=[Cut(offer_id=o.pk, weight_g=each) for o in offers],
            actor=DESK,
            now=OPENS,
        )
        return receive_lots(
            shift_id=shift.pk,
            deliveries=[
                Delivery(
                    lot_id=lot.pk,
                    received_g=lot.cut_g,
                    culled_g=round(culled_kg * 1000) // len(lots),
                )
                for lot in lots
            ],
            actor=DESK,
            now=OPENS,
        )

    def pack(self, shift, boxes: int, *, listing: Listing | None = None):
        tally = Tally(
            packer_id=self.packers[0], listing_id=(listing or self.listing).pk, boxes=boxes
        )
        return tally_boxes(shift_id=shift.pk, tallies=[tally], actor=DESK, now=OPENS)

    def post(self, boxes, *, now: datetime):
        parcels = register_parcels(box_ids=[b.pk for b in boxes], actor=DESK, now=now)
        close_despatches(branch_id=self.sale.branch_id, day=START, actor=DESK, now=now)
        return parcels

    @staticmethod
    def arrive(parcels, *, at: datetime):
        scans = [
            ScanEntry(parcel=p.number, code="EMI", at=at, place="上海", source="post")
            for p in parcels
        ]
        return record_scans(scans=scans, now=at)


def make_stall(*, capacity_g: int = 90_000, crew: float = 1.0, parcels: int = 1000) -> Stall:
    """Open the sale through the actions a branch uses."""
    province = Province.objects.create(code="610000", name_zh="陕西", name_en="Shaanxi")
    home = County.objects.create(
        code="610528", name_zh="富平县", name_en="Fuping", province=province, lat=34.75, lon=109.18,
        coord_source="own", rural_population=600_000, urban_population=100_000,
        households=200_000, n_villages=268,
    )  # fmt: skip
    for code in (NEAR, FAR):
        market = Prefecture.objects.create(
            code=code[:2] + "0000", name_zh=code, name_en=code, province=province, lat=31, lon=121,
            population=1_000_000, online_demand_weight=1, income_per_head_yuan=30_000, status="x",
        )  # fmt: skip
        County.objects.create(
            code=code, name_zh=code, name_en=code, province=province, prefecture=market, lat=31,
            lon=121, coord_source="own", rural_population=1, urban_population=1, households=1,
            n_villages=1,
        )  # fmt: skip
    base = Base.objects.create(
        code="B1",
        name_zh="富平",
        name_en="Fuping",
        county=home,
        lat=34.75,
        lon=109.18,
        state="open",
    )
    branch = Branch.objects.create(
        base=base, code="BR1", name_zh="富平", name_en="Fuping", county=home, lat=34.75, lon=109.18
    )
    Produce.objects.create(
        id="persimmon", name_zh="柿子", name_en="persimmon", group="fruit",
        shelf_ambient_days_lo=10, shelf_ambient_days_hi=12, temp_class="cold", bruise_class=4,
        packs_kg=[3, 5], farmgate_lo_fen_per_kg=200, farmgate_hi_fen_per_kg=300,
        retail_lo_fen_per_kg=700, retail_hi_fen_per_kg=900, shelf_source="x", price_source="x",
    )  # fmt: skip
    lanes = [
        set_lane(
            branch_id=branch.pk, zone=code, name_zh=code, name_en=code, transit_pmf=[0, 0.5, 0.5],
            postage_fen={3000: 400, 5000: 600}, prefecture_codes=[code[:2] + "0000"],
            actor=SYSTEM, now=OPENS,
        )
        for code in (NEAR, FAR)
    ]  # fmt: skip
    days = [START + timedelta(days=n) for n in range(8)]
    set_lane_days(
        base_id=base.pk,
        capacities=[
            DayCapacity(owner_id=lane.pk, day=d, capacity_parcels=parcels)
            for lane in lanes
            for d in days
        ],
        actor=SYSTEM,
        now=OPENS,
    )
    set_hub_days(
        base_id=base.pk,
        capacities=[DayCapacity(owner_id=branch.pk, day=d, capacity_parcels=1000) for d in days],
        actor=SYSTEM,
        now=OPENS,
    )
    surplus = _report(base, branch, capacity_g=capacity_g)
    sale = open_sale(
        terms=SaleTerms(
            surplus_id=surplus.pk,
            opens_at=OPENS,
            closes_at=at_hour(START + timedelta(days=4), 12),
            first_day=START,
            last_day=START + timedelta(days=4),
            capacity_g=capacity_g,
            promise_days=3,
            max_late_share=0.05,
            ship_within_days=2,
            fee_bp=180,
            refund_fen_per_kg=700,
            listings=[
                ListingTerms(net_g=3000, team_fen=2000, solo_fen=2500, material_fen=160,
                             packed_g_per_day=100_000),
                ListingTerms(net_g=5000, team_fen=3000, solo_fen=3600, material_fen=230,
                             packed_g_per_day=100_000),
            ],
            lanes=[
                LaneTerms(lane_id=lanes[0].pk, earliest_days=2, latest_days=3),
                LaneTerms(lane_id=lanes[1].pk, earliest_days=6, latest_days=9, why_not="too far"),
            ],
            crew_s_by_day={d: round(crew * CREW_SECONDS_PER_DAY) for d in days[:5]},
            limit_per_buyer=10,
        ),
        actor=SYSTEM,
        now=OPENS,
    )  # fmt: skip
    allot_numbers(first_serial=1, last_serial=5000, actor=SYSTEM, now=OPENS)
    small, big = Listing.objects.filter(sale=sale).order_by("net_g")
    return Stall(sale=sale, listing=small, big=big)


def _report(base: Base, branch: Branch, *, capacity_g: int) -> Surplus:
    growers = register_growers(
        base_id=base.pk,
        entries=[
            GrowerEntry(
                code=f"G{n}", village="V1", person=Person(name=f"张{n}", phone=f"139{n:08d}")
            )
            for n in range(2)
        ],
        actor=SYSTEM,
        now=OPENS,
    )
    return report_surplus(
        report=SurplusReport(
            key=uuid.UUID(int=7), branch_id=branch.pk, produce_id="persimmon", grade="first",
            weight_g=capacity_g * 2, harvest_from=START, harvest_to=START + timedelta(days=4),
            floor_fen_per_kg=100, wholesale_fen_per_kg=80, wholesale_g_per_day=5_000,
            wholesale_source="asked", village="V1",
            parts=[
                PartReport(code="L1", village="V1", offered_g=capacity_g * 2, lat=34.7, lon=109.2,
                           grower_ids=[g.pk for g in growers])
            ],
        ),
        actor=SYSTEM,
        now=OPENS,
    )  # fmt: skip


@pytest.fixture
def stall(db) -> Stall:
    return make_stall()


@pytest.fixture
def settle_news():
    """Let every reaction to what has happened run."""
    return lambda at=OPENS: outbox.drain_all(now=at)


@pytest.fixture
def refunds():
    return lambda: list(Refund.objects.order_by("pk").values_list("order_id", "amount_fen"))


@pytest.fixture
def teams():
    return lambda: list(Team.objects.order_by("pk"))
