"""Changed accounts, ghost packers, invented growers, the same photo twice: held until decided.

Each guard is shown to matter: with it taken out, the same payout is paid.
"""

import io
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from PIL import Image
from tests.operations.conftest import DESK, OPENS, START

from postharvest.core.audit.actor import SYSTEM, Actor, NotAllowed, Role
from postharvest.core.audit.models import AuditEntry
from postharvest.core.errors import InvalidInput
from postharvest.core.photos.actions import MOST_DIFFERENT, note_photos, print_of, seen_before
from postharvest.core.vault.actions import contact_of
from postharvest.core.vault.seal import Person
from postharvest.operations.campaigns.actions import close_sale
from postharvest.operations.campaigns.models import Listing
from postharvest.operations.harvest.actions.growers import GrowerEntry, register_growers
from postharvest.operations.harvest.models import Grower, Lot
from postharvest.operations.notices.models import Notice
from postharvest.operations.orders.actions.claims import ClaimFiled, file_claims
from postharvest.operations.orders.actions.deciding import decide_by_rule, set_claim_rule
from postharvest.operations.packing.actions.shifts import close_shift
from postharvest.operations.packing.models import Packer, SignIn
from postharvest.operations.settlement import actions, doubts, suspicions
from postharvest.operations.settlement.actions import InDoubt, approve_payouts, settle_sale
from postharvest.operations.settlement.doubts import (
    NotDoubted,
    SameEyes,
    clear_doubt,
    uphold_doubt,
)
from postharvest.operations.settlement.models import Doubt, Payee, Payout
from postharvest.operations.settlement.payees import PayeeEntry, person_of, set_payee
from postharvest.operations.settlement.payouts import make_batch

SECOND = Actor(party="desk:2", role=Role.DESK, scope="610528")
THIRD = Actor(party="desk:3", role=Role.DESK, scope="610528")
ARRIVED = OPENS + timedelta(days=3)
CARD, OTHER_CARD = "6228480402564890018", "6217000010048291333"


@pytest.fixture
def sold(stall, settle_news):
    """A sale that ended well, not settled yet: 1 grower's fruit sold, one packer at work."""
    Listing.objects.update(team_fen=20_000, solo_fen=25_000)
    shift = stall.shift_at_work()
    stall.place(quantity=3)
    stall.arrive(stall.post(stall.pack(shift, 3), now=OPENS), at=ARRIVED)
    close_shift(shift_id=shift.pk, actor=DESK, now=OPENS)
    close_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    settle_news(ARRIVED)
    return stall


def settle(stall):
    settle_sale(sale_id=stall.sale.pk, actor=DESK, now=ARRIVED)
    return {row.account: row for row in Payout.objects.filter(state="proposed")}


def pay(*rows, actor=SECOND):
    return approve_payouts(payout_ids=[row.pk for row in rows], actor=actor, now=ARRIVED)


def payee(stall, account, *, actor=DESK, name="张一", card=CARD, **given):
    person = Person(name=name, phone="13900000001", payee=card)
    entry = PayeeEntry(account=account, way="bank", person=person, **given)
    return set_payee(base_id=stall.sale.base_id, entry=entry, actor=actor, now=ARRIVED)


def kinds():
    return sorted(Doubt.objects.values_list("kind", flat=True))


def a_grower(rows):
    return next(row for account, row in sorted(rows.items()) if account.startswith("grower:"))


def a_packer(rows):
    return next(row for account, row in sorted(rows.items()) if account.startswith("packer:"))


def test_an_honest_sale_raises_no_doubt_and_is_paid(sold):
    rows = settle(sold)
    assert kinds() == []
    assert pay(*rows.values()) == len(rows) > 1


def test_a_changed_account_waits_for_a_second_person_and_the_old_phone_is_told(
    sold, settle_news, settings
):
    settings.POSTHARVEST_NOTICES = ("console",)
    row = a_grower(settle(sold))
    first = payee(sold, row.account)
    assert kinds() == []  # the first account that is entered changes nothing
    payee(sold, row.account, card=OTHER_CARD, actor=SECOND)
    [doubt] = Doubt.objects.all()
    with pytest.raises(InDoubt):
        pay(row, actor=THIRD)
    settle_news(ARRIVED)
    assert [(n.kind, n.contact_id) for n in Notice.objects.all()] == [
        ("payee_changed", first.contact_id)
    ]
    with pytest.raises(SameEyes):
        clear_doubt(doubt_id=doubt.pk, reason="I know him", actor=SECOND, now=ARRIVED)
    clear_doubt(doubt_id=doubt.pk, reason="called him: new card", actor=DESK, now=ARRIVED)
    assert pay(row, actor=THIRD) == 1


def test_with_the_guard_out_a_changed_account_would_be_paid(sold, monkeypatch):
    row = a_grower(settle(sold))
    payee(sold, row.account)
    payee(sold, row.account, card=OTHER_CARD)
    with pytest.raises(InDoubt):
        pay(row)
    monkeypatch.setattr(actions, "without_doubt", list)
    assert pay(row) == 1


