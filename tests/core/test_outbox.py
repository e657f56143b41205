"""News: with its deed or not at all, at least once, never dropped; and the other diaries."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from cryptography.exceptions import InvalidTag
from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.clock import time
from postharvest.core.outbox import log
from postharvest.core.outbox.models import Delivery, Event
from postharvest.core.vault.seal import Person, phone_index, seal, unseal

NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    kind: ClassVar[str] = "test.rang"
    base_id: int


@pytest.fixture
def heard(monkeypatch):
    """Who listens to the bell: one who hears, one who fails as often as told."""
    calls = {"hears": [], "fails": 0, "to_fail": 0}

    def hears(body, now):
        calls["hears"].append(body["base_id"])

    def fails(body, now):
        calls["fails"] += 1
        if calls["fails"] <= calls["to_fail"]:
            raise OSError("no line")

    monkeypatch.setitem(log._reactions, Rang.kind, {"test.hears": hears, "test.fails": fails})
    return calls


def ring(base_id=1, at=NOW):
    with transaction.atomic():
        log.record(Rang(base_id=base_id), now=at)


@pytest.mark.django_db
def test_a_reaction_that_fails_keeps_nobody_else_from_hearing_and_is_tried_again(heard):
    heard["to_fail"] = 2
    ring()
    log.drain_all(now=NOW)
    assert heard["hears"] == [1]
    log.drain_all(now=NOW)
    assert heard["fails"] == 1  # it backs off
    for minute in (1, 2):
        log.drain_all(now=NOW + timedelta(minutes=minute))
    assert heard["fails"] == 3
    assert heard["hears"] == [1]
    assert not Delivery.objects.filter(done_at=None).exists()


@pytest.mark.django_db
def test_a_joint_reaction_takes_all_that_is_due_and_one_bad_piece_holds_up_no_other(monkeypatch):
    taken = []

    def together(bodies, now):
        taken.append([body["base_id"] for body in bodies])
        if 2 in taken[-1]:
            raise OSError("a bad piece")

    monkeypatch.setitem(log._joint, Rang.kind, {"test.together": together})
    for base in (1, 3):
        ring(base)
    assert log.drain_all(now=NOW) == 2
    assert taken == [[1, 3]]
    for base in (1, 2, 3):
        ring(base)
    assert log.drain_all(now=NOW) == 2
    assert taken[1:] == [[1, 2, 3], [1], [2], [3]]
    [left] = Delivery.objects.filter(done_at=None)
    assert (left.event.body["base_id"], left.attempts, left.last_error) == (
        2,
        1,
        "OSError: a bad piece",
    )


@pytest.mark.django_db
def test_one_that_fails_too_often_is_parked_with_its_error_and_can_be_retried(heard):
    heard["to_fail"] = log.MAX_ATTEMPTS
    ring()
    for hour in range(12):
        log.drain_all(now=NOW + timedelta(hours=hour))
    [parked] = log.parked()
    assert parked.last_error == "OSError: no line"
    assert heard["fails"] == log.MAX_ATTEMPTS
    log.retry(delivery_id=parked.pk, actor=SYSTEM, now=NOW)
    log.drain_all(now=NOW)
    assert not log.parked().exists()


@pytest.mark.django_db
def test_what_another_worker_leased_is_left_to_him_until_the_lease_runs_out(heard):
    ring()
    Delivery.objects.update(due_at=NOW + log.LEASE, attempts=1)
    assert log.drain(now=NOW) == 0
    assert log.drain(now=NOW + log.LEASE) == 2


@pytest.mark.django_db(transaction=True)
def test_news_and_audit_outside_a_transaction_are_refused(heard):
    with pytest.raises(RuntimeError, match="outside a transaction"):
        log.record(Rang(base_id=1), now=NOW)
    with pytest.raises(RuntimeError, match="outside a transaction"):
        audit.write(SYSTEM, "test.ring", "bell 1", now=NOW)
    with transaction.atomic():
        log.record(Rang(base_id=1), now=NOW)
        audit.write(SYSTEM, "test.ring", "bell 1", now=NOW)
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_a_feed_waits_at_a_gap_until_it_has_settled(heard):
    for base in (1, 2, 3):
        ring(base)
    ids = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    Event.objects.filter(pk=ids[1]).delete()
    after = ids[0] - 1
    assert [e.pk for e in log.feed(after_id=after, now=NOW)] == ids[:1]
    later = NOW + log.SETTLED
    assert [e.pk for e in log.feed(after_id=after, now=later)] == [ids[0], ids[2]]
    assert [e.base_id for e in log.feed(after_id=after, now=later, base_id=3)] == [3]


def test_an_actor_may_what_his_role_covers_where_he_works():
    desk = Actor(party="desk:1", role=Role.DESK, scope="6105")
    desk.require(Role.DESK, region="610528")
    for roles, region in (((Role.DESK,), "610100"), ((Role.PLANNER,), "610528")):
        with pytest.raises(NotAllowed):
            desk.require(*roles, region=region)
    SYSTEM.require(Role.PLANNER, region="450803")


def test_a_sealed_person_opens_whole_or_not_at_all():
    person = Person(name="韦桂芳", phone="139 0000 1000", line="曹村", payee="6222")
    sealed = seal(person)
    assert unseal(sealed) == person
    assert "韦桂芳".encode() not in sealed
    assert seal(person) != sealed  # a nonce of its own
    for place in (0, 12, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(InvalidTag):
            unseal(bytes(changed))


def test_the_blind_index_sees_through_spaces_but_not_through_digits():
    assert phone_index("139 0000-1000") == phone_index("13900001000")
    assert phone_index("13900001001") != phone_index("13900001000")


@pytest.mark.django_db
def test_the_demos_clock_stands_and_the_walls_is_used_outside_a_demo(settings):
    time.set_demo_clock(shown_at=NOW, pace=0)
    settings.POSTHARVEST_DEMO = False
    assert time.now() != NOW
    settings.POSTHARVEST_DEMO = True
    assert time.now() == NOW
    assert time.local_day(datetime(2026, 11, 1, 16, tzinfo=UTC)).isoformat() == "2026-11-02"
    assert time.at_hour(time.local_day(NOW), 9) == NOW
