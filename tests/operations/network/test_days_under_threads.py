"""Many buyers at once sell a day out exactly, and nobody is turned away by a lock."""

import json
import os
import subprocess
import sys

import pytest

RACE = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import django
django.setup()
from django.core.management import call_command
from django.db import connection

from postharvest.core.audit.actor import SYSTEM
from postharvest.operations.network import actions
from postharvest.operations.network.models import (
    Branch, County, Lane, LaneDay, Prefecture, Province,
)

call_command("migrate", verbosity=0)
now, day = datetime(2026, 11, 24, tzinfo=UTC), date(2026, 12, 1)
province = Province.objects.create(code="610000", name_zh="x", name_en="x")
county = County.objects.create(
    code="610528", name_zh="x", name_en="x", province=province, lat=34.0, lon=109.0,
    rural_population=1, urban_population=1, households=1, n_villages=1,
)
base = actions.open_base(
    code="b", name_zh="x", name_en="x", county_code="610528", actor=SYSTEM, now=now
)
branch = actions.open_branch(
    base_id=base.pk, code="p", name_zh="x", name_en="x", actor=SYSTEM, now=now
)
lanes = [
    actions.set_lane(
        branch_id=branch.pk, zone=zone, name_zh="x", name_en="x", transit_pmf=[1.0],
        postage_fen={2500: 300}, prefecture_codes=[], actor=SYSTEM, now=now,
    ).pk
    for zone in ("near", "far")
]
actions.set_lane_days(
    base_id=base.pk, actor=SYSTEM, now=now,
    capacities=[
        actions.DayCapacity(owner_id=lane, day=day, capacity_parcels=60) for lane in lanes
    ],
)


def buyer(number):
    order = lanes if number % 2 else lanes[::-1]  # an order that invites deadlock
    tally = {"bought": 0, "refused": 0}
    for _ in range(10):
        try:
            actions.reserve_lane_days(
                base_id=base.pk, parcels={(lane, day): 2 for lane in order}
            )
            tally["bought"] += 2
        except actions.NoCapacityLeft:
            tally["refused"] += 2
    connection.close()
    return tally


with ThreadPoolExecutor(8) as pool:
    tallies = list(pool.map(buyer, range(8)))
print(json.dumps({
    "bought": sum(t["bought"] for t in tallies),
    "refused": sum(t["refused"] for t in tallies),
    "reserved": list(LaneDay.objects.order_by("id").values_list("reserved_parcels", flat=True)),
}))
"""


def outcome_of_race(home, database_url):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "postharvest.settings",
        "POSTHARVEST_HOME": str(home),
        "POSTHARVEST_DEMO": "",
        "POSTHARVEST_DATABASE_URL": database_url,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    run = subprocess.run(
        [sys.executable, "-c", RACE], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


EXACTLY = {"bought": 60, "refused": 100, "reserved": [60, 60]}


@pytest.mark.slow
def test_eight_buyers_at_once_take_exactly_what_a_day_holds(tmp_path):
    assert outcome_of_race(tmp_path, "") == EXACTLY


@pytest.mark.slow
@pytest.mark.postgres
def test_on_postgresql_too_and_without_a_deadlock(tmp_path, postgres_url):
    assert outcome_of_race(tmp_path, postgres_url) == EXACTLY
