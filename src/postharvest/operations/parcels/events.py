"""News from the road.  Bulk scans are not news; what they change for somebody is."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelsPosted:
    kind: ClassVar[str] = "parcels.posted"
    base_id: int
    despatch_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelsFlagged:
    """These parcels are late against their promise, or silent for too long."""

    kind: ClassVar[str] = "parcels.flagged"
    base_id: int
    parcel_ids: list[int]
    flag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelResent:
    """A parcel came back and goes out again; somebody bears the second postage."""

    kind: ClassVar[str] = "parcels.resent"
    base_id: int
    parcel_id: int
    cause: str
