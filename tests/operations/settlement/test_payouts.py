"""Payees, daily wages, bank files, returned payouts: nobody is paid twice."""

import os
import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest
from tests.operations.conftest import DESK, OPENS, START

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.check_digits import is_card
from postharvest.core.errors import InvalidInput
from postharvest.core.vault.seal import Person
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.campaigns.models import Listing
from postharvest.operations.harvest.models import Grower
from postharvest.operations.packing.actions.places import PackerEntry, register_packers
from postharvest.operations.packing.actions.shifts import close_shift
from postharvest.operations.settlement import queries
from postharvest.operations.settlement.actions import (
    InDoubt,
    SamePerson,
    approve_payouts,
    settle_sale,
)
from postharvest.operations.settlement.doubts import clear_doubt
from postharvest.operations.settlement.models import Doubt, Payout
from postharvest.operations.settlement.payees import PayeeEntry, set_payee
from postharvest.operations.settlement.payouts import (
    NotPaidOut,
    WagesNotReady,
    bank_file,
    lines_of_batch,
    make_batch,
    propose_wages,
    return_payout,
    set_bank_format,
)

SECOND = Actor(party="desk:2", role=Role.DESK, scope="610528")
ARRIVED = OPENS + timedelta(days=3)
CARD = "6228480402564890018"


@pytest.fixture
def settled(stall, settle_news):
    """A sale that ended well; growers' and packers' payouts are proposed."""
    Listing.objects.update(team_fen=20_000, solo_fen=25_000)
    shift = stall.shift_at_work()
    stall.place(quantity=3)
    stall.arrive(stall.post(stall.pack(shift, 3), now=OPENS), at=ARRIVED)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    settle_news(ARRIVED)
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    return stall


def payee(stall, account, **given):
    entry = {"way": "bank", "person": Person(name="张一", phone="13900000001", payee=CARD)}
    return set_payee(
        base_id=stall.sale.base_id, entry=PayeeEntry(account=account, **{**entry, **given}),
        actor=DESK, now=ARRIVED,
    )  # fmt: skip


def approve(payouts, actor=SECOND):
    return approve_payouts(payout_ids=[p.pk for p in payouts], actor=actor, now=ARRIVED)


def growers(state="proposed"):
    return list(Payout.objects.filter(account__startswith="grower:", state=state))


def books_hold(stall):
    return [one for one in queries.invariants(stall.sale.pk) if not one["ok"]] == []


def test_a_returned_payout_is_owed_again_and_paid_once_more_under_a_new_key(settled):
    [row] = growers()
    approve([row])
    return_payout(payout_id=row.pk, reason="account closed", actor=DESK, now=ARRIVED)
    with pytest.raises(NotPaidOut):
        return_payout(payout_id=row.pk, reason="again", actor=DESK, now=ARRIVED)
    assert queries.statement_of_grower(settled.sale.pk, int(row.account[7:]))["paid_fen"] == 0
    payee(settled, row.account, way="postal_order")
    settle_sale(sale_id=settled.sale.pk, actor=DESK, now=ARRIVED)
    [again] = growers()
    assert (again.amount_fen, again.way) == (row.amount_fen, "postal_order")
    assert again.key != row.key
    assert books_hold(settled)
    approve([again])
    assert queries.statement_of_grower(settled.sale.pk, int(row.account[7:]))["paid_fen"] == (
        row.amount_fen
    )
    assert books_hold(settled)


@pytest.mark.parametrize("state", ["proposed", "returned"])
def test_what_was_not_paid_does_not_come_back(settled, state):
    [row] = growers()
    Payout.objects.filter(pk=row.pk).update(state=state)
    with pytest.raises(NotPaidOut):
        return_payout(payout_id=row.pk, reason="x", actor=DESK, now=ARRIVED)


def test_a_proxy_or_heir_is_paid_with_a_proof_and_the_file_names_him(settled):
    [row] = growers()
    with pytest.raises(InvalidInput, match="proof"):
        payee(settled, row.account, kind="proxy")
    payee(settled, row.account, kind="heir", proof="公证 2026-17",
          person=Person(name="张小一", phone="13900000009", payee=CARD))  # fmt: skip
    with pytest.raises(InDoubt):
        approve([row])
    seen = {"reason": "saw the certificate", "actor": SECOND, "now": ARRIVED}
    clear_doubt(doubt_id=Doubt.objects.get().pk, **seen)
    approve([row])
    batch = make_batch(base_id=settled.sale.base_id, way="bank", actor=DESK, now=ARRIVED)
    [line] = lines_of_batch(batch_id=batch.pk, actor=DESK, now=ARRIVED)
    assert (line.name, line.kind, line.amount_fen) == ("张小一", "heir", row.amount_fen)


