"""News from the network."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReplaced:
    """A reference table holds other figures than before: what was made from it may be stale."""

    kind: ClassVar[str] = "network.table_replaced"
    table: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseOpened:
    kind: ClassVar[str] = "network.base_opened"
    base_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLoaded:
    """A county's calendar, or without a county the country's, says something new of these days."""

    kind: ClassVar[str] = "network.calendar_loaded"
    county: str
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityChanged:
    """Days of lanes or of post offices take more or fewer parcels than before."""

    kind: ClassVar[str] = "network.capacity_changed"
    base_id: int
    days: list[str]
