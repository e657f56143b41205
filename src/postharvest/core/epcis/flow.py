"""Our own food chain as EPCIS events, from the harvest to the claim.

Identifiers are URIs of the branch's own domain; without a GS1 prefix no GTIN is ever made up.  An
event gets its number from its content when it is recorded, so writing it twice stores it once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

Event = dict[str, Any]

NAMESPACES = {"cbvmda": "urn:epcglobal:cbv:mda:", "ph": "https://postharvest.example/voc/"}
"""Prefixes that our events use; the second is replaced by the branch's own vocabulary."""

_ZONE = ZoneInfo("Asia/Shanghai")
_BALANCE_KG = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Makes identifiers under the branch's domain, like ``https://post.example/id``."""

    base: str

    def lot(self, code: str) -> str:
        return self._of("lot", code)

    def parcel(self, number: str) -> str:
        return self._of("parcel", number)

    def bag(self, code: str) -> str:
        return self._of("bag", code)

    def place(self, code: str) -> str:
        return self._of("place", code)

    def party(self, code: str) -> str:
        """Name a party by its pseudonym: nobody's name goes into the log."""
        return self._of("party", code)

    def paper(self, kind: str, code: str) -> str:
        return self._of(kind, code)

    def _of(self, kind: str, code: str) -> str:
        return f"{self.base}/{kind}/{quote(code, safe='')}"


def harvested(
    *,
    at: datetime,
    field: str,
    lot: str,
    mass_kg: float,
    picked_on: date,
    variety: str,
    grower: str,
) -> Event:
    """Say that a lot came into being on a field."""
    return (
        _object(at, field, "ADD", "commissioning", "active")
        | _of_lot(lot, mass_kg)
        | {
            "ilmd": {
                "cbvmda:harvestStartDate": picked_on.isoformat(),
                "cbvmda:harvestEndDate": picked_on.isoformat(),
                "cbvmda:countryOfOrigin": "CN",
                "ph:variety": variety,
                "ph:grower": grower,
            }
        }
    )


def received(
    *, at: datetime, place: str, lot: str, mass_kg: float, giver: str, taker: str, slip: str
) -> Event:
    """Say that a lot was taken in.  Its arrival and acceptance are not told again."""
    return (
        _object(at, place, "OBSERVE", "receiving", "in_progress")
        | _of_lot(lot, mass_kg)
        | {
            "bizLocation": {"id": place},
            "bizTransactionList": [{"type": "recadv", "bizTransaction": slip}],
            "sourceList": [{"type": "possessing_party", "source": giver}],
            "destinationList": [{"type": "possessing_party", "destination": taker}],
        }
    )


def stored(
    *, at: datetime, place: str, lot: str, mass_kg: float, measured_at: datetime, celsius: float
) -> Event:
    """Say how cold a lot lies; a reading can't be later than the event that tells it."""
    if measured_at > at:
        raise ValueError("measured_at must not be later than the event")
    reading = {"type": "Temperature", "value": celsius, "uom": "CEL"}
    return (
        _object(at, place, "OBSERVE", "storing", "in_progress")
        | _of_lot(lot, mass_kg)
        | {
            "sensorElementList": [
                {"sensorMetadata": {"time": _local(measured_at)}, "sensorReport": [reading]}
            ]
        }
    )


def graded(
    *,
    at: datetime,
    place: str,
    grading: str,
    inputs_kg: Mapping[str, float],
    outputs_kg: Mapping[str, float],
) -> Event:
    """Say that lots became others; culls are an output, so that the masses balance."""
    lost_kg = sum(inputs_kg.values()) - sum(outputs_kg.values())
    if abs(lost_kg) > _BALANCE_KG:
        raise ValueError(f"the masses don't balance: {lost_kg:g} kg went astray")
    return _event("TransformationEvent", at, place, "creating_class_instance") | {
        "disposition": "active",
        "transformationID": grading,
        "inputQuantityList": [_kilograms(lot, mass) for lot, mass in inputs_kg.items()],
        "outputQuantityList": [_kilograms(lot, mass) for lot, mass in outputs_kg.items()],
    }


def packed(*, at: datetime, place: str, parcel: str, contents_kg: Mapping[str, float]) -> Event:
    """Say which lots lie in a parcel."""
    return _event("AggregationEvent", at, place, "packing") | {
        "action": "ADD",
        "parentID": parcel,
        "childQuantityList": [_kilograms(lot, mass) for lot, mass in contents_kg.items()],
    }


def bagged(*, at: datetime, place: str, bag: str, parcels: Iterable[str]) -> Event:
    """Say which parcels lie in a bag."""
    return _event("AggregationEvent", at, place, "packing") | {
        "action": "ADD",
        "parentID": bag,
        "childEPCs": list(parcels),
    }


def unbagged(*, at: datetime, place: str, bag: str, parcels: Iterable[str]) -> Event:
    return _event("AggregationEvent", at, place, "unpacking") | {
        "action": "DELETE",
        "parentID": bag,
        "childEPCs": list(parcels),
    }


def shipped(
    *, at: datetime, place: str, goods: Iterable[str], despatch: str, destination: str
) -> Event:
    """Say that bags or parcels left.  Loading and departing of the same are not told again."""
    return _seen(at, place, "shipping", "in_transit", goods) | {
        "bizTransactionList": [{"type": "desadv", "bizTransaction": despatch}],
        "destinationList": [{"type": "location", "destination": destination}],
    }


def arrived(*, at: datetime, place: str, goods: Iterable[str]) -> Event:
    return _seen(at, place, "arriving", "in_progress", goods)


def departed(*, at: datetime, place: str, goods: Iterable[str]) -> Event:
    return _seen(at, place, "departing", "in_transit", goods)


def delivered(*, at: datetime, place: str, parcel: str) -> Event:
    return _seen(at, place, "accepting", "in_progress", [parcel])


def claimed(*, at: datetime, place: str, parcel: str, claim: str) -> Event:
    return _seen(at, place, "inspecting", "damaged", [parcel]) | {
        "bizTransactionList": [{"bizTransaction": claim}]
    }


def written_off(*, at: datetime, place: str, lot: str, mass_kg: float) -> Event:
    """Say that a lot is no more."""
    return _object(at, place, "DELETE", "destroying", "destroyed") | _of_lot(lot, mass_kg)


def _seen(at: datetime, place: str, step: str, disposition: str, goods: Iterable[str]) -> Event:
    return _object(at, place, "OBSERVE", step, disposition) | {"epcList": list(goods)}


def _object(at: datetime, place: str, action: str, step: str, disposition: str) -> Event:
    return _event("ObjectEvent", at, place, step) | {"action": action, "disposition": disposition}


def _of_lot(lot: str, mass_kg: float) -> Event:
    return {"quantityList": [_kilograms(lot, mass_kg)]}


def _event(kind: str, at: datetime, place: str, step: str) -> Event:
    return {
        "type": kind,
        "eventTime": _local(at),
        "eventTimeZoneOffset": _local(at)[-6:],
        "bizStep": step,
        "readPoint": {"id": place},
    }


def _kilograms(lot: str, mass_kg: float) -> dict[str, Any]:
    return {"epcClass": lot, "quantity": mass_kg, "uom": "KGM"}


def _local(at: datetime) -> str:
    return at.astimezone(_ZONE).isoformat(timespec="milliseconds")
