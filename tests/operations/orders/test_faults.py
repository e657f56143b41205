"""Disks that fill up, locks held elsewhere, copies taken mid-run, clocks that jump, many lots."""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow
START = textwrap.dedent(
    """
    import asyncio, random, shutil, sqlite3, sys, threading, time
    import django; django.setup()
    from django.core.management import call_command
    from django.db import connection, connections
    from django.db.backends.signals import connection_created
    call_command("migrate", verbosity=0)
    from tests.operations.conftest import BUYER, OPENS, make_stall
    from postharvest.interfaces.api.front import intake
    from postharvest.interfaces.api.front.writer import Writer
    from postharvest.operations.orders.actions.placing import place_orders
    from postharvest.operations.orders.models import Order
    from postharvest.operations.orders.requests import Declined, Placed
    intake.now = lambda: OPENS
    stall = make_stall(capacity_g=900_000, crew=100)
    path = str(connection.settings_dict["NAME"])

    def ask(many):
        return [stall.ask(quantity=1 + n % 3) for n in range(many)]

    async def send(requests):
        writer = Writer(shortest_queue=1000)
        futures = [writer.submit(intake.PLACE, request) for request in requests]
        answers = await asyncio.gather(*futures, return_exceptions=True)
        await asyncio.to_thread(writer.close)
        return answers

    def placed(requests):
        '''Keys of those who were told that their order stands.'''
        answers = asyncio.run(send(requests))
        return {r.key for r, a in zip(requests, answers) if isinstance(a, Placed)}, answers

    def stored():
        connection.close()
        return set(Order.objects.values_list("key", flat=True))

    def whole():
        connection.close()
        assert stall.claimed() == stall.held(), (stall.claimed(), stall.held())
        assert Order.objects.count() == len(stored())
    """
)


