"""kill -9 in the middle of news, books, settlement, payouts and a village's report: told again,
everything is there once.

The process kills itself at the worst moments: inside a transaction, and after the commit but before
anybody was told.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow
BEGIN = textwrap.dedent(
    """
    import django
    from datetime import timedelta
    django.setup()
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    from tests.operations.conftest import DESK, OPENS, make_stall
    from postharvest.operations.packing.actions.shifts import close_shift
    stall = make_stall()
    shift = stall.shift_at_work()
    for quantity in (3, 2, 1):
        stall.place(quantity=quantity)
    stall.arrive(stall.post(stall.pack(shift, 6), now=OPENS), at=OPENS + timedelta(days=3))
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    """
)
STORY = textwrap.dedent(
    """
    import json, os, signal, sys, uuid, django
    from datetime import timedelta
    django.setup()
    from tests.operations.conftest import DESK, OPENS, START
    from postharvest.core.audit import log as audit
    from postharvest.core.audit.actor import Actor, Role
    from postharvest.core.outbox import log as outbox
    from postharvest.operations.campaigns.actions import close_sale
    from postharvest.operations.campaigns.models import Sale
    from postharvest.operations.harvest.actions.surpluses import SurplusReport, report_surplus
    from postharvest.operations.harvest.models import Surplus
    from postharvest.operations.settlement import ledger, queries
    from postharvest.operations.settlement.actions import approve_payouts, settle_sale
    from postharvest.operations.settlement.models import Entry, Payout
    from django.db.models import Sum

    point, now = sys.argv[1], OPENS + timedelta(days=3, hours=int(sys.argv[2]))

    def die(*_args, **_kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

    def dying_after(place, name, *, kind="", calls=1):
        real, left = getattr(place, name), [calls]

        def act(*args, **kwargs):
            out = real(*args, **kwargs)
            left[0] -= not kind or kind in str(args[1:2])
            if left[0] <= 0:
                die()
            return out

        setattr(place, name, act)

    if point == "books":  # inside the transaction of a reaction
        dying_after(ledger, "post", calls=2)
    if point == "tick":  # the reaction is committed, its delivery not ticked off
        split = outbox._joint["orders.delivered"]
        heard = split["settlement.split"]
        split["settlement.split"] = lambda bodies, at: (heard(bodies, at), die())
    if point == "settle":
        dying_after(audit, "write", kind="settle_sale")
    if point == "approve":  # paid, booked, not committed
        dying_after(audit, "write", kind="approve_payouts")
    if point == "approved":  # committed, and nobody was told
        import postharvest.operations.settlement.actions as deeds
        real = deeds.approve_payouts
        approve_payouts = lambda **given: (real(**given), die())
    if point == "report":
        dying_after(audit, "write", kind="report_surplus")

    def sync(answered):
        # A phone that was offline sends what it kept, until it is answered.
        sale = Sale.objects.get()
        report = SurplusReport(
            key=uuid.UUID(int=99), branch_id=sale.branch_id, produce_id="persimmon", grade="first",
            weight_g=5_000_000, harvest_from=START + timedelta(days=9),
            harvest_to=START + timedelta(days=12), floor_fen_per_kg=100, wholesale_fen_per_kg=80,
            wholesale_g_per_day=5_000, wholesale_source="asked", village="V1",
        )
        row = report_surplus(report=report, actor=DESK, now=now)
        if not answered:
            die()
        return row

    sync(answered=point != "synced")
    outbox.drain_all(now=now)
    sale = Sale.objects.get()
    if sale.state != "closed":
        close_sale(sale_id=sale.pk, actor=DESK, now=now)
    outbox.drain_all(now=now)
    settle_sale(sale_id=sale.pk, actor=DESK, now=now)
    ids = list(Payout.objects.filter(state="proposed").values_list("pk", flat=True))
    if ids:
        second = Actor(party="desk:2", role=Role.DESK, scope="610528")
        approve_payouts(payout_ids=ids, actor=second, now=now)
    outbox.drain_all(now=now)
    paid = Payout.objects.filter(state="paid").aggregate(n=Sum("amount_fen"))["n"]
    print(json.dumps({
        "wrong": [one for one in queries.invariants(sale.pk) if not one["ok"]],
        "paid": paid, "payouts": Payout.objects.count(), "entries": Entry.objects.count(),
        "reports": Surplus.objects.count(), "waiting": outbox.depth(now=now).due,
        "parked": outbox.parked().count(),
    }))
    """
)


def python(script, *words, home):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "postharvest.settings",
        "PYTHONPATH": os.pathsep.join(("src", ".")),
        "POSTHARVEST_HOME": str(home),
        "POSTHARVEST_DEMO": "",
        "POSTHARVEST_DATABASE_URL": "",
    }
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    home = tmp_path_factory.mktemp("begun")
    done = python(BEGIN, home=home)
    assert done.returncode == 0, done.stderr[-3000:]
    return home


@pytest.fixture(scope="module")
def undisturbed(begun, tmp_path_factory):
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    shutil.copytree(begun, home)
    return told(home)


def told(home):
    done = python(STORY, "", "2", home=home)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "point", ["books", "tick", "settle", "approve", "approved", "report", "synced"]
)
def test_killed_and_told_again_everything_is_there_once(begun, undisturbed, tmp_path, point):
    home = tmp_path / "home"
    shutil.copytree(begun, home)
    killed = python(STORY, point, "0", home=home)
    assert killed.returncode == -signal.SIGKILL, (killed.stdout, killed.stderr[-2000:])
    after = told(home)  # two hours later: leases of the dead have run out
    assert after["wrong"] == []
    assert after == undisturbed
    assert (after["reports"], after["waiting"], after["parked"]) == (2, 0, 0)
    assert after["paid"] > 0
