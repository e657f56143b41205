"""Every day of the operator's calendar is loaded or none; promises, orders and sales keep to it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.operations.conftest import DESK, NEAR, OPENS, START

from postharvest.core.audit.actor import NotAllowed
from postharvest.core.clock.time import at_hour
from postharvest.core.errors import InvalidInput
from postharvest.operations.campaigns.calendar import days_of, written
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.calendar import load_calendar
from postharvest.operations.network.models import CalendarDay
from postharvest.operations.network.queries import DayRule
from postharvest.operations.orders.promise import promise

TUESDAY, WEDNESDAY = START + timedelta(days=1), START + timedelta(days=2)
HEADER = "日期,类别,打包,收寄,赶集,截单时,发车时间,备注\n"


def table(*lines, first=START):
    """One line a day from Monday on: what stands behind the date."""
    days = [f"{first + timedelta(days=n)},{line}" for n, line in enumerate(lines)]
    return (HEADER + "\n".join(days)).encode()


def load(*lines, raw=b"", dry_run=False, county="610528"):
    return load_calendar(
        raw=raw or table(*lines), county_code=county, dry_run=dry_run, actor=DESK, now=OPENS
    )


def test_orders_and_promises_skip_days_on_which_nobody_packs(stall, settle_news):
    load("workday", "holiday", "holiday,,,,,,国庆节", "makeup_workday,,,,11")
    settle_news()
    late = at_hour(START, 15)
    promised = promise(listing=stall.listing, county_code=NEAR, now=late)
    assert promised.pack_day == START + timedelta(days=3)
    assert stall.place(now=late).pack_day == promised.pack_day
    stall.sale.refresh_from_db()
    assert days_of(stall.sale.calendar).closed == {TUESDAY, WEDNESDAY}
    assert stall.place(now=OPENS).pack_day == START  # before the cut-off, today


def test_a_day_without_collection_is_closed_as_well(stall, settle_news):
    load("workday", "workday,是,否")
    settle_news()
    assert stall.place(now=at_hour(START, 15)).pack_day == WEDNESDAY


def test_a_cut_off_of_its_own_or_the_last_truck_moves_an_order_to_the_next_day(stall, settle_news):
    load("workday,,,,10", "workday,,,,,13:00 16:30")
    settle_news()
    assert stall.place(now=at_hour(START, 9)).pack_day == START
    assert stall.place(now=at_hour(START, 10)).pack_day == TUESDAY
    assert stall.place(now=at_hour(TUESDAY, 13)).pack_day == TUESDAY
    assert stall.place(now=at_hour(TUESDAY, 14)).pack_day == WEDNESDAY  # two hours before 16:30


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (f"{HEADER}2026-10-01,holiday\n2026-10-03,workday", 3, "2026-10-02 is missing"),
        (f"{HEADER}2026-10-02,holiday\n2026-10-01,workday", 3, "out of order"),
        (f"{HEADER}2026-10-01,holiday\n2026-10-01,workday", 3, "stands already on line 2"),
        (f"{HEADER}2026-10-01,feast", 2, "is not allowed"),
        (f"{HEADER}2026-10-01,workday,,,,24", 2, "outside 0 to 23"),
        (f"{HEADER}2026-10-01,workday,,,,,25:00", 2, "no list of times"),
        (f"{HEADER}2026-10-01,workday,,,,,17:30 14:00", 2, "no list of times"),
        (f"{HEADER}2026-10-01,workday,maybe", 2, "is not allowed"),
    ],
)
def test_a_calendar_with_a_fault_names_line_and_reason_and_writes_nothing(stall, raw, line, reason):
    outcome = load(raw=raw.encode())
    [fault] = outcome.faults
    assert fault.line == line
    assert reason in str(fault)
    assert not outcome.is_committed
    assert not CalendarDay.objects.exists()


def test_a_dry_run_writes_nothing_and_loading_again_replaces(stall):
    assert load("holiday", "holiday", dry_run=True).rows == 2
    assert not CalendarDay.objects.exists()
    load("holiday", "holiday")
    load("workday", "workday")
    rules = network.day_rules("610528", START, TUESDAY)
    assert not any(rule.is_closed for rule in rules.values())
    assert CalendarDay.objects.count() == 2


def test_a_countys_own_day_stands_before_the_countrys(stall):
    with pytest.raises(InvalidInput, match="headquarters"):
        load("holiday", county="")
    with pytest.raises(NotAllowed):
        load("holiday", county="310101")
    CalendarDay.objects.create(day=START, kind="holiday")
    CalendarDay.objects.create(day=START, kind="packing_stop")
    assert network.day_rules("610528", START, START)[START].is_closed
    load("workday")
    assert not network.day_rules("610528", START, START)[START].is_closed
    assert network.day_rules("310101", START, START)[START].is_closed


@given(
    days=st.dictionaries(
        st.dates(min_value=START, max_value=START + timedelta(days=30)),
        st.tuples(st.booleans(), st.none() | st.integers(0, 23)),
    )
)
def test_a_sale_reads_back_the_calendar_it_carries(days):
    rules = {day: DayRule(packs=packs, cutoff_hour=hour) for day, (packs, hour) in days.items()}
    read = days_of(written(rules))
    assert read.closed == {day for day, (packs, _) in days.items() if not packs}
    assert read.cutoffs == {d: h for d, (packs, h) in days.items() if packs and h is not None}
    open_days = read.open_days(START, 3)
    assert len(open_days) == 4
    assert not read.closed & set(open_days)
