"""One bad day of a branch from end to end, through the actions and the outbox.

Rain at noon and a point is lost; a lot is stopped for rot; a truck does not come; two hundred
claims come in; a payout comes back; at night the books balance.
"""

from datetime import timedelta

import pytest
from tests.operations.conftest import BUYER, DESK, OPENS, START, make_stall

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import at_hour
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.seal import Person
from postharvest.operations.campaigns.actions import close_sale, pause_sale, resume_sale
from postharvest.operations.campaigns.models import Listing, PackingDay, Sale
from postharvest.operations.harvest.models import Lot
from postharvest.operations.network.models import LaneDay
from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
from postharvest.operations.orders.actions.deciding import (
    Decision,
    decide_by_rule,
    decide_claims,
    set_claim_rule,
)
from postharvest.operations.orders.actions.delays import (
    DelayTerms,
    announce_delay,
    apply_defaults,
    choose,
)
from postharvest.operations.orders.actions.ending import give_up_unpacked
from postharvest.operations.orders.actions.refunds import send_refunds
from postharvest.operations.orders.models import Claim, Order, Payment, Refund
from postharvest.operations.packing.actions.boxes import Tally, tally_boxes
from postharvest.operations.packing.actions.lost_points import lose_point
from postharvest.operations.packing.actions.places import PointEntry, register_points
from postharvest.operations.packing.actions.shifts import (
    ShiftTerms,
    announce_shifts,
    close_shift,
)
from postharvest.operations.packing.actions.stops import stop_lot
from postharvest.operations.packing.models import Box, Shift
from postharvest.operations.parcels.actions.numbers import allot_numbers
from postharvest.operations.parcels.actions.posting import close_despatches, register_parcels
from postharvest.operations.parcels.actions.recalls import withdraw_lot
from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans
from postharvest.operations.parcels.models import Parcel
from postharvest.operations.settlement import journal, queries
from postharvest.operations.settlement.actions import approve_payouts, settle_sale
from postharvest.operations.settlement.doubts import clear_doubt
from postharvest.operations.settlement.models import Doubt, Line, Payout
from postharvest.operations.settlement.payees import PayeeEntry, set_payee
from postharvest.operations.settlement.payouts import make_batch, propose_wages, return_payout
from postharvest.operations.settlement.periods import close_period
from postharvest.operations.settlement.reconciliation import reconcile_region

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SECOND = Actor(party="desk:2", role=Role.DESK, scope="610528")
NOON, EVENING, NIGHT = (at_hour(START, hour) for hour in (12.5, 18, 21))
BOXES = 430
CARD = "6228480402564890018"


@pytest.fixture
def branch(db):
    """A sale of 1.8 t in which every order costs what pays for a day's crew."""
    stall = make_stall(capacity_g=1_800_000, crew=20)
    allot_numbers(first_serial=10_000, last_serial=19_000, actor=DESK, now=OPENS)
    Listing.objects.update(team_fen=4_000, solo_fen=5_000)
    Sale.objects.update(limit_per_buyer=200)
    stall.sale.refresh_from_db()
    return stall


def second_point(stall, *, people):
    [point] = register_points(
        base_id=stall.sale.base_id,
        entries=[
            PointEntry(
                branch_id=stall.sale.branch_id, code="P2", name="school hall", lat=34.7, lon=109.2,
                stations=7, min_crew=0, setup_fen=5_000, day_fen=900, haul_fen_per_t=2_000,
            )
        ],
        actor=DESK, now=OPENS,
    )  # fmt: skip
    terms = ShiftTerms(point_id=point.pk, day=START, people=people, boxes={}, day_wage_fen=10_000)
    return announce_shifts(sale_id=stall.sale.pk, shifts=[terms], actor=DESK, now=OPENS)[0]


def news(at):
    outbox.drain_all(now=at)


def money_in_hand():
    taken = sum(Payment.objects.filter(state="captured").values_list("amount_fen", flat=True))
    back = sum(Refund.objects.filter(state="sent").values_list("amount_fen", flat=True))
    return taken, back


