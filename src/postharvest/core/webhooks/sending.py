"""Posting to an address that somebody else chose, without letting him reach what is ours.

The name is resolved once, every address it has must be a public one, and the connection goes to
the address that was checked, so that a name which changes its mind finds nobody at home.
Redirects are not followed, and of the answer only status and Retry-After are read.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from postharvest.core.errors import InvalidInput

TIMEOUT_S = 10.0
LONGEST_URL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the other side said: a status, or 0 and why there was none."""

    status: int
    error: str = ""
    retry_after: str = ""


def checked_url(url: str, *, allow_private: bool) -> SplitResult:
    """Return an address that may be posted to, taken apart.

    Raises
    ------
    InvalidInput
        It is no https address of a public host.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidInput("url", f"is no web address: {error}") from None
    schemes = ("https", "http") if allow_private else ("https",)
    if len(url) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in url):
        raise InvalidInput("url", f"must be printable and at most {LONGEST_URL} characters")
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise InvalidInput("url", "must be like https://example.org/hooks")
    if parts.username or parts.password:
        raise InvalidInput("url", "must not carry a user name or password")
    if not allow_private and _is_inward(parts.hostname):
        raise InvalidInput("url", "must be a host that the whole internet can reach")
    return parts


def post(url: str, headers: Mapping[str, str], body: bytes, *, allow_private: bool) -> Answer:
    """Post a body; whatever goes wrong is told as an answer, never raised."""
    try:
        parts = checked_url(url, allow_private=allow_private)
        address, port = _public_address(parts, allow_private=allow_private)
        return _exchange(parts, address, port, headers, body)
    except (InvalidInput, OSError, http.client.HTTPException, ValueError) as error:
        return Answer(status=0, error=f"{type(error).__name__}: {error}"[:200])


def _public_address(parts: SplitResult, *, allow_private: bool) -> tuple[str, int]:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not allow_private and any(not _is_public(address) for address in addresses):
        raise InvalidInput("url", f"{parts.hostname} leads to an address that is not public")
    return addresses[0], port


def _is_inward(host: str) -> bool:
    """Tell names and literal addresses that only mean something inside a network."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal"))
    return not _is_public(host)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (inner is None or inner.is_global)


def _exchange(
    parts: SplitResult, address: str, port: int, headers: Mapping[str, str], body: bytes
) -> Answer:
    host = str(parts.hostname)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    raw = socket.create_connection((address, port), timeout=TIMEOUT_S)
    try:
        connection.sock = (
            ssl.create_default_context().wrap_socket(raw, server_hostname=host)
            if parts.scheme == "https"
            else raw
        )
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return Answer(status=answer.status, retry_after=answer.getheader("Retry-After", ""))
    finally:
        connection.close()
        raw.close()
