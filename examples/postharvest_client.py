"""A small typed client of a PostHarvest branch; standard library only, copy it and change it.

It sends every request that makes something with a key of its own, so that asking again after a
broken connection makes nothing twice, and it reads problems as exceptions with a stable code.
"""

import base64
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

TRIES = 4
AGAIN = (429, 503)


class Problem(Exception):
    """A refusal (RFC 9457): ``code`` never changes, ``pointer`` names the field that is wrong."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(f"{document['code']}: {document['detail']}")
        self.status = int(document["status"])
        self.code = str(document["code"])
        self.pointer = str(document.get("pointer", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A box size of a sale; money is in fen, weight in grams."""

    id: int
    pack_g: int
    left: int
    solo_fen: int
    team_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale that takes orders."""

    id: int
    produce: str
    left_g: int
    closes_at: datetime
    listings: tuple[Listing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order that stands; ``access`` is what shows and cancels it."""

    number: str
    access: str
    status: str
    total_fen: int
    arrives_latest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One EMSEVT event of a parcel."""

    parcel: str
    code: str
    at: datetime
    place: str
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Speaks to one branch's API, with or without a token."""

    base: str
    token: str = ""
    language: str = "en"

    def sales(self) -> tuple[Sale, ...]:
        """Return the sales that take orders now."""
        return tuple(map(_sale, self._json("GET", "sales")["sales"]))

    def place_order(
        self, *, listing: int, quantity: int, name: str, phone: str, county: str, line: str
    ) -> Order:
        """Place an order for one buyer, paid at the door."""
        body = {
            "listing": listing,
            "quantity": quantity,
            "buyer": {"name": name, "phone": phone},
            "address": {"county": county, "line": line},
            "payment": "cod",
        }
        return _order(self._json("POST", "orders", body, key=_new_key()))

    def order(self, number: str, access: str) -> Order:
        """Return one's own order."""
        own = Client(base=self.base, token=access, language=self.language)
        return _order(own._json("GET", f"orders/{quote(number)}"))

    def track(self, number: str, *, last_digits: str) -> dict[str, Any]:
        """Return where a parcel is, given the last four digits of its consignee's phone."""
        return self._json("GET", f"tracking/{quote(number)}?{urlencode({'phone': last_digits})}")

    def despatches(self) -> Iterator[dict[str, Any]]:
        """Yield the region's despatches, the newest first, page by page."""
        cursor = ""
        while True:
            page = self._json("GET", f"despatches?{urlencode({'cursor': cursor})}")
            yield from page["items"]
            cursor = page["next"]
            if not cursor:
                return

    def pre_advice(self, despatch: int) -> str:
        """Return the CSV file that announces a despatch."""
        return self._send("GET", f"despatches/{despatch}/pre-advice").decode("utf-8-sig")

    def tell_acceptance(self, despatch: int, numbers: Iterable[str]) -> dict[str, Any]:
        """Say which parcels were counted; returns what agrees, is missing or surplus."""
        path = f"despatches/{despatch}/acceptance"
        return self._json("PUT", path, {"numbers": list(numbers)})

    def send_scans(self, scans: Iterable[Scan]) -> list[dict[str, Any]]:
        """Send scans (at most 5,000) and return what became of each."""
        lines = [
            json.dumps(
                {
                    "parcel": scan.parcel,
                    "code": scan.code,
                    "at": scan.at.isoformat(),
                    "place": scan.place,
                    "source": scan.source,
                    "reason": scan.reason,
                }
            )
            for scan in scans
        ]
        body = "\n".join(lines).encode()
        answer = self._send("POST", "scans", body, kind="application/jsonl")
        return list(json.loads(answer)["lines"])

    def subscribe(self, url: str, *kinds: str) -> dict[str, Any]:
        """Subscribe to signed news; keep the ``secret`` of the answer, it is told once."""
        body = {"url": url, "kinds": list(kinds)}
        return self._json("POST", "webhooks", body, key=_new_key())

    def _json(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, key: str = ""
    ) -> dict[str, Any]:
        raw = b"" if body is None else json.dumps(body).encode()
        return dict(json.loads(self._send(method, path, raw, key=key)))

    def _send(
        self, method: str, path: str, body: bytes = b"", *, key: str = "", kind: str = ""
    ) -> bytes:
        headers = {"Accept-Language": self.language, "Content-Type": kind or "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        url = f"{self.base}/api/v1/{path}"
        request = urllib.request.Request(url, body or None, headers, method=method)
        for attempt in range(TRIES):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return bytes(answer.read())
            except urllib.error.HTTPError as error:
                with error:
                    document = json.loads(error.read())
                if error.code not in AGAIN or attempt == TRIES - 1:
                    raise Problem(document) from None
                time.sleep(float(error.headers.get("Retry-After", "1")))
        raise AssertionError("the last try returns or raises")


def genuine(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
    """Whether a webhook was signed with our secret within five minutes (Standard Webhooks)."""
    message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(now - int(stamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
    wanted = "v1," + base64.b64encode(digest).decode()
    return any(hmac.compare_digest(wanted, one) for one in headers["webhook-signature"].split())


def _new_key() -> str:
    return uuid.uuid4().hex


def _sale(document: Mapping[str, Any]) -> Sale:
    return Sale(
        id=document["id"],
        produce=document["produce"],
        left_g=document["left_g"],
        closes_at=datetime.fromisoformat(document["closes_at"]),
        listings=tuple(
            Listing(
                id=one["id"],
                pack_g=one["pack_g"],
                left=one["left"],
                solo_fen=one["solo_fen"],
                team_fen=one["team_fen"],
            )
            for one in document["listings"]
        ),
    )


def _order(document: Mapping[str, Any]) -> Order:
    return Order(
        number=document["order"],
        access=document["access"],
        status=document["status"],
        total_fen=document["total_fen"],
        arrives_latest=document["arrives"]["latest"],
    )
