"""Audit rows can't be changed unseen, and the database refuses to change them at all."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from postharvest.core.audit import log
from postharvest.core.audit.actor import SYSTEM
from postharvest.core.audit.chain import GENESIS, seal_entries, verify_chain
from postharvest.core.audit.models import AuditEntry, AuditSeal
from postharvest.interfaces.cli.main import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(now):
    with transaction.atomic():
        for number in range(5):
            log.write(
                SYSTEM, "test.deed", f"thing {number}", now=now, after={"大": number, "g": [1]}
            )
    assert seal_entries(now=now + timedelta(seconds=1)) == 5


def meddle(statement: str) -> None:
    """Do what only somebody with the database in his hands can."""
    with connection.cursor() as cursor:
        for table in ("audit_auditentry", "audit_auditseal"):
            for event in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event}")
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(statement)


def test_a_chain_holds_and_grows(chain, now):
    first = verify_chain()
    assert (first.sealed, first.unsealed, first.faults) == (5, 0, ())
    with transaction.atomic():
        log.write(SYSTEM, "test.deed", "thing 5", now=now)
    assert verify_chain().unsealed == 1
    assert seal_entries(now=now) == 1
    assert seal_entries(now=now) == 0
    second = verify_chain(known_head=first.head)
    assert (second.sealed, second.faults) == (6, ())
    assert GENESIS != first.head != second.head


@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditseal"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET id = id + 100", "DELETE FROM {}"])
def test_the_database_refuses_to_change_it(chain, table, deed):
    with pytest.raises(DatabaseError, match="stay as they were"), transaction.atomic():
        connection.cursor().execute(deed.format(table))
    assert (AuditEntry.objects.count(), AuditSeal.objects.count()) == (5, 5)


@pytest.mark.parametrize(
    "field",
    [
        "base_id = 7",
        "party = 'other'",
        "after = '{}'",
        "at = '2020-01-01 00:00:00'",
        "subject = 'x'",
    ],
)
def test_a_changed_row_shows(chain, field):
    third = AuditEntry.objects.order_by("pk")[2].pk
    meddle(f"UPDATE audit_auditentry SET {field} WHERE id = {third}")
    [fault] = verify_chain().faults
    assert f"row {third} " in fault


def test_a_row_that_was_taken_away_shows(chain):
    third = AuditEntry.objects.order_by("pk")[2].pk
    meddle(f"DELETE FROM audit_auditseal WHERE entry_id = {third}")
    assert verify_chain().faults


def test_a_chain_that_was_made_anew_lacks_the_head_somebody_kept(chain, now):
    head = verify_chain().head
    last = AuditEntry.objects.order_by("-pk")[0].pk
    meddle(f"DELETE FROM audit_auditseal WHERE entry_id >= {last}")
    assert verify_chain().faults == ()
    assert "that you kept" in verify_chain(known_head=head).faults[0]


def test_the_command_tells_and_its_exit_code_says(chain, monkeypatch, capsys):
    from postharvest.interfaces.cli import database

    monkeypatch.setattr(database, "is_ready", lambda: True)
    assert main(["audit", "verify", "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert (verdict["sealed"], verdict["faults"]) == (5, [])
    assert main(["audit", "verify", "--head", "f" * 64]) == 1
    assert "broken" in capsys.readouterr().out
    assert main(["audit", "verify", "--head", "short"]) == 2
