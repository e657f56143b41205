"""A postal worker's report: sent three times it is one, and what can't be is named."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.operations.conftest import OPENS, START

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox.models import Event
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, phone_index, unseal
from postharvest.operations.harvest.actions.growers import GrowerEntry, register_growers
from postharvest.operations.harvest.actions.surpluses import (
    KeyReused,
    PartReport,
    SurplusReport,
    WrongState,
    put_on_sale,
    report_surplus,
    withdraw_surplus,
)
from postharvest.operations.harvest.models import Grower, Offer, Surplus

pytestmark = pytest.mark.django_db
PAST = START - timedelta(days=1)
AGENT = Actor(party="agent", role=Role.VILLAGE_AGENT, scope="610528")


@pytest.fixture
def report(stall):
    return SurplusReport(
        key=uuid.UUID(int=99),
        branch_id=stall.sale.branch_id,
        produce_id="persimmon",
        grade="first",
        weight_g=5_000_000,
        harvest_from=START,
        harvest_to=START + timedelta(days=9),
        floor_fen_per_kg=100,
        wholesale_fen_per_kg=80,
        wholesale_g_per_day=100_000,
        wholesale_source="asked",
        village="曹村",
    )


def send(report):
    return report_surplus(report=report, actor=AGENT, now=OPENS)


def test_sent_three_times_it_is_one_record_one_news_one_audit_row(report):
    before = Event.objects.count()
    made = {send(report).pk for _ in range(3)}
    assert len(made) == 1
    assert Event.objects.count() == before + 1
    subject = f"surplus {made.pop()}"
    assert AuditEntry.objects.filter(subject=subject, party="agent").count() == 1


def test_the_same_key_with_other_contents_is_refused(report):
    send(report)
    with pytest.raises(KeyReused):
        send(replace(report, weight_g=1))


def test_shelf_life_comes_from_the_table_of_produce_and_says_so(report):
    surplus = send(report)
    assert (surplus.shelf_life_days, surplus.shelf_life_status) == (10, "shipped table")
    own = send(replace(report, key=uuid.UUID(int=1), shelf_life_days=6.0))
    assert (own.shelf_life_days, own.shelf_life_status) == (6, "own")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight_g": 0}, "weight"),
        ({"weight_g": -5}, "weight"),
        ({"weight_g": 10**14}, "weight"),
        ({"harvest_to": PAST}, "harvest_to"),
        ({"harvest_from": PAST - timedelta(days=8), "harvest_to": PAST}, "harvest_to"),
        ({"harvest_to": START + timedelta(days=90)}, "harvest_to"),
        ({"produce_id": "unicorn"}, "produce"),
        ({"branch_id": 10**6}, "branch"),
        ({"shelf_life_days": -1.0}, "shelf_life_days"),
        ({"floor_fen_per_kg": -1}, "price"),
        ({"parts": (PartReport(code="L1", village="x", offered_g=1, grower_ids=()),)}, "parts"),
    ],
)  # fmt: skip
def test_what_can_not_be_names_the_field_and_writes_nothing(report, change, field):
    before = Surplus.objects.count()
    with pytest.raises(InvalidInput) as refusal:
        send(replace(report, **change))
    assert refusal.value.field.startswith(field)
    assert Surplus.objects.count() == before


def test_an_agent_of_another_county_or_a_buyer_may_not_report(report):
    for actor in (
        Actor(party="x", role=Role.VILLAGE_AGENT, scope="450803"),
        Actor(party="y", role=Role.BUYER),
    ):
        with pytest.raises(NotAllowed):
            report_surplus(report=report, actor=actor, now=OPENS)


def test_what_is_on_sale_is_neither_sold_again_nor_withdrawn(report):
    surplus = send(report)
    put_on_sale(surplus_id=surplus.pk, actor=SYSTEM, now=OPENS)
    with pytest.raises(WrongState):
        put_on_sale(surplus_id=surplus.pk, actor=SYSTEM, now=OPENS)
    with pytest.raises(WrongState):
        withdraw_surplus(surplus_id=surplus.pk, actor=AGENT, now=OPENS)


def test_growers_are_registered_once_and_their_names_lie_sealed(stall):
    entry = GrowerEntry(code="G-9", village="V", person=Person(name="赵秘密", phone="13912345678"))
    for _ in range(2):
        register_growers(base_id=stall.sale.base_id, entries=[entry], actor=AGENT, now=OPENS)
    grower = Grower.objects.get(code="G-9")
    assert "赵秘密".encode() not in bytes(grower.contact.sealed)
    assert unseal(grower.contact.sealed).name == "赵秘密"
    assert Contact.objects.get(phone_index=phone_index("139 1234 5678")).pk == grower.contact_id


def test_a_report_without_households_is_the_villages_own(report):
    surplus = send(report)
    offer = Offer.objects.get(part__surplus=surplus)
    assert (offer.grower.kind, offer.offered_g) == ("cooperative", 5_000_000)