def test_rain_rot_a_truck_two_hundred_claims_a_returned_payout_and_books_that_balance(branch):
    stall = branch
    yard = stall.shift_at_work(people=6, kg=1320)
    hall = second_point(stall, people=2)
    Shift.objects.filter(pk=yard.pk).update(planned_boxes={str(stall.listing.pk): BOXES + 20})
    orders = [
        stall.place(phone=f"138{n % 240:08d}", payment="cod" if n % 10 == 9 else "sandbox")
        for n in range(BOXES + 20)
    ]

    # morning: most of the boxes are packed, labelled and leave
    packed = stall.pack(yard, BOXES)
    assert len(packed) == BOXES
    gone = stall.post(packed[:360], now=at_hour(START, 11))
    assert len(gone) == 360

    # noon: it rains into the yard
    pause_sale(sale_id=stall.sale.pk, actor=DESK, now=NOON)
    assert stall.declined(now=NOON) == "sale_closed"
    lost = lose_point(shift_id=yard.pk, reason="rain", actor=DESK, now=NOON)
    assert lost.moved_people == 5  # seven stations, two people called: five are free
    assert lost.moved_stock_g > 0
    assert Shift.objects.get(pk=yard.pk).state == "closed"
    assert PackingDay.objects.get(sale=stall.sale, day=START).capacity_crew_s >= (
        PackingDay.objects.get(sale=stall.sale, day=START).reserved_crew_s
    )
    tally = Tally(packer_id=stall.packers[0], listing_id=stall.listing.pk, boxes=10)
    assert len(tally_boxes(shift_id=hall.pk, tallies=[tally], actor=DESK, now=NOON)) == 10
    resume_sale(sale_id=stall.sale.pk, actor=DESK, now=NOON)

    # a lot smells: its boxes are found at the point and on the road, held, paid back
    rotten = Lot.objects.get(pk=packed[0].lot_id)
    made_of = stop_lot(lot_id=rotten.pk, reason="rot", actor=DESK, now=NOON)
    where = withdraw_lot(lot_id=rotten.pk, cause="grower", actor=DESK, now=NOON)
    assert made_of == len(where.on_the_road) + len(where.at_points) > 100
    assert where.grower_id == rotten.grower_id
    assert Box.objects.filter(withdrawn_at=None, held_at__isnull=False).count() == 0

    # evening: the truck does not come; buyers choose
    waiting = Box.objects.filter(parcel__isnull=True, withdrawn_at=None)
    register_parcels(box_ids=list(waiting.values_list("pk", flat=True)), actor=DESK, now=EVENING)
    lane = orders[0].lane_id
    given = {"branch_id": stall.sale.branch_id, "day": START, "actor": DESK}
    assert close_despatches(**given, now=EVENING, without_lanes=[lane]) == []
    late = list(
        Parcel.objects.filter(despatch=None, box__withdrawn_at=None).values_list(
            "order_id", flat=True
        )
    )
    assert len(late) > 10
    terms = DelayTerms(
        reason="the truck did not come", cause="carrier", default="wait",
        arrives_earliest=START + timedelta(days=4), arrives_latest=START + timedelta(days=5),
        answer_by=EVENING + timedelta(hours=2),
    )  # fmt: skip
    assert len(announce_delay(order_ids=late, terms=terms, actor=DESK, now=EVENING)) == len(late)
    for order_id in late[:4]:
        choose(order_id=order_id, choice="refund", actor=BUYER, now=EVENING)
    assert apply_defaults(now=NIGHT) == len(late) - 4
    news(NIGHT)
    close_shift(shift_id=hall.pk, actor=DESK, now=EVENING)
    news(NIGHT)

    # night: the packers have their day's wage in hand
    wages = propose_wages(sale_id=stall.sale.pk, day=START, actor=DESK, now=NIGHT)
    assert len(wages) == 6
    assert min(row.amount_fen for row in wages) >= 10_000
    ids = [w.pk for w in wages]
    assert approve_payouts(payout_ids=ids, actor=SECOND, now=NIGHT) == 5
    [doubt] = Doubt.objects.all()  # all boxes of the yard were written to one packer
    assert (doubt.kind, doubt.account) == ("too_fast", f"packer:{stall.packers[0]}")
    found = {"reason": "the yard kept one tally for all", "actor": SECOND, "now": NIGHT}
    clear_doubt(doubt_id=doubt.pk, **found)
    assert approve_payouts(payout_ids=ids, actor=SECOND, now=NIGHT) == 1
    assert (
        make_batch(base_id=stall.sale.base_id, way="cash", actor=DESK, now=NIGHT).payouts.count()
        == 6
    )

    # the days after: what is on the road arrives, two hundred buyers complain
    close_despatches(**given, now=NIGHT)
    give_up_unpacked(sale_id=stall.sale.pk, actor=DESK, now=NIGHT)
    send_refunds(now=NIGHT)
    news(NIGHT)
    later = NIGHT + timedelta(days=3)
    travelling = Parcel.objects.filter(box__withdrawn_at=None, delivered_at=None)
    record_scans(
        scans=[
            ScanEntry(parcel=number, code="EMI", at=later, place="上海", source="post")
            for number in travelling.values_list("number", flat=True)
        ],
        now=later,
    )
    news(later)
    arrived = list(Order.objects.filter(state="delivered").order_by("pk"))
    assert len(arrived) >= 200
    filed = file_claims(
        filed=[
            ClaimFiled(
                key=f"c{n}", order_id=order.pk, box_no=order.boxes_withdrawn + 1,
                bad_bp=9_000 if n % 12 == 0 else 1_500, photo="" if n % 20 == 7 else f"p{n}.jpg",
                cause="carrier",
            )
            for n, order in enumerate(arrived)
        ],
        actor=BUYER, now=later,
    )  # fmt: skip
    assert len(filed) >= 200
    set_claim_rule(
        base_id=stall.sale.base_id, most_fen=2_000, most_bad_bp=4_000, buyer_claims=3,
        buyer_fen=4_000, actor=DESK, now=later,
    )  # fmt: skip
    outcome = decide_by_rule(base_id=stall.sale.base_id, actor=DESK, now=later)
    left = list(Claim.objects.filter(state="open"))
    assert outcome.approved + len(left) == len(filed)
    assert 0 < len(left) < len(filed) / 4
    assert all(claim.exception for claim in left)
    decide_claims(
        decisions=[
            Decision(claim_id=c.pk, approve_fen=c.proposed_fen if c.photo else 0, cause="carrier")
            for c in left
        ],
        actor=SECOND, now=later,
    )  # fmt: skip
    send_refunds(now=later)
    news(later)

    # the sale is settled; one grower's payout comes back and goes out again, to his daughter
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=later)
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=later)
    growers = list(Payout.objects.filter(account__startswith="grower:", state="proposed"))
    assert growers
    approve_payouts(payout_ids=[p.pk for p in growers], actor=SECOND, now=later)
    back = return_payout(payout_id=growers[0].pk, reason="account closed", actor=DESK, now=later)
    heir = Person(name="张小一", phone="13900000009", payee=CARD)
    entry = PayeeEntry(
        account=back.account, way="bank", person=heir, kind="heir", proof="公证 2026-17"
    )
    set_payee(base_id=stall.sale.base_id, entry=entry, actor=DESK, now=later)
    [doubt] = Doubt.objects.filter(kind="payee_changed")
    seen = {"reason": "saw the certificate", "actor": SECOND, "now": later}
    clear_doubt(doubt_id=doubt.pk, **seen)
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=later)
    [again] = Payout.objects.filter(account=back.account, state="proposed")
    assert again.amount_fen == back.amount_fen
    assert approve_payouts(payout_ids=[again.pk], actor=SECOND, now=later) == 1

    # at night everything balances
    wrong = [one for one in queries.invariants(stall.sale.pk) if not one["ok"]]
    assert wrong == []
    assert stall.claimed() == stall.held()
    assert all(row.reserved_parcels <= row.capacity_parcels for row in LaneDay.objects.all())
    assert [row for row in reconcile_region("61") if row.difference_fen] == []
    totals = queries.sale_totals(stall.sale.pk)
    taken, back_fen = money_in_hand()
    assert taken - back_fen == (
        totals["growers_online_fen"] + totals["wages_fen"] + totals["postage_fen"]
        + totals["packaging_fen"] + totals["fee_fen"] + totals["points_fen"]
        - totals["subsidy_fen"] - totals["packing_loss_fen"] - borne_by_carrier()
    )  # fmt: skip
    last = START + timedelta(days=3)
    sums = journal.account_totals(scope="61", first=START, last=last)
    assert sum(s.debit_fen for s in sums) == sum(s.credit_fen for s in sums)
    close_period(
        base_id=stall.sale.base_id, through=last, actor=DESK, now=later + timedelta(days=1)
    )


def borne_by_carrier():
    """What the carrier owes for claims and lost boxes, beside the cash it took at doors."""
    rows = Line.objects.filter(account="carrier", entry__kind__in=["claim", "withdrawn", "resent"])
    return sum(rows.values_list("amount_fen", flat=True))