def test_who_changes_the_payee_may_not_approve_the_payout(settled):
    [row] = growers()
    set_payee(
        base_id=settled.sale.base_id, actor=SECOND, now=ARRIVED,
        entry=PayeeEntry(
            account=row.account, way="bank", person=Person(name="x", phone="1", payee=CARD)
        ),
    )  # fmt: skip
    with pytest.raises(SamePerson):
        approve([row])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"person": Person(name="x", phone="1", payee=CARD[:-1] + "9")}, "bank_account"),
        ({"person": Person(name="x", phone="1", payee="12ab")}, "bank_account"),
        ({"person": Person(name=" ", phone="1", payee=CARD)}, "name"),
        ({"way": "pigeon"}, "way"),
        ({"kind": "friend"}, "kind"),
        ({"account": "grower:999"}, "account"),
        ({"account": "postage"}, "account"),
    ],
)
def test_a_payee_that_can_not_be_is_refused(settled, given, field):
    account = given.pop("account", growers()[0].account)
    with pytest.raises(InvalidInput) as told:
        payee(settled, account, **given)
    assert told.value.field == field


def test_a_cards_check_digit_finds_one_wrong_digit():
    for n, digit in enumerate(CARD):
        wrong = CARD[:n] + str((int(digit) + 1) % 10) + CARD[n + 1 :]
        assert not is_card(wrong)
    assert is_card(CARD)


def test_a_bank_file_has_the_columns_the_bank_wants_and_each_payout_is_in_one(settled):
    [row] = growers()
    approve([row])
    base = settled.sale.base_id
    with pytest.raises(InvalidInput, match="no bank account"):
        make_batch(base_id=base, way="bank", actor=DESK, now=ARRIVED)
    payee(settled, row.account)
    Payout.objects.filter(pk=row.pk).update(payee=row.base.payees.get())
    set_bank_format(
        base_id=base, delimiter="|", encoding="gb18030", with_titles=True, actor=DESK, now=ARRIVED,
        columns=[
            {"title": "账号", "field": "bank_account"},
            {"title": "户名", "field": "name"},
            {"title": "金额分", "field": "amount_fen"},
        ],
    )  # fmt: skip
    batch = make_batch(base_id=base, way="bank", actor=DESK, now=ARRIVED)
    name, content = bank_file(batch_id=batch.pk, actor=DESK, now=ARRIVED)
    assert name == f"bank-B1-20261105-{batch.pk}.csv"
    assert content.decode("gb18030") == (f"账号|户名|金额分\r\n{CARD}|张一|{row.amount_fen}\r\n")
    assert bank_file(batch_id=batch.pk, actor=DESK, now=ARRIVED) == (name, content)
    with pytest.raises(InvalidInput, match="no approved payout"):
        make_batch(base_id=base, way="bank", actor=DESK, now=ARRIVED)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"columns": [{"title": "x", "field": "shoe"}]}, "columns"),
        ({"columns": [{"title": "x", "field": "name"}]}, "columns"),
        ({"delimiter": "ab"}, "delimiter"),
        ({"encoding": "morse"}, "encoding"),
    ],
)
def test_a_bank_format_that_can_not_be_is_refused(stall, given, field):
    usual = {
        "columns": [
            {"title": "a", "field": "bank_account"}, {"title": "b", "field": "amount_yuan"}
        ],
        "delimiter": ",", "encoding": "utf-8", "with_titles": False,
    }  # fmt: skip
    with pytest.raises(InvalidInput) as told:
        set_bank_format(base_id=stall.sale.base_id, actor=DESK, now=ARRIVED, **{**usual, **given})
    assert told.value.field == field


