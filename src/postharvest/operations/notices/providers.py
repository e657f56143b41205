"""Ways to reach somebody: one small protocol, so that an operator can bring his own."""

import json
import logging
import smtplib
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage

_logger = logging.getLogger("postharvest.notices")
_LONGEST_WAIT_S = 10
_SHOWN_DIGITS = 4


class NotSent(Exception):
    """Surely nothing went out: it may be tried again."""


class NoAddress(Exception):
    """This person cannot be reached this way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where a person can be reached."""

    phone: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is said, in the receiver's language."""

    title: str
    body: str


class Provider(Protocol):
    """Sends one message, once.

    It raises `NotSent` only when nothing can have gone out; any other failure leaves open whether
    the message arrived, and then it is not sent again.
    """

    def send(self, *, to: Receiver, text: Text, key: str) -> None: ...


class Console:
    """Writes the message to the log; the number is masked there."""

    def send(self, *, to: Receiver, text: Text, key: str) -> None:
        hidden = "*" * max(0, len(to.phone) - _SHOWN_DIGITS) + to.phone[-_SHOWN_DIGITS:]
        _logger.info("notice %s to %s: %s %s", key, hidden, text.title, text.body)


class Email:
    """Sends by the mail server of the settings; the key is the message's id."""

    def send(self, *, to: Receiver, text: Text, key: str) -> None:
        if not to.email:
            raise NoAddress("no e-mail address")
        message = EmailMessage(
            subject=text.title,
            body=text.body,
            to=[to.email],
            headers={"Message-ID": f"<{key.replace(':', '.')}@postharvest>"},
        )
        try:
            message.send()
        except (ConnectionRefusedError, smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
            raise NotSent(str(error)) from error


class Sms:
    """Posts ``{"to", "text", "key"}`` to the operator's gateway; it dedups by the key, too."""

    def send(self, *, to: Receiver, text: Text, key: str) -> None:
        if not to.phone:
            raise NoAddress("no phone number")
        url = settings.POSTHARVEST_SMS_URL
        if not url.startswith(("https://", "http://127.0.0.1")):
            raise NotSent("POSTHARVEST_SMS_URL is not an https address")
        body = json.dumps({"to": to.phone, "text": f"{text.title} {text.body}", "key": key})
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {settings.POSTHARVEST_SMS_TOKEN}",
        }
        request = urllib.request.Request(url, body.encode(), headers)  # noqa: S310  (checked above)
        try:
            urllib.request.urlopen(request, timeout=_LONGEST_WAIT_S).close()  # noqa: S310
        except urllib.error.HTTPError as error:
            error.close()
            raise NotSent(f"the gateway answered {error.code}") from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                raise NotSent("the gateway is not there") from error
            raise


PROVIDERS: Mapping[str, Provider] = {"console": Console(), "email": Email(), "sms": Sms()}
"""Every way we know; the settings say which are used."""
