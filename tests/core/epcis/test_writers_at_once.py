"""Several writers of the same events, each in its own thread on a database file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RACE = """
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import django
django.setup()
from django.core.management import call_command
from django.db import connection

from postharvest.core.epcis import actions
from postharvest.core.epcis.models import Event, Reference

call_command("migrate", "epcis", verbosity=0)
now = datetime(2026, 10, 9, tzinfo=UTC)


def observed(number):
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": "2026-10-08T10:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": [f"https://id.post.example/parcel/{number}"],
    }


def write(first):
    stored = 0
    for start in range(first, first + 60, 20):
        events = [observed(number) for number in range(start, start + 40)]
        stored += actions.record_events(events, namespaces={}, party="x", now=now).stored
    connection.close()
    return stored


with ThreadPoolExecutor(6) as pool:
    stored = list(pool.map(write, [0, 0, 0, 20, 20, 40]))
numbers = list(Event.objects.order_by("number").values_list("number", flat=True))
print(json.dumps({
    "stored": sum(stored),
    "events": len(numbers),
    "numbers": len(set(numbers)),
    "references": Reference.objects.count(),
}))
"""


@pytest.mark.slow
def test_events_that_several_writers_send_at_once_are_stored_once(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "postharvest.settings",
        "POSTHARVEST_HOME": str(tmp_path),
        "POSTHARVEST_DEMO": "",
        "POSTHARVEST_DATABASE_URL": "",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    race = subprocess.run(
        [sys.executable, "-c", RACE], env=environment, capture_output=True, text=True, check=False
    )
    assert race.returncode == 0, race.stderr
    outcome = json.loads(race.stdout.splitlines()[-1])
    assert outcome == {"stored": 120, "events": 120, "numbers": 120, "references": 120}