def play(script, **around):
    done = subprocess.run(
        [sys.executable, "-c", START + textwrap.dedent(script) + "\nprint('held')"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "postharvest.settings",
            "PYTHONPATH": os.pathsep.join(("src", ".")),
            **around,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip().endswith("held"), done.stderr[-3000:]


@pytest.mark.parametrize("fault", ["max_page_count=1", "query_only=ON"])
def test_a_full_or_read_only_disk_acknowledges_nothing_and_the_retry_finds_its_order(
    tmp_path, fault
):
    play(
        f"""
        good, _ = placed(ask(5))
        def break_it(connection, **_):
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA {fault}")
        connection_created.connect(break_it)
        connection.close()
        later = ask(120)
        told, answers = placed(later)
        unknown = [r for r, a in zip(later, answers) if isinstance(a, Exception)]
        connection_created.disconnect(break_it)
        assert unknown, "the fault was not felt"
        assert stored() == good | told
        whole()
        again, answers = placed(unknown[:20])
        assert len(again) == 20, answers
        whole()
        """,
        POSTHARVEST_HOME=str(tmp_path),
    )


def test_a_long_reader_delays_nobody_and_sees_one_moment(tmp_path):
    play(
        """
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        before = reader.execute("SELECT COUNT(*) FROM orders_order").fetchone()
        told, _ = placed(ask(60))
        assert len(told) == 60
        assert reader.execute("SELECT COUNT(*) FROM orders_order").fetchone() == before
        reader.execute("COMMIT")
        assert stored() == told
        whole()
        """,
        POSTHARVEST_HOME=str(tmp_path),
    )


def test_another_process_with_the_write_lock_makes_buyers_wait_or_ask_again(tmp_path):
    play(
        """
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.5, lambda: other.execute("ROLLBACK")).start()
        told, _ = placed(ask(20))
        assert len(told) == 20                      # held for a moment: they waited
        connection.close()
        connections.settings["default"]["OPTIONS"]["timeout"] = 0.1
        connection.settings_dict["OPTIONS"]["timeout"] = 0.1
        other.execute("BEGIN IMMEDIATE")
        late = ask(3)
        none, answers = placed(late)                # held for good: nobody knows
        assert not none and all(isinstance(a, Exception) for a in answers), answers
        other.execute("ROLLBACK")
        again, answers = placed(late)
        assert len(again) == 3, answers
        assert stored() == told | again
        whole()
        """,
        POSTHARVEST_HOME=str(tmp_path),
    )


def test_a_copy_of_file_and_log_taken_under_a_reader_is_whole(tmp_path):
    play(
        """
        first, _ = placed(ask(40))
        work = threading.Thread(target=lambda: placed(ask(200)))
        work.start()
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM orders_order").fetchone()
        for suffix in ("", "-wal"):
            shutil.copy(path + suffix, path + ".copy" + suffix)
        reader.execute("COMMIT")
        work.join()
        copy = sqlite3.connect(path + ".copy")
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert first <= {key for (key,) in copy.execute("SELECT key FROM orders_order")}
        held, given = copy.execute(
            "SELECT (SELECT SUM(o.quantity * l.net_g) FROM orders_order o"
            " JOIN campaigns_listing l ON l.id = o.listing_id),"
            " (SELECT SUM(reserved_g) FROM campaigns_sale)").fetchone()
        assert held == given, (held, given)
        """,
        POSTHARVEST_HOME=str(tmp_path),
    )


MANY_LOTS = """
    import uuid
    from datetime import timedelta
    from django.forms.models import model_to_dict
    from postharvest.operations.campaigns.models import Listing, PackingDay, Sale, SaleLane
    from postharvest.operations.harvest.models import Surplus

    def another_lot():
        surplus = Surplus.objects.get(pk=stall.sale.surplus_id)
        surplus.pk, surplus.key = None, uuid.uuid4()
        surplus.save()
        sale = Sale.objects.get(pk=stall.sale.pk)
        sale.pk, sale.surplus, sale.reserved_g = None, surplus, 0
        sale.save()
        for model in (Listing, PackingDay, SaleLane):
            for row in model.objects.filter(sale=stall.sale):
                row.pk, row.sale = None, sale
                row.save()
        return Listing.objects.filter(sale=sale).first().pk

    lots = [stall.listing.pk, *(another_lot() for _ in range(5))]
    broken, kept, lock = [], set(), threading.Lock()

    def buy(seed):
        rng = random.Random(seed)
        try:
            for _ in range(12):
                with lock:
                    batch = [stall.ask(listing_id=rng.choice(lots)) for _ in range(8)]
                answers = place_orders(requests=batch, actor=BUYER, now=OPENS)
                with lock:
                    kept.update(r.key for r, a in zip(batch, answers) if isinstance(a, Placed))
        except Exception as error:
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=buy, args=(seed,)) for seed in range(5)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not broken, broken
    assert kept == stored() and len(kept) == 5 * 12 * 8
    sold = sum(sale.reserved_g for sale in Sale.objects.all())
    rows = Order.objects.select_related("listing")
    assert sold == sum(o.quantity * o.listing.net_g for o in rows)
    """


def test_orders_over_many_lots_from_several_workers_on_sqlite(tmp_path):
    play(MANY_LOTS, POSTHARVEST_HOME=str(tmp_path))


@pytest.mark.postgres
def test_orders_over_many_lots_from_several_workers_do_not_deadlock(postgres_url, tmp_path):
    play(MANY_LOTS, POSTHARVEST_HOME=str(tmp_path), POSTHARVEST_DATABASE_URL=postgres_url)


def test_a_clock_that_jumps_closes_opens_and_expires_but_never_miscounts(tmp_path):
    play(
        """
        from datetime import timedelta
        from postharvest.operations.orders.actions.ending import expire_holds
        def order(now, **given):
            [answer] = place_orders(requests=[stall.ask(**given)], actor=BUYER, now=now)
            return getattr(answer, "code", "stands")
        hour = timedelta(hours=1)
        assert order(OPENS, payment="cashier") == "stands"
        assert order(OPENS - 2 * hour) == "sale_closed"          # back before the sale
        assert order(OPENS + 30 * 24 * hour) == "sale_closed"    # a month ahead
        assert order(OPENS + hour) == "stands"
        assert expire_holds(now=OPENS - 24 * hour) == 0          # back: nothing runs out early
        assert expire_holds(now=OPENS + 30 * 24 * hour) == 1     # ahead: what is due, once
        assert expire_holds(now=OPENS + 30 * 24 * hour) == 0
        assert order(OPENS + hour) == "stands"
        whole()
        """,
        POSTHARVEST_HOME=str(tmp_path),
    )
