"""People are told once, in their language, by the way they chose, and never twice."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from tests.operations.conftest import OPENS

from postharvest.core.audit.actor import SYSTEM
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.vault.models import Contact
from postharvest.core.vault.seal import Person, phone_index, seal
from postharvest.operations.harvest.actions.calls import Call, call_growers
from postharvest.operations.harvest.models import Grower, Offer
from postharvest.operations.notices import providers, queries
from postharvest.operations.notices.actions import (
    MOST_ATTEMPTS,
    Telling,
    note,
    send_notices,
    set_preference,
)
from postharvest.operations.notices.models import Kind, Notice
from postharvest.operations.notices.providers import NotSent, Receiver, Text
from postharvest.operations.orders.actions.teams import close_expired_teams
from postharvest.operations.orders.models import Order
from postharvest.operations.parcels.actions.scanning import flag_late_and_silent

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 8, tzinfo=UTC)
FACTS = {
    "crop_zh": "柿子", "crop_en": "Persimmon", "order": "A-1", "total_fen": 1680,
    "pack_day": "2026-10-21", "arrives_earliest": "2026-10-23", "arrives_latest": "2026-10-24",
}  # fmt: skip


class Remembering:
    def __init__(self, fault=None):
        self.sent = []
        self.fault = fault

    def send(self, *, to, text, key):
        if self.fault:
            raise self.fault
        self.sent.append((to, text, key))


@pytest.fixture(autouse=True)
def _ways(settings):
    settings.POSTHARVEST_NOTICES = ("console", "email")


@pytest.fixture
def base(stall):
    return stall.sale.base


@pytest.fixture
def contact(db):
    return Contact.objects.create(
        sealed=seal(Person(name="陈明", phone="13800138000")),
        phone_index=phone_index("13800138000"), created_at=NOW,
    )  # fmt: skip


def formed(contact, base, about="order-1", kind=Kind.TEAM_FORMED):
    return Telling(kind=kind, about=about, base_id=base.pk, contact=contact, facts=FACTS)


def test_news_heard_twice_is_told_once(contact, base):
    out = Remembering()
    for _ in range(2):
        note([formed(contact, base)], now=NOW)
        send_notices(now=NOW, providers={"console": out})
    [(to, text, _key)] = out.sent
    assert to.phone == "13800138000"
    assert text.title == "您的团成了"
    assert "柿子，订单 A-1：10月21日装箱，10月23日–10月24日送到。" in text.body


def test_wishes_are_kept_language_way_and_silence(contact, base):
    set_preference(
        phone_index=contact.phone_index, language="en", ways=["email"],
        muted=[Kind.PARCEL_LATE], email="a@example.org", now=NOW,
    )  # fmt: skip
    note([formed(contact, base), formed(contact, base, "parcel-1", kind=Kind.PARCEL_LATE)], now=NOW)
    assert send_notices(now=NOW) == 1
    [message] = mail.outbox
    assert message.to == ["a@example.org"]
    assert message.subject == "Your team is complete"
    assert "packed on 21 Oct and arrives 23 Oct–24 Oct" in message.body
    assert queries.email_of(queries.preference(contact.phone_index)) == "a@example.org"
    assert b"example.org" not in bytes(queries.preference(contact.phone_index).sealed_email)


def test_what_surely_did_not_go_out_is_tried_again_and_then_shown_to_a_person(contact, base):
    note([formed(contact, base)], now=NOW)
    out = Remembering(NotSent("no server"))
    at = NOW
    for _ in range(MOST_ATTEMPTS + 3):
        send_notices(now=at, providers={"console": out})
        at += timedelta(days=1)
    [stuck] = queries.in_trouble()
    assert (stuck.state, stuck.attempts) == ("failed", MOST_ATTEMPTS)
    assert "no server" in stuck.last_error


def test_what_may_have_gone_out_is_not_sent_again(contact, base):
    note([formed(contact, base)], now=NOW)
    send_notices(now=NOW, providers={"console": Remembering(TimeoutError("no answer"))})
    out = Remembering()
    assert send_notices(now=NOW + timedelta(days=1), providers={"console": out}) == 0
    assert out.sent == []
    assert queries.in_trouble().count() == 1


def test_a_worker_that_died_while_sending_sends_nothing_twice(contact, base):
    note([formed(contact, base)], now=NOW)

    class Dies:
        def send(self, *, to, text, key):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_notices(now=NOW, providers={"console": Dies()})
    out = Remembering()
    assert send_notices(now=NOW + timedelta(days=1), providers={"console": out}) == 0
    assert [one.state for one in queries.in_trouble()] == ["sending"]


def test_a_second_worker_leaves_alone_what_the_first_one_sends(contact, base):
    note([formed(contact, base)], now=NOW)
    inner = Remembering()

    class Asks:
        def send(self, *, to, text, key):
            send_notices(now=NOW, providers={"console": inner})  # the other worker, meanwhile

    assert send_notices(now=NOW, providers={"console": Asks()}) == 1
    assert inner.sent == []


def test_wishes_that_cannot_be_are_refused(contact):
    wish = {
        "phone_index": "x", "language": "en", "ways": [], "muted": [], "email": "", "now": NOW,
    }  # fmt: skip
    for more, field in (
        ({"language": "fr"}, "language"),
        ({"ways": ["pigeon"]}, "ways"),
        ({"muted": ["weather"]}, "muted"),
        ({"ways": ["email"]}, "email"),
    ):
        with pytest.raises(InvalidInput) as refused:
            set_preference(**{**wish, **more})
        assert refused.value.field == field
    assert queries.preference("x") is None


def test_a_called_grower_hears_once_what_to_harvest(stall, base, contact):
    Grower.objects.update(contact=contact)
    [offer] = Offer.objects.all()[:1]
    day = stall.sale.surplus.harvest_from
    for _ in range(2):
        call_growers(
            base_id=base.pk, day=day, calls=[Call(offer_id=offer.pk, weight_g=5_000)],
            actor=SYSTEM, now=NOW,
        )  # fmt: skip
        outbox.drain_all(now=NOW)
    [notice] = Notice.objects.all()
    assert notice.kind == "harvest_call"
    assert notice.facts["weight_g"] == 5_000


def test_the_console_masks_the_number(caplog):
    caplog.set_level("INFO")
    providers.Console().send(
        to=Receiver(phone="13800138000"), text=Text(title="T", body="B"), key="k"
    )
    assert "*******8000" in caplog.text
    assert "13800138000" not in caplog.text


def test_a_short_message_goes_to_the_operators_gateway(settings):
    heard = []

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append((self.headers["Authorization"], self.rfile.read(
                int(self.headers["Content-Length"])).decode()))  # fmt: skip
            self.send_response(200 if len(heard) == 1 else 503)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        settings.POSTHARVEST_SMS_URL = f"http://127.0.0.1:{server.server_port}/"
        settings.POSTHARVEST_SMS_TOKEN = "secret"
        message = {"to": Receiver(phone="1380"), "text": Text(title="T", body="B"), "key": "k"}
        providers.Sms().send(**message)
        assert heard == [("Bearer secret", '{"to": "1380", "text": "T B", "key": "k"}')]
        with pytest.raises(NotSent, match="503"):
            providers.Sms().send(**message)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    with pytest.raises(NotSent, match="not there"):
        providers.Sms().send(**message)


def test_members_hear_that_their_team_is_complete_or_that_it_did_not_fill(stall, settle_news):
    leader = stall.place(wants_team=True, payment="sandbox", phone="13800000001")
    for n in range(2, 4):
        stall.place(
            wants_team=True, team_id=leader.team_id, payment="sandbox", phone=f"1380000000{n}"
        )
    lonely = stall.place(wants_team=True, payment="sandbox", phone="13800000009")
    settle_news(OPENS)
    told = Notice.objects.filter(kind="team_formed").values_list("contact_id", flat=True)
    team = [one.contact_id for one in Order.objects.filter(team_id=leader.team_id)]
    assert sorted(told) == sorted(team)
    close_expired_teams(now=OPENS + timedelta(days=2))
    settle_news(OPENS + timedelta(days=2))
    [failed] = Notice.objects.filter(kind="team_failed")
    assert failed.contact_id == Order.objects.get(pk=lonely.pk).contact_id


def test_a_buyer_hears_once_that_his_parcel_is_late(stall, settle_news):
    stall.place(payment="sandbox")
    shift = stall.shift_at_work()
    [parcel, *_] = stall.post(stall.pack(shift, 1), now=OPENS)
    later = OPENS + timedelta(days=20)
    for at in (later, later + timedelta(days=1)):
        flag_late_and_silent(base_id=stall.sale.base_id, now=at, lane_p95={})
        settle_news(at)
    late = Notice.objects.filter(kind="parcel_late")
    assert [one.facts["number"] for one in late] == [parcel.number]
