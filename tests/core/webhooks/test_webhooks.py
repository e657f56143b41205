"""News out: signed by the rules, tried for a day, replayed, paused, and never sent inward."""

import http.server
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import transaction

from postharvest.core import signing
from postharvest.core.errors import InvalidInput
from postharvest.core.outbox import log as outbox
from postharvest.core.webhooks import actions, queries
from postharvest.core.webhooks.models import Message, Subscription
from postharvest.core.webhooks.sending import Answer, checked_url, post

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
REGIONS = {1: "610528", 2: "450881"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    kind: ClassVar[str] = "parcels.posted"
    base_id: int
    despatch_id: int


@dataclass
class Receiver:
    """The other side, in memory."""

    status: int = 204
    retry_after: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def __call__(self, url, headers, body):
        self.got.append((url, headers, body))
        return Answer(status=self.status, retry_after=self.retry_after)


@pytest.fixture
def subscribed(db):
    return actions.subscribe(
        party="shop", url="https://example.org/hook", kinds=["parcels.posted"], region="",
        allow_private=False, now=NOW,
    )  # fmt: skip


def happen(base_id=1, despatch_id=7, now=NOW):
    with transaction.atomic():
        outbox.record(Posted(base_id=base_id, despatch_id=despatch_id), now=now)
    actions.fan_out(region_of=REGIONS.__getitem__, now=now + timedelta(seconds=3))


def send(receiver, after=timedelta(seconds=5)):
    return actions.send_due(post=receiver, now=NOW + after)


def test_news_arrives_signed_once(subscribed):
    _, secret = subscribed
    receiver = Receiver()
    happen()
    assert send(receiver) == 1
    assert send(receiver) == 0
    [(url, headers, body)] = receiver.got
    assert url == "https://example.org/hook"
    assert b'"despatch_id": 7' in body
    sent_at = NOW + timedelta(seconds=5)
    assert signing.verify(secret, headers=headers, body=body, now=sent_at) == headers["webhook-id"]
    with pytest.raises(signing.BadSignature):
        signing.verify(secret, headers=headers, body=body + b" ", now=sent_at)


def test_what_happened_before_or_is_of_another_kind_is_not_sent(subscribed):
    with transaction.atomic():
        outbox.record(Posted(base_id=1, despatch_id=1), now=NOW)
    Subscription.objects.update(starts_after=outbox.newest_id())
    actions.fan_out(region_of=REGIONS.__getitem__, now=NOW + timedelta(seconds=3))
    assert not Message.objects.exists()
    Subscription.objects.update(kinds=["orders.delivered"])
    happen()
    assert not Message.objects.exists()


def test_a_region_hears_only_of_its_own_bases(db):
    actions.subscribe(
        party="shaanxi", url="https://example.org/h", kinds=["parcels.posted"], region="61",
        allow_private=False, now=NOW,
    )  # fmt: skip
    happen(base_id=2)
    assert not Message.objects.exists()
    happen(base_id=1)
    assert Message.objects.count() == 1


def test_a_failing_address_is_tried_for_a_day_then_paused(subscribed):
    receiver = Receiver(status=500)
    happen()
    at, tries = timedelta(seconds=5), []
    while (message := Message.objects.get()).given_up_at is None:
        at = message.due_at - NOW
        tries.append(at)
        send(receiver, at)
    assert len(tries) == len(receiver.got) == 8
    assert timedelta(hours=23) < tries[-1] - tries[0] <= timedelta(hours=25)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1
    assert Subscription.objects.get().paused_because == "nothing was taken for a day"
    happen(despatch_id=8, now=NOW + timedelta(days=2))
    assert send(receiver, timedelta(days=3)) == 0  # paused: kept, not sent
    receiver.status = 200
    actions.resume(subscription_id=Subscription.objects.get().pk, now=NOW + timedelta(days=3))
    assert send(receiver, timedelta(days=3)) == 1


def test_replay_sends_the_same_ids_again(subscribed):
    row, _ = subscribed
    receiver = Receiver()
    for despatch in (1, 2, 3):
        happen(despatch_id=despatch, now=NOW + timedelta(hours=despatch))
    assert send(receiver, timedelta(hours=4)) == 3
    since = NOW + timedelta(hours=2)
    assert actions.replay(subscription_id=row.pk, since=since, now=NOW + timedelta(hours=5)) == 2
    assert send(receiver, timedelta(hours=5)) == 2
    ids = [headers["webhook-id"] for _, headers, _ in receiver.got]
    assert ids[3:] == ids[1:3]


def test_a_gone_address_is_paused_at_once_and_a_busy_one_is_given_its_time(subscribed):
    happen()
    send(Receiver(status=503, retry_after="3600"))
    assert Message.objects.get().due_at == NOW + timedelta(seconds=5, hours=1)
    send(Receiver(status=410), timedelta(hours=2))
    assert Message.objects.get().given_up_at is not None
    assert Subscription.objects.get().paused_at is not None


def test_one_failing_address_does_not_hold_up_the_others(subscribed):
    actions.subscribe(
        party="b", url="https://example.net/b", kinds=["parcels.posted"], region="",
        allow_private=False, now=NOW,
    )  # fmt: skip
    for despatch in (1, 2, 3):
        happen(despatch_id=despatch)

    def half(url, headers, body):
        return Answer(status=200 if "net" in url else 0)

    assert actions.send_due(post=half, now=NOW + timedelta(seconds=9)) == 3
    assert (
        Message.objects.filter(attempts=1).count() == 4
    )  # one try of the failing one, three taken


def test_the_secret_lies_sealed(subscribed):
    row, secret = subscribed
    assert secret.removeprefix("whsec_").encode() not in bytes(row.sealed_secret)
    assert queries.subscription(row.pk, "somebody else") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://", "https:///x", "//example.org",
        "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/",
        "https://169.254.169.254/latest", "https://192.168.0.1/", "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/", "https://printer/", "https://db.internal/", "https://me:pw@example.org/",
        "https://example.org:0/", "https://example.org:99999/", "https://exa mple.org/", "x" * 600,
        "https://[fe80::1%25eth0]/", "https://100.64.0.1/", "https://224.0.0.1/",
    ],
)  # fmt: skip
def test_addresses_that_lead_inward_or_nowhere_are_refused(db, url):
    with pytest.raises(InvalidInput) as caught:
        checked_url(url, allow_private=False)
    assert caught.value.field == "url"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "::1", "169.254.169.254"])
def test_a_public_name_that_leads_inward_is_not_followed(monkeypatch, address):
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("8.8.8.8", 443)),
                                                 (2, 1, 6, "", (address, 443))],
    )  # fmt: skip
    monkeypatch.setattr(
        "socket.create_connection", lambda *_a, **_k: pytest.fail("it was connected to")
    )
    answer = post("https://rebinding.example.org/", {}, b"", allow_private=False)
    assert answer.status == 0
    assert "not public" in answer.error


def test_a_redirect_is_not_followed_and_a_post_arrives_whole():
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(302 if self.path == "/old" else 204)
            self.send_header("Location", "/new")
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        assert post(f"{base}/old", {}, b"a", allow_private=True).status == 302
        assert post(f"{base}/hook?x=1", {}, b"b", allow_private=True).status == 204
    finally:
        server.shutdown()
        server.server_close()
    assert seen == [("/old", b"a"), ("/hook?x=1", b"b")]
    assert post(f"{base}/", {}, b"", allow_private=True).status == 0