def test_a_changed_account_that_is_upheld_goes_back_to_the_one_before(sold):
    row = a_grower(settle(sold))
    payee(sold, row.account)
    payee(sold, row.account, card=OTHER_CARD, name="李四", kind="proxy", proof="slip 4")
    [doubt] = Doubt.objects.all()
    uphold_doubt(doubt_id=doubt.pk, reason="he signed no slip", actor=THIRD, now=ARRIVED)
    row.refresh_from_db()
    assert person_of(row).payee == CARD
    assert Payee.objects.get(account=row.account, ended_at=None).pk == row.payee_id
    assert pay(row) == 1


def test_approved_money_that_was_not_handed_over_yet_waits_as_well(sold):
    row = a_grower(settle(sold))
    payee(sold, row.account)
    pay(row)
    payee(sold, row.account, card=OTHER_CARD)
    with pytest.raises(InvalidInput, match="without a doubt"):
        make_batch(base_id=sold.sale.base_id, way="bank", actor=DESK, now=ARRIVED)


def test_several_growers_behind_one_account_are_held_and_the_rest_is_paid(sold):
    shared = [contact_of(Person(name=n, phone=n, payee=CARD), now=OPENS) for n in "12"]
    for grower, contact in zip(Grower.objects.order_by("pk"), shared, strict=True):
        contact.save()
        Grower.objects.filter(pk=grower.pk).update(contact=contact)
    rows = settle(sold)
    held = [row for row in rows.values() if row.account.startswith("grower:")]
    free = [row for row in rows.values() if row.account.startswith("packer:")]
    assert set(kinds()) == {"shared_account"}
    assert pay(*rows.values()) == len(free) > 0
    with pytest.raises(InDoubt):
        pay(*held)
    for one in Doubt.objects.all():
        assert CARD not in str(one.facts)
        clear_doubt(doubt_id=one.pk, reason="father and son", actor=SECOND, now=ARRIVED)
    settle(sold)
    assert pay(*held) == len(held)


def test_three_packers_on_one_phone_are_looked_at(sold):
    contact = contact_of(Person(name="x", phone="13811112222"), now=OPENS)
    contact.save()
    Packer.objects.update(contact=contact)
    settle(sold)
    assert kinds() == []  # two may share a phone
    pool = Packer.objects.first()
    Packer.objects.create(base=pool.base, pool=pool.pool, code="K9", adult=True, contact=contact)
    settle(sold)
    assert set(kinds()) == {"shared_phone"}


def test_a_packer_faster_than_hands_can_pack_is_a_ghost_until_somebody_says_otherwise(
    sold, monkeypatch
):
    Listing.objects.update(box_crew_s=4 * 3600)  # three such boxes are a day and a half
    rows = settle(sold)
    assert kinds() == ["too_fast"]
    row = a_packer(rows)
    with pytest.raises(InDoubt):
        pay(row)
    Doubt.objects.all().delete()
    monkeypatch.setattr(suspicions, "_too_fast", lambda *_a, **_k: iter(()))
    settle(sold)
    assert pay(row) == 1  # with the guard out the ghost is paid


def test_boxes_of_somebody_who_never_signed_in_are_held(sold):
    SignIn.objects.all().delete()
    settle(sold)
    assert "too_fast" in kinds()


def test_a_grower_with_more_than_the_land_can_bear_is_held(sold, monkeypatch):
    economics = [{"produce_id": "persimmon", "yield_hi_kg_mu": 3000}]
    monkeypatch.setattr(suspicions.network, "table_rows", lambda _name: economics)
    Grower.objects.update(area_mu=0.005)  # three square metres
    assert Lot.objects.filter(harvested_on=START).exists()
    row = a_grower(settle(sold))
    assert set(kinds()) == {"too_much"}
    with pytest.raises(InDoubt):
        pay(row)
    Doubt.objects.all().delete()
    Grower.objects.update(area_mu=2.0)
    row = a_grower(settle(sold))
    assert kinds() == []
    assert pay(row) == 1


def test_land_is_asked_for_at_registration_and_can_not_be_nonsense(stall):
    entry = GrowerEntry(code="G9", village="V", person=Person(name="x", phone="1"), area_mu=-1)
    with pytest.raises(InvalidInput, match="land"):
        register_growers(base_id=stall.sale.base_id, entries=[entry], actor=DESK, now=OPENS)


def picture(seed, *, size=(640, 480), quality=85):
    """A field of light and shade, told by its seed."""
    small = Image.effect_noise((8, 6), 90) if seed is None else Image.new("L", (8, 6))
    if seed is not None:
        small.putdata([(seed * 7919 + n * n * 31 + n * seed * 17) % 256 for n in range(48)])
    out = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


@pytest.fixture
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def store(name, content):
        return default_storage.save(name, ContentFile(content))

    return store


