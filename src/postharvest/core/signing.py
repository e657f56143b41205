"""Standard Webhooks signatures (https://www.standardwebhooks.com, version 1): made and checked.

The signed content is ``{webhook-id}.{webhook-timestamp}.{body}``, the key is what follows
``whsec_`` in base64, the signature HMAC-SHA256.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from postharvest.core.errors import InvalidInput, Refused

TOLERANCE = timedelta(minutes=5)
"""How far a message's clock may be from ours: older ones could be replays."""
PREFIX = "whsec_"
SHORTEST_KEY_BYTES = 24


class BadSignature(Refused):
    """The message was not signed with our secret, or not just now."""

    code = "bad_signature"


def key_of(secret: str) -> bytes:
    """Return the key that a secret carries.

    Raises
    ------
    InvalidInput
        The secret is not ``whsec_`` and base64 of at least 24 bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < SHORTEST_KEY_BYTES:
        raise InvalidInput(
            "secret", f"must be {PREFIX} and base64 of {SHORTEST_KEY_BYTES} bytes or more"
        )
    return key


def signature(secret: str, *, message_id: str, at: datetime, body: bytes) -> str:
    """Return the value of the ``webhook-signature`` header."""
    content = f"{message_id}.{int(at.timestamp())}.".encode() + body
    digest = hmac.digest(key_of(secret), content, "sha256")
    return "v1," + base64.b64encode(digest).decode()


def verify(secret: str, *, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a message that is genuine and fresh.

    Raises
    ------
    BadSignature
        A header is missing, the time is off by more than `TOLERANCE`, or no signature fits.
    """
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not message_id or not stamp.isdecimal():
        raise BadSignature("send webhook-id, webhook-timestamp and webhook-signature")
    try:
        at = datetime.fromtimestamp(int(stamp), UTC)
    except (OverflowError, OSError, ValueError):
        raise BadSignature("webhook-timestamp is no time in seconds") from None
    if abs(now - at) > TOLERANCE:
        raise BadSignature("webhook-timestamp is too far from our clock")
    wanted = signature(secret, message_id=message_id, at=at, body=body)
    given = headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
        raise BadSignature("no signature fits this body")
    return message_id
