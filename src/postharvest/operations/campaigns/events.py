"""News of sales."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleOpened:
    kind: ClassVar[str] = "campaigns.sale_opened"
    base_id: int
    sale_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleChanged:
    """Prices, days or state changed while the sale runs."""

    kind: ClassVar[str] = "campaigns.sale_changed"
    base_id: int
    sale_id: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleClosed:
    kind: ClassVar[str] = "campaigns.sale_closed"
    base_id: int
    sale_id: int