def test_a_photo_is_known_again_after_scaling_and_saving_it_anew(db, stored):
    first = stored("claims/a.jpg", picture(3))
    again = stored("claims/b.jpg", picture(3, size=(320, 240), quality=50))
    other = stored("claims/c.jpg", picture(11))
    prints = [print_of(name) for name in (first, again, other)]
    assert (prints[0] ^ prints[1]).bit_count() <= MOST_DIFFERENT
    assert (prints[0] ^ prints[2]).bit_count() > MOST_DIFFERENT
    note_photos(photos={"order 1": [first]}, now=OPENS)
    note_photos(photos={"order 2": [again]}, now=OPENS)
    note_photos(photos={"order 3": [other]}, now=OPENS)
    note_photos(photos={"order 1": [first]}, now=OPENS)
    assert seen_before(["order 1", "order 2", "order 3"]) == {"order 2": "order 1"}


def test_a_picture_of_nothing_is_known_again_only_byte_by_byte(db, stored):
    flat = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(flat, "JPEG")
    assert print_of(stored("claims/flat.jpg", flat.getvalue())) is None
    assert print_of("claims/none.jpg") is None
    note_photos(photos={"order 1": ["x.jpg"]}, now=OPENS)
    note_photos(photos={"order 2": ["x.jpg"]}, now=OPENS)
    assert seen_before(["order 2"]) == {"order 2": "order 1"}


def test_a_claim_with_a_photo_of_an_earlier_one_is_not_paid_by_rule(stall):
    shift = stall.shift_at_work()
    placed = [stall.place(quantity=2), stall.place(quantity=1)]
    stall.arrive(stall.post(stall.pack(shift, 3), now=OPENS), at=ARRIVED)
    filed = [
        ClaimFiled(key="c1", order_id=placed[0].pk, box_no=1, bad_bp=2000, photo="claims/a.jpg"),
        ClaimFiled(key="c2", order_id=placed[0].pk, box_no=2, bad_bp=2000, photo="claims/a.jpg"),
        ClaimFiled(key="c3", order_id=placed[1].pk, box_no=1, bad_bp=2000, photo="claims/a.jpg"),
    ]
    for one in filed:
        file_claims(filed=[one], actor=SYSTEM, now=ARRIVED)
    set_claim_rule(
        base_id=stall.sale.base_id, most_fen=10_000, most_bad_bp=9000, buyer_claims=9,
        buyer_fen=90_000, actor=DESK, now=ARRIVED,
    )  # fmt: skip
    outcome = decide_by_rule(base_id=stall.sale.base_id, actor=DESK, now=ARRIVED)
    assert (outcome.approved, outcome.exceptions) == (2, {"photo_twice": 1})


def test_a_report_with_somebody_elses_photo_stops_the_payouts_of_its_sale(sold, settle_news):
    surplus = sold.sale.surplus
    note_photos(photos={"surplus 999": ["reports/a.jpg"]}, now=OPENS)
    note_photos(photos={f"surplus {surplus.pk}": ["reports/a.jpg"]}, now=OPENS)
    from postharvest.operations.settlement.reactions import look_at_photos

    look_at_photos({"surplus_id": surplus.pk, "base_id": surplus.base_id}, ARRIVED)
    look_at_photos({"surplus_id": surplus.pk, "base_id": surplus.base_id}, ARRIVED)
    [doubt] = Doubt.objects.all()
    assert doubt.facts == {"also": "surplus 999"}
    rows = settle(sold)
    with pytest.raises(InDoubt):
        pay(*rows.values())
    clear_doubt(doubt_id=doubt.pk, reason="same tree, same village", actor=SECOND, now=ARRIVED)
    assert pay(*rows.values()) == len(rows)


def test_deciding_takes_a_reason_the_right_county_and_happens_once(sold):
    Listing.objects.update(box_crew_s=4 * 3600)
    settle(sold)
    [doubt] = Doubt.objects.all()
    given = {"doubt_id": doubt.pk, "now": ARRIVED}
    with pytest.raises(InvalidInput, match="looked at"):
        clear_doubt(reason=" ", actor=SECOND, **given)
    stranger = Actor(party="desk:9", role=Role.DESK, scope="450000")
    with pytest.raises(NotAllowed):
        clear_doubt(reason="fine", actor=stranger, **given)
    uphold_doubt(reason="nobody knows her", actor=SECOND, **given)
    with pytest.raises(NotDoubted):
        uphold_doubt(reason="nobody knows her", actor=SECOND, **given)
    with pytest.raises(InDoubt):
        pay(a_packer({p.account: p for p in Payout.objects.all()}), actor=THIRD)
    clear_doubt(reason="she came with her papers", actor=THIRD, **given)
    with pytest.raises(NotDoubted):
        uphold_doubt(reason="again", actor=SECOND, **given)
    settle(sold)
    assert Doubt.objects.count() == 1  # what was cleared is not raised again
    written = AuditEntry.objects.filter(subject=f"doubt {doubt.pk}").values_list(
        "action", flat=True
    )
    assert list(written) == ["settlement.raise_doubt"] + 2 * ["settlement.decide_doubt"]


def test_the_database_itself_wants_two_people(sold):
    Listing.objects.update(box_crew_s=4 * 3600)
    settle(sold)
    with pytest.raises(IntegrityError), transaction.atomic():
        Doubt.objects.update(state="cleared", decided_by="system", raised_by="system")
    assert doubts.base_of_doubt(0) is None
