"""News from the packing points."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxesPacked:
    kind: ClassVar[str] = "packing.boxes_packed"
    base_id: int
    shift_id: int
    first_box_id: int
    boxes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotsReceived:
    """Growers have handed lots over at a point: from here on their contracts are owed."""

    kind: ClassVar[str] = "packing.lots_received"
    base_id: int
    stock_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkLoaded:
    """A wholesale buyer's truck has left with all its bundles."""

    kind: ClassVar[str] = "packing.bulk_loaded"
    base_id: int
    bulk_order_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftClosed:
    """A point's day is over: people, boxes and stock are final, wages can be reckoned."""

    kind: ClassVar[str] = "packing.shift_closed"
    base_id: int
    shift_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftoversCleared:
    """What points still held was written off or went to the wholesaler; grams by stock."""

    kind: ClassVar[str] = "packing.leftovers_cleared"
    base_id: int
    stocks_g: dict[str, int]
    to_wholesaler: bool
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMissing:
    """Fewer people came than were called."""

    kind: ClassVar[str] = "packing.people_missing"
    base_id: int
    shift_id: int
    called: int
    came: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotWasStopped:
    """A lot may be bad: everything made of it stands still."""

    kind: ClassVar[str] = "packing.lot_stopped"
    base_id: int
    lot_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotReleased:
    """It was a false alarm."""

    kind: ClassVar[str] = "packing.lot_released"
    base_id: int
    lot_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxesWithdrawn:
    """These boxes are out of the chain before they arrived; their buyers are paid back."""

    kind: ClassVar[str] = "packing.boxes_withdrawn"
    base_id: int
    sale_id: int
    box_ids: list[int]
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLost:
    """A point failed during the day; its boxes and orders are with others now."""

    kind: ClassVar[str] = "packing.point_lost"
    base_id: int
    shift_id: int
    moved_orders: list[int]
    late_orders: list[int]
