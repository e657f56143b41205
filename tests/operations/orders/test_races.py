"""Many buyers at once on one hot lot: the last box is sold once, on SQLite and on PostgreSQL."""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow
RACE = textwrap.dedent(
    """
    import threading, django
    django.setup()
    from django.core.management import call_command
    from django.db import connections
    call_command("migrate", verbosity=0)
    from tests.operations.conftest import BUYER, OPENS, make_stall
    from postharvest.core.vault.seal import unseal
    from postharvest.operations.orders.actions.placing import place_orders
    from postharvest.operations.orders.models import Order, Team
    from postharvest.operations.orders.requests import Placed
    stall = make_stall(capacity_g=90_000, crew=10)
    leader = stall.place(wants_team=True)
    asked = [stall.ask(quantity=1 + n % 3) for n in range(60)]
    joins = [stall.ask(wants_team=True, team_id=leader.team_id) for _ in range(8)]
    twice = asked[:10]
    kept, broken, lock = [], [], threading.Lock()

    def buy(requests):
        try:
            for request in requests:
                answer = place_orders(requests=[request], actor=BUYER, now=OPENS)[0]
                if isinstance(answer, Placed):
                    with lock:
                        kept.append(answer.order.pk)
        except Exception as error:
            broken.append(error)
        finally:
            connections.close_all()

    work = [(asked + joins)[n::8] + twice for n in range(8)]
    threads = [threading.Thread(target=buy, args=(part,)) for part in work]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not broken, broken
    stall.sale.refresh_from_db()
    team = Team.objects.get()
    sold = sum(o.quantity for o in Order.objects.all())
    assert stall.claimed() == stall.held(), (stall.claimed(), stall.held())
    assert stall.sale.reserved_g <= 90_000
    assert sold == 30, sold                      # every box is sold, none twice
    assert set(kept) | {leader.pk} == set(Order.objects.values_list("pk", flat=True))
    assert team.paid_members <= 3
    assert Order.objects.filter(team=team).count() == team.paid_members
    # Seen to fail while PostgreSQL kept what was sealed as base64: nobody's name could be read.
    assert {unseal(bytes(o.contact.sealed)).name for o in Order.objects.all()} == {"王小明"}
    print("held")
    """
)


def race(**environment):
    done = subprocess.run(
        [sys.executable, "-c", RACE],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "postharvest.settings",
            "PYTHONPATH": os.pathsep.join(("src", ".")),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip().endswith("held"), done.stderr[-2000:]


def test_on_sqlite(tmp_path):
    # seen to fail with transaction_mode IMMEDIATE left out: "database is locked" loses orders
    race(POSTHARVEST_HOME=str(tmp_path))


@pytest.mark.postgres
def test_on_postgresql(postgres_url, tmp_path):
    # seen to fail with select_for_update on the sale left out: CapacityGone instead of an answer;
    # with the guard out as well the database's own constraint refuses
    race(POSTHARVEST_HOME=str(tmp_path), POSTHARVEST_DATABASE_URL=postgres_url)
