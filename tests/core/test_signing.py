"""Signatures of webhooks; the first case is the published example of the standard."""

from datetime import UTC, datetime, timedelta

import pytest

from postharvest.core.errors import InvalidInput
from postharvest.core.signing import BadSignature, key_of, signature, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def headers(**changed: str) -> dict[str, str]:
    given = {
        "webhook-id": ID,
        "webhook-timestamp": str(int(AT.timestamp())),
        "webhook-signature": SIGNED,
    }
    return {**given, **{k.replace("_", "-"): v for k, v in changed.items()}}


def test_the_published_example_is_signed_alike():
    assert signature(SECRET, message_id=ID, at=AT, body=BODY) == SIGNED


def test_a_genuine_message_is_known_by_its_id():
    several = f"v1,bm90aGluZw== {SIGNED}"
    assert verify(SECRET, headers=headers(webhook_signature=several), body=BODY, now=AT) == ID


@pytest.mark.parametrize(
    ("changed", "body", "late"),
    [
        ({}, b'{"test": 2432232315}', 0),
        ({"webhook_id": "msg_other"}, BODY, 0),
        ({"webhook_signature": ""}, BODY, 0),
        ({"webhook_signature": "v1,é"}, BODY, 0),
        ({"webhook_timestamp": "soon"}, BODY, 0),
        ({"webhook_timestamp": "9" * 30}, BODY, 0),
        ({}, BODY, 301),
        ({}, BODY, -301),
    ],
)
def test_anything_else_is_refused(changed, body, late):
    with pytest.raises(BadSignature):
        verify(SECRET, headers=headers(**changed), body=body, now=AT + timedelta(seconds=late))


def test_a_short_secret_is_refused():
    with pytest.raises(InvalidInput, match="24 bytes"):
        key_of("whsec_c2hvcnQ=")
