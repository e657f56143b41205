"""The desk loads its calendar, sees what is wrong by line, and plans keep to it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.clock import time
from postharvest.decisions.planning.actions import approve_plan, propose_rescue
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.calendar import load_calendar

pytestmark = pytest.mark.django_db


def lines(*kinds, first):
    days = [f"{first + timedelta(days=n)},{kind}" for n, kind in enumerate(kinds)]
    return "\n".join(["day,kind,packs,collects,market", *days]).encode()


def sent(browser, base, raw, **given):
    file = SimpleUploadedFile("calendar.csv", raw)
    return browser.post(f"/desk/calendar/?base={base.pk}", {"file": file, **given}, follow=True)


def test_a_calendar_is_tried_loaded_and_shown(as_, branch):
    browser, today = as_("desk"), time.local_day(time.now())
    raw = lines("holiday", "rest,yes,yes,yes", first=today)
    page = sent(browser, branch.base, raw, dry_run="on").content.decode()
    assert "2 days" in page
    assert "nothing was written" in page
    assert not network.day_rules(branch.county_id, today, today)
    sent(browser, branch.base, raw)
    assert network.day_rules(branch.county_id, today, today)[today].is_closed
    page = browser.get("/desk/calendar/").content.decode()
    assert "Holiday" in page
    assert "market" in page


def test_a_gap_is_named_by_its_line(as_, branch):
    browser, today = as_("desk"), time.local_day(time.now())
    raw = f"day,kind\n{today},workday\n{today + timedelta(days=2)},workday".encode()
    page = sent(browser, branch.base, raw).content.decode()
    assert "line 3" in page
    assert "is missing before it" in page
    assert not network.day_rules(branch.county_id, today, today)


def test_a_plan_packs_nothing_on_closed_days_and_its_sale_promises_none(apples):
    now = time.now()
    today = time.local_day(now)
    closed = today + timedelta(days=2)
    load_calendar(
        raw=lines("workday", "workday,yes,yes,yes", "holiday", "workday,yes,no", first=today),
        county_code=apples.county_id, dry_run=False, actor=SYSTEM, now=now,
    )  # fmt: skip
    plan = propose_rescue(surplus_id=apples.pk, actor=SYSTEM, now=now, cpu_seconds=0.1)
    assert {row["pack_day"] for row in plan.plan["pack"]}
    assert not {row["pack_day"] for row in plan.plan["pack"]} & {3, 4}
    assert plan.case["points"][0]["closed_days"] == [3, 4]
    people = plan.case["labour"][0]["people_per_day"]
    assert people[1] < people[0]
    sale = approve_plan(plan_id=plan.pk, actor=SYSTEM, now=now)
    assert closed.isoformat() in campaigns.sale(sale.pk).calendar
    hub = {d.day: d.capacity_parcels for d in network.hub_days([sale.branch_id], [closed])}
    no_truck = closed + timedelta(days=1)
    hub |= {d.day: d.capacity_parcels for d in network.hub_days([sale.branch_id], [no_truck])}
    assert hub[closed] > 0
    assert hub[no_truck] == 0