def test_packers_are_paid_the_same_day_by_the_piece_with_a_least_wage(stall, settle_news):
    shift = stall.shift_at_work(people=2, kg=80)
    for _ in range(25):
        stall.place()
    stall.pack(shift, 25)  # all by the first of the two
    given = {"sale_id": stall.sale.pk, "day": START, "actor": DESK, "now": OPENS}
    with pytest.raises(WagesNotReady, match="not closed"):
        propose_wages(**given)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    with pytest.raises(WagesNotReady, match="not in the books"):
        propose_wages(**given)
    settle_news(OPENS)
    rows = propose_wages(**given)
    assert propose_wages(**given) == []
    assert {row.way for row in rows} == {"cash"}
    fen = {row.account: row.amount_fen for row in rows}
    busy, idle = (fen[f"packer:{pk}"] for pk in stall.packers)
    assert idle == 10_000  # the day's wage
    assert busy == max(10_000, 25 * stall.listing.box_crew_s * 10_000 // 28_800)
    assert approve(rows) == 2
    assert propose_wages(**given) == []
    batch = make_batch(base_id=stall.sale.base_id, way="cash", actor=DESK, now=OPENS)
    assert batch.payouts.count() == 2
    with pytest.raises(InvalidInput, match="bank file"):
        bank_file(batch_id=batch.pk, actor=DESK, now=OPENS)


def test_a_child_may_not_pack(stall):
    stall.shift_at_work(kg=0)
    pool = stall.sale.base.labour_pools.get()
    with pytest.raises(InvalidInput, match="younger than 16"):
        register_packers(
            base_id=stall.sale.base_id,
            entries=[PackerEntry(code="X", pool_id=pool.pk, age_years=15)],
            actor=DESK, now=OPENS,
        )  # fmt: skip


RACE = textwrap.dedent(
    """
    import threading, django
    django.setup()
    from datetime import timedelta
    from django.core.management import call_command
    from django.db import connections
    from django.db.models import Sum
    call_command("migrate", verbosity=0)
    from tests.operations.conftest import DESK, OPENS, make_stall
    from postharvest.core.audit.actor import Actor, Role
    from postharvest.core.outbox import log as outbox
    from postharvest.operations.campaigns.actions import close_sale
    from postharvest.operations.campaigns.models import Listing
    from postharvest.operations.packing.actions.shifts import close_shift
    from postharvest.operations.settlement.actions import approve_payouts, settle_sale
    from postharvest.operations.settlement.models import Line, Payout
    stall = make_stall()
    Listing.objects.update(team_fen=20_000, solo_fen=25_000)
    shift = stall.shift_at_work(people=9)
    stall.place(quantity=3)
    late = OPENS + timedelta(days=3)
    stall.arrive(stall.post(stall.pack(shift, 3), now=OPENS), at=late)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=late)
    outbox.drain_all(now=late)
    ids = [p.pk for p in settle_sale(sale_id=stall.sale.pk, actor=DESK, now=late)]
    paid, broken, lock, go = [], [], threading.Lock(), threading.Barrier(8)

    def press(n):
        try:
            go.wait()
            actor = Actor(party=f"desk:{n}", role=Role.DESK, scope="610528")
            for some in (ids, ids[::-1], ids):
                told = approve_payouts(payout_ids=some, actor=actor, now=late)
                with lock:
                    paid.append(told)
        except Exception as error:
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(n + 10,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not broken, broken
    assert sum(paid) == len(ids), (paid, len(ids))
    owed = Payout.objects.aggregate(n=Sum("amount_fen"))["n"]
    left = Line.objects.filter(entry__kind="payout", account="cash:bank")
    assert -left.aggregate(n=Sum("amount_fen"))["n"] == owed
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
    assert done.stdout.strip() == "held", done.stderr


@pytest.mark.slow
def test_pressed_by_many_at_once_a_payout_is_made_once_on_sqlite(tmp_path):
    # seen to fail (database is locked) with IMMEDIATE left out of the settings
    race(POSTHARVEST_HOME=str(tmp_path))


@pytest.mark.slow
def test_pressed_by_many_at_once_a_payout_is_made_once_on_postgresql(postgres_url):
    # seen to fail (payouts counted as made by two) with both the payouts' lock and the count of
    # their states left out
    race(POSTHARVEST_DATABASE_URL=postgres_url)


def test_growers_have_accounts_of_their_own(settled):
    assert {row.account for row in growers()} <= {
        f"grower:{pk}" for pk in Grower.objects.values_list("pk", flat=True)
    }
