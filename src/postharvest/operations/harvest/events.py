"""News from the villages."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class SurplusReported:
    kind: ClassVar[str] = "harvest.surplus_reported"
    base_id: int
    surplus_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowersCalled:
    """Growers shall cut some kilograms on a day to come."""

    kind: ClassVar[str] = "harvest.growers_called"
    base_id: int
    call_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotsCut:
    """Growers were called and cut; the lots are on their way to the packing points."""

    kind: ClassVar[str] = "harvest.lots_cut"
    base_id: int
    lot_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WholesalePickedUp:
    kind: ClassVar[str] = "harvest.wholesale_picked_up"
    base_id: int
    pickup_ids: list[int]
