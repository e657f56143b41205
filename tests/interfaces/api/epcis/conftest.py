"""A small food chain of our own as EPCIS documents, and a client that holds a key."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from postharvest.core.tokens.actions import create_token

BASE = "https://id.post.example"
NAMESPACES = {"cbvmda": "urn:epcglobal:cbv:mda:", "ph": "https://post.example/voc/"}
RAW = f"{BASE}/lot/FP-20261008-raw-1"
GRADED, CULLS = f"{BASE}/lot/FP-20261008-A", f"{BASE}/lot/FP-20261008-culls"
PARCEL, BAG = f"{BASE}/parcel/PA000000014CN", f"{BASE}/bag/B-77"
FIELD, POINT, HUB = f"{BASE}/place/field-3", f"{BASE}/place/point-2", f"{BASE}/place/hub-xian"

Json = dict[str, Any]


def event(kind: str, hour: int, **fields: Any) -> Json:
    return {
        "type": kind,
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{hour:012d}",
        "eventTime": f"2026-10-08T{hour:02d}:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
    } | fields


def harvest_to_claim() -> list[Json]:
    lot = {"epcClass": RAW, "quantity": 1000.0, "uom": "KGM"}
    return [
        event(
            "ObjectEvent",
            6,
            action="ADD",
            bizStep="commissioning",
            disposition="active",
            readPoint={"id": FIELD},
            quantityList=[lot],
            ilmd={"cbvmda:harvestStartDate": "2026-10-08", "ph:variety": "富平尖柿"},
        ),
        event(
            "ObjectEvent",
            8,
            action="OBSERVE",
            bizStep="receiving",
            disposition="in_progress",
            readPoint={"id": POINT},
            bizLocation={"id": POINT},
            quantityList=[lot],
            sourceList=[{"type": "possessing_party", "source": f"{BASE}/party/grower-104"}],
            destinationList=[{"type": "possessing_party", "destination": f"{BASE}/party/branch"}],
            bizTransactionList=[{"type": "recadv", "bizTransaction": f"{BASE}/intake/17"}],
        ),
        event(
            "ObjectEvent",
            9,
            action="OBSERVE",
            bizStep="storing",
            readPoint={"id": POINT},
            quantityList=[lot],
            sensorElementList=[
                {
                    "sensorMetadata": {"time": "2026-10-08T09:00:00+08:00"},
                    "sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}],
                }
            ],
        ),
        event(
            "TransformationEvent",
            10,
            bizStep="creating_class_instance",
            readPoint={"id": POINT},
            transformationID=f"{BASE}/grading/1",
            inputQuantityList=[lot],
            outputQuantityList=[
                {"epcClass": GRADED, "quantity": 930, "uom": "KGM"},
                {"epcClass": CULLS, "quantity": 70, "uom": "KGM"},
            ],
        ),
        event(
            "AggregationEvent",
            11,
            action="ADD",
            bizStep="packing",
            readPoint={"id": POINT},
            parentID=PARCEL,
            childQuantityList=[{"epcClass": GRADED, "quantity": 4.5, "uom": "KGM"}],
        ),
        event(
            "AggregationEvent",
            12,
            action="ADD",
            bizStep="packing",
            readPoint={"id": POINT},
            parentID=BAG,
            childEPCs=[PARCEL],
        ),
        event(
            "TransactionEvent",
            13,
            action="ADD",
            bizStep="shipping",
            disposition="in_transit",
            readPoint={"id": POINT},
            epcList=[BAG],
            bizTransactionList=[{"type": "desadv", "bizTransaction": f"{BASE}/despatch/5"}],
        ),
        event(
            "AssociationEvent",
            14,
            action="ADD",
            bizStep="installing",
            readPoint={"id": HUB},
            parentID=f"{BASE}/truck/9",
            childEPCs=[f"{BASE}/sensor/3"],
        ),
        event(
            "AggregationEvent",
            20,
            action="DELETE",
            bizStep="unpacking",
            readPoint={"id": HUB},
            parentID=BAG,
            childEPCs=[PARCEL],
        ),
        event(
            "ObjectEvent",
            22,
            action="OBSERVE",
            bizStep="inspecting",
            disposition="damaged",
            persistentDisposition={"set": ["damaged"]},
            readPoint={"id": HUB},
            epcList=[PARCEL],
            bizTransactionList=[{"bizTransaction": f"{BASE}/claim/3"}],
        ),
    ]


def document(*events: Json, **fields: Any) -> Json:
    return {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            dict(NAMESPACES),
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-10-09T10:00:00+08:00",
        "epcisBody": {"eventList": list(events)},
    } | fields


class Partner:
    """A program of a partner, with its key."""

    def __init__(self, scopes: tuple[str, ...]) -> None:
        self.client = Client()
        self.key = create_token(name="partner", scopes=scopes, now=datetime(2026, 1, 1, tzinfo=UTC))

    def send(self, path: str, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            f"/epcis/v2{path}",
            data=raw,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}"} | headers,
        )

    def ask(self, path: str, **headers: str) -> Any:
        url = path if path.startswith("/epcis") else f"/epcis/v2{path}"
        return self.client.get(url, headers={"Authorization": f"Bearer {self.key}"} | headers)

    def found(self, query: str) -> list[Json]:
        response = self.ask(f"/events?{query}")
        assert response.status_code == 200, response.content
        return response.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]  # type: ignore[no-any-return]


@pytest.fixture
def partner(db: None) -> Partner:
    return Partner(("epcis:capture", "epcis:query"))


@pytest.fixture
def partner_with(db: None) -> Callable[..., Partner]:
    return lambda *scopes: Partner(scopes)


@pytest.fixture
def chain(partner: Partner) -> list[Json]:
    """The food chain, captured."""
    events = harvest_to_claim()
    response = partner.send("/capture", document(*events))
    assert response.status_code == 202, response.content
    return events


@pytest.fixture
def story() -> list[Json]:
    """The food chain, not yet captured."""
    return harvest_to_claim()


@pytest.fixture
def make_document() -> Callable[..., Json]:
    return document
