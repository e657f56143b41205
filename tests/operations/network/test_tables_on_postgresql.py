"""What ships must fit PostgreSQL's columns and references, which SQLite does not hold one to."""

import json
import os
import subprocess
import sys

import pytest

LOAD = """
import json
from datetime import UTC, datetime
from pathlib import Path

import django
django.setup()
from django.core.management import call_command

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.tables.catalogue import shape
from postharvest.core.tables.shipped import shipped_rows
from postharvest.core.tables.writing import csv_bytes
from postharvest.operations.network import actions
from postharvest.operations.network.models import County, Village

call_command("migrate", verbosity=0)
now = datetime(2026, 11, 24, tzinfo=UTC)
first, second = (actions.load_shipped_tables(now=now) for _ in range(2))
rows = [{**row, "rural_pop_est": 7} for row in shipped_rows("counties")]
file = Path("own.csv")
file.write_bytes(csv_bytes(shape("counties"), rows))
outcomes = [
    actions.import_table(name="counties", path=file, dry_run=dry_run, actor=SYSTEM, now=now)
    for dry_run in (True, False)
]
print(json.dumps({
    "loaded": [len(first), len(second)],
    "villages": Village.objects.count(),
    "committed": [outcome.is_committed for outcome in outcomes],
    "rural": list(County.objects.values_list("rural_population", flat=True).distinct()),
}))
"""


@pytest.mark.slow
@pytest.mark.postgres
def test_shipped_tables_load_and_are_replaced_on_postgresql(tmp_path, postgres_url):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "postharvest.settings",
        "POSTHARVEST_HOME": str(tmp_path),
        "POSTHARVEST_DEMO": "",
        "POSTHARVEST_DATABASE_URL": postgres_url,
        "PYTHONPATH": os.pathsep.join(os.path.abspath(place) for place in sys.path),
    }
    run = subprocess.run(
        [sys.executable, "-c", LOAD],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {
        "loaded": [26, 0],
        "villages": 37_037,
        "committed": [False, True],
        "rural": [7],
    }
