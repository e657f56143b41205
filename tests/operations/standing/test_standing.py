"""Figures over a whole sale: remembered where they are dear, and never older than they may be."""

from datetime import timedelta

import pytest
from tests.operations.conftest import OPENS, START

from postharvest.operations.settlement import queries as settlement
from postharvest.operations.standing import queries
from postharvest.operations.standing.actions import SHARE, Remembering
from postharvest.operations.standing.models import Remembered

pytestmark = pytest.mark.django_db
LATER = OPENS + timedelta(minutes=1)


class Clocks:
    """Two clocks of a test: the wall's, and one that says what each adding up costs."""

    def __init__(self, cost_s):
        self.cost_s, self.wall_s, self.cpu_s = cost_s, 0.0, 0.0

    def remembering(self):
        return Remembering(clock_s=lambda: self.wall_s, cpu_s=self._cpu)

    def _cpu(self):
        self.cpu_s += self.cost_s
        return self.cpu_s


def sold_g(stall, *, now):
    return sum(queries.flow(stall.sale, now=now).ordered_g.values())


def arrived(stall):
    shift = stall.shift_at_work()
    stall.place(quantity=2)
    parcels = stall.post(stall.pack(shift, 2), now=OPENS)
    stall.arrive(parcels[:1], at=OPENS + timedelta(days=2))


def test_without_memory_the_rows_are_added_up(stall, settle_news):
    arrived(stall)
    flow = queries.flow(stall.sale, now=LATER)
    assert flow.as_of == LATER
    assert flow.ordered_g == {START: 6_000}
    assert flow.packed == {START: 2}
    assert (flow.orders, flow.delivered, flow.late) == (1, 1, 0)
    assert sum(n for counts in flow.by_lane.values() for n in counts.values()) == 2
    assert flow.timed <= flow.delivered


def test_days_on_the_road_are_those_between_the_first_scan_and_the_door(stall, settle_news):
    from postharvest.operations.parcels.actions.scanning import ScanEntry, record_scans

    shift = stall.shift_at_work()
    stall.place(quantity=2)
    parcels = stall.post(stall.pack(shift, 2), now=OPENS)
    record_scans(
        scans=[
            ScanEntry(parcel=p.number, code=code, at=at, place="x", source="post")
            for p in parcels
            for code, at in (("EMA", OPENS), ("EMI", OPENS + timedelta(hours=36)))
        ],
        now=OPENS + timedelta(days=2),
    )
    flow = queries.flow(stall.sale, now=LATER)
    assert flow.timed == 2
    assert flow.days_sum == pytest.approx(3.0, abs=1e-3)


def test_what_is_dear_is_read_from_memory_until_it_is_added_up_again(stall, settle_news):
    clocks = Clocks(cost_s=1.0)
    remembering = clocks.remembering()
    stall.place()
    assert remembering.refresh(now=OPENS) == 3
    stall.place()
    assert sold_g(stall, now=LATER) == 3_000
    assert queries.flow(stall.sale, now=LATER).as_of == OPENS
    assert remembering.refresh(now=LATER) == 0  # it costs a second: not before twenty are over
    clocks.wall_s += 1.0 / SHARE
    assert remembering.refresh(now=LATER) == 3
    assert sold_g(stall, now=LATER) == 6_000


def test_what_is_cheap_is_never_read_from_memory(stall, settle_news):
    stall.place()
    Clocks(cost_s=0.001).remembering().refresh(now=OPENS)
    stall.place()
    assert sold_g(stall, now=LATER) == 6_000


def test_without_news_nothing_is_added_up_again_until_parcels_may_have_moved(stall):
    clocks = Clocks(cost_s=1.0)
    remembering = clocks.remembering()
    remembering.refresh(now=OPENS)
    clocks.wall_s += 10_000
    assert remembering.refresh(now=OPENS + timedelta(minutes=9)) == 0
    assert remembering.refresh(now=OPENS + timedelta(minutes=11)) == 3


def test_old_memory_beside_news_means_that_no_worker_runs(stall):
    Clocks(cost_s=1.0).remembering().refresh(now=OPENS)
    stall.place()
    late = OPENS + queries.LONGEST + timedelta(seconds=1)
    assert sold_g(stall, now=late) == 3_000
    Remembered.objects.update(after_event=10**9)
    assert sold_g(stall, now=late) == 0  # no news: what is remembered still holds


def test_money_and_checks_are_what_the_books_say(stall, settle_news):
    arrived(stall)
    assert queries.money(stall.sale, now=LATER).totals == settlement.sale_totals(stall.sale.pk)
    Clocks(cost_s=1.0).remembering().refresh(now=OPENS)
    told = queries.checks(stall.sale, now=LATER)
    assert told.found == settlement.invariants(stall.sale.pk)
    assert told.as_of == OPENS
