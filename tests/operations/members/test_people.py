"""Everything that is kept of a person, and forgetting him: books and parcels stay whole."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from tests.operations.conftest import BUYER, OPENS, make_stall

from postharvest.core.audit.actor import SYSTEM, NotAllowed
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import phone_index, seal_text
from postharvest.operations.members.models import Member
from postharvest.operations.members.people import (
    StillNeeded,
    erase_person,
    export_person,
    forget_old_buyers,
)
from postharvest.operations.notices.models import Preference
from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
from postharvest.operations.orders.models import Claim, Order
from postharvest.operations.packing.actions.shifts import close_shift
from postharvest.operations.packing.models import Packer
from postharvest.operations.parcels.models import Parcel
from postharvest.operations.settlement import queries

pytestmark = pytest.mark.django_db
NAME, PHONE, LINE = "欧阳小明", "13955501234", "幸福路77号402室"
LATER = OPENS + timedelta(days=30)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def stall(db):
    return make_stall()


@pytest.fixture
def delivered(stall):
    """An order of his that arrived, was complained about with a photo, and booked."""
    order = stall.place(name=NAME, phone=PHONE, line=LINE)
    shift = stall.shift_at_work()
    stall.arrive(stall.post(stall.pack(shift, 1), now=OPENS), at=OPENS + timedelta(days=2))
    close_shift(shift_id=shift.pk, actor=SYSTEM, now=OPENS)
    outbox.drain_all(now=OPENS + timedelta(days=2))
    arrived = Order.objects.get(pk=order.pk)
    photo = default_storage.save("claims/bad.jpg", ContentFile(b"his kitchen table"))
    file_claims(
        filed=[ClaimFiled(key="claim-1", order_id=order.pk, box_no=1, bad_bp=1000, photo=photo,
                          note=f"call {NAME} on {PHONE}")],
        actor=BUYER, now=arrived.closed_at + timedelta(hours=1),
    )  # fmt: skip
    outbox.drain_all(now=LATER)
    user = User.objects.create_user("xiaoming1990")
    Member.objects.create(user=user, contact_id=arrived.contact_id, joined_at=OPENS)
    Preference.objects.create(
        phone_index=phone_index(PHONE), sealed_email=seal_text("ming@example.org"), changed_at=OPENS
    )
    return arrived


def everything() -> str:
    """Every cell of every table as text, and every file's name and bytes."""
    connection.ensure_connection()
    out = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            out += [repr(row) for row in cursor.fetchall()]
    files = [file for file in Path(default_storage.location).rglob("*") if file.is_file()]
    out += [f"{file.name} {file.read_bytes()!r}" for file in files]
    return "\n".join(out)


def test_what_is_kept_is_shown_and_the_question_is_audited(delivered):
    kept = export_person(phone="139-5550-1234", actor=SYSTEM, now=LATER)
    assert [c["name"] for c in kept["contacts"]] == [NAME]
    assert kept["contacts"][0]["address"] == LINE
    assert [o["order"] for o in kept["orders"]] == [delivered.pk]
    assert PHONE in kept["claims"][0]["note"]
    assert kept["member"][0]["name"] == "xiaoming1990"
    assert kept["notices"][0]["email"] == "ming@example.org"
    assert "people.export_person" in everything()


def test_whoever_is_forgotten_is_in_no_table_and_no_file(
    delivered, django_capture_on_commit_callbacks
):
    books = queries.sale_totals(delivered.sale_id)
    index = phone_index(PHONE)
    assert index in everything()
    with django_capture_on_commit_callbacks(execute=True):
        assert erase_person(phone=PHONE, actor=SYSTEM, now=LATER) == 1
    left = everything()
    for trace in (NAME, PHONE, LINE, index, "bad.jpg", "his kitchen table", "xiaoming1990"):
        assert trace not in left, trace
    assert export_person(phone=PHONE, actor=SYSTEM, now=LATER)["contacts"] == []
    assert queries.sale_totals(delivered.sale_id) == books
    assert Parcel.objects.filter(order_id=delivered.pk).exists()
    assert Claim.objects.get().bad_bp == 1000
    assert all(
        check["ok"] for check in queries.invariants(delivered.sale_id) if "paid" not in check
    )


def test_nobody_is_forgotten_while_his_order_is_on_its_way_or_may_be_claimed(stall, delivered):
    with pytest.raises(StillNeeded, match=f"order {delivered.pk}"):
        erase_person(phone=PHONE, actor=SYSTEM, now=delivered.closed_at + timedelta(days=1))
    stall.place(name=NAME, phone=PHONE, line=LINE)
    with pytest.raises(StillNeeded):
        erase_person(phone=PHONE, actor=SYSTEM, now=LATER)
    assert Contact.objects.filter(phone_index=phone_index(PHONE)).count() == 2


def test_nobody_is_forgotten_who_is_owed_money(delivered):
    contact = Contact.objects.get(phone_index=phone_index(PHONE))
    Packer.objects.update(contact=contact)
    with pytest.raises(StillNeeded, match="fen are owed on packer:"):
        erase_person(phone=PHONE, actor=SYSTEM, now=LATER)


def test_only_the_administrator_may(delivered):
    for deed in (erase_person, export_person):
        with pytest.raises(NotAllowed):
            deed(phone=PHONE, actor=BUYER, now=LATER)


def test_old_buyers_are_forgotten_by_themselves_and_new_ones_are_not(stall, delivered):
    fresh = stall.place(name="新人", phone="13700000001")
    assert forget_old_buyers(keep_days=180, actor=SYSTEM, now=LATER) == 0
    much_later = delivered.closed_at + timedelta(days=200)
    assert forget_old_buyers(keep_days=180, actor=SYSTEM, now=much_later) == 1
    assert forget_old_buyers(keep_days=180, actor=SYSTEM, now=much_later) == 0
    assert NAME not in everything()
    assert Order.objects.get(pk=fresh.pk).buyer == phone_index("13700000001")
