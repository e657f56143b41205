"""Every migration goes back and forward on a full database, and what was true stays true."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow
STORY = textwrap.dedent(
    """
    import json, django
    from datetime import timedelta
    django.setup()
    from django.core.management import call_command
    from django.db import DatabaseError, connection, transaction
    from django.db.migrations.loader import MigrationLoader
    call_command("migrate", verbosity=0)

    from tests.operations.conftest import DESK, OPENS, make_stall
    from postharvest.core.audit.actor import SYSTEM, Actor, Role
    from postharvest.core.audit.chain import seal_entries, verify_chain
    from postharvest.core.outbox import log as outbox
    from postharvest.core.vault.actions import contacts_of
    from postharvest.core.vault.seal import unseal
    from postharvest.operations.campaigns.actions import close_sale
    from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
    from postharvest.operations.packing.actions.shifts import close_shift
    from postharvest.operations.parcels.food_chain import tell_food_chain
    from postharvest.operations.settlement import queries
    from postharvest.operations.settlement.actions import approve_payouts, settle_sale
    from postharvest.operations.settlement.models import Line, Payout

    later = OPENS + timedelta(days=3)
    stall = make_stall()
    shift = stall.shift_at_work()
    order = stall.place(quantity=3, name="王小明", phone="13912345678")
    stall.arrive(stall.post(stall.pack(shift, 3), now=OPENS), at=later)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    file_claims(filed=[ClaimFiled(key="c", order_id=order.pk, box_no=1, bad_bp=900, photo="p")],
                actor=SYSTEM, now=later)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=later)
    outbox.drain_all(now=later)
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=later)
    second = Actor(party="desk:2", role=Role.DESK, scope="610528")
    approve_payouts(payout_ids=list(Payout.objects.values_list("pk", flat=True)), actor=second,
                    now=later)
    tell_food_chain(site="https://post.example", now=later)
    while seal_entries(now=later):
        pass

    def counted():
        with connection.cursor() as cursor:
            out = {}
            for table in connection.introspection.table_names(cursor):
                if table != "django_migrations":
                    cursor.execute(f'SELECT count(*) FROM "{table}"')
                    out[table] = cursor.fetchone()[0]
        return out

    def is_frozen():
        try:
            with transaction.atomic():
                Line.objects.update(amount_fen=1)
        except DatabaseError:
            return True
        return False

    def state():
        return {
            "books": [one["name"] for one in queries.invariants(stall.sale.pk) if not one["ok"]],
            "chain": list(verify_chain().faults),
            "frozen": is_frozen(),
            "name": [unseal(bytes(row.sealed)).name for row in contacts_of("13912345678")],
        }

    before, told = counted(), {"first": state(), "steps": []}
    graph = MigrationLoader(connection).graph
    for app, last in sorted(graph.leaf_nodes()):
        first = min(name for label, name in graph.nodes if label == app)
        if not app.startswith(("auth", "contenttypes", "sessions")) and first != last:
            call_command("migrate", app, first, verbosity=0)
            call_command("migrate", verbosity=0)
            after = counted()
            lost = {t: [n, after.get(t)] for t, n in before.items() if after.get(t) != n}
            told["steps"].append({"app": app, "lost": lost, **state()})
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    told["rows"] = sum(before.values())
    print(json.dumps(told))
    """
)


def told(home, **environment):
    run = subprocess.run(
        [sys.executable, "-c", STORY],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "postharvest.settings",
            "PYTHONPATH": os.pathsep.join(("src", ".")),
            "POSTHARVEST_HOME": str(home),
            "POSTHARVEST_DEMO": "",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


def holds(story):
    whole = {"books": [], "chain": [], "frozen": True, "name": ["王小明"]}
    assert story["first"] == whole
    assert story["rows"] > 150
    assert len(story["steps"]) >= 3
    for step in story["steps"]:
        assert step["lost"] == {}, step
        assert {name: step[name] for name in whole} == whole, step


def test_on_sqlite(tmp_path):
    holds(told(tmp_path))


@pytest.mark.postgres
def test_on_postgresql(tmp_path, postgres_url):
    holds(told(tmp_path, POSTHARVEST_DATABASE_URL=postgres_url))
